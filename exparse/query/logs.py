"""What a run printed: the logs of its streams and processes."""

from __future__ import annotations

import os
from typing import NamedTuple

from exparse.errors import DamagedFile
from exparse.query.printed import Printed

STREAMS = ("stdout", "stderr")


class Log(NamedTuple):
    """One log.

    Attributes:
        name: Name of its file.
        stream: ``stdout`` or ``stderr``.
        part: Which process printed it (``1``, ``w1``); None for the program itself.
    """

    name: str
    stream: str
    part: str | None


def logs(folder: str) -> list[Log]:
    """Return the logs of a run: the program's own first, then those of its other processes."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [log for name in names if (log := _log(name))]
    found.sort(key=lambda log: (log.part is not None, _natural(log.part or ""), STREAMS.index(log.stream)))
    return found


def _log(name: str) -> Log | None:
    stream, *part, end = name.split(".") if "." in name else (name, "")
    if stream not in STREAMS or end != "log":
        return None
    return Log(name, stream, ".".join(part) or None)


def _natural(part: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdecimal, part.partition(".")[0]))
    return (int(digits[:18]) if digits else 0), part


def last_lines(folder: str, log: Log, count: int) -> list[str]:
    """Return the last lines of a log, without their ends; what is no UTF-8 is escaped.

    What cannot be read is told as the only line. Of lines beyond a mebibyte only the beginning is returned.
    """
    printed = Printed(f"{folder}/{log.name}")
    try:
        printed.to_last_lines(count)
        data = printed.read(is_over=True)
    except (OSError, DamagedFile) as problem:
        return [f"({problem})"]
    lines = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    return (lines[:-1] if not lines[-1] else lines)[-count:]
