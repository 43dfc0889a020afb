"""Fields of runs by the names that people type, as columns to group and to draw."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from exparse.query import fields
from exparse.query.column import MISSING
from exparse.query.stats import is_number
from exparse.query.unknown import METRIC, UnknownField
from exparse.query.varying import METRICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.query.table import Table

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Named(NamedTuple):
    """A field of all runs.

    Attributes:
        name: What it is called.
        cells: One value a run; :data:`~exparse.query.column.MISSING` where it has none, a tuple for marks and tags,
            a datetime without a zone for a moment (on the clock of this machine).
    """

    name: str
    cells: Sequence[Any]


def field(table: Table, name: str) -> Named:
    """Return a field of ours, else a param, else a metric.

    Raises:
        UnknownField: If the name stands for none of them; never of a table without runs.
    """
    what = fields.meaning(table, name)
    if what is None:
        if not len(table):
            return Named(name, [])
        raise UnknownField(name, fields.names(table))
    cells = fields.values(table, what).cells()
    if what.kind != "own":
        return Named(name, cells)
    kind = fields.FIELDS[what.name].kind
    if kind == "words":
        return Named(name, [tuple(cell or ()) for cell in cells])
    # What our own fields do not know is None there.
    known = [MISSING if cell is None else cell for cell in cells]
    return Named(name, [_moment(cell) for cell in known] if kind == "time" else known)


def _moment(seconds: Any) -> Any:
    if seconds is MISSING:
        return MISSING
    try:
        return (_EPOCH + timedelta(seconds=seconds)).astimezone().replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return MISSING


def metrics(table: Table, wanted: Sequence[str] = ()) -> dict[str, Sequence[Any]]:
    """Return the metrics whose numbers are to be summed up, with one value a run.

    Args:
        table: The runs.
        wanted: Names and globs of metrics, with or without ``metrics.`` in front, or names of other fields
            (``seconds``); of a glob, and if empty, those that are numbers in some run.

    Returns:
        The values by name, in the order asked for, else in that in which the newest runs have them.

    Raises:
        UnknownField: If a name answers to nothing; never of a table without runs.
    """
    found: dict[str, Sequence[Any]] = {}
    for text in wanted or ["*"]:
        bare = text.removeprefix(METRICS)
        names = [name for name in table.metrics if name in (text, bare)]
        names = names or [name for name in table.metrics if fnmatchcase(name, bare) and _has_numbers(table, name)]
        found.update({name: table.metric(name).cells() for name in names})
        if not names and wanted and len(table):
            found[text] = _other(table, text)
    return found


def _has_numbers(table: Table, name: str) -> bool:
    return any(map(is_number, table.metric(name).distinct()))


def _other(table: Table, name: str) -> Sequence[Any]:
    try:
        return field(table, name).cells
    except UnknownField:
        raise UnknownField(name, [*table.metrics, "seconds"], METRIC) from None
