"""The tree of a run comes back: from commit and patch, or from the archive, and never by checking out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git, tree_of

from exparse.code.tree import CodeNotFound, unpack

Git = Callable[..., bytes]
Record = Callable[..., dict[str, Any]]


def test_a_clean_tree_comes_back(record: Record, repo: Path, run_folder: Path, tmp_path: Path) -> None:
    told = record(repo, run_folder)
    found = unpack(told, str(run_folder), str(tmp_path / "to"))
    assert tree_of(tmp_path / "to") == tree_of(repo)
    assert (found.files, found.patched, found.notes) == (3, False, [])


def test_a_dirty_tree_comes_back_though_the_branch_has_moved_on(
    record: Record, repo: Path, git: Git, run_folder: Path, odd_folder: Path
) -> None:
    (repo / "train.py").write_text("changed\n")
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)
    (repo / "link").symlink_to("pkg/model.py")
    (repo / "new").mkdir()
    (repo / "new" / "größe\n.bin").write_bytes(bytes(range(256)))
    (repo / "pkg" / "model.py").unlink()
    before = tree_of(repo)
    told = record(repo, run_folder)
    git("add", "-A")
    git("commit", "-qm", "second")
    (repo / "train.py").write_text("third\n")
    found = unpack(told, str(run_folder), str(odd_folder / "to"))
    assert found.patched and not found.notes
    assert tree_of(odd_folder / "to") == before


def test_a_folder_within_a_repository_is_as_good_as_any(record: Record, repo: Path, run_folder: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    before = tree_of(repo)
    told = record(repo, run_folder)
    unpack(told, str(run_folder), str(repo / "old"))
    assert tree_of(repo / "old") == before


def test_the_commit_may_be_in_another_clone(record: Record, repo: Path, run_folder: Path, tmp_path: Path) -> None:
    told = record(repo, run_folder)
    before = tree_of(repo)
    repo.rename(tmp_path / "moved")
    with pytest.raises(CodeNotFound, match="is not here"):
        unpack(told, str(run_folder), str(tmp_path / "to"))
    assert not (tmp_path / "to").exists()
    unpack(told, str(run_folder), str(tmp_path / "to"), nearby=[str(tmp_path / "moved" / "pkg")])
    assert tree_of(tmp_path / "to") == before


@pytest.mark.parametrize("pushed", [True, False])
def test_a_commit_that_is_gone_is_told_with_where_it_was(
    record: Record, repo: Path, git: Git, run_folder: Path, tmp_path: Path, pushed: bool
) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "server.git")
    git("remote", "add", "origin", str(tmp_path / "server.git"))
    if pushed:
        git("push", "-q", "origin", "main")
    told = record(repo, run_folder)
    shutil.rmtree(repo / ".git")
    run_git(repo, "init", "-q")
    with pytest.raises(CodeNotFound, match="had been pushed to" if pushed else "had not been pushed to") as caught:
        unpack(told, str(run_folder), str(tmp_path / "to"))
    assert str(tmp_path / "server.git") in str(caught.value) and "does not have the commit" in str(caught.value)


@pytest.mark.parametrize("full", ["file", "folder"])
def test_a_place_that_is_taken_is_refused(
    record: Record, repo: Path, run_folder: Path, tmp_path: Path, full: str
) -> None:
    told = record(repo, run_folder)
    to = tmp_path / "to"
    if full == "folder":
        to.mkdir()
        (to / "mine").write_text("mine")
    else:
        to.write_text("mine")
    before = tree_of(tmp_path)
    with pytest.raises(CodeNotFound, match="not an empty folder"):
        unpack(told, str(run_folder), str(to))
    assert tree_of(tmp_path) == before


def test_without_a_repository_the_sources_come_back(record: Record, tmp_path: Path, run_folder: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text("print()\n")
    told = record(project, run_folder, script=str(project / "train.py"))
    assert told["git"] is None
    assert unpack(told, str(run_folder), str(tmp_path / "to")).files == 1
    assert tree_of(tmp_path / "to") == tree_of(project)


def test_where_the_commit_is_gone_the_sources_do(record: Record, repo: Path, run_folder: Path, tmp_path: Path) -> None:
    told = record(repo, run_folder, script=str(repo / "train.py"), source=True)
    shutil.rmtree(repo)
    found = unpack(told, str(run_folder), str(tmp_path / "to"))
    assert found.files == 1 and "only the sources" in found.notes[0]


@pytest.mark.parametrize("told", [{}, {"git": None}, {"git": "x"}, {"git": {"commit": None}}, {"git": {"commit": 3}}])
def test_a_run_without_code_says_so(run_folder: Path, tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(CodeNotFound, match="neither a commit nor the sources"):
        unpack(told, str(run_folder), str(tmp_path / "to"))


@pytest.mark.parametrize("commit", ["--output=x", "HEAD", "a b", "", "../x", "0" * 40])
def test_metadata_that_lie_about_the_commit_do_no_harm(
    repo: Path, run_folder: Path, tmp_path: Path, commit: str
) -> None:
    told = {"git": {"commit": commit, "top": str(repo), "remote": 3, "patch": [], "problem": None}}
    with pytest.raises(CodeNotFound):
        unpack(told, str(run_folder), str(tmp_path / "to"))


def test_what_was_not_kept_is_noted(record: Record, repo: Path, run_folder: Path, tmp_path: Path) -> None:
    (repo / "big.bin").write_bytes(b"x" * 1_000_001)
    (repo / "train.py").write_text("token = 'hunter22'\n")
    told = record(repo, run_folder, secrets=["hunter22"])
    assert unpack(told, str(run_folder), str(tmp_path / "to")).notes == [
        "big.bin was not kept",
        "secrets are masked in it",
    ]


def test_a_submodule_comes_from_the_clone_and_is_never_fetched(
    record: Record, repo: Path, git: Git, run_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(repo, tmp_path / "library")
    git("-c", "protocol.file.allow=always", "submodule", "-q", "add", str(tmp_path / "library"), "library")
    git("commit", "-qm", "with library")
    told = record(repo, run_folder)
    assert unpack(told, str(run_folder), str(tmp_path / "to")).notes == []
    assert tree_of(tmp_path / "to") == tree_of(repo)
    git("submodule", "-q", "deinit", "-f", "library")
    shutil.rmtree(repo / ".git" / "modules")
    found = unpack(told, str(run_folder), str(tmp_path / "again"))
    assert [note.partition(" at ")[0] for note in found.notes] == ["library is a submodule"]
    assert list((tmp_path / "again" / "library").iterdir()) == []


def evil_tree(repo: Path, git: Git, entries: list[tuple[bytes, bytes, bytes]]) -> str:
    """Commit a tree that no honest git would make: mode, name and content of each entry."""
    lines = b""
    for mode, name, data in entries:
        blob = git("hash-object", "-w", "--stdin", given=data).strip()
        lines += mode + b" " + name + b"\0" + bytes.fromhex(blob.decode())
    tree = git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", given=lines).decode().strip()
    return git("commit-tree", "-m", "evil", tree).decode().strip()


@pytest.mark.parametrize(
    "entries",
    [
        [(b"100644", b"../escaped", b"evil")],
        [(b"100644", b"..", b"evil")],
        [(b"100644", b"/escaped", b"evil")],
        [(b"100644", b".git/config", b"[core]\n")],
        [(b"120000", b"a", b"../"), (b"100644", b"a/escaped", b"evil")],
        [(b"100644", b"a/escaped", b"evil"), (b"120000", b"a", b"../")],
    ],
    ids=["up", "dots", "absolute", "git", "through a link", "before a link"],
)
def test_a_tree_made_to_escape_does_not(
    repo: Path, git: Git, run_folder: Path, tmp_path: Path, entries: list[tuple[bytes, bytes, bytes]]
) -> None:
    commit = evil_tree(repo, git, entries)
    before = set(os.listdir(tmp_path))
    told = {"git": {"commit": commit, "top": str(repo), "remote": None, "patch": None, "problem": None}}
    try:
        unpack(told, str(run_folder), str(tmp_path / "to"))
    except CodeNotFound:
        pass  # refusing it is as good
    assert set(os.listdir(tmp_path)) <= before | {"to"}
    assert not (tmp_path / "escaped").exists() and not (tmp_path / "to" / ".git").exists()


def test_nothing_of_the_repository_or_the_tree_runs(
    record: Record, repo: Path, git: Git, run_folder: Path, tmp_path: Path
) -> None:
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/canary\ncat\n")
    evil.chmod(0o755)
    (repo / "HEAD").write_text("ref: refs/heads/main\n")
    for folder in ("objects", "refs"):
        (repo / folder).mkdir()
        (repo / folder / "keep").write_text("")
    (repo / "config").write_text(f'[core]\n\tbare = true\n[filter "e"]\n\tsmudge = {evil}\n\tclean = {evil}\n')
    (repo / ".gitattributes").write_text("* filter=e export-subst\nhidden export-ignore\n")
    (repo / "hidden").write_text("$Format:%H$\n")
    git("add", "-A")
    git("commit", "-qm", "evil")
    for name in ("filter.e.smudge", "filter.e.clean", "filter.e.process", "core.fsmonitor", "core.sshCommand"):
        git("config", name, str(evil))
    (repo / "train.py").write_text("changed\n")
    before = tree_of(repo)
    (tmp_path / "canary").unlink(missing_ok=True)
    told = record(repo, run_folder)
    unpack(told, str(run_folder), str(tmp_path / "to"))
    assert not (tmp_path / "canary").exists()
    assert tree_of(tmp_path / "to") == before


@pytest.mark.parametrize(
    "patch",
    [
        "diff --git a/../x b/../x\nnew file mode 100644\n--- /dev/null\n+++ b/../x\n@@ -0,0 +1 @@\n+evil\n",
        "diff --git a/.git/config b/.git/config\nnew file mode 100644\n--- /dev/null\n+++ b/.git/config\n@@ -0,0 +1 @@\n+evil\n",
        "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+..\n\\ No newline at end of file\n"
        "diff --git a/l/x b/l/x\nnew file mode 100644\n--- /dev/null\n+++ b/l/x\n@@ -0,0 +1 @@\n+evil\n",
        "no patch at all\n",
    ],
    ids=["up", "git", "link", "none"],
)
def test_a_patch_made_to_escape_is_refused(
    record: Record, repo: Path, run_folder: Path, tmp_path: Path, patch: str
) -> None:
    told = record(repo, run_folder)
    (run_folder / "code.patch").write_text(patch)
    with pytest.raises(CodeNotFound, match="code.patch does not apply"):
        unpack(told, str(run_folder), str(tmp_path / "to"))
    assert not (tmp_path / "x").exists()
