"""Sorting by any values."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from making import make_run

from exparse.query import order, rows
from exparse.store.root import Root


def by(values: list[Any], falling: bool = False) -> list[Any]:
    """Return values as they come when rows that hold them are sorted."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "exruns"
        for value in values:
            make_run(root, {"x": value})
        found = list(rows.read(Root(root).runs()))
        sort = order.ordered(found, [(lambda row: row.params.get("x"), falling)])
        return [row.params["x"] for row in sort]


def test_numbers_come_before_texts_and_texts_before_the_rest() -> None:
    assert by(["b", [1], 2, "a", True, 0.5]) == [0.5, True, 2, "a", "b", [1]]


def test_what_is_missing_comes_last_in_both_directions() -> None:
    assert by([None, 2, 1]) == [1, 2, None]
    assert by([None, 1, 2], falling=True) == [2, 1, None]
    assert by([float("nan"), 2, 1])[:2] == [1, 2]


def test_equal_rows_stay_in_their_order() -> None:
    assert by([1, True, 1.0]) == [1, True, 1.0]
    assert [type(v) for v in by([1, True, 1.0], falling=True)] == [int, bool, float]


def test_anything_can_be_sorted_by_what_is_read_from_it() -> None:
    cells = [3, 1, None, 2, 1]
    assert order.ordered(range(5), [(cells.__getitem__, False)]) == [1, 4, 3, 0, 2]
    assert order.ordered(range(5), [(cells.__getitem__, True)]) == [0, 3, 1, 4, 2]
    assert order.ordered("bca", [(ord, True)]) == ["c", "b", "a"]


values = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(max_size=5)


@settings(max_examples=25, deadline=None)
@given(st.lists(values | st.lists(values, max_size=2), max_size=6), st.booleans())
def test_any_mixture_can_be_sorted(mixture: list[Any], falling: bool) -> None:
    assert sorted(map(repr, by(mixture, falling))) == sorted(map(repr, mixture))
