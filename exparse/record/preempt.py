"""The signals by which a scheduler says that it will take the machine away; watched only where a hook asks for it."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading

from exparse.record import hooks
from exparse.record.live import current_run
from exparse.record.signals import watch_signals
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGNALS = ("SIGTERM", "SIGUSR1")
_earlier: dict[int, Any] = {}
_owner = 0


def watch() -> None:
    """Call the hooks when such a signal comes, then whoever handled it before; the main thread alone can do that."""
    global _owner
    if _earlier or threading.current_thread() is not threading.main_thread():
        return
    _owner = os.getpid()
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            _earlier[number] = signal.signal(number, _called)


def _called(number: int, frame: FrameType | None) -> None:
    run, is_ours = current_run(), os.getpid() == _owner
    if is_ours:
        # A pool ends its workers by SIGTERM: that says nothing about the job.
        hooks.call("preempt", run)
    earlier = _earlier.get(number)
    if callable(earlier):
        earlier(number, frame)
    elif earlier == signal.SIG_DFL and number == signal.SIGTERM:
        # Ends by the signal, as it would have: its parent sees no other end.
        faulthandler.unregister(number)
        signal.signal(number, signal.SIG_DFL)
        if is_ours and run.recorded:
            watch_signals(f"{run.folder}/{layout.KILLED}")
        os.kill(os.getpid(), number)
