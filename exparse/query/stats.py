"""Numbers of many runs as a few: how many, mean and deviation, the smallest and the largest, and whose they are."""

from __future__ import annotations

import re
from math import fsum, isfinite, sqrt
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SMALLER = frozenset(
    "loss losses error errors err perplexity ppl nll mse mae rmse mape wer cer fid fpr fnr regret "
    "time seconds duration latency memory".split()
)
"""Words in the name of a metric whose smallest value is the best one."""

# Beyond these a square is no float, or is 0.
_LARGE, _SMALL = 1e150, 1e-150
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])").findall


class Stat(NamedTuple):
    """What the values of one metric have in common.

    Attributes:
        n: How many finite numbers there are; the rest is about them.
        odd: How many values are nan or infinite.
        mean: Their mean; None where there are none.
        std: Their sample standard deviation (divided by ``n - 1``); None of fewer than two.
        low: The smallest; None where there are none.
        high: The largest, likewise.
        low_id: The run that has the smallest; of several, the newest.
        high_id: The run that has the largest, likewise.
    """

    n: int = 0
    odd: int = 0
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    low_id: int | None = None
    high_id: int | None = None

    def best(self, is_smallest: bool) -> tuple[float | None, int | None]:
        """Return the best value and the run that has it."""
        return (self.low, self.low_id) if is_smallest else (self.high, self.high_id)


def stat(values: Sequence[Any], ids: Sequence[int]) -> Stat:
    """Return what values have in common; what is no number (a text, a flag, a gap) has no say.

    Args:
        values: One a run.
        ids: The numbers of these runs, in rising order.
    """
    numbers, of, odd = values, ids, 0
    # Nearly always all are plain floats; then nothing has to be looked at one by one.
    if set(map(type, values)) != {float} or not all(map(isfinite, values)):
        pairs = [(value, number) for value, number in zip(values, ids, strict=True) if is_number(value)]
        finite = [(float(value), number) for value, number in pairs if is_finite(value)]
        numbers, of, odd = [value for value, _ in finite], [number for _, number in finite], len(pairs) - len(finite)
    if not numbers:
        return Stat(odd=odd)
    low, high = min(numbers), max(numbers)
    # The mean of equal numbers may be off by the last bit, and then lie outside of them.
    mean = min(max(_mean(numbers), low), high)
    # From the end, since of several the newest is the one that `best:` picks.
    low_id, high_id = (of[len(numbers) - 1 - numbers[::-1].index(value)] for value in (low, high))
    return Stat(len(numbers), odd, mean, _std(numbers, mean), low, high, low_id, high_id)


def is_number(value: Any) -> bool:
    """Return whether a value is a number, nan and infinities included; a flag is none."""
    return type(value) is float or isinstance(value, (int, float)) and not isinstance(value, bool)


def is_finite(value: float) -> bool:
    """Return whether a number is one that a float can hold."""
    try:
        return isfinite(value)
    except OverflowError:
        return False


def is_score(value: Any) -> bool:
    """Return whether a value can be the best of several: a number, neither nan nor infinite, that a float can hold."""
    return is_number(value) and is_finite(value)


def _mean(numbers: Sequence[float]) -> float:
    try:
        return fsum(numbers) / len(numbers)
    except OverflowError:
        return fsum(number / len(numbers) for number in numbers)


def _std(numbers: Sequence[float], mean: float) -> float | None:
    if len(numbers) < 2:
        return None
    # Halved, since the distance of the largest floats is beyond them all.
    halves = [number / 2 - mean / 2 for number in numbers]
    far = max(map(abs, halves))
    scale = far if far and not _SMALL < far < _LARGE else 1.0
    share = sqrt(fsum((half / scale) ** 2 for half in halves) / (len(numbers) - 1))
    return share * scale * 2


def is_smaller_better(name: str) -> bool:
    """Return whether the smallest value of a metric is its best one, by the words in its name."""
    return not SMALLER.isdisjoint(word.casefold() for word in _WORDS(name))
