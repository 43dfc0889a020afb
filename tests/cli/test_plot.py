"""``exparse plot``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_root, make_run

from exparse.cli import plot as verb
from exparse.cli.main import main
from exparse.cli.plot import plot
from exparse.cli.selection import Wanted
from exparse.errors import ExparseError
from exparse.query.unknown import UnknownField
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


@pytest.fixture
def nine(root: Path) -> Path:
    for number in range(9):
        run = make_run(root, {"lr": 10.0**-number, "model": "ab"[number % 2]})
        told = {"acc": number / 10} if number else {"acc": "nan"}
        (run.path / "summary.json").write_text(json.dumps(told), encoding="utf-8")
        lines = [{"step": step, "time": 50 + step * 2, "loss": 1 / (step + number + 1)} for step in range(20)]
        (run.path / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return root


def told(root: Path, x: str, y: str, *selectors: str, width: int | None = 80, code: int = 0, **asked: Any) -> Paper:
    to = Paper(width)
    assert plot(Root(root), Wanted(selectors=selectors), x, y, to, **asked) == code
    return to


def test_runs_are_points_of_a_picture_that_fits_a_terminal(nine: Path) -> None:
    to = told(nine, "lr", "acc", by="model", log=("x",))
    lines = to.said.splitlines()
    assert (len(lines), max(map(len, lines))) == (22, 80)
    assert lines[0] == "acc" and lines[-1] == "model:  o a  x b" and lines[-2].split() == ["lr"]
    drawn = "\n".join(lines[1:-4])
    assert (drawn.count("o"), drawn.count("x")) == (4, 4)
    assert to.noted == "8 runs; left out: 1 with nan or infinite acc\n"


def test_runs_that_are_named_are_drawn_alone(nine: Path) -> None:
    to = told(nine, "lr", "acc", "2:3", "99", code=1)
    assert to.noted.endswith("2 runs\n") and "no run matches '99'" in to.noted


@pytest.mark.parametrize(("x", "below"), [("step", "step"), ("time", "seconds")])
def test_a_metric_is_a_curve_for_each_run(nine: Path, x: str, below: str) -> None:
    to = told(nine, x, "loss", "1", "3")
    assert to.said.splitlines()[-1] == "run:  o 1  x 3"
    assert to.said.splitlines()[-2].split() == [below]
    assert to.noted == "2 runs\n"


def test_of_very_many_curves_the_newest_are_drawn(nine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verb, "MOST_CURVES", 2)
    to = told(nine, "step", "metrics.loss")
    assert to.said.splitlines()[-1] == "run:  o 8  x 9"
    assert to.noted == "2 runs, the newest of 9 (name others as RUN)\n"


def test_a_param_that_is_called_step_is_a_field(root: Path) -> None:
    for step in (1, 2):
        make_run(root, {"step": step, "y": step})
    assert told(root, "step", "y").noted == "2 runs\n"


def test_a_metric_beyond_the_last_lines_of_a_long_file_is_found(root: Path) -> None:
    rows = ['{"step": 0, "rare": 1}\n', '{"step": 1, "rare": 2}\n', '{"step": 2, "loss": 1}\n' * 5000]
    (make_run(root).path / "metrics.jsonl").write_text("".join(rows), encoding="utf-8")
    assert told(root, "step", "rare").noted == "1 run\n"


def test_a_wrong_name_is_refused_with_those_close_to_it(nine: Path) -> None:
    with pytest.raises(UnknownField, match="no field 'lrr' .*lr"):
        told(nine, "lrr", "acc")
    with pytest.raises(UnknownField, match="no metric 'los' .*loss"):
        told(nine, "step", "los")
    with pytest.raises(UnknownField, match="no field 'modle' .*model"):
        told(nine, "step", "loss", by="modle")


def test_where_there_is_nothing_to_draw_it_is_said_why(nine: Path, tmp_path: Path) -> None:
    with pytest.raises(ExparseError, match="nothing to draw: 1 run; left out: 1 with nan or infinite acc"):
        told(nine, "lr", "acc", "1", save=str(tmp_path / "x.html"))
    with pytest.raises(ExparseError, match="nothing to draw: 9 runs; left out: 9 runs without a curve of acc"):
        told(nine, "step", "acc")
    assert not (tmp_path / "x.html").exists()
    with pytest.raises(ExparseError, match="nothing to draw: no runs"):
        told(make_root(tmp_path / "empty"), "lr", "acc")


@pytest.mark.parametrize(
    ("name", "begin"), [("a b.html", "<!DOCTYPE html>"), ("x.SVG", "<svg "), ("x.htm", "<!DOCTYPE")]
)
def test_a_picture_is_saved_in_the_format_of_its_name(nine: Path, tmp_path: Path, name: str, begin: str) -> None:
    to = told(nine, "lr", "acc", save=str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)
    assert to.said == f"saved {tmp_path / name}\n"


def test_a_file_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    for name, why in (("x.gif", "End it with .png"), ("missing/x.html", "there is no folder")):
        make_run(tmp_path / "exruns", {"a": 1})
        with pytest.raises(ExparseError, match=why):
            told(tmp_path / "exruns", "a", "a", save=str(tmp_path / name))


def test_the_whole_command_draws_in_ascii_where_blocks_are_unknown(nine: Path, exparse: Any) -> None:
    done = exparse(
        "--root",
        nine,
        "plot",
        "step",
        "loss",
        "last",
        "--log",
        "y",
        "--height",
        "14",
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0 and done.stdout.isascii()
    assert len(done.stdout.splitlines()) == 14 and "o" in done.stdout
    wrong = exparse("--root", nine, "plot", "lr", "acc", "--log", "z")
    assert wrong.returncode == 2 and "x, y or x,y is expected" in wrong.stderr


def test_log_alone_means_the_axis_below_and_takes_no_run(nine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(nine), "plot", "lr", "acc", "--log"]) == 0
    drawn = capsys.readouterr().out
    assert main(["--root", str(nine), "plot", "lr", "acc", "--log", "x"]) == 0
    assert capsys.readouterr().out == drawn
    assert main(["--root", str(nine), "plot", "lr", "acc", "--log", "3"]) == 2
    assert "fields and runs stand before --log" in capsys.readouterr().err
