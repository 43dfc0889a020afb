"""One log of a run, read from any place on while it grows, is cut in the middle, and is joined at the end.

Places count bytes of the log as :mod:`exparse.store.logs` counts them: a head, and segments after it of which
old ones are dropped; at the end of the run all is one file again, and places are those in that file.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from exparse.query.content import opened
from exparse.store.logs import left_out, tails, written

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

BLOCK = 1 << 20
"""Bytes that are read at a time."""

_STEP = 64 << 10
_TRIES = 3
_GAP = re.compile(rb"\n?\[exparse: ([0-9]{1,18}) bytes left out here\]\n").match
_LONGEST_GAP = 80


class _Span(NamedTuple):
    """A stretch of a log: its file, the place of its first byte, and its bytes.

    Without a number of bytes it goes to the end of the file; that of a segment may not be written yet.
    """

    path: str
    start: int
    size: int | None
    is_segment: bool

    def end(self, stream: BinaryIO) -> int:
        """Return how many bytes of its file, which is opened, belong to it."""
        if self.size is not None:
            return self.size
        return written(stream) if self.is_segment else os.fstat(stream.fileno()).st_size

    def check(self) -> None:
        """Raise FileNotFoundError if the file has become another segment: what was read of it may be anything."""
        if self.is_segment:
            os.lstat(self.path)


class Printed:
    """A log of a run.

    Args:
        path: Its file; it need not be there yet.

    Attributes:
        at: The place from which the next :meth:`read` goes on.
    """

    def __init__(self, path: str) -> None:
        self.path, self.at = path, 0
        self._head: int | None = None

    def read(self, is_over: bool = False) -> bytes:
        """Return what comes next, about :data:`BLOCK` bytes at most; b"" where there is nothing new.

        A last line without its end is left for later, since it may still be rewritten.

        Args:
            is_over: Whether such a line is returned, too.

        Raises:
            DamagedFile: If the log is no plain file.
            OSError: If it cannot be read.
        """
        missed = 0
        for _ in range(_TRIES):
            missed += self._catch_up()
            span = next(span for span in reversed(self._spans()) if span.start <= self.at)
            try:
                data = _stretch(span, self.at - span.start, is_over)
            except FileNotFoundError:
                # Nothing was printed yet, or this segment is being joined to the head.
                continue
            self.at += len(data)
            return (left_out(missed) if missed else b"") + data
        return left_out(missed) if missed else b""

    def unfinished(self) -> bytes:
        """Return the last line where it has no end yet; what was read stays where it is."""
        place = self.at, self._head
        try:
            data = self.read(is_over=True)
        finally:
            self.at, self._head = place
        return b"" if b"\n" in data else data

    def to_last_lines(self, count: int) -> None:
        """Go to where the last lines begin; a line without its end counts."""
        self.at = 0
        for _ in range(_TRIES):
            try:
                self.at = self._last_lines(count + 1)
            except FileNotFoundError:
                # Nothing was printed yet, or a segment has become another one, or is being joined to the head.
                continue
            return

    def _last_lines(self, needed: int) -> int:
        # The end of the last line ends nothing that is to be counted.
        is_last = True
        for span in reversed(self._spans()):
            found, left = _backwards(span, needed, is_last)
            if found is not None:
                return found
            needed, is_last = left, is_last and left == needed
        return 0

    def _catch_up(self) -> int:
        """Go on where unread bytes were dropped, or all was joined; return how many are missing."""
        known = tails(self.path)
        if known:
            self._head, start = known[0][:2]
            missed = start - self.at if self._head <= self.at else 0
            self.at += max(0, missed)
        elif self._head is not None and self.at >= self._head:
            gap, start = self._gap(self._head)
            missed = start - self.at
            self.at = self._head + gap + max(0, -missed)
            self._head = None
        else:
            return 0
        return max(0, missed)

    def _gap(self, head: int) -> tuple[int, int]:
        """Return how long the line behind the head of a joined log is, and which place follows it."""
        with opened(self.path) as stream:
            stream.seek(head)
            line = _GAP(stream.read(_LONGEST_GAP))
        return (line.end(), head + int(line[1])) if line else (0, head)

    def _spans(self) -> list[_Span]:
        known = tails(self.path)
        if not known:
            return [_Span(self.path, 0, None, False)]
        starts = [start for _, start, _ in known]
        sizes = [*(after - start for start, after in zip(starts, starts[1:], strict=False)), None]
        return [
            _Span(self.path, 0, known[0][0], False),
            *(_Span(tail[2], tail[1], size, True) for tail, size in zip(known, sizes, strict=True)),
        ]


def _stretch(span: _Span, offset: int, is_over: bool) -> bytes:
    with opened(span.path) as stream:
        left = max(0, span.end(stream) - offset)
        stream.seek(offset)
        data = stream.read(min(left, BLOCK))
    span.check()
    # A file that another one follows ends where nothing is rewritten any more; so does a block without a line's end.
    is_last_of_it = span.size is not None and len(data) == left
    is_final = is_over or is_last_of_it or (len(data) == BLOCK and b"\n" not in data)
    return data if is_final else data[: data.rfind(b"\n") + 1]


def _backwards(span: _Span, needed: int, is_last: bool) -> tuple[int | None, int]:
    """Return the place behind the last but ``needed`` - 1 line end, or None and how many are still to be found."""
    with opened(span.path) as stream:
        end = span.end(stream)
        while end > 0:
            begin = max(0, end - _STEP)
            stream.seek(begin)
            data = stream.read(end - begin)
            if is_last and not data.endswith(b"\n"):
                needed -= 1
            is_last = False
            places = data.count(b"\n")
            if places >= needed:
                for _ in range(needed):
                    data = data[: data.rfind(b"\n")]
                return span.start + begin + len(data) + 1, 0
            needed -= places
            end = begin
    span.check()
    return None, needed
