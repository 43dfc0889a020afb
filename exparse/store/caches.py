"""The user's cache folder: what can be deleted at any time, on a local disk, never beside the runs."""

from __future__ import annotations

import os
import stat
import sys

VARIABLE = "EXPARSE_CACHE"
_OFF = ("off", "0", "no", "false", "none")


def folder(name: str) -> str | None:
    """Return the path of a folder in the cache, which need not be there; None where there is to be no cache.

    Args:
        name: What is kept there: ``index`` or ``trees``.
    """
    said = os.environ.get(VARIABLE)
    if said is not None:
        is_on = said and said.casefold() not in _OFF
        return f"{os.path.abspath(os.path.expanduser(said))}/{name}" if is_on else None
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return None
    if sys.platform == "win32":
        above = os.environ.get("LOCALAPPDATA") or f"{home}/AppData/Local"
    elif sys.platform == "darwin":
        above = f"{home}/Library/Caches"
    else:
        above = os.environ.get("XDG_CACHE_HOME") or ""
        above = above if os.path.isabs(above) else f"{home}/.cache"
    return f"{above}/exparse/{name}"


def is_ours(where: str) -> bool:
    """Return whether a folder belongs to this user, and nobody else may write into it."""
    try:
        found = os.lstat(where)
    except OSError:
        return False
    if not stat.S_ISDIR(found.st_mode):
        return False
    return not hasattr(os, "geteuid") or (found.st_uid == os.geteuid() and not found.st_mode & 0o022)
