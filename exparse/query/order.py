"""Sorting rows by any values: mixed types, missing ones and nan have a place too."""

from __future__ import annotations

from typing import Any

from exparse.query.shown import in_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exparse.query.rows import Row

    Reader = Callable[[Row], Any]


def ordered(rows: Iterable[Row], keys: Iterable[tuple[Reader, bool]]) -> list[Row]:
    """Return the rows sorted by several keys, the first one weighing most.

    Args:
        rows: The rows; those that are equal in all keys stay in their order.
        keys: What reads a value from a row, and whether the largest comes first. A row that has none (None,
            nan) comes last either way.
    """
    found = list(rows)
    for read, falling in reversed(list(keys)):
        valued = [row for row in found if not _is_missing(read(row))]
        missing = [row for row in found if _is_missing(read(row))]
        valued.sort(key=lambda row, read=read: _rank(read(row)), reverse=falling)  # type: ignore[misc]
        found = valued + missing
    return found


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _rank(value: Any) -> tuple[int, Any]:
    """Return a key that orders values of all kinds: numbers (False is 0), then texts, then the rest."""
    if isinstance(value, (bool, int, float)):
        return 0, value
    if isinstance(value, str):
        return 1, value
    return 2, in_words(value)
