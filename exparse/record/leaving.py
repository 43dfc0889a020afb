"""Ends of a run beside that of its program: without ``atexit``, by another program, or as if it had never begun."""

from __future__ import annotations

import os
import time

from exparse.record import durable, findings, look, shortcuts
from exparse.store import publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.format.status import Status
    from exparse.record.notebook import Notebook

_AT_ONCE_S = 1.0
# How long the end of a program waits for what is still being found out beside it.
LONGEST_S = 2.0


class Leaving(shortcuts.Listener):
    """The part of a recorder that knows these ends."""

    root: str
    name: str
    folder: str
    owner: int
    attempt: int
    remarks: list[str]
    _watch: Any
    _look: Any
    _flushed: Any
    _over: bool
    _made_root: bool
    _notebook: Notebook | None
    _doubt: tuple[float, int] | None

    def _try(self, act: Callable[[], object]) -> None:
        raise NotImplementedError

    def _status(self, state: str) -> Status:
        raise NotImplementedError

    def _ended(self, state: str, exit_code: int | None, problem: BaseException | None) -> Status:
        raise NotImplementedError

    def _write_status(self, told: Status) -> None:
        raise NotImplementedError

    def _watch_signals(self) -> None:
        raise NotImplementedError

    def _settle(self) -> None:
        raise NotImplementedError

    def _give_back(self, last: bool = False) -> None:
        raise NotImplementedError

    def _stop_capture(self, last: bool = False) -> None:
        raise NotImplementedError

    def finish_quietly(self, state: str, exit_code: int | None, problem: BaseException | None) -> None:
        """Write how the run ended; what cannot be written is a warning."""
        raise NotImplementedError

    def _of_cells(self) -> tuple[str, int | None, BaseException | None] | None:
        return self._notebook.ending() if self._notebook is not None else None

    def give_way(self, secrets: list[str]) -> None:
        """Let the run of a later parse take the place of this one, which in a notebook is over by that.

        Args:
            secrets: What the later parse knows for secrets.
        """
        if self._notebook is not None:
            self.finish_quietly(*self._notebook.give_way(secrets))
        self._stop_capture()

    def leaves(self, code: int) -> None:
        """Take note of ``os._exit``."""
        if os.getpid() == self.owner and not self._over:
            self._end_early("failed" if code else "finished", code, "os._exit")

    def becomes(self, program: str) -> None:
        """Take note of ``os.exec*``: what the other program does is not this run's."""
        if os.getpid() == self.owner and not self._over:
            self._end_early("finished", None, f"replaced by {program} (exec)")

    def stays(self) -> None:
        """Take note that there was no such program to exec: the run is under way."""
        if os.getpid() == self.owner and self._over and self.remarks and self.remarks[-1].endswith("(exec)"):
            self.remarks.pop()
            self._over = False
            self._try(lambda: self._write_status(self._status("running")))
            self._try(self._watch_signals)

    def _end_early(self, state: str, code: int | None, remark: str) -> None:
        self.remarks.append(remark)
        self._over = True
        self._try(lambda: self._write_status(self._ended(state, code, None)))
        self._try(self._settle)

    def doubt(self) -> None:
        """Take note that a later parse failed: if the program ends of that, there was no run."""
        self._doubt = time.monotonic(), self._watch.asked_for

    def _ended_by_doubt(self, problem: BaseException | None) -> bool:
        """Return whether the program ends of a parse that failed: at once, and by nobody else's ``sys.exit``."""
        if self._doubt is None or self._watch.returned() or not isinstance(problem, (SystemExit, type(None))):
            return False
        return time.monotonic() - self._doubt[0] < _AT_ONCE_S and self._watch.asked_for == self._doubt[1]

    def withdraw(self) -> bool:
        """Take the run back, unless the program has left something in it; return whether it is gone."""
        if self._look is not None:
            self._look.wait(LONGEST_S)
        if self.attempt > 1 or not findings.OURS.issuperset(os.listdir(self.folder)):
            return False
        durable.wait(self._flushed)
        self._give_back()
        publish.withdraw(self.root, self.name, self.folder)
        look.forget(self.folder)
        if self._made_root:
            from exparse.store import unmaking

            unmaking.unmake(self.root)
        return True
