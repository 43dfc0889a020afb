"""The summary: merged with what is there, replaced as a whole, by one process or by many."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from making import make_run

from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.root import Root
from exparse.store.run import Run


@pytest.fixture
def run(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


def test_values_are_merged_and_the_last_one_counts(run: LiveRun) -> None:
    assert run.summary() == {}
    assert run.summary({"loss": 1, "nested": {"a": 1}}) == {"loss": 1, "nested": {"a": 1}}
    assert run.summary({"train/acc": np.float32(0.5)}, loss=2) == {"loss": 2, "nested": {"a": 1}, "train/acc": 0.5}
    assert run.summary() == Run(run.root, run.name).summary() == json.loads((run.path / "summary.json").read_text())


def test_the_summary_picks_the_best_run(root: Path) -> None:
    for acc in (0.1, 0.9, 0.5):
        made = make_run(root, state="running")
        LiveRun(made.root, made.name).summary(acc=acc)
    assert [run.id for run in Root(root).select("best:acc")] == [2]


@pytest.mark.parametrize("values", [{"a": 1, "b": object()}, {5: 1}, [1], 3])
def test_a_mistake_is_raised_and_nothing_is_written(run: LiveRun, values: object) -> None:
    with pytest.raises(TypeError):
        run.summary(values)  # type: ignore[arg-type]
    assert not (run.path / "summary.json").exists()


def test_processes_that_merge_at_once_lose_nothing(run: LiveRun) -> None:
    code = (
        "import sys\nfrom exparse.record.live import LiveRun\nrun = LiveRun(*sys.argv[1:3])\n"
        "for n in range(40): run.summary({f'{sys.argv[3]}{n}': n})\n"
    )
    ranks = [subprocess.Popen([sys.executable, "-c", code, run.root, run.name, who]) for who in "abcd"]
    assert [rank.wait() for rank in ranks] == [0] * 4
    assert run.summary() == {f"{who}{number}": number for who in "abcd" for number in range(40)}


def test_a_damaged_summary_is_replaced_with_one_warning(run: LiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    (run.path / "summary.json").write_text('{"acc": 0.')
    run.summary(acc=0.5)
    run.summary(loss=1)
    assert run.summary() == {"acc": 0.5, "loss": 1}
    assert capsys.readouterr().err.count("exparse: warning: the earlier summary") == 1


def test_a_deleted_run_is_one_warning_and_the_values_come_back(
    run: LiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(run.path)
    assert run.summary(acc=0.5) == {"acc": 0.5}
    run.summary(acc=0.6)
    assert not run.path.exists() and capsys.readouterr().err.count("warning") == 1


def test_where_nothing_is_recorded_the_summary_works_the_same() -> None:
    run = UnrecordedRun("a test")
    run.summary(a=1)
    assert run.summary(b=2) == {"a": 1, "b": 2} == run.summary()
    shutil.rmtree(run.folder)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such lock")
def test_a_lock_that_somebody_keeps_costs_one_wait(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    from exparse.record import summary

    monkeypatch.setattr(summary, "_LONGEST_S", 0.05)
    waits: list[float] = []
    monkeypatch.setattr(summary.time, "sleep", waits.append)
    handle = os.open(run.folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    run.summary(a=1)
    first = len(waits)
    run.summary(b=2)
    os.close(handle)
    assert first > 0 and len(waits) == first and run.summary() == {"a": 1, "b": 2}
