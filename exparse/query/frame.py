"""Rows as a DataFrame: one column a param, with the type that its values have."""

from __future__ import annotations

from datetime import timezone
from typing import Any

from exparse.query.varying import METRICS, column

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pandas

    from exparse.query.rows import Row

OWN = ("id", "name", "time", "root", "state")
FACTS = ("started", "seconds", "host", "commit", "dirty", "tags")
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
    for name in _names(row.params for row in rows):
        columns[column(name, (*OWN, *FACTS))] = series([row.params.get(name) for row in rows])
    columns |= _facts(rows)
    for name in _names(row.values for row in rows):
        columns[f"{METRICS}{name}"] = series([row.values.get(name) for row in rows])
    table: pandas.DataFrame = pandas.DataFrame(columns)
    return table


def _facts(rows: Sequence[Row]) -> dict[str, pandas.Series[Any]]:
    import pandas

    return {
        "started": pandas.Series([_moment(row.started) for row in rows], dtype="datetime64[ns, UTC]"),
        "seconds": pandas.Series([row.seconds for row in rows], dtype="float64"),
        "host": _objects([row.facts.host for row in rows]),
        "commit": _objects([row.facts.commit for row in rows]),
        "dirty": pandas.Series([row.facts.dirty for row in rows], dtype="boolean"),
        "tags": _objects([list(row.tags) for row in rows]),
    }


def _names(parts: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names that come in any of the parts, in the order in which they first come."""
    return list({name: None for part in parts for name in part})


def _moment(started: datetime | None) -> datetime | None:
    """Return a start in UTC; None where it has no zone, and so is no moment."""
    if started is None or started.tzinfo is None or _nanoseconds(started) is None:
        return None
    return started.astimezone(timezone.utc)


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
