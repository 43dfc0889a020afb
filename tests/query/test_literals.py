"""Values as queries write them: numbers, time spans, dates, and the order of texts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import literals

HOUR, DAY = 3600, 86400


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the local time of a process cannot be set on Windows")
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("+3", 3),
        ("007", 7),
        ("0.5", 0.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1E+3", 1000.0),
        ("10_000", 10_000),
        ("1_0.5_0", 10.5),
        ("inf", float("inf")),
        ("-Infinity", float("-inf")),
        (str(10**100), 10**100),
    ],
)
def test_numbers_are_read_as_python_writes_them(text: str, value: float) -> None:
    found = literals.number(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1e", "1__0", "_1", "1_", "0x10", "1,5", "3d", "1 2", "--1", "٣", "1e5\n", "9" * 401]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert literals.number(text) is None


@given(st.integers(-(10**30), 10**30) | st.floats(allow_nan=False))
def test_every_number_that_python_writes_is_read_back(value: float) -> None:
    assert literals.number(repr(value)) == value


def test_a_quoted_number_is_a_text() -> None:
    assert literals.Literal("3", False, 0).number == 3
    assert literals.Literal("3", True, 0).number is None
    assert literals.Literal("NONE", False, 0).is_word("none")
    assert not literals.Literal("none", True, 0).is_word("none")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5h", 1.5 * HOUR),
        ("5m", 300),
        ("5min", 300),
        ("5 min", 300),
        ("2H", 2 * HOUR),
        ("3d", 3 * DAY),
        ("2w", 14 * DAY),
        ("6mo", 180 * DAY),
        ("1y", 365 * DAY),
        ("2 years", 730 * DAY),
        ("2h14m", 2 * HOUR + 14 * 60),
        ("5d03h", 5 * DAY + 3 * HOUR),
        ("1h 30min", 1.5 * HOUR),
        ("40ms", 0.04),
        ("1e3", 1000),
        ("0", 0),
    ],
)
def test_time_spans_are_read_as_lists_show_them(text: str, seconds: float) -> None:
    assert literals.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "d", "3x", "3d3", "-3d", "-3", "inf", "nan", "3d,", "9" * 300 + "d", "2026-11-01", "today"]
)
def test_what_is_no_time_span_is_none(text: str) -> None:
    assert literals.seconds(text) is None


def utc(*parts: int) -> float:
    return datetime(*parts, tzinfo=timezone.utc).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "begin", "length"),
    [
        ("2026-11-01", utc(2026, 10, 31, 23), DAY),
        ("2026-7-1", utc(2026, 6, 30, 22), DAY),
        ("2026-11", utc(2026, 10, 31, 23), 30 * DAY),
        ("2026-12", utc(2026, 11, 30, 23), 31 * DAY),
        ("2027", utc(2026, 12, 31, 23), 365 * DAY),
        ("2026-11-01 12", utc(2026, 11, 1, 11), HOUR),
        ("2026-11-01T12:30", utc(2026, 11, 1, 11, 30), 60),
        ("2026-11-01 12:30:05", utc(2026, 11, 1, 11, 30, 5), 1),
        ("2026-11-01 12:30Z", utc(2026, 11, 1, 12, 30), 60),
        ("2026-11-01T12:30+0530", utc(2026, 11, 1, 7), 60),
        ("2026-11-01T12:30:05-03:00", utc(2026, 11, 1, 15, 30, 5), 1),
        ("2026-03-29", utc(2026, 3, 28, 23), 23 * HOUR),
        ("2026-10-25", utc(2026, 10, 24, 22), 25 * HOUR),
        ("today", utc(2026, 11, 20, 23), DAY),
        ("Yesterday", utc(2026, 11, 19, 23), DAY),
    ],
)
def test_a_date_is_all_the_time_that_it_names(berlin: None, text: str, begin: float, length: float) -> None:
    found = literals.interval(text, utc(2026, 11, 21, 12))
    assert found == (begin, begin + length)


def test_a_date_with_a_fraction_is_a_moment(berlin: None) -> None:
    found = literals.interval("2026-11-01T11:00:05.25Z", 0)
    assert found is not None
    assert found[0] == utc(2026, 11, 1, 11, 0, 5) + 0.25
    assert found[1] - found[0] == pytest.approx(1e-6, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-02-30",
        "2026-13-01",
        "2026-00-01",
        "2026-11-01 24:00",
        "2026-11-01 12:60",
        "26-11-01",
        "2026/11/01",
        "0000",
        "3d",
    ]
    + [
        "tomorrow",
        "2026-11-01T",
        "2026-11-01 12:00 +99:99",
        "2026-11-01x",
        "9999-12-31",
        "9999",
        "2026-11-01T12:00:00.1234567",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert literals.interval(text, 0) is None


@given(st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1)))
def test_every_moment_lies_in_its_second_its_day_and_its_year(moment: datetime) -> None:
    aware = moment.astimezone()
    for text in (aware.isoformat(" ", "seconds"), f"{moment:%Y-%m-%d}", f"{moment:%Y-%m}", f"{moment:%Y}"):
        found = literals.interval(text, 0)
        assert found is not None
        assert found[0] <= moment.timestamp() < found[1], text


def test_a_day_follows_the_day_before(berlin: None) -> None:
    day = datetime(2026, 1, 1)
    for _ in range(400):
        following = day + timedelta(days=1)
        found, after = literals.interval(f"{day:%Y-%m-%d}", 0), literals.interval(f"{following:%Y-%m-%d}", 0)
        assert found is not None
        assert after is not None
        assert found[1] == after[0]
        day = following


def test_texts_are_ordered_as_people_count() -> None:
    ordered = ["", "3", "3.9", "3.9.1", "3.10", "3.12.1", "a", "a1", "a2b", "a10", "a010b", "b", "layer2", "layer10"]
    assert sorted(ordered, key=literals.counted) == ordered
    assert literals.counted("1" * 10_000) < literals.counted("2" * 10_000) < literals.counted("1" * 10_001)


@given(st.text("a0 1é", max_size=5), st.text("a0 1é", max_size=5))
def test_only_equal_texts_are_equal_in_order(one: str, other: str) -> None:
    assert (literals.counted(one) == literals.counted(other)) is (one == other)
