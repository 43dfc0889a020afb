"""The code of a run in a tree of its own: taken by one, kept for the next, cleaned of the old, nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git

from exparse.code import scribe, shelf
from exparse.code.trees import CodeNotFound, Tree, differs, lay_out

Git = Callable[..., bytes]
FOLDER = "exruns/runs/000001-2026-11-21-05-40-12"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPARSE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def told(repo: Path) -> dict[str, Any]:
    """Record a changed tree, with data that git ignores, and the root of the runs beside it in one folder."""
    (repo / ".gitignore").write_text("*.ignored\nout/\ndata/\n")
    run_git(repo, "commit", "-qam", "second")
    (repo / "train.py").write_text("changed = 1\n")
    (repo / "data").mkdir()
    (repo / "data" / "x").write_text("1 2 3\n")
    (repo / "pkg" / "weights.ignored").write_text("4\n")
    (repo / "out" / "plots").mkdir(parents=True)
    (repo / "out" / "plots" / "a.png").write_bytes(b"")
    return record(repo)


def record(repo: Path, **more: Any) -> dict[str, Any]:
    folder = repo / "out" / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    ask: dict[str, Any] = {
        "folder": str(folder),
        "root": str(folder.parent.parent),
        "where": str(repo),
        "script": None,
        "path": [],
    }
    return scribe.record({**ask, "imported": [], "secrets": [], "source": False, **more})


def laid_out(repo: Path, told: dict[str, Any]) -> Tree:
    return lay_out(told, str(repo / "out" / FOLDER))


def test_the_next_one_gets_the_same_tree_with_data_linked_and_the_root_not(repo: Path, told: dict[str, Any]) -> None:
    with laid_out(repo, told) as tree:
        top = Path(tree.path)
        assert (tree.is_reused, tree.notes, tree.kind, tree.top) == (False, [], "git", str(repo))
        assert top.name == repo.name and (top / "train.py").read_text() == "changed = 1\n"
        assert (top / "data" / "x").read_text() == "1 2 3\n" and (top / "pkg" / "weights.ignored").is_symlink()
        assert [path.name for path in (top / "out").iterdir()] == ["plots"]
        assert run_git(top, "status", "--porcelain") == b" M train.py\n"
        assert run_git(top, "rev-parse", "HEAD", "--abbrev-ref", "HEAD").split() == [
            told["git"]["commit"].encode(),
            told["git"]["branch"].encode(),
        ]
    shutil.rmtree(repo / "data")
    (repo / "more.ignored").write_text("5\n")
    with laid_out(repo, told) as tree:
        assert tree.is_reused and tree.path == str(top)
        assert not (top / "data").is_symlink() and (top / "more.ignored").is_symlink()
        assert tree.left_behind() == []


def test_what_a_program_leaves_is_moved_out_and_never_through_a_link(
    repo: Path, told: dict[str, Any], tmp_path: Path
) -> None:
    with laid_out(repo, told) as tree:
        top = Path(tree.path)
        (top / "results" / "deep").mkdir(parents=True)
        (top / "results" / "deep" / "a.csv").write_text("1\n")
        (top / "pkg" / "b.ignored").write_text("2\n")
        (top / "pkg" / "__pycache__").mkdir()
        (top / "pkg" / "__pycache__" / "model.cpython-311.pyc").write_bytes(b"")
        (top / "pkg" / "model.py").write_text("rewritten = 1\n")
        (top / "last").symlink_to("results")
        assert tree.left_behind() == ["last", "pkg/b.ignored", "pkg/model.py", "results"]
        kept, outside = tmp_path / "kept", tmp_path / "outside"
        kept.mkdir()
        outside.mkdir()
        (kept / "pkg").symlink_to(outside)
        (kept / "last").write_text("mine\n")
        assert tree.move_out(str(kept)) == ["last", "pkg/b.ignored", "pkg/model.py", "results"]
        assert list(outside.iterdir()) == [] and (kept / "last").read_text() == "mine\n"
        assert (kept / "results" / "deep" / "a.csv").read_text() == "1\n" and (kept / "last.2").is_symlink()
        assert (kept / "pkg.2" / "b.ignored").read_text() == "2\n" and tree.left_behind() == []
        assert (repo / "data" / "x").exists()
    with laid_out(repo, told) as tree:
        assert not tree.is_reused and (top / "pkg" / "model.py").read_text() == "layers = 3\n" * 20


def test_what_the_run_has_written_is_not_written_again_unless_the_run_itself_goes_on(
    repo: Path, told: dict[str, Any]
) -> None:
    (repo / "data" / "out").mkdir()
    (repo / "data" / "out" / "model").write_text("trained for days\n")
    told = {**told, "outputs": {str(repo / "data/out/model"): {"param": "out"}, "/elsewhere/model": {"param": "out"}}}
    with laid_out(repo, told) as tree:
        out = Path(tree.path, "data", "out")
        assert (out.parent / "x").is_symlink() and out.is_dir() and list(out.iterdir()) == []
        (out / "model").write_text("new\n")
        assert tree.move_out(str(repo / "out" / "left")) == ["data/out"]
    assert (repo / "data" / "out" / "model").read_text() == "trained for days\n"
    with lay_out(told, str(repo / "out" / FOLDER), goes_on=True) as tree:
        assert (Path(tree.path) / "data" / "out" / "model").read_text() == "trained for days\n"


def test_files_of_a_killed_run_are_put_aside_and_told(repo: Path, told: dict[str, Any], cache: Path) -> None:
    with laid_out(repo, told) as tree:
        top = Path(tree.path)
    (top / "checkpoint").write_text("hours of work\n")
    with laid_out(repo, told) as tree:
        assert tree.is_reused and not (top / "checkpoint").exists()
        (aside,) = cache.glob("trees/*.left/*/checkpoint")
        assert aside.read_text() == "hours of work\n" and str(aside.parent) in tree.notes[0]
    (top / "train.py").write_text("a commit of the program's\n")
    run_git(top, "commit", "-qam", "made in the tree")
    with laid_out(repo, told) as tree:
        assert (top / "train.py").read_text() == "changed = 1\n" and not tree.is_reused
        (aside,) = cache.glob("trees/*.left/*/.git/HEAD")
        assert run_git(aside.parent.parent, "log", "-1", "--format=%s") == b"made in the tree\n"
    assert b"made in" not in run_git(repo, "log", "--all", "--format=%s")


def test_odd_names_and_a_cache_within_the_tree_do_no_harm(odd_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = odd_folder / odd_folder.name
    (repo / ".cache").mkdir(parents=True)
    (repo / ".cache" / "other").mkdir()
    monkeypatch.setenv("EXPARSE_CACHE", str(repo / ".cache" / "exparse"))
    run_git(repo, "init", "-q")
    (repo / ".gitignore").write_text(".cache/\nout/\n")
    (repo / "train.py").write_text("x = 1\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-qm", "first")
    (repo / "train.py").write_text("x = 2\n")
    told = record(repo)
    for is_reused in (False, True):
        with laid_out(repo, told) as tree:
            top = Path(tree.path)
            assert (top.name, tree.is_reused, tree.notes) == (repo.name, is_reused, [])
            assert (top / "train.py").read_text() == "x = 2\n" and (top / ".cache").is_symlink() is False
            assert sorted(path.name for path in (top / ".cache").iterdir()) == ["other"]
            assert run_git(top, "status", "--porcelain") == b" M train.py\n" and tree.left_behind() == []


def test_two_at_once_have_a_tree_each(repo: Path, told: dict[str, Any]) -> None:
    with laid_out(repo, told) as one, laid_out(repo, told) as other:
        assert Path(other.path).parent.name == f"{Path(one.path).parent.name}.2"
        assert (Path(other.path) / "train.py").read_text() == "changed = 1\n"
        first = one.path
    with laid_out(repo, told) as one:
        assert one.path == first and one.is_reused


def test_a_program_whose_starter_is_killed_keeps_its_tree(repo: Path, told: dict[str, Any]) -> None:
    code = """
import os, signal, sys
from exparse.code.trees import lay_out
tree = lay_out(eval(sys.argv[1]), sys.argv[2])
os.posix_spawn("/bin/cat", ["cat"], os.environ)
print(tree.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    command = [sys.executable, "-c", code, repr(told), str(repo / "out" / FOLDER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdin is not None and starter.stdout is not None
        path = starter.stdout.readline().rstrip("\n")
        assert starter.wait() == -signal.SIGKILL
        with laid_out(repo, told) as tree:
            assert path and tree.path != path
        starter.stdin.close()
        assert starter.stdout.read() == ""
    with laid_out(repo, told) as tree:
        assert tree.path == path and tree.is_reused


@pytest.mark.slow
def test_a_tree_of_a_process_that_was_killed_half_way_is_never_used(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(300):
        (repo / "pkg" / f"m{number}.py").write_text(f"m = {number}\n")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-qm", "many")
    told, folder = record(repo), str(repo / "out" / FOLDER)
    code = "import sys; from exparse.code.trees import lay_out; print(1, flush=True); lay_out(eval(sys.argv[1]), sys.argv[2])"
    for wait in (0.0, 0.02, 0.04, 0.06, 0.08, 0.1):
        # A git that such a process had started goes on for a moment.
        monkeypatch.setenv("EXPARSE_CACHE", str(tmp_path / f"cache after {wait} s"))
        with subprocess.Popen([sys.executable, "-c", code, repr(told), folder], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        with lay_out(told, folder) as tree:
            assert len(list((Path(tree.path) / "pkg").glob("m*.py"))) == 301 and tree.notes == []


def test_without_a_cache_a_tree_is_gone_when_it_is_closed_unless_something_lies_in_it(
    repo: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EXPARSE_CACHE", "off")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with laid_out(repo, told) as tree:
        assert not tree.is_reused and os.path.exists(f"{tree.path}/train.py")
    assert not os.path.exists(tree.path) and list(tmp_path.glob("exparse-tree-*")) == []
    with laid_out(repo, told) as tree:
        Path(tree.path, "result").write_text("1\n")
    assert Path(tree.path, "result").read_text() == "1\n"


def test_a_cache_that_others_may_write_is_not_used(repo: Path, told: dict[str, Any], cache: Path) -> None:
    (cache / "trees").mkdir(parents=True)
    (cache / "trees").chmod(0o777)
    with laid_out(repo, told) as tree:
        assert not tree.path.startswith(str(cache))


def test_old_trees_go_but_not_those_that_are_used_or_hold_somebody_s_files(
    repo: Path, told: dict[str, Any], cache: Path
) -> None:
    trees = [laid_out(repo, told) for _ in range(3)]
    Path(trees[1].path, "mine").write_text("1\n")
    for tree in trees[1:]:
        tree._place.leave()
    for lock in (cache / "trees").glob("*.lock"):
        os.utime(lock, (1, 1))
    gone = shelf.clean(str(cache / "trees"), lambda place: os.path.exists(f"{place}/{repo.name}/mine"))
    assert gone == [os.path.dirname(trees[2].path)]
    assert [os.path.exists(tree.path) for tree in trees] == [True, True, False]
    trees[0].close()
    assert os.path.exists(trees[1].path) and not os.path.exists(trees[0].path)


def test_an_archive_stands_beside_what_lies_in_the_folder_of_its_script(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "lib").mkdir(parents=True)
    (project / "train.py").write_text("old = 1\n")
    (project / "lib" / "net.py").write_text("net = 1\n")
    (project / "lib" / "table.csv").write_text("1,2\n")
    (project / "data").mkdir()
    script = {"script": str(project / "train.py")}
    told = record(project, imported=[str(project / "lib" / "net.py")], source=True, **script)
    (project / "train.py").write_text("new = 1\n")
    folder = str(project / "out" / FOLDER)
    with lay_out({**told, **script}, folder) as tree:
        top = Path(tree.path)
        assert (tree.kind, tree.top, tree.notes) == ("archive", str(project), [])
        assert (top / "train.py").read_text() == "old = 1\n" and not (top / "lib").is_symlink()
        assert (top / "lib" / "table.csv").is_symlink() and (top / "data").is_symlink()
        assert not (top / "out" / "exruns").exists() and tree.left_behind() == []
    now = differs({**told, **script}, folder)
    assert (now.kind, now.told, now.script_is_there) == ("differs", "train.py differs from what was kept", True)
    (project / "train.py").write_text("old = 1\n")
    assert differs({**told, **script}, folder).kind == "same"


def test_what_differs_now_is_told_in_one_line(repo: Path, git: Git, told: dict[str, Any]) -> None:
    folder, commit = str(repo / "out" / FOLDER), told["git"]["commit"][:7]
    now = differs(told, folder)
    assert (now.kind, now.told, now.top, now.script_is_there) == ("same", "", str(repo), False)
    (repo / "train.py").write_text("other = 1\n")
    assert differs(told, folder).told == f"commit {commit} with changes, here the same commit with changes in train.py"
    git("commit", "-qam", "third")
    new = git("rev-parse", "HEAD").decode()[:7]
    assert differs(told, folder).told == f"commit {commit} with changes, here commit {new} without changes"
    repo.rename(repo.parent / "moved")
    run_git(repo.parent, "init", "-q", "unrelated")
    assert differs(told, folder, [str(repo.parent / "unrelated")]).kind == "unknown"
    assert differs(told, folder, [str(repo.parent / "moved" / "pkg")]).top == str(repo.parent / "moved")
    (repo.parent / "moved").rename(repo)
    told["git"]["patch"]["masked"] = True
    git("reset", "-q", "--soft", "HEAD~1")
    assert differs(told, folder).kind == "unknown"
    shutil.rmtree(repo / ".git")
    assert differs(told, folder).kind == "unknown"
    with pytest.raises(CodeNotFound, match="is not here"):
        lay_out(told, folder)


def test_a_script_that_git_ignores_is_told_to_be_the_one_of_now(repo: Path, told: dict[str, Any]) -> None:
    (repo / "local.ignored").write_text("print()\n")
    with lay_out({**told, "script": str(repo / "local.ignored")}, str(repo / "out" / FOLDER)) as tree:
        assert tree.notes == ["local.ignored was not recorded (git ignores it?): it is the script of now"]
