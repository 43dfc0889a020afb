"""What a run printed: the logs of its streams and processes."""

from __future__ import annotations

import os
from typing import NamedTuple

from exparse.errors import DamagedFile
from exparse.query.printed import BLOCK, Printed
from exparse.store.logs import STREAMS, parse_name


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
    found = [Log(name, *told) for name in names if (told := parse_name(name))]
    found.sort(key=lambda log: (log.part is not None, _natural(log.part or ""), STREAMS.index(log.stream)))
    return found


def _natural(part: str) -> tuple[int, str]:
    digits = "".join(filter(str.isdecimal, part.partition(".")[0]))
    return (int(digits[:18]) if digits else 0), part


def last_lines(folder: str, log: Log, count: int) -> list[str]:
    """Return the last lines of a log, without their ends; what is no UTF-8 is escaped.

    What cannot be read is told as the only line. Of lines beyond a mebibyte only the beginning is returned.
    """
    printed, data = Printed(f"{folder}/{log.name}"), b""
    try:
        printed.to_last_lines(count)
        # They may lie in two files, and it may go on.
        while len(data) < BLOCK and (more := printed.read(is_over=True)):
            data += more
    except (OSError, DamagedFile) as problem:
        return [f"({problem})"]
    lines = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")
    return (lines[:-1] if not lines[-1] else lines)[-count:]
