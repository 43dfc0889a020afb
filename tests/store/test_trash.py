"""Runs on their way to the trash and out of it: two processes at once, notes, purges that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from making import make_run

from exparse.store import checks, marks, purge, trash
from exparse.store.root import Root
from exparse.store.run import Run


def in_trash(root: Path) -> list[Run]:
    return Root(root).runs("trash")


def note_of(root: Path, run: Run) -> Path:
    return root / "trash" / f"{run.name}.json"


def test_the_note_says_where_the_run_was_and_what_it_bore(root: Path) -> None:
    run = make_run(root, marks=["b", "a/c"])
    assert trash.remove(run) == ["a/c", "b"]
    assert json.loads(note_of(root, run).read_text()) == {"place": "runs", "marks": ["a/c", "b"], "failed": False}


def test_a_run_has_lain_in_the_trash_as_long_as_its_note(root: Path) -> None:
    run = make_run(root)
    before = time.time()
    trash.remove(run)
    assert before - 1 < (trash.removed(in_trash(root)[0]) or 0) < time.time() + 1
    os.utime(note_of(root, run), (1e9, 1e9))
    assert trash.removed(in_trash(root)[0]) == 1e9
    note_of(root, run).unlink()
    assert trash.removed(in_trash(root)[0]) is None


def test_a_run_that_is_gone_is_said_to_be_gone_and_its_note_stays(root: Path) -> None:
    """Two processes want to remove one run: the later one must not lose the marks that the first one noted."""
    run = make_run(root, marks=["good"])
    trash.remove(run)
    with pytest.raises(FileNotFoundError):
        trash.remove(run, [])
    trash.restore(in_trash(root)[0])
    assert Root(root).marks() == {"good": [run.name]}


def test_what_a_removal_noted_before_it_was_killed_is_not_forgotten(root: Path) -> None:
    run = make_run(root)
    (root / "trash").mkdir()
    note_of(root, run).write_text('{"place": "runs", "marks": ["good", "../../x", 3], "failed": false}')
    trash.remove(run, ["other"])
    trash.restore(in_trash(root)[0])
    assert Root(root).marks() == {"good": [run.name], "other": [run.name]}


def test_a_purge_leaves_nothing_of_a_run(root: Path) -> None:
    run = make_run(root)
    trash.remove(run)
    assert purge.purge(in_trash(root)[0]) == []
    assert list((root / "trash").iterdir()) == []


def test_a_run_that_is_gone_from_the_trash_is_said_to_be(root: Path) -> None:
    run = make_run(root)
    trash.remove(run)
    gone = in_trash(root)[0]
    trash.restore(gone)
    with pytest.raises(FileNotFoundError):
        purge.purge(gone)
    assert run.path.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_trash_that_is_a_link_is_not_purged(root: Path, tmp_path: Path) -> None:
    trash.remove(make_run(root))
    (root / "trash").rename(tmp_path / "elsewhere")
    (root / "trash").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        purge.purge(in_trash(root)[0])
    assert len(list((tmp_path / "elsewhere").iterdir())) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="nobody is killed so there")
def test_a_purge_that_is_killed_leaves_no_half_run_and_is_ended_by_a_repair(root: Path) -> None:
    run = make_run(root)
    for number in range(400):
        (run.path / f"file{number}").write_text("x")
    trash.remove(run)
    source = f"""
import os
from exparse.store import purge
from exparse.store.root import Root
unlink, count = os.unlink, []
def slow(path, *, dir_fd=None):
    unlink(path, dir_fd=dir_fd)
    count.append(path)
    if len(count) == 100:
        os.kill(os.getpid(), 9)
os.unlink = slow
purge.purge(Root({str(root)!r}).runs("trash")[0])
"""
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert answer.returncode == -signal.SIGKILL, answer.stderr
    assert in_trash(root) == []
    assert [name.startswith(".purged-") for name in os.listdir(root / "trash")] == [True]
    findings = list(checks.look(str(root)))
    assert [finding.kind for finding in findings] == ["trash"]
    assert findings[0].mend is not None
    findings[0].mend()
    assert os.listdir(root / "trash") == [] and list(checks.look(str(root))) == []


@pytest.mark.slow
def test_two_processes_that_remove_the_same_runs_share_them(root: Path) -> None:
    for _ in range(60):
        make_run(root, marks=["m"])
    source = f"""
from exparse.store import trash
from exparse.store.root import Root
input()
moved = 0
for run in Root({str(root)!r}):
    try:
        trash.remove(run, ["m"])
        moved += 1
    except FileNotFoundError:
        pass
print(moved)
"""
    command = [sys.executable, "-c", source]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = []
    for one in both:
        one.stdin.write("\n")  # type: ignore[union-attr]
        one.stdin.flush()  # type: ignore[union-attr]
    answers = [one.communicate() for one in both]
    assert [stderr for _, stderr in answers] == ["", ""]
    assert sum(int(stdout) for stdout, _ in answers) >= 60
    assert len(in_trash(root)) == 60 and list((root / "marked").iterdir()) == []
    for run in in_trash(root):
        trash.restore(run)
    assert len(Root(root).marks()["m"]) == 60 and list(checks.look(str(root))) == []


def test_a_restoring_that_was_killed_is_ended_with_its_marks(root: Path) -> None:
    run = make_run(root, {"lr": 1.0}, marks=["good", "paper/t1"])
    trash.remove(run)
    (root / "trash" / run.name).rename(root / "runs" / run.name)
    note = root / "trash" / f"{run.name}.json"
    past = time.time() - 3600
    os.utime(note, (past, past))
    for finding in checks.look(str(root)):
        if finding.mend:
            finding.mend()
    assert not note.exists()
    assert {mark for mark, _ in marks.walk(str(root))} == {"good", "paper/t1"}
    assert (root / "index" / f"{run.name}.yaml").is_symlink()
