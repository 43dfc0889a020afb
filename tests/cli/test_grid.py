"""Tables on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.cli.grid import Column, draw
from exparse.query.shown import width

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

ranks = st.integers(-2, 3)


def test_columns_stand_side_by_side_numbers_to_the_right() -> None:
    text, left_out = draw([Column("id", ["1", "20"], right=True), Column("name", ["a", "bcdef"])], None)
    assert text == "id  name\n--  -----\n 1  a\n20  bcdef"
    assert left_out == []


def test_wide_characters_do_not_break_the_columns() -> None:
    text, _ = draw([Column("a", ["日本", "x"]), Column("b", ["1", "2"])], None, rule=False)
    assert text == "a     b\n日本  1\nx     2"


def test_long_cells_are_shortened_in_the_middle_before_a_column_goes() -> None:
    text, left_out = draw([Column("id", ["1"], keep=True), Column("path", ["/data/" + "x" * 60 + "/model.pt"])], 30)
    assert left_out == []
    assert "/data/xxx" in text and "…" in text and "/model.pt" in text
    assert max(map(width, text.splitlines())) == 30


def test_empty_columns_go_first_and_without_a_word() -> None:
    columns = [
        Column("id", ["1"], keep=True),
        Column("marks", [""]),
        Column("lr", ["0.12345678"]),
        Column("x", ["12345"]),
    ]
    text, left_out = draw(columns, 21)
    assert text.splitlines()[0].split() == ["id", "lr", "x"]
    assert left_out == []


def test_then_columns_go_from_the_right_and_are_named() -> None:
    columns = [Column("id", ["1"], keep=True), *(Column(name, ["0123456789"]) for name in "abcd")]
    text, left_out = draw(columns, 30)
    assert text.splitlines()[0].split() == ["id", "a", "b"]
    assert left_out == ["c", "d"]


def test_the_highest_rank_goes_first_and_what_was_asked_for_last() -> None:
    ranks = {"asked": -1, "a": 1, "c": 3, "b": 2}
    columns = [Column(name, ["0123456789"], rank=rank) for name, rank in ranks.items()]
    assert [draw(columns, limit)[0].splitlines()[0].split() for limit in (46, 45, 33, 21)] == [
        ["asked", "a", "c", "b"],
        ["asked", "a", "b"],
        ["asked", "a"],
        ["asked"],
    ]


def test_an_empty_column_that_was_asked_for_stays() -> None:
    columns = [Column("asked", [""], rank=-1), Column("empty", [""]), Column("x", ["0123456789"])]
    assert draw(columns, 17)[0].splitlines()[0].split() == ["asked", "x"]
    assert draw(columns, 6)[1] == ["x"]


def test_a_narrow_column_takes_the_room_that_a_wide_one_leaves() -> None:
    columns = [Column("id", ["1"], keep=True), Column("wide", ["x" * 10]), Column("n", ["7"], rank=1)]
    text, left_out = draw(columns, 8)
    assert text.splitlines()[0].split() == ["id", "n"] and left_out == ["wide"]


def test_numbers_are_not_cut_in_two_where_texts_can_be() -> None:
    text, _ = draw([Column("x", ["-1.23457e-05"], right=True), Column("y", ["a" * 40])], 26)
    assert "-1.23457e-05" in text and "…" in text


def test_hundreds_of_columns_are_drawn_at_once() -> None:
    columns = [Column(f"column_{number}", ["x" * 60]) for number in range(3000)]
    text, left_out = draw(columns, 80)
    assert len(text.splitlines()[0]) <= 80 and len(left_out) > 2900


def test_without_a_width_a_long_text_makes_no_long_lines_unless_all_is_wanted() -> None:
    columns = [Column("prompt", ["x" * 5000, "y"]), Column("path", ["z" * 200, ""], is_whole=True)]
    lines = draw(columns, None)[0].splitlines()
    assert [width(line) for line in lines] == [106, 302, 302, 1]
    assert lines[2].count("x") == 99 and "…" in lines[2] and lines[2].endswith(f"  {'z' * 200}")
    assert "x" * 5000 in draw(columns, None, is_wide=True)[0]


@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60), st.booleans(), st.booleans(), ranks), min_size=1),
    st.integers(min_value=1, max_value=120),
)
def test_no_line_is_ever_wider_than_the_terminal_nor_holds_a_control_character(
    cells: list[tuple[str, str, bool, bool, int]], limit: int
) -> None:
    columns = [Column(head, [cell], right, keep, rank) for head, cell, right, keep, rank in cells]
    text, _ = draw([Column("id", ["1"], keep=True), *columns], limit)
    lines = text.split("\n")
    assert len(lines) == 3
    assert all(width(line) <= limit for line in lines)
    assert all(char.isprintable() or char in "\u200c\u200d" for line in lines for char in line)
