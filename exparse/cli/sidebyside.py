"""Lines with a name and a cell for each of several runs, drawn in columns that fit a terminal.

Cells that differ must be seen to differ. So what is too long for its column stands below its name instead, a line a
run, from a little before where the difference begins.
"""

from __future__ import annotations

from os.path import commonprefix

from exparse.query.shown import cut, shortened, visible, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GAP = "  "
_INDENT = "  "
_LONGEST_NAME = 30
_NARROW, _WIDE = 10, 40
_BEFORE = 12  # characters that are shown before a difference
_NO_LIMIT = 240


class Cells:
    """A line of cells.

    Attributes:
        name: What it is about.
        cells: One a run, made harmless.
        change: What stands behind them, or "".
        is_short: Whether cells are shortened where they do not fit, although they may look alike then.
    """

    def __init__(
        self, name: str, cells: Sequence[str], change: str = "", indent: str = _INDENT, is_short: bool = False
    ) -> None:
        self.is_short = is_short
        self.name = f"{indent}{shortened(visible(name), _LONGEST_NAME)}"
        self.cells, self.change = [visible(cell) for cell in cells], visible(change)

    def take(self, count: int) -> Cells:
        """Return the line with its first cells only, and without what stands behind them if some are gone."""
        return self._with(self.cells[:count], self.change if count >= len(self.cells) else "")

    def fitted(self, sizes: Sequence[int]) -> Cells:
        """Return the line with its cells shortened to some widths."""
        return self._with([shortened(cell, size) for cell, size in zip(self.cells, sizes, strict=True)], self.change)

    def _with(self, cells: Sequence[str], change: str) -> Cells:
        line = Cells("", cells, change, is_short=self.is_short)
        line.name = self.name
        return line


def room(items: Sequence[Cells | str], count: int, limit: int | None) -> int:
    """Return how many of ``count`` cells of each line find room side by side; at least one does."""
    lines = [item for item in items if isinstance(item, Cells)]
    if limit is None or not lines:
        return count
    free = limit - max(width(line.name) for line in lines)
    least = [min(_NARROW, max(width(line.cells[place]) for line in lines)) + len(_GAP) for place in range(count)]
    return max([1, *(fitting for fitting in range(1, count + 1) if sum(least[:fitting]) <= free)])


def draw(items: Sequence[Cells | str], limit: int | None) -> Iterator[str]:
    """Yield lines of text: those of cells in columns, texts as they are.

    Args:
        items: What to draw; all lines of cells have as many of them.
        limit: Columns of the terminal; None for no limit.
    """
    lines = [item for item in items if isinstance(item, Cells)]
    names = max((width(line.name) for line in lines), default=0)
    sizes = _sizes(lines, names, limit)
    for item in items:
        if isinstance(item, str):
            yield from _wrapped(visible(item), limit)
        elif all(width(cell) <= size for cell, size in zip(item.cells, sizes, strict=True)):
            yield from _in_columns(item, names, sizes, limit)
        elif item.is_short or (len(sizes) > 2 and _stay_apart(item.cells, sizes)):
            yield from _in_columns(item.fitted(sizes), names, sizes, limit)
        else:
            yield item.name
            yield from _below(item, lines[0].cells, limit)


def _wrapped(text: str, limit: int | None) -> Iterator[str]:
    """Yield a text as lines that fit, the later ones further to the right."""
    if limit is None or width(text) <= limit:
        yield text
        return
    indent = " " * (len(text) - len(text.lstrip(" ")) + 4)
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line.strip() else f"{line or indent[4:]}{word}"
        if width(joined) > limit and line.strip():
            yield line.rstrip()
            joined = f"{indent}{shortened(word, max(1, limit - len(indent)))}"
        line = shortened(joined, limit)
    yield line.rstrip()


def _sizes(lines: Sequence[Cells], names: int, limit: int | None) -> list[int]:
    """Return the width of each column: as wide as its cells want, as far as there is room."""
    number = len(lines[0].cells) if lines else 0
    wanted = [[width(line.cells[place]) for line in lines] for place in range(number)]
    changes = max((width(line.change) + len(_GAP) for line in lines if line.change), default=0)
    for behind, least in ((changes, _NARROW + 5), (0, _NARROW)):
        for widest in range(_WIDE, least, -1):
            sizes = [_size(column, widest, shortens=number > 2) for column in wanted]
            if limit is None or names + sum(sizes) + len(_GAP) * number + behind <= limit:
                return sizes
    return [_NARROW] * number


def _size(wanted: Sequence[int], widest: int, shortens: bool) -> int:
    """Return the width of a column whose cells want so much; what is too long stands elsewhere, or is cut."""
    if shortens:
        return min(max(wanted), widest)
    return max((size for size in wanted if size <= widest), default=widest)


def _in_columns(line: Cells, names: int, sizes: Sequence[int], limit: int | None) -> Iterator[str]:
    parts = [f"{line.name}{' ' * (names - width(line.name))}"]
    parts += [f"{cell}{' ' * (size - width(cell))}" for cell, size in zip(line.cells, sizes, strict=True)]
    drawn = _GAP.join(parts).rstrip()
    if not line.change:
        yield drawn
        return
    whole = _GAP.join([*parts, line.change])
    if limit is None or width(whole) <= limit:
        yield whole
    else:
        yield drawn
        yield f"{' ' * max(0, min(names + len(_GAP), limit - width(line.change)))}{line.change}"


def _stay_apart(cells: Sequence[str], sizes: Sequence[int]) -> bool:
    short = {shortened(cell, size) for cell, size in zip(cells, sizes, strict=True)}
    return len(short) == len(set(cells))


def _below(line: Cells, heads: Sequence[str], limit: int | None) -> Iterator[str]:
    heads = [shortened(head, _LONGEST_NAME) for head in heads]
    longest = max(map(width, heads))
    free = max(_NARROW, (limit or _NO_LIMIT) - longest - 2 * len(_INDENT) - len(_GAP))
    for head, cell in zip(heads, _from_difference(line.cells, free), strict=True):
        yield f"{_INDENT * 2}{head}{' ' * (longest - width(head))}{_GAP}{cut(cell, free)}"
    if line.change:
        yield f"{_INDENT * 2}{' ' * longest}{_GAP}{line.change}"


def _from_difference(cells: Sequence[str], free: int) -> list[str]:
    """Return the cells without the beginning that they share, where they do not fit as they are."""
    if all(width(cell) <= free for cell in cells):
        return list(cells)
    start = len(commonprefix(list(cells))) - _BEFORE
    return list(cells) if start <= 0 else [f"…{cell[start:]}" for cell in cells]
