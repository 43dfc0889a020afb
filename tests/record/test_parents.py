"""Using what another run has left: its file is read, it becomes a parent, and what may still change is refused."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import IO, Any

import pytest
from making import make_run

from exparse.errors import ExparseError, InvalidName, RunNotFound
from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.run import Run


def finished(root: Path, **more: object) -> Run:
    made = make_run(root, {"lr": 0.1}, **more)  # type: ignore[arg-type]
    with LiveRun(made.root, made.name, made.place).open("sub/model.pt", "wb") as stream:
        stream.write(b"weights")
    return made


def content(stream: IO[Any]) -> Any:
    with stream:
        return stream.read()


def live(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.2}, state="running")
    return LiveRun(made.root, made.name)


def test_a_file_of_another_run_is_read_and_the_run_is_a_parent(root: Path) -> None:
    first, run = finished(root, label="base"), live(root)
    for other in (first, first.id, str(first.id), "base", first.name, "last", first.folder, first.path):
        with run.use(other, "sub/model.pt") as stream:
            assert stream.read() == b"weights"
    assert run.parents == [first.name] and run.about.used == {first.name: ["sub/model.pt"]}
    assert (run.path / "about.jsonl").read_text().count("\n") == 1
    assert content(run.use(first, "sub/model.pt", mode="r")) == "weights"


def test_without_a_file_the_run_is_only_a_parent(root: Path) -> None:
    first, run = finished(root), live(root)
    assert run.use(1) == first
    assert run.parents == [first.name] and run.about.used == {first.name: []}


def test_ten_parents_are_told_in_order(root: Path) -> None:
    others = [finished(root) for _ in range(10)]
    run = live(root)
    for other in others:
        run.use(other)
    assert Run(run.root, run.name).parents == [other.name for other in others]


def test_a_run_of_another_root_is_told_by_its_path(root: Path, tmp_path: Path) -> None:
    other, run = finished(tmp_path / "other runs"), live(root)
    assert content(run.use(os.path.relpath(other.folder), "sub/model.pt")) == b"weights"
    assert run.parents == [other.folder]


@pytest.mark.parametrize("state", ["running", "pending"])
def test_a_run_that_is_still_running_is_refused(root: Path, state: str) -> None:
    from exparse.store import liveness

    process = liveness.this_process()
    first, run = finished(root, state=state, facts={"process": process}), live(root)
    with pytest.raises(ExparseError, match=f"still {state}.*Wait for its end"):
        run.use(first, "sub/model.pt")
    assert run.parents == []
    # As it is now counts, not as it was when the object was made.
    told = json.loads((first.path / "status.json").read_text())
    (first.path / "status.json").write_text(json.dumps({**told, "state": "finished"}))
    assert content(run.use(first, "sub/model.pt")) == b"weights"


def test_a_run_cannot_use_itself(root: Path) -> None:
    run = live(root)
    with pytest.raises(ExparseError, match="itself"):
        run.use(run, "x")
    with pytest.raises(RunNotFound):
        run.use("last")


def test_a_missing_file_is_told_with_names_that_look_like_it(root: Path) -> None:
    first, run = finished(root), live(root)
    with pytest.raises(ExparseError, match=r"no file 'sub/modle.pt'. Close to it: sub/model.pt"):
        run.use(first, "sub/modle.pt")
    with pytest.raises(ExparseError, match="Close to it: sub/model.pt"):
        run.use(first, "other")
    shutil.rmtree(first.path / "files")
    with pytest.raises(ExparseError, match="left no files"):
        run.use(first, "other")
    assert run.parents == []


def test_unknown_runs_and_several_at_once_are_refused(root: Path) -> None:
    finished(root)
    finished(root)
    run = live(root)
    for other in ("nosuch", 99, "/nowhere/at/all"):
        with pytest.raises(RunNotFound):
            run.use(other)
    with pytest.raises(ExparseError, match="picks 2 runs"):
        run.use("1:2")
    for wrong in (None, 1.5, True, ["1"]):
        with pytest.raises(TypeError):
            run.use(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["../params.yaml", "/etc/passwd", "", "sub/../../params.yaml"])
def test_names_that_lead_out_of_the_files_are_refused(root: Path, name: str) -> None:
    first, run = finished(root), live(root)
    with pytest.raises(InvalidName):
        run.use(first, name)


def test_links_in_another_run_are_not_followed(root: Path, tmp_path: Path) -> None:
    first, run = finished(root), live(root)
    (tmp_path / "secret").write_text("secret")
    (first.path / "files" / "link").symlink_to(tmp_path / "secret")
    (first.path / "files" / "folder").symlink_to(tmp_path)
    for name in ("link", "folder/secret"):
        with pytest.raises(ExparseError, match="link"):
            run.use(first, name)


@pytest.mark.parametrize("mode", ["w", "a", "r+", "wb", "x"])
def test_another_run_is_only_read(root: Path, mode: str) -> None:
    first, run = finished(root), live(root)
    with pytest.raises(ValueError, match="mode"):
        run.use(first, "sub/model.pt", mode=mode)


def test_where_nothing_is_recorded_files_of_others_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, run = finished(root), UnrecordedRun("a test", root=str(root))
    assert content(run.use("last", "sub/model.pt")) == b"weights" and run.use(first).name == first.name
    assert run.parents == [first.name]
    monkeypatch.setenv("EXPARSE_ROOT", str(root))
    other = UnrecordedRun("a test")
    assert content(other.use(1, "sub/model.pt")) == b"weights" and other.parents == [first.folder]
    shutil.rmtree(run.folder)
    shutil.rmtree(other.folder)
