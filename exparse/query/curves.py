"""The metrics of a run, each with how far it went and how."""

from __future__ import annotations

import os
from math import isfinite
from typing import NamedTuple

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.query.content import opened
from exparse.store import metrics as metric_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_READ = 32 << 20
"""Bytes of one file of metrics that are read; of a larger one it is the end."""


class Curve(NamedTuple):
    """One metric, as one process of the run logged it.

    Attributes:
        name: The metric.
        part: Which process logged it (``1``, ``w1``); None for the program itself.
        values: All that was logged, nan and infinities included.
        last: The last of them.
        step: The step at which it was logged, or None.
        low: The lowest finite value, or None.
        high: The highest finite value, or None.
    """

    name: str
    part: str | None
    values: list[float]
    last: float
    step: int | None
    low: float | None
    high: float | None


class Problem(NamedTuple):
    """What keeps a file of metrics from being read whole.

    Attributes:
        file: Name of the file.
        text: What is wrong.
    """

    file: str
    text: str


def read(folder: str) -> tuple[list[Curve], list[Problem]]:
    """Return the metrics of a run in the order in which they were first logged, and what could not be read.

    Reads ``metrics.jsonl`` and the files beside it that other processes of the run wrote, at most
    :data:`MOST_READ` bytes of each.
    """
    curves: list[Curve] = []
    problems: list[Problem] = []
    for path in metric_files.paths(folder):
        try:
            curves += _curves(path, problems)
        except (OSError, DamagedFile) as problem:
            problems.append(Problem(os.path.basename(path), getattr(problem, "reason", None) or str(problem)))
    return curves, problems


def part_of(name: str) -> str | None:
    """Return the part in the name of a file, ``w1`` in ``metrics.w1.jsonl``; None where there is none."""
    parts = name.split(".")
    return ".".join(parts[1:-1]) or None


def _curves(path: str, problems: list[Problem]) -> list[Curve]:
    part = part_of(os.path.basename(path))
    values: dict[str, list[float]] = {}
    steps: dict[str, Any] = {}
    for rows in _stretches(path, problems):
        for row in rows:
            step = row.get("step")
            for name, said in row.items():
                if name not in metrics.RESERVED and (value := metrics.value_of(said)) is not None:
                    values.setdefault(name, []).append(value)
                    steps[name] = step
    return [_curve(name, part, values[name], steps[name]) for name in values]


def _curve(name: str, part: str | None, values: list[float], step: Any) -> Curve:
    finite = [value for value in values if isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (None, None)
    return Curve(name, part, values, values[-1], step if type(step) is int else None, low, high)


def _stretches(path: str, problems: list[Problem]) -> Iterator[list[dict[str, Any]]]:
    begin = _begin(path)
    file, offset, line = os.path.basename(path), begin, 1
    damaged: list[int] = []
    if begin:
        problems.append(Problem(file, f"only the last {MOST_READ >> 20} MiB were read"))
    while (found := metric_files.read(path, offset, line)).offset > offset:
        offset, line = found.offset, found.next_line
        damaged += [number for number, _ in found.problems]
        yield found.rows
    if damaged:
        problems.append(Problem(file, _damage(damaged, bool(begin))))


def _begin(path: str) -> int:
    """Return where the first line begins that is read."""
    with opened(path) as stream:
        past = os.fstat(stream.fileno()).st_size - MOST_READ
        if past <= 0:
            return 0
        stream.seek(past)
        stream.readline(metric_files.STRETCH)
        return stream.tell()


def _damage(lines: list[int], is_part: bool) -> str:
    count = f"{len(lines):,} damaged line{'' if len(lines) == 1 else 's'} passed over"
    # Of a part of a file nobody knows the numbers.
    return count if is_part else f"{count}: {', '.join(map(str, lines[:5]))}{', ...' if len(lines) > 5 else ''}"
