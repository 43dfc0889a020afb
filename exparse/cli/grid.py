"""A table drawn for a terminal: columns by what characters really take, made to fit its width."""

from __future__ import annotations

from exparse.query.shown import shortened, visible, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "
_NARROW = 10  # what a column may shrink to before whole columns go
_WIDE = 40  # what a cell may take even where there is room


class Column:
    """One column of a table, its cells made harmless.

    Attributes:
        head: Its heading.
        cells: Its cells, one a row.
        right: Whether they stand to the right, as numbers do.
        keep: Whether it stays, however narrow the terminal.
    """

    def __init__(self, head: str, cells: Sequence[str], right: bool = False, keep: bool = False) -> None:
        self.head, self.cells = visible(head), [visible(cell) for cell in cells]
        self.right, self.keep = right, keep

    @property
    def wanted(self) -> int:
        """Columns of the terminal that it would take with all the room there is."""
        return max([width(self.head), *(width(cell) for cell in self.cells)])


def draw(columns: Sequence[Column], limit: int | None, rule: bool = True) -> tuple[str, list[str]]:
    """Return the table as text, and the headings of the columns that did not fit.

    Long cells are shortened first; then columns go, empty ones first, then from the right.

    Args:
        columns: What to draw.
        limit: Most columns of the terminal that a line may take; None for no limit.
        rule: Whether a line of dashes stands under the headings.
    """
    shown, left_out = list(columns), []
    widths = _fitted(shown, limit)
    while widths is None:
        leaving = [column for column in shown if not column.keep]
        if not leaving:
            widths = [column.wanted for column in shown]
            break
        going = next((column for column in leaving if not any(column.cells)), leaving[-1])
        shown.remove(going)
        left_out += [going.head] if any(going.cells) else []
        widths = _fitted(shown, limit)
    rules = [["-" * size for size in widths]] if rule else []
    lines = [[c.head for c in shown], *rules, *zip(*(c.cells for c in shown), strict=True)]
    rights = [column.right for column in shown]
    drawn = [_line(cells, widths, rights) for cells in lines]
    if limit is not None:
        drawn = [shortened(line, limit) for line in drawn]
    return "\n".join(drawn), left_out[::-1]


def _fitted(columns: Sequence[Column], limit: int | None) -> list[int] | None:
    """Return the width of each column, the widest ones narrowed until all fit; None where they cannot."""
    if limit is None:
        return [column.wanted for column in columns]
    widths = [column.wanted if column.keep else min(column.wanted, _WIDE) for column in columns]
    too_much = sum(widths) + len(_GAP) * (len(widths) - 1) - limit
    while too_much > 0:
        shrinkable = [place for place, column in enumerate(columns) if widths[place] > _NARROW and not column.keep]
        if not shrinkable:
            return None
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
