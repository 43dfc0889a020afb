"""Runs on their way to the trash and out of it: two processes at once, notes, purges that are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from making import Paper, make_run

from exparse.cli.cleaning import Mover
from exparse.errors import RootError
from exparse.store import checks, marks, purge, trash
from exparse.store.root import Root
from exparse.store.run import Run
from exparse.store.watched import Watched

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


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


def test_a_mark_that_is_set_while_a_run_is_moved_goes_into_its_note(root: Path) -> None:
    """The marks are read, then somebody marks the run, then it is moved."""
    make_run(root, marks=["other"])
    run = make_run(root, marks=["good"])
    watched = Watched(str(root))
    borne = watched.of(run.name)
    Root(root).mark("paper/t1", run)
    assert trash.remove(run, borne, watched.of) == ["good", "paper/t1"]
    assert checks_of(root) == []
    trash.restore(in_trash(root)[0])
    assert Root(root).marks()["paper/t1"] == [run.name] and Root(root).marks()["good"] == [run.name]


def test_a_mark_that_is_set_after_a_run_was_moved_goes_into_its_note(root: Path) -> None:
    """The run is picked, then somebody moves it to the trash, then it is marked."""
    make_run(root)
    run = make_run(root, marks=["good"])
    trash.remove(run)
    assert Root(root).mark("late", run) == 1
    assert json.loads(note_of(root, run).read_text())["marks"] == ["good", "late"]
    assert checks_of(root) == [] and not (root / "marked" / "late").exists()


def test_a_run_that_is_gone_cannot_be_marked(root: Path) -> None:
    run = make_run(root)
    trash.remove(run)
    purge.purge(in_trash(root)[0])
    with pytest.raises(FileNotFoundError, match="gone"):
        Root(root).mark("late", run)
    assert list((root / "marked").iterdir()) == []


def test_a_run_that_was_marked_on_its_way_out_is_not_deleted(root: Path) -> None:
    run = make_run(root, marks=["a"])
    watched = Watched(str(root))
    borne = watched.of(run.name)
    Root(root).mark("b", run)
    with pytest.raises(purge.Marked, match="is marked b by now: kept"):
        purge.at_once(run, borne, watched.of)
    assert run.path.is_dir() and checks_of(root) == [] and Root(root).marks() == {"a": [run.name], "b": [run.name]}
    assert purge.at_once(run, watched.of(run.name), watched.of) == []
    assert checks_of(root) == [] and len(Root(root)) == 0 and Root(root).marks() == {}


@pytest.mark.slow
def test_no_mark_is_lost_while_one_process_marks_and_another_prunes(root: Path) -> None:
    runs = [make_run(root) for _ in range(150)]
    source = f"""
from exparse.store.root import Root
root = Root({str(root)!r})
runs = root.runs()
print(flush=True)
for run in runs:
    root.mark("keep/it", run)
"""
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as marker:
        marker.stdout.readline()  # type: ignore[union-attr]
        mover = Mover(Root(root), False, Paper())
        moved = [run for run in reversed(runs) if mover.move(run)]
    assert marker.returncode == 0
    noted = {run.name for run in in_trash(root) if trash.borne(run) == ["keep/it"]}
    bearing = set(Root(root).marks().get("keep/it", ()))
    assert len(in_trash(root)) == len(moved)
    assert noted | bearing == {run.name for run in runs} and checks_of(root) == []


@pytest.mark.parametrize("name", ["trash", "index", "marked"])
@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_nothing_is_written_through_a_link_in_the_place_of_a_folder(root: Path, tmp_path: Path, name: str) -> None:
    runs = [make_run(root, marks=["good"]) for _ in range(2)]
    trash.remove(runs[1])
    (root / name).rename(tmp_path / "elsewhere")
    (root / name).symlink_to(tmp_path / "elsewhere")
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    there = Run(str(root), runs[1].name, "trash")
    tried: list[Callable[[], object]] = [
        lambda: trash.remove(runs[0]),
        lambda: trash.restore(there),
        lambda: trash.bear(there, ["x"]),
        lambda: purge.at_once(runs[0], []),
        lambda: Mover(Root(root), True, Paper()),
    ]
    if name == "trash":
        tried.append(lambda: purge.purge(there))
    if name == "marked":
        tried += [lambda: Root(root).mark("x", runs[0]), lambda: Root(root).unmark("good", runs[0])]
    for verb in tried:
        with pytest.raises(RootError, match="this is a link, and nothing is written through it"):
            verb()
    for finding in checks.look(str(root)):
        assert finding.kind == "root" or finding.mend is None
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


@pytest.mark.slow
def test_two_purges_at_once_both_end_well(root: Path) -> None:
    for _ in range(40):
        run = make_run(root)
        for number in range(30):
            (run.path / f"file{number}").write_text("x")
        trash.remove(run)
    command = [sys.executable, "-m", "exparse", "--root", str(root), "purge", "--yes"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(2)]
    answers = [(one.communicate()[0], one.returncode) for one in both]
    assert [code for _, code in answers] == [0, 0], answers
    assert list((root / "trash").iterdir()) == []


def checks_of(root: Path) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in checks.look(str(root))]
