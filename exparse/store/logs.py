"""Logs of what a program printed, as they lie on disk: the head, and while more is coming, segments of its tail.

``stdout.log`` holds all, or the head with a line after it that says how much is left out, and the tail. Until the
run has ended the tail lies beside it in ``stdout.log.tail-<head>-<start>``; both numbers count bytes of the log.
A segment may be longer than what it holds: where another one follows, its beginning says where it ends, and NUL
bytes at the end of the last one are not written yet.
"""

from __future__ import annotations

import os

from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

STREAMS = ("stdout", "stderr")
TAIL = ".tail-"

_END = ".log"
_TRIES = 5
# The head, the tail, and a last line that may be long: what is larger is no log of ours.
_MOST = 1 << 30
_STEP = 64 << 10


def name(stream: str, part: str | None) -> str:
    """Return the name of a log: ``stdout.log``, or ``stdout.<part>.log``."""
    return f"{stream}.{part}{_END}" if part else f"{stream}{_END}"


def parse_name(text: str) -> tuple[str, str | None] | None:
    """Return the stream and the part that a log's name tells (:func:`name`), or None where it is none."""
    stream, dot, part = text.removesuffix(_END).partition(".")
    if stream not in STREAMS or not text.endswith(_END) or (dot and not part):
        return None
    return stream, part or None


def left_out(count: int) -> bytes:
    """Return the line that stands where ``count`` bytes are left out."""
    return b"[exparse: %d bytes left out here]\n" % count


def tails(path: str) -> list[tuple[int, int, str]]:
    """Return the segments of a log that are not joined yet, oldest first.

    Returns:
        Where the head ends, where the segment begins, and its path, for each.
    """
    folder, own = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    found = []
    for other in names:
        head, dash, start = other.removeprefix(f"{own}{TAIL}").partition("-")
        if other.startswith(f"{own}{TAIL}") and dash and _is_number(head) and _is_number(start):
            found.append((int(head), int(start), os.path.join(folder, other)))
    return sorted(found)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def content(known: list[tuple[int, int, str]], number: int, last: int | None = None) -> bytes:
    """Return what a segment holds.

    Args:
        known: The segments of a log (:func:`tails`).
        number: Which one.
        last: How many bytes the last one holds, if that is known; else what is not NUL at its end.

    Raises:
        FileNotFoundError: If it is gone.
        DamagedFile: If it is no plain file.
        OSError: If it cannot be read.
    """
    _, start, path = known[number]
    data = files.read_bytes(path, _MOST)
    if number + 1 < len(known):
        return data[: known[number + 1][1] - start]
    return data.rstrip(b"\0") if last is None else data[:last]


def written(stream: BinaryIO) -> int:
    """Return how many bytes the last segment holds: all up to the NUL bytes at its end."""
    end = stream.seek(0, os.SEEK_END)
    while end > 0:
        begin = max(0, end - _STEP)
        stream.seek(begin)
        found = len(stream.read(end - begin).rstrip(b"\0"))
        if found:
            return begin + found
        end = begin
    return 0


def read(path: str) -> bytes:
    """Return what a log holds, joined, also while it grows or when its writer was killed.

    Raises:
        FileNotFoundError: If there is no such log: nothing was printed.
        DamagedFile: If one of its files is no plain file.
        OSError: If it cannot be read.

    Reads the log and its segments; writes nothing.
    """
    kept: list[bytes] = []
    for _ in range(_TRIES):
        known = tails(path)
        kept = _kept(known)
        # The head stays as it is from the first segment on, also when all is joined to it.
        data = files.read_bytes(path, _MOST)
        if len(kept) == len(known) and (known or not tails(path)):
            break
        # The writer has gone on to the next segment meanwhile, or has joined all.
    # One that is always faster than we are: what was steady has to do.
    return _joined(data, known, kept) if kept else data


def _kept(known: list[tuple[int, int, str]]) -> list[bytes]:
    """Return what the last segments hold, oldest first, without those that the writer made others meanwhile."""
    found: list[bytes] = []
    for number in reversed(range(len(known))):
        try:
            data = content(known, number)
        except FileNotFoundError:
            break
        if not os.path.lexists(known[number][2]):
            break
        found.insert(0, data)
    return found


def _joined(data: bytes, known: list[tuple[int, int, str]], kept: list[bytes]) -> bytes:
    head, start, _ = known[-len(kept)]
    data = data[:head]
    if start > head:
        data += (b"" if data[-1:] in (b"", b"\n") else b"\n") + left_out(start - head)
    return data + b"".join(kept)
