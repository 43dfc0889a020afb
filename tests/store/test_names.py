"""Names of runs and marks: what may become part of a path, by an oracle that is written another way."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exparse.errors import InvalidName
from exparse.store import layout

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_-])?\Z", re.ASCII)
RUN = re.compile(r"([0-9]+)-[0-9]{4}(?:-[0-9]{2}){5}(?:-(.+))?\Z", re.ASCII | re.DOTALL)

lines = st.one_of(
    st.text(max_size=5),
    st.text(alphabet="aZ09._-/ \n\0é１", max_size=8),
    st.integers(95, 105).map(lambda length: "x" * length),
    st.sampled_from(
        [".", "..", "a.", "a..", "-", "CON", "a\n", "\u202ea", "a/b", "a\\b", "runs", "é", "e\u0301", "%2e"]
    ),
)


@given(lines)
def test_a_name_is_taken_exactly_as_the_rule_says(text: str) -> None:
    if NAME.match(text):
        assert layout.check_name(text) == text
    else:
        with pytest.raises(InvalidName, match="is not allowed"):
            layout.check_name(text)


@pytest.mark.parametrize("thing", [None, 3, b"a", ["a"], ("a",)])
def test_what_is_no_text_is_no_name(thing: Any) -> None:
    with pytest.raises(InvalidName):
        layout.check_name(thing)


@given(st.lists(st.one_of(lines, st.sampled_from(["a", "b1", "runs", "7"])), min_size=1, max_size=18).map("/".join))
@example("a/" * 15 + "a")
@example("a/" * 16 + "a")
@example("a//b")
@example("/a")
@example("a/")
@example("tmp/a")
@example("a/tmp")
def test_a_mark_is_names_with_slashes_between(text: str) -> None:
    parts = text.split("/")
    right = all(NAME.match(part) for part in parts) and len(parts) <= 16 and not re.fullmatch("[0-9]+", text)
    if right and parts[0] not in ("runs", "index", "marked", "tmp", "trash"):
        assert layout.check_mark(text) == text
    else:
        with pytest.raises(InvalidName):
            layout.check_mark(text)


@given(
    st.integers(1, 10**12),
    st.integers(0, 4 * 10**9),
    st.none() | st.from_regex(NAME, fullmatch=True),
    st.integers(0, 12),
)
def test_the_name_of_a_run_says_its_number_and_label(number: int, second: int, label: str | None, zfill: int) -> None:
    name = layout.run_name(number, time.gmtime(second), label, zfill)
    assert layout.parse_run_name(name) == (number, label) and len(name) <= 140
    assert len(name.partition("-")[0]) >= zfill and "/" not in name


@given(st.one_of(lines, st.text(alphabet="0123456789-a.", max_size=40), st.from_regex(RUN)))
@example("000042-2026-11-21-05-40-12")
@example("000042-2026-11-21-05-40-12-")
@example("000042-2026-11-21-05-40-12-a/b")
@example("000042-2026-11-21-05-40-12\n")
@example("-2026-11-21-05-40-12")
@example("１-2026-11-21-05-40-12")
@example(".000042-2026-11-21-05-40-12")
def test_only_the_name_of_a_run_is_read_as_one(text: str) -> None:
    match = RUN.match(text)
    if match and (match[2] is None or NAME.match(match[2])):
        assert layout.parse_run_name(text) == (int(match[1]), match[2])
    else:
        assert layout.parse_run_name(text) is None
