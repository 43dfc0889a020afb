"""``exparse mark``, ``unmark`` and ``marks``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_root, make_run

from exparse.cli.mark import mark
from exparse.cli.marks import marks
from exparse.cli.selection import Wanted
from exparse.cli.unmark import unmark
from exparse.errors import ExparseError, InvalidName, MarkNotFound
from exparse.query.index import Index
from exparse.query.language import parse
from exparse.store.root import Root


def test_known_runs_are_marked_and_the_unknown_one_is_a_warning(root: Path) -> None:
    make_run(root)
    run = make_run(root)
    to = Paper()
    assert (
        mark(
            Root(root),
            "good",
            Wanted(
                (
                    "2",
                    "7",
                )
            ),
            to,
        )
        == 1
    )
    assert to.said == "marked good: 2\n"
    assert to.noted.startswith("exparse: warning: no run matches '7'")
    assert (root / "marked" / "good" / f"{run.name}.yaml").resolve() == run.path / "params.yaml"
    assert Index(root).info("good").id.tolist() == [2]


def test_marking_again_is_no_error(root: Path) -> None:
    make_run(root)
    make_run(root)
    to = Paper()
    assert mark(Root(root), "good", Wanted(("1",)), to) == 0
    assert mark(Root(root), "good", Wanted(("1:2",)), to) == 0
    assert to.said == "marked good: 1\nmarked good: 2\nmarked good before: 1\n"


def test_marks_nest_and_reach_temporary_runs(root: Path) -> None:
    make_run(root, tmp=True)
    assert mark(Root(root), "paper/table1/row", Wanted(("1",)), Paper()) == 0
    assert [run.id for run in Root(root).marked("paper")] == [1]


@pytest.mark.parametrize(
    "key", ["../../x", "/etc", "a//b", "7", "", ".x", "a b", "runs/x", "x\x1b[2J", "a/../b", "a" * 101]
)
def test_a_mark_that_could_leave_the_root_is_refused_before_anything_is_done(root: Path, key: str) -> None:
    make_run(root)
    before = sorted(root.rglob("*"))
    with pytest.raises(InvalidName):
        mark(Root(root), key, Wanted(("1",)), Paper())
    assert sorted(root.rglob("*")) == before


def test_unmarking_says_what_was_done_and_leaves_no_empty_folder(root: Path) -> None:
    make_run(root, marks=["paper/t1"])
    make_run(root)
    to = Paper()
    assert (
        unmark(
            Root(root),
            "paper/t1",
            Wanted(
                (
                    "1",
                    "2",
                    "9",
                )
            ),
            False,
            to,
        )
        == 1
    )
    assert to.said == "no longer marked paper/t1: 1\nnot marked paper/t1 before: 2\n"
    assert "no run matches '9'" in to.noted
    assert list((root / "marked").iterdir()) == []


def test_marks_are_listed_with_their_runs(root: Path) -> None:
    make_run(root, marks=["good", "ok"])
    newest = make_run(root, marks=["good"])
    to = Paper()
    assert marks(Root(root), "table", to) == 0
    assert [line.split() for line in to.said.splitlines()] == [
        ["mark", "runs", "newest"],
        ["----", "----", "-" * 26],
        ["good", "2", newest.name],
        ["ok", "1", "000001-2026-11-21-05-40-12"],
    ]


def test_nested_marks_are_counted_in_those_above_each_run_once(root: Path) -> None:
    make_run(root, marks=["paper/t1", "paper/t2"])
    newest = make_run(root, marks=["paper/t1"])
    to = Paper()
    marks(Root(root), "table", to)
    assert [line.split()[:3] for line in to.said.splitlines()[2:]] == [
        ["paper", "0", "2"],
        ["paper/t1", "2", "2"],
        ["paper/t2", "1", "1"],
    ]
    to = Paper()
    marks(Root(root), "json", to)
    assert json.loads(to.said)[0] == {"mark": "paper", "runs": 0, "total": 2, "newest": newest.name}


def test_no_marks_are_said(root: Path) -> None:
    to = Paper()
    assert marks(Root(make_root(root)), "table", to) == 0
    assert (to.said, "no marks in" in to.noted) == ("", True)


def test_many_runs_are_counted_and_not_all_named(root: Path) -> None:
    for _ in range(15):
        make_run(root)
    to = Paper()
    assert mark(Root(root), "good", Wanted(("1:",)), to) == 0
    assert to.said == "marked good: 15 runs: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more\n"


def test_runs_are_marked_by_what_they_are(root: Path) -> None:
    make_run(root, {"lr": 0.1})
    make_run(root, {"lr": 0.5}, state="failed")
    make_run(root, {"lr": 0.9})
    to = Paper()
    assert mark(Root(root), "high", Wanted(where=(parse("lr > 0.3"),)), to) == 0
    assert mark(Root(root), "broken", Wanted(states=("failed",)), to) == 0
    assert mark(Root(root), "one", Wanted(("lr = 0.9",)), to) == 0
    assert mark(Root(root), "both", Wanted(("1:2",), marks=("high",)), to) == 0
    assert mark(Root(root), "none", Wanted(where=(parse("lr > 5"),)), to) == 0
    assert to.said == "marked high: 2 and 3\nmarked broken: 2\nmarked one: 3\nmarked both: 2\n"
    assert to.noted == f"no run is like that; 3 were looked at in {root}; lr is 0.1 to 0.9\n"


def test_without_runs_a_mark_is_taken_off_all_after_a_question(root: Path) -> None:
    make_run(root, marks=["good", "good/deep"])
    make_run(root, marks=["good"])
    to = Paper(answer=False)
    assert unmark(Root(root), "good", Wanted(), False, to) == 1
    assert to.asked == ["Take the mark good off 2 runs?"] and len(Root(root).marks()["good"]) == 2
    to = Paper(answer=True)
    assert unmark(Root(root), "good", Wanted(), False, to) == 0
    assert to.said == "no longer marked good: 1 and 2\n"
    assert list(Root(root).marks()) == ["good/deep"]
    with pytest.raises(MarkNotFound, match="good/deep"):
        unmark(Root(root), "good", Wanted(), True, Paper())


def test_where_nobody_can_be_asked_all_keep_their_mark(root: Path) -> None:
    make_run(root, marks=["good"])
    with pytest.raises(ExparseError, match="--yes"):
        unmark(Root(root), "good", Wanted(), False, Paper())
    assert unmark(Root(root), "good", Wanted(), True, Paper()) == 0
    assert Root(root).marks() == {}


def test_a_mark_without_runs_is_an_error_of_usage(root: Path, exparse: Any) -> None:
    make_run(root)
    answer = exparse("mark", "good")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "name the runs" in answer.stderr
    assert exparse("mark", "--state", "finished", "good").stdout == "marked good: 1\n"


def test_the_real_command_marks(root: Path, exparse: Any) -> None:
    make_run(root, label="baseline")
    answer = exparse("mark", "good", "base", "7")
    assert (answer.stdout, answer.returncode) == ("marked good: 1\n", 1)
    refused = exparse("mark", "../x", "1")
    assert (refused.stdout, refused.returncode) == ("", 1)
    assert refused.stderr.startswith("exparse: error: the mark '..' is not allowed")
    assert refused.stderr.count("\n") == 1


def test_a_link_that_cannot_be_removed_is_a_warning_and_the_others_go(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_run(root, marks=["good"])
    make_run(root, marks=["good"])
    unlink = os.unlink

    def refuse(path: str) -> None:
        if first.name in str(path):
            raise PermissionError(13, "Permission denied", path)
        unlink(path)

    monkeypatch.setattr(os, "unlink", refuse)
    to = Paper()
    assert unmark(Root(root), "good", Wanted(), True, to) == 1
    assert to.said == "no longer marked good: 2\n"
    assert to.noted.startswith("exparse: warning: run 1: ") and "Permission denied" in to.noted
