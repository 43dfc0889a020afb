"""Whose an exception is that comes up while exparse writes: its own, or that of a signal's handler."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# What exparse calls of Python's own library, which is Python code in part.
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep


def foreign(problem: BaseException, own: str = _OWN, library: str = _LIBRARY) -> TracebackType | None:
    """Return the trace of an exception from where code of the program begins, or None where exparse raised it.

    While exparse writes, code of the program runs only as the handler of a signal. What that raises (a time limit
    by ``signal.alarm``) is the program's, and is never swallowed.
    """
    trace = problem.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith((own, "<frozen ")) and ("-packages" in name or not name.startswith(library)):
            return trace
        trace = trace.tb_next
    return None
