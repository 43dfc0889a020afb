"""Sparklines."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from exparse.query import spark


def test_a_line_rises_with_its_values() -> None:
    assert spark.line([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert spark.line([7, 0]) == "█▁"
    assert spark.line([0, 7], spark.PLAIN) == "_*"


def test_what_never_changes_stands_in_the_middle() -> None:
    assert spark.line([3.0, 3.0, 3.0]) == "▅▅▅"


def test_what_is_no_number_is_a_gap() -> None:
    assert spark.line([0, math.nan, math.inf, 1]) == "▁  █"
    assert spark.line([math.nan]) == ""
    assert spark.line([]) == ""


def test_many_values_become_means_of_their_shares() -> None:
    assert spark.shares([0, 2, 4, 6], 2) == [1, 5]
    assert spark.shares([0, math.nan, math.inf, math.nan], 2)[0] == 0
    assert spark.line([0] * 500 + [1] * 500, width=10) == "▁▁▁▁▁█████"


@given(st.lists(st.floats()), st.integers(1, 40), st.sampled_from([spark.BLOCKS, spark.PLAIN]))
def test_any_values_fit_the_width(values: list[float], width: int, levels: str) -> None:
    drawn = spark.line(values, levels, width)
    assert len(drawn) in (0, min(len(values), width))
    assert set(drawn) <= {*levels, " "}
