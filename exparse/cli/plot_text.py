"""A picture drawn in characters: axes, signs or dots, a legend; 80 columns and 22 lines unless told otherwise.

Own code since what it takes is small: a library for it would be one more thing to install before a first look.
"""

from __future__ import annotations

from collections import Counter

from exparse.query.shown import shortened, visible, width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from exparse.query.plot import Line, Picture
    from exparse.query.plot_axis import Axis, Tick

WIDTH, HEIGHT = 80, 22
SIGNS = "ox+*#@%&$=~abcdefghijklmnpqrstuvwyz"
"""One sign for each series; they are told apart without colour, in every font."""

_LEAST_WIDTH, _LEAST_HEIGHT = 24, 8
_MOST_LABEL = 18  # columns beside the left axis
_MANY = 200  # points of one series that dots show better than signs
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # of a braille character, by line and column
_BRAILLE = 0x2800


class Canvas:
    """A field of characters with places from 0 to 1, from left to right and from below.

    Args:
        columns: Its width.
        lines: Its height.
        is_fine: Whether it is made of braille dots, two by four a character, instead of signs.
    """

    def __init__(self, columns: int, lines: int, is_fine: bool) -> None:
        self.columns, self.lines = columns, lines
        self.across, self.down = (2, 4) if is_fine else (1, 1)
        self._is_fine = is_fine
        self._dots = [[0] * columns for _ in range(lines)]
        self._points: dict[tuple[int, int], Counter[int]] = {}

    def place(self, x: float, y: float) -> tuple[int, int]:
        """Return column and line of a place, in the canvas's own dots."""
        columns, lines = self.columns * self.across, self.lines * self.down
        return round(x * (columns - 1)), round((1 - y) * (lines - 1))

    def put(self, column: int, line: int, series: int) -> None:
        """Put a point of a series, or the dot of a fine canvas."""
        at, row = column // self.across, line // self.down
        if self._is_fine:
            self._dots[row][at] |= _DOTS[line % 4][column % 2]
        else:
            self._points.setdefault((row, at), Counter())[series] += 1

    def join(self, start: tuple[int, int], end: tuple[int, int], series: int) -> None:
        """Put points of a series from one place to another."""
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            self.put(
                start[0] + round((end[0] - start[0]) * step / steps),
                start[1] + round((end[1] - start[1]) * step / steps),
                series,
            )

    def seen(self) -> dict[tuple[int, int], int]:
        """Return the series that is seen at each line and column with points of any; none of a fine canvas.

        That is the one with the most points there; of several with as many, the one that is seen the least so far.
        """
        often: Counter[int] = Counter()
        found = {}
        # Where there is no choice, none is taken from a series that has nothing else.
        for place, points in sorted(self._points.items(), key=lambda item: (len(item[1]), item[0])):
            most = max(points.values())
            found[place] = min((often[at], at) for at, number in points.items() if number == most)[1]
            often[found[place]] += 1
        return found

    def rows(self) -> list[str]:
        """Return its lines."""
        if not self._is_fine:
            signs = {place: SIGNS[series % len(SIGNS)] for place, series in self.seen().items()}
            return ["".join(signs.get((row, at), " ") for at in range(self.columns)) for row in range(self.lines)]
        return ["".join(chr(_BRAILLE + dots) if dots else " " for dots in row) for row in self._dots]


def draw(picture: Picture, columns: int | None, lines: int, knows_blocks: bool) -> list[str]:
    """Return the picture in harmless lines.

    Args:
        picture: What to draw.
        columns: Most columns that a line takes; None for 80.
        lines: How many lines it takes in all, the legend included.
        knows_blocks: Whether the output can show braille and box characters.
    """
    columns = max(columns or WIDTH, _LEAST_WIDTH)
    legend = _legend(picture, columns)
    height = max(lines - 4 - len(legend), _LEAST_HEIGHT)
    is_fine = knows_blocks and _wants_dots(picture)
    canvas, up, gutter = _filled(picture, columns, height, is_fine)
    if _hidden(picture, canvas) and height > _LEAST_HEIGHT:
        # What is told below takes a line of the picture.
        canvas, up, gutter = _filled(picture, columns, height - 1, is_fine)
    legend += _hidden_told(picture, canvas, columns)
    beside = {canvas.place(0, tick.share)[1] // canvas.down: tick.text for tick in up}
    bar, tee, corner, dash = "│┤└─" if knows_blocks else "|+`-"
    drawn = [shortened(visible(picture.y.name), columns)]
    for at, row in enumerate(canvas.rows()):
        label = shortened(visible(beside.get(at, "")), gutter)
        drawn.append(f"{' ' * (gutter - width(label))}{label} {tee if at in beside else bar}{row}".rstrip())
    below, marks = _below(picture.x, canvas, columns - gutter - 2)
    floor = "".join(("┬" if knows_blocks else "+") if at in marks else dash for at in range(canvas.columns))
    name = shortened(visible(picture.x.name), columns)
    drawn += [f"{' ' * gutter} {corner}{floor}", f"{' ' * (gutter + 2)}{below}".rstrip()]
    return [*drawn, f"{' ' * (columns - width(name))}{name}", *legend]


def _filled(picture: Picture, columns: int, height: int, is_fine: bool) -> tuple[Canvas, list[Tick], int]:
    """Return the picture's points on a canvas, the values beside it, and the columns that these take."""
    up = picture.y.ticks(height if picture.y.kind == "text" else height // 3)
    gutter = min(max((width(visible(tick.text)) for tick in up), default=0), _MOST_LABEL, columns // 3)
    canvas = Canvas(columns - gutter - 2, height, is_fine)
    for at, series in enumerate(picture.series):
        for line in series.lines:
            _put(canvas, line, picture, at)
    return canvas, up, gutter


def _hidden(picture: Picture, canvas: Canvas) -> list[str]:
    """Return the names of the series of which no point is seen, since others stand before them."""
    seen = set(canvas.seen().values())
    return [series.name for at, series in enumerate(picture.series) if seen and at not in seen and series.lines]


def _hidden_told(picture: Picture, canvas: Canvas, columns: int) -> list[str]:
    hidden = _hidden(picture, canvas)
    return [shortened(visible(f"hidden behind others: {', '.join(hidden)}"), columns)] if hidden else []


def _wants_dots(picture: Picture) -> bool:
    return len(picture.series) == 1 and (picture.is_joined or picture.points > _MANY)


def _put(canvas: Canvas, line: Line, picture: Picture, series: int) -> None:
    places = [
        canvas.place(picture.x.share(x), picture.y.share(y)) for x, y in zip(line.xs, line.ys, strict=True)
    ]  # fmt: skip
    if picture.is_joined and len(places) > 1:
        for start, end in zip(places, places[1:], strict=False):
            canvas.join(start, end, series)
        return
    for column, row in places:
        canvas.put(column, row, series)


def _legend(picture: Picture, columns: int) -> list[str]:
    """Return the names of the series with their signs, in as many lines as they need."""
    if picture.by is None or not picture.series:
        return []
    is_dotted = _wants_dots(picture)
    shown = [
        ("" if is_dotted else f"{SIGNS[at % len(SIGNS)]} ") + shortened(visible(series.name), columns // 2)
        for at, series in enumerate(picture.series)
    ]
    lines = [f"{shortened(visible(picture.by), columns // 3)}:"]
    for text in shown:
        if width(lines[-1]) + 2 + width(text) > columns:
            lines.append("")
        lines[-1] += f"  {text}"
    return lines


def _below(axis: Axis, canvas: Canvas, room: int) -> tuple[str, set[int]]:
    """Return the values written below the axis, and the columns at which they stand."""
    for most in range(max(room // 10, 2), 0, -1):
        ticks = axis.ticks(most)
        placed = list(_placed(ticks, lambda tick: canvas.place(tick.share, 0)[0] // canvas.across, room, most))
        if all(begin > end for (_, _, end), (_, begin, _) in zip(placed, placed[1:], strict=False)):
            break
    text = ""
    for tick, begin, _ in placed:
        text += " " * (begin - width(text)) + tick
    return text, {canvas.place(tick.share, 0)[0] // canvas.across for tick in ticks[: len(placed)]}


def _placed(
    ticks: Sequence[Tick], column: Callable[[Tick], int], room: int, most: int
) -> Iterator[tuple[str, int, int]]:
    """Yield the text of each tick with the columns where it begins, and behind which it ends."""
    for tick in ticks:
        text = shortened(visible(tick.text), max(room // most - 2, 6))
        begin = min(max(column(tick) - width(text) // 2, 0), max(room - width(text), 0))
        yield text, begin, begin + width(text)
