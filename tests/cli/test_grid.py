"""Tables on a terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exparse.cli.grid import Column, draw
from exparse.query.shown import width


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


@given(
    st.lists(st.tuples(st.text(max_size=30), st.text(max_size=60), st.booleans(), st.booleans()), min_size=1),
    st.integers(min_value=1, max_value=120),
)
def test_no_line_is_ever_wider_than_the_terminal_nor_holds_a_control_character(
    cells: list[tuple[str, str, bool, bool]], limit: int
) -> None:
    columns = [Column(head, [cell], right, keep) for head, cell, right, keep in cells]
    text, _ = draw([Column("id", ["1"], keep=True), *columns], limit)
    lines = text.split("\n")
    assert len(lines) == 3
    assert all(width(line) <= limit for line in lines)
    assert all(char.isprintable() or char in "\u200c\u200d" for line in lines for char in line)
