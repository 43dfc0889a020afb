"""``exparse mark``, ``unmark`` and ``marks``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_root, make_run

from exparse.cli.mark import mark
from exparse.cli.marks import marks
from exparse.cli.unmark import unmark
from exparse.errors import InvalidName
from exparse.query.index import Index
from exparse.store.root import Root


def test_known_runs_are_marked_and_the_unknown_one_is_a_warning(root: Path) -> None:
    make_run(root)
    run = make_run(root)
    to = Paper()
    assert mark(Root(root), "good", ["2", "7"], to) == 1
    assert to.said == "marked good: 2\n"
    assert to.noted.startswith("exparse: warning: no run matches '7'")
    assert (root / "marked" / "good" / f"{run.name}.yaml").resolve() == run.path / "params.yaml"
    assert Index(root).info("good").id.tolist() == [2]


def test_marking_again_is_no_error(root: Path) -> None:
    make_run(root)
    make_run(root)
    to = Paper()
    assert mark(Root(root), "good", ["1"], to) == 0
    assert mark(Root(root), "good", ["1:2"], to) == 0
    assert to.said == "marked good: 1\nmarked good: 2\nmarked good before: 1\n"


def test_marks_nest_and_reach_temporary_runs(root: Path) -> None:
    make_run(root, tmp=True)
    assert mark(Root(root), "paper/table1/row", ["1"], Paper()) == 0
    assert [run.id for run in Root(root).marked("paper")] == [1]


@pytest.mark.parametrize(
    "key", ["../../x", "/etc", "a//b", "7", "", ".x", "a b", "runs/x", "x\x1b[2J", "a/../b", "a" * 101]
)
def test_a_mark_that_could_leave_the_root_is_refused_before_anything_is_done(root: Path, key: str) -> None:
    make_run(root)
    before = sorted(root.rglob("*"))
    with pytest.raises(InvalidName):
        mark(Root(root), key, ["1"], Paper())
    assert sorted(root.rglob("*")) == before


def test_unmarking_says_what_was_done_and_leaves_no_empty_folder(root: Path) -> None:
    make_run(root, marks=["paper/t1"])
    make_run(root)
    to = Paper()
    assert unmark(Root(root), "paper/t1", ["1", "2", "9"], to) == 1
    assert to.said == "no longer marked paper/t1: 1\nnot marked paper/t1 before: 2\n"
    assert "no run matches '9'" in to.noted
    assert list((root / "marked").iterdir()) == []


def test_marks_are_listed_with_their_runs(root: Path) -> None:
    make_run(root, marks=["good", "paper/t1"])
    newest = make_run(root, marks=["good"])
    to = Paper()
    assert marks(Root(root), "table", to) == 0
    assert [line.split() for line in to.said.splitlines()] == [
        ["mark", "runs", "newest"],
        ["--------", "----", "-" * 26],
        ["good", "2", newest.name],
        ["paper/t1", "1", "000001-2026-11-21-05-40-12"],
    ]
    to = Paper()
    marks(Root(root), "json", to)
    assert json.loads(to.said)[0] == {"mark": "good", "runs": 2, "newest": newest.name}


def test_no_marks_are_said(root: Path) -> None:
    to = Paper()
    assert marks(Root(make_root(root)), "table", to) == 0
    assert (to.said, "no marks in" in to.noted) == ("", True)


def test_the_real_command_marks(root: Path, exparse: Any) -> None:
    make_run(root, label="baseline")
    answer = exparse("mark", "good", "base", "7")
    assert (answer.stdout, answer.returncode) == ("marked good: 1\n", 1)
    refused = exparse("mark", "../x", "1")
    assert (refused.stdout, refused.returncode) == ("", 1)
    assert refused.stderr.startswith("exparse: error: the mark '..' is not allowed")
    assert refused.stderr.count("\n") == 1
