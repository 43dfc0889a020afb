"""A live run as a context manager, and its end before the program's."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any, TypeVar

    Self = TypeVar("Self", bound="Ending")


class Ending:
    """What ends a run: leaving its ``with`` block, :meth:`finish`, or the end of the program."""

    _recorder: Any = None
    _owner: int
    _ignored: tuple[type[BaseException], ...] = ()

    @property
    def attempt(self) -> int:
        """Which attempt at the run this is, from 1."""
        if self._recorder is not None:
            return int(self._recorder.attempt)
        # A rank or a worker of the run: rank 0 says.
        told = getattr(self, "status", None)
        return told.attempt if told is not None else 1

    @property
    def resumed(self) -> bool:
        """Whether an earlier attempt at this run was made: its files are where they were."""
        return self.attempt > 1

    @property
    def preempted(self) -> bool:
        """Whether the machine is about to be taken away: SIGTERM or SIGUSR1 came.

        Whoever looks in the main thread goes on until the next look: the first such signal then only sets this, after
        the hooks of ``preempt`` and the program's own handler; a second SIGTERM ends the program as ever. In workers,
        and in other threads, looking changes nothing.
        """
        from exparse.record import preempt

        return preempt.is_told(self._owner)

    def finish(self, problem: BaseException | None = None) -> None:
        """End the run now, instead of with the program; what is printed from now on is not recorded in it.

        Args:
            problem: The exception that ended it; None for a good end.
        """
        if self._recorder is None:
            return
        self._recorder.finish(*state_of(problem))

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if self._recorder is not None:
            # A disk that takes nothing more is a warning: it must not take the place of the block's own exception.
            self._recorder.finish_quietly(*state_of(problem))
        return isinstance(problem, self._ignored)


def state_of(problem: BaseException | None) -> tuple[str, int | None, BaseException | None]:
    """Return state, exit code and exception of a block that was left."""
    if problem is None:
        return "finished", None, None
    if isinstance(problem, KeyboardInterrupt):
        return "interrupted", None, problem
    if not isinstance(problem, SystemExit):
        return "failed", None, problem
    from exparse.record.watch import exit_code

    code = exit_code(problem.code)
    return ("failed" if code else "finished"), code, problem if isinstance(problem.code, str) else None
