"""The recorder beside a program that forks, begins many runs, lies in a loop, or has a disk that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exparse import Root

POSIX = pytest.mark.skipif(os.name != "posix", reason="forks and signals of POSIX")


def runs(folder: Path) -> list[Any]:
    return Root(folder / "exruns").runs()


def test_many_runs_in_one_process_leave_nothing_behind_in_it(script: Any, tmp_path: Path) -> None:
    source = """
import os, sys, exparse
def once(k):
    with exparse.start({"k": k}) as run:
        print("out", k, flush=True)
        print("err", k, file=sys.stderr, flush=True)
        run.log(k=k)
once(0); once(1)
def opened(): return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
before, leave = opened(), os._exit
for k in range(40): once(k)
assert opened() <= before + 1, (before, opened())
assert os._exit is leave
"""
    assert script(source).returncode == 0
    assert len(runs(tmp_path)) == 42 and {run.state for run in runs(tmp_path)} == {"finished"}


@POSIX
def test_a_forked_child_does_not_end_the_run_of_its_parent(script: Any, tmp_path: Path) -> None:
    source = """
import os, sys, exparse
with exparse.start({}) as run:
    child = os.fork()
    if not child:
        sys.exit(3)
    os.waitpid(child, 0)
    assert exparse.Run(run.root, run.name).state == "running"
"""
    answer = script(source)
    assert answer.returncode == 0, answer.stderr
    assert runs(tmp_path)[0].state == "finished"


@POSIX
@pytest.mark.parametrize("inner", ["under way", "over"])
def test_a_signal_ends_all_runs_of_the_program(script: Any, tmp_path: Path, inner: str) -> None:
    end = "fold.finish()" if inner == "over" else ""
    source = f"""
import os, signal, exparse
args = exparse.ExParser().parse_args()
fold = exparse.start({{"fold": 1}})
{end}
os.kill(os.getpid(), signal.SIGTERM)
"""
    assert script(source).returncode == -signal.SIGTERM
    whole, fold = runs(tmp_path)
    assert (whole.state, whole.status.signal) == ("killed", "SIGTERM")
    assert fold.state == ("finished" if inner == "over" else "killed")


@POSIX
@pytest.mark.parametrize("order", ["before", "after"])
def test_a_preempted_run_was_killed_also_with_a_hook(tmp_path: Path, order: str) -> None:
    hook = "exparse.register_hook('preempt', lambda run: print('hook', os.getpid(), flush=True))\n"
    parse = "args = exparse.ExParser().parse_args()\n"
    source = "import exparse, os, signal, multiprocessing\n" + (hook + parse if order == "before" else parse + hook)
    # Python forgets a signal that comes in the first moments after a fork: the workers are to be past them.
    source += "import time\nwith multiprocessing.get_context('fork').Pool(2) as pool: pool.map(time.sleep, [0.1] * 4)\n"
    source += "os.kill(os.getpid(), signal.SIGTERM)\n"
    (tmp_path / "main.py").write_text(source)
    with subprocess.Popen([sys.executable, "main.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM
    assert said == f"hook {process.pid}\n", "workers of a pool are ended by SIGTERM; nobody takes the machine away"
    (run,) = runs(tmp_path)
    assert (run.state, run.status.signal) == ("killed", "SIGTERM")


@pytest.mark.parametrize("event", ["finish", "start"])
def test_a_hook_that_exits_does_not_hide_how_the_run_ended(script: Any, tmp_path: Path, event: str) -> None:
    source = f"""
import sys, exparse
exparse.register_hook({event!r}, lambda run: sys.exit("no mail server"))
args = exparse.ExParser().parse_args()
"""
    script(source)
    assert runs(tmp_path)[0].state in ("finished", "failed")


@POSIX
def test_a_disk_that_is_full_at_the_end_of_a_block_does_not_end_the_program(script: Any, tmp_path: Path) -> None:
    source = """
import resource, exparse
try:
    with exparse.start({}):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        raise ValueError("of the block")
except ValueError as problem:
    print("caught", problem)
with exparse.start({}) as run:
    pass
""".replace("with exparse.start({}) as run:\n    pass\n", "")
    answer = script(source)
    assert (answer.returncode, answer.stdout) == (0, "caught of the block\n")
    assert answer.stderr.count("exparse: warning") == 1


@pytest.mark.slow
@pytest.mark.parametrize("end", ["raise SystemExit(3)", "sys.exit(3)"])
def test_a_program_that_goes_on_after_a_failed_parse_has_a_run(script: Any, tmp_path: Path, end: str) -> None:
    source = f"""
import sys, exparse
from exparse.record import leaving
leaving._AT_ONCE_S = 0 if "raise" in {end!r} else 60
exparse.ExParser().parse_known_args()
try:
    exparse.ExParser().parse_args(["--bad"])
except SystemExit:
    pass
{end}
"""
    assert script(source).returncode == 3
    assert [(run.state, run.status.exit_code) for run in runs(tmp_path)] == [("failed", 3)]


@pytest.mark.slow
def test_a_usage_error_takes_no_run_away_that_holds_something(script: Any, tmp_path: Path) -> None:
    source = """
import sys, exparse
args, rest = exparse.ExParser(add_help=False).parse_known_args()
if "--file" in rest: (args.run / "kept.txt").write_text("kept")
second = exparse.ExParser()
second.parse_args([word for word in rest if word != "--file"])
"""
    assert script(source, "--bad").returncode == 2 and not runs(tmp_path)
    assert script(source, "--file", "--bad").returncode == 2
    assert script(source, "--run-id", "one").returncode == 0
    assert script(source, "--run-id", "one", "--bad").returncode == 2
    kept, again = runs(tmp_path)
    assert (kept.path / "kept.txt").exists()
    assert (again.label, again.status.attempt) == ("one", 2), "an earlier attempt is nobody's to take back"


@pytest.mark.slow
@POSIX
def test_an_exec_that_fails_leaves_the_run_under_way(script: Any, tmp_path: Path) -> None:
    source = """
import os, exparse
run = exparse.ExParser().parse_args().run
open("data", "wb").write(bytes(9)); os.chmod("data", 0o755)
try:
    os.execv("data", ["data"])
except OSError:
    print(exparse.Run(run.root, run.name).state)
"""
    assert script(source).stdout == "running\n"
    [run] = runs(tmp_path)
    assert (run.state, run.status.exit_code, run.status.remarks) == ("finished", 0, [])


def test_a_failure_between_two_stages_is_no_usage_error(script: Any, tmp_path: Path) -> None:
    source = """
import argparse, exparse
parser = exparse.ExParser()
known, rest = parser.parse_known_args()
second = exparse.ExParser()
second.add_argument("--n", type=int)
try:
    second.parse_args(rest)
except SystemExit:
    pass
raise ValueError("no data")
"""
    assert script(source, "--n", "x").returncode == 1
    (run,) = runs(tmp_path)
    assert run.state == "failed" and run.status.error["message"] == "no data"


def test_a_secret_that_only_the_second_stage_declares_stands_in_no_file(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
first = exparse.ExParser()
first.add_argument("--lr", type=float)
known, rest = first.parse_known_args()
second = exparse.ExParser()
second.add_argument("--phrase", secret=True)
args = second.parse_args(rest)
print("phrase is", args.phrase)
"""
    assert "correct-horse" in script(source, "--lr", 1, "--phrase", "correct-horse").stdout
    for path in (tmp_path / "exruns").rglob("*"):
        assert not path.is_file() or b"correct-horse" not in path.read_bytes(), path


def test_attempts_do_not_bear_the_thread_errors_of_earlier_ones(script: Any, tmp_path: Path) -> None:
    source = """
import threading, exparse
args = exparse.ExParser().parse_args()
if args.run.attempt == 1:
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start(); thread.join()
"""
    script(source, "--run-id", "x")
    script(source, "--run-id", "x")
    (run,) = runs(tmp_path)
    assert run.status.remarks == [] and len(run.status.attempts[0]["remarks"]) == 1
