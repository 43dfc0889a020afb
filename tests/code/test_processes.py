"""Other programs, side by side: never longer and never more than allowed, and none is left behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from exparse.code import processes

SH = b"/bin/sh"


def run(*scripts: str, seconds: float = 20, most: int = 1 << 20) -> list[processes.Child]:
    children = [
        processes.start([SH, b"-c", script.encode()], {"PATH": "/usr/bin:/bin"}, most=most) for script in scripts
    ]
    processes.gather(children, time.monotonic() + seconds)
    return children


def test_what_is_printed_and_how_it_ends_is_told() -> None:
    (child,) = run("echo out; echo 'fatal: no such thing' >&2; exit 3")
    assert (child.out, child.err, child.code, child.is_good) == (b"out\n", b"fatal: no such thing\n", 3, False)
    assert child.reason == "no such thing"


def test_many_print_much_at_once() -> None:
    children = run(*["head -c 500000 /dev/zero; head -c 500000 /dev/zero >&2"] * 4)
    assert [len(child.out) for child in children] == [500_000] * 4
    assert all(child.is_good and len(child.err) < 400_000 for child in children)


def test_one_that_prints_too_much_is_ended() -> None:
    (child, other) = run("cat /dev/zero", "echo fine", most=1000)
    assert child.cut == "too much" and child.code == -9 and not child.is_good
    assert other.is_good


def test_one_that_takes_too_long_is_ended_and_keeps_what_it_said() -> None:
    (child, other) = run("echo begun; exec sleep 60", "echo fine", seconds=0.5)
    assert (child.cut, child.out, child.code) == ("too long", b"begun\n", -9)
    assert other.is_good and other.out == b"fine\n"


def test_what_one_leaves_running_is_not_waited_for_beyond_the_deadline() -> None:
    (child,) = run("sleep 3 & echo over", seconds=0.3)
    assert child.cut == "too long"


def test_ctrl_c_leaves_nothing_behind() -> None:
    child = processes.start([SH, b"-c", b"exec sleep 60"], {"PATH": "/usr/bin:/bin"})
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            processes.gather([child], time.monotonic() + 30)
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_program_that_is_not_there_is_an_error_and_leaves_no_descriptor() -> None:
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    with pytest.raises(FileNotFoundError):
        processes.start([b"/nowhere/git"], {})
    assert (len(os.listdir("/proc/self/fd")) if before else 0) == before


def test_it_reads_what_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "given").write_text("given\n")
    handle = os.open(tmp_path / "given", os.O_RDONLY)
    child = processes.start([b"/bin/cat"], {}, handle)
    os.close(handle)
    processes.gather([child], time.monotonic() + 20)
    assert child.out == b"given\n"


def test_programs_are_found_on_absolute_entries_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text("#!/bin/sh\n")
        (tmp_path / folder / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path / "here")
    assert processes.which("tool", f":.:../there:{tmp_path}/there") == f"{tmp_path}/there/tool"
    assert processes.which("tool", ":.:../there") is None
    (tmp_path / "there" / "tool").chmod(0o644)
    assert processes.which("tool", f"{tmp_path}/there") is None


def test_without_posix_spawn_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_SPAWNS", False)
    fine, slow, much = run("echo out; echo err >&2", "exec sleep 60", "head -c 2000 /dev/zero", seconds=1, most=1000)
    assert (fine.out, fine.err, fine.is_good) == (b"out\n", b"err\n", True)
    assert (slow.cut, slow.is_good) == ("too long", False)
    assert (much.cut, len(much.out)) == ("too much", 1000)
