"""Pictures as plain values."""

from __future__ import annotations

import math
from typing import Any

import pytest

from exparse.errors import ExparseError
from exparse.query import plot
from exparse.query.column import MISSING
from exparse.query.named import Named
from exparse.query.plot_curves import Curve

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def scattered(xs: list[Any], ys: list[Any], by: list[Any] | None = None, log: tuple[str, ...] = ()) -> plot.Picture:
    ids = range(1, len(xs) + 1)
    return plot.scatter(Named("lr", xs), Named("acc", ys), Named("model", by) if by else None, ids, log)


def test_each_run_is_a_point_that_knows_its_number() -> None:
    found = scattered([0.1, 0.2], [1, 2])
    (series,) = found.series
    assert series.lines == [plot.Line([1, 2], [0.1, 0.2], [1.0, 2.0])]
    assert (found.points, found.by, found.left_out, found.is_joined) == (2, None, {}, False)
    assert (found.x.low, found.x.high, found.y.low, found.y.high) == (0.1, 0.2, 1, 2)


def test_what_cannot_be_drawn_is_left_out_and_told_once_a_run() -> None:
    found = scattered([1, MISSING, None, math.nan, -1, 3, MISSING], [1, 1, 1, 1, 1, math.inf, MISSING], log=("x",))
    assert found.points == 1
    assert found.left_out == {
        "without lr": 3,
        "with nan or infinite lr": 1,
        "whose lr is not above 0": 1,
        "with nan or infinite acc": 1,
    }


def test_texts_and_flags_stand_at_places_of_their_own() -> None:
    found = scattered(["b", "a", True, "b"], [1, 2, 3, 4])
    assert found.x.texts == ("True", "a", "b")
    assert found.series[0].lines[0].xs == [2.0, 1.0, 0.0, 2.0]


def test_a_few_texts_and_gaps_among_numbers_are_left_out_and_the_axis_stays_one_of_numbers() -> None:
    scores = [1.5, math.inf, math.nan, -2, "text", True, None, 0.7]
    found = scattered(list(range(8)), scores)
    assert (found.y.kind, found.y.low, found.y.high) == ("number", -2, 1.5)
    assert found.series[0].lines == [plot.Line([1, 4, 8], [0.0, 3.0, 7.0], [1.5, -2.0, 0.7])]
    assert found.left_out == {
        "with nan or infinite acc": 2,
        "whose acc is a text": 1,
        "whose acc is no number": 1,
        "without acc": 1,
    }


def test_runs_beyond_the_first_texts_are_left_out() -> None:
    found = scattered([f"t{number:03d}" for number in range(50)], list(range(50)))
    assert (found.points, found.left_out) == (40, {"beyond the first 40 values of lr": 10})


def test_a_field_makes_a_series_a_value_in_its_order() -> None:
    found = scattered([1, 2, 3, 4], [1, 2, 3, 4], ["b", MISSING, "a", "b"])
    assert [(series.name, series.lines[0].ids) for series in found.series] == [("a", [3]), ("b", [1, 4]), ("-", [2])]


def test_a_series_of_which_nothing_is_drawn_is_none() -> None:
    assert [series.name for series in scattered([1, MISSING], [1, 2], ["a", "b"]).series] == ["a"]


def test_of_many_values_the_rarest_are_one_series() -> None:
    by = [value for number in range(12) for value in [f"v{number:02d}"] * (12 - number)]
    found = scattered(list(range(len(by))), list(range(len(by))), by)
    assert [series.name for series in found.series] == [*(f"v{number:02d}" for number in range(7)), "5 others"]
    assert found.points == len(by)


@pytest.mark.parametrize("cells", [["a", "b"], [True, False]])
def test_only_numbers_stand_on_a_logarithmic_axis(cells: list[Any]) -> None:
    with pytest.raises(ExparseError, match="lr has values that are no numbers"):
        scattered(cells, [1, 2], log=("x",))


def test_no_runs_are_an_empty_picture() -> None:
    found = scattered([], [])
    assert (found.points, found.left_out) == (0, {})


CURVES = [(3, Curve([0.0, 1.0], [2.0, 1.0])), (5, Curve([], [])), (7, Curve([0.0, 2.0], [3.0, 0.5], odd=4))]


def test_each_run_is_a_curve() -> None:
    found = plot.curves(CURVES, "loss", "step", None)
    assert [(series.name, series.lines[0].name()) for series in found.series] == [("3", "run 3"), ("7", "run 7")]
    assert (found.x.high, found.y.low, found.y.high, found.is_joined) == (2, 0.5, 3, True)
    assert found.left_out == {"nan or infinite values of loss": 4, "run without a curve of loss": 1}


def test_curves_of_the_same_value_are_one_series() -> None:
    found = plot.curves(CURVES, "loss", "step", Named("lr", [0.5, 0.1, 0.5]))
    assert [(series.name, len(series.lines)) for series in found.series] == [("0.5", 2)]


def test_a_logarithmic_axis_leaves_out_what_is_not_above_zero() -> None:
    found = plot.curves(CURVES, "loss", "step", None, ("x", "y"))
    assert found.points == 2
    assert found.left_out["values not above 0"] == 2
    some = plot.curves([(1, Curve([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], odd=1))], "loss", "step", None, ("y",))
    assert some.left_out == {"nan or infinite value of loss": 1, "value not above 0": 1}


def test_values_that_read_the_same_have_places_and_series_of_their_own() -> None:
    found = scattered([0.1, "0.1", "x"], [1, 2, 3], by=[True, "True", MISSING])
    assert found.x.texts == ("0.1 (float)", "0.1 (str)", "x")
    assert [(series.name, series.lines[0].xs) for series in found.series] == [
        ("True (bool)", [0.0]), ("True (str)", [1.0]), ("-", [2.0])
    ]  # fmt: skip
