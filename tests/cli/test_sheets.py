"""Groups of runs, as ``exparse summary --by`` prints them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_root, make_run

from exparse.cli import fitting, grouping, sheets
from exparse.cli import summary as verb
from exparse.cli.main import main
from exparse.cli.summary import FORMATS, Asked, summary
from exparse.errors import ExparseError
from exparse.query.stats import stat
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

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
        "vit       2      2  0.850 ± 0.071  0.8  0.9         5",
        "cnn       3      3  0.60  ± 0.10   0.5  0.7         2",
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
        "cnn         0.60  ± 0.14  (2)  0.6",
        "vit         0.850 ± 0.071 (2)",
        "-",
    ]


def test_three_fields_are_a_line_a_combination(six: Path) -> None:
    lines = cells(told(six, by=["model", "lr", "seed"], metrics=["acc"], stats=["mean"]).said)
    assert lines[1] == ["model", "lr", "seed", "runs", "acc"]
    assert lines[3] == ["vit", "0.1", "2", "1", "0.9"]
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
    assert to.noted == (f"no runs in {root}\n" if form not in ("json", "csv") else "")


def test_values_that_read_the_same_are_lines_and_columns_of_their_own(root: Path) -> None:
    for lr in (0.1, "0.1", 0.30000000001, 0.3):
        for wide in (True, "True"):
            add(root, {"lr": lr, "wide": wide}, {"acc": 1})
    said = told(root, by=["lr", "wide"], metrics=["acc"]).said
    lines = [[cell.strip() for cell in line.split("  ") if cell] for line in said.splitlines()]
    assert {line[0] for line in lines[3:]} == {"0.1 (float)", "0.1 (str)", "0.30000000001", "0.3"}
    assert lines[1] == ["lr \\ wide", "True (bool)", "True (str)"]
    said = told(root, by=["lr"], metrics=["acc"]).said
    assert said.count("0.1 (str)") == said.count("0.1 (float)") == 1
    said = told(root, "markdown", by=["lr", "wide"], metrics=["acc"]).said
    assert said.count("0.1 (") == 2


def test_runs_without_metrics_are_still_counted(root: Path) -> None:
    add(root, {"model": "a"})
    to = told(root, by=["model"])
    assert cells(to.said)[-1] == ["a", "1"]
    assert "--metrics seconds" in to.noted


def test_of_very_many_groups_the_first_are_drawn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MOST", 2)
    monkeypatch.setattr(sheets, "MOST_SHEETS", 1)
    for number in range(4):
        add(root, {"p": number}, {"a": 1, "b": 2})
    to = told(root, by=["p"])
    assert len(to.said.splitlines()) == 5
    assert "2 groups not shown" in to.noted and "1 metric not shown" in to.noted
    assert len(told(root, "csv", by=["p"]).said.splitlines()) == 5
    assert len(told(root, by=["p"], most=0).said.splitlines()) == 7
    assert len(told(root, "csv", by=["p"], most=3).said.splitlines()) == 4


def test_a_table_fits_the_terminal_and_says_what_is_left_out(root: Path) -> None:
    for number in range(30):
        add(root, {"p": 1, "q": f"value{number:02d}"}, {"acc": number})
    for number in range(15, 30):
        add(root, {"p": f"value{number:02d}", "q": f"value{number:02d}"}, {"acc": number})
    to = told(root, width=60, by=["p", "q"], most=0)
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


def test_the_best_group_comes_first_where_a_metric_is_asked_for(six: Path) -> None:
    assert [line[0] for line in cells(told(six, by=["model"], metrics=["loss"]).said)[3:]] == ["vit", "cnn", "-"]
    assert [line[0] for line in cells(told(six, by=["model"], metrics=["acc"], best=["-acc"]).said)[3:5]] == [
        "cnn",
        "vit",
    ]
    assert [line[0] for line in cells(told(six, "csv", by=["model"], metrics=["acc"]).said)][1].startswith("cnn,")


def test_groups_are_sorted_by_what_is_asked_for(six: Path) -> None:
    for sort, first in (
        (["acc"], "cnn"),
        (["-acc"], "vit"),
        (["-model"], "vit"),
        (["runs"], "-"),
        (["-metrics.loss"], "cnn"),
    ):
        assert cells(told(six, by=["model"], metrics=["acc", "loss"], sort=sort).said)[3][0] == first
    assert told(six, "csv", by=["model"], sort=["-acc"]).said.splitlines()[1].startswith("vit,")
    with pytest.raises(ExparseError, match="no metric or field 'ac' .*Close to it: acc"):
        told(six, by=["model"], sort=["ac"])


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_mean_and_what_tells_groups_apart_stay_on_a_narrow_terminal(root: Path, width: int) -> None:
    for number in range(20):
        same = {f"option_{part}": number == 0 for part in range(8)}
        add(root, {**same, "model": f"model-{number // 2}", "seed": number % 2}, {"acc": number / 7})
    to = told(root, width=width, seeds=True, metrics=["acc"])
    head, _, *lines = to.said.splitlines()[1:]
    assert "mean ± std" in head and "model" in head
    assert all(len(line) <= width for line in lines) and sum("±" in line for line in lines) == 9
    assert "columns left out" in to.noted and "mean" not in to.noted and "model" not in to.noted
    assert not any("…" in line[line.index("±") - 6 :] for line in lines if "±" in line)


def test_of_two_fields_the_one_with_more_values_makes_the_lines_where_there_is_no_room(root: Path) -> None:
    for number in range(12):
        add(root, {"p": number % 2, "q": f"value{number:02d}"}, {"acc": number})
    assert told(root, width=60, by=["p", "q"], metrics=["acc"]).said.splitlines()[1].startswith("q \\ p")
    assert told(root, width=600, by=["p", "q"], metrics=["acc"]).said.splitlines()[1].startswith("p \\ q")


def test_a_column_for_which_nothing_was_measured_is_left_out(six: Path) -> None:
    add(six, {"model": "cnn", "lr": 0.9})
    assert cells(told(six, by=["model", "lr"], metrics=["acc"]).said)[1] == ["model", "\\", "lr", "0.1", "0.2"]


def test_points_stand_below_each_other() -> None:
    assert fitting.aligned(["0.85 ± 0.071 (2)", "12 ± 3 (10)", "", "nan", "1e-12 ± 1.4e-12", "what is this"]) == [
        "  0.85  ± 0.071    (2)",
        " 12     ± 3       (10)",
        "",
        "nan                   ",
        "  1e-12 ± 1.4e-12     ",
        "what is this",
    ]


def test_what_is_about_groups_is_a_usage_error_without_groups(six: Path) -> None:
    for words in (["--sort", "acc"], ["-n", "5"], ["--all"]):
        assert main(["--root", str(six), "summary", *words]) == 2
