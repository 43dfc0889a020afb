"""Numbers of many runs as a few."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import stats
from exparse.query.column import MISSING
from exparse.query.stats import Stat, stat

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

finite = st.floats(allow_nan=False, allow_infinity=False)


def of(*values: Any) -> Stat:
    return stat(values, range(1, len(values) + 1))


def test_figures_are_those_of_a_sample_and_name_their_runs() -> None:
    found = of(2, 4.0, 4, 6)
    assert (found.n, found.odd, found.mean, found.low, found.high) == (4, 0, 4.0, 2, 6)
    assert found.std == pytest.approx(statistics.stdev([2, 4, 4, 6]))
    assert (found.low_id, found.high_id) == (1, 4)
    assert (found.best(True), found.best(False)) == ((2, 1), (6, 4))


def test_what_is_no_number_has_no_say_and_what_is_not_finite_is_counted_apart() -> None:
    found = of(1.0, "high", True, None, MISSING, math.nan, -math.inf, 10**400, [2], 3)
    assert (found.n, found.odd, found.mean, found.low_id, found.high_id) == (2, 3, 2.0, 1, 10)


def test_of_runs_that_are_equally_good_the_newest_is_the_best() -> None:
    assert (of(0.5, 0.9, 0.9).high_id, of(0.1, 0.1, 0.9).low_id, of(1, 1.0).high_id) == (3, 2, 2)


def test_one_value_has_no_deviation_and_no_value_has_nothing() -> None:
    assert of(0.5) == Stat(1, 0, 0.5, None, 0.5, 0.5, 1, 1)
    assert of() == Stat()
    assert of(math.nan) == Stat(odd=1)


@pytest.mark.parametrize("size", [1.7e308, 1e200, 1.0, 1e-200, 5e-324])
def test_the_largest_and_the_smallest_floats_have_mean_and_deviation(size: float) -> None:
    found = of(size, -size, size, -size)
    assert found.mean == 0
    assert found.std == pytest.approx(size * math.sqrt(4 / 3)) or size * 2 > 1e308 or size < 1e-300


@given(st.lists(finite, min_size=1))
def test_the_mean_lies_between_the_smallest_and_the_largest(values: list[float]) -> None:
    found = of(*values)
    assert found.mean is not None and min(values) <= found.mean <= max(values)
    assert found.std is None if len(values) == 1 else found.std is not None and found.std >= 0
    assert values[(found.low_id or 0) - 1] == min(values)
    assert values[(found.high_id or 0) - 1] == max(values)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2))
def test_mean_and_deviation_are_those_of_the_standard_library(values: list[float]) -> None:
    found = of(*values)
    assert found.mean == pytest.approx(statistics.fmean(values), rel=1e-12, abs=1e-9)
    assert found.std == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "name", ["loss", "val_loss", "val/RMSE", "testError", "eval.top1_err", "seconds", "Perplexity"]
)
def test_the_smallest_is_the_best_of_a_loss(name: str) -> None:
    assert stats.is_smaller_better(name)


@pytest.mark.parametrize("name", ["acc", "lossless", "f1", "reward", "terror", "auc", "", "мера"])
def test_the_largest_is_the_best_of_all_else(name: str) -> None:
    assert not stats.is_smaller_better(name)
