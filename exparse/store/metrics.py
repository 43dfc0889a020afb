"""The metrics of a run, read into columns: all whole rows of all its ``metrics*.jsonl``, whatever is between them."""

from __future__ import annotations

import os

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from pandas import DataFrame

    from exparse.format.metrics import Rows
    from exparse.store.measured import Measured

STRETCH = 8 << 20
"""Bytes that are read at a time; a longer line is damaged."""
_MOST_PROBLEMS = 100


def read(path: str, offset: int = 0, line: int = 1, most: int = STRETCH) -> Rows:
    """Return the whole lines of a metrics file from an offset on; to go on where it ended is to follow a live run.

    Args:
        path: The file.
        offset: Where a line begins, in bytes; what an earlier call returned.
        line: The number of that line, counted from 1; what that call returned as ``next_line``.
        most: Bytes to read at most.

    Returns:
        The rows; ``offset`` is the same as before where there is nothing new.

    Raises:
        DamagedFile: If it is no plain file.
        OSError: If it cannot be read; FileNotFoundError where the run has logged nothing.
    """
    handle, _ = files.open_plain(path)
    with os.fdopen(handle, "rb") as stream:
        stream.seek(offset)
        data = stream.read(most)
        if len(data) < most or b"\n" in data:
            return metrics.parse(data, offset, line)
        passed = _end_of_line(stream)
    found = metrics.Rows([], [], passed or offset, line + 1 if passed else line)
    if passed:
        found.problems.append((line, f"longer than {most:,} bytes"))
    return found


def _end_of_line(stream: BinaryIO) -> int | None:
    """Return the offset after the next end of a line, or None where the file ends before."""
    while data := stream.read(STRETCH):
        if b"\n" in data:
            return stream.tell() - len(data) + data.index(b"\n") + 1
    return None


def paths(folder: str) -> list[str]:
    """Return the metrics files of a run: the program's own first, then those of its ranks and workers, by part."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.startswith("metrics.") and e.name.endswith(".jsonl")]
    except (FileNotFoundError, NotADirectoryError):
        return []
    names.sort(key=lambda name: (name != layout.METRICS, name))
    return [f"{folder}/{name}" for name in names]


def frame(folder: str, wide: bool) -> DataFrame:
    """Return the metrics of a run (:meth:`exparse.Run.metrics`)."""
    from exparse.store.measured import Measured

    measured = Measured()
    problems: list[tuple[str, int, str]] = []
    for path in paths(folder):
        measured.begin_file()
        problems += [(os.path.basename(path), line, why) for line, why in _read_all(path, measured)]
    found = measured.wide() if wide else measured.long()
    if problems:
        found.attrs["damaged"] = problems[:_MOST_PROBLEMS]
    return found


def _read_all(path: str, measured: Measured) -> list[tuple[int, str]]:
    offset, line = 0, 1
    problems: list[tuple[int, str]] = []
    try:
        while (rows := read(path, offset, line)).offset > offset:
            problems += rows.problems + measured.add(rows)
            offset, line = rows.offset, rows.next_line
    except (OSError, DamagedFile) as problem:
        # What was read of it counts, and so do the other files.
        problems.append((line, str(problem)))
    return sorted(problems)
