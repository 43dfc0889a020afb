"""Patterns of views: what they may say, and that different values never share a folder."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import InvalidName
from exparse.store import layout, pattern

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

RUNS = ["000001-2026-11-21-05-40-12-big", "000002-2026-11-21-05-40-12"]


def made(text: str, **values: list[Any]) -> list[str]:
    return pattern.paths(pattern.parse(text), RUNS[: len(next(iter(values.values()), RUNS))], values)


def test_a_pattern_makes_a_path_for_each_run() -> None:
    assert made("by/model/{model}/lr/{lr}/{run}", model=["small", "big"], lr=[0.5, 1e-5]) == [
        f"by/model/small/lr/0.5/{RUNS[0]}",
        f"by/model/big/lr/1e-05/{RUNS[1]}",
    ]


def test_a_last_level_that_names_the_run_is_added_where_there_is_none() -> None:
    assert made("{model}", model=["a", "a"]) == [f"a/{RUNS[0]}", f"a/{RUNS[1]}"]
    assert made("{model}-{run}", model=["a", "a"]) == [f"a-{RUNS[0]}", f"a-{RUNS[1]}"]


def test_a_level_may_hold_text_and_several_fields() -> None:
    assert made("lr{lr}-{model}/{run}", lr=[1, 2], model=["a", "b"])[1] == f"lr2-b/{RUNS[1]}"
    assert pattern.parse("a/{x}/{y}-{x}/{run}").fields == ["x", "y", "run"]


@pytest.mark.parametrize(
    "text",
    ["", "/", "a//{run}", "../{run}", "{run}/..", "{", "}", "{}", "{ }", "a{b", "a}b", "{a{b}}", ".hidden/{run}",
     "a\0/{run}", "a\\b/{run}", "/".join("abcdefghijklmnopq"), "{run}\n"],
)  # fmt: skip
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(InvalidName, match="the pattern"):
        pattern.parse(text)


def test_the_other_way_to_write_a_field_is_told_the_right_one() -> None:
    with pytest.raises(InvalidName, match="in braces, such as {model}"):
        pattern.parse("by/<model>/<run>")


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("", "empty"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("-x", "%2Dx"),
        ("~", "%7E"),
        ("100%", "100%25"),
        ("end. ", "end.%20"),
        ("two\nlines", "two%0Alines"),
        ("größe 日本", "größe 日本"),
        ("\u202ex", "%E2%80%AEx"),
        ("\ud800", "%ED%A0%80"),
        ("con", "%63on"),
        ("NUL.txt", "%4EUL.txt"),
        (None, "none"),
        (True, "true"),
        (pattern.MISSING, "missing"),
        ([1, "a"], "[1, %22a%22]"),
        (["a", "b"], "a,b"),
    ],
)
def test_values_are_safe_as_parts_of_paths(value: Any, part: str) -> None:
    assert made("{x}/{run}", x=[value]) == [f"{part}/{RUNS[0]}"]


@pytest.mark.parametrize(
    "values",
    [("a", "A"), (1, "1"), (1, True), (None, "none"), (pattern.MISSING, "missing"), ("", "empty"), ("é", "e\u0301"),
     ("straße", "STRASSE"), ("x" * 500, "x" * 501), (["a", "b"], "a,b"), (1, 1.0)],
)  # fmt: skip
def test_values_that_look_alike_are_kept_apart(values: tuple[Any, Any]) -> None:
    first, second = made("{x}", x=list(values))
    assert folded(first.partition("/")[0]) != folded(second.partition("/")[0])


def test_fields_in_one_level_do_not_run_into_each_other() -> None:
    first, second = made("{a}-{b}/{run}", a=["1-2", "1"], b=["3", "2-3"])
    assert first.partition("/")[0] != second.partition("/")[0]


def folded(text: str) -> str:
    """Return a name as a disk sees it that looks away from case and forms of accents."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


@given(st.lists(st.one_of(st.text(max_size=8), st.integers(-3, 3), st.floats(), st.none(), st.booleans()), min_size=1))
def test_each_value_has_a_folder_of_its_own(values: list[Any]) -> None:
    runs = [f"{number:06d}-2026-11-21-05-40-12" for number in range(len(values))]
    found = pattern.paths(pattern.parse("{x}/{run}"), runs, {"x": values})
    folders = {
        (type(value).__name__, repr(value)): folded(path.partition("/")[0])
        for value, path in zip(values, found, strict=True)
    }
    assert len(set(folders.values())) == len(folders)
    for path in found:
        folder, name = path.split("/")
        assert layout.check_path(folder.replace("~", "_")) and layout.parse_run_name(name)


def test_a_level_with_many_fields_is_matched_at_once_and_more_than_eight_are_refused() -> None:
    level = pattern.parse("a".join("{x}" for _ in range(pattern.MOST_FIELDS)) + "b/{run}").levels[0]
    assert not pattern.fits(level, "a" * 250)
    assert pattern.fits(level, "a" * 250 + "b")
    with pytest.raises(InvalidName, match="more than 8 fields"):
        pattern.parse("{x}" * 9)


@given(st.lists(st.sampled_from(["a", "b.", "ab", None]), min_size=1, max_size=6), st.text("ab.", max_size=12))
def test_a_name_fits_a_level_as_a_regular_expression_says(parts: list[str | None], name: str) -> None:
    texts = "".join("{x}" if part is None else part for part in parts) + "c"
    level = pattern.parse(f"{texts}/{{run}}").levels[0]
    shape = "".join("(.+)" if part is None else re.escape(part) for part in parts) + "c"
    for tried in (name, f"{name}c"):
        assert pattern.fits(level, tried) == bool(re.fullmatch(shape, tried)), (texts, tried)
    level = pattern.parse(f"{texts}{{y}}/{{run}}").levels[0]
    assert pattern.fits(level, name) == bool(re.fullmatch(f"{shape}(.+)", name))
