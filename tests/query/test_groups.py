"""Runs in groups."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import groups
from exparse.query.column import MISSING
from exparse.query.varying import key

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

cells = st.lists(
    st.sampled_from([1, 1.0, True, "1", None, MISSING, "a", math.nan, float("nan"), math.inf, 2, -0.5])
    | st.lists(st.integers(0, 2), max_size=2),
    max_size=12,
)


def keys(*fields: list[Any]) -> list[tuple[Any, ...]]:
    return [group.keys for group in groups.grouped(fields, {}, range(len(fields[0])))]


def test_a_group_holds_the_runs_that_are_alike_and_their_figures() -> None:
    found = groups.grouped([["b", "a", "b"]], {"acc": [0.5, 0.7, 0.9]}, [3, 4, 9])
    assert [(group.keys, group.places) for group in found] == [(("a",), [1]), (("b",), [0, 2])]
    acc = found[1].values["acc"]
    assert (acc.n, acc.mean, acc.low_id, acc.high_id) == (2, pytest.approx(0.7), 3, 9)


def test_values_of_different_types_are_different_groups() -> None:
    assert [(type(k[0]), k[0]) for k in keys([True, 1, 1.0, "1", 1])] == [
        (bool, True),
        (int, 1),
        (float, 1.0),
        (str, "1"),
    ]


def test_what_a_run_lacks_is_a_group_of_its_own_and_comes_last() -> None:
    assert keys([MISSING, 3, None, "x", MISSING, 1]) == [(1,), (3,), ("x",), (None,), (MISSING,)]


def test_nan_is_one_group() -> None:
    found = groups.grouped([[math.nan, 1.0, float("nan")]], {}, [1, 2, 3])
    assert [group.places for group in found] == [[1], [0, 2]]


def test_groups_of_two_fields_are_their_combinations() -> None:
    assert keys(["a", "b", "a"], [2, 1, 1]) == [("a", 1), ("a", 2), ("b", 1)]


def test_a_run_with_several_marks_is_in_the_group_of_each() -> None:
    found = groups.grouped([[("x", "y"), (), ("y",)]], {}, [1, 2, 3])
    assert [(group.keys[0], group.places) for group in found] == [("x", [0]), ("y", [0, 2]), (MISSING, [1])]


def test_without_fields_all_runs_are_one_group_and_no_runs_are_none() -> None:
    assert [group.places for group in groups.grouped([], {}, [5, 6])] == [[0, 1]]
    assert groups.grouped([], {}, []) == groups.grouped([[]], {}, []) == []


def same(value: Any) -> Any:
    return "missing" if value is MISSING else key(value)


@given(cells)
def test_every_run_is_in_one_group_with_all_that_are_like_it(values: list[Any]) -> None:
    found = groups.grouped([values], {}, range(len(values)))
    assert sorted(place for group in found for place in group.places) == list(range(len(values)))
    for group in found:
        assert {same(values[place]) for place in group.places} == {same(group.keys[0])}
    assert len({same(group.keys[0]) for group in found}) == len(found)


@given(cells)
def test_runs_that_repeat_another_one_are_counted(values: list[Any]) -> None:
    often = Counter(map(same, values))
    assert groups.repeats([values], len(values)) == sum(number for number in often.values() if number > 1)
    assert groups.differs(values) == (len(often) > 1)


@pytest.mark.parametrize(
    ("name", "is_one"), [("seed", True), ("train.Seed", True), ("seedling", False), ("rng_seed", True)]
)
def test_a_seed_is_known_by_its_name(name: str, is_one: bool) -> None:
    assert groups.is_seed(name) is is_one
