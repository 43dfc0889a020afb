"""``with run.safe():`` a failed run leaves the index, and a link to it appears under ``fails/``."""

from __future__ import annotations

from exparse.record import trouble
from exparse.store import files, layout, marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from exparse.record.writing import Writing


class Safe:
    """Guards a block of code; what :meth:`exparse.record.writing.Writing.safe` returns.

    Args:
        run: The run that is under way. Where nothing is recorded, and in workers and other ranks, which do not
            speak for the run, nothing is done.
    """

    def __init__(self, run: Writing) -> None:
        self._run = run

    def __enter__(self) -> Writing:
        return self._run

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if problem is not None and _is_failure(problem):
            fail(self._run)


def _is_failure(problem: BaseException) -> bool:
    if isinstance(problem, SystemExit):
        return problem.code not in (None, 0)
    return isinstance(problem, Exception)


def fail(run: Writing) -> None:
    """Take a run out of ``index/`` and its automarks, and link it under ``fails/``; its folder stays where it is."""
    from exparse.record.live import LiveRun

    if not isinstance(run, LiveRun) or run.part is not None:
        return
    try:
        # A run that was removed while it ran has failed nowhere.
        if not run.path.is_dir():
            return
        folder = f"{run.root}/{layout.FAILS}"
        files.make_folder(folder)
        files.link(f"../{run.place}/{run.name}/{layout.PARAMS}", f"{folder}/{run.name}.yaml")
        files.remove_quietly(f"{run.root}/{layout.INDEX}/{run.name}.yaml")
        for mark in run.automarks:
            marks.drop(run.root, mark, run.name)
    except OSError as failed:
        trouble.tell(run.folder, "the failure", failed)
