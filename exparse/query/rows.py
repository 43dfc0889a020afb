"""Runs as rows: what every list, summary and table starts from. No run keeps the others from being read."""

from __future__ import annotations

import os
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple

from exparse.errors import ExparseError
from exparse.format import about
from exparse.query import ending, told, values
from exparse.store import layout
from exparse.store.marks import walk
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exparse.format.about import About


class Facts(NamedTuple):
    """Where a run was made, and from which code; None for what its metadata do not say.

    Attributes:
        host: Name of the machine.
        script: Path of the main script.
        commit: The commit that was checked out.
        branch: The branch likewise.
        dirty: Whether the tree differed from the commit.
    """

    host: str | None = None
    script: str | None = None
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None


UNKNOWN = Facts()


class Row(NamedTuple):
    """What one run says.

    Attributes:
        run: The run itself.
        state: One of :data:`exparse.format.status.STATES`.
        started: Start; aware where the metadata say it, naive local time where only the run's name does; None
            where neither does.
        seconds: Duration; up to now for a run under way; None where it is not known.
        marks: Its marks, sorted.
        params: Its resolved arguments; empty where they cannot be read.
        problem: What is wrong with its files, or None.
        facts: What its metadata say of where it ran, and of which code.
        tags: Its tags, as they were given; empty until :func:`deepened`.
        description: Its description, or None; likewise.
        values: Its summary, and the last value of each metric (:mod:`exparse.query.values`); likewise, or only
            those that :func:`summed` read.
        fails: Whether it failed within ``run.safe()``, however the program went on.
    """

    run: Run
    state: str
    started: datetime | None
    seconds: float | None
    marks: tuple[str, ...]
    params: dict[str, Any]
    problem: str | None
    facts: Facts = UNKNOWN
    tags: tuple[str, ...] = ()
    description: str | None = None
    values: dict[str, Any] = {}
    fails: bool = False

    @property
    def id(self) -> int:
        """The run's number."""
        return self.run.id

    @property
    def local_start(self) -> datetime | None:
        """Start on the clock of where it ran, without a zone."""
        return self.started and self.started.replace(tzinfo=None)

    @property
    def age(self) -> float | None:
        """Seconds since the start."""
        if self.started is None:
            return None
        return (datetime.now(self.started.tzinfo) - self.started).total_seconds()

    @property
    def error(self) -> str | None:
        """Why the run ended badly, in a line: its signal, error or exit code; None where it did not."""
        return ending.why(told.status(self.run))

    @property
    def exit_code(self) -> int | None:
        """What the process returned; None where that is not known."""
        return told.status(self.run).whole("exit_code")


def read(runs: Iterable[Run], marked: dict[str, tuple[str, ...]] | None = None, deep: bool = False) -> Iterator[Row]:
    """Yield one row for each run; a run that is gone meanwhile is left out.

    Args:
        runs: The runs, in the order wanted.
        marked: What :func:`marks_of` returned; None leaves marks empty.
        deep: Whether tags, descriptions and values are read too, as :func:`deepened` does.

    Reads ``params.yaml``, ``metadata.json`` and ``status.json`` of each run.
    """
    borne = marked or {}
    failing: dict[str, frozenset[str]] = {}
    for run in runs:
        if run.root not in failing:
            failing[run.root] = _failing(run.root)
        # Read through a twin, which goes with what it has read: 100,000 metadata take half a gigabyte.
        reader = Run(run.root, run.name, run.place)
        problem = reader.problem
        if problem and not os.path.isdir(run.folder):
            continue
        marks = borne.get(run.name, ())
        metadata = _metadata(reader)
        times = _started(metadata, run.name), _seconds(reader)
        row = Row(run, reader.state, *times, marks, _params(reader), problem, _facts(metadata))
        row = row._replace(fails=True) if run.name in failing[run.root] else row
        yield _deep(row, reader, metadata) if deep else row


def deepened(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows with their tags, descriptions and values.

    Reads ``metadata.json``, ``about.jsonl``, ``summary.json`` and the ends of ``metrics.jsonl`` of each run.
    """
    for row in rows:
        reader = Run(row.run.root, row.run.name, row.run.place)
        yield _deep(row, reader, _metadata(reader))


def summed(rows: Iterable[Row], names: Iterable[str] = ()) -> list[Row]:
    """Return the rows with what some summary of them has as values, and those values of other ``names``.

    A name means the same in each row, and the same as after :func:`deepened`: what the summary says, else the
    last value of the metric. Reads ``summary.json`` of each run, and the ends of ``metrics.jsonl`` of those whose
    summary lacks something.
    """
    found = [row._replace(values=values.summary(row.run.folder)) for row in rows]
    wanted = dict.fromkeys([*(name for row in reversed(found) for name in row.values), *names])
    return [_filled(row, [name for name in wanted if name not in row.values]) for row in found]


def _filled(row: Row, names: list[str]) -> Row:
    last = values.last(row.run.folder) if names else {}
    return row._replace(values={**row.values, **{name: last[name] for name in names if name in last}})


def _deep(row: Row, reader: Run, metadata: dict[str, Any]) -> Row:
    try:
        # One look saves a failing open for each file that most runs do not have.
        names = os.listdir(reader.folder)
    except OSError:
        # Gone meanwhile.
        return row
    said = _said(reader) if layout.ABOUT in names else about.parse(b"", metadata)
    measured = values.read(reader.folder, names)
    return row._replace(tags=tuple(said.tags), description=said.description, values=measured)


def _said(run: Run) -> About:
    try:
        return run.about
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return about.About()


def marks_of(root: str) -> dict[str, tuple[str, ...]]:
    """Return the marks that each run bears, sorted, by the run's name; one walk through ``marked/``."""
    found: dict[str, list[str]] = {}
    for mark, name in walk(root):
        found.setdefault(name, []).append(mark)
    return {name: tuple(sorted(set(borne))) for name, borne in found.items()}


def _failing(root: str) -> frozenset[str]:
    """Return the names of the runs that have a link in ``fails/``; one look at that folder."""
    try:
        return frozenset(name.removesuffix(".yaml") for name in os.listdir(f"{root}/{layout.FAILS}"))
    except OSError:
        return frozenset()


def _params(run: Run) -> dict[str, Any]:
    try:
        return run.params
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return {}


def _seconds(run: Run) -> float | None:
    if run.problem:
        return None
    try:
        seconds = float(run.seconds)  # type: ignore[arg-type]  # None raises as well
    except (TypeError, OverflowError):
        return None
    return seconds if isfinite(seconds) else None


def _started(metadata: dict[str, Any], name: str) -> datetime | None:
    said: Any = metadata.get("started")
    for text in (said, _stamp(name)):
        try:
            return datetime.fromisoformat(text)
        except (TypeError, ValueError):
            continue
    return None


def _facts(metadata: dict[str, Any]) -> Facts:
    git = metadata.get("git")
    git = git if isinstance(git, dict) else {}
    dirty = git.get("dirty")
    return Facts(
        _text(metadata.get("host")),
        _text(metadata.get("script")),
        _text(git.get("commit")),
        _text(git.get("branch")),
        dirty if isinstance(dirty, bool) else None,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _metadata(run: Run) -> dict[str, Any]:
    try:
        return run.metadata
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return {}


def _stamp(name: str) -> str:
    """Return the local start time in a run's name as ISO 8601, to the second."""
    year, month, day, *clock = name.split("-")[1:7]
    return f"{year}-{month}-{day}T{':'.join(clock)}"


def started_text(row: Row) -> str | None:
    """Return a row's start as ISO 8601 text, or None."""
    return row.started.isoformat() if row.started else None
