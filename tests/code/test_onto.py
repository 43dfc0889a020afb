"""The code of a run in the user's own checkout: only where nothing is lost, and git knows the way back."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git, tree_of

from exparse.code.onto import NotClean, put
from exparse.code.trees import CodeNotFound

Git = Callable[..., bytes]


@pytest.fixture
def told(repo: Path, git: Git, run_folder: Path, record: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Record a changed tree, then go on: another commit, and a clean tree."""
    (repo / "train.py").write_text("changed\n")
    (repo / "new").mkdir()
    (repo / "new" / "run.sh").write_text("#!/bin/sh\n")
    (repo / "new" / "run.sh").chmod(0o755)
    (repo / "link").symlink_to("pkg")
    told = record(repo, run_folder)
    git("stash", "-q", "-u")
    (repo / "pkg" / "later.py").write_text("later\n")
    (repo / "pkg" / "model.py").write_text("model = 2\n")
    git("add", "-A")
    git("commit", "-qm", "second")
    return told


def test_the_files_of_a_run_come_and_git_brings_back_what_was(
    repo: Path, git: Git, told: dict[str, Any], run_folder: Path
) -> None:
    before, refs = tree_of(repo), git("for-each-ref")
    done = put(told, str(run_folder), str(repo))
    assert (sorted(done.written), done.removed) == (
        ["link", "new/run.sh", "pkg/model.py", "train.py"],
        ["pkg/later.py"],
    )
    assert sorted(done.added) == ["link", "new/run.sh"] and done.notes == []
    assert (repo / "train.py").read_text() == "changed\n" and (repo / "link").is_symlink()
    assert (repo / "new" / "run.sh").stat().st_mode & 0o100
    assert git("for-each-ref") == refs and git("diff", "--cached") == b""
    git("checkout", "-q", ".")
    git("clean", "-qfd")
    assert tree_of(repo) == before


@pytest.mark.parametrize("way", ["changed", "staged", "untracked", "ignored", "folder", "link", "assumed"])
def test_a_checkout_in_which_something_would_be_lost_stays_as_it_is(
    repo: Path, git: Git, told: dict[str, Any], run_folder: Path, tmp_path: Path, way: str
) -> None:
    if way in ("changed", "staged"):
        (repo / "pkg" / "model.py").write_text("unsaved\n")
        git("add", *(["-A"] if way == "staged" else ["-N", "."]))
    elif way in ("untracked", "ignored"):
        (repo / ("new" if way == "untracked" else "link")).write_text("mine\n")
        (repo / ".git" / "info" / "exclude").write_text("link\n")
    elif way == "folder":
        (repo / "link").mkdir()
        (repo / "link" / "mine").write_text("mine\n")
    elif way == "link":
        (tmp_path / "outside").mkdir()
        (repo / "new").symlink_to(tmp_path / "outside")
    else:
        git("update-index", "--assume-unchanged", "train.py")
        (repo / "train.py").write_text("hidden\n")
    before = tree_of(repo)
    with pytest.raises(NotClean, match="Nothing was changed") as caught:
        put(told, str(run_folder), str(repo))
    named = {"changed": "pkg/model.py", "staged": "pkg/model.py", "folder": "link/mine", "ignored": "link"}
    assert caught.value.paths == [named.get(way, "train.py" if way == "assumed" else "new")]
    assert tree_of(repo) == before and list(tmp_path.glob("outside/*")) == []


def test_a_repository_without_the_commit_is_refused(told: dict[str, Any], run_folder: Path, other: Path) -> None:
    with pytest.raises(CodeNotFound, match="does not have the commit"):
        put(told, str(run_folder), str(other))
    assert sorted(path.name for path in other.iterdir()) == [".git"]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    run_git(tmp_path / "other", "init", "-q")
    return tmp_path / "other"


@pytest.mark.slow
def test_a_checkout_that_holds_all_loses_nothing_to_one_that_does_not(
    repo: Path, git: Git, told: dict[str, Any], run_folder: Path, tmp_path: Path
) -> None:
    git("clone", "-q", str(repo), str(tmp_path / "whole"))
    git("sparse-checkout", "set", "--no-cone", "/train.py")
    done = put(told, str(run_folder), str(tmp_path / "whole"))
    assert done.removed == ["pkg/later.py"] and (tmp_path / "whole" / "pkg" / "model.py").exists()
    assert put(told, str(run_folder), str(repo)).removed == []
    git("sparse-checkout", "disable")
    assert (repo / "pkg" / "model.py").exists()


def test_an_archive_of_some_sources_does_not_stand_for_a_checkout(
    repo: Path, told: dict[str, Any], run_folder: Path
) -> None:
    with zipfile.ZipFile(run_folder / "source.zip", "w") as archive:
        archive.writestr("train.py", "x = 1\n")
    (run_folder / "code.patch").write_text("no patch any more")
    before = tree_of(repo)
    with pytest.raises(CodeNotFound, match="only the sources that it imported: .*does not apply"):
        put(told, str(run_folder), str(repo))
    assert tree_of(repo) == before
