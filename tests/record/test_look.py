"""The look around at the start of a run."""

from __future__ import annotations

import os
from typing import Any

import pytest

from exparse.code import spawn
from exparse.record import look


def test_signs_of_life_begin_where_they_are_asked_for_and_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(spawn, "start", asked.append)
    look.only_beat({})
    assert not asked
    look.only_beat({"folder": "/run", **look.beat("/run", os.getpid())})
    [found] = asked
    assert found["only_beat"] and found["beat"][0].startswith("/run/") and "folder" not in found
