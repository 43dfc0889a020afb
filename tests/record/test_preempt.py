"""Programs that are told that their machine will be taken away, by real signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exparse.store.root import Root

BEGIN = "import exparse, os, signal, sys, time\nrun = exparse.ExParser().parse_args() and exparse.current_run()\n"
LOOP = """
for _ in range(2000):
    run.preempted
for step in range(2000):
    if run.preempted:
        print("checkpoint", flush=True)
        break
    if step == 0:
        os.write(1, b"ready\\n")
    time.sleep(0.01)
"""


def told(folder: Path, source: str, *signals: int, pause: float = 1.2) -> tuple[int, str, Root]:
    """Return exit code and output of a program that prints ``ready``, then gets the signals one after another."""
    (folder / "main.py").write_text(BEGIN + source)
    with subprocess.Popen([sys.executable, "main.py"], stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for place, number in enumerate(signals):
            time.sleep(pause if place else 0)
            process.send_signal(number)
        said = process.stdout.read()
    return process.returncode, said, Root(folder / "exruns")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1], ids=["term", "usr1"])
def test_a_program_that_looks_goes_on_to_its_checkpoint_and_ends_by_itself(tmp_path: Path, number: int) -> None:
    code, said, root = told(tmp_path, LOOP, number)
    assert (code, said) == (0, "checkpoint\n")
    (run,) = root.runs()
    assert run.state == "finished"
    assert run.status.remarks == [f"preempted by {signal.Signals(number).name}"]


@pytest.mark.slow
def test_one_word_said_twice_at_once_is_one_but_a_second_sigterm_ends_the_program(tmp_path: Path) -> None:
    stubborn = "run.preempted\nos.write(1, b'ready\\n')\nwhile True: time.sleep(0.01); run.preempted\n"
    code, _, root = told(tmp_path, stubborn, signal.SIGUSR1, signal.SIGTERM, signal.SIGTERM, pause=0.3)
    assert code == -signal.SIGTERM
    (run,) = root.runs()
    assert run.state == "killed" and run.status.signal == "SIGTERM"
    once = "run.preempted\nos.write(1, b'ready\\n')\ntime.sleep(0.9)\nprint(run.preempted, flush=True)\n"
    code, said, _ = told(tmp_path, once, signal.SIGTERM, signal.SIGTERM, pause=0.2)
    assert (code, said) == (0, "True\n")


def test_handlers_of_the_program_are_called_whenever_they_were_set(tmp_path: Path) -> None:
    source = """
def mine(name, before=None):
    def handle(number, frame):
        print(name, run.preempted, flush=True)
        if callable(before):
            before(number, frame)
    return handle
signal.signal(signal.SIGTERM, mine("first"))
run.preempted
ours = signal.getsignal(signal.SIGTERM)
signal.signal(signal.SIGTERM, mine("second", ours))
run.preempted
exparse.register_hook("preempt", lambda run: print("hook", flush=True))
os.kill(os.getpid(), signal.SIGTERM)
signal.signal(signal.SIGTERM, ours)
run.preempted
time.sleep(1.1)
os.write(1, b"ready\\n")
os.kill(os.getpid(), signal.SIGTERM)
"""
    (tmp_path / "main.py").write_text(BEGIN + source)
    ended = subprocess.run([sys.executable, "main.py"], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "hook\nsecond True\nfirst True\nready\nhook\nfirst True\n"


def test_forked_workers_and_other_threads_look_and_nothing_changes(tmp_path: Path) -> None:
    source = """
import threading
seen = []
thread = threading.Thread(target=lambda: seen.append(run.preempted)); thread.start(); thread.join()
assert seen == [False] and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
run.preempted
child = os.fork()
if not child:
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    run.preempted
    os.write(1, b"ready\\n")
    time.sleep(20)
    os._exit(3)
time.sleep(0.3)
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), run.preempted, flush=True)
"""
    code, said, root = told(tmp_path, source)
    assert (code, said) == (0, "-15 False\n")
    assert root.runs()[0].state == "finished"


def test_a_worker_that_is_started_anew_looks_and_handles_signals_as_ever(tmp_path: Path) -> None:
    source = """
def look():
    return exparse.current_run().preempted, signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
if __name__ == "__main__":
    import multiprocessing
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.apply(look), flush=True)
"""
    (tmp_path / "main.py").write_text(BEGIN + source)
    ended = subprocess.run([sys.executable, "main.py"], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.stdout, ended.stderr) == ("(False, True)\n", "")


def test_where_nothing_is_recorded_a_program_looks_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPARSE_RECORD", "0")
    assert told(tmp_path, LOOP, signal.SIGUSR1)[:2] == (0, "checkpoint\n")
