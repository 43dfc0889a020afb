"""Metrics as a table with sparklines."""

from __future__ import annotations

import math

import pytest

from exparse.cli import charts
from exparse.query import spark
from exparse.query.curves import Curve
from exparse.query.shown import width

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (3.0, "3"),
        (-0.0, "0"),
        (0.123456789, "0.12346"),
        (1e-9, "1e-09"),
        (123456.0, "123456"),
        (1e300, "1e+300"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_a_number_is_short_and_keeps_its_size(value: float | None, text: str) -> None:
    assert charts.number(value) == text


def curve(name: str, part: str | None = None) -> Curve:
    return Curve(name, part, [1.0, 2.0] * 40, 2.0, 79, 1.0, 2.0)


@pytest.mark.parametrize("columns", [40, 60, 80, 200])
def test_the_table_fits_and_keeps_the_last_value_and_the_line(columns: int) -> None:
    curves = [curve("loss"), curve("a/very/long/name/" * 10), curve("日本" * 40), curve("x", "w1")]
    lines = charts.lines(curves, columns, spark.BLOCKS)
    assert all(width(line) <= columns for line in lines)
    assert all(set(line) & set(spark.BLOCKS) for line in lines[1:])


def test_of_very_many_metrics_the_first_are_shown() -> None:
    lines = charts.lines([curve(f"m{number}") for number in range(100)], 80, spark.PLAIN)
    assert len(lines) == charts.MOST + 2
    assert lines[-1] == "  and 60 more"
