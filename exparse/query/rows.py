"""Runs as rows: what every list, summary and table starts from. No run keeps the others from being read."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any, NamedTuple

from exparse.store import layout, marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from exparse.store.run import Run


class Facts(NamedTuple):
    """Where a run was made, and from which code; None for what its files do not say.

    Attributes:
        host: Name of the machine.
        user: Who made it.
        script: Path of the main script.
        cwd: Working folder.
        python: Version of the interpreter.
        commit: The commit that was checked out.
        branch: The branch likewise.
        dirty: Whether the tree differed from the commit.
        job: The scheduler's job.
        attempts: How often it was begun.
        program: What people call its program: the name of its script, package or command.
        rerun_of: Name of the run that it repeats.
    """

    host: str | None = None
    user: str | None = None
    script: str | None = None
    cwd: str | None = None
    python: str | None = None
    commit: str | None = None
    branch: str | None = None
    dirty: bool | None = None
    job: str | None = None
    attempts: int | None = None
    program: str | None = None
    rerun_of: str | None = None


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
        facts: What its files say of where it ran, and of which code.
        tags: Its tags, as they were given.
        description: Its description, or None.
        values: Its summary, and the last value of each metric (:mod:`exparse.store.values`).
        fails: Whether it failed within ``run.safe()``, however the program went on.
        exit_code: What the process returned; None where that is not known.
        error: Why the run ended badly, in a line: its signal, error or exit code; None where it did not.
        defaults: The default of each param, as far as the metadata say it.

    Objects in it may be shared with other rows: they are for reading.
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
    exit_code: int | None = None
    error: str | None = None
    defaults: dict[str, Any] = {}

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

    Reads what :meth:`exparse.query.scan.Scan.read` does.
    """
    from exparse.query.scan import Scan

    borne = marked or {}
    scans: dict[tuple[str, str], Scan] = {}
    failing: dict[str, frozenset[str]] = {}
    for run in runs:
        if run.root not in failing:
            failing[run.root] = failing_in(run.root)
        scan = scans.setdefault((run.root, run.place), Scan(run.root, run.place))
        found = scan.read(run.name)
        if found is not None:
            yield found.row._replace(run=run, marks=borne.get(run.name, ()), fails=run.name in failing[run.root])


def marks_of(root: str) -> dict[str, tuple[str, ...]]:
    """Return the marks that each run bears, sorted, by the run's name; one walk through ``marked/``."""
    return {name: tuple(borne) for name, borne in marks.of_runs(root).items()}


def failing_in(root: str) -> frozenset[str]:
    """Return the names of the runs that have a link in ``fails/``; one look at that folder."""
    try:
        return frozenset(name.removesuffix(".yaml") for name in os.listdir(f"{root}/{layout.FAILS}"))
    except OSError:
        return frozenset()


def started_text(row: Row) -> str | None:
    """Return a row's start as ISO 8601 text, or None."""
    return row.started.isoformat() if row.started else None
