"""Whose run it is: what somebody else recorded is a program of theirs, and runs only when one says so."""

from __future__ import annotations

import os

from exparse.query.told import Told
from exparse.store import liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.store.run import Run


def stranger(run: Run) -> str | None:
    """Return in words by whom or where a run was made, if that was not this user on this machine; else None."""
    told = Told(run.metadata)
    user, host = told.text("user"), told.text("host")
    owner = _owner(run.folder)
    parts = []
    if user not in _names():
        parts.append(f"by {user or 'nobody knows whom'}")
    elif owner is not None:
        parts.append(f"by {user}, but its folder belongs to {owner}")
    if host != liveness.host():
        parts.append(f"on {host or 'a machine that is not named'}")
    return f"made {' '.join(parts)}" if parts else None


def _owner(folder: str) -> str | None:
    """Return who owns a folder if that is somebody else; None where it is this user, or nobody can tell."""
    if not hasattr(os, "geteuid"):
        return None
    found = os.stat(folder).st_uid
    if found == os.geteuid():
        return None
    return _name_of(found)


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
