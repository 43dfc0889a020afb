"""The scribe is nobody's child, holds nothing of the user's, and does its work whatever becomes of the script."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import begun

from exparse.code import spawn
from exparse.store import detached

RunScript = Callable[..., "subprocess.CompletedProcess[str]"]

# What every script here begins with: start the scribe for a folder.
BEGIN = """
import os, signal, sys, time
from exparse.code import spawn
def start(folder, **more):
    os.makedirs(folder, exist_ok=True)
    for name in ("params.yaml", "metadata.json", "status.json"):
        open(folder + "/" + name, "a").close()
    ask = dict(folder=folder, root=os.path.dirname(folder), where=os.getcwd(), script=None, path=sys.path,
               imported=[], secrets=["hunter22"], source=False)
    return spawn.start({**ask, **more})
"""


def ask(folder: Path, where: Path, **more: Any) -> dict[str, Any]:
    begun(folder)
    told = {
        "folder": str(folder),
        "root": str(folder.parent),
        "where": str(where),
        "script": None,
        "path": [],
        "imported": [],
    }
    return {**told, "secrets": [], "source": False, **more}


def facts_in(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "facts.json").read_text())
    return told


def wait_for(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


def test_the_facts_are_there_when_the_wait_is_over(repo: Path, tmp_path: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    scribe = spawn.start(ask(tmp_path / "run", repo))
    assert scribe is not None and scribe.wait(30) and scribe.wait(0)
    assert {"code.patch", "facts.json", "packages.txt"} <= {path.name for path in (tmp_path / "run").iterdir()}
    told = facts_in(tmp_path / "run")
    assert told["git"]["dirty"] is True and told["source"] is None and "problems" not in told


def test_a_wait_ends_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "_PROGRAM", "import time; time.sleep(1)")
    scribe = spawn.start(ask(tmp_path / "run", tmp_path))
    assert scribe is not None and not scribe.wait(0.01) and not scribe.wait(0)
    assert scribe.wait(30), "the end of the scribe is an end of the wait"


def test_a_program_that_waits_for_any_child_does_not_meet_it(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
heard = []
signal.signal(signal.SIGCHLD, lambda *about: heard.append(about))
scribe = start(os.path.abspath("run"))
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no children")
print(scribe.wait(30), heard)
try:
    print(os.wait())
except ChildProcessError:
    print("no children")
"""
    )
    assert answer.stdout.splitlines() == ["no children", "True []", "no children"], answer.stderr


def test_the_end_of_another_child_is_still_heard(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
heard = []
signal.signal(signal.SIGCHLD, lambda *about: heard.append(1))
before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
child = os.posix_spawn("/bin/true", ["true"], {})
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
start(os.path.abspath("run")).wait(30)
assert not heard
signal.pthread_sigmask(signal.SIG_SETMASK, before)
print(heard, os.wait()[0] == child)
"""
    )
    assert answer.stdout == "[1] True\n", answer.stderr


@pytest.mark.parametrize("handler", ["SIG_IGN", "SIG_DFL"])
def test_it_starts_whatever_becomes_of_sigchld(script: RunScript, handler: str, tmp_path: Path) -> None:
    answer = script(
        BEGIN
        + f"""
signal.signal(signal.SIGCHLD, signal.{handler})
print(start(os.path.abspath("run")).wait(30), signal.getsignal(signal.SIGCHLD) == signal.{handler})
"""
    )
    assert answer.stdout == "True True\n", answer.stderr
    assert facts_in(tmp_path / "run")["git"] is None


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os.killpg(0, signal.SIGINT)", "os.killpg(0, 9)"])
def test_it_outlives_the_script_and_its_group(script: RunScript, repo: Path, tmp_path: Path, end: str) -> None:
    script(BEGIN + f"start({str(tmp_path / 'run')!r}); {end}", folder=repo, name="pkg/kill.py", start_new_session=True)
    wait_for(tmp_path / "run" / "facts.json")
    assert facts_in(tmp_path / "run")["git"]["untracked"] == 1


def test_nothing_secret_is_in_any_command_line_or_environment(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
    (bin_folder / "git").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/said; env >> {tmp_path}/said\n'
        f"tr '\\0' '\\n' < /proc/$PPID/cmdline >> {tmp_path}/said\n"
        f"tr '\\0' '\\n' < /proc/$PPID/environ >> {tmp_path}/said\nexec {real} \"$@\"\n"
    )
    (bin_folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    monkeypatch.setenv("MY_TOKEN", "hunter22")
    scribe = spawn.start(ask(tmp_path / "run", repo, secrets=["hunter22"]))
    assert scribe is not None and scribe.wait(30)
    said = (tmp_path / "said").read_text()
    assert "rev-parse" in said and "exparse.code.scribe" in said
    assert "hunter22" not in said


def test_it_holds_none_of_the_programs_descriptors(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
spawn._PROGRAM = "import sys; sys.path.append(sys.argv[1]); import time, exparse.code.scribe as s; s.record = lambda ask: time.sleep(20); s.main()"
ends = os.pipe(), os.pipe()
for reading, writing in ends:
    os.set_inheritable(writing, True)
    os.set_inheritable(reading, True)
start(os.path.abspath("run"))
for reading, writing in ends:
    os.close(writing)
    print(os.read(reading, 1))
""",
        timeout=10,
    )
    assert answer.stdout == "b''\n" * 2, answer.stderr


def test_who_reads_what_the_script_prints_is_not_kept_waiting(tmp_path: Path) -> None:
    slow = "import time; time.sleep(20)"
    source = BEGIN + f"spawn._PROGRAM = {slow!r}\nstart({str(tmp_path / 'run')!r})\nprint('over')"
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, timeout=10)
    assert answer.stdout == b"over\n"


def test_a_forked_child_neither_waits_nor_closes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawn, "_PROGRAM", "import time; time.sleep(0.5)")
    scribe = spawn.start(ask(tmp_path / "run", tmp_path))
    assert scribe is not None
    owner, scribe._owner = scribe._owner, -1
    assert scribe.wait(20) is False
    scribe._owner = owner
    assert scribe.wait(20) is True


def test_a_program_that_closes_all_and_opens_its_own_is_left_alone(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
scribe = start(os.path.abspath("run"))
handle = scribe._handle
os.closerange(3, 1000)
assert scribe.wait(5) is False
kept = os.open("mine", os.O_RDWR | os.O_CREAT)
os.dup2(kept, handle)
os.write(handle, b"mine")
os.lseek(handle, 0, 0)
print(scribe.wait(5), os.read(handle, 9))
"""
    )
    assert answer.stdout == "False b'mine'\n", answer.stderr


def test_a_script_without_stdin_stdout_and_stderr_starts_it_too(tmp_path: Path) -> None:
    source = BEGIN + f"[os.close(n) for n in (0, 1, 2)]\nstart({str(tmp_path / 'run')!r}).wait(30)"
    subprocess.run([sys.executable, "-c", source], timeout=30)
    assert facts_in(tmp_path / "run")["git"] is None


@pytest.mark.parametrize("executable", ["", None, "python", "/usr/bin/uwsgi"])
def test_a_program_that_only_holds_an_interpreter_starts_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert spawn.start(ask(tmp_path / "run", tmp_path)) is None


def test_a_frozen_program_starts_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert spawn.start(ask(tmp_path / "run", tmp_path)) is None


def test_without_a_shell_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detached, "_SHELL", "/nowhere/sh")
    assert spawn.start(ask(tmp_path / "run", tmp_path)) is None


def test_an_interpreter_that_is_gone_is_the_end_of_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python-gone"))
    scribe = spawn.start(ask(tmp_path / "run", tmp_path))
    assert scribe is not None and scribe.wait(30)
    assert not (tmp_path / "run" / "facts.json").exists()


def test_a_system_that_gives_no_more_descriptors_gets_none(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
import resource
os.makedirs("run")
resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
print(start(os.path.abspath("run")))
"""
    )
    assert answer.stdout == "None\n", answer.stderr


def test_few_descriptors_are_enough(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
print(start(os.path.abspath("run")).wait(30))
"""
    )
    assert answer.stdout == "True\n", answer.stderr


def test_a_run_that_is_gone_is_not_made_anew(repo: Path, tmp_path: Path) -> None:
    told = ask(tmp_path / "run", repo)
    shutil.rmtree(tmp_path / "run")
    scribe = spawn.start(told)
    assert scribe is not None and scribe.wait(30)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("way", ["memory", "pipe"])
def test_an_ask_of_any_length_reaches_it(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    if way == "pipe":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    modules = [str(repo / "train.py"), *(f"{repo}/pkg/{'x' * 200}{number}.py" for number in range(2000))]
    scribe = spawn.start(ask(tmp_path / "run", repo, imported=modules, source=True, script=str(repo / "train.py")))
    assert scribe is not None and scribe.wait(30)
    assert facts_in(tmp_path / "run")["source"]["files"] == 1


def test_the_users_umask_decides_who_reads(repo: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        scribe = spawn.start(ask(tmp_path / "run", repo))
        assert scribe is not None and scribe.wait(30)
    finally:
        os.umask(before)
    assert (tmp_path / "run" / "facts.json").stat().st_mode & 0o777 == 0o600


def test_starting_it_loads_nothing_heavy(script: RunScript) -> None:
    answer = script(
        "import signal, sys; before = set(sys.modules)\n"
        + BEGIN
        + "start(os.path.abspath('run'))\nprint(sorted(set(sys.modules) - before))"
    )
    loaded = set(answer.stdout.replace("'", " ").replace(",", " ").strip("[]\n ").split())
    assert not loaded & {"subprocess", "json", "re", "threading", "pathlib", "typing", "select", "tempfile"}


def test_a_fork_in_the_program_leaves_the_parents_wait_alone(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
scribe = start(os.path.abspath("run"))
child = os.fork()
if not child:
    print("child", scribe.wait(30), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent", scribe.wait(30))
"""
    )
    assert answer.stdout == "child False\nparent True\n", answer.stderr


def test_ctrl_c_during_the_wait_ends_the_wait(script: RunScript) -> None:
    answer = script(
        BEGIN
        + """
spawn._PROGRAM = "import time; time.sleep(20)"
scribe = start(os.path.abspath("run"))
signal.setitimer(signal.ITIMER_REAL, 0.2)
signal.signal(signal.SIGALRM, signal.default_int_handler)
try:
    scribe.wait(30)
except KeyboardInterrupt:
    print("interrupted")
""",
        timeout=10,
    )
    assert answer.stdout == "interrupted\n", answer.stderr
    assert answer.returncode != -signal.SIGINT


def test_it_never_stays_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = "s.LONGEST_S = 1; s.record = lambda ask: time.sleep(60); s.main()"
    program = f"import sys, time; sys.path.append(sys.argv[1]); import exparse.code.scribe as s; {hanging}"
    monkeypatch.setattr(spawn, "_PROGRAM", program)
    scribe = spawn.start(ask(tmp_path / "run", tmp_path))
    assert scribe is not None and scribe.wait(30)


def may_make_namespaces() -> bool:
    try:
        return not subprocess.run(["unshare", "--pid", "--fork", "true"], capture_output=True).returncode
    except OSError:
        return False


def test_the_first_process_of_a_container_gets_no_child(repo: Path, tmp_path: Path) -> None:
    if not may_make_namespaces():
        pytest.skip("this user may not make a namespace of process ids")
    source = (
        BEGIN
        + f"""
assert os.getpid() == 1
start({str(tmp_path / "run")!r}).wait(30)
try:
    print(os.waitpid(-1, os.WNOHANG))
except ChildProcessError:
    print("no children")
"""
    )
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", source]
    answer = subprocess.run(command, cwd=repo, capture_output=True, text=True, timeout=60)
    assert answer.stdout == "no children\n", answer.stderr
    assert facts_in(tmp_path / "run")["git"]["commit"]
