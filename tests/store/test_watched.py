"""The marks of runs that others change meanwhile: what is told is what a walk would find."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from exparse.store import marks, watched

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

NAMES = [f"{number:06d}-2026-11-21-05-40-12" for number in range(1, 6)]
MARKS = ["a", "b", "b/c", "b/c/d", "e/f"]


def told_by_a_walk(root: Path, name: str) -> list[str]:
    return marks.of_runs(str(root)).get(name, [])


@pytest.mark.parametrize("large", [500, 0])
def test_each_answer_is_what_a_walk_finds(root: Path, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "_LARGE", large)
    # Where a large folder is not listed again, a mark below it may be overlooked for a while: not tried here.
    monkeypatch.setattr(watched, "_SHARE", 0)
    root.mkdir()
    asked, chance = watched.Watched(str(root)), random.Random(7)
    assert asked.of(NAMES[0]) == []
    for _ in range(400):
        mark, name = chance.choice(MARKS), chance.choice(NAMES)
        if chance.random() < 0.5:
            marks.add(str(root), mark, name, "runs")
        else:
            marks.drop(str(root), mark, name)
        looked_at = chance.choice(NAMES)
        assert asked.of(looked_at) == told_by_a_walk(root, looked_at)
    shutil.rmtree(root / "marked")
    assert [asked.of(name) for name in NAMES] == [[]] * len(NAMES)


def test_of_a_large_folder_only_the_link_of_the_run_is_looked_at(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        marks.add(str(root), "a", name, "runs")
    monkeypatch.setattr(watched, "_LARGE", 0)
    monkeypatch.setattr(watched, "_SHARE", 1e9)
    asked = watched.Watched(str(root))
    assert asked.of(NAMES[0]) == ["a"]
    monkeypatch.setattr(marks, "entries", lambda folder: pytest.fail(f"{folder} is listed"))
    marks.drop(str(root), "a", NAMES[1])
    assert [asked.of(name) for name in NAMES[:3]] == [["a"], [], ["a"]]
