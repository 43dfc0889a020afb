"""What is shown of an exception that ends the user's program: the user's code, and nothing of ours around it."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

_MISSING = object()
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep
# What stands at the program's streams hands on what these raise. It takes itself out, which Python 3.10 does not heed.
_PASSES_ON = os.path.join(_OURS, "streams", "tee.py")


def show_without_us() -> None:
    """Have the hook that shows the exception which is under way get its trace from below the caller's frame.

    It is the hook that is set by now: Python's, the program's own, or that of a library. Python itself calls it, so
    that exit code, ``sys.last_exc`` and the end by SIGINT are its own.
    """
    earlier: Any = getattr(sys, "excepthook", _MISSING)
    runs = sys._getframe(1).f_code

    def excepthook(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
        if earlier is _MISSING:
            del sys.excepthook
        else:
            sys.excepthook = earlier
        strip(problem, runs)
        if hasattr(sys, "last_traceback"):
            sys.last_traceback = problem.__traceback__
        _shown_by(earlier)(kind, problem, problem.__traceback__)

    sys.excepthook = excepthook


def _shown_by(hook: Any) -> Any:
    """Return what shows an exception: the hook, or Python's own where that cannot be called, as is then said first."""
    if callable(hook):
        return hook
    told = "sys.excepthook is missing\n"
    if hook is not _MISSING:
        told = f"Error in sys.excepthook:\nTypeError: {type(hook).__name__!r} object is not callable\n"
        told += "\nOriginal exception was:\n"
    sys.stderr.write(told)
    return sys.__excepthook__


def strip(problem: BaseException, runs: CodeType | None = None) -> None:
    """Take our frames out of the trace of an exception and of those behind it.

    Args:
        problem: The exception.
        runs: The function that runs the program: its frame goes, and all above it. None where there is none: the
            program itself may see to the exception.
    """
    first = problem.__traceback__
    left: list[BaseException | None] = [problem]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = _linked(_below(_steps(one.__traceback__), runs))
        left += [one.__cause__, one.__context__]
    if sys.version_info < (3, 11) and runs is None and first is not None and first is not problem.__traceback__:
        # What is raised again has the trace there with which it was caught, whatever it says itself.
        first.tb_next = problem.__traceback__


def _steps(trace: TracebackType | None) -> list[TracebackType]:
    found = []
    while trace is not None:
        found.append(trace)
        trace = trace.tb_next
    return found


def _below(steps: list[TracebackType], runs: CodeType | None) -> list[TracebackType]:
    """Return the steps of the program; where one of ours has failed itself, as far as we are to blame."""
    for place, step in enumerate(steps):
        if step.tb_frame.f_code is runs:
            steps = steps[place + 1 :]
            break
    steps = [step for step in steps if step.tb_frame.f_code.co_filename != _PASSES_ON]
    last = max((place for place, step in enumerate(steps) if not _is_ours(step)), default=-1)
    return [step for place, step in enumerate(steps) if place > last >= 0 or not _is_ours(step)]


def _linked(steps: list[TracebackType]) -> TracebackType | None:
    following = None
    for step in reversed(steps):
        step.tb_next, following = following, step
    return following


def _is_ours(step: TracebackType) -> bool:
    return step.tb_frame.f_code.co_filename.startswith(_OURS)
