"""``exparse du``: the room that runs take."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_root, make_run

from exparse.cli.du import du
from exparse.cli.selection import Wanted
from exparse.store import trash
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def said(
    root: Path, *selectors: str, kind: bool = False, most: int | None = 20, disk: bool = False, form: str = "table",
    width: int | None = None, code: int = 0,
) -> str:  # fmt: skip
    to = Paper(width)
    assert du(Root(root), Wanted(selectors), kind, most, disk, form, to) == code
    return to.said


@pytest.fixture
def filled(root: Path) -> Path:
    """Make a root with runs of 1, 2 and 3 MB, the last of them in tmp/, and one of 4 MB in the trash."""
    for number in range(1, 5):
        run = make_run(root, tmp=number == 3)
        (run.path / "files").mkdir()
        (run.path / "files" / "model.pt").write_bytes(b"0" * number * 1_000_000)
        (run.path / "stdout.log").write_bytes(b"0" * 1000)
    trash.remove(Root(root)[4])
    return root


def test_the_largest_comes_first_and_places_are_told_apart(filled: Path) -> None:
    lines = said(filled).splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["4", "3", "2", "1"]
    assert "trash" in lines[2] and "tmp" in lines[3] and "4.0 MB" in lines[2]
    assert lines[6] == "3.0 MB in 2 runs, 3.0 MB in 1 run of tmp, 4.0 MB in 1 run of trash"


def test_a_long_list_is_cut_and_counts_all_the_same(filled: Path) -> None:
    lines = said(filled, most=1).splitlines()
    assert (
        len(lines) == 5 and lines[3] == "and 3 smaller runs (-n N or --all)" and "4.0 MB in 1 run of trash" in lines[4]
    )
    assert len(said(filled, most=None).splitlines()) == 7


def test_it_fits_the_terminal(filled: Path) -> None:
    assert max(map(len, said(filled, width=40).splitlines()[:-1])) <= 40


def test_kinds_of_files_are_told_with_their_share(filled: Path) -> None:
    lines = said(filled, kind=True).splitlines()
    assert lines[2].split() == ["files", "10.0", "MB", "100", "%"]
    assert [line.split()[0] for line in lines[2:5]] == ["files", "output", "record"]


def test_only_what_is_selected_counts(filled: Path) -> None:
    assert said(filled, "1:2").splitlines()[-1] == "3.0 MB in 2 runs"
    assert said(filled, "place = tmp").splitlines()[-1] == "3.0 MB in 1 run of tmp"
    said(filled, "9", code=1)


def test_json_and_csv_say_bytes(filled: Path) -> None:
    found = json.loads(said(filled, form="json"))
    assert [run["id"] for run in found["runs"]] == [4, 3, 2, 1]
    assert found["runs"][0]["kinds"]["files"] == 4_000_000 and found["kinds"]["output"] == 4000
    assert found["bytes"] == sum(run["bytes"] for run in found["runs"])
    assert found["places"]["tmp"]["runs"] == 1 and found["left_over"] == 0
    rows = list(csv.DictReader(io.StringIO(said(filled, form="csv"))))
    assert [rows[0][name] for name in ("id", "place", "files", "bytes.files")] == ["4", "trash", "5", "4000000"]
    assert said(filled, kind=True, form="csv").splitlines()[0] == "kind,bytes"


def test_hard_links_between_runs_count_once(root: Path) -> None:
    first, second = make_run(root), make_run(root)
    (first.path / "data").write_bytes(b"0" * 1_000_000)
    os.link(first.path / "data", second.path / "data")
    assert said(root).splitlines()[-1] == "1.0 MB in 2 runs"


def test_links_are_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"0" * 5_000_000)
    run = make_run(root)
    (run.path / "link").symlink_to(tmp_path)
    (run.path / "file").symlink_to(tmp_path / "big")
    assert "MB" not in said(root)


def test_what_killed_processes_left_is_told_apart(filled: Path) -> None:
    (filled / ".staging" / "5-1-0123456789abcdef").mkdir()
    (filled / ".staging" / "5-1-0123456789abcdef" / "x").write_bytes(b"0" * 7_000_000)
    assert said(filled).splitlines()[-1].endswith("7.0 MB left over (exparse check)")


def test_an_empty_root_takes_nothing(root: Path) -> None:
    make_root(root)
    assert said(root) == "no runs\n"
    assert json.loads(said(root, form="json"))["runs"] == []
    assert said(root, form="csv").count("\n") == 1


def test_the_real_command_says_blocks_on_request(filled: Path, exparse: Any) -> None:
    with open(filled / "runs" / Root(filled)[1].name / "sparse", "wb") as stream:
        stream.truncate(10**9)
    assert "1.0 GB" in exparse("du").stdout
    assert "GB" not in exparse("du", "--disk").stdout


def test_state_age_and_label_tell_runs_apart(filled: Path) -> None:
    make_run(filled, label="small", state="failed")
    head, _, *lines = said(filled).splitlines()[:7]
    assert head.split()[:4] == ["id", "size", "state", "age"] and head.split()[-1] == "name"
    assert lines[-1].split()[0] == "5" and "failed" in lines[-1] and lines[-1].endswith("small")
    assert "finished" in lines[0]
