"""Bars: only for people who wait."""

from __future__ import annotations

import io

import pytest

from exparse.query import bars


def test_what_is_soon_over_shows_nothing() -> None:
    screen = io.StringIO()
    count = bars.counter(10, "reading", screen)
    for _ in range(10):
        count(1)
    assert screen.getvalue() == ""


def test_what_takes_long_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "_PATIENCE_S", -1.0)
    screen = io.StringIO()
    count = bars.counter(10, "reading", screen)
    for _ in range(10):
        count(1)
    assert "reading" in screen.getvalue()


def test_where_nobody_watches_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    count = bars.counter(10, "reading")
    count(5)
    assert capsys.readouterr() == ("", "")
