"""The file of a log: its head, and the last of the rest, so that a flood fills neither disk nor memory.

``stdout.log`` takes the first :data:`HEAD` bytes. What follows goes to segment files beside it,
``stdout.log.tail-<head>-<offset>``, each of :data:`SEGMENT` bytes, of which the last two are kept. Both numbers
count bytes of the log: where its head ends, and where the segment begins. So every moment on disk can be read
(:func:`exparse.store.logs.read`), also after ``kill -9``; at the end the segments are joined to the head, with a
line between that says how much is left out.

A segment that is dropped becomes the next one, overwritten by NUL bytes first: memory of the disk's that is in use
already takes bytes thirty times as fast as new one. So NUL bytes at the end of the last segment mean "not yet".

A file ends where a line ends, or within a line longer than :data:`LONGEST_LINE`; what of such a line came first
then counts as written.
"""

from __future__ import annotations

import os
from contextlib import suppress
from time import monotonic

from exparse.store import handles, logs

HEAD = 8 << 20
SEGMENT = 1 << 20
LONGEST_LINE = 64 << 10
# For how long a descriptor is taken for ours without a look: a program that closes all does so once.
_TRUSTED_S = 0.02
_SPARE = f"{logs.TAIL}spare"

_FLAGS = os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# What somebody put in the log's place, a link or a pipe, is neither followed nor waited for.
_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Segments:
    """Where a log's bytes go; at most head and three segments on the disk, one descriptor.

    What :meth:`append` and :meth:`replace` say is on disk when :meth:`commit` returns.

    Args:
        path: Absolute path of the log; made at the first byte. One that is there already is continued.
        head: How many bytes are kept of the beginning.
        segment: The size of a segment in bytes: one to two of them are kept of the end.
        longest_line: From where on a line in bytes counts as written.

    Attributes:
        line: Where the unfinished line begins, counted in bytes of the log.
        end: Where the next byte goes, likewise.
    """

    def __init__(self, path: str, head: int = HEAD, segment: int = SEGMENT, longest_line: int = LONGEST_LINE) -> None:
        self._path, self._head, self._segment, self._longest = path, head, segment, longest_line
        self._handle, self._known, self._open = -1, (0, 0), path
        self._tails: list[str] = []
        # The offsets of the log's first byte in the open file and in the head, and where the open file is full.
        self._shift = self._origin = 0
        self._full, self._head_ends = head, 0
        self.line = self.end = 0
        # What is not on disk yet, from where, and how far the disk is.
        self._edit: list[bytes] = []
        self._base = self._written = 0
        self._checked = 0.0

    def append(self, data: bytes) -> None:
        """Go on behind the last byte."""
        while self.end + len(data) > self._full:
            cut = self._boundary(data) - self.end
            if cut >= len(data):
                break
            self._take(data[:cut], finished=True)
            self._turn()
            data = data[cut:]
        if data:
            self._take(data)

    def replace(self, data: bytes) -> None:
        """Begin the unfinished line anew."""
        if self.line < self._base:
            self._base = self.line
            self._edit.clear()
        elif self.line < self.end:
            kept = b"".join(self._edit)[: self.line - self._base]
            self._edit[:] = [kept]
        self.end = self.line
        self.append(data)

    def _take(self, data: bytes, finished: bool = False) -> None:
        self._edit.append(data)
        newline = data.rfind(b"\n") + 1
        if newline:
            self.line = self.end + newline
        self.end += len(data)
        if finished:
            self.line = self.end
        elif self.end - self.line > self._longest:
            self.line += (self.end - self.line - 1) // self._longest * self._longest

    def _boundary(self, data: bytes) -> int:
        """Return the first place at or beyond the size of the open file where a line begins or counts as written."""
        if self.line >= self._full:
            return self.line
        needed = max(self._full - self.end, 0)
        newline = data.rfind(b"\n", 0, max(needed - 1, 0)) + 1
        line = self.end + newline if newline else self.line
        found = data.find(b"\n", max(needed - 1, 0))
        following = self.end + (found + 1 if found >= 0 else len(data) + 1)
        stop = following - (2 if found > 0 and data[found - 1] == 13 else 1)
        pieces = max(-(-(self._full - line) // self._longest), 1)
        within = line + pieces * self._longest
        return within if within < stop else following

    def commit(self) -> None:
        """Write what has been said since the last time.

        Raises:
            OSError: If the disk does not take it, or the run's folder is gone.
        """
        if not self._edit and self._base >= self._written:
            return
        if self._handle < 0:
            self._begin()
        elif not handles.is_still(self._handle, self._known):
            self._reopen()
        data = self._edit[0] if len(self._edit) == 1 else b"".join(self._edit)
        stop = self._base + len(data)
        if stop < self._written:
            # First, so that whoever looks between the two never sees the rest of a longer line.
            os.ftruncate(self._handle, stop + self._shift)
        _write_at(self._handle, data, self._base + self._shift)
        self._edit.clear()
        self._base = self._written = stop

    def put(self, data: bytes) -> bool:
        """Go on behind the last byte and write it, in one step, where nothing stands in the way of that.

        A program that prints line by line waits for each: this takes a third of the time of the long way.

        Returns:
            False where it takes the long way; nothing is done then.

        Raises:
            OSError: As :meth:`commit`.
        """
        end = self.end + len(data)
        newline = data.rfind(b"\n") + 1
        line = self.end + newline if newline else self.line
        if self._edit or self._base != self.end or self._handle < 0 or end > self._full or end - line > self._longest:
            return False
        now = monotonic()
        if now > self._checked + _TRUSTED_S:
            if not handles.is_still(self._handle, self._known):
                return False
            self._checked = now
        if _pwrite(self._handle, data, self.end + self._shift) != len(data):
            return False  # what was written is written once more, at the same place
        self.line, self.end, self._base, self._written = line, end, end, end
        return True

    def finish(self) -> None:
        """Write all and join the segments to the head; what comes later is appended.

        Raises:
            OSError: If the disk does not take it, or the run's folder is gone.
        """
        self.commit()
        if self._tails:
            size = join(self._path, self.end + self._shift)
            self._tails.clear()
            self._use(_opened(self._path, 0), self._path)
            self._shift = self._origin = size - self.end
            self._full = self.end + self._head

    def close(self) -> None:
        """Give the descriptor back; what comes later opens the file again."""
        if self._handle >= 0:
            handles.give_back(self._handle, self._known)
            self._handle = -1

    def _begin(self) -> None:
        join(self._path)
        self._use(_opened(self._path, os.O_CREAT), self._path)
        self._shift = self._origin = os.fstat(self._handle).st_size

    def _turn(self) -> None:
        """Go on in a new segment, and drop the one before the last."""
        self.commit()
        start = self.end + self._origin
        if not self._tails:
            self._head_ends = start
        path = f"{self._path}{logs.TAIL}{self._head_ends}-{start}"
        if len(self._tails) > 1:
            _clear(self._tails.pop(0), self._path + _SPARE, path)
        self._use(_opened(path, os.O_CREAT), path)
        self._tails.append(path)
        self._shift, self._full = -self.end, self.end + self._segment

    def _use(self, handle: int, path: str) -> None:
        if self._handle >= 0:
            handles.give_back(self._handle, self._known)
        self._handle, self._known, self._open = handle, handles.identity(handle), path

    def _reopen(self) -> None:
        """Open the file again, which the program has closed with all that it found open."""
        self._handle = -1
        handle = _opened(self._open, 0)
        if not handles.is_still(handle, self._known):
            os.close(handle)
            raise FileNotFoundError(f"{self._open} is another file now")
        self._handle = handle


def _clear(path: str, spare: str, new: str) -> None:
    """Make a segment the next one: empty, but of the same memory. Under neither name is it half so."""
    os.rename(path, spare)
    handle = os.open(spare, _FLAGS)
    try:
        _write_at(handle, bytes(os.fstat(handle).st_size), 0)
    finally:
        os.close(handle)
    os.rename(spare, new)


def join(path: str, last: int | None = None) -> int:
    """Join a log's segments to its head; return the log's size in bytes then, 0 where there is no log.

    Args:
        path: The log's path.
        last: How many bytes the last segment holds, if that is known; else what is not NUL at its end.

    Raises:
        DamagedFile: If a segment is no plain file.
        OSError: If a file cannot be read or written. What was not joined stays readable.
    """
    tails = logs.tails(path)
    if not tails:
        return os.path.getsize(path) if os.path.exists(path) else 0
    head, start = tails[0][0], tails[0][1]
    handle = os.open(path, _FLAGS & ~os.O_WRONLY | os.O_RDWR)
    try:
        os.ftruncate(handle, head)
        at = head
        if start > head:
            before = _read_at(handle, head - 1, 1) if head else b"\n"
            at = _write_at(handle, (b"" if before == b"\n" else b"\n") + logs.left_out(start - head), at)
        for number in range(len(tails)):
            at = _write_at(handle, logs.content(tails, number, last), at)
    finally:
        os.close(handle)
    for _, _, tail in tails:
        os.unlink(tail)
    with suppress(FileNotFoundError):
        os.unlink(path + _SPARE)
    return at


def _opened(path: str, flags: int) -> int:
    return handles.high(os.open(path, _FLAGS | flags, 0o666))


def _write_at(handle: int, data: bytes, offset: int) -> int:
    """Write all of ``data``; return the offset behind it."""
    done = _pwrite(handle, data, offset)
    while done < len(data):
        done += _pwrite(handle, data[done:], offset + done)
    return offset + len(data)


def _seek_and_write(handle: int, data: bytes, offset: int) -> int:
    os.lseek(handle, offset, os.SEEK_SET)
    return os.write(handle, data)


def _read_at(handle: int, offset: int, count: int) -> bytes:
    os.lseek(handle, offset, os.SEEK_SET)
    return os.read(handle, count)


_pwrite = getattr(os, "pwrite", _seek_and_write)
