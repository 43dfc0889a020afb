"""``exparse summary``."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from making import START, Paper, damage, make_root, make_run

from exparse.cli.summary import summary
from exparse.store.root import Root


def told(root: Path, *selectors: str, code: int = 0, form: str = "text", width: int | None = None) -> Paper:
    to = Paper(width)
    assert summary(Root(root), selectors, form, to) == code
    return to


def test_it_counts_states_and_marks_and_says_what_varies(root: Path) -> None:
    for number in range(6):
        make_run(
            root,
            {"lr": number / 4, "model": "ab"[number % 2], "data": "digits"},
            marks=["good"] if number < 2 else [],
            state="failed" if number == 5 else "finished",
            started=START + timedelta(hours=number),
        )
    make_run(root, {"lr": 9}, tmp=True)
    lines = told(root).said.splitlines()
    assert lines[0].startswith(f"6 runs in {root}, ")
    assert lines[1] == "besides: 1 in tmp/"
    assert lines[2] == "states   5 finished, 1 failed"
    assert lines[3] == "marks    2 good"
    assert lines[4].startswith("oldest   000001-2026-11-21-05-40-12, ")
    assert lines[5].startswith("newest   000006-2026-11-21-10-40-12, ")
    assert lines[6:] == [
        "params that vary",
        "  lr     0.0 to 1.25, 6 values",
        "  model  a (3), b (3)",
        "params that are the same everywhere",
        "  data   digits",
    ]


def test_only_the_runs_that_are_named_are_summarized(root: Path) -> None:
    for lr in (1, 2, 3):
        make_run(root, {"lr": lr})
    to = told(root, "1:2", "9", code=1)
    assert to.said.startswith("2 runs in ")
    assert "  lr  1 (1), 2 (1)" in to.said
    assert "no run matches '9'" in to.noted


def test_disk_use_counts_what_lies_in_the_runs(root: Path) -> None:
    run = make_run(root)
    before = json.loads(told(root, form="json").said)["bytes"]
    (run.path / "weights.bin").write_bytes(bytes(5000))
    assert json.loads(told(root, form="json").said)["bytes"] == before + 5000


def test_json_says_the_same(root: Path) -> None:
    make_run(root, {"lr": 1, "model": "a"}, marks=["good"])
    make_run(root, {"lr": 3})
    damage(make_run(root))
    found = json.loads(told(root, form="json").said)
    assert (found["runs"], found["states"], found["marks"]) == (3, {"finished": 2, "damaged": 1}, {"good": 1})
    assert found["newest"]["id"] == 3
    assert found["params"]["lr"] == {
        "varies": True,
        "low": 1,
        "high": 3,
        "different": 2,
        "values": {"1": 1, "3": 1},
        "missing": 0,
    }
    assert found["params"]["model"]["missing"] == 1


def test_lines_fit_the_terminal_and_hold_no_escape(root: Path) -> None:
    for number in range(3):
        make_run(root, {"\x1b[2J": f"\u202e{number}" * 30, "path": f"/data/{'x' * 90}/{number}"})
    params = told(root, width=60).said.partition("params that vary")[2]
    assert all(len(line) <= 60 for line in params.splitlines())
    assert params.replace("\n", "").isprintable()


def test_a_root_without_runs_is_said(root: Path) -> None:
    assert told(make_root(root)).said == f"0 runs in {root}, 0 B\n"
    assert json.loads(told(root, form="json").said)["oldest"] is None
