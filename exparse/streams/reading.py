"""Reading a log as a whole, also of a run that is under way or was killed."""

from __future__ import annotations

import os

from exparse.streams.segments import contents, left_out, tails_of

_TRIES = 5


def read(folder: str, name: str) -> bytes:
    """Return what a log holds: all that was printed, or its head and tail with a line between that says so.

    Args:
        folder: The run's folder.
        name: The log's name, such as ``stdout.log``.

    Raises:
        FileNotFoundError: If there is no such log: nothing was printed.
        OSError: If it cannot be read.

    Reads the log and its segments; writes nothing.
    """
    path = os.path.join(folder, name)
    for _ in range(_TRIES):
        tails = tails_of(path)
        try:
            found = _joined(path, tails)
        except FileNotFoundError:
            if not os.path.exists(path):
                raise
            continue  # the writer has gone on to the next segment meanwhile
        if tails_of(path) == tails:
            return found
    return found if tails else _whole(path)


def _joined(path: str, tails: list[tuple[int, int, str]]) -> bytes:
    if not tails:
        return _whole(path)
    head, start, _ = tails[0]
    data = _whole(path)[:head]
    if start > head:
        data += (b"" if data[-1:] in (b"", b"\n") else b"\n") + left_out(start - head)
    return data + b"".join(contents(tails))


def _whole(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read()


def names(folder: str) -> list[str]:
    """Return the names of all logs in a run's folder, sorted: ``stdout.log``, ``stderr.log``, ``stdout.3.w1.log``."""
    try:
        found = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.endswith(".log") and name.split(".", 1)[0] in ("stdout", "stderr"))
