"""``exparse rename``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli.rename import rename
from exparse.cli.selection import Wanted
from exparse.errors import ExparseError, InvalidName
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def labels(root: Path) -> list[str | None]:
    """Return the labels of the runs, by number."""
    return [run.label for run in Root(root)]


def test_one_run_is_renamed_and_its_name_said(root: Path) -> None:
    make_run(root, marks=["good"])
    to = Paper()
    assert rename(Root(root), Wanted(("1",)), "base", to) == 0
    assert to.said == "renamed: 1 is 000001-2026-11-21-05-40-12-base\n"
    assert Root(root).marks() == {"good": ["000001-2026-11-21-05-40-12-base"]}


def test_several_runs_get_one_label_and_those_that_had_it_are_told_apart(root: Path) -> None:
    make_run(root, label="base")
    make_run(root)
    make_run(root, tmp=True, label="x")
    to = Paper()
    assert rename(Root(root), Wanted(("1:3",)), "base", to) == 0
    assert to.said == "renamed base: 2 and 3\ncalled base before: 1\n"
    assert labels(root) == ["base", "base"] and Root(root).runs("tmp")[0].label == "base"


def test_a_label_is_taken_away(root: Path) -> None:
    make_run(root, label="base")
    make_run(root)
    to = Paper()
    assert rename(Root(root), Wanted(states=("finished",)), None, to) == 0
    assert to.said == "renamed: 1 is 000001-2026-11-21-05-40-12\nwithout a label before: 2\n"
    assert labels(root) == [None, None]


def test_a_running_one_keeps_its_name_and_the_others_are_renamed(root: Path) -> None:
    make_run(root, state="running", exit_code=None, seconds=None)
    make_run(root)
    to = Paper()
    assert rename(Root(root), Wanted(("1:2",)), "base", to) == 1
    assert "run 1 is running" in to.noted and labels(root) == [None, "base"]


def test_an_error_names_the_file_that_could_not_be_made(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(root)

    def refuse(target: str, path: str) -> None:
        raise OSError(30, "Read-only file system", target, None, path)

    monkeypatch.setattr("os.symlink", refuse)
    to = Paper()
    assert rename(Root(root), Wanted(("1",)), "base", to) == 1
    assert f"run 1: {root}/index/{run.name}-base.yaml: Read-only file system" in to.noted


def test_a_label_that_picks_a_run_is_refused_before_anything_is_done(root: Path) -> None:
    make_run(root)
    make_run(root)
    with pytest.raises(InvalidName, match="it picks a run already"):
        rename(Root(root), Wanted(("1",)), "2", Paper())
    assert labels(root) == [None, None]


def test_the_real_command_renames(root: Path, exparse: Any) -> None:
    make_run(root, {"lr": 0.5}, label="old")
    assert exparse("rename", "old", "new").stdout == "renamed: 1 is 000001-2026-11-21-05-40-12-new\n"
    assert exparse("rename", "best", "--where", "lr = 0.5").stdout.endswith("-best\n")
    assert exparse("rename", "best", "--remove").returncode == 0
    for argv in (["rename"], ["rename", "1"], ["rename", "--remove"], ["rename", "--where", "lr = 0.5"]):
        answer = exparse(*argv)
        assert (answer.returncode, answer.stdout) == (2, "") and "expected" in answer.stderr
    assert labels(root) == [None]


def test_nothing_is_renamed_where_a_selector_picks_nothing(root: Path) -> None:
    make_run(root, label="base")
    to = Paper()
    assert rename(Root(root), Wanted(("1", "9")), "other", to) == 1
    assert labels(root) == ["base"] and to.noted.endswith("nothing was renamed\n")


def test_many_runs_are_renamed_after_a_question(root: Path) -> None:
    for _ in range(6):
        make_run(root)
    to = Paper(answer=False)
    assert rename(Root(root), Wanted(("1:6",)), "base", to) == 1
    assert to.asked == ["Rename 6 runs to base: 1, 2, 3, 4, 5 and 6?"] and set(labels(root)) == {None}
    with pytest.raises(ExparseError, match="Add --yes to rename them"):
        rename(Root(root), Wanted(("1:6",)), "base", Paper())
    assert rename(Root(root), Wanted(("1:5",)), "five", Paper()) == 0
    assert rename(Root(root), Wanted(("1:6",)), "base", Paper(), yes=True) == 0
    assert labels(root) == ["base"] * 6
