"""One metric of a run as a curve: read whole, kept in as many points as a picture has room for."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from exparse.errors import DamagedFile
from exparse.format import metrics
from exparse.store import metrics as metric_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_POINTS = 1000
"""Points of a curve; of more values, each point is the mean of its share."""


class Curve(NamedTuple):
    """How a metric went.

    Attributes:
        xs: Steps, or seconds since the run's first line of metrics; where a line has no step, its number.
        ys: The values, all finite.
        odd: How many values were nan or infinite.
    """

    xs: list[float]
    ys: list[float]
    odd: int = 0


def read(folder: str, metric: str, by_time: bool = False, most: int = MOST_POINTS) -> Curve:
    """Return a metric of a run; an empty curve where it has none, or none that can be read.

    Args:
        folder: The run's folder.
        metric: The name of the metric.
        by_time: Whether seconds stand below instead of steps.
        most: Points at most.

    Reads ``metrics.jsonl``, or the first file of another process of the run that has the metric.
    """
    for path in metric_files.paths(folder):
        pairs = list(_pairs(path, metric, by_time))
        finite = [pair for pair in pairs if isfinite(pair[1])]
        if pairs:
            return Curve(*_thinned(finite, most), len(pairs) - len(finite))
    return Curve([], [])


def _pairs(path: str, metric: str, by_time: bool) -> Iterator[tuple[float, float]]:
    first: float | None = None
    for at, row in enumerate(_rows(path)):
        if by_time:
            when = metrics.value_of(row.get("time"))
            if when is None or not isfinite(when):
                continue
            first = when if first is None else first
        value = metrics.value_of(row.get(metric))
        if value is not None:
            yield (when - first if by_time and when is not None and first is not None else _step(row, at)), value


def _step(row: dict[str, Any], at: int) -> float:
    step = row.get("step")
    return float(step) if type(step) is int and abs(step) < 1 << 63 else float(at)


def _rows(path: str) -> Iterator[dict[str, Any]]:
    offset, line = 0, 1
    try:
        while (found := metric_files.read(path, offset, line)).offset > offset:
            yield from found.rows
            offset, line = found.offset, found.next_line
    except (OSError, DamagedFile):
        # What could be read of it is drawn.
        return


def _thinned(pairs: list[tuple[float, float]], most: int) -> tuple[list[float], list[float]]:
    count = len(pairs)
    if count <= most:
        return [x for x, _ in pairs], [y for _, y in pairs]
    shares = [pairs[at * count // most : (at + 1) * count // most] for at in range(most)]
    # Divided first: the sum may be beyond all floats.
    return tuple([sum(pair[side] / len(share) for pair in share) for share in shares] for side in (0, 1))  # type: ignore[return-value]
