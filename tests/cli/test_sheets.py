"""Groups of runs, as ``exparse summary --by`` prints them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_root, make_run

from exparse.cli import grouping, sheets
from exparse.cli.summary import FORMATS, Asked, summary
from exparse.errors import ExparseError
from exparse.query.stats import stat
from exparse.store.root import Root

RUNS = [
    ("cnn", 0.1, 1, 0.50),
    ("cnn", 0.1, 2, 0.70),
    ("cnn", 0.2, 1, 0.60),
    ("vit", 0.1, 1, 0.80),
    ("vit", 0.1, 2, 0.90),
    (None, 0.2, 2, None),
]


def add(root: Path, params: dict[str, Any], values: dict[str, Any] | None = None) -> None:
    run = make_run(root, params)
    if values:
        (run.path / "summary.json").write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture
def six(root: Path) -> Path:
    for model, lr, seed, acc in RUNS:
        model_of = {} if model is None else {"model": model}
        add(root, {"lr": lr, "seed": seed, **model_of}, {"acc": acc, "loss": 1 - acc} if acc is not None else None)
    return root


def told(root: Path, form: str = "text", width: int | None = 80, **asked: Any) -> Paper:
    to = Paper(width)
    assert summary(Root(root), [], form, to, Asked(**asked)) == 0
    return to


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_each_value_is_a_line_with_mean_deviation_and_best_run(six: Path) -> None:
    assert told(six, by=["model"], metrics=["acc"]).said.splitlines() == [
        "acc, the largest is best",
        "model  runs  count     mean ± std  min  max  best run",
        "-----  ----  -----  -------------  ---  ---  --------",
        "cnn       3      3    0.60 ± 0.10  0.5  0.7         2",
        "vit       2      2  0.850 ± 0.071  0.8  0.9         5",
        "-         1      0",
    ]


def test_each_metric_has_a_table_that_says_which_end_is_best(six: Path) -> None:
    said = told(six, by=["seed"]).said
    assert [line for line in said.splitlines() if "best" in line and "runs" not in line] == [
        "acc, the largest is best",
        "loss, the smallest is best",
    ]


def test_with_one_figure_a_metric_there_is_one_table(six: Path) -> None:
    assert cells(told(six, by=["model"], stats=["mean"]).said) == [
        ["mean"],
        ["model", "runs", "acc", "loss"],
        ["-----", "----", "----", "----"],
        ["cnn", "3", "0.6", "0.4"],
        ["vit", "2", "0.85", "0.15"],
        ["-", "1"],
    ]


def test_figures_stand_in_the_order_asked_for(six: Path) -> None:
    head = cells(told(six, by=["model"], metrics=["acc"], stats=["best", "count", "max"]).said)[1]
    assert head == ["model", "runs", "best", "run", "count", "max"]


def test_two_fields_stand_against_each_other(six: Path) -> None:
    assert told(six, by=["model", "lr"], metrics=["acc"]).said.splitlines() == [
        "acc, mean ± std (n)",
        "model \\ lr                0.1  0.2",
        "----------  -----------------  ---",
        "cnn           0.60 ± 0.14 (2)  0.6",
        "vit         0.850 ± 0.071 (2)",
        "-",
    ]


def test_three_fields_are_a_line_a_combination(six: Path) -> None:
    lines = cells(told(six, by=["model", "lr", "seed"], metrics=["acc"], stats=["mean"]).said)
    assert lines[1] == ["model", "lr", "seed", "runs", "acc"]
    assert lines[3] == ["cnn", "0.1", "1", "1", "0.5"]
    assert len(lines) == 3 + len(RUNS)


def test_runs_that_differ_only_in_a_seed_are_averaged(six: Path) -> None:
    for asked in ({"seeds": True}, {"over": ["seed"]}, {"over": ["params.seed"]}):
        lines = cells(told(six, metrics=["acc"], stats=["count", "mean"], **asked).said)
        assert lines[1] == ["lr", "model", "runs", "count", "mean"]
        assert sorted(line[2] for line in lines[3:]) == ["1", "1", "2", "2"]


def test_runs_that_differ_in_nothing_else_are_one_group(root: Path) -> None:
    add(root, {"seed": 1}, {"acc": 1})
    add(root, {"seed": 2}, {"acc": 3})
    assert cells(told(root, seeds=True, stats=["mean"]).said)[1:] == [["runs", "acc"], ["----", "---"], ["2", "2"]]


def test_without_a_seed_that_varies_it_is_said_what_to_do(root: Path) -> None:
    add(root, {"seed": 1})
    with pytest.raises(ExparseError, match="--over PARAM"):
        told(root, seeds=True)
    with pytest.raises(ExparseError, match="no param 'sed' .*Close to it: seed"):
        told(root, over=["sed"])


def test_damaged_runs_are_a_group_by_their_state_and_no_seed_of_others(six: Path) -> None:
    damage(make_run(six, {"lr": 0.1, "seed": 7}))
    assert any(line[0] == "damaged" for line in cells(told(six, by=["state"], stats=["count"]).said)[1:] if line)
    assert json.loads(told(six, "json", seeds=True).said)["runs"] == 6


def test_a_mark_groups_all_runs_that_bear_it(root: Path) -> None:
    make_run(root, marks=["a", "b"])
    make_run(root, marks=["b"])
    make_run(root)
    lines = cells(told(root, by=["mark"], metrics=["seconds"], stats=["count"]).said)
    assert [line[:2] for line in lines[3:]] == [["a", "1"], ["b", "2"], ["-", "1"]]


def test_json_holds_every_digit_and_tells_what_is_missing_from_none(six: Path) -> None:
    add(six, {"lr": None}, {"acc": 0.1 + 0.2})
    found = json.loads(told(six, "json", by=["model", "lr"]).said)
    assert (found["by"], found["runs"]) == (["model", "lr"], 7)
    assert [group["keys"] for group in found["groups"]][-2:] == [{"lr": 0.2}, {"lr": None}]
    assert found["groups"][-1]["metrics"]["acc"]["mean"] == 0.1 + 0.2
    assert found["groups"][0]["metrics"]["acc"]["best"] == {"value": 0.7, "run": 2, "is": "max"}


def test_csv_has_a_column_a_figure_in_full(six: Path) -> None:
    head, *lines = csv.reader(io.StringIO(told(six, "csv", by=["model"], metrics=["acc"]).said))
    assert head == ["model", "runs", *(f"acc.{name}" for name in (*grouping.STATS, "odd"))]
    assert lines[0][:3] == ["cnn", "3", "3"] and float(lines[0][3]) == pytest.approx(0.6)
    assert lines[2] == ["", "1", "0", "", "", "", "", "", "0"]


@pytest.mark.parametrize("form", ["markdown", "latex", "html"])
def test_a_table_for_a_paper_has_one_column_a_metric(six: Path, form: str) -> None:
    said = told(six, form, by=["model"]).said
    assert "0.60 ± 0.10" in said and "0.40 ± 0.10" in said and "best" not in said
    assert "acc, mean ± std (n): lr" in told(six, form, by=["lr", "seed"]).said.replace("&#x27;", "'")


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_and_values_are_harmless_in_every_format(root: Path, form: str) -> None:
    for number in range(2):
        add(root, {"\x1b[2Jp": f"<script>\x1b]0;x\x07{number}", "q": number}, {"\u202e=m|1": number})
    for by in (["\x1b[2Jp"], ["\x1b[2Jp", "q"]):
        said = told(root, form, by=by).said
        assert said.replace("\n", "").isprintable()
        assert form != "html" or "<script>" not in said


@pytest.mark.parametrize("form", FORMATS)
def test_no_runs_are_an_empty_table(root: Path, form: str) -> None:
    make_root(root)
    to = told(root, form, by=["model", "lr"])
    assert form != "json" or json.loads(to.said)["groups"] == []
    assert form != "text" or to.noted == f"no runs to summarize in {root}\n"


def test_runs_without_metrics_are_still_counted(root: Path) -> None:
    add(root, {"model": "a"})
    to = told(root, by=["model"])
    assert cells(to.said)[-1] == ["a", "1"]
    assert "--metrics seconds" in to.noted


def test_of_very_many_groups_the_first_are_drawn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_LINES", 2)
    monkeypatch.setattr(sheets, "MOST_SHEETS", 1)
    for number in range(4):
        add(root, {"p": number}, {"a": 1, "b": 2})
    to = told(root, by=["p"])
    assert len(to.said.splitlines()) == 5
    assert "2 groups not shown" in to.noted and "1 metric not shown" in to.noted
    assert len(told(root, "csv", by=["p"]).said.splitlines()) == 5


def test_a_table_fits_the_terminal_and_says_what_is_left_out(root: Path) -> None:
    for number in range(30):
        add(root, {"p": 1, "q": f"value{number:02d}"}, {"acc": number})
    to = told(root, width=60, by=["p", "q"])
    assert all(len(line) <= 60 for line in to.said.splitlines())
    assert "columns left out" in to.noted


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([0.9, 0.92], "0.910 ± 0.014"),
        ([1.0, 1.0], "1 ± 0"),
        ([100.0, 350.0], "225 ± 177"),
        ([1e-12, 3e-12], "2e-12 ± 1.4e-12"),
        ([1e9, 3e9], "2e+09 ± 1.4e+09"),
        ([0.5], "0.5"),
        ([], ""),
    ],
)
def test_a_mean_has_the_digits_that_its_deviation_allows(values: list[float], text: str) -> None:
    assert grouping.spread(stat(values, range(len(values)))) == text
