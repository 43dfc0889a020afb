"""Knowing how the process ends, without standing in its way.

What is *not* done: no handler of signals in Python (it would wait for a long call into C to return, so
SIGTERM would no longer end the program at once), no ``sys.excepthook`` (Python tells the last exception
itself), no thread. What is done: an ``atexit`` function reads what Python left behind; ``sys.exit`` and the
flush of stderr at the very end are looked through for the exit code, which Python tells nobody. Signals are
the business of :mod:`exparse.record.signals`, endings that pass ``atexit`` by that of
:mod:`exparse.record.shortcuts`.
"""

from __future__ import annotations

import sys
from _thread import get_ident

from exparse.record.runner import runner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

# What ends a frame as it should end, in this Python: the instructions of "return" and of the end of a module.
_RETURNS = ((lambda: None).__code__.co_code[-2], (lambda value: value).__code__.co_code[-2])
_UNKNOWN = object()
# What a long of C does not hold, Python ends with -1 for.
_TOO_LARGE = 1 << 63


class Watch:
    """Looks how this process ends; :meth:`ending` tells, when called from ``atexit``.

    Attributes:
        asked_for: How often the main thread has called ``sys.exit``.
    """

    def __init__(self) -> None:
        self._main = _main_frame()
        self._thread = get_ident()
        self._asked: Any = _UNKNOWN
        self.asked_for = 0
        self._found: Any = _UNKNOWN
        self._left: tuple[str, int | None, BaseException | None] | None = None
        self._has_returned = self._was_shown = False

    def start(self) -> None:
        """Look at ``sys.exit`` and at the last flush of stderr from now on."""
        sys.exit = _noting(sys.exit, self._note)
        run_by = runner()
        if run_by is None or run_by.is_command:
            self._look_at_last_flush()
        # Else whoever runs the program tells how it was left.

    def leave(self, problem: BaseException | None) -> None:
        """Take note of how the program was left, told by whoever runs it: with an exception, or None.

        The exception itself is not kept: it holds all that the program had, and Python keeps those that it shows.
        """
        self._has_returned = problem is None
        self._was_shown = not isinstance(problem, (SystemExit, type(None)))
        if problem is None:
            self._left = "finished", 0, None
        elif isinstance(problem, SystemExit):
            number = exit_code(problem.code)
            said = SystemExit(problem.code) if isinstance(problem.code, str) else None
            self._left = "failed" if number else "finished", number, said
        else:
            self._left = ("interrupted", 130, None) if isinstance(problem, KeyboardInterrupt) else ("failed", 1, None)

    def _note(self, status: tuple[Any, ...]) -> None:
        if get_ident() == self._thread:
            self._asked = status[0] if status else None
            self.asked_for += 1

    def _is_running(self) -> bool:
        """Return whether the main script is still somewhere below this call."""
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame is not self._main:
            frame = frame.f_back
        return frame is not None

    def _look_at_last_flush(self) -> None:
        stream = sys.stderr
        original = getattr(stream, "flush", None)
        if original is None:
            return

        def flush() -> None:
            original()
            # Python flushes stderr after the main script, before it forgets a SystemExit.
            if get_ident() == self._thread and not self._is_running():
                self._look_for_exit()

        try:
            stream.flush = flush  # type: ignore[method-assign]
        except (AttributeError, TypeError):
            return  # a stream of somebody else's that takes no attributes

    def _look_for_exit(self) -> None:
        # Looking through all objects of a large program takes time: only where the script did not just return.
        found = _UNKNOWN if self.returned() else _pending_exit(self._main)
        # Others flush while Python cleans up: by then it has forgotten.
        self._found = self._found if found is _UNKNOWN else found

    def ending(self) -> tuple[str, int | None, BaseException | None]:
        """Return state, exit code and exception of the end that is under way."""
        if self._left is not None:
            state, code, said = self._left
            return state, code, said or (shown() if self._was_shown else None)
        problem = self._unhandled()
        if isinstance(problem, KeyboardInterrupt):
            return "interrupted", 130, problem
        if problem is not None:
            return "failed", 1, problem
        if self.returned():
            return "finished", 0, None
        code = self._found if self._found is not _UNKNOWN else self._asked
        if code is _UNKNOWN:
            return "finished", None, None
        number = exit_code(code)
        return (
            ("failed" if number else "finished"),
            number,
            SystemExit(code) if isinstance(code, str) else None,
        )

    def returned(self) -> bool:
        """Return whether the main script ran to its end."""
        if self._left is not None:
            return self._has_returned
        if self._main is None:
            return self._asked is _UNKNOWN and self._found is _UNKNOWN
        code, last = self._main.f_code.co_code, self._main.f_lasti
        return 0 <= last < len(code) and code[last] in _RETURNS

    def _unhandled(self) -> BaseException | None:
        """Return the exception that ended the main script, if one did."""
        problem = shown()
        if self._main is None:
            return problem if isinstance(problem, BaseException) else None
        trace = getattr(problem, "__traceback__", None)
        while trace is not None:
            if trace.tb_frame is self._main:
                return problem
            trace = trace.tb_next
        return None


def shown() -> BaseException | None:
    """Return the last exception that Python, or IPython, has shown; None where there was none."""
    # IPython sets only the older one of the two.
    found: BaseException | None = getattr(sys, "last_value", None) or getattr(sys, "last_exc", None)
    return found


def _noting(original: Any, note: Callable[[tuple[Any, ...]], None]) -> Any:
    """Return what stands in for ``sys.exit``: it notes what it is called with, and calls the original.

    A class, whose ``__init__`` is the original: so no frame of ours stands in a traceback, and a class of
    the user's that holds ``sys.exit`` does not bind it as a method; both as with the built-in function.
    """

    class _Shown(type):
        def __repr__(cls) -> str:
            return repr(original)

    class exit(metaclass=_Shown):
        def __new__(cls, *status: Any, **more: Any) -> Any:
            note(status)
            return object.__new__(cls)

        __init__ = original

    exit.__doc__, exit.__module__, exit.__qualname__ = original.__doc__, "sys", "exit"
    return exit


def exit_code(code: object) -> int:
    """Return the number that Python makes of what ``SystemExit`` holds (:func:`sys.exit`)."""
    if code is None:
        return 0
    if not isinstance(code, int):
        return 1
    return code & 0xFF if -_TOO_LARGE <= code < _TOO_LARGE else 0xFF


def _main_frame() -> FrameType | None:
    """Return the frame of the main script, if this thread stands in it."""
    frame: FrameType | None = sys._getframe()
    main = sys.modules.get("__main__")
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals is getattr(main, "__dict__", None):
            return frame
        frame = frame.f_back
    return None


def _pending_exit(main: FrameType | None) -> Any:
    """Return what the ``SystemExit`` holds that ends the main script, found among the collector's youngest."""
    import gc

    for generation in range(3):
        things = gc.get_objects(generation=generation)
        # Not isinstance: it asks proxies for their class, which runs code of theirs.
        found = [thing for thing in things if issubclass(type(thing), SystemExit) and _likelihood(thing, main)]
        if found:
            return max(found, key=lambda problem: _likelihood(problem, main)).code
    return _UNKNOWN


def _likelihood(problem: SystemExit, main: FrameType | None) -> int:
    """Return how likely an exception is the one that left the main script where it stands now.

    Others are kept by a program that caught them, or never raised.
    """
    trace, old = problem.__traceback__, sys.version_info < (3, 12)
    if trace is None:
        # Up to Python 3.11 an exception gets its trace when it is caught, or passes a "finally": this one did not.
        return 3 if old else 0
    if main is not None and trace.tb_frame is main:
        return 4 if trace.tb_lineno == main.f_lineno else 2
    # Likewise, the trace begins where it passed the last "finally".
    return 1 if old else 0


_watch: Watch | None = None


def left(problem: BaseException | None) -> None:
    """Tell the watch of this process, if there is one, how the program was left."""
    if _watch is not None:
        _watch.leave(problem)


def process_watch() -> Watch:
    """Return the one watch of this process, started at the first call."""
    global _watch
    if _watch is None:
        _watch = Watch()
        _watch.start()
    return _watch
