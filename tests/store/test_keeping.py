"""What keeps a run from being removed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from making import damage, make_run

from exparse.store import keeping, liveness

GONE = {**liveness.this_process(), "pid": 2**22 - 1}
ELSEWHERE = {**liveness.this_process(), "host": "far-away"}


@pytest.mark.parametrize(
    ("state", "process", "expected"),
    [
        ("running", liveness.this_process(), "running"),
        ("pending", liveness.this_process(), "pending"),
        ("finished", liveness.this_process(), None),
        ("running", GONE, None),
        ("failed", GONE, None),
        ("running", ELSEWHERE, "running"),
    ],
)
def test_a_run_is_under_way_as_long_as_its_process_is(
    root: Path, state: str, process: dict[str, Any], expected: str | None
) -> None:
    run = make_run(root, state=state, seconds=None, facts={"process": process})
    assert keeping.under_way(run) == expected


def test_one_of_another_machine_is_lost_when_its_files_have_been_silent_for_long(root: Path) -> None:
    run = make_run(root, state="running", seconds=None, facts={"process": ELSEWHERE})
    old = time.time() - 2 * 3600
    for path in run.path.iterdir():
        os.utime(path, (old, old))
    assert keeping.under_way(run) is None


@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
def test_a_damaged_file_does_not_make_a_living_run_look_dead(root: Path, file: str) -> None:
    run = make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()})
    damage(run, file, "{")
    assert keeping.under_way(run) == "running"


@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
def test_a_damaged_run_that_has_ended_is_not_under_way(root: Path, file: str) -> None:
    run = make_run(root, facts={"process": GONE})
    damage(run, file, "{")
    assert keeping.under_way(run) is None


def test_a_run_whose_next_attempt_a_living_process_has_claimed_is_being_resumed(root: Path) -> None:
    run = make_run(root, facts={"process": GONE})
    claim = run.path / ".attempt-2"
    claim.write_text(json.dumps(liveness.this_process()))
    assert keeping.under_way(run) == "being resumed"
    claim.write_text(json.dumps(GONE))
    assert keeping.under_way(run) is None
    claim.write_text("")
    assert keeping.under_way(run) is None


def test_what_was_read_before_does_not_count(root: Path) -> None:
    run = make_run(root, facts={"process": liveness.this_process()})
    assert run.state == "finished"
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps({**status, "state": "running"}))
    assert keeping.under_way(run) == "running"
    assert keeping.under_way(type(run)(run.root, "000009-2026-11-21-05-40-12")) is None
