"""What goes first where a table of figures is wider than the terminal, and figures with their points in one line."""

from __future__ import annotations

import re
from collections import Counter

from exparse.cli import grid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exparse.cli.grouping import Sheet

# A mean stays; of the rest, those with the highest rank go first.
_RANKS = {"count": 9, "max": 8, "min": 8, "runs": 6, "best run": 4}
_IDLE_KEY, _KEY = 7, 5
_IDLE_SHARE = 0.8  # of the lines that say the same in a key that hardly varies
_FIGURE = re.compile(r"(\S+)(?: (±|\+-) (\S+))?(?: (\(\S+\)))?")


def columns(sheet: Sheet, keys: int) -> list[grid.Column]:
    """Return the columns of a sheet for the terminal; no figure is ever shortened.

    Args:
        sheet: What they show.
        keys: How many of the columns, from the left, tell the groups apart.
    """
    cells = [[line[at] for line in sheet.lines] for at in range(len(sheet.heads))]
    telling = max(range(keys), key=lambda at: (len(set(cells[at])), -at), default=None)
    found = []
    for at, (head, right) in enumerate(zip(sheet.heads, sheet.rights, strict=True)):
        if at < keys:
            found.append(grid.Column(head, cells[at], right, rank=0 if at == telling else _rank_of_key(cells[at])))
        else:
            is_kept = head.startswith("mean")
            rank = next((rank for end, rank in _RANKS.items() if head.endswith(end)), 1)
            found.append(grid.Column(head, aligned(cells[at]), right, is_kept, rank, is_whole=True))
    return found


def _rank_of_key(cells: Sequence[str]) -> int:
    often = max(Counter(cells).values(), default=0)
    return _IDLE_KEY if often >= _IDLE_SHARE * len(cells) else _KEY


def is_too_wide(sheet: Sheet, limit: int | None) -> bool:
    """Return whether a sheet is wider than so many columns of the terminal, nothing shortened."""
    found = columns(sheet, 1)
    return limit is not None and sum(column.wanted + grid.GAP for column in found) - grid.GAP > limit


def aligned(cells: Iterable[str]) -> list[str]:
    """Return figures such as ``0.85 ± 0.071 (3)`` with their points below each other, padded with blanks."""
    texts = list(cells)
    found = [_FIGURE.fullmatch(text) for text in texts]
    parts = [list(match.groups(default="")) if match else None for match in found]
    for at, is_number in ((0, True), (1, False), (2, True), (3, False)):
        there = [part for part in parts if part]
        for part, text in zip(there, (_at_points if is_number else _ended)([part[at] for part in there]), strict=True):
            part[at] = text
    return [text if part is None else " ".join(filter(None, part)) for text, part in zip(texts, parts, strict=True)]


def _at_points(numbers: Sequence[str]) -> list[str]:
    halves = [re.split(r"(?=[.e])", number, maxsplit=1) + [""] for number in numbers]
    before, behind = (max((len(half[at]) for half in halves), default=0) for at in (0, 1))
    return [f"{half[0]:>{before}}{half[1]:<{behind}}" for half in halves]


def _ended(texts: Sequence[str]) -> list[str]:
    most = max(map(len, texts), default=0)
    return [f"{text:>{most}}" for text in texts]
