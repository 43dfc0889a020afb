"""Tables for other programs, and the harm that a value must not do there."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.cli import export
from exparse.query.shown import plain

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def refuse(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


@given(anything)
def test_json_always_parses_and_is_ascii(value: Any) -> None:
    text = export.as_json(value)
    assert text.isascii()
    json.loads(text, parse_constant=refuse)


@given(anything)
def test_json_is_indented_as_python_indents_it(value: Any) -> None:
    assert export.as_json(value) == json.dumps(plain(value), indent=2, allow_nan=False)


@given(st.lists(anything, max_size=4))
def test_a_list_in_pieces_is_the_list(values: list[Any]) -> None:
    assert "".join(export.json_parts(iter(values))) == f"{export.as_json(values)}\n"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|x", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-", "--lr", "＝1", "+1 2"]
)
def test_a_cell_that_a_spreadsheet_would_calculate_is_defused(cell: str) -> None:
    (_, (found,)) = csv.reader(io.StringIO(export.as_csv(["x"], [[cell]])))
    assert found.startswith("'")


@pytest.mark.parametrize("cell", ["-0.25", "+1", "-1e-05", "-.5", "-inf", "0", "a=b", "x"])
def test_numbers_and_harmless_texts_stay_as_they_are(cell: str) -> None:
    assert export.as_csv(["x"], [[cell]]) == f"x\n{cell}\n"


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4))
def test_csv_has_one_line_a_row_whatever_the_cells_hold(lines: list[list[str]]) -> None:
    text = export.as_csv(["a", "b"], lines)
    assert len(text.splitlines()) == len(lines) + 1
    assert all(len(cells) == 2 for cells in csv.reader(io.StringIO(text)))
    assert all(char.isprintable() or char in "\n\u200c\u200d" for char in text)


def test_html_lets_no_cell_be_markup() -> None:
    text = export.as_table("html", ["<b>"], [["<script>&"]], [False])
    assert "<b>" not in text and "<script>" not in text
    assert "&lt;script&gt;&amp;" in text


def test_latex_escapes_what_it_would_obey() -> None:
    text = export.as_table("latex", ["a_b"], [[r"50% \input{x} $&#^~"]], [False])
    assert r"a\_b" in text
    assert r"50\% \textbackslash{}input\{x\} \$\&\#\^{}\textasciitilde{}" in text


def test_markdown_cells_neither_end_a_cell_nor_start_markup() -> None:
    text = export.as_table("markdown", ["x"], [["a|b<i>`c`*d*[e](f)\\"]], [False])
    assert r"a\|b\<i>\`c\`\*d\*\[e](f)\\" in text


def test_numbers_are_not_rounded_and_texts_not_read_as_numbers() -> None:
    for form in export.BY_TABULATE:
        text = export.as_table(form, ["x", "y"], [["1e5", "0.1000000000000001"]], [True, True])
        assert "1e5" in text and "0.1000000000000001" in text


@pytest.mark.parametrize("form", export.BY_TABULATE)
def test_a_table_without_rows_has_its_headings(form: str) -> None:
    assert "model" in export.as_table(form, ["id", "model"], [], [True, False])


@pytest.mark.parametrize("form", export.BY_TABULATE)
@given(cell=st.text())
def test_no_format_lets_a_control_character_through(form: str, cell: str) -> None:
    text = export.as_table(form, [cell], [[cell]], [False])
    assert all(char.isprintable() or char in "\n\u200c\u200d" for char in text)
