"""Renaming: another label, and everything that went by the old name follows."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from making import make_run

from exparse.errors import ExparseError, InvalidName
from exparse.query.family import family
from exparse.store import files, renaming
from exparse.store.root import Root
from exparse.store.run import Run

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def links(root: Path) -> set[str]:
    """Return the links and files of a root beside its runs."""
    folders = [root / name for name in ("index", "marked", "fails", ".jobs")]
    return {str(path.relative_to(root)) for folder in folders for path in folder.rglob("*") if not path.is_dir()}


def test_the_label_changes_and_number_and_time_stay(root: Path) -> None:
    run = make_run(root, {"lr": 0.5}, label="old")
    new = renaming.rename(run, "new-one")
    assert new.name == "000001-2026-11-21-05-40-12-new-one"
    assert (new.params, new.metadata["label"], new.state) == ({"lr": 0.5}, "old", "finished")
    assert os.listdir(root / "runs") == [new.name]
    bare = renaming.rename(new, None)
    assert bare.name == "000001-2026-11-21-05-40-12"
    assert renaming.rename(bare, None) == bare


def test_links_and_marks_follow(root: Path) -> None:
    run = make_run(root, label="old", marks=["good", "paper/t1"])
    other = make_run(root, marks=["good"])
    (root / "fails").mkdir()
    files.link(f"../runs/{run.name}/params.yaml", f"{root}/fails/{run.name}.yaml")
    (root / "marked" / "exman").mkdir()
    (root / "marked" / "exman" / run.name).symlink_to(f"../../runs/{run.name}")
    new = renaming.rename(run, "new")
    assert Root(root).marks() == {
        "exman": [new.name],
        "good": [new.name, other.name],
        "paper/t1": [new.name],
    }
    assert links(root) == {
        *(f"index/{name}.yaml" for name in (new.name, other.name)),
        *(f"marked/{mark}/{new.name}.yaml" for mark in ("exman", "good", "paper/t1")),
        f"marked/good/{other.name}.yaml",
        f"fails/{new.name}.yaml",
    }
    for link in links(root):
        assert (root / link).resolve().name == "params.yaml" and (root / link).exists()


def test_a_temporary_run_gets_a_label_and_no_link_in_the_index(root: Path) -> None:
    run = make_run(root, tmp=True, marks=["good"])
    new = renaming.rename(run, "try")
    assert new.place == "tmp" and links(root) == {f"marked/good/{new.name}.yaml"}
    assert (root / "marked" / "good" / f"{new.name}.yaml").resolve() == new.path / "params.yaml"


def test_the_job_of_a_run_finds_it_again(root: Path) -> None:
    run, other = make_run(root), make_run(root)
    jobs = root / ".jobs"
    jobs.mkdir()
    (jobs / "names.lock").write_text("")
    (jobs / "damaged.json").write_text("[")
    for name, of in (("a", run), ("b", other)):
        told = {"place": "runs", "name": of.name, "restarts": 2, "time": 1.5}
        (jobs / f"{name}.json").write_text(json.dumps(told))
    new = renaming.rename(run, "new")
    assert json.loads((jobs / "a.json").read_text()) == {
        "place": "runs",
        "name": new.name,
        "restarts": 2,
        "time": 1.5,
    }
    assert json.loads((jobs / "b.json").read_text())["name"] == other.name
    assert (jobs / "damaged.json").read_text() == "["


@pytest.mark.parametrize("state", ["running", "pending"])
def test_a_run_under_way_keeps_its_name(root: Path, state: str) -> None:
    run = make_run(root, state=state, marks=["good"], exit_code=None, seconds=None)
    before = links(root)
    with pytest.raises(ExparseError, match=f"run 1 is {state}"):
        renaming.rename(run, "new")
    assert run.path.is_dir() and links(root) == before


@pytest.mark.parametrize("label", ["7", "last", "000001-2026-11-21-05-40-12", "a b", "../x", "", "a/b", ".x"])
def test_a_label_that_cannot_be_one_changes_nothing(root: Path, label: str) -> None:
    run = make_run(root, marks=["good"])
    before = links(root)
    with pytest.raises(InvalidName):
        renaming.rename(run, label)
    assert run.path.is_dir() and links(root) == before


def test_what_lies_in_the_way_is_never_overwritten(root: Path) -> None:
    run = make_run(root)
    (root / "runs" / f"{run.name}-new").mkdir()
    with pytest.raises(ExparseError, match="is there already"):
        renaming.rename(run, "new")
    assert run.path.is_dir() and links(root) == {f"index/{run.name}.yaml"}


def test_runs_of_the_trash_and_runs_that_are_gone_are_refused(root: Path) -> None:
    run = make_run(root)
    Root(root).remove(run)
    with pytest.raises(ExparseError, match="exparse restore 1"):
        renaming.rename(Run(str(root), run.name, "trash"), "new")
    with pytest.raises(ExparseError, match="is gone"):
        renaming.rename(run, "new")


def test_a_damaged_run_can_be_renamed(root: Path) -> None:
    run = make_run(root)
    (run.path / "status.json").write_text("{")
    assert renaming.rename(run, "damaged").path.is_dir()


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("function", ["move", "link", "remove_quietly"])
@pytest.mark.parametrize("calls", [0, 1, 2])
def test_a_kill_in_between_leaves_a_whole_run_and_its_marks(
    root: Path, monkeypatch: pytest.MonkeyPatch, function: str, calls: int
) -> None:
    run = make_run(root, {"lr": 0.5}, label="old", marks=["good", "paper/t1"])
    original, left = getattr(files, function), [calls]

    def killing(*args: Any, **more: Any) -> Any:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return original(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(files, function, killing)
        try:
            renaming.rename(run, "new")
        except Killed:
            pass  # what follows is about what is left
    (found,) = Root(root).runs()
    assert found.params == {"lr": 0.5} and found.label in ("old", "new")
    assert Root(root).marks() == {"good": [found.name], "paper/t1": [found.name]}


def test_a_move_that_fails_leaves_no_links_of_the_new_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(root, marks=["good"])
    before = links(root)

    def full(*args: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "move", full)
    with pytest.raises(OSError, match="No space left"):
        renaming.rename(run, "new")
    assert links(root) == before


def test_relatives_find_each_other_after_renaming(root: Path) -> None:
    parent = make_run(root, label="data")
    child = make_run(root, facts={"parents": [parent.name]})
    renamed = renaming.rename(parent, "dataset")
    assert family(renamed).children == [child.name]
    assert family(child).parents == [renamed.name]
    late = renaming.rename(child, "late")
    assert family(renamed).children == [late.name]


def test_a_parent_in_another_root_is_found_after_renaming(root: Path, tmp_path: Path) -> None:
    parent = make_run(tmp_path / "other", label="data")
    child = make_run(root, facts={"parents": [parent.folder, f"{tmp_path}/gone/runs/{parent.name}", "/x"]})
    renamed = renaming.rename(parent, "dataset")
    assert family(child).parents == [renamed.folder, f"{tmp_path}/gone/runs/{parent.name}", "/x"]


def test_the_name_before_picks_the_run_still(root: Path) -> None:
    run = make_run(root, label="old")
    make_run(root)
    new = renaming.rename(run, "new")
    assert Root(root).select(run.name) == [new]


def test_a_renaming_that_cannot_lay_its_links_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(root, marks=["good", "paper/t1"])
    before, link, made = links(root), files.link, []

    def full(target: str, path: str) -> None:
        if made:
            raise OSError(28, "No space left on device", path)
        made.append(path)
        link(target, path)

    monkeypatch.setattr(files, "link", full)
    with pytest.raises(OSError, match="No space left"):
        renaming.rename(run, "new")
    assert made and links(root) == before and run.path.is_dir()
