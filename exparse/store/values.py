"""What a run measured, as one value a name: its summary, and the last value of each metric."""

from __future__ import annotations

import json
import os

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.format import summary as summaries
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

TAIL = 64 << 10
"""Bytes at the end of a file of metrics that are read for the last values: a thousand rows or so."""

_BEGIN, _END = "metrics.", ".jsonl"
_MOST_SUMMARY = 1 << 20


def read(folder: str, names: Collection[str]) -> dict[str, Any]:
    """Return the values of a run's summary, and the last one of each metric that is not in it.

    Args:
        folder: The run's folder.
        names: What lies in it.

    Reads ``summary.json`` and the last :data:`TAIL` bytes of ``metrics.jsonl``, and of the files beside it that
    other processes of the run wrote. What cannot be read is not there.
    """
    said = summary(folder) if layout.SUMMARY in names else {}
    # What a program says at its end comes before what it logged on the way.
    return {**said, **{name: value for name, value in last(folder, names).items() if name not in said}}


def last(folder: str, names: Collection[str]) -> dict[str, Any]:
    """Return the last value of each metric of a run, as far as :data:`TAIL` reaches; {} where none can be read."""
    written = [name for name in names if name.startswith(_BEGIN) and name.endswith(_END)]
    # The program's own file comes last here, and counts most.
    written.sort(key=lambda name: (name != layout.METRICS, name), reverse=True)
    found: dict[str, Any] = {}
    for name in written:
        found.update(_last(f"{folder}/{name}"))
    return found


def summary(folder: str) -> dict[str, Any]:
    """Return what ``summary.json`` says, objects in it flattened to ``outer.inner``; empty where it says nothing."""
    try:
        return read_summary(folder)
    except (OSError, DamagedFile, RecursionError):
        return {}


def read_summary(folder: str) -> dict[str, Any]:
    """Return what ``summary.json`` says as :func:`summary` does.

    Raises:
        DamagedFile: If it is no plain file, or no JSON object.
        RecursionError: If it is nested too deep.
        OSError: If it is not there or cannot be read.
    """
    path = f"{folder}/{layout.SUMMARY}"
    return _flat(summaries.parse(files.read_text(path, _MOST_SUMMARY), path))


def _flat(told: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    waiting = [("", told)]
    for before, fields in waiting:
        for name, value in fields.items():
            if isinstance(value, dict) and value:
                waiting.append((f"{before}{name}.", value))
            else:
                # What was said plainly comes first, and weighs more than what only reads the same.
                found.setdefault(f"{before}{name}", value)
    return found


def _last(path: str) -> dict[str, float]:
    try:
        data = tail(path, TAIL)
    except (OSError, DamagedFile):
        return {}
    found = _of_last_line(data)
    if found is None:
        found = {}
        for row in metrics.parse(data).rows:
            found.update(row)
    numbers = {name: metrics.value_of(said) for name, said in found.items() if name not in metrics.RESERVED}
    return {name: number for name, number in numbers.items() if number is not None}


def _of_last_line(data: bytes) -> dict[str, Any] | None:
    """Return what the last line holds where all lines hold the same metrics; None where that is not plain to see.

    It is where there are no other quotation marks than those around the names of the last line, and each of these
    stands in the data once a line. Most runs log so, and one line is parsed instead of a thousand.
    """
    last = data[data.rfind(b"\n", 0, -1) + 1 :]
    lines = data.count(b"\n")
    if data.count(b'"') != lines * last.count(b'"'):
        return None
    try:
        row = json.loads(last.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if type(row) is not dict or last.count(b'"') != 2 * len(row):
        return None
    for name in row:
        if not name.isascii() or data.count(f'"{name}":'.encode("ascii")) != lines:
            return None
    return row


def tail(path: str, most: int) -> bytes:
    """Return the whole lines at the end of a plain file, at most ``most`` bytes of them.

    A line that began before, and one that is not ended, are left out.

    Raises:
        DamagedFile: If it is no plain file.
        OSError: If it is not there or cannot be read.
    """
    handle, size = files.open_plain(path)
    try:
        if size > most:
            os.lseek(handle, size - most - 1, os.SEEK_SET)
        data = files.read_all(handle, min(size, most + 1))
    finally:
        os.close(handle)
    if size > most:
        data = data.partition(b"\n")[2]
    return data[: data.rfind(b"\n") + 1]
