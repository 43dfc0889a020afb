"""Rows as a DataFrame: one column a param, with the type that its values have."""

from __future__ import annotations

from typing import Any

from exparse.query.varying import column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import pandas

    from exparse.query.rows import Row

OWN = ("id", "name", "time", "root", "state")
_YEARS = range(1678, 2262)  # what nanoseconds in 64 bits reach


def frame(rows: Sequence[Row]) -> pandas.DataFrame:
    """Return a table with one row a run, in the order given; see :meth:`exparse.query.index.Index.info`."""
    import pandas

    columns: dict[str, Any] = {
        "id": pandas.Series([row.id for row in rows], dtype="int64"),
        "name": _objects([row.run.name for row in rows]),
        "time": pandas.Series([_nanoseconds(row.local_start) for row in rows], dtype="datetime64[ns]"),
        "root": _objects([row.run.path for row in rows]),
        "state": _objects([row.state for row in rows]),
    }
    for name in _names(rows):
        columns[column(name, OWN)] = series([row.params.get(name) for row in rows])
    table: pandas.DataFrame = pandas.DataFrame(columns)
    return table


def _names(rows: Sequence[Row]) -> list[str]:
    """Return the names of the params, in the order in which they first come."""
    return list({name: None for row in rows for name in row.params})


def _nanoseconds(moment: datetime | None) -> datetime | None:
    return moment if moment and moment.year in _YEARS else None


def _objects(values: list[Any]) -> pandas.Series[Any]:
    import numpy
    import pandas

    # Filled one by one: numpy would make a matrix of cells that are lists of one length.
    cells = numpy.empty(len(values), dtype=object)
    for place, value in enumerate(values):
        cells[place] = value
    column_of_objects: pandas.Series[Any] = pandas.Series(cells, dtype=object)
    return column_of_objects


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
    """
    import pandas

    dtype = _dtype({type(value) for value in values}, values)
    return _objects(values) if dtype == "object" else pandas.Series(values, dtype=dtype)


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
