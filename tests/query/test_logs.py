"""The logs of a run."""

from __future__ import annotations

from pathlib import Path

from exparse.query import logs
from exparse.query.logs import Log


def test_logs_are_listed_the_programs_own_first_then_by_rank(tmp_path: Path) -> None:
    names = ["stdout.10.log", "stdout.log", "stderr.2.log", "stdout.2.log", "stderr.log", "stdout.w1.log"]
    for name in [*names, "stdout.log.tail-10-20", "other.log", "stdout.txt", "stdout", "stdoutx.log", ".stdout.log"]:
        (tmp_path / name).write_text("x")
    assert [log.name for log in logs.logs(str(tmp_path))] == [
        "stdout.log",
        "stderr.log",
        "stdout.w1.log",
        "stdout.2.log",
        "stderr.2.log",
        "stdout.10.log",
    ]
    assert Log("stderr.2.log", "stderr", "2") in logs.logs(str(tmp_path))
    assert logs.logs(str(tmp_path / "nowhere")) == []


def test_the_last_lines_are_texts(tmp_path: Path) -> None:
    (tmp_path / "stdout.log").write_bytes(b"1\n2\r\n\xff\n\n5")
    log = Log("stdout.log", "stdout", None)
    assert logs.last_lines(str(tmp_path), log, 4) == ["2", "\\xff", "", "5"]
    assert logs.last_lines(str(tmp_path), log, 99)[0] == "1"


def test_a_log_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "stdout.log").mkdir()
    (line,) = logs.last_lines(str(tmp_path), Log("stdout.log", "stdout", None), 4)
    assert "no plain file" in line
