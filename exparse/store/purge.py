"""Emptying the trash for good: first out of sight under a hidden name, then away.

A purge that was killed leaves hidden folders only, which no reader takes for a run and which the next purge removes.
"""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import files, layout, own, removal, trash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exparse.store.run import Run


class Marked(ExparseError):
    """A run was marked while it was on its way out; it is where it was.

    Attributes:
        marks: The marks that are new.
    """

    def __init__(self, run: Run, marks: list[str]) -> None:
        self.marks = marks
        super().__init__(f"run {run.id} is marked {', '.join(marks)} by now: kept")


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


def at_once(run: Run, borne: Iterable[str], late: Callable[[str], Iterable[str]] | None = None) -> list[str]:
    """Delete a run without a stay in the trash; nothing is written for it, so that this helps where a disk is full.

    Args:
        run: The run, in ``runs/`` or ``tmp/``.
        borne: Its marks.
        late: Tells its marks once more by its name, when it is out of sight; None if those do not matter.

    Returns:
        Why something of it is left, or [].

    Raises:
        Marked: If ``late`` tells marks that are not in ``borne``; then it is where it was.
        RootError: If a link stands in the place of a folder that is written to.
        OSError: If it could not be put out of sight, or is gone: then nothing of it was deleted here.
    """
    own.check(run.root)
    known = set(borne)
    folder, hidden = _hide(run)
    more = sorted(set(late(run.name)) - known) if late else []
    if more:
        os.rename(f"{folder}/{hidden}", run.folder)
        raise Marked(run, more)
    trash.unlink(run, known)
    return removal.remove(folder, hidden)


def _hide(run: Run) -> tuple[str, str]:
    """Put a run out of sight; return the folder in which it lies then, and its hidden name there."""
    hidden = f"{removal.LEFT_OVER}{run.name}.{os.urandom(4).hex()}"
    for place in (layout.TRASH, layout.STAGING):
        folder = f"{run.root}/{place}"
        try:
            files.make_folder(folder)
            files.move(run.folder, f"{folder}/{hidden}")
        except OSError:
            os.lstat(run.folder)
            # A full disk may have no room for the name of a new folder: staging is always there.
            if place == layout.STAGING:
                raise
        else:
            break
    return folder, hidden


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
        RootError: If a link stands in its place: what it leads to is none of the root's.
    """
    own.check(root, layout.TRASH)
    return f"{root}/{layout.TRASH}"
