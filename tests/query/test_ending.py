"""How a run ended, in words."""

from __future__ import annotations

from typing import Any

import pytest

from exparse.query.ending import ended, why
from exparse.query.told import Told

CRASH = {"type": "SIGABRT", "message": "Fatal Python error: Aborted", "traceback": "..."}


@pytest.mark.parametrize(
    ("said", "behind", "reason"),
    [
        ({"exit_code": 0}, "", None),
        ({"exit_code": 3}, ", exit code 3", "exit code 3"),
        ({"error": {"type": "KeyboardInterrupt", "message": ""}}, ": KeyboardInterrupt", "KeyboardInterrupt"),
        (
            {"error": {"type": "ValueError", "message": "boom"}, "exit_code": 1},
            ": ValueError: boom",
            "ValueError: boom",
        ),
        ({"signal": "SIGTERM"}, " by SIGTERM", "SIGTERM"),
        ({"signal": "SIGABRT", "error": CRASH}, " by SIGABRT (Aborted)", "SIGABRT (Aborted)"),
        ({"signal": "SIGTERM", "error": {"type": "SystemExit", "message": "1"}}, " by SIGTERM", "SIGTERM"),
        ({"error": {"message": 5}, "signal": [1]}, ": 5", "5"),
    ],
)
def test_every_end_has_one_wording(said: dict[str, Any], behind: str, reason: str | None) -> None:
    assert (ended(Told(said)), why(Told(said))) == (behind, reason)


def test_the_reason_is_one_short_line() -> None:
    reason = why(Told({"error": {"type": "E", "message": f"{'x' * 500}\nsecond"}}))
    assert reason == f"E: {'x' * 196}…"
