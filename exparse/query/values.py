"""What a run measured, as one value a name: its summary, and the last value of each metric."""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.format import summary as summaries
from exparse.query.content import tail
from exparse.store import files, layout
from exparse.store import metrics as metric_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

TAIL = 64 << 10
"""Bytes at the end of a file of metrics that are read for the last values: a thousand rows or so."""

_METRICS = "metrics."
_MOST_SUMMARY = 1 << 20


def read(folder: str, names: Collection[str]) -> dict[str, Any]:
    """Return the values of a run's summary, and the last one of each metric that is not in it.

    Args:
        folder: The run's folder.
        names: What lies in it.

    Reads ``summary.json`` and the last :data:`TAIL` bytes of ``metrics.jsonl``, or of the files beside it that
    other processes of the run wrote. What cannot be read is not there.
    """
    found: dict[str, Any] = {}
    if any(name.startswith(_METRICS) for name in names):
        found.update(last(folder))
    if layout.SUMMARY in names:
        found.update(summary(folder))
    return found


def last(folder: str) -> dict[str, float]:
    """Return the last value of each metric of a run, as far as :data:`TAIL` reaches; {} where none can be read."""
    found: dict[str, float] = {}
    # The program's own file comes last here, and counts most.
    for path in reversed(metric_files.paths(folder)):
        found.update(_last(path))
    return found


def summary(folder: str) -> dict[str, Any]:
    """Return what ``summary.json`` says, objects in it flattened to ``outer.inner``; empty where it says nothing."""
    path = f"{folder}/{layout.SUMMARY}"
    try:
        return _flat(summaries.parse(files.read_text(path, _MOST_SUMMARY), path))
    except (OSError, DamagedFile):
        return {}


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
        rows = metrics.parse(tail(path, TAIL)).rows
    except (OSError, DamagedFile):
        return {}
    found: dict[str, Any] = {}
    for row in rows:
        found.update(row)
    numbers = {name: metrics.value_of(said) for name, said in found.items() if name not in metrics.RESERVED}
    return {name: number for name, number in numbers.items() if number is not None}
