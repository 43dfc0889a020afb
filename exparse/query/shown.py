"""Values as people see them: short, on one line, and without power over the terminal that shows them."""

from __future__ import annotations

import json
import unicodedata
from math import floor, isfinite, log10

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

# Joiners are part of how Persian, Hindi and family emoji are written, and move nothing.
_JOINERS = "\u200c\u200d"
_LONGEST_FLOAT = 10
_FEWEST, _MOST = 4, 6  # digits of what was measured
_LARGEST = 1e9  # what is larger has an exponent
_MOST_BYTES = 10**18
_STEPS = ((60, "s"), (3600, "min"), (86400, "h"), (7 * 86400, "d"), (366 * 86400, "w"))


def visible(text: str) -> str:
    r"""Return ``text`` with every character escaped that a terminal might obey, or that shows nothing.

    These are control characters (ESC, line ends, C1), directions of writing, line separators, half pairs of
    UTF-16 and the like; ``\x1b``, ``\u202e`` and so on stand for them, as in Python.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in _JOINERS else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def in_words(value: Any) -> str:
    """Return a param's value as text: texts as they are, the rest as Python or JSON writes it."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(plain(value), ensure_ascii=False)
    return str(value)


def in_short(value: Any) -> str:
    """Return a param's value as text for a table: as :func:`in_words`, long floats to six digits."""
    if isinstance(value, float) and len(repr(value)) > _LONGEST_FLOAT:
        return f"{value:.6g}"
    return in_words(value)


def measured(values: Iterable[Any]) -> list[str]:
    """Return the values of one metric as texts for a table, floats with as many digits as tell them apart.

    These are four, and up to six where all of them are close to each other; before the point none is left out.
    """
    values = list(values)
    floats = [abs(value) for value in values if type(value) is float and isfinite(value)]
    digits = _digits(floats) if floats else 0
    return [_measured(value, digits) for value in values]


def whole(value: Any) -> Any:
    """Return a value that was measured, a whole float as an int: metrics are floats, however they were logged."""
    is_whole = type(value) is float and abs(value) < _LARGEST and value == int(value)
    return int(value) if is_whole else value


def _digits(floats: list[float]) -> int:
    largest, apart = max(floats), max(floats) - min(floats)
    if not largest or not apart:
        return _FEWEST
    return min(max(2 + floor(log10(largest)) - floor(log10(apart)), _FEWEST), _MOST)


def _measured(value: Any, digits: int) -> str:
    if type(value) is not float or not isfinite(value) or abs(value) >= _LARGEST:
        return in_short(value)
    if type(whole(value)) is int:
        return str(whole(value))
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can hold it: nan and infinities become None, what it does not know a text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return str(value)


def moment(when: datetime) -> str:
    """Return a moment to the minute, such as ``2026-11-21 15:19``, on the clock of this machine."""
    try:
        here = when.astimezone() if when.tzinfo else when
    except (OverflowError, ValueError, OSError):
        here = when  # the year 1, or 9999
    return here.replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")


def duration(seconds: float | None) -> str:
    """Return a duration such as ``40ms``, ``0.4s``, ``12s``, ``3m05s``, ``2h14m``, ``5d03h``; "" for None."""
    if seconds is None or not isfinite(seconds):
        return ""
    if seconds < 0.0995:
        return f"{max(round(seconds * 1000), 0)}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d{whole % 86400 // 3600:02d}h"


def age(seconds: float | None) -> str:
    """Return how long ago something was: ``12 s``, ``5 min``, ``3 h``, ``2 d``, ``6 w``; "" for None."""
    if seconds is None:
        return ""
    past, size = max(0, int(seconds)), 1
    for limit, unit in _STEPS:
        if past < limit:
            return f"{past // size} {unit}"
        size = limit
    return f"{past // (365 * 86400)} y"


def size(count: int) -> str:
    """Return a number of bytes such as ``812 B``, ``3.4 kB``, ``1.2 GB``, in powers of 1000."""
    if count < 1000:
        return f"{count} B"
    # A file of a run may say any number, also one that no float holds.
    number, unit = min(count, _MOST_BYTES) / 1000, "kB"
    for larger in ("MB", "GB", "TB", "PB"):
        if number >= 999.95:
            number, unit = number / 1000, larger
    return f"{number:.1f} {unit}"


def width(text: str) -> int:
    """Return how many columns of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if unicodedata.combining(char) or char in _JOINERS or unicodedata.category(char) == "Me":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def shortened(text: str, most: int) -> str:
    """Return a visible text of at most ``most`` columns, with an ellipsis in the middle of a longer one.

    What tells names and paths apart stands at both ends.
    """
    if width(text) <= most:
        return text
    if most < 2:
        return "…"[:most]
    tail = (most - 1) // 2
    return f"{_cut(text, most - 1 - tail)}…{_cut(text[::-1], tail)[::-1]}"


def cut(text: str, most: int) -> str:
    """Return a visible text of at most ``most`` columns, with an ellipsis at the end of a longer one."""
    return text if width(text) <= most else f"{_cut(text, most - 1)}…"[: max(most, 0)]


def never_blank(text: str) -> str:
    """Return a value's text such that an empty one is seen, too: ``''``."""
    return text or "''"


def _cut(text: str, most: int) -> str:
    taken = 0
    for place, char in enumerate(text):
        taken += _width(char)
        if taken > most:
            return text[:place]
    return text
