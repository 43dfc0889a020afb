"""Values as people see them."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import shown


@given(st.text())
def test_nothing_visible_is_a_control_character(text: str) -> None:
    seen = shown.visible(text)
    kinds = {unicodedata.category(char) for char in seen if char not in "\u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.text(st.characters(whitelist_categories=["L", "N", "P"])))
def test_what_is_printable_stays_as_it_is(text: str) -> None:
    assert shown.visible(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b31m", r"\x9b31m"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\x7f", r"\x7f"),
        ("\udcff", r"\udcff"),
        ("line\u2028break", r"line\u2028break"),
        ("👩\u200d🔬", "👩\u200d🔬"),
    ],
)
def test_escapes_of_terminals_are_shown_as_text(text: str, seen: str) -> None:
    assert shown.visible(text) == seen


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (-3, "0ms"),
        (0, "0ms"),
        (0.014, "14ms"),
        (0.25, "0.2s"),
        (9.9, "9.9s"),
        (9.96, "10s"),
        (59.6, "1m00s"),
        (185, "3m05s"),
        (3600, "1h00m"),
        (8040, "2h14m"),
        (86400 * 5 + 3 * 3600, "5d03h"),
        (86400 * 400, "400d00h"),
    ],
)
def test_a_duration_takes_two_units_at_most(seconds: float | None, text: str) -> None:
    assert shown.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (-10, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (86399, "23 h"),
        (86400, "1 d"),
        (86400 * 7, "1 w"),
        (86400 * 366, "1 y"),
        (86400 * 365 * 30, "30 y"),
    ],
)
def test_an_age_is_said_in_its_largest_unit(seconds: float | None, text: str) -> None:
    assert shown.age(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (12_300_000_000, "12.3 GB")],
)
def test_a_size_is_said_in_powers_of_a_thousand(count: int, text: str) -> None:
    assert shown.size(count) == text


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_a_shortened_text_never_takes_more_than_its_room(text: str, most: int) -> None:
    assert shown.width(shown.shortened(shown.visible(text), most)) <= most


def test_a_shortened_text_keeps_both_ends() -> None:
    assert shown.shortened("/data/one/two/model.pt", 11) == "/data…el.pt"


def test_wide_characters_take_two_columns() -> None:
    assert shown.width("日本a\u0301") == 5


def test_plain_makes_of_anything_what_json_holds() -> None:
    assert shown.plain({"a": [float("nan"), float("inf"), 1.5, {2: complex(1, 2)}]}) == {
        "a": [None, None, 1.5, {"2": "(1+2j)"}]
    }


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.123456, 0.5], ["0.1235", "0.5"]),
        ([0.98765, 0.98761], ["0.98765", "0.98761"]),
        ([0.987654321], ["0.9877"]),
        ([4.0, 2.5, 3], ["4", "2.5", "3"]),
        ([12345.678, 0.1], ["12346", "0.1"]),
        ([1e12, 1.5e-7], ["1e+12", "1.5e-07"]),
        ([float("nan"), float("inf"), 0.0, "text", None, True], ["nan", "inf", "0", "text", "None", "True"]),
        ([], []),
    ],
)
def test_what_was_measured_has_the_digits_that_tell_it_apart(values: list[Any], texts: list[str]) -> None:
    assert shown.measured(values) == texts


def test_a_moment_is_told_on_the_clock_of_this_machine() -> None:
    when = datetime(2026, 11, 21, 5, 40, 12, tzinfo=timezone(timedelta(hours=-3)))
    assert shown.moment(when) == f"{when.astimezone():%Y-%m-%d %H:%M}"
    assert shown.moment(when.replace(tzinfo=None)) == "2026-11-21 05:40"
    assert shown.moment(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))) == "0001-01-01 00:00"
