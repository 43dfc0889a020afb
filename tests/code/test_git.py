"""What git says of a tree: commit, branch, remote, dirty or not, and what is wrong with it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git

from exparse.code import git as code
from exparse.code import processes

Git = Callable[..., bytes]


def facts(folder: Path, root: Path | None = None) -> dict[str, Any]:
    found = code.look(str(folder), str(root) if root else None, [], meanwhile=lambda: None).facts
    assert found is not None
    return found


def test_a_clean_tree_is_its_commit(repo: Path, git: Git) -> None:
    told = facts(repo)
    assert told["commit"] == git("rev-parse", "HEAD").decode().strip()
    assert (told["branch"], told["message"], told["dirty"], told["untracked"]) == ("main", "first", False, 0)
    assert (told["remote"], told["pushed"], told["patch"], told["problem"]) == (None, None, None, None)
    assert told["top"] == str(repo)
    assert told["describe"] == told["commit"][:7]


def test_a_folder_deep_in_the_tree_tells_the_same(repo: Path) -> None:
    assert facts(repo / "pkg") == facts(repo)


def test_describe_counts_from_the_last_tag(repo: Path, git: Git) -> None:
    git("tag", "v1.0")
    git("commit", "-q", "--allow-empty", "-m", "second")
    assert facts(repo)["describe"].startswith("v1.0-1-g")


def test_a_detached_head_has_no_branch(repo: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")
    assert facts(repo)["branch"] is None


@pytest.mark.parametrize("change", ["edit", "untracked", "staged", "removed", "mode"])
def test_whatever_differs_makes_it_dirty(repo: Path, git: Git, change: str) -> None:
    if change == "edit":
        (repo / "train.py").write_text("print('second')\n")
    elif change == "untracked":
        (repo / "new.py").write_text("")
    elif change == "staged":
        (repo / "train.py").write_text("print('second')\n")
        git("add", "train.py")
    elif change == "removed":
        (repo / "train.py").unlink()
    else:
        (repo / "train.py").chmod(0o755)
    told = facts(repo)
    assert told["dirty"] is True and told["patch"]["bytes"] > 0
    assert told["untracked"] == (1 if change == "untracked" else 0)


def test_a_file_that_is_only_touched_is_no_change(repo: Path) -> None:
    os.utime(repo / "train.py", (1, 1))
    assert facts(repo)["dirty"] is False


def test_ignored_files_are_no_change(repo: Path) -> None:
    (repo / "data.ignored").write_text("big")
    assert facts(repo)["dirty"] is False


@pytest.mark.parametrize("name", ["exruns", "ex runs [1]*?", "sub/ex!#runs"])
def test_the_root_is_no_change(repo: Path, git: Git, name: str) -> None:
    root = repo / name
    (root / "runs").mkdir(parents=True)
    (root / "runs" / "params.yaml").write_text("a: 1\n")
    assert facts(repo, root)["dirty"] is False
    git("add", "-A")
    assert facts(repo, root)["dirty"] is False
    assert facts(repo)["dirty"] is True


def test_a_root_behind_a_link_is_no_change(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repo / "exruns").symlink_to(tmp_path / "elsewhere")
    assert facts(repo, repo / "exruns")["dirty"] is False


def test_what_lies_beside_the_root_with_a_like_name_counts(repo: Path) -> None:
    (repo / "exruns").mkdir()
    (repo / "exruns2").write_text("mine")
    assert facts(repo, repo / "exruns")["untracked"] == 1


def test_a_root_that_is_the_top_of_the_tree_leaves_out_its_own_folders_only(repo: Path) -> None:
    (repo / "runs").mkdir()
    (repo / "runs" / "x").write_text("a run")
    assert facts(repo, repo)["dirty"] is False
    (repo / "new.py").write_text("")
    assert facts(repo, repo)["untracked"] == 1


def test_a_commit_that_no_remote_has_is_not_pushed_until_it_is(repo: Path, git: Git, tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "server.git")
    git("remote", "add", "origin", str(tmp_path / "server.git"))
    told = facts(repo)
    assert told["remote"] == str(tmp_path / "server.git") and told["pushed"] is False
    git("push", "-q", "origin", "main")
    assert facts(repo)["pushed"] is True
    git("commit", "-q", "--allow-empty", "-m", "second")
    assert facts(repo)["pushed"] is False


def test_the_remote_that_the_branch_follows_comes_before_origin(repo: Path, git: Git) -> None:
    git("remote", "add", "origin", "https://example.org/a.git")
    git("remote", "add", "up", "https://example.org/b.git")
    assert facts(repo)["remote"] == "https://example.org/a.git"
    git("config", "branch.main.remote", "up")
    assert facts(repo)["remote"] == "https://example.org/b.git"


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://ada:s3cret@example.org/x.git", "https://example.org/x.git"),
        ("https://s3cret@example.org:8443/x.git?private_token=s3cret#s3cret", "https://example.org:8443/x.git"),
        ("ssh://git@example.org/x@y.git", "ssh://example.org/x@y.git"),
        ("git@example.org:team/x.git", "example.org:team/x.git"),
        ("https://a:b@c:s3cret@example.org/x", "https://example.org/x"),
        ("/srv/git/a@b.git", "/srv/git/a@b.git"),
        ("../a@b.git", "../a@b.git"),
    ],
)
def test_an_address_loses_whatever_may_be_a_token(url: str, bare: str) -> None:
    assert code.bare_url(url) == bare


def test_outside_of_a_repository_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert code.look(str(tmp_path), None, []).facts is None
    assert code.state(str(tmp_path), None) is None


def test_without_a_commit_it_says_so(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("1\n")
    told = facts(tmp_path)
    assert (told["commit"], told["branch"], told["dirty"]) == (None, "main", True)
    assert told["problem"] == "no commit yet"


def test_a_bare_repository_is_none(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "server.git")
    assert code.look(str(tmp_path / "server.git"), None, []).facts is None


def test_an_empty_git_folder_hides_nothing(repo: Path) -> None:
    (repo / "pkg" / ".git").mkdir()
    assert facts(repo / "pkg")["top"] == str(repo)


def test_a_broken_repository_is_told_not_raised(repo: Path) -> None:
    (repo / ".git" / "config").write_text("[core\n")
    told = facts(repo)
    assert told["commit"] is None and "config" in told["problem"]


def test_without_git_on_the_path_it_says_so(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert facts(repo)["problem"] == "there is no git on PATH"
    state = code.state(str(repo), None)
    assert state is not None and state.pop("problem") == "there is no git on PATH"
    nothing: dict[str, object] = {"changed": [], "left_out": [], "loose": {}, "parts": {}, "patch": b""}
    assert state == {"commit": None, "dirty": None, "patch_sha256": None, "top": str(repo), **nothing}


def test_a_worktree_tells_its_own_branch(repo: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side" / "train.py").write_text("changed\n")
    told = facts(tmp_path / "side")
    assert (told["branch"], told["dirty"], told["problem"]) == ("side", True, None)
    assert told["patch"]["bytes"] > 0
    assert facts(repo)["dirty"] is False


def test_a_submodule_is_a_tree_of_its_own(repo: Path, git: Git, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "library")
    git("-c", "protocol.file.allow=always", "submodule", "-q", "add", str(tmp_path / "library"), "library")
    git("commit", "-qm", "with library")
    told = facts(repo / "library")
    assert told["top"] == str(repo / "library") and told["problem"] is None and told["dirty"] is False
    assert facts(repo)["dirty"] is False
    (repo / "library" / "train.py").write_text("dirty within\n")
    told = facts(repo)
    assert told["dirty"] is True and told["patch"]["sha256"] is None
    assert told["patch"]["left_out"] == [{"path": "library", "bytes": None, "why": "changes within a submodule"}]
    assert facts(repo / "library")["dirty"] is True


def test_a_shallow_clone_is_told_as_any_other(repo: Path, git: Git, tmp_path: Path) -> None:
    git("commit", "-q", "--allow-empty", "-m", "second")
    run_git(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")
    (tmp_path / "shallow" / "train.py").write_text("changed\n")
    told = facts(tmp_path / "shallow")
    assert (told["message"], told["dirty"], told["pushed"], told["problem"]) == ("second", True, True, None)


def test_a_repository_of_sha256_is_told_as_any_other(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "a.py").write_text("1\n")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "a.py").write_text("2\n")
    told = facts(tmp_path)
    assert len(told["commit"]) == 64 and told["problem"] is None and told["patch"]["bytes"] > 0


def test_a_conflict_is_recorded_as_it_lies_there(repo: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "other")
    (repo / "train.py").write_text("other\n")
    git("commit", "-qam", "other")
    git("checkout", "-q", "main")
    (repo / "train.py").write_text("mine\n")
    git("commit", "-qam", "mine")
    with pytest.raises(AssertionError):
        git("merge", "-q", "other")
    found = code.look(str(repo), None, [])
    assert found.facts is not None and found.facts["dirty"] is True and found.patch is not None
    assert b"+<<<<<<< HEAD" in found.patch.data


def test_the_state_before_a_run_is_what_the_run_will_say(repo: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    told = facts(repo)
    found = code.look(str(repo), None, [])
    assert found.patch is not None
    assert code.state(str(repo), None) == {
        "commit": told["commit"],
        "dirty": True,
        "problem": None,
        "patch_sha256": told["patch"]["sha256"],
        "changed": ["train.py"],
        "top": str(repo),
        "patch": found.patch.data,
        "parts": {"train.py": told["patch"]["sha256"]},
        "left_out": [],
        "loose": {},
    }


def test_asking_git_changes_no_variable_and_needs_none(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    before = dict(os.environ)
    assert facts(repo)["problem"] is None
    assert dict(os.environ) == before


def test_a_tree_whose_path_is_odd_is_told_as_any_other(odd_folder: Path) -> None:
    run_git(odd_folder, "init", "-q")
    (odd_folder / "a.py").write_text("1\n")
    run_git(odd_folder, "add", "-A")
    run_git(odd_folder, "commit", "-qm", "first")
    (odd_folder / "a.py").write_text("2\n")
    told = facts(odd_folder, odd_folder / "exruns")
    assert told["problem"] is None and told["patch"]["bytes"] > 0


def test_no_folder_for_drafts_is_left(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    monkeypatch.setenv("TMPDIR", str(drafts))
    (repo / "train.py").write_text("changed\n")
    assert facts(repo)["patch"]["bytes"] > 0
    assert not list(drafts.iterdir())


def test_without_posix_spawn_git_says_the_same(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "train.py").write_text("changed\n")
    told = code.state(str(repo), None)
    monkeypatch.setattr(processes, "_SPAWNS", False)
    assert code.state(str(repo), None) == told


def test_what_python_has_compiled_is_no_change(repo: Path) -> None:
    (repo / "pkg" / "__pycache__").mkdir(exist_ok=True)
    (repo / "pkg" / "__pycache__" / "model.cpython-311.pyc").write_bytes(b"compiled")
    (repo / "old.pyc").write_bytes(b"compiled")
    facts = code.look(str(repo), None, []).facts
    assert facts is not None and (facts["dirty"], facts["untracked"], facts["patch"]) == (False, 0, None)
