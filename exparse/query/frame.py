"""A table as a DataFrame: one column a param, with the type that its values have."""

from __future__ import annotations

import copy
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from exparse.query.column import MISSING, Coded, Numbers
from exparse.query.varying import METRICS, column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy
    import pandas

    from exparse.query.column import Column
    from exparse.query.table import Table

OWN = ("id", "name", "time", "root", "state")
FACTS = (
    "started", "seconds", "host", "commit", "dirty", "tags", "marks", "label", "description", "error", "exit_code"
)  # fmt: skip
# What nanoseconds in 64 bits reach, in microseconds, a day less at either end for the zones.
_REACH = (1 << 63) // 1000 - 86_400_000_000


def frame(table: Table) -> pandas.DataFrame:
    """Return a frame with one row a run, in the order of the table; see :meth:`exparse.query.index.Index.info`."""
    import numpy
    import pandas

    local, moments = _times(table)
    columns: dict[str, Any] = {
        "id": numpy.array(table.numbers, dtype="int64"),
        "name": _objects(table.names),
        "time": local,
        "root": _objects(_folders(table)),
        "state": of_column(table.own("state")),
    }
    for name in table.params:
        columns[column(name, (*OWN, *FACTS))] = of_column(table.param(name))
    columns["started"] = moments
    columns["seconds"] = _floats(table.own("seconds"))
    columns |= {name: of_column(table.own(name), "object") for name in ("host", "commit")}
    columns["dirty"] = of_column(table.own("dirty"), "boolean")
    columns["tags"] = of_column(table.own("tags"), "object")
    columns["marks"] = of_column(table.marks, "object")
    columns["label"] = _objects(table.labels)
    columns |= {name: of_column(table.own(name), "object") for name in ("description", "error")}
    columns["exit_code"] = pandas.Series(of_column(table.own("exit_code")), dtype="Int64")
    for name in table.metrics:
        columns[f"{METRICS}{name}"] = of_column(table.metric(name))
    made: pandas.DataFrame = pandas.DataFrame({sayable(name): cells for name, cells in columns.items()}, copy=False)
    return made


def sayable(name: str) -> str:
    """Return a name as pandas can hold it: half pairs of UTF-16, which JSON may spell, have no place there."""
    return name.encode("utf-8", "backslashreplace").decode()


def metrics_frame(table: Table, names: Sequence[str]) -> pandas.DataFrame:
    """Return all that the runs of a table logged; see :meth:`exparse.query.index.Index.metrics`."""
    from exparse.store import metrics

    return metrics.frame_of_runs([(run.id, run.folder) for run in table.runs()], names)


# A path takes a microsecond; a notebook asks for the same ones again and again.
_paths: dict[str, dict[str, dict[str, Path]]] = {}
_MOST_ROOTS = 4


def _folders(table: Table) -> list[Path]:
    """Return the folder of each run."""
    root = os.path.abspath(table.root)
    known = _paths.pop(root, {})
    _paths[root] = known
    while len(_paths) > _MOST_ROOTS:
        _paths.pop(next(iter(_paths)))
    where = table.own("place").distinct()
    above = {place: Path(root, place) for place in where}
    for place in where:
        known.setdefault(place, {})
    found = []
    for place, name in zip(table.own("place").cells(), table.names, strict=True):
        paths = known[place]
        path = paths.get(name)
        if path is None:
            path = paths[name] = above[place] / name
        found.append(path)
    return found


def _times(table: Table) -> tuple[pandas.Series[Any], pandas.Series[Any]]:
    """Return the start on the clock of where each run ran, and in UTC; the latter missing where no zone is known."""
    import numpy
    import pandas

    start, zone = _floatless(table.own("started")), _floatless(table.own("zone"))
    has_start = start[1] & (numpy.abs(start[0]) < _REACH)
    local = numpy.where(has_start, (start[0] + zone[0] * 1_000_000) * 1000, _not_a_time())
    moment = numpy.where(has_start & zone[1], start[0] * 1000, _not_a_time())
    return (
        pandas.Series(local.view("datetime64[ns]")),
        pandas.Series(moment.view("datetime64[ns]")).dt.tz_localize("UTC"),
    )


def _not_a_time() -> numpy.int64:
    import numpy

    missing: numpy.int64 = numpy.int64(-(1 << 63))
    return missing


def _floatless(cells: Column) -> tuple[numpy.ndarray[Any, Any], numpy.ndarray[Any, Any]]:
    """Return whole numbers, 0 where there is none, and whether there is one."""
    import numpy

    if isinstance(cells, Coded):
        values = numpy.array([value if isinstance(value, int) else 0 for value in cells.values], dtype="int64")
        here = numpy.array([isinstance(value, int) for value in cells.values])
        codes = numpy.frombuffer(cells.codes, dtype=cells.codes.typecode)
        return values[codes], here[codes]
    numbers = numpy.frombuffer(cells.numbers, dtype="int64")
    here = numpy.ones(len(numbers), dtype=bool) if cells.gaps is None else numpy.frombuffer(cells.gaps, "uint8") == 0
    return numpy.where(here, numbers, 0), here


def _floats(cells: Column) -> pandas.Series[Any]:
    import pandas

    if isinstance(cells, Numbers) and cells.numbers.typecode == "d":
        return of_column(cells)
    return pandas.Series([None if cell is MISSING else cell for cell in cells.cells()], dtype="float64")


def of_column(cells: Column, dtype: str | None = None) -> pandas.Series[Any]:
    """Return a column with the type of its values, as :func:`series` does; what a run lacks is a gap, as None is.

    Args:
        cells: The column.
        dtype: ``object`` or ``boolean``, where that is wanted whatever the values are.
    """
    return _of_numbers(cells) if isinstance(cells, Numbers) else _of_codes(cells, dtype)


def _of_numbers(cells: Numbers) -> pandas.Series[Any]:
    import numpy
    import pandas

    is_float = cells.numbers.typecode == "d"
    numbers = numpy.frombuffer(cells.numbers, dtype="float64" if is_float else "int64").copy()
    if cells.gaps is None:
        return _series(numbers)
    gaps = numpy.frombuffer(cells.gaps, dtype="uint8") != 0
    if is_float:
        numbers[gaps] = numpy.nan
        return _series(numbers)
    if not gaps.any():
        return _series(numbers)
    return _series(pandas.arrays.IntegerArray(numbers, gaps))


def _of_codes(cells: Coded, wanted: str | None) -> pandas.Series[Any]:
    import numpy
    import pandas

    codes = numpy.frombuffer(cells.codes, dtype=cells.codes.typecode)
    used = numpy.bincount(codes, minlength=len(cells.values)) > 0 if len(codes) else [False] * len(cells.values)
    values = [value if is_used else None for value, is_used in zip(cells.values, used, strict=True)]
    values = [None if value is MISSING else value for value in values]
    told = [value for value, is_used in zip(values, used, strict=True) if is_used]
    dtype: Any = wanted or _dtype(set(map(type, told)), told)
    if dtype != "object":
        # A value that no run has stands in for nothing, and may be of any kind.
        cells_of: Any = [_unused(dtype) if v is None and dtype in _WHOLE else v for v in values]
        found = pandas.array(cells_of, dtype=dtype)
        return _series(found.take(codes))
    if any(isinstance(value, (list, dict)) for value in told):
        makers = [_maker(value) for value in values]
        return _objects([makers[code]() for code in cells.codes], has_lists=True)
    objects = numpy.empty(len(values), dtype=object)
    objects[:] = values
    return _series(objects[codes], object)


_WHOLE = ("bool", "int64")


def _unused(dtype: str) -> Any:
    return False if dtype == "bool" else 0


def _maker(value: Any) -> Callable[[], Any]:
    """Return what returns a value whose lists and objects are its own: the runs of a table share them."""
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return value.copy
    if isinstance(value, (list, dict)):
        return lambda: copy.deepcopy(value)
    return lambda: value


def _objects(values: Sequence[Any], has_lists: bool = False) -> pandas.Series[Any]:
    import numpy

    # Filled one by one where numpy would make a matrix of cells that are lists of one length.
    cells = numpy.empty(len(values), dtype=object)
    if has_lists:
        for place, value in enumerate(values):
            cells[place] = value
    else:
        cells[:] = values
    return _series(cells, object)


def _series(cells: Any, dtype: Any = None) -> pandas.Series[Any]:
    import pandas

    made: pandas.Series[Any] = pandas.Series(cells, dtype=dtype, copy=False)
    return made


def series(values: list[Any]) -> pandas.Series[Any]:
    """Return values as a column of their natural type; None is a gap. No value is changed by it, or guessed.

    =========================== ================ ===============
    values                      without gaps     with gaps
    =========================== ================ ===============
    bool                        ``bool``         ``boolean``
    int of 64 bits              ``int64``        ``Int64``
    float, also mixed with int  ``float64``      ``float64``, nan
    anything else               ``object``       ``object``, None
    =========================== ================ ===============

    Moments are ``datetime64[ns, UTC]``; one whose zone is not known, or that is beyond these, is a gap.
    """
    import pandas

    if any(isinstance(value, datetime) for value in values):
        return _moments(values)
    dtype = _dtype({type(value) for value in values}, values)
    return _objects(values, has_lists=True) if dtype == "object" else pandas.Series(values, dtype=dtype)


def _moments(values: list[datetime | None]) -> pandas.Series[Any]:
    import pandas

    known = [value if value and value.tzinfo and abs(value.timestamp()) * 1e6 < _REACH else None for value in values]
    return pandas.to_datetime(pandas.Series(known, dtype=object), utc=True).astype("datetime64[ns, UTC]")


def _dtype(kinds: set[type], values: list[Any]) -> str:
    has_gaps = type(None) in kinds
    kinds = kinds - {type(None)}
    if kinds == {bool}:
        return "boolean" if has_gaps else "bool"
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return "Int64" if has_gaps else "int64"
    if float in kinds and kinds <= {int, float} and all(map(_is_float, values)):
        return "float64"
    return "object"


def _is_float(value: int | float | None) -> bool:
    """Return whether a float column holds this value as it is: integers beyond 2**53 may not fit."""
    return value is None or isinstance(value, float) or abs(value) <= 2**53
