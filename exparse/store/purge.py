"""Emptying the trash for good: first out of sight under a hidden name, then away.

A purge that was killed leaves hidden folders only, which no reader takes for a run and which the next purge removes.
"""

from __future__ import annotations

import errno
import os

from exparse.store import files, layout, removal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.store.run import Run


def purge(run: Run) -> list[str]:
    """Delete a run of the trash, and the note of where it was; return why something of it is left, or [].

    Raises:
        OSError: If it could not be put out of sight, or is gone: then nothing of it was deleted here.
    """
    trash = check(run.root)
    hidden = f"{removal.LEFT_OVER}{run.name}.{os.urandom(4).hex()}"
    os.rename(f"{trash}/{run.name}", f"{trash}/{hidden}")
    files.remove_quietly(f"{trash}/{run.name}.json")
    return removal.remove(trash, hidden)


def left_over(root: str) -> list[str]:
    """Return the names in the trash of what was purged in part."""
    try:
        return sorted(name for name in os.listdir(f"{root}/{layout.TRASH}") if name.startswith(removal.LEFT_OVER))
    except (FileNotFoundError, NotADirectoryError):
        return []


def finish(root: str, name: str) -> list[str]:
    """Delete what an earlier purge left (:func:`left_over`); return why something is left still, or [].

    Raises:
        OSError: If the trash cannot be opened, or is a link.
    """
    return removal.remove(check(root), name)


def check(root: str) -> str:
    """Return the path of the trash if it is a folder of the root.

    Raises:
        OSError: If a link stands in its place: what it leads to is none of the root's.
    """
    trash = f"{root}/{layout.TRASH}"
    if os.path.islink(trash):
        raise OSError(errno.ELOOP, "the trash is a link, which is not followed", trash)
    return trash
