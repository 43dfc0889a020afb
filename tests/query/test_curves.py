"""The metrics of a run."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from exparse.query import curves
from exparse.query.curves import Curve, Problem


def write(path: Path, *rows: object) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def test_each_metric_has_its_values_extremes_and_last_step(tmp_path: Path) -> None:
    rows = [{"step": step, "time": 1.0, "loss": loss} for step, loss in enumerate([3, 1, 2])]
    write(tmp_path / "metrics.jsonl", *rows, {"time": 1.0, "val/acc": 0.5})
    assert curves.read(str(tmp_path)) == (
        [
            Curve("loss", None, [3.0, 1.0, 2.0], 2.0, 2, 1.0, 3.0),
            Curve("val/acc", None, [0.5], 0.5, None, 0.5, 0.5),
        ],
        [],
    )


def test_processes_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path / "metrics.jsonl", {"loss": 1})
    write(tmp_path / "metrics.3.w1.jsonl", {"loss": 2})
    found, _ = curves.read(str(tmp_path))
    assert [(curve.part, curve.last) for curve in found] == [(None, 1.0), ("3.w1", 2.0)]


def test_what_is_no_number_is_kept_but_no_extreme(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"a": "nan", "b": "inf"}\n{"a": 2, "b": "-inf"}\n{"a": "nan"}\n')
    (a, b), _ = curves.read(str(tmp_path))
    assert (a.low, a.high, math.isnan(a.last), len(a.values)) == (2.0, 2.0, True, 3)
    assert (b.low, b.high, b.last) == (None, None, -math.inf)


def test_damaged_lines_are_told_by_number_and_a_torn_last_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"a": 1}\ngarbage\n{"a": 2}\n\0\n{"a": 3}\n{"a": 4')
    (found,), problems = curves.read(str(tmp_path))
    assert found.values == [1, 2, 3]
    assert problems == [Problem("metrics.jsonl", "2 damaged lines passed over: 2, 4")]


def test_of_a_huge_file_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "MOST_READ", 1 << 20)
    write(tmp_path / "metrics.jsonl", *({"step": step, "a": step} for step in range(60_000)))
    (found,), problems = curves.read(str(tmp_path))
    assert found.last == 59_999
    assert found.values == list(range(60_000 - len(found.values), 60_000))
    assert problems == [Problem("metrics.jsonl", "only the last 1 MiB were read")]


def test_a_file_that_is_none_is_told_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").mkdir()
    write(tmp_path / "metrics.1.jsonl", {"a": 1})
    found, problems = curves.read(str(tmp_path))
    assert [curve.name for curve in found] == ["a"]
    assert problems == [Problem("metrics.jsonl", "no plain file")]


def test_no_metrics_are_no_problem(tmp_path: Path) -> None:
    assert curves.read(str(tmp_path)) == ([], [])
    assert curves.read(str(tmp_path / "nowhere")) == ([], [])
