"""Pictures in characters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.cli.plot_text import SIGNS, draw
from exparse.query import plot
from exparse.query.named import Named
from exparse.query.plot_curves import Curve
from exparse.query.shown import width

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

HOSTILE = "\x1b[2J\u202e日本\n"
values = st.floats() | st.integers() | st.text(max_size=5) | st.booleans() | st.none()


def scatter(xs: list[Any], ys: list[Any], by: list[Any] | None = None, name: str = "x") -> plot.Picture:
    return plot.scatter(Named(name, xs), Named("y", ys), by and Named(name, by) or None, range(len(xs)))


def body(picture: plot.Picture, columns: int = 40, knows_blocks: bool = True) -> list[str]:
    return draw(picture, columns, 12, knows_blocks)


def test_a_point_stands_where_its_values_are() -> None:
    assert body(scatter([0, 1, 2], [0, 1, 2])) == [
        "y",
        "2 ┤                                    o",
        "  │",
        "  │",
        "  │",
        "1 ┤                  o",
        "  │",
        "  │",
        "0 ┤o",
        "  └┬─────────────────┬─────────────────┬",
        "   0                 1                 2",
        "                                       x",
    ]


def test_ascii_is_enough() -> None:
    lines = body(scatter([0, 1], [0, 1]), knows_blocks=False)
    assert "".join(lines).isascii() and any("o" in line for line in lines)


def test_a_single_curve_is_drawn_in_dots_and_several_in_signs() -> None:
    curves = [(number, Curve([0.0, 9.0], [0.0, float(number)])) for number in (1, 2)]
    dots = "".join(body(plot.curves(curves[:1], "f", "s", None))[1:-1])
    assert any("\u2800" < char < "\u2900" for char in dots) and "o" not in dots
    signs = body(plot.curves(curves, "loss", "step", None))
    assert signs[-1] == "run:  o 1  x 2"
    assert not any("\u2800" <= char < "\u2900" for line in signs for char in line)
    assert "*" not in "".join(body(plot.curves(curves[:1], "loss", "step", None), knows_blocks=False))


def test_a_curve_of_one_value_is_a_point() -> None:
    drawn = body(plot.curves([(1, Curve([3.0], [5.0])), (2, Curve([3.0], [7.0]))], "loss", "step", None))
    assert "".join(drawn[1:9]).count("o") == 1


def test_very_many_points_are_drawn_in_dots() -> None:
    places = list(range(10_000))
    drawn = draw(scatter(places, [place * place for place in places]), 80, 22, True)
    assert len(drawn) == 22 and any("\u2800" < char < "\u2900" for line in drawn for char in line)


def test_a_long_legend_takes_lines_from_the_picture() -> None:
    count = plot.MOST_SERIES
    drawn = draw(
        scatter(list(range(count)), list(range(count)), [f"{at}{'z' * 30}" for at in range(count)]), 60, 22, True
    )
    assert len(drawn) <= 22 and all(width(line) <= 60 for line in drawn)
    assert all(any(f"{SIGNS[at]} {at}z" in line for line in drawn) for at in range(count))


@pytest.mark.parametrize("columns", [1, 20, 24, 40, 80, 200])
def test_no_name_or_value_has_power_over_the_terminal(columns: int) -> None:
    drawn = draw(scatter([HOSTILE, "a" * 90], [HOSTILE * 9, 2], [HOSTILE, 1], name=HOSTILE), columns, 22, True)
    assert all(line.isprintable() for line in drawn)
    assert all(width(line) <= max(columns, 24) for line in drawn)


@given(st.lists(st.tuples(values, values, values), max_size=8), st.integers(1, 120), st.integers(1, 40))
def test_whatever_the_values_the_picture_fits(rows: list[tuple[Any, Any, Any]], columns: int, lines: int) -> None:
    xs, ys, by = ([row[at] for row in rows] for at in range(3))
    drawn = draw(scatter(xs, ys, by), columns, lines, True)
    assert all(width(line) <= max(columns, 24) and line.isprintable() for line in drawn)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
def test_every_point_is_drawn(ys: list[float]) -> None:
    drawn = draw(scatter(list(range(len(ys))), ys), 80, 22, True)
    assert sum(line.count("o") for line in drawn[1:-3]) == len(ys)


def test_no_series_vanishes_behind_another_one() -> None:
    many = scatter([0] * 5 + [1], [0] * 5 + [1], ["a", "b", "b", "b", "a", "a"])
    drawn = body(many)
    assert drawn[8].endswith("x") and drawn[1].endswith("o")
    same = scatter([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], ["a", "b"] * 3)
    signs = "".join(body(same)[:-2])
    assert signs.count("o") == 2 and signs.count("x") == 1


def test_a_series_of_which_nothing_is_seen_is_told() -> None:
    drawn = draw(scatter([0, 0, 0, 1], [0, 0, 0, 1], ["often", "often", "rare", "often"]), 60, 22, True)
    assert drawn[-1] == "hidden behind others: rare" and len(drawn) == 22
    assert drawn[-2] == "x:  o often  x rare"
