"""What an interpreter is and where it finds packages; one that is not ours is asked, once and not for long."""

from __future__ import annotations

import ast
import os
import sys
import time
from typing import NamedTuple

from exparse.code import processes

_LONGEST_S = 5.0
_MOST_BYTES = 1_000_000
# What it prints is plain ASCII: paths may hold anything.
_QUESTION = b"import sys; print(ascii(['{}.{}.{}'.format(*sys.version_info), *sys.path]))"


class Interpreter(NamedTuple):
    """An interpreter.

    Attributes:
        version: Its version: ``3.11.7``.
        path: Where it finds packages, but the folder of the script.
    """

    version: str
    path: list[str]


def is_ours(python: str) -> bool:
    """Return whether an interpreter is the one that runs here, by this name or another that lies beside it.

    A link elsewhere is another one: which packages it has goes by the folder that it lies in.
    """
    path = os.path.abspath(python)
    if path == sys.executable:
        return True
    is_beside = os.path.dirname(path) == os.path.dirname(sys.executable)
    return is_beside and os.path.realpath(path) == os.path.realpath(sys.executable)


def look_at(python: str) -> Interpreter | None:
    """Return what an interpreter is; None where it does not say.

    Args:
        python: Its path. It is started if it is another one than ours, at "/", where no module of a script lies.
    """
    if is_ours(python):
        path = sys.path if _is_safe() else sys.path[1:]
        return Interpreter("{}.{}.{}".format(*sys.version_info), list(filter(None, path)))
    try:
        child = processes.start([os.fsencode(python), b"-c", _QUESTION], dict(os.environ), most=_MOST_BYTES)
    except (OSError, ValueError):
        return None
    processes.gather([child], time.monotonic() + _LONGEST_S)
    return _parsed(child.out) if child.is_good else None


def _is_safe() -> bool:
    """Return whether what runs here stands not first on the path of imports: it is none of a package's."""
    return bool(getattr(sys.flags, "safe_path", False) or sys.flags.isolated)


def _parsed(out: bytes) -> Interpreter | None:
    try:
        told = ast.literal_eval(out.decode("ascii"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(told, list) or not told or not all(isinstance(part, str) for part in told):
        return None
    # For code on its command line, an empty text stands for the working folder.
    return Interpreter(told[0], list(filter(None, told[1:])))
