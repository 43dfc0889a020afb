"""The signals by which a scheduler says that it will take the machine away; watched only where somebody asks.

A program that asks :attr:`run.preempted <exparse.record.ending.Ending.preempted>` wants to go on to its next
checkpoint: so the first such signal ends it no more, a second SIGTERM does. Where there is only a hook, it is called;
then SIGTERM ends the program as ever, and SIGUSR1, which was for the hook, ends nothing.
"""

from __future__ import annotations

import faulthandler
import os
import threading
import time

from exparse.record import hooks, role
from exparse.record.live import current_run
from exparse.record.signals import watch_signals
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGNALS = ("SIGTERM", "SIGUSR1")
# Launchers pass on what their scheduler has told the program as well: that is one word, not two.
_SAME_S = 1.0


class _Heard:
    """What this process has been told.

    Attributes:
        is_polled: Whether the program looks for itself, and goes on until then.
        name: Name of the first signal, or None.
        last: Number and time of the latest.
        ends: Whether the signal that is being handled has its own effect.
        depth: How many of our handlers call each other just now.
    """

    def __init__(self) -> None:
        self.is_polled = False
        self.name: str | None = None
        self.last: tuple[int, float] = (0, 0.0)
        self.ends, self.depth = False, 0


class _Handler:
    """Takes note of a signal, then lets whoever handled it before do so.

    Args:
        earlier: Who did: a function, or what :func:`signal.getsignal` says of none.
    """

    def __init__(self, earlier: Any) -> None:
        self.earlier = earlier

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # A handler of the program's may call the one before it, which is ours: one signal all the same.
        heard = _heard
        if heard.depth == 0:
            # A child may be told before it has put back what it inherited.
            heard.ends = os.getpid() != _owner or _take_note(number)
        heard.depth += 1
        try:
            if callable(self.earlier):
                self.earlier(number, frame)
            elif self.earlier == _signal().SIG_DFL and heard.ends:
                _end_by(number)
        finally:
            heard.depth -= 1


_heard = _Heard()
_is_watched = False
_owner = 0


def _signal() -> Any:
    # The module signal wraps these in enums, which costs half a millisecond, and some at each look.
    import _signal  # type: ignore[import-not-found]

    return _signal


def watch() -> None:
    """Call the hooks when such a signal comes, then whoever handled it before; the main thread alone can do that."""
    global _is_watched, _owner
    if threading.current_thread() is not threading.main_thread():
        return
    module, _owner = _signal(), os.getpid()
    if not _is_watched:
        _is_watched = True
        if hasattr(os, "register_at_fork"):
            # A pool ends its workers by SIGTERM, and Slurm signals them with the program: as if we were not there.
            os.register_at_fork(after_in_child=_put_back)
    for name in _SIGNALS:
        number = getattr(module, name, None)
        earlier = module.getsignal(number) if number is not None else None
        # None is a handler that is not Python's.
        if earlier is not None and not isinstance(earlier, _Handler):
            module.signal(number, _Handler(earlier))


def is_told(owner: int) -> bool:
    """Return whether the machine is about to be taken away, and let the program go on until it asks again.

    Args:
        owner: Pid of the process whose run asks; in any other one, and in workers, nothing is watched.
    """
    if owner == os.getpid() and not role.is_worker() and threading.current_thread() is threading.main_thread():
        _heard.is_polled = True
        watch()
    return _heard.name is not None


def _put_back() -> None:
    """Have a forked child handle the signals as the program would; what its parent was told is not meant for it."""
    global _heard, _is_watched
    module = _signal()
    for name in _SIGNALS:
        number = getattr(module, name, None)
        handler = module.getsignal(number) if number is not None else None
        while isinstance(handler, _Handler):
            handler = handler.earlier
            module.signal(number, handler)
    _heard = _Heard()


def _take_note(number: int) -> bool:
    """Note a signal, and call the hooks; return whether it is to have its own effect where nobody else handles it."""
    now, module = time.monotonic(), _signal()
    is_first = _heard.name is None
    is_same = _heard.last[0] == number and now - _heard.last[1] < _SAME_S
    if not is_same:
        _heard.last = number, now
    run = current_run()
    if is_first:
        _heard.name = next(name for name in _SIGNALS if getattr(module, name, None) == number)
        if run._recorder is not None:
            run._recorder.remarks.append(f"preempted by {_heard.name}")
    if not is_same:
        hooks.call("preempt", run)
    return bool(number == module.SIGTERM and not (_heard.is_polled and (is_first or is_same)))


def _end_by(number: int) -> None:
    """End by the signal, as it would have been without us: the parent sees no other end."""
    module, run = _signal(), current_run()
    if hasattr(faulthandler, "unregister"):
        faulthandler.unregister(number)
    module.signal(number, module.SIG_DFL)
    if run.recorded and os.getpid() == _owner:
        watch_signals(f"{run.folder}/{layout.KILLED}")
    os.kill(os.getpid(), number)
