"""Sparklines: how a number went, drawn in a few characters."""

from __future__ import annotations

from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
# For terminals that have no blocks: what stands higher on its line.
PLAIN = "_.,-=+^*"
WIDTH = 24


def line(values: Sequence[float], levels: str = BLOCKS, width: int = WIDTH) -> str:
    """Return values as one character each, the lowest number the lowest character.

    Args:
        values: In their order; what is no finite number becomes a space.
        levels: Characters from low to high.
        width: Most characters; of more values, each character stands for the mean of its share.
    """
    means = shares(values, width)
    numbers = [value for value in means if isfinite(value)]
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return "".join(_level(value, low, high, levels) for value in means)


def _level(value: float, low: float, high: float, levels: str) -> str:
    if not isfinite(value):
        return " "
    if low == high:
        return levels[len(levels) // 2]
    # Halved, since the distance of the largest floats is beyond them all.
    share = (value / 2 - low / 2) / (high / 2 - low / 2)
    return levels[min(int(share * len(levels)), len(levels) - 1)]


def shares(values: Sequence[float], most: int) -> list[float]:
    """Return at most ``most`` values, each the mean of the finite ones of its share; nan where there are none."""
    count = len(values)
    if count <= most:
        return list(values)
    return [_mean(values[place * count // most : (place + 1) * count // most]) for place in range(most)]


def _mean(values: Sequence[float]) -> float:
    numbers = [value for value in values if isfinite(value)]
    # Divided first: the sum may be beyond all floats.
    return sum(value / len(numbers) for value in numbers) if numbers else float("nan")
