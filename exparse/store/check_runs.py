"""The files of runs: those that cannot be read, those that an end should have removed, and names that disagree."""

from __future__ import annotations

import os
import time

from exparse.errors import ExparseError
from exparse.store import check_left_overs, check_places, layout, liveness, logs, metrics
from exparse.store.fate import UNDER_WAY, last_seen
from exparse.store.finding import Finding, entries, runs_in
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

_ENDED_WELL = ("finished", "failed", "interrupted")
_MOST_LINES = 3
# Another machine ends a run in less; nobody here can ask it.
_TIDY_S = 3600.0


def look(root: str, seen: Callable[[int], object]) -> Iterator[Finding]:
    """Yield what is wrong with the runs in ``runs/`` and ``tmp/``; ``seen(1)`` is called after each."""
    for place in (layout.RUNS, layout.TMP):
        if os.path.islink(f"{root}/{place}"):
            continue
        for name in runs_in(root, place):
            yield from of(Run(root, name, place))
            seen(1)


def of(run: Run) -> Iterator[Finding]:
    """Yield what is wrong with one run; nothing where it is gone meanwhile."""
    below = f"{run.place}/{run.name}"
    try:
        names = set(os.listdir(run.folder))
    except OSError as problem:
        if os.path.isdir(run.folder):
            yield Finding("damaged", below, f"cannot be read: {problem.strerror}", "Ask its owner for the rights")
        return
    state = _state(run)
    damaged = list(_damaged(run, below, names))
    if damaged and not os.path.isdir(run.folder):
        return
    yield from damaged
    yield from _named(run, below)
    if state not in UNDER_WAY:
        yield from _kept(run, below, names, state)
        yield from _drafts(run, below, names)
    yield from _twins(run, below, names)


def _state(run: Run) -> str | None:
    try:
        return run.status.state
    except (ExparseError, OSError):
        return None


def _damaged(run: Run, below: str, names: set[str]) -> Iterator[Finding]:
    # By what is wrong: the state of a run is read with its metadata, and would say the same again.
    found: dict[str, tuple[str, str]] = {}
    for name, read in _READERS.items():
        if name in names or name in (layout.PARAMS, layout.METADATA, layout.STATUS):
            what = _wrong(run, read)
            if what:
                found.setdefault(what, (name, what))
    for name, what in found.values():
        short = what.removeprefix(f"{run.folder}/{name}").removeprefix(": ").removeprefix(", ")
        cure = f"Put it right from a copy, or remove the run: exparse rm {run.id}"
        yield Finding("damaged", f"{below}/{name}", short, cure)
    yield from _lines(run, below, names)


_READERS: dict[str, Callable[[Run], Any]] = {
    layout.PARAMS: lambda run: run.params,
    layout.METADATA: lambda run: run.metadata,
    layout.STATUS: lambda run: run.status,
    layout.SUMMARY: lambda run: run.summary(),
}


def _wrong(run: Run, read: Callable[[Run], Any]) -> str | None:
    try:
        read(run)
    except (ExparseError, OSError) as problem:
        return str(problem)
    return None


def _lines(run: Run, below: str, names: set[str]) -> Iterator[Finding]:
    """Yield the files of which some lines cannot be read; the others count all the same."""
    cure = "The other lines count; nothing has to be done"
    for name in sorted(names):
        if name == layout.ABOUT:
            lines = _about(run)
        elif name.startswith("metrics.") and name.endswith(".jsonl"):
            lines = _metrics(f"{run.folder}/{name}")
        else:
            continue
        if lines:
            more = f" and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
            yield Finding("damaged", f"{below}/{name}", f"{'; '.join(lines[:_MOST_LINES])}{more}", cure)


def _about(run: Run) -> list[str]:
    try:
        return [f"line {number} is no JSON object" for number in run.about.damaged]
    except (ExparseError, OSError) as problem:
        # The metadata, with which it is read, have been told already.
        return [] if run.problem else [str(problem)]


def _metrics(path: str) -> list[str]:
    found: list[str] = []
    offset, line = 0, 1
    try:
        while (rows := metrics.read(path, offset, line)).offset > offset:
            found += [f"line {number}: {what}" for number, what in rows.problems]
            offset, line = rows.offset, rows.next_line
    except (ExparseError, OSError) as problem:
        found.append(str(problem).removeprefix(f"{path}: "))
    return found


def _named(run: Run, below: str) -> Iterator[Finding]:
    try:
        said = run.metadata
    except (ExparseError, OSError):
        return  # told already
    if said.get("id", run.id) != run.id:
        cure = "It was copied or renamed by hand: the name of the folder counts"
        yield Finding("name", below, f"its metadata say that it is run {said['id']!r:.30}", cure)
    elif isinstance(said.get("name"), str) and _stamp(said["name"]) != _stamp(run.name):
        cure = "It was renamed by hand: the name of the folder counts"
        yield Finding("name", below, f"its metadata say that its name is {said['name']!r:.150}", cure)


def _stamp(name: str) -> list[str]:
    """Return number and time of a run's name: its label may be another one by now."""
    number, *rest = name.split("-", 7)[:7]
    return [number.lstrip("0"), *rest]


def _kept(run: Run, below: str, names: set[str], state: str | None) -> Iterator[Finding]:
    """Yield what the end of a run joins or removes; after a kill it lies there rightly."""
    likely = [name for name in sorted(names) if name == layout.KILLED or _is_tail(name)]
    if not likely or state not in _ENDED_WELL or not _has_left(run):
        return
    # Its process may have been in the middle of it when the names were listed.
    for name in [name for name in likely if os.path.lexists(f"{run.folder}/{name}")]:
        what = "a piece of a log that was not joined to it"
        cure = "It is read as if it were; leave it where it is"
        if name == layout.KILLED:
            what = f"it says how a run was killed, and this one {'was' if state == 'interrupted' else 'has'} {state}"
            cure = "Read it, and remove it if it says nothing"
        yield Finding("damaged", f"{below}/{name}", what, cure)


def _is_tail(name: str) -> bool:
    return logs.TAIL in name and logs.parse_name(name.partition(logs.TAIL)[0]) is not None


def _has_left(run: Run) -> bool:
    """Return whether the process of a run that has ended is gone, too: until then it may be tidying up."""
    try:
        dead = liveness.is_dead(run.status.process or run.metadata.get("process"))
    except (ExparseError, OSError):
        return True
    seen = last_seen(run.folder) if dead is None else None
    return dead is True or (dead is None and (seen is None or time.time() - seen > _TIDY_S))


def _drafts(run: Run, below: str, names: set[str]) -> Iterator[Finding]:
    folders = [below, *(f"{below}/{name}" for name in (layout.FILES, layout.IMAGES) if name in names)]
    dead = _dead_pid(run)
    for folder in folders:
        if folder != below or any(check_left_overs.DRAFT.match(name) for name in names):
            yield from check_left_overs.drafts(run.root, folder, dead)


def _dead_pid(run: Run) -> int | None:
    """Return the pid of the process that made the run, where it is known to have ended."""
    try:
        process = run.status.process or run.metadata.get("process")
    except (ExparseError, OSError):
        return None
    return process["pid"] if liveness.is_dead(process) and isinstance(process, dict) else None


def _twins(run: Run, below: str, names: set[str]) -> Iterator[Finding]:
    """Yield files of the run that would be one file elsewhere."""
    cure = "Where case does not count (macOS, Windows) one replaces the other: rename one of them"
    for folder in (name for name in (layout.FILES, layout.IMAGES) if name in names):
        waiting = [f"{below}/{folder}"]
        while waiting:
            inside = waiting.pop()
            found = entries(f"{run.root}/{inside}")
            for name, other in check_places.twins(entry.name for entry in found):
                yield Finding("twin", f"{inside}/{name}", f"{other} differs only in case", cure)
            waiting += [f"{inside}/{entry.name}" for entry in found if entry.is_dir(follow_symlinks=False)]
