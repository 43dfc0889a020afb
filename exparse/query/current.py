"""The runs of a root as they are now, as a table: what is remembered of them, and what has changed since.

One look at each run tells whether it has (:mod:`exparse.query.stamps`); finished runs are not read again.
"""

from __future__ import annotations

import gc
import os
import time
from contextlib import contextmanager

from exparse.errors import ExparseError
from exparse.query import blocks, cache, stamps
from exparse.query import table as tables
from exparse.query.cache import Kept
from exparse.query.crew import MANY_TO_LOOK_AT, MANY_TO_READ, Crew
from exparse.query.rows import failing_in, marks_of
from exparse.query.scan import Scan
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from exparse.query.stamps import Stamp
    from exparse.query.table import Table

    Progress = Callable[[int, str], Callable[[int], object]]

# What this process knows of the roots that it read last.
_known: dict[tuple[str, str], Kept] = {}
_MOST_KNOWN = 8
# The cache is written anew when as many runs are to be read each time as would take longer than writing it.
_FEW, _SHARE = 64, 200
_MOST_LAYERS = 8


def table(
    root: str,
    places: Iterable[str] = (layout.RUNS,),
    progress: Progress | None = None,
    beside: Callable[[], object] | None = None,
) -> Table:
    """Return the runs that lie in some places of a root, by number.

    Args:
        root: Path of the root.
        places: Folders of the root.
        progress: Makes what is told how many more runs have been read.
        beside: What this process will need and can do while others look at the runs: importing pandas.

    Reads the cache, looks at each run's folder, and reads those that are new or not as they were; writes the cache.
    """
    with without_search():
        parts = [_of_place(root, place, progress, beside if at == 0 else None) for at, place in enumerate(places)]
        joined = tables.join(parts)
    # What is remembered is shared by all who ask.
    joined = joined.alone()
    joined.marked, joined.failing = marks_of(root), failing_in(root)
    return joined


@contextmanager
def without_search() -> Iterator[None]:
    """Keep Python from looking for cycles among a million new objects that hold none, again and again."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def _of_place(root: str, place: str, progress: Progress | None, beside: Callable[[], object] | None) -> Table:
    key = (os.path.realpath(root), place)
    known = _known.get(key)
    loaded: list[Kept | None] = []

    def meanwhile() -> None:
        if known is None:
            loaded.append(cache.load(root, place))
        if beside is not None:
            beside()

    with Crew(root, place) as crew:
        if len(known.stamps) >= MANY_TO_LOOK_AT if known is not None else cache.is_large(root, place):
            # They look at the runs while this process loads what it remembers of them.
            crew.start()
        now = time.time_ns()
        seen = crew.look(meanwhile)
        kept = known or (loaded[0] if loaded else None) or Kept(tables.build(root, []), {})
        kept.table.root = root
        same = _same(kept, seen)
        names = [name for name in seen if name not in same and layout.parse_run_name(name)]
        found = _read(crew, names, progress)
    gone = len(kept.stamps) - len(same)
    kept, volatile = _renewed(kept, same, found, seen, now)
    _known.pop(key, None)
    _known[key] = kept
    while len(_known) > _MOST_KNOWN:
        _known.pop(next(iter(_known)))
    if max(len(found[0]) - len(volatile), gone) > max(_FEW, len(seen) // _SHARE):
        cache.save(root, place, kept)
    return tables.join([kept.table, volatile])


def _same(kept: Kept, seen: dict[str, Stamp]) -> set[str] | dict[str, Stamp]:
    """Return the names of the runs that are as they were."""
    if kept.stamps == seen:
        return seen
    return {name for name, stamp in kept.stamps.items() if seen.get(name) == stamp}


def _read(crew: Crew, names: list[str], progress: Progress | None) -> tuple[Table, set[str]]:
    """Return a table of runs, and the names of those among them whose rows stay as they are."""
    if len(names) >= MANY_TO_READ:
        crew.start()
    done = progress(len(names), "reading") if progress and names else _unseen
    found: list[Table] = []
    final: set[str] = set()
    unfit: list[str] = []
    for data in crew.read(names, done):
        unpacked = blocks.unpack(data)
        if unpacked is None:
            raise ExparseError(f"{crew.root}/{crew.place}: a process that was to read runs failed. Please try again")
        table, header, arrays = unpacked
        found.append(table)
        final.update(name for name, is_final in zip(table.names, arrays["final"], strict=True) if is_final)
        unfit += header["unfit"]
    scan = Scan(crew.root, crew.place)
    odd = [scanned.row for name in unfit if (scanned := scan.read(name))]
    return tables.join([*_by_number(found), tables.of_rows(crew.root, odd)]), final


def _by_number(found: list[Table]) -> list[Table]:
    """Return tables such that joining them takes no sorting where they do not overlap."""
    return sorted((table for table in found if len(table)), key=lambda table: table.numbers[0])


def _renewed(
    kept: Kept, same: Collection[str], found: tuple[Table, set[str]], seen: dict[str, Stamp], now: int
) -> tuple[Kept, Table]:
    """Return what is to be remembered now, and the other runs."""
    table, final = found
    base = kept.table
    if len(same) < len(base):
        base = base.take([place for place, name in enumerate(base.names) if name in same])
    if not len(table) and base is kept.table:
        return kept, table
    fit = {name for name in final if not stamps.is_doubtful(seen[name], now)}
    lasting = table if len(fit) == len(table) else table.take([p for p, name in enumerate(table.names) if name in fit])
    others = table.take([place for place, name in enumerate(table.names) if name not in fit])
    joined = tables.join([base, lasting])
    known = {name: kept.stamps[name] for name in base.names} | {name: seen[name] for name in fit}
    layers = kept.layers + 1
    if layers > _MOST_LAYERS:
        joined.settle()
        layers = 0
    return Kept(joined, known, layers), others


def _unseen(more: int) -> None:
    """Show nothing: nobody asked for it."""
