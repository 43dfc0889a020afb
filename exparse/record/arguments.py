"""The program's own arguments: what ``sys.argv`` says, unless those are the words that a kernel or shell began with."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LAUNCHER = "kernel_launcher.py"


def of_program() -> list[str]:
    """Return ``sys.argv[1:]``; [] in a notebook, whose kernel was started with words that are no program's.

    What ``%run script.py --lr 1`` and ``ipython script.py --lr 1`` hand on is the script's, and what a cell puts
    into ``sys.argv`` is what the cell wants parsed.
    """
    return [] if are_the_shells() else sys.argv[1:]


def are_the_shells() -> bool:
    """Return whether ``sys.argv`` is what IPython, in a kernel or a terminal, was started with."""
    # Nearly all programs end here; the rest is loaded for the others alone.
    if "IPython" not in sys.modules or not sys.argv:
        return False
    from exparse.streams import notebook

    if notebook.reading_shell() is None or _is_main_script(sys.argv[0]):
        return False
    if sys.argv[0].endswith(_LAUNCHER):
        return True
    words = sys.argv[1:]
    return not words or sys.orig_argv[-len(words) :] == words


def _is_main_script(path: str) -> bool:
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        return bool(script) and os.path.abspath(str(script)) == os.path.abspath(path)
    except OSError:
        return script == path  # the working folder is gone


def prog(named: str | None) -> str | None:
    """Return the name of the program to record: where a parser is named after the kernel, that of the notebook.

    Args:
        named: What the parser calls it, or None.
    """
    if named is None or not sys.argv or "IPython" not in sys.modules:
        return named
    is_the_shells = named == os.path.basename(sys.argv[0]) and are_the_shells()
    return _notebook() if is_the_shells or named.endswith(_LAUNCHER) else named


def _notebook() -> str | None:
    """Return the name of the notebook's file, where Jupyter, VS Code or papermill have told the kernel; else None."""
    from exparse.streams import notebook

    names: dict[str, Any] = getattr(notebook.shell(), "user_ns", None) or {}
    told = [names.get("__vsc_ipynb_file__"), names.get("PAPERMILL_INPUT_PATH"), os.environ.get("JPY_SESSION_NAME")]
    return next((os.path.basename(path) for path in told if isinstance(path, str) and path), None)
