"""``exparse code``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli import code, provenance
from exparse.cli.code import NothingRecorded
from exparse.store.root import Root
from exparse.store.run import Run

PATCH = b"""\
diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -1,2 +1,3 @@
 a
-b
+c\x1b[2J\xff
+d
diff --git a/new.py b/new.py
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+x
"""
GIT = {
    "commit": "3f2a1bc4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0",
    "branch": "main",
    "describe": "v1.2-3-g3f2a1bc",
    "message": "Add dropout",
    "dirty": True,
    "untracked": 1,
    "remote": "https://example.org/ada/train.git",
    "pushed": False,
    "patch": {
        "bytes": len(PATCH),
        "sha256": "x",
        "left_out": [{"path": "big.bin", "bytes": 5_000_000, "why": "too large"}],
        "masked": True,
    },
    "submodules": [{"path": "lib", "commit": "abc"}],
    "problem": None,
}


def with_code(root: Path, text: bytes | None = PATCH, **git: Any) -> Run:
    run = make_run(root, facts={"git": {**GIT, **git}, "packages": 2})
    if text is not None:
        (run.path / "code.patch").write_bytes(text)
    (run.path / "packages.txt").write_text("numpy==2.0\npandas==2.2\n")
    return run


def shown(root: Path) -> list[str]:
    to = Paper()
    assert code.code(Root(root), "last", to) == 0
    return to.said.splitlines()


def test_commit_remote_and_changes_are_told(root: Path) -> None:
    with_code(root)
    assert shown(root) == [
        "code      3f2a1bc4d5 (v1.2-3-g3f2a1bc), main, dirty, not pushed",
        "message   Add dropout",
        "remote    https://example.org/ada/train.git",
        f"patch     2 files, +3 -1, {len(PATCH)} B, secrets masked in it: it may not apply",
        "left out  big.bin (5.0 MB, too large)",
        "modules   lib abc",
        "script    /home/ada/train.py",
        "packages  2",
        "  M  +2 -1  train.py",
        "  A  +1 -0  new.py",
    ]


def test_a_clean_and_pushed_commit_is_one_line(root: Path) -> None:
    with_code(root, None, dirty=False, pushed=True, describe="3f2a1bc", patch=None, submodules=[], branch=None)
    assert shown(root)[0] == "code      3f2a1bc4d5, detached, clean, pushed"
    assert not [line for line in shown(root) if line.startswith(("patch", "left out", "modules"))]


def test_what_keeps_git_from_telling_is_told(root: Path) -> None:
    make_run(root, facts={"git": {"commit": None, "problem": "the repository belongs to another user"}})
    assert shown(root)[0] == "git       the repository belongs to another user"


def test_a_run_without_any_code_says_so(root: Path) -> None:
    make_run(root, facts={"script": None})
    to = Paper()
    assert code.code(Root(root), "1", to) == 0
    assert (to.said, to.noted) == ("", "no code was recorded for run 1\n")


def test_sources_are_told_where_there_is_no_git(root: Path) -> None:
    run = make_run(root, facts={"git": None})
    (run.path / "source.zip").write_bytes(b"x" * 2000)
    assert "source    source.zip, 2.0 kB" in shown(root)


def test_the_patch_passes_byte_for_byte_to_a_program(root: Path, tmp_path: Path) -> None:
    with_code(root)
    command = [sys.executable, "-m", "exparse", "code", "1", "--patch"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert (answer.stdout, answer.stderr, answer.returncode) == (PATCH, b"", 0)


def test_the_patch_is_harmless_on_a_terminal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_code(root)
    to = Paper()
    monkeypatch.setattr(to.out, "isatty", lambda: True)
    assert code.patch(Root(root), "1", to) == 0
    assert "+c\\x1b[2J\\xff\n" in to.said


def test_no_patch_of_a_clean_tree_is_no_error(root: Path) -> None:
    with_code(root, None, dirty=False)
    to = Paper()
    assert code.patch(Root(root), "1", to) == 0
    assert (to.said, "clean tree" in to.noted) == ("", True)


def test_no_patch_and_no_packages_are_errors_where_nobody_knows(root: Path) -> None:
    make_run(root, facts={"git": None})
    with pytest.raises(NothingRecorded, match="no repository of git"):
        code.patch(Root(root), "1", Paper())
    with pytest.raises(NothingRecorded, match="list of packages"):
        code.packages(Root(root), "1", Paper())


def test_packages_are_printed_as_pip_takes_them(root: Path, exparse: Any) -> None:
    with_code(root)
    assert exparse("code", "1", "--packages").stdout == "numpy==2.0\npandas==2.2\n"


def test_of_a_huge_patch_the_beginning_is_looked_through(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "MOST_READ", 1 << 20)
    with_code(root, PATCH.replace(b"+d\n", b"+d\n" * 1_000_000).replace(b"+1,3", b"+1,1000002"), patch=None)
    (line,) = [line for line in shown(root) if line.startswith("patch")]
    assert line.startswith("patch     1 file, +34") and line.endswith(", only the first 1 MiB were read")


def test_damaged_metadata_are_one_line(root: Path, exparse: Any) -> None:
    run = with_code(root)
    (run.path / "metadata.json").write_text("{")
    answer = exparse("code", "1")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)


SCRIPT = """
from exparse import ExParser
ExParser().parse_args()
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with one commit, in a folder with a space in its name."""
    folder = tmp_path / "my code"
    folder.mkdir()
    (folder / "data.txt").write_text("committed\n")
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *argv], cwd=folder, check=True)
    return folder


def test_the_cells_of_a_notebook_are_told(root: Path) -> None:
    make_run(root, facts={"git": None, "cells": 7})
    assert "cells     cells.py, 7 cells" in shown(root)


def test_the_code_of_a_run_comes_back_as_it_was(repository: Path, script: Any, exparse: Any) -> None:
    (repository / "data.txt").write_text("changed\n")
    assert script(SCRIPT, folder=repository).returncode == 0
    (repository / "data.txt").write_text("changed again\n")
    answer = exparse("code", "last", "--to", "../old code", cwd=repository)
    laid = repository.parent / "old code"
    assert (answer.stdout, answer.returncode) == (f"{laid}\n", 0)
    assert answer.stderr == "2 files of run 1, its patch applied\n"
    assert (laid / "data.txt").read_text() == "changed\n"
    assert sorted(path.name for path in laid.iterdir()) == ["data.txt", "main.py"]
    assert "  M  +1 -1  data.txt\n" in exparse("code", "1", cwd=repository).stdout


def test_a_folder_with_something_in_it_is_refused(repository: Path, script: Any, exparse: Any) -> None:
    assert script(SCRIPT, folder=repository).returncode == 0
    answer = exparse("code", "last", "--to", "exruns", cwd=repository)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "not an empty folder" in answer.stderr


def test_the_code_of_a_run_comes_into_a_clean_checkout_and_into_no_other(
    repository: Path, script: Any, exparse: Any
) -> None:
    assert script(SCRIPT, folder=repository).returncode == 0
    (repository / "data.txt").write_text("changed\n")
    answer = exparse("code", "last", "--to", ".", cwd=repository)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "is not clean: data.txt. Nothing was changed; commit or stash these first" in answer.stderr
    for argv in (["add", "-A", "data.txt"], ["commit", "-q", "-m", "second"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *argv], cwd=repository, check=True)
    answer = exparse("code", "last", "--to", ".", cwd=repository)
    assert (answer.returncode, answer.stdout) == (0, f"{repository}\n")
    assert answer.stderr == "1 file of run 1 written; HEAD and index stay\n`git checkout .` goes back\n"
    assert (repository / "data.txt").read_text() == "committed\n"


def test_a_commit_that_is_not_here_says_where_it_was(root: Path, tmp_path: Path, exparse: Any) -> None:
    with_code(root, top=str(tmp_path / "gone"))
    answer = exparse("code", "1", "--to", "new")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "never pushed" in answer.stderr or "https://example.org/ada/train.git" in answer.stderr
    assert not (tmp_path / "new").exists()
