"""The runs of a root as columns: quick to load, to filter and to sort, and rows only of those that are looked at."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import Any

from exparse.query import column
from exparse.query.column import MISSING, Column
from exparse.query.rows import Facts, Row
from exparse.query.varying import measured
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_LABEL = 7
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)

PLAIN = ("state", "seconds", "problem", "exit_code", "error", "description")
STORED = (*PLAIN, *Facts._fields, "tags", "defaults", "started", "zone", "place")
"""Names of the columns that every table has: facts of a run that lie in its folder."""


class Table:
    """Runs of a root, by number.

    Args:
        root: Path of the root.
        names: Names of their folders.
        own: The columns of :data:`STORED`; ``tags`` and ``defaults`` hold lists and objects, ``started`` microseconds
            since the epoch (on the clock of where it ran where there is no ``zone``), ``zone`` seconds east of UTC.
        params: A column for each param.
        metrics: A column for each value of a summary and each metric.

    A column may be given as a function without arguments that returns it, and is called when it is first used.
    """

    def __init__(
        self,
        root: str,
        names: list[str],
        own: dict[str, Any],
        params: dict[str, Any],
        metrics: dict[str, Any],
    ) -> None:
        self.root, self.names = root, names
        self._own, self._params, self._metrics = own, params, metrics
        self.marked: dict[str, tuple[str, ...]] = {}
        self.failing: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.names)

    @property
    def params(self) -> list[str]:
        """The names of all params, in the order in which the newest runs have them."""
        return list(self._params)

    @property
    def metrics(self) -> list[str]:
        """The names of all values of summaries and of metrics, likewise."""
        return list(self._metrics)

    def own(self, name: str) -> Column:
        """Return a column of :data:`STORED`."""
        return _loaded(self._own, name)

    def param(self, name: str) -> Column:
        """Return the column of a param; a KeyError where no run has it."""
        return _loaded(self._params, name)

    def metric(self, name: str) -> Column:
        """Return the column of a value that summaries or metrics have; a KeyError where no run has it."""
        return _loaded(self._metrics, name)

    @cached_property
    def marks(self) -> Column:
        """The marks of each run, as lists."""
        return column.encode_tuples([self.marked.get(name, ()) for name in self.names])

    @cached_property
    def fails(self) -> Column:
        """Whether each run failed within ``run.safe()``."""
        return column.encode([name in self.failing for name in self.names])

    @cached_property
    def numbers(self) -> list[int]:
        """The number of each run."""
        return [int(name.partition("-")[0]) for name in self.names]

    @cached_property
    def labels(self) -> list[str | None]:
        """The label of each run, or None."""
        # All of them are names of runs: what follows number and time is the label.
        parts = [name.split("-", _LABEL) for name in self.names]
        return [part[_LABEL] if len(part) > _LABEL else None for part in parts]

    def alone(self) -> Table:
        """Return the same runs as a table that may be given marks of its own."""
        return self.take(range(len(self)))

    def settle(self) -> None:
        """Load all columns: a table that was joined from others lets go of them."""
        for part, reader in ((self._own, self.own), (self._params, self.param), (self._metrics, self.metric)):
            for name in part:
                reader(name)

    def starts(self) -> list[float | None]:
        """Return the start of each run in seconds since the epoch, or None."""
        here = datetime.now().astimezone().utcoffset() or timedelta()
        shift = here.total_seconds()
        return [
            None if start is None or start is MISSING else start / 1e6 - (shift if zone is None else 0)
            for start, zone in zip(self.own("started").cells(), self.own("zone").cells(), strict=True)
        ]

    def runs(self, places: Iterable[int] | None = None) -> list[Run]:
        """Return the runs at some places, without what they say; all of them for None."""
        where = self.own("place")
        chosen = range(len(self)) if places is None else places
        return [Run(self.root, self.names[place], where.cell(place)) for place in chosen]

    def row(self, place: int) -> Row:
        """Return what one run says."""
        return self.rows([place])[0]

    def rows(self, places: Sequence[int] | None = None) -> list[Row]:
        """Return what some runs say, in the order of their places; all of them for None."""
        some = self if places is None else self.take(places)
        own = {name: some.own(name).cells() for name in STORED}
        params = _objects(len(some), {name: some.param(name).cells() for name in some._params})
        metrics = _objects(len(some), {name: some.metric(name).cells() for name in some._metrics})
        facts = list(map(Facts, *(own[name] for name in Facts._fields)))
        return [
            Row(
                Run(self.root, name, own["place"][place]),
                own["state"][place],
                _moment(own["started"][place], own["zone"][place]),
                own["seconds"][place],
                self.marked.get(name, ()),
                params[place],
                own["problem"][place],
                facts[place],
                tuple(own["tags"][place]),
                own["description"][place],
                metrics[place],
                name in self.failing,
                own["exit_code"][place],
                own["error"][place],
                own["defaults"][place],
            )
            for place, name in enumerate(some.names)
        ]

    def take(self, places: Sequence[int]) -> Table:
        """Return the table of some of the runs, in the order of their places; columns are taken when they are used."""
        parts = (self._own, self._params, self._metrics)
        readers = (self.own, self.param, self.metric)
        is_whole = places == range(len(self))
        taken = [
            {name: _whole(reader, name) if is_whole else _taker(reader, name, places) for name in part}
            for part, reader in zip(parts, readers, strict=True)
        ]
        names = self.names if is_whole else [self.names[place] for place in places]
        some = Table(self.root, names, *taken)
        some.marked, some.failing = self.marked, self.failing
        return some


def _taker(reader: Callable[[str], Column], name: str, places: Sequence[int]) -> Callable[[], Column]:
    return lambda: reader(name).take(places)


def _whole(reader: Callable[[str], Column], name: str) -> Callable[[], Column]:
    return lambda: reader(name)


def _loaded(columns: dict[str, Any], name: str) -> Column:
    found = columns[name]
    if callable(found):
        found = columns[name] = found()
    loaded: Column = found
    return loaded


def _objects(length: int, columns: dict[str, list[Any]]) -> list[dict[str, Any]]:
    names = list(columns)
    if not names:
        return [{} for _ in range(length)]
    return [
        {name: cell for name, cell in zip(names, cells, strict=True) if cell is not MISSING}
        for cells in zip(*columns.values(), strict=True)
    ]


def build(root: str, rows: Sequence[Row]) -> Table:
    """Return a table of rows, which are in the order of their numbers."""
    own: dict[str, Any] = {name: column.encode([getattr(row, name) for row in rows]) for name in PLAIN}
    own |= {name: column.encode([getattr(row.facts, name) for row in rows]) for name in Facts._fields}
    own["tags"] = column.encode_tuples([row.tags for row in rows])
    own["defaults"] = column.encode([row.defaults for row in rows])
    own["place"] = column.encode([row.run.place for row in rows])
    own["started"] = column.encode([_microseconds(row.started) for row in rows])
    own["zone"] = column.encode([_zone(row.started) for row in rows])
    params = _columns([row.params for row in rows])
    values = [row.values for row in rows]
    metrics = {name: column.encode([part.get(name, MISSING) for part in values]) for name in measured(rows)}
    return Table(root, [row.run.name for row in rows], own, params, metrics)


def _columns(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(name for part in reversed(parts) for name in part)
    return {name: column.encode([part.get(name, MISSING) for part in parts]) for name in names}


def _microseconds(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)) - _EPOCH) // _MICROSECOND


def _zone(moment: datetime | None) -> int | None:
    offset = moment.utcoffset() if moment else None
    return None if offset is None else round(offset.total_seconds())


def _moment(microseconds: int | None, zone: int | None) -> datetime | None:
    if microseconds is None:
        return None
    # On the clock of where it ran, which at either end of the calendar is all that there is.
    local = _EPOCH + (microseconds + (zone or 0) * 1_000_000) * _MICROSECOND
    if not zone:
        return local if zone == 0 else local.replace(tzinfo=None)
    return local.replace(tzinfo=timezone(timedelta(seconds=zone)))


def join(tables: Sequence[Table]) -> Table:
    """Return the runs of several tables of one root as one table, by number; columns are joined when they are used."""
    tables = [table for table in tables if len(table)] or list(tables[:1])
    if len(tables) == 1:
        return tables[0]
    newest_first = tables[::-1]
    own = {name: _joiner(tables, Table.own, name) for name in STORED}
    params = {
        name: _joiner(tables, Table.param, name)
        for name in dict.fromkeys(name for table in newest_first for name in table._params)
    }
    metrics = {
        name: _joiner(tables, Table.metric, name)
        for name in dict.fromkeys(name for table in newest_first for name in table._metrics)
    }
    joined = Table(tables[0].root, [name for table in tables for name in table.names], own, params, metrics)
    ends = [(_order(table, 0), _order(table, -1)) for table in tables]
    if all(before[1] <= after[0] for before, after in zip(ends, ends[1:], strict=False)):
        return joined
    return joined.take(sorted(range(len(joined)), key=lambda place: (joined.numbers[place], joined.names[place])))


def _order(table: Table, place: int) -> tuple[int, str]:
    name = table.names[place]
    return int(name.partition("-")[0]), name


def _joiner(tables: Sequence[Table], reader: Callable[[Table, str], Column], name: str) -> Callable[[], Column]:
    return lambda: column.join([_or_absent(table, reader, name) for table in tables])


def _or_absent(table: Table, reader: Callable[[Table, str], Column], name: str) -> Column:
    try:
        return reader(table, name)
    except KeyError:
        return column.absent(len(table))


def of_rows(root: str, rows: Sequence[Row]) -> Table:
    """Return a table of rows in any order, with their marks."""
    made = build(root, sorted(rows, key=lambda row: (row.id, row.run.name)))
    made.marked = {row.run.name: row.marks for row in rows if row.marks}
    made.failing = frozenset(row.run.name for row in rows if row.fails)
    return made
