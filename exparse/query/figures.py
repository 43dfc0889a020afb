"""What many runs have in common: counts, ranges, what varies, what was measured."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest
from math import isfinite
from operator import itemgetter
from typing import Any, NamedTuple

from exparse.query import groups, named
from exparse.query.shown import in_words
from exparse.query.stats import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.query.rows import Row
    from exparse.query.stats import Stat
    from exparse.query.table import Table

MOST_VALUES = 1000
"""Values of a param that are counted."""


class Param(NamedTuple):
    """What the runs say about one param.

    Attributes:
        name: Its name.
        varies: Whether it differs among those that have it.
        low: The smallest number, where all its values are numbers (None aside); else None.
        high: The largest number, likewise.
        different: How many different values there are.
        values: How often each value is there, as text, the most frequent first; at most :data:`MOST_VALUES`.
        missing: How many of the runs do not have it.
    """

    name: str
    varies: bool
    low: float | None
    high: float | None
    different: int
    values: dict[str, int]
    missing: int


class Figures(NamedTuple):
    """What a set of runs has in common.

    Attributes:
        runs: How many there are.
        states: How many are in each state, the most frequent first.
        marks: How many bear each mark.
        oldest: The run that started first, or None.
        newest: The run that started last, or None.
        params: One entry a param.
        metrics: One entry a metric, by name.
    """

    runs: int
    states: dict[str, int]
    marks: dict[str, int]
    oldest: Row | None
    newest: Row | None
    params: list[Param]
    metrics: dict[str, Stat]


def figures(table: Table, metrics: Sequence[str] = ()) -> Figures:
    """Return what the runs of a table have in common.

    Args:
        table: The runs.
        metrics: Names and globs of metrics; all of them if empty.

    Raises:
        UnknownField: If one answers to nothing.
    """
    starts = [(start, place) for place, start in enumerate(table.starts()) if start is not None]
    marks = Counter(mark for borne in table.marks.cells() for mark in borne)
    whole = undamaged(table)
    return Figures(
        runs=len(table),
        states=dict(Counter(table.own("state").cells()).most_common()),
        marks={mark: marks[mark] for mark in sorted(marks)},
        oldest=table.row(min(starts)[1]) if starts else None,
        newest=table.row(max(starts)[1]) if starts else None,
        params=[param for name in whole.params if (param := _param(name, whole.param(name).cells())).values],
        metrics={name: stat(cells, table.numbers) for name, cells in named.metrics(table, metrics).items()},
    )


def undamaged(table: Table) -> Table:
    """Return the runs whose files can be read: the others have no say in what params vary."""
    problems = table.own("problem").cells()
    places = [place for place, problem in enumerate(problems) if problem is None]
    return table if len(places) == len(table) else table.take(places)


def _param(name: str, cells: Sequence[Any]) -> Param:
    found = groups.counted(cells)
    values = [value for value, _ in found]
    kinds = set(map(type, values)) - {type(None)}
    numbers = [value for value in values if value is not None] if kinds <= {int, float} else []
    finite = [value for value in numbers if isinstance(value, int) or isfinite(value)]
    counts: Counter[str] = Counter()
    for value, number in nlargest(MOST_VALUES, found, key=itemgetter(1)):
        counts[in_words(value)] += number
    return Param(
        name,
        len(found) > 1,
        min(finite, default=None),
        max(finite, default=None),
        len(found),
        dict(counts.most_common()),
        len(cells) - sum(number for _, number in found),
    )


def seeds(table: Table) -> list[str]:
    """Return the seeds among the params that tell runs apart (:data:`exparse.query.groups.SEEDS`)."""
    names = [name for name in table.params if groups.is_seed(name)]
    return [name for name in names if len(table.param(name).distinct()) > 1]


def others(table: Table, over: Sequence[str]) -> list[str]:
    """Return the params that tell runs apart, but for some."""
    names = [name for name in table.params if name not in over]
    return [name for name in names if groups.differs(table.param(name).cells())]


def repeated(table: Table) -> int:
    """Return how many runs differ from another one in nothing but a seed."""
    whole = undamaged(table)
    varied = seeds(whole)
    rest = (whole.param(name).cells() for name in whole.params if name not in varied)
    return groups.repeats(rest, len(whole)) if varied else 0
