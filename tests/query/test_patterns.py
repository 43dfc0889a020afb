"""Patterns: what they match, and that none takes long."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import patterns

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*", ["", "a", "a/b\n"], []),
        ("", [""], ["a"]),
        ("res*", ["res", "resnet"], ["Resnet", "a res"]),
        ("*net", ["net", "resnet"], ["nets"]),
        ("a*b", ["ab", "axb", "abab"], ["a", "b", "aba"]),
        ("aa*aa", ["aaaa", "aabaa"], ["aaa", "aa"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba"]),
        ("a**b", ["ab", "axb"], ["a"]),
        ("v?t", ["vit", "v\nt"], ["vt", "viit"]),
        ("[ab]c", ["ac", "bc"], ["cc", "abc"]),
        ("[!ab]c", ["cc", "!c"], ["ac"]),
        ("[a-c]*", ["a", "bx"], ["dx", "-"]),
        ("[]]", ["]"], ["["]),
        ("[!]]", ["["], ["]"]),
        ("[a", ["[a"], ["a"]),
        ("[]", ["[]"], ["", "]"]),
        ("[a-]", ["a", "-"], ["b"]),
        ("[c-a]x", [], ["bx", "ax"]),
        ("(a+)+$", ["(a+)+$"], ["aaa"]),
        ("a.c", ["a.c"], ["abc"]),
        ("paper/*", ["paper/a", "paper/a/b"], ["paper"]),
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, matching: list[str], others: list[str]) -> None:
    matches = patterns.pattern(pattern)
    assert [text for text in matching if not matches(text)] == []
    assert [text for text in others if matches(text)] == []


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_stars_and_question_marks_match_as_those_of_file_names_do(pattern: str, text: str) -> None:
    assert patterns.pattern(pattern)(text) is fnmatch.fnmatchcase(text, pattern)


@given(st.text("abc*?[]!", max_size=8), st.text("abc]![", max_size=6))
def test_sets_match_as_those_of_file_names_do(pattern: str, text: str) -> None:
    assert patterns.pattern(pattern)(text) is fnmatch.fnmatchcase(text, pattern)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_both_ways_of_matching_agree(pattern: str, text: str) -> None:
    plain = patterns.pattern(pattern)
    # A set of one character means that character, and leads the other way.
    other = patterns.pattern(pattern.replace("a", "[a]"))
    assert plain(text) is other(text)


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 500, "*" * 999 + "b", "*?" * 500, "a*" * 499 + "b", "[a-z]*" * 166 + "!", "*aaaaaaab" * 100, "[" * 1_000],
    ids=lambda pattern: pattern[:8],
)
def test_no_pattern_takes_long(pattern: str) -> None:
    # With a search that goes back and tries again, each of these would still run tomorrow.
    assert patterns.pattern(pattern)("a" * 100_000) is (set(pattern) <= set("*a?"))
