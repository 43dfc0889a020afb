"""``exparse ls``."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import START, Paper, damage, make_root, make_run

from exparse.cli import formats, selection
from exparse.cli.ls import Asked, ls
from exparse.errors import MarkNotFound
from exparse.query import language
from exparse.query.unknown import UnknownField
from exparse.store.root import Root

WANTED = ("where", "marks", "tags", "states")


def listed(root: Path, *selectors: str, code: int = 0, width: int | None = None, **options: Any) -> Paper:
    """List runs; ``options`` are fields of :class:`exparse.cli.ls.Asked`, and filters."""
    to = Paper(width)
    asked = {name: tuple(options.pop(name)) for name in WANTED if name in options}
    asked["where"] = tuple(map(language.parse, asked.get("where", ())))
    options.setdefault("most", None if selectors else 20)
    assert ls(Root(root), Asked(selection.Wanted(selectors, **asked), **options), to) == code
    return to


def column(paper: Paper, name: str = "id") -> list[str]:
    """Return the cells of one column of a CSV."""
    return [line[name] for line in csv.DictReader(io.StringIO(paper.said))]


def ids(root: Path, *selectors: str, **options: Any) -> list[str]:
    return column(listed(root, *selectors, form="csv", **options))


def heads(paper: Paper) -> list[str]:
    return paper.said.splitlines()[0].split()


def test_the_newest_stands_last_with_the_params_that_differ(root: Path) -> None:
    make_run(root, {"lr": 0.5, "seed": 7}, label="big", marks=["good"])
    make_run(root, {"lr": 0.25, "seed": 7}, state="failed")
    to = listed(root)
    assert heads(to) == ["id", "state", "age", "duration", "name", "marks", "lr"]
    first, last = to.said.splitlines()[2:]
    assert first.split()[:2] == ["1", "finished"]
    assert first.split()[-4:] == ["12s", "big", "good", "0.5"]
    assert last.split()[:2] == ["2", "failed"]
    assert to.noted == ""


def test_twenty_are_shown_unless_more_are_asked_for(root: Path) -> None:
    for _ in range(23):
        make_run(root)
    twenty = listed(root)
    assert len(twenty.said.splitlines()) == 22
    assert twenty.noted == "3 older runs not shown (-n N or --all)\n"
    assert ids(root) == [str(number) for number in range(4, 24)]
    assert ids(root, most=2) == ["22", "23"]
    assert len(ids(root, most=None)) == 23


def test_numbers_decide_what_is_newest_not_their_spelling(root: Path) -> None:
    for _ in range(3):
        make_run(root)
    (root / "runs" / "1000000-2026-11-21-05-40-12").mkdir()
    (root / "runs" / "5-2026-11-21-05-40-12").mkdir()
    assert ids(root, most=3) == ["3", "5", "1000000"]
    assert ids(root, most=None) == ["1", "2", "3", "5", "1000000"]


def test_selectors_marks_and_their_cut(root: Path) -> None:
    for number in range(1, 7):
        make_run(root, marks=[mark for mark, of in (("good", 2), ("paper/t1", 3)) if number % of == 0])
    assert ids(root, "3:4", "@good", "last") == ["2", "3", "4", "6"]
    assert ids(root, marks=["good"]) == ["2", "4", "6"]
    assert ids(root, marks=["paper"]) == ["3", "6"]
    assert ids(root, marks=["good", "paper"]) == ["6"]
    assert ids(root, "1:4", marks=["good"]) == ["2", "4"]
    assert ids(root, marks=["good"], most=1) == ["6"]


def test_an_unknown_selector_is_a_warning_after_which_the_others_are_listed(root: Path) -> None:
    make_run(root, label="baseline")
    to = listed(root, "baselin3", "1", code=1, form="csv")
    assert column(to) == ["1"]
    assert to.noted.startswith("exparse: warning: no run matches 'baselin3'")
    assert "Close to it: baseline" in to.noted


def test_an_unknown_mark_is_an_error_with_near_names(root: Path) -> None:
    make_run(root, marks=["good"])
    with pytest.raises(MarkNotFound, match="Close to it: good"):
        listed(root, marks=["godo"])


def test_temporary_runs_are_listed_apart_or_by_name(root: Path) -> None:
    make_run(root)
    make_run(root, tmp=True)
    assert ids(root) == ["1"]
    assert ids(root, tmp=True) == ["2"]
    assert ids(root, "1:2") == ["1", "2"]
    assert "place" in heads(listed(root, "1:2"))
    assert "place" not in heads(listed(root))


def test_columns_are_chosen_by_name_and_glob_in_their_order(root: Path) -> None:
    make_run(root, {"opt_a": 1, "opt_b": 2, "lr": 3, "state": "mine"})
    assert heads(listed(root, columns=["state", "opt*", "lr"])) == ["id", "state", "opt_a", "opt_b", "lr"]
    assert heads(listed(root, columns=["params.*"])) == ["id", "opt_a", "opt_b", "lr", "params.state"]
    assert heads(listed(root, columns=["params.state", "name"])) == ["id", "params.state", "name"]
    found = json.loads(listed(root, columns=["state", "lr"], form="json").said)
    assert found == [{"id": 1, "state": "finished", "params": {"lr": 3}, "metrics": {}}]


def test_a_column_that_is_not_there_is_an_error_with_near_names(root: Path) -> None:
    make_run(root, {"learning_rate": 1})
    with pytest.raises(UnknownField, match="Close to it: learning_rate"):
        listed(root, columns=["learning_rat"])
    with pytest.raises(UnknownField, match="Close to it: learning_rate"):
        listed(root, sort=["-learning_rat"])


def test_sorting_shows_the_first_ones_and_puts_gaps_last(root: Path) -> None:
    for lr, seed in ((0.1, 3), (None, 1), ("auto", 2), (0.5, 1), (0.5, 0)):
        make_run(root, {"lr": lr, "seed": seed})
    assert ids(root, sort=["lr"]) == ["1", "4", "5", "3", "2"]
    assert ids(root, sort=["-lr", "seed"]) == ["3", "5", "4", "1", "2"]
    assert ids(root, sort=["-id"], most=2) == ["5", "4"]
    assert listed(root, sort=["lr"], most=2).noted == "3 runs not shown (-n N or --all)\n"


def test_sorting_by_facts_of_ours(root: Path) -> None:
    make_run(root, started=START + timedelta(hours=1), seconds=5.0)
    make_run(root, started=START, seconds=9.0, state="failed")
    damage(make_run(root))
    assert ids(root, sort=["-duration"]) == ["2", "1", "3"]
    assert ids(root, sort=["state"]) == ["3", "2", "1"]
    assert ids(root, sort=["started", "id"])[-1] == "1"


def test_programs_get_every_param_and_the_whole_name(root: Path) -> None:
    run = make_run(root, {"lr": float("nan"), "parts": [1, None], "flag": True}, label="big", marks=["a", "b"])
    (found,) = json.loads(listed(root, form="json").said)
    assert found == {
        "id": 1,
        "name": run.name,
        "label": "big",
        "state": "finished",
        "started": START.isoformat(),
        "seconds": 12.5,
        "marks": ["a", "b"],
        "place": "runs",
        "problem": None,
        "params": {"lr": None, "parts": [1, None], "flag": True},
        "metrics": {},
    }
    (line,) = csv.DictReader(io.StringIO(listed(root, form="csv").said))
    assert (line["name"], line["marks"], line["parts"], line["flag"]) == (
        run.name,
        "a, b",
        "[1, null]",
        "True",
    )


def test_a_param_that_is_none_is_told_from_one_that_is_not_there(root: Path) -> None:
    make_run(root, {"x": None})
    make_run(root, {})
    first, second = listed(root, columns=["x"]).said.splitlines()[2:]
    assert (first.split(), second.split()) == (["1", "None"], ["2"])


def test_a_damaged_run_is_listed_with_what_is_wrong(root: Path) -> None:
    make_run(root, {"lr": 1})
    damage(make_run(root, {"lr": 2}))
    to = listed(root)
    assert to.said.splitlines()[-1].split() == ["2", "damaged", *to.said.splitlines()[-1].split()[2:]]
    assert to.noted.startswith("run 2 is damaged: ")
    assert "params.yaml" in to.noted
    found = json.loads(listed(root, form="json").said)
    assert "params.yaml" in found[1]["problem"]


@pytest.mark.parametrize("form", formats.TEXTS)
def test_a_root_without_runs_lists_nothing_in_every_format(root: Path, form: str) -> None:
    to = listed(make_root(root), form=form)
    if form == "json":
        assert json.loads(to.said) == []
    else:
        assert "state" in to.said
    assert ("no runs in" in to.noted) is (form not in ("json", "csv"))


def test_a_narrow_terminal_loses_params_from_the_right_and_says_so(root: Path) -> None:
    for number in range(2):
        make_run(root, {f"param_{name}": f"{name * 20}{number}" for name in "abcdefgh"})
    to = listed(root, width=80)
    assert max(map(len, to.said.splitlines())) <= 80
    assert "param_a" in to.said and "param_h" not in to.said
    assert "columns left out (" in to.noted and "--columns" in to.noted


DANGEROUS = "\x1b\x9b\x07\r\n\t\x00\x7f\u202e\u2066\u200f\u2028\ue000<|,=+-@'\"\\a1é日"
hostile = st.text(st.sampled_from(DANGEROUS) | st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=30, deadline=None)
@given(name=hostile, first=hostile, second=hostile)
def test_no_name_and_no_value_reaches_the_terminal_raw(name: str, first: str, second: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "exruns"
        make_run(root, {name: first, "x": [first]})
        make_run(root, {name: second, "x": {"key": second}})
        assert all(char.isprintable() or char in "\n\u200c\u200d" for char in listed(root, wide=True).said)
        for form in formats.TEXTS:
            said = listed(root, form=form).said
            assert all(char.isprintable() or char in "\n\u200c\u200d" for char in said), form
            if form == "json":
                assert [run["params"].get(name) for run in json.loads(said)] == [first, second] or name == "x"
            if form in ("table", "plain", "csv"):
                assert len(said.splitlines()) == {"table": 4, "plain": 3, "csv": 3}[form]


def test_marks_that_somebody_made_by_hand_are_shown_harmless(root: Path) -> None:
    run = make_run(root)
    folder = root / "marked" / "evil\x1b[2J"
    folder.mkdir()
    (folder / f"{run.name}.yaml").symlink_to(f"../../runs/{run.name}/params.yaml")
    assert r"evil\x1b[2J" in listed(root).said


def test_only_the_runs_that_are_shown_are_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exparse.query.scan import Scan, Scanned

    for _ in range(30):
        make_run(root)
    read: list[str] = []
    whole = Scan.read

    def watched(self: Scan, name: str) -> Scanned | None:
        read.append(name)
        return whole(self, name)

    monkeypatch.setattr(Scan, "read", watched)
    listed(root, most=5)
    assert len(read) == 5


def test_the_real_command_takes_a_falling_sort_in_both_spellings(root: Path, exparse: Any) -> None:
    for lr in (0.1, 0.3, 0.2):
        make_run(root, {"lr": lr})
    argvs: Sequence[Sequence[str]] = (["--sort", "-lr"], ["--sort=-lr"], ["--sort", "-lr,id"])
    for argv in argvs:
        answer = exparse("ls", *argv, "--format", "csv")
        assert [line.split(",")[0] for line in answer.stdout.splitlines()[1:]] == ["2", "3", "1"], answer.stderr


def test_list_is_another_name_for_it(root: Path, exparse: Any) -> None:
    make_run(root)
    assert exparse("list").stdout == exparse("ls").stdout


def measured(root: Path, *summaries: dict[str, Any]) -> None:
    """Make a run for each summary, which also logged a loss of 3, 2 and then a tenth of its number."""
    for summary in summaries:
        run = make_run(root, {"lr": 0.5})
        if summary:
            (run.path / "summary.json").write_text(json.dumps(summary))
        rows = [{"step": step, "time": 1.0, "loss": loss} for step, loss in enumerate([3, 2, run.id / 10])]
        (run.path / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_a_summary_is_shown_without_being_asked_for(root: Path) -> None:
    measured(root, {"loss": 1}, {"acc": 0.91, "test": {"f1": 0.5}}, {})
    to = listed(root)
    assert heads(to) == ["id", "state", "age", "duration", "name", "marks", "loss", "acc", "test.f1"]
    assert to.said.splitlines()[3].split()[-3:] == ["0.2", "0.91", "0.5"]


def test_a_column_shows_what_it_is_sorted_by(root: Path) -> None:
    for value in (0.7, 0.9, 0.8):
        run = make_run(root)
        (run.path / "metrics.jsonl").write_text(f'{{"acc": {value}, "loss": 1}}\n')
    (run.path / "summary.json").write_text('{"f1": 0.5}')
    assert column(listed(root, sort=["-acc"], form="csv"), "metrics.acc") == ["0.9", "0.8", "0.7"]
    assert heads(listed(root, sort=["-acc"]))[-3:] == ["acc", "loss", "f1"]
    # However narrow the terminal.
    assert heads(listed(root, sort=["-acc"], width=20)) == ["id", "state", "acc"]


def test_a_column_of_a_summary_means_the_same_in_every_row(root: Path) -> None:
    measured(root, {"loss": 1}, {"acc": 2})
    assert column(listed(root, form="csv"), "metrics.loss") == ["1", "0.2"]


def test_why_runs_failed_is_a_column_on_request(root: Path) -> None:
    make_run(root)
    make_run(root, state="failed", exit_code=1, error={"type": "ValueError", "message": "boom\nand more"})
    make_run(root, state="killed", exit_code=None, signal="SIGTERM")
    damage(make_run(root), "status.json")
    rows = json.loads(listed(root, columns=["error", "exit_code"], form="json").said)
    assert [row["error"] for row in rows] == [None, "ValueError: boom", "SIGTERM", None]
    assert [row["exit_code"] for row in rows] == [0, 1, None, None]
    assert "error" not in heads(listed(root))


def test_programs_get_a_summary_under_a_name_that_no_param_has(root: Path) -> None:
    measured(root, {"acc": float("nan"), "lr": 7})
    assert json.loads(listed(root, form="json").said)[0]["metrics"] == {"loss": 0.1, "acc": None, "lr": 7}
    (row,) = csv.DictReader(io.StringIO(listed(root, form="csv").said))
    assert (row["lr"], row["metrics.lr"]) == ("0.5", "7")


def test_a_metric_that_is_called_like_something_else_keeps_its_prefix_for_people(root: Path) -> None:
    measured(root, {"lr": 7, "age": 3, "acc": 1})
    assert heads(listed(root, columns=["metrics.*"])) == ["id", "metrics.lr", "metrics.age", "acc", "loss"]


def test_last_values_are_shown_and_sorted_by_where_they_are_asked_for(root: Path) -> None:
    measured(root, {}, {"loss": 0.01}, {})
    assert column(listed(root, columns=["metrics.loss"], form="csv"), "metrics.loss") == ["0.1", "0.01", "0.3"]
    assert ids(root, sort=["metrics.loss"]) == ["2", "1", "3"]
    assert ids(root, sort=["-loss"], most=1) == ["3"]


def test_a_param_comes_before_a_metric_of_the_same_name(root: Path) -> None:
    measured(root, {"lr": 9})
    assert column(listed(root, columns=["lr"], form="csv"), "lr") == ["0.5"]


def test_facts_of_code_host_and_words_are_columns_on_request(root: Path) -> None:
    git = {"commit": "3f2a1bc", "branch": "main", "dirty": True}
    run = make_run(root, facts={"git": git, "tags": ["a"], "description": "why"})
    (run.path / "about.jsonl").write_text('{"time": "x", "tag": "b"}\n')
    make_run(root, facts={"git": None})
    wanted = ["host", "script", "commit", "branch", "dirty", "tags", "description"]
    first, second = json.loads(listed(root, columns=wanted, form="json").said)
    assert {name: first[name] for name in wanted} == {
        "host": "tower",
        "script": "/home/ada/train.py",
        "commit": "3f2a1bc",
        "branch": "main",
        "dirty": True,
        "tags": ["a", "b"],
        "description": "why",
    }
    assert (second["commit"], second["dirty"], second["tags"]) == (None, None, [])


def test_a_run_that_failed_within_safe_says_so_however_it_ended(root: Path) -> None:
    run = make_run(root)
    (root / "fails").mkdir()
    (root / "fails" / f"{run.name}.yaml").symlink_to(f"../runs/{run.name}/params.yaml")
    make_run(root)
    assert [line.split("  ")[1] for line in listed(root).said.splitlines()[2:]] == ["finished (fails)", "finished"]
    assert [row["fails"] for row in json.loads(listed(root, columns=["fails"], form="json").said)] == [True, False]


def test_an_unknown_column_is_compared_with_metrics_too(root: Path) -> None:
    measured(root, {"accuracy": 1})
    with pytest.raises(UnknownField, match="Close to it: accuracy"):
        listed(root, columns=["acuracy"])


def test_the_program_is_shown_where_there_are_several(root: Path) -> None:
    make_run(root, facts={"script": "/home/ada/train.py"})
    make_run(root, facts={"script": "/other/train.py"})
    assert "program" not in heads(listed(root))
    make_run(root, facts={"script": "/home/ada/pkg/__main__.py"})
    command = {"kind": "command", "target": "./simulate"}
    make_run(root, facts={"script": None, "runner": command, "rerun_of": "000001-2026-11-21-05-40-12"})
    make_run(root, facts={"script": None})
    assert "program" in heads(listed(root))
    shown = listed(root, columns=["program", "rerun_of"], form="csv")
    assert column(shown, "program") == ["train.py", "train.py", "pkg", "simulate", ""]
    assert ids(root, where=["program = simulate"]) == ids(root, where=["rerun_of ~ '000001*'"]) == ["4"]
