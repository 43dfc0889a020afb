"""Removing a folder with all below it, for good: links are removed and never followed, whatever others do meanwhile.

Each folder is opened through the one above it and refused where a link stands in its place, so nobody can turn the
removal elsewhere by swapping a folder for a link. What belongs to another file system (something is mounted there)
stays. Where the system cannot open folders so (Windows) links are told by a look before.
"""

from __future__ import annotations

import errno
import os
import stat
import time

# Each folder that is open costs a descriptor: a tree that is deeper is taken apart from its upper end.
DEEPEST = 48
MOST_PROBLEMS = 20
LEFT_OVER = ".purged-"
"""How the name begins of a folder that is on its way out; readers pass over it."""

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_BY_HANDLE = (
    hasattr(os, "O_NOFOLLOW")
    and {os.open, os.unlink, os.rmdir, os.stat, os.rename} <= os.supports_dir_fd
    and os.scandir in os.supports_fd
)
_NO_FOLDER = (errno.ELOOP, errno.ENOTDIR, getattr(errno, "EMLINK", errno.ELOOP), getattr(errno, "EFTYPE", errno.ELOOP))
_MAYBE_FOLDER = (errno.EISDIR, errno.EPERM)
# A network's disk keeps what somebody has open under another name for a while (.nfsXXXX).
_STILL_FULL = (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY)
_PATIENCE_S = (0.02, 0.1, 0.3)


def remove(folder: str, name: str) -> list[str]:
    """Remove ``folder/name`` and everything below it.

    Args:
        folder: Where it lies; if this is a link, nothing is removed.
        name: What is removed: one level, no path.

    Returns:
        Why something is left, a line for each file or folder, :data:`MOST_PROBLEMS` at most; [] if nothing is.
        What is not there counts as removed.

    Raises:
        OSError: If ``folder`` is a link, or cannot be opened.
    """
    if not _BY_HANDLE:
        return _by_path(folder, name)
    above = os.open(folder, _FOLDER)
    try:
        return _Sweep(above, folder).all_of(name)
    finally:
        os.close(above)


class _Sweep:
    """The removal of one tree below a folder that is open."""

    def __init__(self, top: int, folder: str) -> None:
        self.top, self.folder = top, folder
        self.device = os.fstat(top).st_dev
        self.waiting: list[str] = []
        self.problems: list[str] = []

    def all_of(self, name: str) -> list[str]:
        """Remove one entry of the folder; return why something is left."""
        self.waiting.append(name)
        while self.waiting:
            entry = self.waiting.pop()
            self._entry(self.top, entry, f"{self.folder}/{entry}", 0)
        return self.problems

    def _entry(self, above: int, name: str, path: str, depth: int) -> None:
        try:
            if stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode):
                self._folder(above, name, path, depth)
            else:
                self._file(above, name, path, depth)
        except FileNotFoundError:
            return  # gone meanwhile, which is what was wanted
        except OSError as problem:
            self._note(path, problem)

    def _file(self, above: int, name: str, path: str, depth: int) -> None:
        try:
            os.unlink(name, dir_fd=above)
        except FileNotFoundError:
            return
        except OSError as problem:
            if problem.errno not in _MAYBE_FOLDER or not self._is_folder(above, name):
                raise
            # A folder has taken its place since it was looked at.
            self._folder(above, name, path, depth)

    def _is_folder(self, above: int, name: str) -> bool:
        return stat.S_ISDIR(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)

    def _folder(self, above: int, name: str, path: str, depth: int) -> None:
        try:
            handle = _opened(above, name)
        except OSError as problem:
            if problem.errno not in _NO_FOLDER:
                raise
            # A link has taken its place since it was looked at: the link goes, not what it leads to.
            os.unlink(name, dir_fd=above)
            return
        try:
            if os.fstat(handle).st_dev != self.device:
                raise OSError(errno.EXDEV, "another file system is mounted here")
            _let_write(handle)
            if depth >= DEEPEST:
                self._lift(above, name)
                return
            before = len(self.problems)
            self._empty(handle, path, depth)
            if len(self.problems) == before:
                self._rmdir(above, name, handle, path, depth)
        finally:
            os.close(handle)

    def _lift(self, above: int, name: str) -> None:
        """Move a folder that lies deep to the top, where it waits for its turn."""
        lifted = f"{LEFT_OVER}{os.urandom(8).hex()}"
        os.rename(name, lifted, src_dir_fd=above, dst_dir_fd=self.top)
        self.waiting.append(lifted)

    def _empty(self, handle: int, path: str, depth: int) -> None:
        with os.scandir(handle) as entries:
            names = [entry.name for entry in entries]
        for name in names:
            self._entry(handle, name, f"{path}/{name}", depth + 1)

    def _rmdir(self, above: int, name: str, handle: int, path: str, depth: int) -> None:
        for wait in (*_PATIENCE_S, None):
            try:
                os.rmdir(name, dir_fd=above)
                return
            except FileNotFoundError:
                return
            except OSError as problem:
                if problem.errno not in _STILL_FULL or wait is None:
                    raise
            time.sleep(wait)
            self._empty(handle, path, depth)

    def _note(self, path: str, problem: OSError) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{path}: {problem.strerror or problem}")


def _opened(above: int, name: str) -> int:
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except PermissionError:
        _unlock(above, name)
        return os.open(name, _FOLDER, dir_fd=above)


def _unlock(above: int, name: str) -> None:
    """Let the owner of a folder look into it again, without following a link in its place."""
    if hasattr(os, "O_PATH"):
        handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=above)
        try:
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                os.chmod(f"/proc/self/fd/{handle}", 0o700)
        finally:
            os.close(handle)
    elif os.chmod in os.supports_follow_symlinks:
        os.chmod(name, 0o700, dir_fd=above, follow_symlinks=False)


def _let_write(handle: int) -> None:
    mode = stat.S_IMODE(os.fstat(handle).st_mode)
    if mode & 0o700 == 0o700:
        return
    try:
        os.fchmod(handle, mode | 0o700)
    except OSError:
        return  # somebody else's folder: what cannot be removed from it is told one by one


def _by_path(folder: str, name: str) -> list[str]:
    if os.path.islink(folder):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), folder)
    problems: list[str] = []
    _remove_path(f"{folder}/{name}", problems)
    return problems


def _is_junction(seen: os.stat_result) -> bool:
    """Return whether a folder of Windows leads elsewhere, as a link does, although it says that it is a folder."""
    tag = getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
    return tag is not None and getattr(seen, "st_reparse_tag", 0) == tag


def _remove_path(path: str, problems: list[str]) -> None:
    try:
        seen = os.lstat(path)
        kind = seen.st_mode
        if _is_junction(seen):
            os.rmdir(path)
            return
        if not stat.S_ISDIR(kind):
            # Windows removes no file that is only for reading.
            if stat.S_ISREG(kind) and not kind & stat.S_IWUSR:
                os.chmod(path, stat.S_IWUSR | stat.S_IRUSR)
            os.unlink(path)
            return
        for name in os.listdir(path):
            _remove_path(f"{path}/{name}", problems)
        os.rmdir(path)
    except FileNotFoundError:
        return
    except OSError as problem:
        if len(problems) < MOST_PROBLEMS:
            problems.append(f"{path}: {problem.strerror or problem}")
