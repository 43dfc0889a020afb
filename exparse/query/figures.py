"""What many runs have in common: counts, ranges, what varies."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import Any, NamedTuple

from exparse.query import varying
from exparse.query.shown import in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.query.rows import Row


class Param(NamedTuple):
    """What the runs say about one param.

    Attributes:
        name: Its name.
        varies: Whether it differs among them.
        low: The smallest number, where all its values are numbers (None aside); else None.
        high: The largest number, likewise.
        values: How often each value is there, as text, the most frequent first.
        missing: How many of the runs do not have it.
    """

    name: str
    varies: bool
    low: float | None
    high: float | None
    values: dict[str, int]
    missing: int


class Figures(NamedTuple):
    """What a set of runs has in common.

    Attributes:
        runs: How many there are.
        states: How many are in each state, the most frequent first.
        marks: How many bear each mark.
        oldest: The row that started first, or None.
        newest: The row that started last, or None.
        params: One entry a param.
    """

    runs: int
    states: dict[str, int]
    marks: dict[str, int]
    oldest: Row | None
    newest: Row | None
    params: list[Param]


def figures(rows: Sequence[Row]) -> Figures:
    """Return what the rows have in common."""
    whole = [row for row in rows if row.problem is None]
    differing = set(varying.varying(rows))
    dated = sorted((row for row in rows if row.local_start), key=lambda row: (row.local_start, row.id))
    marks = Counter(mark for row in rows for mark in row.marks)
    return Figures(
        runs=len(rows),
        states=dict(Counter(row.state for row in rows).most_common()),
        marks={mark: marks[mark] for mark in sorted(marks)},
        oldest=dated[0] if dated else None,
        newest=dated[-1] if dated else None,
        params=[_param(name, name in differing, whole) for name in varying.names(whole)],
    )


def _param(name: str, varies: bool, rows: Sequence[Row]) -> Param:
    found = [row.params[name] for row in rows if name in row.params]
    numbers = [value for value in found if _is_number(value)]
    numeric = bool(numbers) and all(value is None or isinstance(value, float) or _is_number(value) for value in found)
    counts: Counter[str] = Counter(in_words(value) for value in found)
    return Param(
        name,
        varies,
        min(numbers) if numeric else None,
        max(numbers) if numeric else None,
        dict(counts.most_common()),
        len(rows) - len(found),
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return isinstance(value, int) or isfinite(value)
