"""Runs as rows: what every list, summary and table starts from. No run keeps the others from being read."""

from __future__ import annotations

import os
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple

from exparse.errors import ExparseError
from exparse.store.marks import walk
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


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
    """

    run: Run
    state: str
    started: datetime | None
    seconds: float | None
    marks: tuple[str, ...]
    params: dict[str, Any]
    problem: str | None

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


def read(runs: Iterable[Run], marked: dict[str, tuple[str, ...]] | None = None) -> Iterator[Row]:
    """Yield one row for each run; a run that is gone meanwhile is left out.

    Args:
        runs: The runs, in the order wanted.
        marked: What :func:`marks_of` returned; None leaves marks empty.

    Reads ``params.yaml``, ``metadata.json`` and ``status.json`` of each run.
    """
    borne = marked or {}
    for run in runs:
        # Read through a twin, which goes with what it has read: 100,000 metadata take half a gigabyte.
        reader = Run(run.root, run.name, run.place)
        problem = reader.problem
        if problem and not os.path.isdir(run.folder):
            continue
        marks = borne.get(run.name, ())
        yield Row(run, reader.state, _started(reader), _seconds(reader), marks, _params(reader), problem)


def marks_of(root: str) -> dict[str, tuple[str, ...]]:
    """Return the marks that each run bears, sorted, by the run's name; one walk through ``marked/``."""
    found: dict[str, list[str]] = {}
    for mark, name in walk(root):
        found.setdefault(name, []).append(mark)
    return {name: tuple(sorted(set(borne))) for name, borne in found.items()}


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


def _started(run: Run) -> datetime | None:
    for text in (_said_start(run), _stamp(run.name)):
        try:
            return datetime.fromisoformat(text)
        except (TypeError, ValueError):
            continue
    return None


def _said_start(run: Run) -> Any:
    try:
        return run.metadata.get("started")
    except (ExparseError, OSError):
        return None


def _stamp(name: str) -> str:
    """Return the local start time in a run's name as ISO 8601, to the second."""
    year, month, day, *clock = name.split("-")[1:7]
    return f"{year}-{month}-{day}T{':'.join(clock)}"


def started_text(row: Row) -> str | None:
    """Return a row's start as ISO 8601 text, or None."""
    return row.started.isoformat() if row.started else None
