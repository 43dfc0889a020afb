"""Logs, read while they are written as the recorder writes them."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import DamagedFile
from exparse.query import logs
from exparse.query.logs import Log
from exparse.query.printed import Printed
from exparse.store import logs as on_disk
from exparse.streams.segments import Segments

HEAD, SEGMENT, LONGEST = 64, 32, 24


def everything(printed: Printed, is_over: bool = False) -> bytes:
    """Read until nothing comes any more."""
    parts = []
    while data := printed.read(is_over):
        parts.append(data)
    return b"".join(parts)


def test_whole_lines_come_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    printed = Printed(str(path))
    assert printed.read() == b""
    with path.open("ab", buffering=0) as stream:
        stream.write(b"one\ntw")
        assert everything(printed) == b"one\n"
        stream.write(b"o\n")
        assert everything(printed) == b"two\n"
        stream.write(b"end")
        assert everything(printed) == b""
        assert everything(printed, is_over=True) == b"end"


def test_a_line_that_is_rewritten_comes_once(tmp_path: Path) -> None:
    log = Segments(str(tmp_path / "stdout.log"))
    printed = Printed(str(tmp_path / "stdout.log"))
    seen = b""
    for percent in range(0, 101, 10):
        log.replace(b"%d %%" % percent)
        log.commit()
        seen += everything(printed)
    log.append(b"\n")
    log.finish()
    assert seen + everything(printed, is_over=True) == b"100 %\n"


def test_an_unfinished_line_can_be_looked_at_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    printed = Printed(str(path))
    assert printed.unfinished() == b""
    path.write_bytes(b"one\ntwo")
    assert printed.unfinished() == b""
    assert everything(printed) == b"one\n"
    assert printed.unfinished() == printed.unfinished() == b"two"
    assert everything(printed, is_over=True) == b"two"


@pytest.mark.parametrize("joined_between", [False, True])
def test_who_follows_closely_misses_nothing_of_a_log_that_is_cut(tmp_path: Path, joined_between: bool) -> None:
    log = Segments(str(tmp_path / "stdout.log"), HEAD, SEGMENT, LONGEST)
    printed = Printed(str(tmp_path / "stdout.log"))
    written = seen = b""
    for number in range(200):
        line = b"line %d\n" % number
        log.append(line)
        log.commit()
        written += line
        seen += everything(printed)
        if joined_between and number % 50 == 49:
            log.finish()
    log.finish()
    assert seen + everything(printed, is_over=True) == written


def test_who_comes_late_is_told_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    log = Segments(str(path), HEAD, SEGMENT, LONGEST)
    printed = Printed(str(path))
    for number in range(5):
        log.append(b"line %d\n" % number)
    log.commit()
    early = everything(printed)
    assert early == b"".join(b"line %d\n" % number for number in range(5))
    for number in range(5, 100):
        log.append(b"line %d\n" % number)
    log.commit()
    before = Printed(str(path))
    live, whole = early + everything(printed), everything(before)
    log.finish()
    assert live == whole == path.read_bytes()
    assert b"bytes left out here]\n" in whole and whole.endswith(b"line 99\n")
    assert everything(printed, is_over=True) == b""


lines = st.lists(st.binary(max_size=30).map(lambda text: text.replace(b"\n", b"x") + b"\n"), max_size=40)


@given(written=lines, looks=st.lists(st.booleans(), min_size=41, max_size=41), tail=st.binary(max_size=30))
def test_what_is_read_in_pieces_is_what_lies_there_at_the_end(
    written: list[bytes], looks: list[bool], tail: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdout.log"
        log, printed, seen = Segments(str(path), HEAD, SEGMENT, LONGEST), Printed(str(path)), b""
        for text, look in zip([*written, tail], looks, strict=False):
            log.append(text)
            log.commit()
            seen += everything(printed) if look else b""
        log.finish()
        seen += everything(printed, is_over=True)
        there = path.read_bytes() if path.exists() else b""
        # Gaps may lie elsewhere; what both have must be the same, from both ends.
        if b"left out here" not in there:
            assert seen == there
        assert seen.endswith(there[-SEGMENT:])
        assert there.startswith(seen[:HEAD][: min(len(seen), HEAD)])


@given(st.lists(st.text("ab", max_size=5), max_size=30), st.booleans(), st.integers(1, 12), st.integers(4, 60))
def test_the_last_lines_are_found_from_the_end(texts: list[str], ended: bool, count: int, head: int) -> None:
    whole = "\n".join(texts).encode() + (b"\n" if ended and texts else b"")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdout.log"
        log = Segments(str(path), head, 1000, LONGEST)
        log.append(whole)
        log.commit()
        printed = Printed(str(path))
        printed.to_last_lines(count)
        expected = whole.splitlines(keepends=True)[-count:]
        assert everything(printed, is_over=True) == b"".join(expected)


def test_a_long_log_is_searched_from_its_end(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    path.write_bytes(b"".join(b"%d %s\n" % (number, b"x" * 1000) for number in range(1000)))
    printed = Printed(str(path))
    printed.to_last_lines(300)
    assert everything(printed).startswith(b"700 x")


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "stdout.log"
    path.mkdir() if kind == "folder" else path.symlink_to("/etc/passwd")
    with pytest.raises(DamagedFile):
        Printed(str(path)).read()


KILLED = """
import os, signal, sys
from exparse.streams.segments import Segments
log = Segments(sys.argv[1])
for number in range(400_000):
    log.append(b"line %d of a flood, that goes on\\n" % number)
    if number % 100 == 0:
        log.commit()
log.append(b"the unfinished")
log.commit()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_flood_whose_writer_was_killed_ends_with_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    assert subprocess.run([sys.executable, "-c", KILLED, str(path)]).returncode == -signal.SIGKILL
    *_, (_, _, last) = on_disk.tails(str(path))
    assert Path(last).read_bytes().endswith(b"\0" * 1000), "the segment was not used before, so nothing is tested"
    whole = on_disk.read(str(path))
    assert everything(Printed(str(path)), is_over=True) == whole
    lines = whole.decode().splitlines()
    assert lines[-2:] == ["line 399999 of a flood, that goes on", "the unfinished"]
    kept = [line for line in lines if "left out" not in line]
    # The unfinished line, some lines, and so many that they begin in the segment before, and in the head.
    for count in (1, 3, 20_000, 40_000, 100_000):
        printed = Printed(str(path))
        printed.to_last_lines(count)
        shown = everything(printed, is_over=True).decode().splitlines()
        assert [line for line in shown if "left out" not in line] == kept[-count:]
    assert logs.last_lines(str(tmp_path), Log("stdout.log", "stdout", None), 3) == lines[-3:]


def test_a_segment_of_which_nothing_is_written_yet_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    path.write_bytes(b"one\ntwo\n")
    (tmp_path / "stdout.log.tail-8-8").write_bytes(bytes(2 << 20))
    printed = Printed(str(path))
    assert everything(printed) == b"one\ntwo\n" and printed.unfinished() == b""
    printed.to_last_lines(1)
    assert everything(printed, is_over=True) == b"two\n"


def test_the_last_lines_may_begin_in_the_segment_before(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    log = Segments(str(path), HEAD, SEGMENT, LONGEST)
    for number in range(100):
        log.append(b"line %d\n" % number)
    log.commit()
    for count in range(1, 12):
        found = logs.last_lines(str(tmp_path), Log("stdout.log", "stdout", None), count)
        assert found[-4:] == [f"line {number}" for number in range(100)][-count:][-4:] and len(found) == count
