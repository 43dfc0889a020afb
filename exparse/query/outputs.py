"""Whether two runs printed the same, and from which line on they did not."""

from __future__ import annotations

from typing import NamedTuple

from exparse.errors import DamagedFile
from exparse.query.printed import Printed
from exparse.query.renamed import Renamed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Names = Mapping[str, str]

MOST_BYTES = 64 << 20
"""Bytes of a log that are compared."""

_LONGEST = 400  # bytes of a line that are told


class Echo(NamedTuple):
    """How what one run printed compares with what another did.

    Attributes:
        line: Number of the first line that differs, from 1; None where none does.
        before: That line of the first run, without its end; None where it printed nothing more.
        after: Likewise of the second.
        lines: How many lines are the same.
        problem: Why not all was compared, or "".
    """

    line: int | None
    before: str | None
    after: str | None
    lines: int
    problem: str = ""

    @property
    def is_same(self) -> bool:
        """Whether all that was compared is the same."""
        return self.line is None


def echo(first: str, second: str, names: tuple[Names, Names] = ({}, {})) -> Echo:
    """Compare two logs; one that is not there printed nothing.

    Args:
        first: The path of the file of one.
        second: The path of the file of the other.
        names: For each, what stands for what in it: :class:`exparse.query.renamed.Renamed`.
    """
    reader = _Pair(Renamed(Printed(first), names[0]), Renamed(Printed(second), names[1]))
    try:
        return reader.compare()
    except (OSError, DamagedFile) as problem:
        return Echo(None, None, None, reader.lines, str(problem))


class _Pair:
    """Two logs, read side by side as far as they are the same."""

    def __init__(self, first: Renamed, second: Renamed) -> None:
        self._logs = (first, second)
        self._waiting = [b"", b""]  # read, and not compared yet
        self._begun = b""  # the line in which both are, as far as it is the same
        self._seen = 0
        self.lines = 0

    def compare(self) -> Echo:
        while self._seen < MOST_BYTES:
            for place, log in enumerate(self._logs):
                self._waiting[place] = self._waiting[place] or log.read()
            shared = min(map(len, self._waiting))
            if not shared and not any(self._waiting):
                return Echo(None, None, None, self.lines + bool(self._begun))
            same = _shared(self._waiting[0][:shared], self._waiting[1][:shared])
            self._pass(same)
            if same < shared or not shared:
                return self._differing()
        return Echo(None, None, None, self.lines, f"only the first {MOST_BYTES >> 20} MiB were compared")

    def _pass(self, size: int) -> None:
        passed = self._waiting[0][:size]
        self._waiting = [data[size:] for data in self._waiting]
        self._seen += size
        self.lines += passed.count(b"\n")
        end = passed.rfind(b"\n")
        self._begun = (self._begun if end < 0 else b"")[-_LONGEST:] + passed[end + 1 :]

    def _differing(self) -> Echo:
        told = [self._line(data) for data in self._waiting]
        return Echo(self.lines + 1, told[0], told[1], self.lines)

    def _line(self, rest: bytes) -> str | None:
        whole = self._begun + rest.partition(b"\n")[0]
        if not whole and not rest:
            return None
        # What differs is at the end of what is the same.
        start = max(0, len(self._begun) - _LONGEST // 2)
        return whole[start : start + _LONGEST].rstrip(b"\r").decode("utf-8", "backslashreplace")


def _shared(first: bytes, second: bytes) -> int:
    """Return how many bytes two texts of one length have in common at their beginning."""
    if first == second:
        return len(first)
    low, high = 0, len(first)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if first[low:middle] == second[low:middle] else (low, middle)
    return low
