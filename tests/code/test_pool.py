"""Trees of several runs side by side, in a repository of our own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git

from exparse.code.pool import Pool
from exparse.code.repository import GitProblem

pytestmark = pytest.mark.slow


@pytest.fixture
def pool(repo: Path, tmp_path: Path) -> Pool:
    """Return a pool that knows the repository's objects."""
    scratch = tmp_path / 'a "scratch": folder'
    scratch.mkdir()
    made = Pool(str(scratch), False, time.monotonic() + 30)
    made.borrow(str(repo / ".git" / "objects"))
    return made


def head(repo: Path) -> str:
    return run_git(repo, "rev-parse", "HEAD").decode().strip()


def test_a_commit_without_a_patch_is_its_own_tree(repo: Path, pool: Pool) -> None:
    assert pool.tree(head(repo), b"") == head(repo)
    assert pool.entries(head(repo), head(repo)) == []
    assert pool.patch(head(repo), head(repo)) == b""


def test_a_patch_makes_another_tree(repo: Path, pool: Pool) -> None:
    (repo / "train.py").write_text("print('second')\n")
    (repo / "pkg" / "model.py").rename(repo / "pkg" / "net\n.py")
    run_git(repo, "add", "-A")
    patch = run_git(repo, "diff", "--cached", "--binary", "--full-index", "-M")
    tree = pool.tree(head(repo), patch)
    assert tree == run_git(repo, "write-tree").decode().strip()
    entries = {entry.after: entry for entry in pool.entries(head(repo), tree)}
    assert set(entries) == {b"train.py", b"pkg/net\n.py"}
    renamed = entries[b"pkg/net\n.py"]
    assert (renamed.letter, renamed.before, renamed.is_touched) == ("R", b"pkg/model.py", False)
    assert (entries[b"train.py"].added, entries[b"train.py"].removed) == (1, 1)


def test_objects_of_a_folder_with_an_odd_name_are_found(repo: Path, tmp_path: Path) -> None:
    odd = tmp_path / 'o:d"d\nname'
    repo.rename(odd)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    made = Pool(str(scratch), False, time.monotonic() + 30)
    made.borrow(str(odd / ".git" / "objects"))
    assert made.entries(head(odd), head(odd)) == []
    assert len(made.entries("4b825dc642cb6eb9a060e54bf8d69288fbee4904", head(odd))) == 3


def test_what_git_cannot_do_is_told(repo: Path, pool: Pool) -> None:
    with pytest.raises(GitProblem):
        pool.tree("1" * 40, b"x")
    with pytest.raises(GitProblem, match="differently"):
        pool.tree("1" * 64, b"")
    with pytest.raises(GitProblem):
        pool.tree(head(repo), b"no patch\n")
    with pytest.raises(GitProblem):
        pool.entries(head(repo), "1" * 40)


def test_a_difference_whose_lines_were_not_counted_to_the_end_is_still_listed(
    repo: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = head(repo)
    (repo / "train.py").write_text("other\n")
    run_git(repo, "commit", "-qam", "second")
    run = pool._run

    def cut_short(*args: str, **more: Any) -> Any:
        child = run(*args, **more)
        if "--numstat" in args:
            child.cut, child.out = "too long", child.out[:3]
        return child

    monkeypatch.setattr(pool, "_run", cut_short)
    (entry,) = pool.entries(first, head(repo))
    assert (entry.after, entry.is_counted, entry.added) == (b"train.py", False, None)
