"""Logs of what a program printed, as they lie on disk: the head, and while more is coming, segments of its tail.

``stdout.log`` holds all, or the head with a line after it that says how much is left out, and the tail. Until the
run has ended the tail lies beside it in ``stdout.log.tail-<head>-<start>``; both numbers count bytes of the log.
"""

from __future__ import annotations

import os

from exparse.store import files

TAIL = ".tail-"
_TRIES = 5
# The head, the tail, and a last line that may be long: what is larger is no log of ours.
_MOST = 1 << 30


def left_out(count: int) -> bytes:
    """Return the line that stands where ``count`` bytes are left out."""
    return b"[exparse: %d bytes left out here]\n" % count


def tails(path: str) -> list[tuple[int, int, str]]:
    """Return the segments of a log that are not joined yet, oldest first.

    Returns:
        Where the head ends, where the segment begins, and its path, for each.
    """
    folder, name = os.path.split(path)
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return []
    found = []
    for other in names:
        head, dash, start = other.removeprefix(f"{name}{TAIL}").partition("-")
        if other.startswith(f"{name}{TAIL}") and dash and _is_number(head) and _is_number(start):
            found.append((int(head), int(start), os.path.join(folder, other)))
    return sorted(found)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def read(path: str) -> bytes:
    """Return what a log holds, joined, also while it grows.

    Raises:
        FileNotFoundError: If there is no such log: nothing was printed.
        DamagedFile: If one of its files is no plain file.
        OSError: If it cannot be read.
    """
    for _ in range(_TRIES):
        known = tails(path)
        try:
            found = _joined(path, known)
        except FileNotFoundError:
            if not os.path.lexists(path):
                raise
            continue  # the writer has gone on to the next segment meanwhile
        if tails(path) == known:
            return found
    return files.read_bytes(path, _MOST)


def _joined(path: str, known: list[tuple[int, int, str]]) -> bytes:
    data = files.read_bytes(path, _MOST)
    if not known:
        return data
    head, start, _ = known[0]
    data = data[:head]
    if start > head:
        data += (b"" if data[-1:] in (b"", b"\n") else b"\n") + left_out(start - head)
    return data + b"".join(files.read_bytes(tail, _MOST) for _, _, tail in known)
