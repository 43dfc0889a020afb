"""Where runs go when nobody says: ``exruns`` beside the main script, else in the working folder."""

from __future__ import annotations

import os
import sys

from exparse.record.order import order
from exparse.record.runner import runner
from exparse.store.layout import DEFAULT_ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

_INSTALLED = frozenset(("site-packages", "dist-packages"))
_PROGRAMS = frozenset(("bin", "sbin", "Scripts"))


def simpleroot(file: str | os.PathLike[str]) -> Path:
    """Return the ``exruns`` folder beside a file: ``ExParser(root=simpleroot(__file__))``.

    Args:
        file: The file, as a rule ``__file__``; its folder is made absolute.
    """
    from pathlib import Path

    return Path(os.path.dirname(os.path.abspath(os.fspath(file))), DEFAULT_ROOT)


def resolve(root: str | os.PathLike[str] | None) -> str:
    """Return the absolute path of the root: ``root``, that of ``exparse run``, ``$EXPARSE_ROOT``, the default place.

    Raises:
        OSError: If the path is relative and the working folder is gone.
    """
    run_by = runner()
    said = root or (run_by.root if run_by is not None else None)
    named = os.fspath(said) if said else os.environ.get("EXPARSE_ROOT")
    if named:
        path = os.path.abspath(os.path.expanduser(named))
    else:
        path = os.path.join(_script_folder() or os.getcwd(), DEFAULT_ROOT)
    # What a script keeps beside its code does not lie in a tree that was laid out for one run of it.
    return order().place(path) or path


def main_script() -> str | None:
    """Return the absolute path of the main script, or None (notebook, ``-c``, a frozen or zipped program).

    Of a command that ``exparse run`` started, we know of none: our own script is not the user's.
    """
    run_by = runner()
    if run_by is not None and run_by.is_command:
        return None
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    try:
        return os.path.abspath(script) if script and os.path.isfile(script) else None
    except OSError:
        return None


def _script_folder() -> str | None:
    script = main_script()
    if script is None:
        return None
    folder = os.path.dirname(script)
    parts = folder.split(os.sep)
    # A program among other programs, in an installed package, or in Python's own library (python -m cProfile
    # script.py) has no place for runs beside it.
    library = os.path.dirname(os.path.realpath(os.__file__))
    if parts[-1] in _PROGRAMS or not _INSTALLED.isdisjoint(parts) or os.path.realpath(folder).startswith(library):
        return None
    held = os.path.join(folder, DEFAULT_ROOT)
    return folder if os.access(held if os.path.isdir(held) else folder, os.W_OK) else None
