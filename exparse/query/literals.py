"""Values as queries write them: numbers, time spans and dates, and the order of texts."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

_LONGEST_NUMBER = 400
_MOST_SECONDS = 1e12

_NUMBER = re.compile(
    r"[+-]?(?:(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9]+)?"
    r"|(?i:inf|infinity|nan))\Z"
).match
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[Tt ]([0-9]{1,2})(?::([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?)?"
    r"(?: ?(Z|z|[+-][0-9]{2}:?[0-9]{2}))?)?)?)?\Z"
).match
_SPAN = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+) ?([a-z]+) ?").match
_UNITS = {
    "ms": 0.001,
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 7 * 86400.0),
    **dict.fromkeys(("mo", "month", "months"), 30 * 86400.0),
    **dict.fromkeys(("y", "year", "years"), 365 * 86400.0),
}


class Literal(NamedTuple):
    """A value as it is written in a query.

    Attributes:
        text: What it says, without quotes.
        is_quoted: Whether it was quoted, and so is a text whatever it reads like.
        place: Where in the query it begins, from 0.
    """

    text: str
    is_quoted: bool
    place: int

    def is_word(self, word: str) -> bool:
        """Return whether this is that word, without quotes and in letters of any size."""
        return not self.is_quoted and self.text.lower() == word

    @property
    def number(self) -> int | float | None:
        """The number that this is; None for all else, and for what is quoted."""
        return None if self.is_quoted else number(self.text)


def number(text: str) -> int | float | None:
    """Return the number that a text is: ``3``, ``-0.5``, ``1e-3``, ``10_000``, ``inf``, ``nan``; None for others."""
    if len(text) > _LONGEST_NUMBER or not _NUMBER(text):
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def seconds(text: str) -> float | None:
    """Return the seconds of a time span: ``90``, ``90s``, ``5 min``, ``2h30m``, ``3d``, ``6mo``; None for others.

    A month is 30 days, a year 365. A number without a unit is seconds.
    """
    written = text.strip().lower()
    plain = number(written) if written[:1].isdigit() or written[:1] == "." else None
    if plain is not None:
        return float(plain) if plain <= _MOST_SECONDS else None
    total, at = 0.0, 0
    while at < len(written):
        part = _SPAN(written, at)
        if not part or part[2] not in _UNITS:
            return None
        total, at = total + float(part[1]) * _UNITS[part[2]], part.end()
    return total if written and total <= _MOST_SECONDS else None


def interval(text: str, now: float) -> tuple[float, float] | None:
    """Return where what a date names begins and ends: a year, month, day, hour, minute or second.

    Args:
        text: ``2026-11-01``, ``2026-11``, ``2026-11-01T12:30+02:00``, ``today``, ``yesterday``; local time where it
            names no zone.
        now: The moment that ``today`` counts from, in seconds since the epoch.

    Returns:
        The first moment, and the first one after it, in seconds since the epoch; None where the text is no date.
    """
    written = text.strip().lower()
    days = {"today": 0, "yesterday": 1}.get(written)
    try:
        if days is not None:
            day = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
            return _seconds_of(day - timedelta(days=days)), _seconds_of(day - timedelta(days=days - 1))
        found = _DATE(written)
        return _named(found) if found else None
    except (ValueError, OverflowError):
        # The 31st of February, hour 25, the end of the year 9999.
        return None


def _named(date: re.Match[str]) -> tuple[float, float]:
    year, month, day, hour, minute, second = (int(part) if part else None for part in date.groups()[:6])
    begin = datetime(year or 0, 1 if month is None else month, 1 if day is None else day, hour or 0, minute or 0)
    begin = begin.replace(second=second or 0, microsecond=int((date[7] or "").ljust(6, "0")))
    if month is None:
        end = begin.replace(year=begin.year + 1)
    elif day is None:
        end = (begin + timedelta(days=31)).replace(day=1)
    else:
        named = [(date[7], 1e-6), (date[6], 1), (date[5], 60), (date[4], 3600), (date[3], 86400)]
        end = begin + timedelta(seconds=next(size for part, size in named if part is not None))
    zone = _zone(date[8])
    return _seconds_of(begin.replace(tzinfo=zone)), _seconds_of(end.replace(tzinfo=zone))


def _zone(text: str | None) -> timezone | None:
    if not text or text == "z":
        return timezone.utc if text else None
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _seconds_of(moment: datetime) -> float:
    try:
        return moment.timestamp()
    except OSError:
        # Before or beyond what the clock of this system tells, where zones are of no weight.
        return moment.replace(tzinfo=timezone.utc).timestamp()


def counted(text: str) -> tuple[list[Any], str]:
    """Return a key that orders texts as people do: ``3.9`` before ``3.12``, ``layer2`` before ``layer10``."""
    parts: list[Any] = re.split("([0-9]+)", text)
    for place in range(1, len(parts), 2):
        # By length first, since int() refuses very long ones.
        digits = parts[place].lstrip("0")
        parts[place] = (len(digits), digits)
    return parts, text
