"""One log of a run, read from any place on while it grows, is cut in the middle, and is joined at the end.

Places count bytes of the log as :mod:`exparse.streams.segments` counts them: a head, and segments after it of
which old ones are dropped; at the end of the run all is one file again, and places are those in that file.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from exparse.query.content import opened
from exparse.streams.segments import left_out, tails_of

BLOCK = 1 << 20
"""Bytes that are read at a time."""

_STEP = 64 << 10
_TRIES = 3
_GAP = re.compile(rb"\n?\[exparse: ([0-9]{1,18}) bytes left out here\]\n").match
_LONGEST_GAP = 80


class _Span(NamedTuple):
    """A stretch of a log: its file, the place of its first byte, and its bytes (None: to the end of the file)."""

    path: str
    start: int
    size: int | None


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
        for _ in range(_TRIES):
            missed = self._catch_up()
            span = next(span for span in reversed(self._spans()) if span.start <= self.at)
            try:
                data = _stretch(span, self.at - span.start, is_over)
            except FileNotFoundError:
                # Nothing was printed yet, or this segment is being joined to the head.
                continue
            self.at += len(data)
            return missed + data
        return b""

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
        needed = count + 1
        for span in reversed(self._spans()):
            try:
                found, needed = _backwards(span, needed)
            except FileNotFoundError:
                continue
            if found is not None:
                self.at = found
                return
        self.at = 0

    def _catch_up(self) -> bytes:
        """Go on where unread bytes were dropped, or all was joined; return a line that says how many are missing."""
        tails = tails_of(self.path)
        if tails:
            self._head, start = tails[0][:2]
            missed = start - self.at if self._head <= self.at else 0
            self.at += max(0, missed)
        elif self._head is not None and self.at >= self._head:
            gap, start = self._gap(self._head)
            missed = start - self.at
            self.at = self._head + gap + max(0, -missed)
            self._head = None
        else:
            return b""
        return left_out(missed) if missed > 0 else b""

    def _gap(self, head: int) -> tuple[int, int]:
        """Return how long the line behind the head of a joined log is, and which place follows it."""
        with opened(self.path) as stream:
            stream.seek(head)
            line = _GAP(stream.read(_LONGEST_GAP))
        return (line.end(), head + int(line[1])) if line else (0, head)

    def _spans(self) -> list[_Span]:
        tails = tails_of(self.path)
        if not tails:
            return [_Span(self.path, 0, None)]
        starts = [start for _, start, _ in tails]
        sizes = [*(after - start for start, after in zip(starts, starts[1:], strict=False)), None]
        return [
            _Span(self.path, 0, tails[0][0]),
            *(_Span(tail[2], tail[1], size) for tail, size in zip(tails, sizes, strict=True)),
        ]


def _stretch(span: _Span, offset: int, is_over: bool) -> bytes:
    left = None if span.size is None else span.size - offset
    with opened(span.path) as stream:
        stream.seek(offset)
        data = stream.read(BLOCK if left is None else max(0, min(left, BLOCK)))
    # A file that another one follows ends where nothing is rewritten any more; so does a block without a line's end.
    is_final = is_over or len(data) == left or (len(data) == BLOCK and b"\n" not in data)
    return data if is_final else data[: data.rfind(b"\n") + 1]


def _backwards(span: _Span, needed: int) -> tuple[int | None, int]:
    """Return the place behind the last but ``needed`` - 1 line end, or None and how many are still to be found."""
    with opened(span.path) as stream:
        size = os.fstat(stream.fileno()).st_size if span.size is None else span.size
        end, is_last = size, span.size is None
        while end > 0:
            begin = max(0, end - _STEP)
            stream.seek(begin)
            data = stream.read(end - begin)
            # The end of the last line ends nothing that is to be counted.
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
    return None, needed
