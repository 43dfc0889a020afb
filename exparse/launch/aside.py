"""Room made for the program's own modules, where one has the name of a module that we have loaded, or are going to."""

from __future__ import annotations

import builtins
import os
import sys
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from types import ModuleType
    from typing import Any

# What we load while the program runs, or when it is over.
_LATER = frozenset(
    ("binascii", "copy", "csv", "ctypes", "datetime", "difflib", "hashlib", "itertools", "json", "resource", "select",
     "shlex", "shutil", "subprocess", "tempfile", "textwrap", "threading", "traceback", "unicodedata",
     "zipfile", "zlib")
)  # fmt: skip
# Of us, and of what we load.
_OURS = frozenset(("exparse", "yaml"))


def stand_aside(before: Collection[str]) -> None:
    """Let the program find its own modules, where one has the name of a module that only we have loaded.

    Args:
        before: Names of the modules that were loaded when we began.
    """
    folder = sys.path[0] if sys.path else ""
    try:
        names = {entry.partition(".")[0] for entry in os.listdir(folder or os.curdir)}
    except OSError:
        return  # a zip, or none that can be read
    _keep(names.intersection(_LATER).difference(before))
    for name in names.intersection(sys.modules).difference(before):
        if name not in ("exparse", "__main__"):
            for loaded in [loaded for loaded in sys.modules if loaded == name or loaded.startswith(f"{name}.")]:
                del sys.modules[loaded]


def _keep(names: Collection[str]) -> None:
    """Have our own code go on to find Python's modules of some names, which are the program's from now on."""
    if not names:
        return
    first = sys.path.pop(0)
    try:
        kept: dict[str, ModuleType] = {name: import_module(name) for name in names}
    finally:
        sys.path.insert(0, first)
    original = builtins.__import__

    def ours_or_theirs(name: str, globals: Any = None, *more: Any, **named: Any) -> Any:
        if name in kept and globals and str(globals.get("__name__")).partition(".")[0] in _OURS:
            return kept[name]
        return original(name, globals, *more, **named)

    builtins.__import__ = ours_or_theirs
