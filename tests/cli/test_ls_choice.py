"""``exparse ls``: which runs and which columns are chosen, and where they are written."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from making import START, Paper, damage, make_root, make_run

from exparse.cli import formats, selection
from exparse.cli.hints import other_roots
from exparse.cli.ls import Asked, ls
from exparse.cli.saving import NoPlace
from exparse.cli.usual import MixedColumns
from exparse.errors import ExparseError, InvalidQuery
from exparse.query import language, shown
from exparse.query.index import Index
from exparse.query.unknown import UnknownField
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

DEFAULTS = {"lr": 0.1, "model": "mlp", "seed": 0}


def made(root: Path, values: Mapping[str, Any], summary: Mapping[str, Any] | None = None, **options: Any) -> None:
    """Make a run of a script with the defaults of :data:`DEFAULTS`."""
    facts = {"defaults": DEFAULTS, **options.pop("facts", {})}
    run = make_run(root, {**DEFAULTS, **values}, facts=facts, **options)
    if summary is not None:
        (run.path / "summary.json").write_text(json.dumps(summary))


def listed(root: Path, *where: str, code: int = 0, width: int | None = None, **asked: Any) -> Paper:
    to = Paper(width)
    wanted = selection.Wanted(asked.pop("selectors", ()), tuple(map(language.parse, where)))
    assert ls(Root(root), Asked(wanted, **asked), to) == code
    return to


def heads(paper: Paper) -> list[str]:
    return paper.said.splitlines()[0].split()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def five(root: Path) -> Path:
    """Make five runs with different learning rates; two of them have another seed than by default."""
    for number, lr in enumerate((0.1, 0.2, 0.3, 0.4, 0.5)):
        made(root, {"lr": lr, "seed": 7}, {"acc": [0.5, 0.9, 0.7, 0.8, 0.6][number]})
    return root


USUAL = ["id", "state", "age", "duration", "name", "marks"]


def test_params_are_those_that_vary_those_that_were_changed_all_or_none(five: Path) -> None:
    assert heads(listed(five)) == [*USUAL, "acc", "lr"]
    assert heads(listed(five, params="varying")) == [*USUAL, "acc", "lr"]
    assert heads(listed(five, params="non-default")) == [*USUAL, "acc", "lr", "seed"]
    assert heads(listed(five, params="all")) == [*USUAL, "acc", "lr", "model", "seed"]
    assert heads(listed(five, params="none")) == [*USUAL, "acc"]


def test_filter_sort_tail_columns_and_a_file_work_together(five: Path, tmp_path: Path) -> None:
    for end in ("csv", "md", "tex", "json"):
        path = tmp_path / f"best.{end}"
        options = {"sort": ["-acc"], "most": 2, "columns": ["lr", "acc"], "form": formats.by_name(str(path))}
        to = listed(five, "lr > 0.2", output=str(path), **options)
        assert to.said == "" and to.noted == f"wrote 2 runs to {path}\n1 run not shown (-n N or --all)\n"
    assert rows((tmp_path / "best.csv").read_text()) == [
        {"id": "4", "lr": "0.4", "metrics.acc": "0.8"},
        {"id": "3", "lr": "0.3", "metrics.acc": "0.7"},
    ]
    assert (tmp_path / "best.md").read_text().splitlines()[2:] == ["|    4 |  0.4 |   0.8 |", "|    3 |  0.3 |   0.7 |"]
    assert r"4 &  0.4 &   0.8 \\" in (tmp_path / "best.tex").read_text()
    found = json.loads((tmp_path / "best.json").read_text())
    assert found == [
        {"id": 4, "params": {"lr": 0.4}, "metrics": {"acc": 0.8}},
        {"id": 3, "params": {"lr": 0.3}, "metrics": {"acc": 0.7}},
    ]


def test_a_param_whose_default_nobody_knows_counts_as_changed(root: Path) -> None:
    make_run(root, {"lr": 0.1, "seed": 3}, facts={"defaults": {"seed": 3}})
    make_run(root, {"lr": 0.1, "seed": 3}, facts={"defaults": {"seed": 3}})
    assert heads(listed(root, params="non-default"))[6:] == ["lr"]


def test_a_value_that_the_type_made_of_the_default_is_no_change(root: Path) -> None:
    make_run(
        root, {"a": 1.0, "b": True, "c": None, "d": [1]}, facts={"defaults": {"a": 1, "b": 1, "c": None, "d": [1]}}
    )
    assert heads(listed(root, params="non-default"))[6:] == ["b"]


def test_damaged_runs_have_no_say_in_what_is_shown(root: Path) -> None:
    made(root, {})
    made(root, {})
    damage(make_run(root, {"other": 1}), "metadata.json")
    assert heads(listed(root, params="non-default")) == USUAL
    assert heads(listed(root)) == USUAL


def test_columns_are_added_to_the_usual_ones_and_taken_from_them(five: Path) -> None:
    assert heads(listed(five, columns=["+host", "-age", "-du*"])) == [
        "id", "state", "name", "marks", "acc", "lr", "host",
    ]  # fmt: skip
    assert heads(listed(five, columns=["-params.*"])) == [*USUAL, "acc"]
    (first, *_) = rows(listed(five, columns=["+host", "-name"], form="csv").said)
    assert first["host"] == "tower" and "name" not in first and "seed" in first
    for mixed in (["state", "+host"], ["+"], ["-host", "-"]):
        with pytest.raises(MixedColumns, match="one or the other"):
            listed(five, columns=mixed)
    for change in ("+hots", "-hots"):
        with pytest.raises(UnknownField, match="Close to it: host"):
            listed(five, columns=[change])


def test_what_is_added_is_shown_before_what_is_usual(root: Path) -> None:
    for number in range(2):
        made(root, {"lr": number}, {"acc": number, "loss": 1 - number}, state="failed", error={"message": "x" * 60})
    to = listed(root, columns=["+error"], width=60)
    assert "error" in heads(to) and "loss" not in heads(to)
    assert max(map(len, to.said.splitlines())) <= 60


def test_metrics_are_chosen_by_name_and_glob(root: Path) -> None:
    for number in range(2):
        made(root, {"seed": number}, {"acc": number, "val/acc": 1 - number, "loss": 3})
    assert heads(listed(root, metrics=["none"])) == [*USUAL, "seed"]
    assert heads(listed(root, metrics=["*acc"])) == [*USUAL, "acc", "val/acc", "seed"]
    assert heads(listed(root, metrics=["all"])) == [*USUAL, "acc", "val/acc", "loss", "seed"]
    assert heads(listed(root, columns=["state"], metrics=["loss"], params="varying")) == ["id", "state", "seed", "loss"]
    with pytest.raises(UnknownField, match="Close to it: loss"):
        listed(root, metrics=["los"])


def test_a_metric_that_is_called_like_a_column_of_ours_stays_to_be_seen(root: Path) -> None:
    made(root, {}, {"error": 0.25, "age": 3, "mark": 4})
    assert heads(listed(root, params="none"))[6:] == ["metrics.error", "metrics.age", "metrics.mark"]
    (row,) = json.loads(listed(root, columns=["error", "metrics.error"], form="json").said)
    assert row["error"] is None and row["metrics"] == {"error": 0.25}


def test_what_is_filtered_by_is_shown(five: Path) -> None:
    assert heads(listed(five, "model = mlp and host = tower and lr > 0.1")) == [*USUAL, "model", "host", "acc", "lr"]
    assert heads(listed(five, selectors=("model = mlp",)))[6:] == ["model", "acc", "lr"]
    assert "started" in heads(listed(five, sort=["started"]))
    assert heads(listed(five, "seconds > 1", width=30)) == ["id", "state", "age", "duration"]
    assert "host" not in rows(listed(five, "host = tower", form="csv").said)[0]


def test_a_narrow_metric_has_its_place_where_a_wide_one_has_none(root: Path) -> None:
    for number in range(2):
        made(root, {"lr": 0.1 + number, "seed": number}, {"acc": number, "long": 1e-5 / 3 + number / 1e9})
    to = listed(root, width=44)
    assert heads(to) == ["id", "state", "age", "duration", "acc", "lr", "seed"]
    assert "1 column left out (long)" in to.noted


def test_wide_leaves_nothing_out_and_shortens_nothing(root: Path) -> None:
    for number in range(2):
        made(root, {"data": "/data/" + "x" * 90 + str(number)}, {"acc": 1 / 3 + number})
    to = listed(root, width=40, wide=True)
    assert "x" * 90 in to.said and str(1 / 3) in to.said and to.noted == ""
    narrow = listed(root, width=200)
    assert "x" * 90 not in narrow.said and "0.3333" in narrow.said and str(1 / 3) not in narrow.said


def test_numbers_alone_are_for_other_programs(five: Path, tmp_path: Path) -> None:
    assert listed(five, "lr > 0.2", form="ids").said == "3\n4\n5\n"
    assert listed(five, "lr > 7", form="ids").said == ""
    assert listed(five, sort=["-acc"], most=2, form="ids").said == "2\n4\n"
    assert listed(five, most=2, form="ids").said == "4\n5\n"
    listed(five, most=None, form="ids", output=str(tmp_path / "ids.txt"))
    assert (tmp_path / "ids.txt").read_text() == "1\n2\n3\n4\n5\n"


def test_programs_get_numbers_as_they_are(root: Path) -> None:
    made(root, {"lr": 0.1234567890123, "model": "=1+1", "seed": -0.25}, {"a": 1e-5, "b": float("inf"), "c": 2**70})
    (row,) = rows(listed(root, form="csv").said)
    assert (row["lr"], row["model"], row["seed"]) == ("0.1234567890123", "'=1+1", "-0.25")
    assert [row[f"metrics.{name}"] for name in "abc"] == ["1e-05", "inf", str(2**70)]
    (row,) = rows(listed(root, columns=["duration", "age"], form="csv").said)
    assert row["duration"] == "12.5" and float(row["age"]) > 0
    assert json.loads(listed(root, form="json").said)[0]["metrics"] == {"a": 1e-5, "b": None, "c": 2**70}


def test_nothing_found_tells_how_many_were_looked_at_and_what_there_is(five: Path) -> None:
    to = listed(five, "lr > 7 and model = vgg")
    assert to.noted == f"no run is like that; 5 were looked at in {five}; lr is 0.1 to 0.5; model is mlp\n"
    assert listed(five, code=1, selectors=("nonsense",)).noted.endswith(f"\nnothing of that is in {five}\n")
    assert json.loads(listed(five, "lr > 7", form="json").said) == []
    assert listed(five, "lr > 7", form="csv").said.count("\n") == 1


def test_values_of_all_kinds_are_told_where_nothing_is_found(root: Path) -> None:
    for number, value in enumerate([1, 2.5, "auto", None, True, "b", "c", "d", "e", "f"]):
        make_run(root, {"x": value}, facts={"tags": ["night"] if number else []})
    assert listed(root, "x = zero").noted.endswith("; x is 1 to 2.5, True, auto, b, c, d and 2 more\n")
    assert listed(root, "tag = day").noted.endswith("; tag is night\n")
    assert listed(root, "mark = good").noted.endswith("; no run has mark\n")


def test_what_only_other_runs_have_is_an_empty_column(root: Path) -> None:
    made(root, {"other": 1}, {"acc": 0.5})
    made(root, {})
    for options in ({"most": 1}, {"selectors": ("2",), "most": None}, {"sort": ["-id"], "most": 1}):
        to = listed(root, columns=["other", "acc"], form="csv", **options)
        assert rows(to.said) == [{"id": "2", "other": "", "metrics.acc": ""}]
        listed(root, **{**options, "sort": ["acc", "-other"]})
        assert heads(listed(root, metrics=["acc"], **options))[6:] == ["acc", "lr", "model", "seed"]
    with pytest.raises(UnknownField, match="Close to it: other"):
        listed(root, columns=["othr"], most=1)


def test_a_filter_on_a_root_without_runs_finds_none(root: Path) -> None:
    to = listed(make_root(root), "lr > 7", sort=["-acc"], columns=["lr"])
    assert to.noted == f"no runs in {root}\n"


def test_a_run_without_params_is_listed(root: Path) -> None:
    make_run(root)
    make_run(root, {"lr": 1})
    for params in ("varying", "non-default", "all"):
        assert len(listed(root, params=params).said.splitlines()) == 4
    assert [row["lr"] for row in rows(listed(root, form="csv").said)] == ["", "1"]


def test_lost_runs_say_why_in_words(root: Path) -> None:
    lost = {"host": "tower", "boot": "another", "namespace": None, "pid": 1, "start": 1}
    make_run(root, state="running", seconds=None, exit_code=None, facts={"process": lost, "heartbeat": True})
    path = next((root / "runs").iterdir())
    for name in os.listdir(path):
        os.utime(path / name, (0, 0))
    (row,) = json.loads(listed(root, columns=["state", "error"], form="json").said)
    assert row["state"] == "lost" and "not seen since" in row["error"]


@pytest.mark.parametrize("form", formats.TEXTS)
def test_a_file_holds_what_the_screen_would_show(five: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / "runs.out"
    path.write_text("old")
    options = {"params": "all", "columns": ["state", "lr"]}
    listed(five, form=form, output=str(path), **options)
    assert path.read_bytes().decode() == listed(five, form=form, **options).said
    assert os.listdir(tmp_path).count("runs.out") == 1 and not [n for n in os.listdir(tmp_path) if n.startswith(".")]


def test_no_file_is_written_among_the_files_of_a_root(five: Path, tmp_path: Path) -> None:
    (run,) = Root(five).select("last")
    (tmp_path / "way").symlink_to(run.path)
    before = sorted(run.path.iterdir())
    for path in (run / "runs.csv", run / "metadata.json", tmp_path / "way" / "x.csv", five / "exparse.json"):
        with pytest.raises(NoPlace, match="among the files of the root"):
            listed(five, form="csv", output=str(path))
    assert sorted(run.path.iterdir()) == before
    listed(five, form="csv", output=str(five / "runs.csv"))
    assert len(rows((five / "runs.csv").read_text())) == 5


def test_what_cannot_be_written_is_one_line_and_leaves_what_was_there(five: Path, tmp_path: Path) -> None:
    with pytest.raises(NoPlace, match="this is a folder"):
        listed(five, form="csv", output=str(tmp_path))
    with pytest.raises(NoPlace, match="there is no folder"):
        listed(five, form="csv", output=str(tmp_path / "no" / "x.csv"))
    path = tmp_path / "old.csv"
    path.write_text("old")
    # Longer than a file system takes with the draft's own letters behind it.
    with pytest.raises(NoPlace, match="x.csv: "):
        listed(five, form="csv", output=str(tmp_path / f"{'x' * 250}.csv"))
    with pytest.raises(UnknownField):
        listed(five, form="csv", output=str(path), columns=["nothing"])
    assert path.read_text() == "old"


def test_a_link_is_written_through_and_a_device_is_not_replaced(five: Path, tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to("real.csv")
    listed(five, form="csv", output=str(tmp_path / "link.csv"))
    assert (tmp_path / "link.csv").is_symlink() and len(rows((tmp_path / "real.csv").read_text())) == 5
    listed(five, form="csv", output=os.devnull)
    assert not os.path.isfile(os.devnull)


def test_in_a_pipe_a_long_value_is_shortened_in_the_table_alone(root: Path, tmp_path: Path) -> None:
    made(root, {"prompt": "x" * 5000}, {})
    made(root, {"prompt": "y"}, {})
    assert max(map(len, listed(root).said.splitlines())) < 200
    for way in ({"wide": True}, {"form": "plain"}, {"form": "csv"}, {"form": "json"}, {"form": "markdown"}):
        assert "x" * 5000 in listed(root, **way).said, way
    listed(root, form="table", output=str(tmp_path / "runs.txt"))
    assert "x" * 5000 in (tmp_path / "runs.txt").read_text()


def test_the_name_of_a_file_tells_its_format() -> None:
    assert [formats.by_name(f"a.{end}") for end in ("csv", "MD", "tex", "parquet")] == [
        "csv", "markdown", "latex", "parquet",
    ]  # fmt: skip
    with pytest.raises(ExparseError, match="tells no format"):
        formats.by_name("runs")


def test_parquet_holds_the_values_with_their_types_or_says_what_is_missing(root: Path, tmp_path: Path) -> None:
    made(root, {"lr": 0.5, "mixed": 1, "parts": [1, "a"]}, {"said": "x\ud800"}, marks=["a"])
    made(root, {"lr": 0.25, "mixed": "auto", "parts": None}, {})
    path = tmp_path / "runs.parquet"
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        with pytest.raises(ExparseError, match=r"pip install 'exparse\[parquet\]'"):
            listed(root, form="parquet", output=str(path))
        assert not path.exists()
        return
    import pandas

    listed(root, form="parquet", output=str(path))
    found = pandas.read_parquet(path)
    assert found["lr"].tolist() == [0.5, 0.25] and found["id"].tolist() == [1, 2]
    assert found["mixed"].tolist() == ["1", "auto"] and found["parts"].tolist()[0] == '[1, "a"]'
    assert found["metrics.said"].tolist()[0] == r"x\ud800"
    assert found["marks"].tolist() == ['["a"]', "[]"]
    Index(root).to_parquet(tmp_path / "index.parquet")
    other = pandas.read_parquet(tmp_path / "index.parquet")["started"]
    assert found["started"].dtype == other.dtype and found["started"].tolist() == other.tolist()


def test_other_roots_near_are_named(five: Path, tmp_path: Path) -> None:
    assert other_roots(str(five), str(tmp_path)) == []
    make_root(tmp_path / "old runs")
    make_root(tmp_path / "script" / "exruns")
    assert other_roots(str(five), str(tmp_path)) == ["old runs", "script/exruns"]
    assert other_roots(str(five), str(five)) == []
    make_root(five / "runs" / "inner")
    assert other_roots(str(five), str(five / "runs")) == [], "within a root only that one is meant"


def test_in_a_folder_of_very_many_files_roots_are_not_sought_for_long(
    five: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("exparse.cli.hints.is_root", asked.append)
    for number in range(600):
        (tmp_path / f"folder{number}").mkdir()
    other_roots(str(five), str(tmp_path))
    assert 0 < len(asked) <= 2 * 500


def test_the_newest_are_listed_without_index_and_heavy_libraries(five: Path) -> None:
    source = "import sys; from exparse.cli.main import main; main(['ls']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert done.returncode == 0 and "exparse.cli.listing" in loaded, done.stderr
    assert not loaded & {"pandas", "numpy", "tabulate", "tqdm", "exparse.query.current", "exparse.query.cache"}


def called(*argv: str) -> int:
    from exparse.cli.main import main

    return main(["ls", *argv])


def test_the_options_of_the_command_mean_what_they_say(five: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_root(five.parent / "old")
    assert called("--where", "lr > 0.1", "--sort", "-acc", "--columns", "-age,+host", "-n2") == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0].split() == ["id", "state", "duration", "name", "marks", "acc", "lr", "host"]
    assert [line.split()[0] for line in told.out.splitlines()[2:]] == ["2", "4"]
    assert "near is also old (--root FOLDER)" in told.err
    assert called("--ids", "--state", "finished") == 0
    assert capsys.readouterr().out == "1\n2\n3\n4\n5\n"
    assert called("-o", "a.csv") == 0 and len(rows(Path("a.csv").read_text())) == 5
    assert called("-o", "-", "--format", "json", "last") == 0
    assert [run["id"] for run in json.loads(capsys.readouterr().out)] == [5]


def test_a_bad_filter_is_one_line_and_exit_code_1(five: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--where", "lr <"], ["--where", "lrr < 1"]):
        assert called(*argv) == 1
        told = capsys.readouterr()
        assert told.out == "" and told.err.startswith("exparse: error: ") and told.err.count("\n") == 1
    with pytest.raises(InvalidQuery, match="lr"):
        listed(five, "lrr < 1")


def test_twenty_are_listed_but_all_are_written_and_numbered(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(22):
        make_run(root)
    for argv, count in (([], 20), (["--all"], 22), (["--ids"], 22), (["--ids", "-n3"], 3), (["1:21"], 21)):
        assert called("--format", "csv", *argv) == 0 if "--ids" not in argv else called(*argv) == 0
        assert len(capsys.readouterr().out.splitlines()) == count + ("--ids" not in argv), argv
    assert called("-o", "a.csv") == 0 and len(rows(Path("a.csv").read_text())) == 22


def test_in_ascii_a_shortened_cell_still_fits(five: Path, exparse: Any) -> None:
    made(five, {"model": "a" * 90}, marks=["a-mark-with-a-long-name/and-more"])
    answer = exparse("ls", "--columns", "model,marks", env={"PYTHONIOENCODING": "ascii", "COLUMNS": "50"})
    assert answer.returncode == 0 and "~" in answer.stdout
    assert max(map(len, answer.stdout.splitlines())) <= 50


def test_a_usual_column_that_is_asked_for_stays_on_a_narrow_terminal(five: Path) -> None:
    for number in range(3):
        made(five, {f"option_{part}": number for part in range(9)}, {"acc": 0.5, "worst": number, "loss": number})
    assert "loss" not in heads(listed(five, width=50))
    assert "loss" in heads(listed(five, width=50, columns=["+loss"]))
    assert heads(listed(five, columns=["+acc"])).count("acc") == 1


def test_what_runs_say_at_their_end_comes_before_what_they_logged(root: Path) -> None:
    made(root, {}, {"acc": 0.5})
    (made_last := make_run(root, DEFAULTS, state="failed")).path.joinpath("metrics.jsonl").write_text('{"slope": 1}\n')
    (Path(root, "runs", made_last.name.replace("000002", "000001"), "metrics.jsonl")).write_text('{"slope": 2}\n')
    assert [head for head in heads(listed(root)) if head in ("acc", "slope")] == ["acc", "slope"]


def test_the_metric_that_picks_the_best_run_is_shown_however_narrow(five: Path) -> None:
    to = listed(five, selectors=("best:acc", "1"), width=30)
    assert "acc" in heads(to)


def test_people_see_as_many_digits_of_a_metric_as_tell_runs_apart_and_programs_all(root: Path) -> None:
    made(root, {}, {"acc": 0.123456789, "near": 0.987651, "macs": 4.0, "large": 1234567.25})
    made(root, {}, {"acc": 0.923456789, "near": 0.987659, "macs": 5.5, "large": 2.0})
    lines = [line.split() for line in listed(root, columns=["acc", "near", "macs", "large"]).said.splitlines()[2:]]
    assert lines == [["1", "0.1235", "0.987651", "4", "1234567"], ["2", "0.9235", "0.987659", "5.5", "2"]]
    assert rows(listed(root, columns=["acc"], form="csv").said)[0]["metrics.acc"] == "0.123456789"
    assert "0.123456789" in listed(root, columns=["acc"], wide=True).said


@pytest.mark.parametrize("asked", [{"selectors": ("name = champion",), "code": 1}, {"where": "name = champion"}])
def test_a_query_for_a_label_by_the_wrong_name_says_the_right_one(root: Path, asked: dict[str, Any]) -> None:
    made(root, {}, label="champion")
    where = filter(None, [asked.pop("where", "")])
    assert "; name is the whole folder's; the label is: label = champion" in listed(root, *where, **asked).noted
    assert "label is" not in listed(root, "name = champio").noted


def test_people_read_the_start_on_their_clock_and_programs_as_it_was_written(five: Path) -> None:
    assert shown.moment(START) in listed(five, columns=["started"]).said
    for asked in ({"form": "csv"}, {"form": "json"}, {"wide": True}):
        assert START.isoformat() in listed(five, columns=["started"], **asked).said
