"""From what is to be recorded to a run: a new one, an earlier one, another process's, or none and why."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.record import order, place, role
from exparse.record.live import LiveRun, UnrecordedRun, current_run
from exparse.record.recorder import Recorder
from exparse.record.say import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.record.record import Record
    from exparse.record.wish import Wish

    Begun = tuple[LiveRun | UnrecordedRun, Recorder | None]

_OFF = frozenset(("0", "false", "no", "off"))


def begin(root: str | os.PathLike[str] | None, record: Record, wish: Wish) -> Begun:
    """Record a run, or return what stands in for one, and who writes it.

    Args:
        root: The root, or None for the one that is meant (:func:`exparse.record.place.resolve`).
        record: What the run says.
        wish: How it is to be recorded.

    Raises:
        ExparseError: If the run must be recorded and cannot be.
        SystemExit: With 0, where the wish is that only what is needed is run, and an equal run has finished.
    """
    wanted = _wanted()
    if wanted in _OFF:
        return UnrecordedRun(f"EXPARSE_RECORD={wanted}", record.params, _named(root)), None
    if role.is_worker():
        return _of_worker(record), None
    try:
        told = order.first()
        folder = told.root or _resolved(root)
        if wish.needed and not (told.rerun_of or told.resume):
            from exparse.record import needed

            # Every rank of a parallel job finds the same.
            needed.end_if_done(folder, record, wish)
        seat = role.seat()
        if seat is not None and seat.rank:
            from exparse.record import attach

            return attach.rank(folder, seat, record, wish), None
        wish.obey(told)
        recorder = Recorder(folder, record, wish)
        run = recorder.start()
        order.begun(run.folder, record.facts.get("by") == "argv")
        return run, recorder
    except ExparseError as problem:
        if wanted != "try":
            raise
        warn(f"not recorded: {problem}")
        return UnrecordedRun(str(problem), record.params, _named(root)), None


def never_records() -> bool:
    """Return whether no parse of this process begins a run: the environment says so, or it is a worker."""
    return _wanted() in _OFF or role.is_worker()


def _wanted() -> str:
    return os.environ.get("EXPARSE_RECORD", "").strip().lower()


def _of_worker(record: Record) -> LiveRun | UnrecordedRun:
    run = current_run()
    return run if run.recorded else UnrecordedRun("a worker of multiprocessing", record.params)


def _named(root: str | os.PathLike[str] | None) -> str | None:
    return os.fspath(root) if root is not None else None


def _resolved(root: str | os.PathLike[str] | None) -> str:
    try:
        return place.resolve(root)
    except OSError as problem:
        raise ExparseError(
            f"no place for runs: the working folder cannot be used ({problem.strerror}). "
            "Name a root (EXPARSE_ROOT=FOLDER) or run unrecorded (--no-record)"
        ) from None
