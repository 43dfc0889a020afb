"""A picture as plain values: axes, and series of points or lines. What draws it is a matter of the command."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from exparse.errors import ExparseError
from exparse.query import plot_axis
from exparse.query.column import MISSING
from exparse.query.groups import exact, grouped
from exparse.query.plot_axis import Axis
from exparse.query.stats import is_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from exparse.query.named import Named
    from exparse.query.plot_curves import Curve

MOST_SERIES = 8
"""Series that can be told apart; of more values, the rarest are one series together."""


class Line(NamedTuple):
    """Points that belong together.

    Attributes:
        ids: The number of the run of each point; a single one for a curve.
        xs: Where they stand.
        ys: Likewise.
    """

    ids: list[int]
    xs: list[float]
    ys: list[float]

    def name(self, at: int = 0) -> str:
        """Return what a point, or the whole curve, is called."""
        return f"run {self.ids[min(at, len(self.ids) - 1)]}"


class Series(NamedTuple):
    """What has one colour or sign.

    Attributes:
        name: What the legend says.
        lines: The curves, or all points as one.
    """

    name: str
    lines: list[Line]


class Picture(NamedTuple):
    """What there is to draw.

    Attributes:
        x: The axis below.
        y: The axis to the left.
        by: What the series differ in; None for a single series without a name.
        series: What to draw.
        is_joined: Whether the points of a line are joined.
        left_out: How many runs or values are not in it, by the reason, which reads well behind the number.
    """

    x: Axis
    y: Axis
    by: str | None
    series: list[Series]
    is_joined: bool
    left_out: dict[str, int]

    @property
    def points(self) -> int:
        """How many points there are."""
        return sum(len(line.xs) for series in self.series for line in series.lines)


class _Scale:
    """Turns the cells of a field into places on an axis."""

    def __init__(self, field: Named, is_log: bool) -> None:
        self.name, self.is_log = field.name, is_log
        self.kind = plot_axis.kind_of(field.cells)
        if is_log and self.kind != "number" and any(cell is not MISSING for cell in field.cells):
            raise ExparseError(f"{field.name} has values that are no numbers: leave it out of --log")
        known = plot_axis.categories(field.cells) if self.kind == "text" else {}
        self.texts = list(known.values())
        self._at = {value: float(place) for place, value in enumerate(known)}

    def place(self, cell: Any) -> float | str:
        """Return where a value stands, or why it stands nowhere."""
        if cell is MISSING or (cell is None and self.kind != "text"):
            return f"without {self.name}"
        if self.kind == "text":
            return self._at.get(exact(cell), f"beyond the first {len(self._at)} values of {self.name}")
        if self.kind == "time":
            return plot_axis.seconds_of(cell)
        if not is_number(cell):
            return f"whose {self.name} is {'a text' if isinstance(cell, str) else 'no number'}"
        found = plot_axis.number(cell)
        if found is None:
            return f"with nan or infinite {self.name}"
        return f"whose {self.name} is not above 0" if self.is_log and found <= 0 else found

    def axis(self, values: Sequence[float]) -> Axis:
        """Return the axis that holds these values."""
        return plot_axis.over(self.name, self.kind, values, self.is_log, self.texts)


def scatter(x: Named, y: Named, by: Named | None, ids: Sequence[int], log: Collection[str] = ()) -> Picture:
    """Return a picture with one point a run.

    Args:
        x: The field below.
        y: The field to the left.
        by: The field whose values are one series each; None for a single series.
        ids: The numbers of the runs.
        log: Which axes are logarithmic: ``x``, ``y``.

    Raises:
        ExparseError: If an axis of texts or moments is to be logarithmic.
    """
    across, up = _Scale(x, "x" in log), _Scale(y, "y" in log)
    left_out: Counter[str] = Counter()
    places: dict[int, tuple[float, float]] = {}
    for at, cells in enumerate(zip(x.cells, y.cells, strict=True)):
        found = across.place(cells[0]), up.place(cells[1])
        why = next((place for place in found if isinstance(place, str)), None)
        if why is not None:
            left_out[why] += 1
        else:
            places[at] = found  # type: ignore[assignment]  # what is no text is a number
    series = [
        Series(name, [_line(ids, places, held)])
        for name, held in split(by and by.cells, ids, lambda at: at in places)
    ]  # fmt: skip
    xs, ys = ([place[side] for place in places.values()] for side in (0, 1))
    return Picture(across.axis(xs), up.axis(ys), by and by.name, series, False, dict(left_out))


def _line(ids: Sequence[int], places: dict[int, tuple[float, float]], held: Sequence[int]) -> Line:
    return Line([ids[at] for at in held], [places[at][0] for at in held], [places[at][1] for at in held])


def split(
    cells: Sequence[Any] | None, ids: Sequence[int], holds: Callable[[int], bool] = lambda at: True
) -> list[tuple[str, list[int]]]:
    """Return the places of runs by a field, with the name of each series; the rarest values are one together.

    Args:
        cells: The field; None for a single series without a name.
        ids: The numbers of the runs.
        holds: Whether a place counts.
    """
    if cells is None:
        return [("", [at for at in range(len(ids)) if holds(at)])]
    held_by = [(group.keys[0], list(filter(holds, group.places))) for group in grouped([cells], {}, ids)]
    held_by = [(value, held) for value, held in held_by if held]
    names = plot_axis.told_apart([value for value, _ in held_by])
    found = [(name, held) for name, (_, held) in zip(names, held_by, strict=True)]
    if len(found) <= MOST_SERIES:
        return found
    most = sorted(found, key=lambda entry: -len(entry[1]))[: MOST_SERIES - 1]
    kept = [entry for entry in found if any(entry is one for one in most)]
    rest = [at for entry in found if not any(entry is one for one in most) for at in entry[1]]
    return [*kept, (f"{len(found) - len(kept)} others", sorted(rest))]


def curves(
    found: Sequence[tuple[int, Curve]], metric: str, x: str, by: Named | None, log: Collection[str] = ()
) -> Picture:
    """Return a picture with one line a run.

    Args:
        found: Numbers of runs, and their curves.
        metric: The name of the metric.
        x: What the axis below is called.
        by: The field whose values are one series each, one cell a curve; None for a series a run.
        log: Which axes are logarithmic: ``x``, ``y``.
    """
    odd, beyond = sum(curve.odd for _, curve in found), 0
    lines = []
    for number, curve in found:
        pairs = [
            (x, y)
            for x, y in zip(curve.xs, curve.ys, strict=True)
            if not ("x" in log and x <= 0) and not ("y" in log and y <= 0)
        ]
        beyond += len(curve.xs) - len(pairs)
        lines.append(Line([number], [pair[0] for pair in pairs], [pair[1] for pair in pairs]))
    without = sum(not curve.xs and not curve.odd for _, curve in found)
    left_out = {
        f"nan or infinite {_noun('value', odd)} of {metric}": odd,
        f"{_noun('value', beyond)} not above 0": beyond,
        f"{_noun('run', without)} without a curve of {metric}": without,
    }
    drawn = [at for at, line in enumerate(lines) if line.xs]
    ids = [number for number, _ in found]
    if by is None:
        series = [Series(str(ids[at]), [lines[at]]) for at in drawn]
    else:
        held = split(by.cells, ids, set(drawn).__contains__)
        series = [Series(name, [lines[at] for at in places]) for name, places in held]
    axes = [
        plot_axis.over(name, "number", [value for at in drawn for value in values(lines[at])], side in log)
        for name, side, values in ((x, "x", _xs), (metric, "y", _ys))
    ]
    return Picture(axes[0], axes[1], by.name if by else "run", series, True, {k: n for k, n in left_out.items() if n})


def _noun(one: str, count: int) -> str:
    return one if count == 1 else f"{one}s"


def _xs(line: Line) -> list[float]:
    return line.xs


def _ys(line: Line) -> list[float]:
    return line.ys
