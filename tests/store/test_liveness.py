"""Whether the process of a run is still there, or was replaced by another of the same number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import making
import pytest

from exparse.store import liveness
from exparse.store.root import Root

PROC = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")


def sleeping() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-S", "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )


def identity(pid: int, **other: Any) -> dict[str, Any]:
    return {**liveness.this_machine(), "pid": pid, "start": liveness.start_of(pid), **other}


def test_this_process_is_alive() -> None:
    assert liveness.is_dead(liveness.this_process()) is False


def test_a_process_that_ended_is_dead() -> None:
    with sleeping() as process:
        assert process.stdout and process.stdout.readline()
        who = identity(process.pid)
        assert liveness.is_dead(who) is False
        process.kill()
    assert liveness.is_dead(who) is True
    assert liveness.is_dead({**who, "start": None}) is True


@PROC
def test_a_zombie_is_dead() -> None:
    process = sleeping()
    assert process.stdout and process.stdout.readline()
    who = identity(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert Path(f"/proc/{process.pid}").exists() and liveness.is_dead(who) is True
    finally:
        process.communicate()


@PROC
def test_another_process_of_the_same_number_is_not_it() -> None:
    who = liveness.this_process()
    assert liveness.is_dead({**who, "start": who["start"] - 1}) is True


def test_a_machine_that_was_started_anew_has_none_of_its_processes() -> None:
    assert liveness.is_dead({**liveness.this_process(), "boot": "another"}) is True


@pytest.mark.parametrize("fact", ["host", "namespace"])
def test_other_hosts_and_containers_cannot_be_judged(fact: str) -> None:
    assert liveness.is_dead({**liveness.this_process(), fact: "another"}) is None
    assert liveness.is_dead({**liveness.this_process(), fact: "another", "pid": 1}) is None


@pytest.mark.parametrize("pid", [0, -1, 10**9, 2**31, 2**63, 10**40, True, None, "1", 1.5])
@pytest.mark.parametrize("start", [None, 5, "x"])
def test_no_number_whatever_makes_it_fail_or_harm(pid: Any, start: Any) -> None:
    assert liveness.is_dead({**liveness.this_machine(), "pid": pid, "start": start}) in (True, False, None)


@pytest.mark.parametrize("thing", [None, {}, [], "x", 3, {"pid": 1}, {"host": None}])
def test_what_is_no_process_cannot_be_judged(thing: Any) -> None:
    assert liveness.is_dead(thing) in (None, True)
    if not isinstance(thing, dict) or "pid" not in thing:
        assert liveness.is_dead(thing) is None


@PROC
def test_a_program_with_brackets_and_spaces_in_its_name_is_understood(tmp_path: Path) -> None:
    odd = tmp_path / "a) R 1 2 (b"
    odd.symlink_to(sys.executable)
    process = subprocess.Popen(
        [str(odd), "-S", "-c", "import time; print(flush=True); time.sleep(60)"], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout and process.stdout.readline()
        start, own = liveness.start_of(process.pid), liveness.start_of(os.getpid())
        assert start is not None and own is not None and start >= own
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "running"),
        ({"boot": "another"}, "lost"),
        ({"host": "another"}, "running"),
        ({"namespace": "another"}, "running"),
        ({"start": 1}, "lost"),
        ({"pid": 2**22 + 5, "start": 1}, "lost"),
    ],
)
@pytest.mark.parametrize("written", ["running", "pending"])
def test_a_reader_derives_what_a_dead_process_could_not_write(
    root: Path, facts: dict[str, Any], state: str, written: str
) -> None:
    making.make_run(root, {"x": 1}, state=written, facts={"process": {**liveness.this_process(), **facts}})
    (run,) = Root(root)
    assert run.state == (state if state == "lost" else written)


def test_what_a_process_wrote_itself_is_believed_after_it_is_gone(root: Path) -> None:
    for state in ("finished", "failed", "interrupted", "killed"):
        making.make_run(root, state=state, facts={"process": {**liveness.this_process(), "boot": "another"}})
    assert [run.state for run in Root(root)] == ["finished", "failed", "interrupted", "killed"]
