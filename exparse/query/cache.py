"""What is remembered of a root between two commands: a table of its finished runs, in the user's cache folder.

It can be deleted at any time, is never written beside the runs, and is believed only where each run's folder is as it
was (:mod:`exparse.query.stamps`). ``EXPARSE_CACHE`` names another folder, or ``off``. What is damaged, of another
version, of another root, or not the user's own, is done without and written anew.
"""

from __future__ import annotations

import os
import time
from array import array
from typing import Any, NamedTuple

from exparse.query import blocks
from exparse.store import caches, files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.query.stamps import Stamp
    from exparse.query.table import Table

# A folder of its own: only this user may write into it, whatever holds for the ones above.
_FOLDER = "index"
_END = ".index"
_OLD_S = 180 * 86_400
_STAMPS = ("folder", "changed", "edited", "size")
_LARGEST = 4_000_000_000
_LARGE = 1_500_000


class Kept(NamedTuple):
    """What is remembered of the runs in one place of a root.

    Attributes:
        table: The finished ones.
        stamps: What each looked like when it was read, by name.
    """

    table: Table
    stamps: dict[str, Stamp]
    layers: int = 0


def folder() -> str | None:
    """Return the path of the cache folder, which need not be there; None where there is to be none."""
    return caches.folder(_FOLDER)


def load(root: str, place: str) -> Kept | None:
    """Return what is remembered of a place of a root, or None."""
    where, identity = folder(), _identity(root)
    if where is None or identity is None or not caches.is_ours(where):
        return None
    try:
        data = _read(_path(where, root, place))
        found = blocks.unpack(data) if data is not None else None
        if found is None:
            return None
        table, header, arrays = found
        if header.get("identity") != identity or header.get("place") != place:
            return None
        columns = [arrays[name] for name in _STAMPS]
        return Kept(table, dict(zip(table.names, zip(*columns, strict=True), strict=True)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        # Not as we write it: then it is written anew.
        return None


def is_large(root: str, place: str) -> bool:
    """Return whether so much is remembered of a place that other processes are worth their start; one look."""
    where = folder()
    try:
        return where is not None and os.stat(_path(where, root, place)).st_size > _LARGE
    except OSError:
        return False


def save(root: str, place: str, kept: Kept) -> bool:
    """Remember the runs in a place of a root; return False where that cannot be done.

    Writes one file in :func:`folder`, and removes those that have not been written for half a year.
    """
    where, identity = folder(), _identity(root)
    if where is None or identity is None:
        return False
    stamps = [kept.stamps[name] for name in kept.table.names]
    arrays = {name: array("q", [stamp[at] for stamp in stamps]) for at, name in enumerate(_STAMPS)}
    try:
        os.makedirs(os.path.dirname(where), exist_ok=True)
        if files.make_folder(where):
            os.chmod(where, 0o700)
        if not caches.is_ours(where):
            return False
        data = blocks.pack(kept.table, {"identity": identity, "place": place}, arrays)
        files.replace_bytes(_path(where, root, place), data)
        _remove_old(where)
    except (OSError, blocks.Unfit):
        return False
    return True


def _path(where: str, root: str, place: str) -> str:
    import hashlib

    path = os.fsencode(f"{os.path.realpath(root)}/{place}")
    return f"{where}/{hashlib.sha256(path).hexdigest()[:32]}{_END}"


def _identity(root: str) -> list[Any] | None:
    """Return what tells a root from another one that lay at the same path."""
    try:
        found = os.stat(root)
    except OSError:
        return None
    return [os.path.realpath(root), found.st_ino]


def _read(path: str) -> bytes | None:
    """Return what a file holds that is this user's own; None for any other."""
    handle, size = files.open_plain(path)
    try:
        found = os.fstat(handle)
        # Who may write into it is said by the folder, which is this user's alone: files have the modes of the umask.
        if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            return None
        return files.read_all(handle, size) if size <= _LARGEST else None
    finally:
        os.close(handle)


def _remove_old(where: str) -> None:
    now = time.time()
    with os.scandir(where) as entries:
        for entry in entries:
            if entry.name.endswith(_END) or entry.name.startswith("."):
                try:
                    if now - entry.stat(follow_symlinks=False).st_mtime > _OLD_S:
                        os.unlink(entry.path)
                except OSError:
                    continue  # another process removed it
