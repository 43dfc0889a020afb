"""Lines of cells in columns: what differs is seen to differ, whatever the width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.cli.sidebyside import Cells, draw, room
from exparse.query.shown import width

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def drawn(items: list[Cells | str], limit: int | None) -> list[str]:
    return list(draw(items, limit))


HEAD = Cells("run", ["1", "2"], indent="")


def test_cells_stand_in_columns() -> None:
    assert drawn([HEAD, "params", Cells("lr", ["0.1", "0.25"]), Cells("größe", ["日本", ""])], 80) == [
        "run      1     2",
        "params",
        "  lr     0.1   0.25",
        "  größe  日本",
    ]


def test_long_cells_stand_below_their_name_from_where_they_differ() -> None:
    shared = "/home/ada/" + "x" * 100
    assert drawn([HEAD, Cells("path", [f"{shared}/one", f"{shared}/two"])], 60) == [
        "run     1  2",
        "  path",
        "    1  …xxxxxxxxxxx/one",
        "    2  …xxxxxxxxxxx/two",
    ]


def test_cells_of_many_runs_are_shortened_as_long_as_they_stay_apart() -> None:
    heads = Cells("run", ["1", "2", "3"], indent="")
    apart = Cells("a", ["abcdefghijklmnopqrstuvwxyz", "b", "c"])
    alike = Cells("b", ["x" * 20 + "1" + "y" * 20, "x" * 20 + "2" + "y" * 20, "c"])
    lines = drawn([heads, apart, alike], 30)
    assert lines[1].startswith("  a  abc") and "…" in lines[1]
    assert lines[2] == "  b"
    assert [line[:6] for line in lines[3:]] == ["    1 ", "    2 ", "    3 "]


def test_what_stands_behind_cells_goes_below_where_there_is_no_room() -> None:
    line = Cells("acc", ["0.123456789", "0.987654321"], "+0.8642 (+700.0%)")
    assert drawn([HEAD, line], 80)[1] == "  acc  0.123456789  0.987654321  +0.8642 (+700.0%)"
    assert drawn([HEAD, line], 40)[1:] == ["  acc  0.123456789  0.987654321", "       +0.8642 (+700.0%)"]


def test_a_text_that_is_too_long_goes_on_below() -> None:
    assert drawn(["  note: a commit is not here at all"], 20) == [
        "  note: a commit is",
        "      not here at",
        "      all",
    ]
    assert drawn(["  M  +1 -1  " + "n" * 30], 20) == ["  M  +1 -1", "      nnnnnnn…nnnnnn"]


def test_columns_without_room_are_counted() -> None:
    heads = [str(number) for number in range(30)]
    items: list[Cells | str] = [Cells("run", heads, indent=""), Cells("lr", ["0.25"] * 30)]
    assert room(items, 30, 80) == 12
    assert room(items, 30, None) == 30
    assert room(items, 30, 3) == 1


def test_control_characters_are_escaped() -> None:
    assert drawn([HEAD, Cells("a\x1b[2J", ["\x07", "b"]), "x\ny"], None)[1:] == ["  a\\x1b[2J  \\x07  b", "x\\ny"]


@given(
    st.lists(st.lists(st.text(max_size=60), min_size=3, max_size=3, unique=True), min_size=1, max_size=4),
    st.integers(60, 140),
)
def test_lines_fit_and_all_that_is_drawn_is_printable(values: list[list[str]], limit: int) -> None:
    items: list[Cells | str] = [Cells("run", ["1", "2", "3"], indent="")]
    items += [Cells(f"name {place}", cells) for place, cells in enumerate(values)]
    for line in drawn(items, limit):
        assert width(line) <= limit
        assert "\n" not in line and "\x1b" not in line


@pytest.mark.parametrize("limit", [1, 5, 10, 20])
def test_a_very_narrow_terminal_is_no_fault(limit: int) -> None:
    assert drawn([HEAD, "code: the same, commit 4da66b3", Cells("lr", ["0.1", "x" * 50], "+1")], limit)
