"""Runs as rows: no run keeps the others from being read."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from making import START, damage, make_run

from exparse.query import rows
from exparse.store.root import Root


def read(root: Path) -> list[rows.Row]:
    return list(rows.read(Root(root).runs(), rows.marks_of(str(root))))


def test_a_row_says_what_the_files_say(root: Path) -> None:
    run = make_run(root, {"lr": 0.5}, label="big", marks=["good", "paper/one"])
    (row,) = read(root)
    assert (row.run, row.id, row.state, row.seconds) == (run, 1, "finished", 12.5)
    assert row.params == {"lr": 0.5}
    assert row.marks == ("good", "paper/one")
    assert row.started == START
    assert row.local_start == datetime(2026, 11, 21, 5, 40, 12, 250_000)
    assert row.problem is None


DAMAGES = [
    "",
    "a: [1",
    "- 1\n",
    "\0",
    "\ufeffa: 1\n\0",
    "a: !!python/object/apply:os.system [x]",
    "[" * 100_000,
]


@pytest.mark.parametrize("text", DAMAGES, ids=range(len(DAMAGES)))
@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
def test_one_damaged_run_is_a_row_that_says_so_and_hides_no_other(root: Path, file: str, text: str) -> None:
    make_run(root, {"lr": 0.5})
    damage(make_run(root, {"lr": 0.6}), file, text)
    make_run(root, {"lr": 0.7})
    first, broken, last = read(root)
    assert (first.state, broken.state, last.state) == ("finished", "damaged", "finished")
    assert broken.problem is not None and file in broken.problem
    assert broken.local_start is not None
    assert broken.seconds is None


@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "loop", "link out", "link to a folder"])
def test_a_file_that_is_no_plain_file_damages_its_run_and_stops_nobody(root: Path, file: str, kind: str) -> None:
    run = make_run(root)
    path = run.path / file
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "link out":
        path.symlink_to("/etc/passwd")
    elif kind == "link to a folder":
        path.symlink_to(root)
    make_run(root)
    assert [row.state for row in read(root)] == ["damaged", "finished"]


@pytest.mark.parametrize(
    "status",
    [
        '{"format": "1.0", "state": "running", "started": 5}',
        '{"format": "1.0", "state": "running", "started": "soon", "seconds": "many"}',
        '{"format": "1.0", "state": "finished", "error": "text"}',
        '{"format": "1.0", "state": []}',
        '{"format": "9.0", "state": "finished"}',
        '{"state": "finished"}',
    ],
)
def test_a_status_of_the_wrong_kinds_is_damage(root: Path, status: str) -> None:
    damage(make_run(root), "status.json", status)
    assert [row.state for row in read(root)] == ["damaged"]


def test_a_start_that_cannot_be_read_comes_from_the_name(root: Path) -> None:
    make_run(root, facts={"started": "yesterday"})
    make_run(root, facts={"started": 5})
    assert [row.local_start for row in read(root)] == [datetime(2026, 11, 21, 5, 40, 12)] * 2


def test_a_running_time_without_a_readable_start_is_not_known(root: Path) -> None:
    run = make_run(root)
    damage(run, "status.json", '{"format": "1.0", "state": "running", "started": "soon"}')
    (row,) = read(root)
    assert (row.state, row.seconds) == ("running", None)


@pytest.mark.parametrize("seconds", ["1" + "0" * 400, "1e999", "-1e999", "NaN"])
def test_a_duration_beyond_all_measure_is_not_known(root: Path, seconds: str) -> None:
    damage(make_run(root), "status.json", f'{{"format": "1.0", "state": "finished", "seconds": {seconds}}}')
    (row,) = read(root)
    assert (row.state, row.seconds) == ("finished", None)


def test_a_name_that_is_no_date_gives_no_time(root: Path) -> None:
    run = make_run(root, facts={"started": None})
    run.path.rename(run.path.with_name("000001-9999-99-99-99-99-99"))
    (row,) = read(root)
    assert (row.started, row.local_start, row.age) == (None, None, None)


def test_a_run_that_vanishes_meanwhile_is_left_out(root: Path) -> None:
    make_run(root)
    gone = make_run(root)
    make_run(root)
    runs = Root(root).runs()
    shutil.rmtree(gone.path)
    assert [row.id for row in rows.read(runs)] == [1, 3]


def test_what_is_no_run_is_passed_over(root: Path) -> None:
    make_run(root)
    (root / "runs" / "notes.txt").write_text("x")
    (root / "runs" / "000009-2026-11-21-05-40-12").write_text("no folder")
    (root / "runs" / "000010-2026-11-21-05-40-12").symlink_to("/")
    assert [row.id for row in read(root)] == [1]


def test_reading_changes_nothing(root: Path) -> None:
    make_run(root, {"lr": 0.5}, marks=["good"])
    before = {path: path.lstat().st_mtime_ns for path in root.rglob("*")}
    read(root)
    assert {path: path.lstat().st_mtime_ns for path in root.rglob("*")} == before


def test_why_a_run_ended_badly_is_said_in_a_line(root: Path) -> None:
    make_run(root)
    make_run(root, state="failed", exit_code=1, error={"type": "ValueError", "message": "boom", "traceback": "..."})
    make_run(root, state="interrupted", exit_code=130, error={"type": "KeyboardInterrupt", "message": ""})
    make_run(root, state="killed", exit_code=None, signal="SIGTERM")
    make_run(root, state="failed", exit_code=3)
    damage(make_run(root), "status.json")
    told = [None, "ValueError: boom", "KeyboardInterrupt", "SIGTERM", "exit code 3", None]
    assert [row.error for row in read(root)] == told
