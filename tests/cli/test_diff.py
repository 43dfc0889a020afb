"""``exparse diff``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from making import START, Paper, damage, make_run
from recorded import with_code, with_sources
from repositories import run_git

from exparse.cli import diff
from exparse.cli.diff import NothingToCompare
from exparse.errors import RootError
from exparse.query.difference import NoDifference
from exparse.query.shown import moment, width
from exparse.store import marks
from exparse.store.run import Run

Command = Callable[..., "CompletedProcess[str]"]


def told(
    root: Path | None,
    *selectors: str,
    other: str | None = None,
    ignored: tuple[str, ...] = (),
    whole: bool = False,
    tells: bool = False,
    form: str = "text",
    columns: int | None = 80,
    code: int = 0,
) -> Paper:
    to = Paper(columns)
    assert diff.diff(root and str(root), selectors, other, ignored, whole, tells, form, to) == code, to.noted
    return to


def shown(root: Path, *selectors: str, **more: Any) -> list[str]:
    return told(root, *selectors, **more).said.splitlines()


def patch(root: Path, *selectors: str, other: str | None = None, tells: bool = False, code: int = 0) -> Paper:
    to = Paper()
    assert diff.code(str(root), selectors, other, tells, to) == code
    return to


def printed(run: Run, text: str, name: str = "stdout.log") -> Run:
    (run.path / name).write_text(text)
    return run


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repository with one commit of a file."""
    folder = tmp_path / "my repo"
    folder.mkdir()
    run_git(folder, "init", "-q")
    (folder / "train.py").write_text("a\nb\n")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "first")
    return folder


def test_all_that_differs_stands_on_one_page(root: Path, repo: Path) -> None:
    first = with_code(repo, root, {"lr": 0.1, "model": "a"})
    (repo / "train.py").write_text("a\nc\nd\n")
    second = with_code(
        repo, root, {"lr": 0.25, "model": "a"}, label="wide", facts={"host": "node7"}, state="failed", exit_code=1
    )
    for run, acc, numpy, text in ((first, 0.5, "1.26", "x\ny\n"), (second, 0.75, "2.0", "x\nz\n")):
        (run.path / "summary.json").write_text(json.dumps({"acc": acc, "n": 3}))
        (run.path / "packages.txt").write_text(f"numpy=={numpy}\nscipy==1.1\n")
        printed(run, text)
    assert shown(root, "1", "2") == [
        "run          1                 2",
        f"started      {moment(START)}  {moment(START)}",
        "params (1 of 2 differ)",
        "  lr         0.1               0.25",
        "code: 1 file, +2 -1",
        "  dirty      False             True",
        "  M  +2 -1  train.py",
        "packages (1 of 2 differ)",
        "  numpy      1.26              2.0",
        "environment",
        "  host       tower             node7",
        "metrics (1 of 2 differ)",
        "  acc        0.5               0.75              +0.25 (+50.0%)",
        "end",
        "  state      finished          failed",
        "  exit_code  0                 1",
        "  error      -                 exit code 1",
        "labels",
        "  label      -                 wide",
        "output: stdout differs from line 2",
        "  stdout     y                 z",
    ]


def test_runs_that_are_the_same_are_told_so_in_a_line_a_section(root: Path, repo: Path) -> None:
    for _ in range(2):
        printed(with_code(repo, root, {"lr": 0.1}), "x\n")
    commit = run_git(repo, "rev-parse", "HEAD").decode()[:10]
    found = shown(root, "1", "2")[2:]
    assert found[0] == "params: the same (1)"
    assert f"code: the same, commit {commit}" in found
    assert "environment: the same (tower, python 3.12.1)" in found
    assert "end: the same (finished)" in found
    assert found[-1] == "output: stdout the same (1 line)"
    assert not [line for line in found if line.startswith(" ")]


def test_durations_that_round_alike_are_told_apart_in_milliseconds(root: Path) -> None:
    for seconds in (0.124494, 0.131, 9000.1, 9000.4):
        make_run(root, {"lr": seconds}, seconds=seconds)
    assert any(re.fullmatch(r" *\*? *duration +0\.124s +0\.131s", line) for line in shown(root, "1", "2", whole=True))
    assert any(re.fullmatch(r" *\*? *duration +2h30m +2h30m", line) for line in shown(root, "3", "4", whole=True))


def test_the_exit_code_tells_of_differences_only_where_it_is_asked_to(root: Path) -> None:
    make_run(root, {"lr": 1}, seconds=1.0)
    make_run(root, {"lr": 1}, seconds=2.0, label="other")
    make_run(root, {"lr": 2})
    told(root, "1", "2", tells=True)
    told(root, "1", "3")
    told(root, "1", "3", tells=True, code=1)
    told(root, "1", "3", tells=True, ignored=("lr",))
    printed(Run(str(root), sorted(os.listdir(root / "runs"))[0]), "x\n")
    told(root, "1", "2", tells=True, code=1)
    told(root, "1", "2", tells=True, ignored=("output",))


def test_a_selector_that_picks_nothing_is_a_warning_and_exit_code_1(root: Path) -> None:
    make_run(root, {"lr": 1})
    make_run(root, {"lr": 2})
    assert "no run matches '9'" in told(root, "1", "2", "9", code=1).noted
    assert told(root, "9", code=1).said == ""


def test_one_run_is_compared_with_the_one_before_it_of_its_script(root: Path) -> None:
    make_run(root, {"lr": 1})
    make_run(root, {"lr": 2}, facts={"script": "/home/ada/eval.py"})
    make_run(root, {"lr": 3})
    assert shown(root, "3")[0].split() == ["run", "1", "3"]
    with pytest.raises(NothingToCompare, match="no run before run 2 is known to be of the same script"):
        told(root, "2")


def test_one_run_is_compared_with_a_mark_or_any_other(root: Path) -> None:
    runs = [make_run(root, {"lr": lr}) for lr in range(4)]
    for run in runs[1:]:
        marks.add(str(root), "paper", run.name, run.place)
    assert shown(root, "4", other="@paper")[0].split() == ["run", "3", "4"]
    assert shown(root, "2", other="1")[0].split() == ["run", "1", "2"]
    assert shown(root, "2", other="lr = 3")[0].split() == ["run", "4", "2"]
    with pytest.raises(NothingToCompare, match="only that run itself"):
        told(root, "2", other="2")
    with pytest.raises(NothingToCompare, match="picks no run"):
        told(root, "2", other="@nobody")
    with pytest.raises(NothingToCompare, match="2 runs are named"):
        told(root, "2", "3", other="1")


def test_one_run_is_compared_with_its_defaults(root: Path) -> None:
    make_run(root, {"lr": 0.5, "epochs": 3}, facts={"defaults": {"lr": 0.1, "epochs": 3}})
    assert shown(root, "last", other="defaults") == [
        "run   default  1",
        "params (1 of 2 differ)",
        "  lr  0.1      0.5",
    ]
    told(root, "last", other="defaults", tells=True, code=1)
    found = json.loads(told(root, "last", other="defaults", form="json").said)
    assert found["params"] == {"lr": {"default": 0.1, "1": 0.5}}


def test_several_runs_stand_in_a_column_each(root: Path, repo: Path) -> None:
    for lr in (0.1, 0.2, 0.3):
        printed(with_code(repo, root, {"lr": lr}), "x\n" if lr < 0.3 else "y\n")
        (repo / "train.py").write_text("a\n" * int(lr * 10))
    found = shown(root, "1:3")
    assert found[0].split() == ["run", "1", "2", "3"]
    assert "  2 against 1: 1 file, +0 -1" in found
    assert "  3 against 1: 1 file, +1 -1" in found
    assert "  3 against 1: stdout differs from line 1" in found


def test_columns_without_room_are_named(root: Path) -> None:
    for lr in range(12):
        make_run(root, {"lr": lr})
    to = told(root, "1:12", columns=40)
    assert all(width(line) <= 40 for line in to.said.splitlines())
    assert "runs left out" in to.noted and "12)" in to.noted
    assert told(root, "1:12", columns=None).noted == ""


def test_too_many_runs_are_refused_before_they_are_read(root: Path) -> None:
    for lr in range(51):
        make_run(root, {"lr": lr})
    with pytest.raises(NothingToCompare, match="51 runs are too many"):
        told(root, "1:51")


@pytest.mark.parametrize(
    ("pair", "cells"),
    [
        ((1, 1.0), ["1 (int)", "1.0 (float)"]),
        ((1, True), ["1 (int)", "True (bool)"]),
        ((1, "1"), ["1 (int)", "1 (str)"]),
        ((None, "None"), ["None (NoneType)", "None (str)"]),
        (("", None), ["''", "None"]),
        ((0.1234567890123, 0.1234567890124), ["0.1234567890123", "0.1234567890124"]),
        (([1, 2], [1, 3]), ["[1, 2]", "[1, 3]"]),
    ],
)
def test_values_that_differ_are_seen_to_differ(root: Path, pair: tuple[Any, Any], cells: list[str]) -> None:
    for value in pair:
        make_run(root, {"x": value})
    line = next(line for line in shown(root, "1", "2") if line.startswith("  x "))
    assert re.split(r"  +", line.strip())[1:] == cells


def test_a_param_that_a_run_lacks_is_a_dash_and_a_text_of_a_dash_is_told_from_it(root: Path) -> None:
    make_run(root, {"x": "-"})
    make_run(root, {"y": 1})
    found = shown(root, "1", "2")
    assert re.search(r"^  x +- \(str\) +-$", "\n".join(found), re.M)
    assert re.search(r"^  y +- +1$", "\n".join(found), re.M)


def test_names_globs_and_sections_are_left_out(root: Path) -> None:
    for seed in (1, 2):
        printed(make_run(root, {"seed": seed, "out_dir": f"o{seed}", "lr": 1}), f"{seed}\n")
    text = "\n".join(shown(root, "1", "2", ignored=("seed", "out*", "environment", "end")))
    assert "params: the same (1)" in text and "output: stdout differs" in text
    assert "environment" not in text and "end" not in text
    assert "output" not in "\n".join(shown(root, "1", "2", ignored=("output",)))
    assert "stdout" not in "\n".join(shown(root, "1", "2", ignored=("output.stdout",)))


def test_what_is_the_same_is_shown_if_wanted_and_lists_go_to_their_end(root: Path) -> None:
    for number in (1, 2):
        run = make_run(root, {"lr": number, "same": 1})
        (run.path / "packages.txt").write_text("".join(f"package{place}=={number}\n" for place in range(30)))
    short = shown(root, "1", "2")
    assert "  and 10 more (--all)" in short
    found = "\n".join(shown(root, "1", "2", whole=True))
    assert re.search(r"^\* lr +1 +2$", found, re.M) and re.search(r"^  same +1 +1$", found, re.M)
    assert len(re.findall(r"^\* package", found, re.M)) == 30


def test_the_code_is_printed_as_a_patch_byte_for_byte(root: Path, repo: Path, tmp_path: Path) -> None:
    with_code(repo, root)
    (repo / "train.py").write_bytes(b"a\n\x1b[2J\xff\n")
    with_code(repo, root)
    command = [sys.executable, "-m", "exparse", "--root", str(root), "diff", "1", "2", "--code", "--exit-code"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True)
    assert (answer.returncode, answer.stderr) == (1, b"")
    assert answer.stdout.startswith(b"diff --git a/train.py b/train.py\n")
    assert answer.stdout.endswith(b"\n-b\n+\x1b[2J\xff\n")


def test_the_code_is_harmless_on_a_terminal(root: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_code(repo, root)
    (repo / "train.py").write_bytes(b"\x1b[2J\xff\n")
    with_code(repo, root)
    to = Paper()
    monkeypatch.setattr(to.out, "isatty", lambda: True)
    assert diff.code(str(root), ["1", "2"], None, False, to) == 0
    assert "+\\x1b[2J\\xff\n" in to.said


def test_code_that_is_the_same_prints_nothing_and_says_so(root: Path, repo: Path) -> None:
    with_code(repo, root)
    with_code(repo, root)
    to = patch(root, "1", "2", tells=True)
    assert (to.said, to.noted) == ("", "the code of 1 and 2 is the same\n")


def test_code_of_three_runs_or_of_none_is_refused(root: Path) -> None:
    for _ in range(3):
        make_run(root)
    with pytest.raises(NothingToCompare, match="3 runs are named"):
        patch(root, "1:3")
    with pytest.raises(NoDifference, match="too little of it was recorded"):
        patch(root, "1", "2")


def test_what_makes_no_sense_of_a_patch_is_refused(root: Path, exparse: Command) -> None:
    answer = exparse("--root", root, "diff", "1", "2", "--code", "--format", "json")
    assert answer.returncode == 2 and "leave out --all, --ignore and --format" in answer.stderr


def test_a_run_that_is_not_there_is_not_replaced_by_another(root: Path) -> None:
    for lr in range(3):
        make_run(root, {"lr": lr})
    to = told(root, "2", "99", code=1)
    assert to.said == "" and "no run matches '99'" in to.noted
    to = told(root, "2", "99", "3", code=1)
    assert to.said.splitlines()[0].split() == ["run", "2", "3"]


def test_params_and_metrics_that_are_called_like_facts_of_ours_are_shown_as_they_are(root: Path) -> None:
    for seconds, commit in ((0.5, "a" * 40), (3725.25, "b" * 40)):
        run = make_run(root, {"seconds": seconds, "commit": commit}, seconds=seconds)
        (run.path / "summary.json").write_text(json.dumps({"seconds": seconds}))
    lines = [line.split() for line in shown(root, "1", "2", columns=None)]
    assert ["seconds", "0.5", "3725.25"] in lines and ["commit", "a" * 40, "b" * 40] in lines
    assert ["seconds", "0.5", "3725.25", "+3725", "(+744950.0%)"] in lines
    assert ["duration", "0.5s", "1h02m"] in lines


def test_output_that_cannot_be_read_is_not_called_the_same(root: Path) -> None:
    first, _ = printed(make_run(root), "x\n"), make_run(root)
    (Path(first.folder) / "stdout.log").unlink()
    (Path(first.folder) / "stdout.log").mkdir()
    assert re.search(r"output: stdout unknown \(.*no plain file", told(root, "1", "2", columns=None).said)


def test_a_missing_commit_is_named_and_the_rest_goes_on(root: Path, repo: Path, tmp_path: Path) -> None:
    with_code(repo, root, {"lr": 1})
    (repo / "train.py").write_text("other\n")
    run_git(repo, "commit", "-qam", "second")
    with_code(repo, root, {"lr": 2})
    repo.rename(tmp_path / "moved")
    found = shown(root, "1", "2", columns=None)
    assert "code: cannot be compared" in found
    assert [line for line in found if line.startswith("  note: commit ") and "is in no repository here" in line]
    assert [line for line in found if line.startswith("  lr ")]
    assert all(width(line) <= 60 for line in shown(root, "1", "2", columns=60))


def test_archived_sources_are_compared(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text("a\n")
    with_sources(folder, root)
    (folder / "train.py").write_text("b\n")
    with_sources(folder, root)
    found = shown(root, "1", "2")
    assert "code: 1 file, +1 -1, among their archived sources" in found
    assert "  M  +1 -1  train.py" in found


def test_runs_without_code_say_so(root: Path) -> None:
    make_run(root)
    make_run(root)
    found = shown(root, "1", "2")
    assert "code: not recorded" in found and not [line for line in found if "note:" in line]


def test_a_damaged_run_is_told_and_compared_as_far_as_it_goes(root: Path) -> None:
    make_run(root, {"lr": 1})
    damage(make_run(root, {"lr": 2}))
    to = told(root, "1", "2")
    assert "run 2 is damaged" in to.noted
    assert "params: not known of 2\n" in to.said
    make_run(root, {"lr": 1})
    assert "params: the same (1); not known of 2\n" in told(root, "1:3").said


def test_runs_of_other_roots_are_named_by_their_paths(tmp_path: Path) -> None:
    first = make_run(tmp_path / "one", {"lr": 1})
    second = make_run(tmp_path / "two", {"lr": 2})
    for path in (second.folder, f"{second.folder}/params.yaml", f"{second.root}/index/{second.name}.yaml"):
        found = json.loads(told(tmp_path / "one", "1", path, form="json").said)
        assert list(found["params"]["lr"].values()) == [1, 2]
        assert [run["root"] for run in found["runs"]] == [str(tmp_path / "one"), str(tmp_path / "two")]
    assert told(None, first.folder, second.folder).said
    lonely = tmp_path / "nowhere" / "runs" / second.name
    lonely.mkdir(parents=True)
    with pytest.raises(RootError):
        told(tmp_path / "one", "1", str(lonely))


def test_a_run_is_the_same_run_by_whatever_path_it_is_named(root: Path, tmp_path: Path) -> None:
    make_run(root, {"lr": 1})
    run = make_run(root, {"lr": 2})
    (tmp_path / "link").symlink_to(root)
    with pytest.raises(NothingToCompare, match="run 2 is all that is named"):
        told(tmp_path / "link", "2", run.folder)
    assert shown(tmp_path / "link", "1", "2", run.folder)[0].split() == ["run", "1", "2"]


def test_json_is_valid_and_holds_what_differs(root: Path, repo: Path) -> None:
    first = with_code(repo, root, {"lr": float("nan"), "same": 1, "a\x1b": [1]})
    (repo / "new\n.py").write_text("x\n")
    second = with_code(repo, root, {"lr": 0.2, "same": 1})
    printed(first, "x\n")
    found = json.loads(told(root, "1", "2", form="json").said, parse_constant=pytest.fail)
    assert found["columns"] == ["1", "2"]
    assert [run["name"] for run in found["runs"]] == [first.name, second.name]
    assert found["same"] is False
    assert found["params"] == {"lr": {"1": None, "2": 0.2}, "a\x1b": {"1": [1]}}
    assert found["files"][0]["changes"] == [
        {"name": "new\n.py", "kind": "new", "added": 1, "removed": 0, "before": None, "is_counted": True}
    ]
    assert found["output"][0]["stream"] == "stdout" and found["output"][0]["same"] is False
    whole = json.loads(told(root, "1", "2", form="json", whole=True).said)
    assert whole["params"]["same"] == {"1": 1, "2": 1}


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_tables_for_papers_hold_it_all_and_do_no_harm(root: Path, repo: Path, form: str) -> None:
    with_code(repo, root, {"<b>|x": "<script>"})
    (repo / "<i>.py").write_text("x\n")
    printed(with_code(repo, root, {"<b>|x": "`b`"}), "```\n<u>\n")
    text = told(root, "1", "2", form=form).said
    assert "duration" not in text or "params" in text
    assert "code: 1 file, +1 -0" in text
    if form == "html":
        assert not {"<script>", "<b>", "<i>", "<u>"}.intersection(re.findall("<[a-z]+>", text))
    else:
        assert "\\<script>" in text and "\n    code: 1 file" in text


@pytest.mark.parametrize("columns", [None, 200, 80, 40, 20])
def test_hostile_names_and_values_have_no_power_and_lines_fit(root: Path, repo: Path, columns: int | None) -> None:
    evil = "\x1b]0;x\x07\u202e" + "y" * 100 + "\n"
    first = with_code(repo, root, {evil: 1, "x": evil}, facts={"host": evil})
    (repo / "\x1b[2J\n.py").write_text("x\n")
    second = with_code(repo, root, {evil: 2, "x": evil + "!"})
    (first.path / "packages.txt").write_text(f"{evil}==1\n")
    (first.path / "summary.json").write_text(json.dumps({evil: 1}))
    (second.path / "summary.json").write_text(json.dumps({evil: 1e300, "inf": 2}))
    printed(first, evil)
    printed(second, "\r\x1b[A")
    text = told(root, "1", "2", columns=columns).said
    assert not {"\x1b", "\x07", "\u202e", "\r"}.intersection(text)
    if columns and columns >= 40:
        assert all(width(line) <= columns for line in text.splitlines())


@pytest.mark.parametrize(
    "values", [(1e308, -1e308), (0, 5), (float("inf"), 1.0), (float("nan"), 1.0), (10**400, 1), (True, 2)]
)
def test_metrics_of_any_size_are_compared(root: Path, values: tuple[Any, Any]) -> None:
    for value in values:
        (make_run(root).path / "summary.json").write_text(json.dumps({"m": value}))
    assert "metrics" in told(root, "1", "2").said


def test_through_a_pipe_in_ascii_it_is_whole(root: Path, exparse: Command) -> None:
    make_run(root, {"größe": "日本"})
    make_run(root, {"größe": "b"})
    answer = exparse("--root", root, "diff", "1", "2", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert answer.returncode == 0, answer.stderr
    assert "gr\\xf6\\xdfe" in answer.stdout


def test_the_command_knows_it_by_both_names(root: Path, exparse: Command) -> None:
    make_run(root, {"lr": 1})
    make_run(root, {"lr": 2})
    for verb in ("diff", "compare"):
        assert "lr" in exparse("--root", root, verb, "last").stdout
    assert exparse("--root", root, "diff").returncode == 2


def test_a_change_too_small_for_a_percentage_has_none_and_whole_metrics_are_whole(root: Path) -> None:
    for loss, epoch in ((1.0, 4), (0.9999, 5)):
        run = make_run(root)
        (run.path / "summary.json").write_text(json.dumps({"loss": loss}))
        (run.path / "metrics.jsonl").write_text(json.dumps({"step": 1, "epoch": epoch}) + "\n")
    lines = [line.split() for line in told(root, "1", "2").said.splitlines()]
    assert ["loss", "1", "0.9999", "-0.0001"] in lines
    assert ["epoch", "4", "5", "+1", "(+25.0%)"] in lines
