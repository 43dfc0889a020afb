r"""What a terminal shows of lines that ``\r`` writes anew: the last state of each, not the hundreds before.

Of the parts of a line between ``\r``, the last that is not empty stays; the end of a line stays what it was,
``\n`` or ``\r\n``. A part that is longer than a line may be (:data:`exparse.streams.segments.LONGEST_LINE`)
counts as written, and the rest of it begins anew.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.streams.segments import Segments


class Screen:
    """Takes bytes as a terminal does, and has the unfinished line written anew where one is.

    Args:
        segments: Where the lines go.
        longest_line: From where on a line in bytes counts as written.
    """

    def __init__(self, segments: Segments, longest_line: int) -> None:
        self._segments, self._longest = segments, longest_line
        self._returned = False

    def is_plain(self, data: bytes) -> bool:
        """Return whether the bytes that follow only go on behind the last."""
        return not self._returned and b"\r" not in data

    def feed(self, data: bytes) -> None:
        """Take the bytes that follow."""
        if self.is_plain(data):
            self._segments.append(data)
            return
        *lines, rest = data.split(b"\n")
        whole: list[bytes] = []
        for line in lines:
            if not self._returned and b"\r" not in line:
                whole += (line, b"\n")
                continue
            self._pass_on(whole)
            self._rewrite(line)
            whole.append(b"\r\n" if self._returned else b"\n")
            self._returned = False
        self._pass_on(whole)
        self._rewrite(rest)

    def _pass_on(self, whole: list[bytes]) -> None:
        if whole:
            self._segments.append(b"".join(whole))
            whole.clear()

    def _rewrite(self, line: bytes) -> None:
        """Take what is before the next end of a line."""
        first, *parts = line.split(b"\r")
        segments = self._segments
        if first:
            self._show(first)
        if not parts:
            return
        shown = [part for part in parts if part]
        # A part that counts as written is not replaced: only then do the parts before the last matter.
        for part in shown if any(len(part) > self._longest for part in shown) else shown[-1:]:
            segments.replace(part)
        self._returned = not parts[-1]

    def _show(self, part: bytes) -> None:
        if self._returned:
            self._segments.replace(part)
        else:
            self._segments.append(part)
        self._returned = False
