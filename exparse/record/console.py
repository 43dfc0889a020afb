"""Console scripts: a few generated lines beside the interpreter, whose code is that of the module that they call."""

from __future__ import annotations

import os
import sys

_INSTALLED = frozenset(("site-packages", "dist-packages"))
_FUNCTION = type(lambda: None)


def folder() -> str | None:
    """Return the folder of the module that the console script of this process calls, if git has it; else None.

    One that is installed is not meant: its version says which code it is.
    """
    main = sys.modules.get("__main__")
    for value in list(vars(main).values()) if main is not None else ():
        found = _folder_of(value)
        if found is not None and _is_under_git(found):
            return found
    return None


def _folder_of(value: object) -> str | None:
    """Return the folder of a function's or a class's module; None where that is installed, or there is none."""
    if not issubclass(type(value), (type, _FUNCTION)):
        return None  # asked for an attribute, an object of the program's may load what it stands for
    name = getattr(value, "__module__", None)
    file = getattr(sys.modules.get(name), "__file__", None) if isinstance(name, str) else None
    if not isinstance(file, str) or name == "__main__" or not _INSTALLED.isdisjoint(file.split(os.sep)):
        return None
    found = os.path.dirname(os.path.abspath(file))
    library = os.path.dirname(os.path.realpath(os.__file__))
    return found if not f"{os.path.realpath(found)}{os.sep}".startswith(library + os.sep) else None


def _is_under_git(folder: str) -> bool:
    from exparse.code.repository import find_top

    return find_top(folder) is not None
