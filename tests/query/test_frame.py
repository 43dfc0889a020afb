"""Rows as a DataFrame: every value comes through as it was recorded."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query.frame import series

LARGE = 2**62 + 1


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([LARGE, None], "Int64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        ([0.5, 1.5], "float64"),
        ([0.5, None], "float64"),
        ([1, 0.5], "float64"),
        ([1, 0.5, None], "float64"),
        (["a", "b"], "object"),
        (["a", None], "object"),
        ([None, None], "object"),
        ([[1], [2]], "object"),
        ([[1, 2], [3, 4]], "object"),
        ([1, "a"], "object"),
        ([1, True], "object"),
        ([2**70, 1], "object"),
        ([LARGE, 0.5], "object"),
        (["007", "1e5", "yes"], "object"),
        ([{"a": 1}], "object"),
        ([], "object"),
    ],
)
def test_each_kind_of_values_has_its_type(values: list[Any], dtype: str) -> None:
    column = series(values)
    assert column.dtype == dtype
    assert same(list(column), values)


def test_a_text_that_is_missing_is_none() -> None:
    assert series(["a", None])[1] is None


def test_moments_are_those_of_utc_and_what_has_no_zone_is_a_gap() -> None:
    moment = datetime(2026, 11, 21, 5, 40, tzinfo=timezone(timedelta(hours=-3)))
    found = series([moment, None, moment.replace(tzinfo=None), moment.replace(year=9000)])
    assert str(found.dtype) == "datetime64[ns, UTC]"
    assert found[0] == moment and list(found.isna()) == [False, True, True, True]


def same(found: list[Any], recorded: list[Any]) -> bool:
    return len(found) == len(recorded) and all(map(is_same, found, recorded))


def is_same(found: Any, recorded: Any) -> bool:
    if recorded is None:
        return found is None or found is pandas.NA or (isinstance(found, float) and math.isnan(found))
    if isinstance(recorded, float) and math.isnan(recorded):
        return bool(math.isnan(found))
    if isinstance(recorded, bool) or isinstance(recorded, (str, list, dict)):
        return type(found).__name__.rstrip("_") == type(recorded).__name__ and found == recorded
    return bool(found == recorded)


scalars = st.none() | st.booleans() | st.integers() | st.integers(-9, 9) | st.floats() | st.text()


@given(
    st.lists(scalars | st.lists(st.integers()))
    | st.lists(st.integers() | st.none())
    | st.lists(st.floats() | st.integers())
    | st.lists(st.booleans() | st.none())
)
def test_no_value_is_changed_or_guessed(values: list[Any]) -> None:
    assert same(list(series(values)), values)
