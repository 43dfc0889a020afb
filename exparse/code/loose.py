"""Files that git does not know and that are no code: what lies there may be what the run itself has written.

A script that keeps a ``last.json`` beside itself, which nobody has told git to ignore, has not changed its code.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

WHY = "written since the run began"
# What a person types, and a program reads as code or settings; the rest is data until somebody adds it to git.
SOURCES = frozenset(
    ".py .pyi .pyw .pyx .pxd .ipynb .sh .bash .c .h .cc .cpp .cxx .hpp .cu .cuh .f .f90 .r .jl .m .rs .go .java .js "
    ".ts .lua .pl .rb .sql .cfg .ini .toml .yaml .yml".split()
)
# The clock that stamps files ticks some hundred times a second.
_TICK_S = 0.02


def is_source(path: str | bytes) -> bool:
    """Return whether a file is code by its name."""
    return os.path.splitext(os.fsdecode(path))[1].lower() in SOURCES


def modified(top: str, paths: Iterable[bytes]) -> dict[str, float]:
    """Return when those of some untracked files were changed that are no code, in seconds since 1970, by path."""
    found = {}
    for path in paths:
        if not path.endswith(b"/") and not is_source(path):
            try:
                found[os.fsdecode(path)] = os.lstat(os.path.join(os.fsencode(top), path)).st_mtime
            except OSError:
                continue  # gone meanwhile
    return found


def since(changed: dict[str, float], began: float | None) -> set[str]:
    """Return which files were changed when a run had begun; none where nobody knows when that was."""
    return {path for path, when in changed.items() if began is not None and when >= began - _TICK_S}


def began(told: dict[str, object]) -> float | None:
    """Return when a run began by its ``metadata.json``, in seconds since 1970; None where it does not say."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(str(told.get("started"))).timestamp()
    except (ValueError, OverflowError):
        return None
