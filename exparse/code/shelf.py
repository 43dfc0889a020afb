"""The folder of trees that were laid out: one for each code, taken by one process at a time, and cleaned of the old.

.. code-block:: text

    trees/<key>/kept.json       what was laid out, when the last process left it
    trees/<key>/<name>/         the tree
    trees/<key>/...             links to what lies beside the user's folder, for a program that goes to ``../data``
    trees/<key>.lock            locked by the process that has it; as old as its last use
    trees/<key>.making-<hex>/   a tree that is being laid out, or of a process that was killed meanwhile
    trees/<key>.of              where the run that goes on in it keeps its files, if it should be killed
    trees/<key>.left/<time>/    files of a program that was killed: the user's, and never removed
"""

from __future__ import annotations

import os
import time

from exparse.store import caches, files, handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "trees"
OLDEST_S = 14 * 86400.0
MOST = 10
_ALONE = "tree"
_LOCK, _MAKING, LEFT, OF = ".lock", ".making-", ".left", ".of"
_MOST_AT_ONCE = 1_000


class Place:
    """A place for one tree.

    Attributes:
        path: Its folder, which need not be there.
        is_kept: Whether it stays there for the next process.
    """

    def __init__(self, path: str, handle: int | None) -> None:
        self.path, self._handle = path, handle
        self.is_kept = handle is not None

    def leave(self, has_left: bool = False) -> None:
        """Let others have it, or throw it away if it is not for others. A second call does nothing.

        Args:
            has_left: Whether somebody's files lie in it: then it stays.
        """
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
        above = os.path.dirname(self.path)
        if not self.is_kept and not has_left and os.path.isdir(above) and not set(os.listdir(above)) - {_ALONE}:
            files.remove_tree(above)


def folder() -> str | None:
    """Return the folder of trees, links resolved and made if it is missing; None where nothing is to be kept."""
    path = caches.folder(NAME)
    if path is None:
        return None
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            os.mkdir(path, 0o700)
    except OSError:
        return None  # a home that cannot be written
    return os.path.realpath(path) if caches.is_ours(path) else None


def take(shelf: str | None, key: str) -> Place:
    """Return a place that no other process has.

    Args:
        shelf: The folder of trees; None for a place among what is thrown away.
        key: What names the code.

    Raises:
        OSError: If none can be made.
    """
    if shelf is not None:
        for number in range(1, _MOST_AT_ONCE):
            path = f"{shelf}/{key}" if number == 1 else f"{shelf}/{key}.{number}"
            try:
                handle = _lock(path + _LOCK)
            except (ImportError, OSError):
                break  # no locks here: a place of its own
            if handle is not None and os.path.lexists(path) and (os.path.islink(path) or not os.path.isdir(path)):
                os.close(handle)  # something that nobody of us has put there
                continue
            if handle is not None:
                # Whatever is started holds the lock, too: a program whose starter is killed goes on in its tree.
                handle = handles.high(handle)
                os.set_inheritable(handle, True)
                return Place(path, handle)
    import tempfile

    return Place(os.path.realpath(tempfile.mkdtemp(prefix="exparse-tree-")) + f"/{_ALONE}", None)


def _lock(path: str) -> int | None:
    """Return the descriptor of a locked file; None where somebody has it."""
    import fcntl

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, handle):
                os.utime(handle)
                return handle
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        os.close(handle)  # it was removed just now


def _is_still(path: str, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def clean(shelf: str, has_left: Callable[[str], bool], now: float | None = None) -> list[str]:
    """Remove trees that nobody has used for long, or that are too many; return which.

    Args:
        shelf: The folder of trees.
        has_left: Says of a place's folder whether somebody's files lie in it.
        now: Seconds since 1970.

    One that is in use, or in which something was left behind, stays.
    """
    now = time.time() if now is None else now
    removed = []
    for number, (used, path) in enumerate(sorted(_places(shelf), reverse=True), start=1):
        if number <= MOST and now - used < OLDEST_S:
            continue
        try:
            if _remove(path, used, has_left):
                removed.append(path)
        except (OSError, ImportError):
            continue  # the next process may be luckier
    return removed


def _places(shelf: str) -> list[tuple[float, str]]:
    try:
        locks = [entry for entry in os.scandir(shelf) if entry.name.endswith(_LOCK)]
    except OSError:
        return []  # somebody has removed the cache meanwhile
    found = []
    for entry in locks:
        try:
            found.append((entry.stat(follow_symlinks=False).st_mtime, entry.path[: -len(_LOCK)]))
        except FileNotFoundError:
            continue  # another process has just removed it
    return found


def _remove(path: str, used: float, has_left: Callable[[str], bool]) -> bool:
    handle = _lock(path + _LOCK)
    if handle is None:
        return False
    try:
        if os.path.isdir(path) and has_left(path):
            os.utime(path + _LOCK, (used, used))
            return False
        if os.path.isdir(path):
            files.remove_tree(path)
        remove_half_made(path)
        files.remove_quietly(path + OF)
        files.remove_quietly(path + _LOCK)
        return True
    finally:
        os.close(handle)


def make(place: str) -> str:
    """Make a folder beside a place, from which a tree goes there when it is whole; the caller has the place."""
    remove_half_made(place)
    making = f"{place}{_MAKING}{os.urandom(4).hex()}"
    os.mkdir(making, 0o700)
    return making


def remove_half_made(place: str) -> None:
    """Remove what processes that were killed had begun to lay out for a place."""
    above, name = os.path.split(place)
    for entry in os.listdir(above):
        if entry.startswith(name + _MAKING):
            try:
                files.remove_tree(f"{above}/{entry}")
            except OSError:
                continue  # a git that such a process has started goes on writing there; the next one removes it


def move(source: str, target: str) -> str:
    """Move a file, link or folder to where nothing lies yet, also onto another disk; return where it went.

    Where something lies, a number is appended to the name. No link is followed.

    Raises:
        OSError: If it cannot be moved; then it lies where it was.
    """
    import errno

    os.makedirs(os.path.dirname(target), exist_ok=True)
    number, free = 2, target
    while os.path.lexists(free):
        number, free = number + 1, f"{target}.{number}"
    try:
        if os.path.isdir(source) and not os.path.islink(source):
            os.chmod(source, os.stat(source).st_mode | 0o700)  # a folder that nobody may write cannot be moved
        os.rename(source, free)
    except OSError as problem:
        if problem.errno != errno.EXDEV:
            raise
        _copy(source, free)
        files.remove_tree(source) if os.path.isdir(source) and not os.path.islink(source) else os.unlink(source)
    return free


def _copy(source: str, target: str) -> None:
    import shutil

    draft = files.draft(target)
    if os.path.isdir(source) and not os.path.islink(source):
        shutil.copytree(source, draft, symlinks=True)
    else:
        shutil.copy2(source, draft, follow_symlinks=False)
    files.move(draft, target)
