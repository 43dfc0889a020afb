"""Metrics as tables: all whole rows of all files of a run, with the same columns whatever is in them."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import make_run

from exparse.errors import DamagedFile
from exparse.format import metrics as lines
from exparse.store import metrics
from exparse.store.measured import Measured
from exparse.store.run import Run

NAMES = st.sampled_from(["loss", "acc", "train/größe"])
SAID = st.floats() | st.integers(-(10**12), 10**12)
ROWS = st.lists(
    st.tuples(st.none() | st.integers(-5, 5), st.dictionaries(NAMES, SAID, min_size=1, max_size=3)), max_size=12
)


@pytest.fixture
def run(root: Path) -> Run:
    return make_run(root, {"lr": 0.1})


def row(step: int | None, time: float = 100.0, **values: float) -> str:
    told = "".join(lines.key_text(name) + lines.number_text(value, name) for name, value in values.items())
    return f'{{{lines.step_text(step)}"time": {time:.6f}{told}}}\n'


def log(run: Run, *rows: str, file: str = "metrics.jsonl") -> Run:
    (run.path / file).write_text("".join(rows))
    return run


def check_columns(frame: pd.DataFrame, wide: bool = False) -> None:
    assert str(frame["step"].dtype) == "Int64"
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]"
    if wide:
        assert all(frame[name].dtype == np.float64 for name in frame.columns[2:])
    else:
        assert list(frame.columns) == ["step", "time", "name", "value"]
        assert frame["name"].dtype == pd.Series(["a"]).dtype and frame["value"].dtype == np.float64


@pytest.mark.parametrize("text", [None, "", "\n", '{"step": 1, "ti', "garbage\n", "{}\n", '{"time": 1}\n'])
@pytest.mark.parametrize("wide", [False, True])
def test_without_metrics_the_table_is_empty_and_has_its_columns(run: Run, text: str | None, wide: bool) -> None:
    if text is not None:
        log(run, text)
    frame = run.metrics(wide=wide)
    assert len(frame) == 0
    check_columns(frame, wide)


def test_the_long_table_has_one_row_a_value(run: Run) -> None:
    frame = log(run, row(3, 1763712012.123456, loss=0.5, acc=1), row(None, 1763712013.0, lr=1e-3)).metrics()
    check_columns(frame)
    assert frame["step"].tolist() == [3, 3, pd.NA]
    assert frame["name"].tolist() == ["loss", "acc", "lr"] and frame["value"].tolist() == [0.5, 1.0, 0.001]
    assert frame["time"][0] == pd.Timestamp("2025-11-21T08:00:12.123456Z")


@given(ROWS)
def test_the_long_table_holds_what_was_logged(rows: list[tuple[int | None, dict[str, float]]]) -> None:
    text = "".join(row(step, **values) for step, values in rows)
    measured = Measured()
    assert not measured.add(lines.parse(text.encode()))
    frame = measured.long()
    check_columns(frame)
    entries = [(step, name, float(value)) for step, values in rows for name, value in values.items()]
    found = zip(frame["step"], frame["name"], frame["value"], strict=True)
    for (step, name, value), (read_step, read_name, read_value) in zip(entries, found, strict=True):
        assert (None if read_step is pd.NA else read_step, read_name) == (step, name)
        assert read_value == value or (math.isnan(value) and math.isnan(read_value))


@given(ROWS)
def test_the_wide_table_holds_the_last_value_of_each_step(rows: list[tuple[int | None, dict[str, float]]]) -> None:
    measured = Measured()
    for number, (step, values) in enumerate(rows):
        # Stretch by stretch, as a long file is read.
        measured.add(lines.parse(row(step, float(number), **values).encode()))
    frame = measured.wide()
    check_columns(frame, wide=True)
    expected: dict[object, dict[str, float]] = {}
    for number, (step, values) in enumerate(rows):
        expected.setdefault(("row", number) if step is None else step, {}).update({**values, "time": number})
    assert len(frame) == len(expected)
    for (key, values), (_, found) in zip(expected.items(), frame.iterrows(), strict=True):
        assert found["step"] is pd.NA if isinstance(key, tuple) else found["step"] == key
        assert found["time"].timestamp() == values.pop("time")
        for name in frame.columns[2:]:
            said = float(values.get(name, float("nan")))
            assert found[name] == said or (math.isnan(said) and math.isnan(found[name]))


def test_all_processes_of_a_run_are_in_the_table_in_the_order_of_time(run: Run) -> None:
    log(run, row(0, 10.0, loss=1.0), row(1, 30.0, loss=0.8))
    log(run, row(0, 20.0, loss=2.0), row(1, 40.0, loss=1.8), file="metrics.1.jsonl")
    log(run, "torn", file="metrics.3.w1.jsonl")
    assert run.metrics()["value"].tolist() == [1.0, 2.0, 0.8, 1.8]
    assert run.metrics(wide=True)["loss"].tolist() == [2.0, 1.8]


def test_damage_is_told_beside_the_table_with_file_and_line(run: Run) -> None:
    log(
        run, row(0, loss=1.0), "garbage\n", row(2, loss=3.0), '{"time": 1, "loss": null, "acc": 5}\n', '{"time": "x"}\n'
    )
    log(run, '{"step": 1.5, "loss": 1}\n', f'{{"step": {2**64}, "loss": 1}}\n', file="metrics.w1.jsonl")
    frame = run.metrics()
    assert frame["value"].tolist() == [5.0, 1.0, 3.0]
    told = frame.attrs["damaged"]
    assert [place[:2] for place in told] == [
        ("metrics.jsonl", 2), ("metrics.jsonl", 4), ("metrics.jsonl", 5), ("metrics.w1.jsonl", 1), ("metrics.w1.jsonl", 2)
    ]  # fmt: skip
    assert "loss is None" in told[1][2]


def test_times_beyond_the_calendar_of_pandas_are_missing_and_hide_nothing(run: Run) -> None:
    frame = log(
        run, row(0, 1e30, loss=1.0), '{"time": "inf", "loss": 2}\n', '{"loss": 3}\n', row(3, -5.0, loss=4.0)
    ).metrics()
    assert frame["value"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert frame["time"].isna().tolist() == [True, True, True, False]
    check_columns(frame)


def test_numbers_of_other_writers_are_read(run: Run) -> None:
    frame = log(run, f'{{"loss": {10**30}, "a": NaN, "b": -Infinity, "c": true}}\n').metrics()
    assert frame["value"].tolist()[0] == 1e30 and frame["name"].tolist() == ["loss", "a", "b"]


def test_a_growing_file_is_followed_from_where_one_left_off(run: Run) -> None:
    path = f"{run.folder}/metrics.jsonl"
    log(run, row(0, loss=1.0), row(1, loss=2.0)[:-4])
    first = metrics.read(path)
    assert [found["step"] for found in first.rows] == [0]
    again = metrics.read(path, first.offset, first.next_line)
    assert not again.rows and again.offset == first.offset
    log(run, row(0, loss=1.0), row(1, loss=2.0), "bad\n", row(3, loss=2.0))
    rest = metrics.read(path, first.offset, first.next_line)
    assert [found["step"] for found in rest.rows] == [1, 3]
    assert rest.problems[0][0] == 3 and rest.next_line == 5


def test_a_long_file_is_read_stretch_by_stretch(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    log(run, *[row(step, loss=step / 2) for step in range(50)], "x" * 300 + "\n", *[row(50, loss=25.0)] * 2)
    path = f"{run.folder}/metrics.jsonl"
    steps, problems, offset, line = [], [], 0, 1
    while (found := metrics.read(path, offset, line, most=100)).offset > offset:
        steps += [one["step"] for one in found.rows]
        problems += found.problems
        offset, line = found.offset, found.next_line
    assert steps == [*range(51), 50] and problems == [(51, "longer than 100 bytes")]
    assert offset == os.path.getsize(path) and line == 54


def test_a_line_that_never_ends_is_no_line(run: Run) -> None:
    log(run, row(0, loss=1.0) + "x" * 500)
    path = f"{run.folder}/metrics.jsonl"
    first = metrics.read(path, most=100)
    assert metrics.read(path, first.offset, first.next_line, most=100).offset == first.offset


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_is_not_read(run: Run, tmp_path: Path, kind: str) -> None:
    log(run, row(0, loss=1.0))
    path = run.path / "metrics.1.jsonl"
    (tmp_path / "secret").write_text(row(0, loss=99.0))
    {"link": lambda: path.symlink_to(tmp_path / "secret"), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[
        kind
    ]()
    frame = run.metrics()
    assert frame["value"].tolist() == [1.0]
    assert frame.attrs["damaged"][0][:2] == ("metrics.1.jsonl", 1)
    with pytest.raises((DamagedFile, OSError)):
        metrics.read(str(path))


def test_a_run_that_turns_to_nan_reads_as_fast_as_any(run: Run) -> None:
    # By blocks, not value by value: what is counted is how many there are.
    measured = Measured()
    measured.add(lines.parse("".join(row(step, loss=float("nan")) for step in range(1000)).encode()))
    assert len(measured._blocks) == 1
