"""A table drawn for a terminal: columns by what characters really take, made to fit its width."""

from __future__ import annotations

from exparse.query.shown import shortened, visible, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "
GAP = len(_GAP)
"""Columns of the terminal between two columns of a table."""

MOST_IN_CELL = 100
"""What a cell takes at most where no width limits the line, as in a pipe: one long text would make all lines long."""

_NARROW = 10  # what a column may shrink to before whole columns go
_ASKED = 24  # what one may shrink to that somebody asked for
_NUMBER = 14  # what one of numbers may shrink to: half a number is none
_WIDE = 40  # what a cell may take even where there is room


class Column:
    """One column of a table, its cells made harmless.

    Attributes:
        head: Its heading.
        cells: Its cells, one a row.
        right: Whether they stand to the right, as numbers do.
        keep: Whether it stays, however narrow the terminal.
        rank: Where there is no room, the columns with the highest rank go first; one below zero also stays
            although it is empty.
        is_whole: Whether its cells are never shortened: it is shown as it is, or not at all.
        wanted: Columns of the terminal that it would take with all the room there is.
    """

    def __init__(
        self,
        head: str,
        cells: Sequence[str],
        right: bool = False,
        keep: bool = False,
        rank: int = 0,
        is_whole: bool = False,
    ) -> None:
        self.head, self.cells = visible(head), [visible(cell) for cell in cells]
        self.right, self.keep, self.rank, self.is_whole = right, keep, rank, is_whole
        self._widest = max((width(cell) for cell in self.cells), default=0)
        self.wanted = max(width(self.head), self._widest)

    @property
    def most(self) -> int:
        """What it takes where there is room, and a limit all the same."""
        return self.wanted if self.keep or self.is_whole else min(self.wanted, _WIDE)

    @property
    def least(self) -> int:
        """What it may shrink to."""
        if self.is_whole:
            return max(self._widest, min(self.wanted, _NARROW))
        floor = max(_NARROW, min(self._widest, _NUMBER)) if self.right else _ASKED if self.rank < 0 else _NARROW
        return self.wanted if self.keep else min(self.wanted, floor)

    @property
    def is_idle(self) -> bool:
        """Whether it says nothing, and nobody asked for it."""
        return self.rank >= 0 and not any(self.cells)


def draw(
    columns: Sequence[Column], limit: int | None, rule: bool = True, is_wide: bool = False
) -> tuple[str, list[str]]:
    """Return the table as text, and the headings of the columns that did not fit.

    Long cells are shortened first; then columns go, empty ones first, then by their rank, from the right.

    Args:
        columns: What to draw.
        limit: Most columns of the terminal that a line may take; None for no limit, and cells are shortened to
            :data:`MOST_IN_CELL`.
        rule: Whether a line of dashes stands under the headings.
        is_wide: Whether cells are whole where there is no limit.
    """
    shown, left_out = _chosen(columns, limit)
    widths = _fitted(shown, limit, is_wide)
    rules = [["-" * size for size in widths]] if rule else []
    lines = [[c.head for c in shown], *rules, *zip(*(c.cells for c in shown), strict=True)]
    rights = [column.right for column in shown]
    drawn = [_line(cells, widths, rights) for cells in lines]
    if limit is not None:
        drawn = [shortened(line, limit) for line in drawn]
    return "\n".join(drawn), left_out


def _chosen(columns: Sequence[Column], limit: int | None) -> tuple[list[Column], list[str]]:
    """Return the columns for which there is room, and the headings of the others that say anything."""
    leaving = [place for place, column in enumerate(columns) if not column.keep]
    # The last one goes first.
    leaving.sort(key=lambda place: (columns[place].is_idle, columns[place].rank, place))
    room = float("inf") if limit is None else limit + len(_GAP) - sum(column.least + len(_GAP) for column in columns)
    gone: list[int] = []
    while room < 0 and leaving:
        gone.append(leaving.pop())
        room += columns[gone[-1]].least + len(_GAP)
    for place in gone[::-1]:
        # A narrow one may have its place where a wide one before it has none.
        size = columns[place].least + len(_GAP)
        if size <= room and not columns[place].is_idle:
            gone.remove(place)
            room -= size
    shown = [column for place, column in enumerate(columns) if place not in gone]
    return shown, [columns[place].head for place in sorted(gone) if any(columns[place].cells)]


def _fitted(columns: Sequence[Column], limit: int | None, is_wide: bool) -> list[int]:
    """Return the width of each column, the widest ones narrowed until all fit, or can no more."""
    if limit is None:
        return [column.wanted if is_wide or column.is_whole else min(column.wanted, MOST_IN_CELL) for column in columns]
    widths = [column.most for column in columns]
    too_much = sum(widths) + len(_GAP) * (len(widths) - 1) - limit
    while too_much > 0:
        shrinkable = [place for place, column in enumerate(columns) if widths[place] > column.least]
        if not shrinkable:
            return [column.wanted for column in columns]
        widths[max(shrinkable, key=lambda place: widths[place])] -= 1
        too_much -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int], rights: Sequence[bool]) -> str:
    parts = []
    for cell, size, right in zip(cells, widths, rights, strict=True):
        short = shortened(cell, size)
        space = " " * (size - width(short))
        parts.append(space + short if right else short + space)
    return _GAP.join(parts).rstrip()
