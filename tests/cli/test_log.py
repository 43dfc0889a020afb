"""``exparse log``."""

from __future__ import annotations

import errno
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run, soon

from exparse.cli.log import NoSuchPart, log
from exparse.errors import RunNotFound
from exparse.store import liveness
from exparse.store.root import Root
from exparse.store.run import Run
from exparse.streams.segments import Segments


def printed(root: Path, selector: str = "last", **options: Any) -> Paper:
    """Print a log; ``options`` are those of :func:`exparse.cli.log.log`."""
    to = Paper()
    usual = {"stream": "stdout", "part": None, "most": None, "is_followed": False, "raw": False}
    assert log(Root(root), selector, **{**usual, **options}, to=to) == 0
    return to


def with_logs(root: Path, **logs: bytes) -> Run:
    """Make a run with logs; ``stdout_1`` stands for ``stdout.1.log``."""
    run = make_run(root)
    for name, data in logs.items():
        (run.path / f"{name.replace('_', '.')}.log").write_bytes(data)
    return run


def test_standard_output_is_printed_unless_the_other_is_asked_for(root: Path) -> None:
    with_logs(root, stdout=b"one\ntwo\n", stderr=b"oops\n")
    assert printed(root).said == "one\ntwo\n"
    assert printed(root, stream="stderr").said == "oops\n"
    assert printed(root, most=1).said == "two\n"


def test_each_log_stands_under_its_name_where_all_are_asked_for(root: Path) -> None:
    with_logs(root, stdout=b"one\ntwo", stderr=b"oops\n", stdout_1=b"rank\n")
    said = printed(root, stream="all").said
    assert said == "==> stdout.log <==\none\ntwo\n\n==> stderr.log <==\noops\n\n==> stdout.1.log <==\nrank\n"
    assert printed(root, stream="all", part="1").said == "==> stdout.1.log <==\nrank\n"


def test_what_a_terminal_would_obey_is_escaped_and_raw_passes_it(root: Path, exparse: Any) -> None:
    evil = b"\x1b]0;pwn\x07a\tb\r\nc\rd\x9b1m \xe2\x80\xae \xff\x00\n" + "größe ▁\n".encode()
    with_logs(root, stdout=evil)
    assert printed(root).said == "\\x1b]0;pwn\\x07a\tb\nc\\rd\\x9b1m \\u202e \\xff\\x00\ngröße ▁\n"
    answer = subprocess.run([sys.executable, "-m", "exparse", "log", "1", "--raw"], cwd=root, capture_output=True)
    assert (answer.stdout, answer.returncode) == (evil, 0)


def test_a_part_is_printed_and_an_unknown_one_is_an_error_with_those_there_are(root: Path) -> None:
    with_logs(root, stdout=b"one\n", stdout_1=b"rank\n", stderr_w2=b"worker\n")
    assert printed(root, part="1").said == "rank\n"
    with pytest.raises(NoSuchPart, match="There is 1, w2"):
        printed(root, part="7")
    with pytest.raises(NoSuchPart, match="There is 1, w2"):
        printed(root, part="w1")
    make_run(root)
    with pytest.raises(NoSuchPart, match="No other process"):
        printed(root, part="1")


@pytest.mark.parametrize("part", ["../../x", "", "\x1b[2J", "1/../1"])
def test_a_part_never_leads_out_of_the_run(root: Path, part: str) -> None:
    with_logs(root, stdout=b"one\n")
    with pytest.raises(NoSuchPart):
        printed(root, part=part)


def test_where_nothing_was_printed_it_is_said_why(root: Path) -> None:
    with_logs(root, stderr=b"oops\n")
    assert printed(root).noted == "run 1 printed nothing on stdout; there is stderr.log (--all)\n"
    make_run(root)
    assert printed(root, stream="all").noted == "run 2 printed nothing\n"
    make_run(root, facts={"capture": "off"})
    assert printed(root).noted == "run 3 was not captured (capture=off)\n"


def test_of_several_runs_the_newest_is_meant_and_said(root: Path) -> None:
    with_logs(root, stdout=b"one\n")
    with_logs(root, stdout=b"two\n")
    to = printed(root, "1:2")
    assert (to.said, to.noted) == ("two\n", "2 runs match 1:2: this is the newest, 2\n")


def test_an_unknown_run_is_an_error_that_knows_the_trash(root: Path) -> None:
    run = with_logs(root, stdout=b"one\n")
    with pytest.raises(RunNotFound):
        printed(root, "9")
    Root(root).remove(run)
    with pytest.raises(Exception, match="is in the trash: exparse restore 1"):
        printed(root, "1")


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_a_log_that_is_no_plain_file_is_one_line(root: Path, kind: str, exparse: Any) -> None:
    path = make_run(root).path / "stdout.log"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/etc/passwd")
    answer = exparse("log", "1")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (1, "", 1)
    assert "no plain file" in answer.stderr


def test_one_damaged_log_keeps_none_of_the_others_from_being_read(root: Path) -> None:
    run = with_logs(root, stdout=b"one\n", stdout_1=b"rank\n")
    (run.path / "stderr.log").mkdir()
    for options in ({}, {"most": 3}, {"is_followed": True}):
        to = printed(root, stream="all", **options)
        assert to.said == "==> stdout.log <==\none\n\n==> stdout.1.log <==\nrank\n"
        assert to.noted.count("no plain file") == 1


def running(root: Path) -> Run:
    """Make a run whose process is this one."""
    return make_run(root, state="running", seconds=None, exit_code=None, facts={"process": liveness.this_process()})


def end(run: Run) -> None:
    """Say that a run is over."""
    status = run.path / "status.json"
    status.write_text(status.read_text().replace('"running"', '"finished"'))


def test_a_run_is_followed_until_it_ends(root: Path, tmp_path: Path) -> None:
    run = running(root)
    command = [sys.executable, "-m", "exparse", "log", "last", "-f"]
    follower = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    with (run.path / "stdout.log").open("ab", buffering=0) as stream:
        for number in range(3):
            stream.write(b"%d\nhal" % number)
            assert follower.stdout.readline().endswith(f"{number}\n")
            assert follower.poll() is None
        stream.write(b"f")
    end(run)
    assert follower.stdout.read() == "half"
    follower.stdout.close()
    assert follower.wait(timeout=30) == 0


def test_following_begins_with_the_last_lines_and_tells_streams_apart(root: Path) -> None:
    run = running(root)
    (run.path / "stdout.log").write_bytes(b"1\n2\n3\n")

    def go_on() -> None:
        deadline = soon()
        while "3" not in to.said and time.monotonic() < deadline:
            time.sleep(0.01)
        (run.path / "stderr.log").write_bytes(b"oops\n")
        end(run)

    to = Paper()
    thread = threading.Thread(target=go_on)
    thread.start()
    assert log(Root(root), "last", "all", None, 2, True, False, to) == 0
    thread.join()
    assert to.said == "==> stdout.log <==\n2\n3\n\n==> stderr.log <==\noops\n"


def test_following_a_run_that_is_over_prints_it_and_ends(root: Path) -> None:
    with_logs(root, stdout=b"one\ntwo")
    assert printed(root, is_followed=True).said == "one\ntwo"


def test_following_ends_where_the_run_is_removed(root: Path) -> None:
    run = running(root)
    (run.path / "stdout.log").write_bytes(b"one\n")
    timer = threading.Timer(0.3, lambda: Root(root).remove(run))
    timer.start()
    assert printed(root, is_followed=True).said == "one\n"
    timer.join()


def test_ctrl_c_ends_following_as_it_ends_tail(root: Path, tmp_path: Path) -> None:
    run = running(root)
    (run.path / "stdout.log").write_bytes(b"one\n")
    command = [sys.executable, "-m", "exparse", "log", "last", "-f"]
    follower = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "one\n"
    follower.send_signal(signal.SIGINT)
    out, err = follower.communicate(timeout=30)
    assert (out, err, follower.returncode) == ("", "", 130)


def test_a_closed_pipe_ends_following_without_a_word(root: Path, tmp_path: Path) -> None:
    run = running(root)
    log_of_run = run.path / "stdout.log"
    log_of_run.write_bytes(b"one\n")
    command = ["sh", "-c", '"$0" -m exparse log last -f | head -1', sys.executable]
    follower = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert follower.stdout is not None
    assert follower.stdout.readline() == "one\n"
    with log_of_run.open("ab", buffering=0) as stream:
        deadline = soon()
        while follower.poll() is None and time.monotonic() < deadline:
            stream.write(b"more\n")
            time.sleep(0.05)
    out, err = follower.communicate(timeout=30)
    assert (out, err, follower.returncode) == ("", "", 0)


def test_a_person_sees_a_line_that_is_still_rewritten(root: Path, tmp_path: Path) -> None:
    run = running(root)
    bar = Segments(str(run.path / "stdout.log"))
    bar.append(b"10 % \x1b[2J")
    bar.commit()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "exparse", "log", "last", "-f"]
    follower = subprocess.Popen(command, cwd=tmp_path, stdout=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    seen = until(ours, b"10 %")
    bar.replace(b"90 %")
    bar.commit()
    seen += until(ours, b"90 %")
    bar.replace(b"100 %\n")
    bar.finish()
    end(run)
    seen += until(ours, b"100 %\r\n")
    assert follower.wait(timeout=30) == 0
    os.close(ours)
    assert seen == b"10 % \\x1b[2J\r\x1b[K90 %\r\x1b[K100 %\r\n"


def until(terminal: int, text: bytes) -> bytes:
    """Read from a terminal until a text has come."""
    seen, deadline = b"", soon()
    while text not in seen and time.monotonic() < deadline:
        seen += os.read(terminal, 1000)
    return seen


def test_a_run_that_may_not_be_looked_into_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, listdir = make_run(root), os.listdir

    def refused(path: str) -> list[str]:
        if path == run.folder:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return listdir(path)

    monkeypatch.setattr(os, "listdir", refused)
    with pytest.raises(PermissionError):
        log(Root(root), "1", "stdout", None, None, False, False, Paper())
