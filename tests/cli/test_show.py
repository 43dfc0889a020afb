"""``exparse show`` and ``exparse path``."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run

from exparse.cli.path import path
from exparse.cli.show import show
from exparse.store.root import Root


def page(root: Path, *selectors: str, code: int = 0, form: str = "text") -> Paper:
    to = Paper()
    assert show(Root(root), selectors, form, to) == code
    return to


def test_a_page_says_what_is_known(root: Path) -> None:
    recently = datetime.now(timezone.utc) - timedelta(hours=2, minutes=5)
    run = make_run(root, {"lr": 0.5, "model": "vit"}, label="big", marks=["good"], started=recently)
    (run.path / "plot.png").write_bytes(b"12345")
    lines = page(root, "last").said.splitlines()
    assert lines[0] == "run 1  big"
    assert f"  folder    {run.folder}" in lines
    assert "  state     finished after 12s" in lines
    assert any(line.startswith("  started   ") and line.endswith(", 2 h ago") for line in lines)
    assert "  marks     good" in lines
    assert "  command   /home/ada/train.py --lr 0.5" in lines
    assert "  host      ada@tower" in lines
    assert "  python    3.12.1" in lines
    assert "* lr     0.5" in lines
    assert "  model  vit" in lines
    assert "        5 B  plot.png" in lines


def test_a_command_line_is_quoted_as_a_shell_takes_it(root: Path) -> None:
    make_run(root, facts={"argv": ["--name", "two words", "$HOME"], "script": "/my files/a.py"})
    assert "command   '/my files/a.py' --name 'two words' '$HOME'" in page(root, "1").said


def test_how_a_run_ended_is_told(root: Path) -> None:
    error = {"type": "ValueError", "message": "boom", "traceback": "Traceback:\n  line 1\nValueError: boom\n"}
    make_run(root, state="failed", exit_code=1, error=error)
    make_run(root, state="killed", exit_code=None, signal="SIGTERM")
    make_run(root, state="failed", exit_code=7)
    assert "state     failed after 12s: ValueError: boom" in page(root, "1").said
    assert "traceback\n  Traceback:\n    line 1\n  ValueError: boom\n" in page(root, "1").said
    assert "state     killed after 12s by SIGTERM" in page(root, "2").said
    assert "state     failed after 12s, exit code 7" in page(root, "3").said


@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_damaged_run_is_shown_as_far_as_it_can_be_read(root: Path, file: str, form: str) -> None:
    damage(make_run(root, {"lr": 0.75}, label="big"), file)
    to = page(root, "1", form=form)
    assert "damaged" in to.said and file in to.said
    assert ("0.75" in to.said) is (file != "params.yaml")
    assert ("/home/ada/train.py" in to.said) is (file != "metadata.json")
    if form == "json":
        assert json.loads(to.said)[0]["problem"]


@pytest.mark.parametrize("wrong", [5, None, {"a": 1}, ["x"], "text"])
def test_metadata_of_the_wrong_kinds_are_shown_all_the_same(root: Path, wrong: object) -> None:
    names = ("argv", "given", "config", "script", "cwd", "host", "user", "python", "executable", "process")
    make_run(root, {"lr": 0.5}, facts=dict.fromkeys(names, wrong))
    assert "run 1" in page(root, "1").said


def test_escapes_in_values_errors_and_file_names_are_shown_as_text(root: Path) -> None:
    evil = "\x1b]0;pwn\x07\u202e\nnext"
    error = {"type": evil, "message": evil, "traceback": evil}
    run = make_run(root, {evil: evil}, state="failed", error=error, facts={"argv": [evil], "host": evil, "cwd": evil})
    (run.path / "\x1b[2J\n.txt").write_text("x")
    (run.path / os.fsdecode(b"\xff.bin")).write_text("x")
    to = page(root, "1")
    assert all(char.isprintable() or char == "\n" for char in to.said)
    assert r"\x1b[2J\n.txt" in to.said
    assert r"\udcff.bin" in to.said


def test_many_files_are_cut(root: Path) -> None:
    run = make_run(root)
    for number in range(60):
        (run.path / f"{number:03}.txt").write_text("x")
    assert page(root, "1").said.splitlines()[-1] == "  and 23 more"


def test_several_runs_are_shown_and_the_unknown_one_is_said(root: Path) -> None:
    make_run(root)
    make_run(root)
    to = page(root, "1", "9", "2", code=1)
    assert "run 1\n" in to.said and "\n\nrun 2\n" in to.said
    assert "no run matches '9'" in to.noted


def test_json_is_a_list_with_all_there_is(root: Path) -> None:
    make_run(root, {"lr": float("inf")}, marks=["good"])
    make_run(root)
    first, second = json.loads(page(root, "1:2", form="json").said)
    assert (first["id"], first["params"], first["marks"]) == (1, {"lr": None}, ["good"])
    assert first["metadata"]["cwd"] == "/home/ada"
    assert [file["name"] for file in second["files"]] == ["metadata.json", "params.yaml", "status.json"]


def test_paths_are_absolute_one_a_line_and_exact(odd_folder: Path, exparse: Any) -> None:
    first = make_run(odd_folder / "exruns")
    second = make_run(odd_folder / "exruns", tmp=True)
    answer = exparse("path", "1", "2", "7", cwd=odd_folder)
    assert answer.stdout == f"{first.folder}\n{second.folder}\n"
    assert answer.returncode == 1
    assert "no run matches '7'" in answer.stderr


def test_a_path_on_a_terminal_is_harmless(tmp_path: Path) -> None:
    root = tmp_path / "a\x1b[2J"
    make_run(root)
    to = Paper()
    assert path(Root(root), ["1"], to) == 0
    assert r"a\x1b[2J/runs/000001-" in to.said
