"""Whose run it is: what somebody else recorded is a program of theirs, and runs only when one says so."""

from __future__ import annotations

import os
import stat

from exparse.launch import interpreter
from exparse.query.told import Told
from exparse.store import liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.store.run import Run

_MOST_FILES = 1_000


def stranger(run: Run) -> str | None:
    """Return in words by whom or where a run was made, if that was not this user on this machine; else None.

    What its files say is not enough: whoever may write them may say anything. So they, the folder that they lie in
    and the recorded interpreter must be this user's, or the system's, and nobody else may write them.
    """
    told = Told(run.metadata)
    user, host = told.text("user"), told.text("host")
    parts = []
    if user not in _names():
        parts.append(f"by {user or 'nobody knows whom'}")
    if host != liveness.host():
        parts.append(f"on {host or 'a machine that is not named'}")
    why = _of_files(run.folder) or _of_interpreter(told.text("executable"))
    if not parts and why:
        parts.append(f"by {user}, but {why}")
    return f"made {' '.join(parts)}" if parts else None


def _of_files(folder: str) -> str:
    """Return in words who else has, or may write, what a run's folder holds; "" for nobody."""
    if not hasattr(os, "geteuid"):
        return ""
    why = _others(os.stat(folder))
    if why:
        return f"its folder {why}"
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            found = entry.stat(follow_symlinks=False)
            # A link says nothing by its mode, and what it leads to is read as well.
            why = _others(found) or (_others_at(entry.path) if stat.S_ISLNK(found.st_mode) else "")
            if why:
                return f"its {entry.name} {why}"
            if number >= _MOST_FILES:
                return "its folder holds more than a run has"
    return ""


def _of_interpreter(python: str) -> str:
    """Return in words who else may have put something in the place of a recorded interpreter; "" for nobody."""
    if not os.path.isabs(python) or not hasattr(os, "geteuid") or interpreter.is_ours(python):
        return ""
    for path in dict.fromkeys((python, os.path.realpath(python))):
        for place in (path, os.path.dirname(path)):
            why = _others_at(place, is_systems_too=True)
            if why:
                return f"its interpreter {place} {why}"
    return ""


def _others_at(path: str, is_systems_too: bool = False) -> str:
    try:
        return _others(os.stat(path), is_systems_too)
    except (OSError, ValueError):
        return ""  # what is not there is not read, and starts nothing


def _others(found: os.stat_result, is_systems_too: bool = False) -> str:
    """Return in words whose a file is, or who else may write it; "" where it is this user's alone."""
    if found.st_uid != os.geteuid() and not (is_systems_too and found.st_uid == 0):
        return f"belongs to {_name_of(found.st_uid)}"
    if stat.S_ISLNK(found.st_mode) or found.st_mode & stat.S_ISVTX:
        return ""
    if found.st_mode & stat.S_IWOTH:
        return "may be written by anybody"
    if found.st_mode & stat.S_IWGRP and not _is_private(found.st_gid, found.st_uid):
        return f"may be written by the group {_group(found.st_gid)}"
    return ""


def _is_private(group: int, user: int) -> bool:
    """Return whether a group is that of one user alone: of the same name, as most systems make one for each."""
    import grp

    if group == 0:
        return True  # whoever is of it is the system, or as good as it
    try:
        found = grp.getgrgid(group)
    except KeyError:
        return False
    return found.gr_name == _name_of(user) and set(found.gr_mem) <= {found.gr_name}


def _group(group: int) -> str:
    import grp

    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)


def _names() -> set[str]:
    """Return what this user is called: by the system and by the environment, which the recorder believes."""
    named = {os.environ[name] for name in ("LOGNAME", "USER", "USERNAME") if os.environ.get(name)}
    return named | ({_name_of(os.geteuid()), str(os.geteuid())} if hasattr(os, "geteuid") else set())


def _name_of(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
