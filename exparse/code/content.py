"""What a file of a tree holds, read such that nothing is followed, waited for or read without end."""

from __future__ import annotations

import os
import stat

from exparse.code.changes import FILE, LINK, PROGRAM

_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


class LeftOut(Exception):
    """A file that does not go into a record.

    Attributes:
        size: Its bytes, or None.
        why: In words.
    """

    def __init__(self, size: int | None, why: str) -> None:
        self.size, self.why = size, why
        super().__init__(why)


class Content:
    """The content of one path.

    Attributes:
        mode: As git writes it: a file, a program or a link.
        data: The bytes; of a link, its target.
    """

    __slots__ = ("data", "mode")

    def __init__(self, mode: int, data: bytes) -> None:
        self.mode, self.data = mode, data


class Tree:
    """The files below a folder, as they lie there.

    Args:
        top: The folder, in bytes.
        trusts_modes: Whether this file system's bits for executing mean anything (``core.fileMode``).
    """

    def __init__(self, top: bytes, trusts_modes: bool) -> None:
        self.top, self._trusts_modes = top, trusts_modes
        self._folders: dict[bytes, bool] = {b"": True}

    def kind(self, path: bytes) -> os.stat_result | None:
        """Return what lies at a path, links not followed; None where nothing does, or only behind a link."""
        if not self._is_folder(path.rpartition(b"/")[0]):
            return None
        try:
            return os.lstat(os.path.join(self.top, path))
        except OSError:
            return None

    def _is_folder(self, path: bytes) -> bool:
        if path not in self._folders:
            kind = self.kind(path)
            self._folders[path] = kind is not None and stat.S_ISDIR(kind.st_mode)
        return self._folders[path]

    def read(self, path: bytes, told: int, most: int) -> Content | None:
        """Return what a path holds; None where no file and no link lies there.

        Args:
            path: From the top.
            told: The mode that git tells, or 0.
            most: How many bytes a file may have.

        Raises:
            LeftOut: If it is larger, cannot be read, or is no plain file.
        """
        kind = self.kind(path)
        if kind is None or stat.S_ISDIR(kind.st_mode):
            return None
        full = os.path.join(self.top, path)
        try:
            if stat.S_ISLNK(kind.st_mode):
                return Content(LINK, os.readlink(full))
            if not stat.S_ISREG(kind.st_mode):
                raise LeftOut(None, "no plain file")
            data = _read(full, kind.st_size, most)
        except OSError as problem:
            raise LeftOut(kind.st_size, problem.strerror or "cannot be read") from None
        # Without links on this file system, git keeps them as files that hold the target.
        return Content(LINK if told == LINK else self._mode(kind, told), data)

    def _mode(self, kind: os.stat_result, told: int) -> int:
        if not self._trusts_modes:
            return told if told in (FILE, PROGRAM) else FILE
        return PROGRAM if kind.st_mode & stat.S_IXUSR else FILE


def _read(path: bytes, size: int, most: int) -> bytes:
    if size > most:
        raise LeftOut(size, f"larger than {most:,} bytes")
    handle = os.open(path, _OPEN)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise LeftOut(None, "no plain file")
        parts, left = [], most + 1
        while left > 0 and (part := os.read(handle, min(left, 1 << 20))):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(handle)
    if left <= 0:
        raise LeftOut(size, f"larger than {most:,} bytes")
    return b"".join(parts)
