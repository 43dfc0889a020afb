"""``exparse summary``: the page of all runs; its groups are in ``test_sheets.py``."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from making import START, Paper, damage, make_root, make_run

from exparse.cli import summary as verb
from exparse.cli.summary import Asked, summary
from exparse.store.root import Root
from exparse.store.run import Run


def told(
    root: Path, *selectors: str, code: int = 0, form: str = "text", width: int | None = None, **asked: Any
) -> Paper:
    to = Paper(width)
    assert summary(Root(root), selectors, form, to, Asked(**asked)) == code
    return to


def measured(root: Path, summary: dict[str, Any], params: dict[str, Any] | None = None) -> Run:
    run = make_run(root, params or {})
    (run.path / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return run


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


def test_damaged_runs_that_count_in_metrics_alone_are_told(root: Path) -> None:
    for lr in (1, 2, 3):
        run = make_run(root, {"lr": lr})
        (run.path / "metrics.jsonl").write_text(f'{{"acc": {lr}}}\n')
    assert "damaged" not in told(root).noted
    damage(run)
    to = told(root)
    assert "  lr  1 (1), 2 (1)\n" in to.said and "  acc  " in to.said
    assert to.noted == "1 damaged run counts in metrics only, not in params\n"


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


def test_each_metric_has_a_line_with_its_best_run(root: Path) -> None:
    for acc in (0.5, 0.75, 1.0):
        measured(root, {"acc": acc, "loss": 4 - acc, "note": "x"})
    measured(root, {"acc": "nan"})
    to = told(root, width=80)
    lines = to.said.splitlines()
    begin = next(at for at, line in enumerate(lines) if line.startswith("metrics"))
    assert [line.split() for line in lines[begin : begin + 3]] == [
        ["metrics", "count", "mean", "±", "std", "min", "max", "best", "run"],
        ["acc", "3", "0.75", "±", "0.25", "0.5", "1", "3"],
        ["loss", "3", "3.25", "±", "0.25", "3", "3.5", "3"],
    ]
    assert max(map(len, lines[begin:])) <= 80


def test_a_metric_that_all_runs_have_needs_no_count(root: Path) -> None:
    measured(root, {"acc": 1})
    assert "count" not in told(root).said


def test_values_that_are_in_no_figure_are_told(root: Path) -> None:
    run = make_run(root)
    (run.path / "metrics.jsonl").write_text('{"loss": "nan"}\n', encoding="utf-8")
    measured(root, {"loss": 2})
    to = told(root)
    assert "nan or infinite, in no figure: 1 of loss\n" in to.noted
    assert json.loads(told(root, form="json").said)["metrics"]["loss"] == {
        "count": 1,
        "odd": 1,
        "mean": 2.0,
        "std": None,
        "min": 2.0,
        "max": 2.0,
        "best": {"value": 2.0, "run": 2, "is": "min"},
    }


def test_the_best_end_of_a_metric_is_what_the_user_says(root: Path) -> None:
    measured(root, {"fid": 3})
    measured(root, {"fid": 9})
    best = [json.loads(told(root, form="json", best=asked).said)["metrics"]["fid"]["best"] for asked in ([], ["fid"])]
    assert [entry["run"] for entry in best] == [1, 2]


def test_metrics_alone_are_a_table_for_other_programs(root: Path) -> None:
    measured(root, {"acc": 0.1})
    measured(root, {"acc": 0.3})
    assert told(root, form="csv", metrics=["a*"]).said == (
        "metric,count,mean,std,min,max,best,odd\nacc,2,0.2,0.1414213562373095,0.1,0.3,2,0\n"
    )
    assert "| acc" in told(root, form="markdown").said


def test_runs_that_differ_only_in_a_seed_are_hinted_at(root: Path) -> None:
    for lr, seed in ((1, 1), (1, 2), (2, 1)):
        make_run(root, {"lr": lr, "seed": seed})
    assert told(root).noted == "2 runs differ from others only in a seed: exparse summary --seeds averages them\n"
    assert told(root, "2:3").noted == ""


def test_the_room_of_very_many_runs_is_measured_only_on_demand(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MOST_MEASURED", 1)
    make_run(root)
    make_run(root)
    assert told(root).said.startswith(f"2 runs in {root} (--disk measures what room they take)\n")
    assert json.loads(told(root, form="json").said)["bytes"] is None
    assert told(root, disk=True).said.startswith(f"2 runs in {root}, ")


def test_runs_are_narrowed_down_by_filters(root: Path, exparse: Any) -> None:
    for lr in (1, 2, 3):
        measured(root, {"acc": lr}, {"lr": lr})
    done = exparse("--root", root, "summary", "--where", "lr > 1", "--best", "-acc", "--by", "lr")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "acc, the smallest is best"
    assert [line.split()[0] for line in done.stdout.splitlines()[3:]] == ["2", "3"]


def test_an_unknown_figure_is_a_usage_error_and_an_unknown_field_is_one_line(root: Path, exparse: Any) -> None:
    make_run(root, {"model": "a"})
    wrong = exparse("--root", root, "summary", "--stats", "median")
    assert wrong.returncode == 2 and "there are count, mean, std" in wrong.stderr
    refused = exparse("--root", root, "summary", "--by", "modle")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "exparse: error: no field 'modle' among these runs. Close to it: model\n"
    both = exparse("--root", root, "summary", "--by", "model", "--seeds")
    assert both.returncode == 2


def test_a_count_that_is_asked_for_is_shown_also_where_it_is_the_same_everywhere(root: Path) -> None:
    measured(root, {"acc": 0.5})
    measured(root, {"acc": 0.7})
    assert "count" not in [word for line in told(root).said.splitlines() for word in line.split()]
    lines = [line.split() for line in told(root, stats=["count"]).said.splitlines()]
    assert ["metrics", "count"] in lines and ["acc", "2"] in lines
