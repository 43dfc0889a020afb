"""The axes of a picture."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import plot_axis
from exparse.query.column import MISSING

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

finite = st.floats(allow_nan=False, allow_infinity=False)


def texts(low: float, high: float, most: int = 5, is_log: bool = False) -> list[str]:
    return [tick.text for tick in plot_axis.over("x", "number", [low, high], is_log).ticks(most)]


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (0, 1, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0.72, 0.91, ["0.75", "0.8", "0.85", "0.9"]),
        (-3, 3, ["-2", "0", "2"]),
        (1e-7, 3e-7, ["1e-07", "1.5e-07", "2e-07", "2.5e-07", "3e-07"]),
        (1000000, 1000004, ["1000000", "1000001", "1000002", "1000003", "1000004"]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, told: list[str]) -> None:
    assert texts(low, high) == told


def test_ticks_of_a_logarithmic_axis_are_powers_of_ten() -> None:
    assert texts(1e-5, 0.2, is_log=True) == ["1e-05", "0.0001", "0.001", "0.01", "0.1"]
    assert texts(1e-300, 1e300, is_log=True)[0] == "1e-300"
    assert texts(2.0, 3.0, is_log=True) == ["2", "2.2", "2.4", "2.6", "2.8", "3"]


@given(st.lists(finite, min_size=1, max_size=4), st.integers(1, 12))
def test_every_value_and_every_tick_stands_on_the_axis(values: list[float], most: int) -> None:
    axis = plot_axis.over("x", "number", values)
    ticks = axis.ticks(most)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert 1 <= len(ticks) <= most + 2
    assert all(0 <= tick.share <= 1 and tick.text for tick in ticks)
    assert [tick.share for tick in ticks] == sorted(tick.share for tick in ticks)


@given(st.lists(st.floats(5e-324, 1.7e308), min_size=1, max_size=4), st.integers(1, 12))
def test_a_logarithmic_axis_holds_every_positive_number(values: list[float], most: int) -> None:
    axis = plot_axis.over("x", "number", values, is_log=True)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert axis.ticks(most)


@pytest.mark.parametrize("value", [0.0, 0.1, -5.0, 1e300, 1.7976931348623157e308, 5e-324, -1.7976931348623157e308])
def test_a_single_value_has_room_on_both_sides_where_there_are_floats(value: float) -> None:
    axis = plot_axis.over("x", "number", [value])
    assert axis.low < axis.high and 0 <= axis.share(value) <= 1


def test_texts_stand_in_their_order_and_are_thinned_out_where_there_is_no_room() -> None:
    found = list(plot_axis.categories(["b", 10, 9, True, "a", None, MISSING, ("x", "y")]).values())
    assert found == ["True", "9", "10", "a", "b", "x, y", "None"]
    axis = plot_axis.over("x", "text", [], texts=found)
    assert [tick.text for tick in axis.ticks(4)] == ["True", "10", "b", "None"]
    assert axis.told(3.0) == "a"


def test_values_that_read_the_same_are_told_apart() -> None:
    assert plot_axis.told_apart(["a", "", None, MISSING]) == ["a", "''", "None", "-"]
    assert plot_axis.told_apart([1, "1", 1.0, True, "True"]) == [
        "1 (int)", "1 (str)", "1.0", "True (bool)", "True (str)"
    ]  # fmt: skip
    assert plot_axis.told_apart([0.12345678901, 0.12345678902]) == ["0.12345678901", "0.12345678902"]
    assert plot_axis.told_apart(["-", MISSING]) == ["- (str)", "-"]
    assert list(plot_axis.categories([1, "1", "1"]).values()) == ["1 (int)", "1 (str)"]


def test_of_very_many_texts_the_first_are_taken() -> None:
    assert len(plot_axis.categories([f"t{number}" for number in range(500)])) == plot_axis.MOST_CATEGORIES


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, MISSING, None], "number"),
        ([True, 1], "text"),
        (["a", 1], "text"),
        ([], "text"),
        ([datetime.now()], "time"),
    ],
)
def test_the_kind_of_an_axis_follows_from_its_values(values: list[object], kind: str) -> None:
    assert plot_axis.kind_of(values) == kind


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (1 / 86400, "05:00:00"),
        (0.01, "05:00"),
        (2, "20 12:00"),
        (20, "11-20"),
        (800, "2026-10-22"),
        (100000, "2027-11-30"),
    ],
)
def test_moments_are_told_to_what_the_axis_resolves(days: float, first: str) -> None:
    start = plot_axis.seconds_of(datetime(2026, 11, 20, 5))
    ticks = plot_axis.over("started", "time", [start, start + days * 86400]).ticks(6)
    assert 1 <= len(ticks) <= 6
    assert len(ticks[0].text) == len(first)


def test_a_moment_beyond_all_calendars_is_a_number() -> None:
    assert plot_axis.moment(1e300) == "1e+300"
    assert plot_axis.number(10**400) is None and plot_axis.number(math.nan) is None and plot_axis.number(3) == 3.0
