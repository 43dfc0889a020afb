"""The code of a run in a tree of its own: taken by one, kept for the next, cleaned of the old, nothing lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from recorded import begun
from repositories import run_git

from exparse.code import scribe, shelf
from exparse.code.above import Above
from exparse.code.others import Others
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
    folder = begun(repo / "out" / FOLDER)
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
    (project / ".git").mkdir()
    (project / "__pycache__").mkdir()
    folder = str(project / "out" / FOLDER)
    with lay_out({**told, **script}, folder) as tree:
        top = Path(tree.path)
        assert (tree.kind, tree.top, tree.notes) == ("archive", str(project), [])
        assert (top / "train.py").read_text() == "old = 1\n" and not (top / "lib").is_symlink()
        assert (top / "lib" / "table.csv").is_symlink() and (top / "data").is_symlink()
        assert not (top / "out" / "exruns").exists() and tree.left_behind() == []
        assert not (top / ".git").exists() and not (top / "__pycache__").exists()
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
    (repo / "same.py").write_text("beside it\n")
    assert differs(told, folder).told == f"commit {commit} with changes, here commit {new}: same.py, train.py differ"
    (repo / "same.py").unlink()
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


@pytest.mark.slow
def test_what_a_program_leaves_beside_its_tree_is_kept_and_found_again(
    repo: Path, told: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "x").write_text("7\n")
    run = tmp_path / "run"
    with laid_out(repo, told) as tree:
        beside = Path(tree.path).parent
        assert (beside / "input" / "x").read_text() == "7\n" and not (beside / "cache").exists()
        assert tree.left_behind() == []
        (beside / "res.csv").write_text("1\n")
        assert tree.left_behind() == ["../res.csv"]
        assert tree.move_out(str(run / "left")) == ["../left.above/res.csv"]
        assert (run / "left.above" / "res.csv").read_text() == "1\n" and tree.left_behind() == []
        assert tree.bring_in(str(run / "left")) == ["../res.csv"] and (beside / "res.csv").exists()
        shutil.rmtree(tree.path)  # a program may even remove its own tree
    with laid_out(repo, told) as tree:
        (aside,) = (run / "left.above").iterdir()
        assert aside.read_text() == "1\n" and not (beside / "res.csv").exists(), "a place with files is not removed"
        assert [note for note in tree.notes if "res.csv" in note]


@pytest.mark.slow
def test_a_run_that_goes_on_finds_its_own_files_before_those_of_others(repo: Path, told: dict[str, Any]) -> None:
    (repo / "ck.ignored").write_text("of another run\n")
    left = repo / "out" / FOLDER / "files" / "left"
    left.mkdir(parents=True)
    (left / "ck.ignored").write_text("its own\n")
    (left / "data").mkdir()
    (left / "data" / "y").write_text("its own\n")
    with lay_out({**told, "tree": "/gone"}, str(repo / "out" / FOLDER), goes_on=True) as tree:
        assert tree.bring_in(str(left)) == ["ck.ignored", "data/y"]
        top = Path(tree.path)
        assert (top / "ck.ignored").read_text() == (top / "data" / "y").read_text() == "its own\n"
        assert (top / "data" / "x").read_text() == "1 2 3\n" and not (repo / "data" / "y").exists()
        assert tree.left_behind() == ["ck.ignored", "data/y"]
        tree.move_out(str(left))
    assert (repo / "ck.ignored").read_text() == "of another run\n"


def test_something_else_in_the_place_of_a_tree_is_let_be(repo: Path, told: dict[str, Any], tmp_path: Path) -> None:
    with laid_out(repo, told) as tree:
        place = Path(tree.path).parent
    shutil.rmtree(place)
    place.symlink_to(tmp_path)
    with laid_out(repo, told) as tree:
        assert Path(tree.path).parent == place.with_name(place.name + ".2")


def test_without_a_cache_a_failure_leaves_nothing(
    repo: Path, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPARSE_CACHE", "off")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    (repo / "out" / FOLDER / "code.patch").write_text("no patch")
    with pytest.raises(CodeNotFound):
        laid_out(repo, told)
    assert os.listdir(tmp_path / "scratch") == []


@pytest.mark.slow
def test_what_the_run_has_written_itself_is_no_change_of_its_code(repo: Path) -> None:
    (repo / "older.json").write_text("1\n")
    began = time.time() + 100  # later than what lies there
    told = {**record(repo, began=repr(began)), "started": datetime.fromtimestamp(began).astimezone().isoformat()}
    folder = str(repo / "out" / FOLDER)
    for name in ("last.json", "older.json", "é n.bin"):
        (repo / name).write_text("2\n")
        os.utime(repo / name, (began + 1, began + 1))
    assert differs(told, folder).kind == "same"
    again = record(repo, began=repr(began))["git"]
    assert not again["dirty"] and again["patch"] is None, "nor does the record hold it"
    (repo / "new.py").write_text("x = 1\n")
    os.utime(repo / "new.py", (began + 1, began + 1))
    assert differs(told, folder).told.endswith("here the same commit with changes in new.py")
    left = record(repo, began=repr(began))["git"]["patch"]["left_out"]
    assert {one["path"]: one["why"] for one in left}["last.json"] == "written since the run began"


@pytest.mark.slow
def test_what_was_not_kept_is_the_same_only_with_size_and_time(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exparse.code.patch.MAX_TRACKED_BYTES", 500)
    model = repo / "pkg" / "model.py"
    model.write_text("x" * 1000)
    told = record(repo)
    folder = str(repo / "out" / FOLDER)
    assert differs(told, folder).told == "as far as it was kept; nobody kept pkg/model.py"
    then = model.stat().st_mtime_ns
    model.write_text("y" * 1000)
    os.utime(model, ns=(then + 10**9, then + 10**9))
    now = differs(told, folder)
    assert (now.kind, now.told) == ("unknown", "pkg/model.py: not kept, and not known to be the same")


@pytest.mark.slow
def test_a_copy_that_one_works_in_comes_before_the_recorded_place(
    repo: Path, told: dict[str, Any], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(repo, copy)
    folder = str(copy / "out" / FOLDER)
    assert differs(told, folder, [str(copy)]).top == str(copy)
    assert differs(told, folder, [str(tmp_path)]).top == str(repo)
    with lay_out(told, folder, [str(copy)]) as tree:
        assert tree.top == str(copy)
    run_git(repo, "worktree", "add", "-q", str(tmp_path / "side"))
    side = {**told, "git": {**told["git"], "top": str(tmp_path / "side")}}
    assert differs(side, str(repo / "out" / FOLDER), [str(repo)]).top == str(tmp_path / "side"), "no copy"


@pytest.mark.slow
def test_a_file_of_the_code_that_the_arguments_name_by_its_whole_path_is_told(repo: Path, told: dict[str, Any]) -> None:
    path = repo / "pkg" / "model.py"
    told["argv"] = [f"--model={path}", str(repo / "train.py"), str(repo / "nothing"), 3]
    with laid_out(repo, told) as tree:
        assert tree.notes == []
    path.write_text("other = 1\n")
    with laid_out(repo, told) as tree:
        assert tree.notes == [f"its arguments name {path}, which is not what it was: that one is read"]


def test_a_run_whose_patch_is_gone_is_not_its_commit(repo: Path, told: dict[str, Any]) -> None:
    (repo / "out" / FOLDER / "code.patch").unlink()
    with pytest.raises(CodeNotFound, match="code.patch is gone"):
        laid_out(repo, told)


def test_a_run_whose_patch_is_gone_is_not_known_to_be_what_lies_here(repo: Path, told: dict[str, Any]) -> None:
    (repo / "out" / FOLDER / "code.patch").unlink()
    run_git(repo, "checkout", "-q", "train.py")
    now = differs(told, str(repo / "out" / FOLDER))
    assert (now.kind, now.told) == ("unknown", "code.patch: not kept, and not known to be the same")


def test_a_cache_that_is_removed_meanwhile_is_no_matter_and_a_second_close_does_nothing(
    repo: Path, told: dict[str, Any], cache: Path
) -> None:
    tree = laid_out(repo, told)
    shutil.rmtree(cache)
    tree.close()
    with laid_out(repo, told) as other:
        (Path(other.path).parent.parent / f"{Path(other.path).parent.name}.of").write_text("/of/the/other/run")
        tree.close()
        assert list(cache.glob("trees/*.of")), "it is another's by now"


@pytest.mark.parametrize("branch", ["index", "logs/objects"])
def test_commits_on_a_branch_with_the_name_of_a_file_of_git_are_kept(
    repo: Path, git: Git, told: dict[str, Any], cache: Path, branch: str
) -> None:
    told["git"]["branch"] = branch
    with laid_out(repo, told) as tree:
        Path(tree.path, "new.py").write_text("x = 1\n")
        run_git(Path(tree.path), "add", "-A")
        run_git(Path(tree.path), "commit", "-qm", "made in the tree")
        assert tree.left_behind() == ["new.py"]
        os.unlink(f"{tree.path}/new.py")
    laid_out(repo, told).close()
    (head,) = cache.glob("trees/*.left/*/.git/HEAD")
    assert run_git(head.parent.parent, "log", "-1", "--format=%s") == b"made in the tree\n"


def _with_submodule(repo: Path, tmp_path: Path) -> Path:
    library = tmp_path / "library"
    shutil.copytree(repo, library)
    run_git(library, "config", "filter.crypt.smudge", "tr a-z n-za-m")
    large = b"weights" * 1000
    digest = hashlib.sha256(large).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(large)}\n"
    (library / ".gitattributes").write_text("*.pt filter=lfs\n")
    (library / "w.pt").write_text(pointer)
    run_git(library, "add", "-A")
    run_git(library, "commit", "-qm", "library")
    run_git(repo, "-c", "protocol.file.allow=always", "submodule", "-q", "add", str(library), "lib")
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-qm", "with library")
    store = repo / ".git" / "modules" / "lib" / "lfs" / "objects" / digest[:2] / digest[2:4]
    store.mkdir(parents=True)
    (store / digest).write_bytes(large)
    return repo / "lib"


def test_changes_within_a_submodule_are_told_and_content_of_lfs_in_it_comes_back(repo: Path, tmp_path: Path) -> None:
    lib = _with_submodule(repo, tmp_path)
    with laid_out(repo, record(repo)) as tree:
        assert tree.notes == [] and Path(tree.path, "lib", "w.pt").read_bytes() == b"weights" * 1000
    (stored,) = (repo / ".git" / "modules" / "lib" / "lfs" / "objects").glob("*/*/*")
    stored.write_bytes(b"other!!" * 1000)
    shutil.rmtree(Path(tree.path).parent)
    with laid_out(repo, record(repo)) as tree:
        assert "w.pt is a pointer of Git LFS, and its content (7,000 bytes) is not here" in tree.notes[0]
    stored.write_bytes(b"weights" * 1000)
    (lib / "__pycache__").mkdir()
    (lib / "__pycache__" / "x.pyc").write_bytes(b"")
    clean = record(repo)
    assert clean["git"]["dirty"] is False
    (lib / "train.py").write_text("changed within\n")
    told = record(repo)
    assert told["git"]["dirty"] is True
    with laid_out(repo, told) as tree:
        assert tree.notes == ["changes within the submodule lib were not kept: it is as its commit says"]
        assert Path(tree.path, "lib", "train.py").read_text() == "print('first')\n"
    folder = str(repo / "out" / FOLDER)
    assert differs(clean, folder).told == "lib: not kept, and not known to be the same"
    assert differs(told, folder).told == "as far as it was kept; nobody kept lib"


def test_files_that_a_filter_makes_are_told_to_lie_as_git_keeps_them(repo: Path, git: Git, tmp_path: Path) -> None:
    git("config", "filter.crypt.clean", "tr a-z n-za-m")
    git("config", "filter.crypt.smudge", f"touch '{tmp_path}/ran'; tr a-z n-za-m")
    (repo / ".gitattributes").write_text("*.key filter=crypt\n*.ipynb filter=strip\n")
    for name in ("one.key", "two.key", "a.ipynb"):
        (repo / name).write_text("hello\n")
        os.utime(repo / name, (1, 1))
    git("add", "-A")
    git("commit", "-qm", "keys")
    (repo / "two.key").write_text("changed\n")
    with laid_out(repo, record(repo)) as tree:
        assert tree.notes == ["the filter crypt was not run: one.key lies here as git keeps it"]
        assert Path(tree.path, "one.key").read_text() == "uryyb\n"
        assert Path(tree.path, "two.key").read_text() == "changed\n"
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_of_a_partial_clone_come_its_files_and_its_submodules(repo: Path, git: Git, tmp_path: Path) -> None:
    _with_submodule(repo, tmp_path)
    git("config", "uploadpack.allowFilter", "true")
    part = tmp_path / "part"
    run_git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", repo.as_uri(), str(part))
    run_git(part, "sparse-checkout", "set", "--no-cone", "/*", "!/pkg/")
    run_git(part, "checkout", "-q", "main")
    run_git(part, "-c", "protocol.file.allow=always", "submodule", "-q", "update", "--init")
    told = record(part)
    run_git(part, "config", "--worktree", "core.sparseCheckout", "false")
    with lay_out(told, str(part / "out" / FOLDER)) as tree:
        assert "the clone holds only a part of the commit; not here: pkg/model.py" in tree.notes
        assert Path(tree.path, "lib", "train.py").exists() and Path(tree.path, "train.py").exists()


@pytest.mark.slow
def test_a_sparse_checkout_that_holds_other_files_now_is_told(repo: Path, git: Git) -> None:
    git("sparse-checkout", "set", "--no-cone", "/*", "!/pkg/")
    told = {**record(repo), "started": datetime.fromtimestamp(time.time() + 5).astimezone().isoformat()}
    with laid_out(repo, told) as tree:
        assert tree.notes == [] and not Path(tree.path, "pkg").exists()
    told["started"] = "2026-01-01T00:00:00+00:00"
    shutil.rmtree(Path(tree.path).parent)
    with laid_out(repo, told) as tree:
        (note,) = tree.notes
        assert "(git sparse-checkout) was changed since" in note


def test_neither_the_runs_nor_the_trees_are_linked_beside_a_tree(tmp_path: Path) -> None:
    work = tmp_path / "work"
    for name in ("project", "input", "exruns", "cache/key/project"):
        (work / name).mkdir(parents=True)
    tree = work / "cache" / "key" / "project"
    Above(str(tree), str(work / "project"), []).link(str(work / "exruns"))
    assert sorted(path.name for path in tree.parent.iterdir()) == ["input", "project"]


def test_nothing_of_another_user_that_may_be_written_is_linked(
    repo: Path, told: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "out" / "best.pt").write_bytes(b"weeks of work")
    (repo.parent / "beside").mkdir()
    with laid_out(repo, told) as tree:
        assert tree.linked == ["data", "out/best.pt", "out/plots", "pkg/weights.ignored"] and tree.notes == []
        assert not tree.is_foreign
        assert Path(tree.path, "..", "beside").is_symlink()
    # A user who is neither root nor the owner; "data" and "weights" are only to be read.
    monkeypatch.setattr("exparse.code.others.me", lambda: os.getuid() + 1)
    assert Others(str(repo), told, str(tmp_path)).is_foreign and Others(str(repo), told, str(repo)).is_foreign
    monkeypatch.setattr("os.access", lambda path, mode: "data" not in path and "weights" not in path)
    with laid_out(repo, told) as tree:
        assert tree.linked == ["data", "pkg/weights.ignored"], "not what was linked before"
        assert tree.is_foreign
        assert not Path(tree.path, "out", "best.pt").exists() and not Path(tree.path, "..", "beside").exists()
        why = f"not linked from {repo}, which is another user's: what runs could write there"
        assert tree.notes[0] == f"{why}: out/best.pt, out/plots" and tree.notes[1].startswith(f"{why}: ../")
        assert f"../{repo.name}" not in tree.notes[1]
    (repo / "data" / "deep").mkdir()
    (repo / "data" / "deep" / "latest").symlink_to(repo / "out")
    with laid_out(repo, told) as tree:
        assert tree.linked == ["pkg/weights.ignored"], "a way to out"


def test_roots_of_runs_and_what_installers_leave_are_linked_without_a_word(repo: Path) -> None:
    (repo / ".git" / "info" / "exclude").write_text("old runs/\n*.egg-info/\ndata/\n")
    for name in ("old runs", "net.egg-info", "data"):
        (repo / name).mkdir()
    (repo / "old runs" / "exparse.json").write_text("{}")
    with laid_out(repo, record(repo)) as tree:
        assert tree.linked == ["data"] and Path(tree.path, "old runs").is_symlink()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_who_has_run_a_program_in_another_user_s_folder_may_do_so_again(tmp_path: Path) -> None:
    theirs, mine = tmp_path / "theirs", tmp_path / "mine"
    theirs.mkdir()
    mine.mkdir()
    os.chown(theirs, 12345, -1)
    assert not Others(str(theirs), {}, str(mine)).is_foreign, "as root in a container"
    assert Others(str(theirs), {"tree": "/cache/trees/x"}, str(mine)).is_foreign, "it was run elsewhere"
    assert Others(str(theirs), {}, str(theirs)).is_foreign and not Others(str(mine), {}, str(theirs)).is_foreign
    assert not Others(str(tmp_path / "gone"), {}, str(theirs)).is_foreign
