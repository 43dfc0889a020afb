"""The signals by which a scheduler says that it will take the machine away; watched only where a hook asks for it."""

from __future__ import annotations

import os
import signal
import threading

from exparse.record import hooks
from exparse.record.live import current_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

_SIGNALS = ("SIGTERM", "SIGUSR1")
_earlier: dict[int, Any] = {}


def watch() -> None:
    """Call the hooks when such a signal comes, then whoever handled it before; the main thread alone can do that."""
    if _earlier or threading.current_thread() is not threading.main_thread():
        return
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            _earlier[number] = signal.signal(number, _called)


def _called(number: int, frame: FrameType | None) -> None:
    hooks.call("preempt", current_run())
    earlier = _earlier.get(number)
    if callable(earlier):
        earlier(number, frame)
    elif earlier == signal.SIG_DFL and number == signal.SIGTERM:
        # Ends by the signal, as it would have: its parent sees no other end.
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
