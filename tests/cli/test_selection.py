"""Selectors of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import Paper, make_run

from exparse.cli import selection
from exparse.errors import ExparseError, RunNotFound
from exparse.store import select
from exparse.store.root import Root


def test_last_is_what_it_is_for_everybody_else(root: Path) -> None:
    to = Paper()
    make_run(root, tmp=True)
    for _ in range(3):
        assert selection.picked(Root(root), ["last"], to) == (select.pick(str(root), "last"), True)
        assert selection.one(Root(root), "last", to) == select.pick(str(root), "last")[0]
        make_run(root)
        make_run(root, tmp=True)
    assert selection.picked(Root(root), ["last", "last~1", "1", "last"], to)[0] == [
        *select.pick(str(root), "last"),
        *select.pick(str(root), "last~1"),
        *select.pick(str(root), "1"),
    ]
    assert to.noted == ""


def test_last_of_the_trash_is_the_last_that_lies_there(root: Path) -> None:
    run = make_run(root)
    make_run(root)
    Root(root).remove(run)
    runs, all_known = selection.picked(Root(root), ["last"], Paper(), ("trash",))
    assert ([found.name for found in runs], all_known) == ([run.name], True)


def test_one_run_is_the_newest_of_several_and_none_is_an_error(root: Path) -> None:
    make_run(root, marks=["good"])
    run = make_run(root, marks=["good"])
    to = Paper()
    assert selection.one(Root(root), "@good", to) == run
    assert to.noted == "2 runs match @good: this is the newest, 2\n"
    with pytest.raises(RunNotFound, match="Close to it: @good"):
        selection.one(Root(root), "@goood", to)
    Root(root).remove(run)
    with pytest.raises(ExparseError, match="exparse restore 2"):
        selection.one(Root(root), "2", to)
