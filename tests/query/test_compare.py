"""Runs side by side: what differs, what is the same, and what nobody can say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import damage, make_run

from exparse.query import compare as comparing
from exparse.query import rows
from exparse.query.column import MISSING
from exparse.query.compare import UNREAD, Comparison, Line, compare, frame, to_defaults, varying_frame
from exparse.store import marks
from exparse.store.run import Run

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def compared(*runs: Run, packages: bool = False) -> Comparison:
    return compare(list(rows.read(runs, rows.marks_of(runs[0].root))), packages)


def differing(*runs: Run, section: str = "params") -> dict[str, list[Any]]:
    return {line.name: line.values for line in compared(*runs).differing(section)}


def test_only_what_differs_is_differing(root: Path) -> None:
    runs = [make_run(root, {"lr": lr, "model": "a", "none": None}) for lr in (0.1, 0.2, 0.1)]
    assert differing(*runs) == {"lr": [0.1, 0.2, 0.1]}
    assert [line.name for line in compared(*runs).sections["params"]] == ["lr", "model", "none"]


@pytest.mark.parametrize(
    "pair", [(1, 1.0), (1, True), (1, "1"), (0, False), (None, "None"), ([1], [1.0]), ({"a": 1}, {"a": "1"})]
)
def test_values_of_two_types_differ(root: Path, pair: tuple[Any, Any]) -> None:
    found = differing(*(make_run(root, {"x": value}) for value in pair))["x"]
    assert [repr(value) for value in found] == [repr(value) for value in pair]


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), min_size=2, max_size=4))
def test_a_line_differs_exactly_where_its_values_are_written_differently(values: list[Any]) -> None:
    written = {(type(value), repr(value)) for value in values}
    assert Line("x", values).differs == (len(written) > 1)


def test_that_a_run_repeats_another_is_no_difference_of_the_two(root: Path) -> None:
    first = make_run(root, {"x": 1})
    laid = f"{first.path}/params.yaml"
    again = make_run(root, {"x": 1}, facts={"rerun_of": first.name, "config": [laid]})
    assert differing(first, again, section="environment") == {}
    other = make_run(root, {"x": 1}, facts={"rerun_of": first.name, "config": [laid, "/home/ada/more.yaml"]})
    assert differing(first, other, section="environment") == {"config": [MISSING, "/home/ada/more.yaml"]}
    alone = make_run(root, {"x": 1}, facts={"config": [laid]})
    assert differing(first, alone, section="environment") == {"config": [MISSING, laid]}


def test_a_param_that_one_run_lacks_differs(root: Path) -> None:
    first, second = make_run(root, {"x": None}), make_run(root, {"y": 1})
    assert differing(first, second) == {"y": [MISSING, 1], "x": [None, MISSING]}


def test_a_damaged_run_has_no_say_in_its_params(root: Path) -> None:
    runs = [make_run(root, {"lr": 0.1}), make_run(root, {"lr": 0.2}), make_run(root, {"lr": 0.1})]
    damage(runs[1])
    assert differing(*runs) == {}
    assert compared(*runs).sections["params"] == [Line("lr", [0.1, UNREAD, 0.1])]


def test_a_run_without_metadata_has_no_say_in_its_environment(root: Path) -> None:
    first, second = make_run(root), make_run(root, facts={"host": "other"})
    damage(second, "metadata.json", "{")
    found = {line.name: line.values for line in compared(first, second).sections["environment"]}
    assert found["host"] == ["tower", UNREAD]
    assert differing(first, second, section="environment") == {}


def test_hosts_subcommands_variables_and_schedulers_are_environment(root: Path) -> None:
    first = make_run(root, facts={"command": ["train"], "gpus": [], "environment": {"OMP_NUM_THREADS": "4"}})
    second = make_run(
        root,
        facts={
            "host": "node7",
            "command": ["eval"],
            "gpus": ["A100", "A100"],
            "environment": {"CUDA_VISIBLE_DEVICES": "0"},
            "scheduler": {"kind": "slurm", "job": "81723", "partition": "gpu"},
        },
    )
    assert differing(first, second, section="environment") == {
        "host": ["tower", "node7"],
        "subcommand": ["train", "eval"],
        "gpus": ["none", "A100, A100"],
        "scheduler": [MISSING, "slurm gpu"],
        "env.OMP_NUM_THREADS": ["4", MISSING],
        "env.CUDA_VISIBLE_DEVICES": [MISSING, "0"],
    }


@pytest.mark.parametrize("odd", [{"gpus": 3, "environment": [1], "git": "x"}, {"host": ["a"], "command": {"x": 1}}])
def test_metadata_of_any_shape_are_compared(root: Path, odd: dict[str, Any]) -> None:
    assert compared(make_run(root), make_run(root, facts=odd)).heads == ["1", "2"]


def test_summaries_and_last_values_are_metrics(root: Path) -> None:
    first, second = make_run(root), make_run(root)
    (first.path / "summary.json").write_text('{"acc": 0.9, "best": {"loss": 1}}')
    (second.path / "summary.json").write_text('{"acc": 0.9, "best": {"loss": 2}}')
    (second.path / "metrics.jsonl").write_text('{"step": 1, "loss": 0.5}\n')
    assert differing(first, second, section="metrics") == {"best.loss": [1, 2], "loss": [MISSING, 0.5]}


def test_a_duration_differs_but_makes_no_difference(root: Path) -> None:
    first, second = make_run(root, seconds=1.0), make_run(root, seconds=2.0)
    assert differing(first, second, section="end") == {"seconds": [1.0, 2.0]}
    assert compared(first, second).is_same


def test_how_runs_ended_is_a_difference(root: Path) -> None:
    error = {"type": "ValueError", "message": "boom", "traceback": ""}
    first, second = make_run(root), make_run(root, state="failed", exit_code=1, error=error)
    assert differing(first, second, section="end") == {
        "state": ["finished", "failed"],
        "exit_code": [0, 1],
        "error": [MISSING, "ValueError: boom"],
    }
    assert not compared(first, second).is_same


def test_labels_and_marks_are_told_and_make_no_difference(root: Path) -> None:
    first, second = make_run(root, label="base"), make_run(root)
    marks.add(str(root), "paper", second.name, second.place)
    assert differing(first, second, section="labels") == {"label": ["base", MISSING], "marks": [MISSING, "paper"]}
    assert compared(first, second).is_same


def test_packages_are_read_only_where_they_are_wanted(root: Path) -> None:
    first, second = make_run(root), make_run(root)
    (first.path / "packages.txt").write_text("numpy==1.26\nscipy==1.11\n")
    (second.path / "packages.txt").write_text("numpy==2.0\ntorch==2.1\n")
    assert compared(first, second).sections["packages"] == []
    found = compared(first, second, packages=True).differing("packages")
    assert found == [
        Line("numpy", ["1.26", "2.0"]),
        Line("scipy", ["1.11", MISSING]),
        Line("torch", [MISSING, "2.1"]),
    ]
    (second.path / "packages.txt").unlink()
    assert not compared(first, second, packages=True).differing("packages")


def test_commits_are_compared_and_patches_by_what_they_are(root: Path) -> None:
    git = {"commit": "a" * 40, "branch": "main", "dirty": True, "patch": {"sha256": "b" * 64}}
    first, second = make_run(root, facts={"git": git}), make_run(root, facts={"git": {**git, "patch": None}})
    assert differing(first, second, section="code") == {"patch": ["b" * 10, MISSING]}


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        (["seed"], {"out_dir"}),
        (["out*"], {"seed"}),
        (["params.*"], set()),
        (["params"], set()),
        (["metrics.seed", "nothing"], {"seed", "out_dir"}),
        (["par*"], {"seed", "out_dir"}),
    ],
)
def test_names_globs_and_sections_are_left_out(root: Path, patterns: list[str], left: set[str]) -> None:
    runs = [make_run(root, {"seed": seed, "out_dir": f"out{seed}"}) for seed in (1, 2)]
    found = compared(*runs).without(patterns)
    assert {line.name for line in found.differing("params")} == left
    assert found.is_same == (not left)


def test_runs_of_two_roots_with_one_number_are_told_apart(tmp_path: Path) -> None:
    first = make_run(tmp_path / "one", label="same")
    second, third = make_run(tmp_path / "two", label="other"), make_run(tmp_path / "three", label="other")
    assert compared(first, second).heads == [first.name, second.name]
    assert compared(second, third).heads == [second.folder, third.folder]


def test_a_run_is_compared_with_its_own_defaults(root: Path) -> None:
    run = make_run(root, {"lr": 0.5, "epochs": 3, "data": "x"}, facts={"defaults": {"lr": 0.1, "epochs": 3, "gone": 1}})
    found = to_defaults(next(iter(rows.read([run]))))
    assert found.heads == ["default", "1"]
    assert found.differing("params") == [Line("lr", [0.1, 0.5]), Line("data", [MISSING, "x"])]


def test_a_frame_holds_only_what_differs_under_names_that_are_no_others(root: Path) -> None:
    pandas = pytest.importorskip("pandas")
    first = make_run(root, {"lr": 0.1, "host": "a", "same": 1, "list": [1, 2], "none": None}, seconds=1.0)
    second = make_run(root, {"lr": 1, "host": "b", "same": 1, "list": [1, 3], "more": 1, "none": 0}, seconds=1.0)
    (second.path / "summary.json").write_text('{"acc": 0.5}')
    found = frame(compared(first, second))
    assert list(found.columns) == [1, 2]
    assert set(found.index) == {"lr", "params.host", "list", "more", "none", "metrics.acc"}
    assert found.loc["list"].tolist() == [[1, 2], [1, 3]]
    assert found.loc["more", 1] is pandas.NA
    assert found.loc["none"].tolist() == [None, 0]
    assert type(found.loc["lr", 2]) is int


def test_a_frame_of_runs_that_are_the_same_is_empty(root: Path) -> None:
    pytest.importorskip("pandas")
    found = frame(compared(make_run(root, {"x": 1}), make_run(root, {"x": 1})))
    assert found.shape == (0, 2)


def test_a_frame_of_what_varies_has_a_row_a_run_and_natural_types(root: Path) -> None:
    pytest.importorskip("pandas")
    runs = [make_run(root, {"lr": 0.1 * seed, "seed": seed, "same": 1}) for seed in (1, 2)]
    runs.append(make_run(root, {"lr": 0.1, "seed": 1, "same": 1, "one": 5}))
    for run, acc in zip(runs, (0.5, 0.75, None), strict=True):
        (run.path / "summary.json").write_text('{"same": 1}' if acc is None else f'{{"acc": {acc}, "same": 1}}')
    found = varying_frame(list(rows.read(runs)))
    assert list(found.columns) == ["id", "name", "state", "lr", "seed", "metrics.acc"]
    assert found["id"].tolist() == [1, 2, 3]
    assert found["seed"].dtype == "int64"
    assert found["metrics.acc"].isna().tolist() == [False, False, True]


def test_frames_of_the_index_are_these(root: Path) -> None:
    pytest.importorskip("pandas")
    from exparse.query.index import Index

    for lr in (0.1, 0.2):
        make_run(root, {"lr": lr, "same": 1})
    assert Index(root).compare(1, 2).loc["lr"].tolist() == [0.1, 0.2]
    assert list(Index(root).varying().columns) == ["id", "name", "state", "lr"]


def test_nothing_of_ours_is_called_like_another_thing_in_a_frame(root: Path) -> None:
    run = make_run(root, facts={"git": {"commit": "a" * 40, "branch": "b", "dirty": True}, "command": ["x"]})
    told = compared(run, make_run(root))
    names = [line.name for section in ("code", "environment", "end", "labels") for line in told.sections[section]]
    assert len(set(names)) == len(names)
    assert set(names) <= comparing._OWN
