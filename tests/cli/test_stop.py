"""``exparse stop``, with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from exparse.cli import stop
from exparse.cli.selection import Wanted
from exparse.launch import stop as stopping
from exparse.store import liveness
from exparse.store.root import Root
from tests.making import Paper, make_root, make_run

SLEEPER = "import exparse, os, signal, sys, time\nexparse.ExParser().parse_args()\n{}\nprint('ready', flush=True)\ntime.sleep(60)\n"
DEAF = "signal.signal(signal.SIGTERM, lambda *_: None)\nwhile True: print('ready', flush=True); time.sleep(60)"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a program which records a run, and returns once it is under way."""
    begun: list[subprocess.Popen[str]] = []

    def run(*words: str) -> subprocess.Popen[str]:
        begun.append(subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=tmp_path))
        assert begun[-1].stdout is not None and begun[-1].stdout.readline() == "ready\n"
        return begun[-1]

    yield run
    for process in begun:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def script(folder: Path, more: str = "") -> tuple[str, str]:
    """Return the words that start a script which says that it is ready, and sleeps."""
    (folder / "main.py").write_text(SLEEPER.format(more))
    return sys.executable, "main.py"


def stopped(root: Root, *selectors: str, number: int = signal.SIGTERM, wait: float = 5, kill: bool = False) -> Paper:
    """Stop runs; the exit code stands in ``answer``."""
    to = Paper()
    to.answer = bool(stop.stop(root, Wanted(selectors), number, wait, kill, to))
    return to


def test_a_run_is_stopped_and_says_what_became_of_it(tmp_path: Path, start: Start) -> None:
    process = start(*script(tmp_path))
    to = stopped(Root(tmp_path / "exruns"), "1")
    assert (to.said, to.noted, to.answer) == ("run 1 is over: killed (SIGTERM)\n", "", False)
    assert process.wait() == -signal.SIGTERM


def test_what_does_not_end_is_told_and_ended_by_force_where_that_is_asked_for(tmp_path: Path, start: Start) -> None:
    process = start(*script(tmp_path, DEAF))
    root = Root(tmp_path / "exruns")
    to = stopped(root, "1", wait=0.3)
    assert to.answer is True and to.said == ""
    assert f"has SIGTERM and is under way still, as process {process.pid}" in to.noted
    to = stopped(root, "1", wait=0.3, kill=True)
    assert (to.said, to.answer) == ("run 1 is over: lost\n", False)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("deaf", [False, True], ids=["term", "kill"])
def test_a_recorded_command_gets_the_signal_and_its_end_is_recorded(tmp_path: Path, start: Start, deaf: bool) -> None:
    ignores = "trap '' TERM; " if deaf else ""
    process = start(sys.executable, "-m", "exparse", "run", "--", "sh", "-c", f"{ignores}echo ready; exec sleep 60")
    root = Root(tmp_path / "exruns")
    to = stopped(root, "1", wait=0.5 if deaf else 5, kill=deaf)
    name = "SIGKILL" if deaf else "SIGTERM"
    assert to.said == f"run 1 is over: killed ({name})\n"
    assert process.wait() == -signal.Signals[name]
    assert root.runs()[0].status.signal == name


def test_a_halted_run_ends_too_and_a_signal_that_need_not_end_it_is_not_waited_for(
    tmp_path: Path, start: Start
) -> None:
    process = start(*script(tmp_path, "signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b'told\\n'))"))
    root = Root(tmp_path / "exruns")
    to = Paper()
    assert stop.stop(root, Wanted(("last",)), signal.SIGUSR1, None, False, to) == 0
    assert to.said == "run 1 has SIGUSR1\n"
    assert process.stdout is not None and process.stdout.readline() == "told\n"
    os.kill(process.pid, signal.SIGSTOP)
    assert stopped(root, "1").answer is False
    assert process.wait() == -signal.SIGTERM


def test_runs_that_are_over_or_elsewhere_are_told_and_nobody_is_signalled(root: Path) -> None:
    make_root(root)
    make_run(root)
    here = liveness.this_process()
    make_run(root, state="running", facts={"process": {**here, "host": "node7", "pid": 4902}})
    job = {"kind": "slurm", "job": "81723"}
    make_run(root, state="running", facts={"process": {**here, "host": "node8"}, "scheduler": job})
    make_run(root, state="running", facts={"process": {**here, "namespace": "pid:[1]"}})
    # The same pid, another process: it has gone, and its successor is us.
    make_run(root, state="running", facts={"process": {**here, "start": 1}})
    to = stopped(Root(root), "1:5")
    assert to.answer is True and to.said == ""
    assert "run 1 is not under way: finished" in to.noted
    assert "run 2 is not stopped: it is on another machine: ssh node7 kill 4902" in to.noted
    assert "run 3 is not stopped: it is on node8, in a job: scancel 81723" in to.noted
    assert "run 4 is not stopped: its process" in to.noted and "namespace" in to.noted
    assert "run 5 is not under way: lost" in to.noted


def test_where_no_start_of_a_process_is_known_one_that_has_a_pid_again_is_left_alone(
    root: Path, tmp_path: Path
) -> None:
    make_root(root)
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        process = {**liveness.this_process(), "pid": sleeper.pid, "start": None}
        how = {"state": "running", "seconds": None, "facts": {"process": process}}
        make_run(root, **how)
        make_run(root, started=datetime.now(timezone.utc), **how)
        to = stopped(Root(root), "1")
        assert to.answer is True and sleeper.poll() is None
        assert f"run 1 is not stopped: its process has gone, {sleeper.pid} is another one now" in to.noted
        assert stop.stop(Root(root), Wanted(("2",)), signal.SIGTERM, 0, False, Paper()) == 1, "a zombie of ours by now"
        assert sleeper.wait(30) == -signal.SIGTERM


def test_a_process_that_went_meanwhile_is_not_signalled_by_its_successor(root: Path) -> None:
    run = make_run(root, state="running")
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        process = {**liveness.this_machine(), "pid": sleeper.pid, "start": 1}
        assert stopping.send(stopping.Target(run, process, False), signal.SIGKILL) is False
        assert sleeper.poll() is None
        sleeper.kill()


def test_filters_mean_what_is_under_way_among_what_answers(tmp_path: Path, start: Start) -> None:
    start(*script(tmp_path))
    root = Root(tmp_path / "exruns")
    make_run(tmp_path / "exruns")
    to = Paper()
    assert stop.stop(root, Wanted(states=("finished",)), signal.SIGTERM, 1, False, to) == 1
    assert to.noted == "none of 1 run is under way here\n"
    to = Paper()
    assert stop.stop(root, Wanted(("state = finished",)), signal.SIGTERM, 1, False, to) == 1
    assert to.noted == "none of 1 run is under way here\n"
    to = Paper()
    assert stop.stop(root, Wanted(states=("running", "finished")), signal.SIGTERM, 5, False, to) == 0
    assert (to.said, to.noted) == ("run 1 is over: killed (SIGTERM)\n", "")


def test_ranks_are_told_that_their_launcher_stays(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "8")
    start(*script(tmp_path))
    to = stopped(Root(tmp_path / "exruns"), "1")
    assert to.answer is False
    assert "run 1 is one of 8 ranks (ranks): rank 0 is told alone" in to.noted


def test_a_command_line_that_means_nothing_is_a_usage_error(tmp_path: Path) -> None:
    for words in ([], ["1", "--signal", "NONE"], ["1", "--wait", "-1"], ["1", "--wait", "soon"]):
        ended = subprocess.run(
            [sys.executable, "-m", "exparse", "stop", *words], capture_output=True, text=True, cwd=tmp_path
        )
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "stop" in ended.stderr
