"""Names that the newest runs know: enough of them, soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import make_run

from exparse.query import known
from exparse.query.known import Known


def test_names_are_those_of_the_newest_runs_newest_first(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "NEWEST", 2)
    for values in ({"old": 1}, {"lr": 1}, {"model": 1, "lr": 2}):
        make_run(root, values, facts={"tags": list(values)})
    found = Known(str(root))
    assert (found.params(), found.tags()) == (["model", "lr"], ["model", "lr"])
    assert [Path(folder).name[:6] for folder in found.runs] == ["000003", "000002"]


def test_on_a_slow_disk_a_few_runs_have_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_PATIENCE_S", -1.0)
    for number in range(6):
        make_run(root, {f"p{number}": 1})
    assert Known(str(root)).params() == ["p5", "p4", "p3"]


def test_a_root_without_runs_knows_nothing(root: Path) -> None:
    found = Known(str(root))
    assert (found.params(), found.metrics(), found.tags()) == ([], [], [])


def test_what_is_logged_and_what_is_summed_up_is_measured(root: Path) -> None:
    run = make_run(root)
    (run.path / "summary.json").write_text('{"mse": 0.1}')
    (run.path / "metrics.jsonl").write_text('{"loss": 0.5, "step": 1}\n')
    assert Known(str(root)).metrics() == ["mse", "loss"]


def test_what_is_no_file_or_damaged_offers_nothing(root: Path) -> None:
    run = make_run(root, {"lr": 1})
    (run.path / "params.yaml").unlink()
    (run.path / "params.yaml").mkdir()
    (run.path / "summary.json").write_text("[")
    (run.path / "metrics.jsonl").symlink_to("/dev/zero")
    found = Known(str(root))
    assert (found.params(), found.metrics()) == ([], [])
