"""Whether two states of code are the same files: over one commit, and over two."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from repositories import tree_of

from exparse.code import git as looking
from exparse.code import likeness
from exparse.code.likeness import Likeness
from exparse.code.trees import differs
from exparse.record import attempts

Git = Callable[..., bytes]
Record = Callable[..., dict[str, Any]]


def _part(path: str, line: str) -> bytes:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-1\n+{line}\n".encode()


def test_of_two_files_whose_names_end_alike_neither_hides_the_other() -> None:
    then = likeness.parts(_part("x b/c.py", "2") + _part("c.py", "2"))
    assert then != likeness.parts(_part("x b/c.py", "3") + _part("c.py", "2"))
    assert then != likeness.parts(_part("x b/c.py", "2") + _part("c.py", "3"))
    assert list(then) == ["x b/c.py", "c.py"]


def test_names_in_quotes_are_read_as_git_writes_them() -> None:
    data = b'diff --git "a/gr\\303\\266\\303\\237e\\n.py" "b/gr\\303\\266\\303\\237e\\n.py"\n'
    assert list(likeness.parts(data)) == ["gr\u00f6\u00dfe\n.py"]


def compared(repo: Path, folder: Path, told: dict[str, Any], **more: Any) -> Likeness | None:
    now = looking.state(str(repo), None)
    assert now is not None
    return likeness.compare({**told, **more}, str(folder), now)


@pytest.mark.slow
def test_who_commits_what_has_run_has_changed_nothing(repo: Path, git: Git, run_folder: Path, record: Record) -> None:
    (repo / "out.txt").write_text("1\n")
    (repo / "pkg" / "model.py").rename(repo / "pkg" / "n b\u00e9t.py")
    (repo / "train.py").chmod(0o755)
    told = record(repo, run_folder)
    git("add", "-A")
    git("commit", "-qm", "what has run")
    git("commit", "-q", "--allow-empty", "-m", "nothing")
    found = compared(repo, run_folder, told)
    assert found is not None and found.is_same
    now = differs(told, str(run_folder))
    assert (now.kind, now.told) == ("same", "")
    run: Any = SimpleNamespace(metadata=told, folder=str(run_folder), id=1)
    assert attempts.other_code(run, lambda: looking.state(str(repo), None)) is None
    (repo / "train.py").chmod(0o644)
    found = compared(repo, run_folder, told)
    assert found is not None and found.told() == "train.py differs"
    git("commit", "-qam", "another mode")
    (repo / "out.txt").write_text("2\n")
    found = compared(repo, run_folder, told)
    assert found is not None and found.changed == ["out.txt", "train.py"]
    assert differs(told, str(run_folder)).told.endswith(": out.txt, train.py differ")
    other = attempts.other_code(run, lambda: looking.state(str(repo), None))
    assert other is not None and other.endswith("(out.txt, train.py differ)")


@pytest.mark.slow
def test_what_nobody_knows_over_two_commits_is_not_the_same(
    repo: Path, git: Git, run_folder: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exparse.code.patch.MAX_UNTRACKED_BYTES", 50)
    (repo / "train.py").write_text("changed = 'hunter2-hunter2'\n")
    (repo / "large.txt").write_text("x" * 100)
    told = record(repo, run_folder)
    patch = (run_folder / "code.patch").read_bytes()
    git("commit", "-qam", "second")
    found = compared(repo, run_folder, told)
    assert found is not None and found.is_same, "as large and as old as it was"
    git("add", "large.txt")
    git("commit", "-qm", "third")
    found = compared(repo, run_folder, told)
    assert found is not None and (found.changed, found.unknown) == ([], ["large.txt"])
    (run_folder / "code.patch").write_bytes(patch + b"\n")
    found = compared(repo, run_folder, told)
    assert found is not None and "code.patch" in found.unknown
    (run_folder / "code.patch").write_bytes(patch)
    masked = {**told["git"], "patch": {**told["git"]["patch"], "masked": True, "left_out": [], "left_out_number": 0}}
    found = compared(repo, run_folder, told, git=masked)
    assert found is not None and "code.patch" in found.unknown
    for other in ({"commit": "1" * 40}, {"commit": "--output=x"}, {"problem": "git had no time"}):
        assert compared(repo, run_folder, told, git={**told["git"], **other}) is None


@pytest.mark.slow
def test_what_the_run_wrote_and_somebody_has_committed_is_no_change_of_its_code(
    repo: Path, git: Git, run_folder: Path, record: Record
) -> None:
    began = (repo / "train.py").stat().st_mtime
    (repo / "last.json").write_text("1\n")
    told = record(repo, run_folder, began=repr(began))
    git("add", "-A")
    git("commit", "-qm", "results")
    found = compared(repo, run_folder, told, started=datetime.fromtimestamp(began).astimezone().isoformat())
    assert found is not None and found.is_same


@pytest.mark.slow
def test_two_states_are_called_the_same_only_if_all_their_files_are(
    repo: Path, git: Git, run_folder: Path, record: Record
) -> None:
    chance = random.Random(7)
    names = ["train.py", "pkg/model.py", "a b/x b/y.py", "gr\u00f6\u00dfe\n.py", 'q"uo\\te.bin', "last.py"]
    same = 0
    for number in range(30):
        _change(repo, names, chance)
        told, then = record(repo, run_folder), tree_of(repo)
        for _ in range(chance.randint(0, 1)):
            _change(repo, names, chance)
        is_whole = chance.random() < 0.7
        git("add", "-A", *([] if is_whole else ["pkg"]))
        git("commit", "-q", "--allow-empty", "-m", str(number))
        found, now = compared(repo, run_folder, told), tree_of(repo)
        differing = sorted(path.decode() for path in {**then, **now} if then.get(path) != now.get(path))
        assert found is not None and set(differing) <= set(found.changed), (number, differing)
        if is_whole:  # else git may call a file new that it called renamed
            assert found.changed == differing, number
        same += found.is_same
        (run_folder / "code.patch").unlink(missing_ok=True)
    assert 5 < same < 25


def _change(repo: Path, names: list[str], chance: random.Random) -> None:
    """Write, remove, rename and set the mode of some files."""
    for name in chance.sample(names, 2):
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and chance.random() < 0.5:
            other = repo / chance.choice(names)
            other.parent.mkdir(parents=True, exist_ok=True)
            path.unlink() if chance.random() < 0.4 else path.rename(other)
        else:
            path.write_bytes(chance.choice([b"one = 1\n" * 9, b"two = 2\n" * 9, b"\0binary\n"]))
            path.chmod(chance.choice([0o644, 0o755]))
    (repo / "pkg").mkdir(exist_ok=True)
    (repo / "pkg" / "kept.py").write_text("so that git does not miss the folder\n")
