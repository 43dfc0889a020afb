"""The metrics of a run, read into columns: all whole rows of all its ``metrics*.jsonl``, whatever is between them."""

from __future__ import annotations

import os

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, BinaryIO

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


_BATCH = 20_000


def frame_of_runs(runs: Iterable[tuple[int, str]], wanted: Sequence[str]) -> DataFrame:
    """Return what several runs logged (:meth:`exparse.Index.metrics`); what cannot be read of it is left out.

    Args:
        runs: Number and folder of each.
        wanted: Names of the metrics that are kept; all of them if empty.
    """
    from exparse.store.measured import Measured

    measured = Measured()
    ids, counts, waiting = [], [], []
    for number, folder in runs:
        rows = _rows(folder)
        ids.append(number)
        counts.append(len(rows))
        waiting += rows
        # Many small runs at once: each block of columns takes as long as a hundred rows of it.
        if len(waiting) > _BATCH:
            measured.add(metrics.Rows(waiting, range(len(waiting)), 0, 0))
            waiting = []
    if waiting:
        measured.add(metrics.Rows(waiting, range(len(waiting)), 0, 0))
    return measured.of_runs(ids, counts, wanted)


def _rows(folder: str) -> list[dict[str, Any]]:
    """Return the rows of all metrics files of a run, those of several in the order of time."""
    files_of_it = paths(folder)
    found: list[dict[str, Any]] = []
    for path in files_of_it:
        offset, line = 0, 1
        try:
            while (rows := read(path, offset, line)).offset > offset:
                found += rows.rows
                offset, line = rows.offset, rows.next_line
        except (OSError, DamagedFile):
            # The other files, and what was read of this one, count.
            continue
    return found if len(files_of_it) < 2 else sorted(found, key=_moment)


def _moment(row: dict[str, Any]) -> float:
    time = metrics.value_of(row.get("time"))
    return float("inf") if time is None or time != time else time


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
