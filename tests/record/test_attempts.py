"""Going on with an earlier run: equal params, equal code, or an error that says which differs."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from exparse import Root
from exparse.record import attempts

SCRIPT = """
from exparse import ExParser
parser = ExParser(root="exruns")
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--model", default="mlp")
args = parser.parse_args()
print(args.run.id, args.run.attempt, args.run.resumed, args.lr)
args.run.log(loss=args.lr)
"""


def git(*words: str, folder: Path) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with the script in it."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "main.py").write_text(SCRIPT)
    git("init", "-q", folder=folder)
    git("add", "-A", folder=folder)
    git("commit", "-qm", "first", folder=folder)
    return folder


def runs(folder: Path) -> list[Any]:
    return Root(folder / "exruns").runs()


@pytest.mark.parametrize("under_git", [True, False], ids=["git", "no git"])
def test_the_same_run_id_with_the_same_params_and_code_goes_on(
    script: Any, tmp_path: Path, repository: Path, under_git: bool
) -> None:
    # meticulous, scenario 3, under our names.
    folder = repository if under_git else tmp_path
    first = script(SCRIPT, "--run-id", "foo", folder=folder)
    again = script(SCRIPT, "--run-id", "foo", folder=folder)
    assert (first.stdout, again.stdout) == ("1 1 False 0.1\n", "1 2 True 0.1\n"), again.stderr
    (run,) = runs(folder)
    assert run.label == "foo" and run.metadata["run_id"] == "foo"
    assert run.output() == (first.stdout + again.stdout).encode()
    assert list(run.metrics().value) == [0.1, 0.1]
    assert run.state == "finished" and run.status.attempt == 2
    (earlier,) = run.status.attempts
    assert earlier["state"] == "finished" and earlier["process"]["pid"] != run.status.process["pid"]
    assert sorted(path.name for path in run.path.iterdir() if path.name.startswith(".")) == []


def test_other_params_under_a_run_id_are_an_error_that_names_them(script: Any, tmp_path: Path) -> None:
    script(SCRIPT, "--run-id", "foo")
    before = sorted(path for path in tmp_path.rglob("*") if "exruns" in path.parts)
    answer = script(SCRIPT, "--run-id", "foo", "--lr", 0.2)
    assert answer.returncode == 1 and answer.stdout == ""
    assert answer.stderr.count("\n") == 1
    assert "lr (0.1, now 0.2)" in answer.stderr and "foo" in answer.stderr
    assert sorted(path for path in tmp_path.rglob("*") if "exruns" in path.parts) == before


@pytest.mark.parametrize("change", ["commit", "patch"])
def test_other_code_under_a_run_id_is_an_error_that_says_so(script: Any, repository: Path, change: str) -> None:
    script(SCRIPT, "--run-id", "foo", folder=repository)
    (repository / "more.py").write_text("x = 1\n")
    if change == "commit":
        git("add", "-A", folder=repository)
        git("commit", "-qm", "second", folder=repository)
    answer = script(SCRIPT, "--run-id", "foo", folder=repository)
    assert answer.returncode == 1 and answer.stderr.count("\n") == 1
    assert ("commit" if change == "commit" else "changes since commit") in answer.stderr
    assert len(runs(repository)) == 1


def test_resume_reuses_the_newest_equal_run_or_starts_a_new_one(script: Any, repository: Path) -> None:
    # meticulous, scenario 4, under our names.
    assert script(SCRIPT, "--resume", folder=repository).stdout == "1 1 False 0.1\n"
    assert script(SCRIPT, "--lr", "0.5", folder=repository).stdout == "2 1 False 0.5\n"
    assert script(SCRIPT, "--resume", folder=repository).stdout == "1 2 True 0.1\n"
    assert script(SCRIPT, "--resume", "--lr", "0.5", folder=repository).stdout == "2 2 True 0.5\n"
    assert script(SCRIPT, "--resume", "--lr", "0.7", folder=repository).stdout == "3 1 False 0.7\n"
    (repository / "main.py").write_text(SCRIPT + "# changed\n")
    assert script(SCRIPT + "# changed\n", "--resume", folder=repository).stdout == "4 1 False 0.1\n"


def test_a_run_under_way_is_not_gone_on_with(script: Any, tmp_path: Path) -> None:
    import sys

    source = SCRIPT + "import sys\nprint('ready', flush=True)\nsys.stdin.read()\n"
    (tmp_path / "main.py").write_text(source)
    first = subprocess.Popen(
        [sys.executable, "main.py", "--run-id", "foo"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path
    )
    with first:
        assert first.stdout is not None and first.stdin is not None
        first.stdout.readline()
        answer = script(source, "--run-id", "foo", stdin=subprocess.DEVNULL)
        assert answer.returncode == 1 and "under way" in answer.stderr
        assert script(source, "--resume", stdin=subprocess.DEVNULL).stdout.startswith("2 1 False")
    assert first.returncode == 0


def test_a_killed_run_goes_on(script: Any, tmp_path: Path) -> None:
    source = SCRIPT + "import os, signal\nif args.run.attempt < 3: os.kill(os.getpid(), signal.SIGKILL)\n"
    script(source, "--run-id", "foo")
    (run,) = runs(tmp_path)
    assert run.state == "lost"
    script(source, "--resume")
    assert script(source, "--resume").returncode == 0
    (run,) = runs(tmp_path)
    assert run.state == "finished" and [one["state"] for one in run.status.attempts] == ["lost", "lost"]
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


def test_of_many_that_go_on_at_once_one_does(tmp_path: Path, script: Any) -> None:
    import sys

    script(SCRIPT, "--run-id", "foo")
    started = [
        subprocess.Popen(
            [sys.executable, "main.py", "--run-id", "foo"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    said = [process.communicate(timeout=60)[1] for process in started]
    codes = [process.returncode for process in started]
    assert set(codes) <= {0, 1} and 0 in codes, said
    for text in (text for text, code in zip(said, codes, strict=True) if code):
        assert text.count("\n") == 1 and ("another process" in text or "under way" in text)
    (run,) = runs(tmp_path)
    assert run.state == "finished" and run.status.attempt == 1 + codes.count(0)


CLEAN = SCRIPT.replace('root="exruns"', 'root="exruns", git_clean=True')


def test_a_dirty_tree_is_refused_before_anything_is_made(script: Any, repository: Path) -> None:
    # meticulous, scenario 5, and exman, scenario 9, under our names.
    answer = script(CLEAN, folder=repository)
    assert answer.returncode == 1 and answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and "--git-dirty" in answer.stderr
    assert not (repository / "exruns").exists()
    assert script(CLEAN, "--git-dirty", folder=repository).returncode == 0
    assert script(SCRIPT, "--git-clean", folder=repository).stdout == "2 1 False 0.1\n", "the script is as committed"
    dirty, clean = runs(repository)
    assert dirty.metadata["git"]["dirty"] is True and clean.metadata["git"]["dirty"] is False
    (repository / "main.py").write_text(SCRIPT)
    subprocess.run(["git", "apply", str(dirty.path / "code.patch")], cwd=repository, check=True)
    assert (repository / "main.py").read_text() == CLEAN


def test_without_a_repository_there_is_nothing_clean(script: Any, tmp_path: Path) -> None:
    answer = script(CLEAN)
    assert answer.returncode == 1 and "no git repository" in answer.stderr
    assert not (tmp_path / "exruns").exists()
    assert script(CLEAN, "--git-dirty").returncode == 0


def test_unrecorded_runs_keep_what_a_script_adds_for_as_long_as_it_runs(script: Any, repository: Path) -> None:
    source = CLEAN + "with args.run.open('a.txt', 'w') as file: file.write('x')\n"
    answer = script(source, "--no-record", folder=repository)
    assert answer.returncode == 0 and answer.stderr == ""
    assert not (repository / "exruns").exists()


def test_an_exception_in_a_thread_is_told_and_does_not_fail_the_run(script: Any, tmp_path: Path) -> None:
    source = (
        SCRIPT + "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='loader')\nt.start(); t.join()\n"
    )
    assert script(source).returncode == 0
    (run,) = runs(tmp_path)
    assert run.state == "finished"
    (remark,) = run.status.remarks
    assert "loader" in remark and "ZeroDivisionError" in remark


@pytest.mark.skipif(not os.path.exists("/proc/uptime"), reason="the beat is judged by Linux' /proc here")
def test_a_run_of_a_scheduler_keeps_a_beat_that_others_see(tmp_path: Path) -> None:
    from exparse.code import beat
    from exparse.store import liveness

    touched = tmp_path / "killed.txt"
    touched.write_text("")
    os.utime(touched, (1, 1))
    sleeper = subprocess.Popen(["sleep", "0.5"])
    start = liveness.start_of(sleeper.pid)
    began = time.monotonic()
    beat.keep(str(touched), 0.1, sleeper.pid, start)
    sleeper.wait()
    assert touched.stat().st_mtime > 1
    assert time.monotonic() - began < 20, "the beat ends with the process"


def test_a_script_that_parses_in_two_stages_goes_on_with_what_both_gave(script: Any, tmp_path: Path) -> None:
    source = """
from exparse import ExParser
parser = ExParser()
parser.add_argument("--a", default="x")
known, rest = parser.parse_known_args()
parser.add_argument("--b", default="y")
args = parser.parse_args()
print(args.run.id, args.run.attempt, args.run.resumed)
"""
    said = ("--exparse-tag", "t1", "--exparse-description", "both stages")
    # The run that the first stage begins is taken back when the second one asks for an earlier run: a number is left out.
    first = script(source, "--run-id", "foo", *said).stdout
    number = first.split()[0]
    assert first == f"{number} 1 False\n"
    answer = script(source, "--run-id", "foo")
    assert answer.stdout == f"{number} 2 True\n", answer.stderr
    refused = script(source, "--run-id", "foo", "--b", "z")
    assert refused.returncode == 1 and "b ('y', now 'z')" in refused.stderr
    assert script(source, "--exparse-resume").stdout == f"{number} 3 True\n"
    assert script(source, "--exparse-resume", "--b", "q").stdout.endswith(" 1 False\n")
    one, two = runs(tmp_path)
    assert one.tags == ["t1"] and one.description == "both stages"
    assert two.params == {"a": "x", "b": "q"}


@pytest.mark.parametrize("name", ["1", "000001"])
def test_a_run_id_may_be_the_number_of_a_run_that_is_there(script: Any, tmp_path: Path, name: str) -> None:
    script(SCRIPT)
    answer = script(SCRIPT, "--run-id", name)
    assert answer.stdout == "1 2 True 0.1\n" and answer.stderr == "exparse: run 1 goes on, attempt 2\n"
    refused = script(SCRIPT, "--run-id", "7")
    assert refused.returncode == 1 and "no such run" in refused.stderr
    assert len(runs(tmp_path)) == 1


def test_a_run_id_may_be_the_whole_name_of_a_run(script: Any, tmp_path: Path) -> None:
    script(SCRIPT, "--name", "base")
    assert script(SCRIPT, "--run-id", runs(tmp_path)[0].name).stdout == "1 2 True 0.1\n"
    assert runs(tmp_path)[0].label == "base"


@pytest.mark.parametrize("option", ["--name", "--run-id"])
def test_a_name_that_picks_another_run_is_refused(script: Any, tmp_path: Path, option: str) -> None:
    answer = script(SCRIPT, option, "last")
    assert answer.returncode == 2 and "picks a run already" in answer.stderr
    assert script(SCRIPT, "--name", "3").returncode == 2
    assert not (tmp_path / "exruns").exists()


def test_resume_says_what_it_does(script: Any, tmp_path: Path) -> None:
    assert "a new one begins" in script(SCRIPT, "--resume").stderr
    assert script(SCRIPT, "--resume").stderr == "exparse: run 1 goes on, attempt 2\n"


def test_a_claim_that_a_killed_process_left_behind_stops_nobody(script: Any, tmp_path: Path) -> None:
    import json

    from exparse.store import liveness

    script(SCRIPT, "--run-id", "foo")
    (run,) = runs(tmp_path)
    sleeper = subprocess.Popen(["sleep", "60"])
    claim = run.path / ".attempt-2"
    claim.write_text(
        json.dumps({**liveness.this_machine(), "pid": sleeper.pid, "start": liveness.start_of(sleeper.pid)})
    )
    assert "another process" in script(SCRIPT, "--run-id", "foo").stderr
    sleeper.kill()
    sleeper.wait()
    assert script(SCRIPT, "--run-id", "foo").stdout == "1 2 True 0.1\n"
    assert not claim.exists()


def test_an_attempt_that_came_and_went_since_one_looked_is_counted(script: Any, tmp_path: Path) -> None:
    script(SCRIPT, "--run-id", "foo")
    (stale,) = runs(tmp_path)
    assert stale.status.attempt == 1
    script(SCRIPT, "--run-id", "foo")
    number, earlier = attempts.claim(stale)
    assert (number, len(earlier)) == (3, 2)


def test_a_claim_that_a_full_disk_did_not_take_stops_nobody(script: Any, tmp_path: Path) -> None:
    full = "import os, resource\nif 'FULL' in os.environ: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 1 << 40))\n"
    script(full + SCRIPT, "--run-id", "foo")
    refused = script(full + SCRIPT, "--run-id", "foo", env={"FULL": "1"})
    assert refused.returncode == 1 and "cannot go on here" in refused.stderr
    assert script(full + SCRIPT, "--run-id", "foo").stdout == "1 2 True 0.1\n"


def test_a_claim_without_a_word_is_left_over_after_a_minute(script: Any, tmp_path: Path) -> None:
    script(SCRIPT, "--run-id", "foo")
    claim = runs(tmp_path)[0].path / ".attempt-2"
    claim.touch()
    assert "another process" in script(SCRIPT, "--run-id", "foo").stderr, "it may be being written"
    os.utime(claim, (1, 1))
    assert script(SCRIPT, "--run-id", "foo").stdout == "1 2 True 0.1\n"
