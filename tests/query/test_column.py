"""Columns: values of any kind in, the same values out, with their types."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exparse.query import column
from exparse.query.column import MISSING
from exparse.query.varying import key

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers()
    | st.sampled_from([0.0, -0.0, 1.0, 0.1, math.inf, -math.inf, math.nan])
    | st.sampled_from(["", "1", "True", "a", "nan"])
    | st.text(max_size=3)
)
CELLS = st.one_of(
    st.lists(st.floats(), max_size=12),
    st.lists(st.floats() | st.none() | st.just(MISSING), max_size=12),
    st.lists(st.integers(-5, 5) | st.none() | st.just(MISSING), max_size=12),
    st.lists(st.integers(), max_size=6),
    st.lists(st.sampled_from(["a", "b"]) | st.just(MISSING), max_size=12),
    st.lists(st.booleans() | st.none(), max_size=12),
    st.lists(LEAVES | st.just(MISSING) | st.lists(LEAVES, max_size=2), max_size=12),
)


def told(cells: list[Any]) -> list[Any]:
    """Return what tells cells apart: value and type, nan equal to itself."""
    return ["missing" if cell is MISSING else key(cell) for cell in cells]


@given(CELLS)
def test_cells_come_back_as_they_were(cells: list[Any]) -> None:
    found = column.encode(cells)
    assert told(found.cells()) == told(cells)
    assert told([found.cell(place) for place in range(len(cells))]) == told(cells)
    assert len(found) == len(cells)


@given(st.lists(CELLS, max_size=4))
def test_joined_columns_hold_all_cells_in_order(parts: list[list[Any]]) -> None:
    joined = column.join([column.encode(part) for part in parts]) if parts else column.encode([])
    assert told(joined.cells()) == told([cell for part in parts for cell in part])


@given(CELLS, st.data())
def test_some_runs_keep_their_cells(cells: list[Any], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, max(0, len(cells) - 1)), max_size=6)) if cells else []
    found = column.encode(cells).take(places)
    assert told(found.cells()) == told([cells[place] for place in places])
    start = data.draw(st.integers(0, len(cells)))
    assert told(column.encode(cells).take(range(start, len(cells))).cells()) == told(cells[start:])


@given(CELLS)
def test_a_question_is_answered_for_each_cell_and_by_no_missing_one(cells: list[Any]) -> None:
    asked = []

    def holds(value: Any) -> bool:
        asked.append(value)
        return value is None or value == 1 or value != value

    answer = column.encode(cells).test(holds)
    assert list(answer) == [int(cell is not MISSING and holds(cell)) for cell in cells]
    assert MISSING not in asked


@given(CELLS)
def test_each_different_value_is_told_once(cells: list[Any]) -> None:
    found = column.encode(cells).distinct()
    assert MISSING not in found
    # 0.0 and -0.0 are one number to those who ask for different ones.
    assert {repr(key(cell)).replace("-0.0", "0.0") for cell in found} == {
        repr(key(cell)).replace("-0.0", "0.0") for cell in cells if cell is not MISSING
    }


def test_runs_that_lack_a_value_join_those_that_have_numbers() -> None:
    joined = column.join([column.absent(2), column.encode([1.5]), column.encode([None, MISSING])])
    assert isinstance(joined, column.Numbers)
    assert joined.cells() == [MISSING, MISSING, 1.5, None, MISSING]


def test_many_different_texts_take_wider_codes() -> None:
    for count in (300, 70_000):
        cells = [f"t{number}" for number in range(count)]
        assert column.encode(cells).cells() == cells
        assert sum(column.encode(cells).test(lambda value: value.endswith("7"))) == sum(c.endswith("7") for c in cells)
