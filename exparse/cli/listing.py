"""What a listing is of: the newest runs, read as they lie, or those that are picked, filtered and sorted as columns."""

from __future__ import annotations

from exparse.cli import selection
from exparse.cli.columns import Columns, metrics
from exparse.query import rows, varying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from exparse.cli.columns import Fact
    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.column import Column
    from exparse.query.rows import Row
    from exparse.query.table import Table
    from exparse.store.root import Root

    Names = tuple[Sequence[str], Sequence[str]]

_FEW = 100
_AT_ONCE = 500
"""Rows that are made at a time: a hundred thousand would take half a gigabyte."""


class Listing:
    """Runs to list.

    Args:
        found: Their rows, in the order in which they are listed; they are gone through more than once.
        total: How many runs were asked for, those included that are not listed.
        names: Names of their params, and of the values that they measured, each in the order in which the newest of
            them have them.
        all_known: Whether every selector picked one.
        further: Returns the names of params and metrics that runs beside these have.
    """

    def __init__(
        self,
        found: Sequence[Row] | Several,
        total: int,
        names: Names,
        all_known: bool,
        further: Callable[[], Names],
    ) -> None:
        self.found, self.total = found, total
        self.params, self.metrics = names
        self.all_known, self.further = all_known, further

    @property
    def unseen(self) -> int:
        """How many were asked for and are not listed."""
        return self.total - len(self.found)

    @property
    def numbers(self) -> list[int]:
        """The numbers of the runs that are listed."""
        if isinstance(self.found, Several):
            return self.found.table.numbers
        return [row.id for row in self.found]

    def rows(self) -> Sequence[Row]:
        """Return the rows, all at once; made once."""
        if isinstance(self.found, Several):
            self.found = list(self.found)
        return self.found


class Several:
    """Rows of a table, made when they are gone through, a few at a time.

    Args:
        table: The table.
        to: Where progress is shown.
    """

    def __init__(self, table: Table, to: Output) -> None:
        self.table, self.to = table, to

    def __len__(self) -> int:
        return len(self.table)

    def __iter__(self) -> Iterator[Row]:
        done = self.to.counter(len(self), "listing")
        for start in range(0, len(self), _AT_ONCE):
            some = range(start, min(start + _AT_ONCE, len(self)))
            yield from self.table.rows(some)
            done(len(some))


def newest(root: Root, most: int, place: str, to: Output) -> Listing:
    """Return the newest runs of a place, by number; no other run is looked at."""
    runs, total = root.newest(most, place)
    found = list(rows.read(to.progress(runs, "reading"), rows.marks_of(root.folder)))
    # Those that are gone meanwhile are not there any more.
    total -= len(runs) - len(found)
    return Listing(found, total, _names(found), True, lambda: _all_names(root, (place,), to))


def _all_names(root: Root, places: Sequence[str], to: Output) -> Names:
    table, _ = selection.table_of(root, selection.Wanted(), to, places)
    return table.params, table.metrics


def _names(found: Sequence[Row]) -> Names:
    return varying.names(found), metrics(found)


def picked(
    root: Root, wanted: Wanted, places: Sequence[str], sort: Sequence[str], most: int | None, to: Output
) -> Listing:
    """Return the runs that are wanted, by number, or sorted.

    Args:
        root: Where they lie.
        wanted: Which ones.
        places: In which folders of the root.
        sort: Columns to sort by, ``-NAME``: largest first.
        most: How many at most: the newest, or where they are sorted the first; None for all.
        to: Where to warn and to show progress.

    Raises:
        UnknownField: If there is no column to sort by.
    """
    table, all_known = selection.table_of(root, wanted, to, places)
    total = len(table)
    if sort:
        there = Columns(table.params, table.metrics, False, not total, lambda: _all_names(root, places, to))
        table = table.take(_sorted(table, there, sort)[:most])
    elif most is not None and total > most:
        table = table.take(range(total - most, total))
    found = _read(table) if len(table) <= _FEW else Several(table, to)
    names = _names(found) if isinstance(found, list) else _names_there(table)
    total -= len(table) - len(found)
    return Listing(found, total, names, all_known, lambda: _all_names(root, places, to))


def _read(table: Table) -> list[Row]:
    """Return the rows of a few runs, read from their own files: sooner than all columns of all runs are loaded."""
    return list(rows.read(table.runs(), table.marked))


def _names_there(table: Table) -> Names:
    """Return the names of params and metrics that any of the runs has: a table knows those of all others, too."""
    params = [name for name in table.params if _is_any_there(table.param(name))]
    return params, [name for name in table.metrics if _is_any_there(table.metric(name))]


def _is_any_there(column: Column) -> bool:
    from exparse.query.column import MISSING

    return any(cell is not MISSING for cell in column.cells())


def _sorted(table: Table, there: Columns, sort: Iterable[str]) -> list[int]:
    from exparse.query.order import ordered

    keys: list[tuple[Callable[[int], Any], bool]] = []
    for text in sort:
        for fact in there.named(text.removeprefix("-")):
            keys.append((_cells(table, fact).__getitem__, text.startswith("-")))
    return ordered(range(len(table)), keys)


def _cells(table: Table, fact: Fact) -> list[Any]:
    """Return what a column holds for each run of a table; None for those without it."""
    from exparse.query import fields
    from exparse.query.column import MISSING

    if fact.is_own:
        cells = fields.cells(table, fact.name)
    elif fact.param is not None:
        cells = table.param(fact.param).cells() if fact.param in table.params else []
    else:
        cells = table.metric(fact.metric or "").cells() if fact.metric in table.metrics else []
    return [None if cell is MISSING else cell for cell in cells] or [None] * len(table)


def ranked_by(wanted: Wanted | None) -> list[str]:
    """Return the names by which a selector such as ``best:acc`` picks its run."""
    chosen = wanted.selectors if wanted else ()
    return [text.removeprefix("best:").removeprefix("-") for text in chosen if text.startswith("best:")]


def filtered_by(wanted: Wanted | None) -> list[str]:
    """Return the names that queries ask for, and ``tags`` where runs are chosen by these; marks are always shown."""
    if wanted is None:
        return []
    from exparse.query import language

    asked = [*wanted.where, *(language.parse(text) for text in wanted.selectors if selection.is_query(text))]
    return [*(name for query in asked for name in query.fields), *(["tags"] if wanted.tags else [])]
