"""The axes of a picture: where values stand on them, and which are written beside them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from math import ceil, floor, isfinite, log10
from typing import Any, NamedTuple

from exparse.query.column import MISSING
from exparse.query.groups import exact, order
from exparse.query.shown import in_short, in_words, never_blank
from exparse.query.stats import is_finite, is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_CATEGORIES = 40
"""Texts that an axis has room for; runs with others are left out."""

_EPOCH = datetime(1970, 1, 1)
_HOUR, _DAY = 3600.0, 86400.0
_MOMENTS = (
    (1, "%H:%M:%S"), (5, "%H:%M:%S"), (15, "%H:%M:%S"), (60, "%H:%M"), (300, "%H:%M"), (900, "%H:%M"),
    (_HOUR, "%d %H:%M"), (3 * _HOUR, "%d %H:%M"), (6 * _HOUR, "%d %H:%M"), (12 * _HOUR, "%d %H:%M"),
    (_DAY, "%m-%d"), (2 * _DAY, "%m-%d"), (7 * _DAY, "%m-%d"), (14 * _DAY, "%m-%d"), (30 * _DAY, "%Y-%m-%d"),
    (91 * _DAY, "%Y-%m-%d"), (182 * _DAY, "%Y-%m-%d"), (365 * _DAY, "%Y-%m-%d"), (3650 * _DAY, "%Y-%m-%d"),
)  # fmt: skip


class Tick(NamedTuple):
    """One value written beside an axis.

    Attributes:
        share: Where it stands, from 0 (left, below) to 1.
        text: What is written.
    """

    share: float
    text: str


class Axis(NamedTuple):
    """One axis of a picture, over the values that are on it.

    Attributes:
        name: What it shows.
        kind: ``number``, ``time`` (seconds since 1970 on the clock of where it ran) or ``text``.
        low: The value at its beginning.
        high: The value at its end, larger than ``low``.
        is_log: Whether equal ratios are equal distances.
        texts: What stands at 0, 1, 2, ... on an axis of texts.
    """

    name: str
    kind: str
    low: float
    high: float
    is_log: bool = False
    texts: tuple[str, ...] = ()

    def share(self, value: float) -> float:
        """Return where a value stands, from 0 to 1."""
        low, high = (log10(self.low), log10(self.high)) if self.is_log else (self.low, self.high)
        value = log10(value) if self.is_log else value
        # Halved, since the distance of the largest floats is beyond them all.
        return min(max((value / 2 - low / 2) / (high / 2 - low / 2), 0.0), 1.0)

    def told(self, value: float) -> str:
        """Return a value as people know it."""
        if self.kind == "text":
            return self.texts[int(value)]
        return moment(value) if self.kind == "time" else f"{value:.6g}"

    def ticks(self, most: int) -> list[Tick]:
        """Return up to ``most`` round values with their places, from low to high; at least one."""
        if self.kind == "text":
            # Where there is no room for all, every second one or so is written.
            apart = ceil(len(self.texts) / max(most, 1))
            return [Tick(self.share(at), text) for at, text in enumerate(self.texts) if at % apart == 0]
        if self.kind == "time":
            return self._moments(most)
        values = _decades(self.low, self.high, most) if self.is_log else []
        if len(values) < 2:
            values = _round_values(self.low, self.high, most)
        values = [value for value in values if value > 0] or [self.high] if self.is_log else values
        return [Tick(self.share(value), text) for value, text in zip(values, _texts(values), strict=True)]

    def _moments(self, most: int) -> list[Tick]:
        length = self.high - self.low
        step, form = next((each for each in _MOMENTS if length / each[0] <= most), _MOMENTS[-1])
        first = ceil(self.low / step)
        values = [at * step for at in range(first, floor(self.high / step) + 1)][:most] or [self.low]
        return [Tick(self.share(value), moment(value, form)) for value in values]


def moment(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return seconds since 1970 as a date; as a number where no calendar reaches."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime(form)
    except (OverflowError, ValueError):
        return f"{seconds:g}"


def seconds_of(when: datetime) -> float:
    """Return a moment as seconds since 1970 on its own clock."""
    return (when.replace(tzinfo=None) - _EPOCH).total_seconds()


def kind_of(cells: Iterable[Any]) -> str:
    """Return the kind of axis that values need: ``number`` where most of them are numbers, ``time`` or ``text``."""
    found = [value for value in cells if value is not MISSING and value is not None]
    odd = sum(is_number(value) and not is_finite(value) for value in found)
    numbers = sum(map(is_number, found))
    # A field whose values all are nan is one of numbers; beside others they say nothing.
    if found and (numbers == len(found) or 2 * (numbers - odd) > len(found) - odd):
        return "number"
    return "time" if found and all(isinstance(value, datetime) for value in found) else "text"


def categories(cells: Iterable[Any]) -> dict[Any, str]:
    """Return the text of each different value in their order, at most :data:`MOST_CATEGORIES`, by :func:`exact`."""
    found = {exact(value): value for value in cells if value is not MISSING}
    names = sorted(found, key=lambda name: order(found[name]))[:MOST_CATEGORIES]
    return dict(zip(names, told_apart([found[name] for name in names]), strict=True))


def told_apart(values: Sequence[Any]) -> list[str]:
    """Return different values as texts that tell them apart: ``-`` for a gap, ``''`` for an empty text.

    Those that read the same in short are written out, and those that still do get their type: ``0.1 (str)``.
    """
    texts = list(map(_in_short, values))
    for spelling in (in_words, _with_type):
        often = Counter(texts)
        texts = [
            text if value is MISSING or often[text] == 1 else spelling(value)
            for text, value in zip(texts, values, strict=True)
        ]
    return texts


def _in_short(value: Any) -> str:
    if value is MISSING:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else never_blank(in_short(value))


def _with_type(value: Any) -> str:
    return f"{in_words(value)} ({type(value).__name__})"


def over(name: str, kind: str, values: Sequence[float], is_log: bool = False, texts: Sequence[str] = ()) -> Axis:
    """Return the axis that holds all values, with a little room around a single one.

    Args:
        name: What it shows.
        kind: ``number``, ``time`` or ``text``.
        values: All that stands on it, finite, above 0 on a logarithmic one.
        is_log: Whether equal ratios are equal distances.
        texts: What stands at 0, 1, 2, ... on an axis of texts.
    """
    if kind == "text":
        return Axis(name, kind, -0.5, max(len(texts), 1) - 0.5, False, tuple(texts))
    low, high = (min(values), max(values)) if values else (1.0, 10.0) if is_log else (0.0, 1.0)
    if is_log:
        low, high = (low, high) if log10(high) - log10(low) > 1e-9 else _around(low, low / 2, low * 2)
        return Axis(name, kind, low, high, True)
    if not high / 2 - low / 2 > abs(low) * 1e-14:
        room = abs(low) / 2 or 1.0
        low, high = _around(low, low - room, high + room)
    return Axis(name, kind, low, high)


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    """Return limits around one value, also where there are no floats beyond it."""
    low, high = low if isfinite(low) and low else value, high if isfinite(high) else value
    return (low, high) if low < high else (0.0, value)


def number(value: Any) -> float | None:
    """Return a value as a float; None where it is no finite number."""
    return float(value) if is_number(value) and is_finite(value) else None


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9)
    apart = max(1, ceil((last - first + 1) / max(most, 1)))
    return [10.0**power for power in range(first, last + 1, apart)]


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten between two numbers."""
    rough = (high / most - low / most) if most else high - low
    if not isfinite(rough) or rough <= 0 or not 1e-300 < rough < 1e300:
        return [low, high]
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = ceil(low / step - 1e-9)
    values = [(first + at) * step for at in range(most + 1)]
    # Rounded, since 3 * 0.1 is not 0.3.
    digits = max(0, 2 - floor(log10(step))) if step < 1e15 else 0
    values = [round(value, digits) if digits < 300 else value for value in values if value <= high + step * 1e-9]
    return sorted(set(values)) or [low]


def _texts(values: Sequence[float]) -> list[str]:
    for digits in (4, 6, 9, 12, 17):
        texts = [_short(value, digits) for value in values]
        if len(set(texts)) == len(texts):
            return texts
    return [repr(value) for value in values]


def _short(value: float, digits: int) -> str:
    text = f"{value + 0.0:.{digits}g}"
    return f"{int(value)}" if "e" in text and abs(value) < 1e7 and value == int(value) else text
