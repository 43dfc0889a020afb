"""Logs as they lie on disk, under way, joined, or left by a writer that was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import DamagedFile
from exparse.store import files, logs
from exparse.streams.segments import Segments


def flood(path: Path, count: int) -> tuple[Segments, bytes]:
    """Write lines to a log of small files, none of them ended; return its writer and all that was printed."""
    log = Segments(str(path), head=64, segment=32, longest_line=24)
    lines = [b"line %d\n" % number for number in range(count)]
    for line in lines:
        log.append(line)
        log.commit()
    return log, b"".join(lines)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("stdout.log", ("stdout", None)),
        ("stderr.3.w1.log", ("stderr", "3.w1")),
        ("stdout..log", None),
        ("stdout", None),
        ("stdoutx.log", None),
        ("metrics.1.log", None),
        ("stdout.log.tail-1-2", None),
        (".stdout.log", None),
    ],
)
def test_a_name_tells_stream_and_part(name: str, told: tuple[str, str | None] | None) -> None:
    assert logs.parse_name(name) == told
    assert told is None or logs.name(*told) == name


@pytest.mark.parametrize("count", [0, 5, 12, 40, 200])
def test_a_log_under_way_reads_as_it_will_when_it_is_joined(tmp_path: Path, count: int) -> None:
    path = tmp_path / "stdout.log"
    log, _ = flood(path, count)
    if not count:
        with pytest.raises(FileNotFoundError):
            logs.read(str(path))
        return
    before = logs.read(str(path))
    log.finish()
    assert before == path.read_bytes() == logs.read(str(path))


@given(printed=st.lists(st.binary(max_size=300), max_size=30))
def test_whatever_is_printed_reads_the_same_before_and_after_the_end(
    tmp_path_factory: pytest.TempPathFactory, printed: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("law") / "stdout.log"
    log = Segments(str(path), head=200, segment=100, longest_line=50)
    for data in printed:
        log.append(data)
        log.commit()
    before = logs.read(str(path)) if path.exists() else b""
    is_cut = bool(logs.tails(str(path)))
    log.finish()
    after = path.read_bytes() if path.exists() else b""
    # Of the last segment nobody but its writer knows whether NUL bytes at its end were printed.
    assert before == after or (is_cut and before == after.rstrip(b"\0"))


def test_what_a_segment_held_before_it_was_made_another_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "stdout.log"
    _, printed = flood(path, 100)
    *_, (_, _, before_last), (_, _, last) = logs.tails(str(path))
    for tail in (before_last, last):
        with open(tail, "ab") as stream:
            stream.write(bytes(500))
    data = logs.read(str(path))
    assert b"\0" not in data and printed.endswith(data.partition(b"left out here]\n")[2])
    assert data.endswith(b"line 98\nline 99\n")


def test_segments_that_become_others_while_they_are_read_are_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "stdout.log"
    log, printed = flood(path, 100)
    real = files.read_bytes

    def read_late(name: str, most: int) -> bytes:
        # The writer is always faster: each time something is read, it is a few segments further.
        nonlocal printed
        for _ in range(6):
            log.append(line := b"more %d\n" % len(printed))
            log.commit()
            printed += line
        return real(name, most)

    monkeypatch.setattr(files, "read_bytes", read_late)
    data = logs.read(str(path))
    head, gap, tail = data.partition(b"[exparse: ")
    assert b"\0" not in data and printed.startswith(head)
    assert not gap or printed[len(head) + int(tail.split()[0]) :].startswith(tail.partition(b"\n")[2])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.parametrize("name", ["stdout.log", "stdout.log.tail-1-2"])
def test_what_is_no_plain_file_is_neither_followed_nor_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    (tmp_path / "stdout.log").write_bytes(b"x")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    damaged = tmp_path / name
    damaged.unlink(missing_ok=True)
    make = {"link": lambda: damaged.symlink_to(secret), "pipe": lambda: os.mkfifo(damaged), "folder": damaged.mkdir}
    make[kind]()
    with pytest.raises(DamagedFile):
        logs.read(str(tmp_path / "stdout.log"))


def test_other_files_beside_a_log_are_no_segments(tmp_path: Path) -> None:
    for name in (
        "stdout.log.tail-x-1",
        "stdout.log.tail-5",
        "stdout.log.tail-spare",
        "stdout.log.tail-1-²",
        "other.tail-1-2",
    ):
        (tmp_path / name).write_bytes(b"x")
    assert logs.tails(str(tmp_path / "stdout.log")) == []


@given(data=st.binary(max_size=20), zeros=st.integers(0, 200_000))
def test_a_last_segment_is_written_up_to_the_nul_bytes_at_its_end(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, zeros: int
) -> None:
    path = tmp_path_factory.mktemp("law") / "tail"
    path.write_bytes(data + bytes(zeros))
    with path.open("rb") as stream:
        assert logs.written(stream) == len(data.rstrip(b"\0"))
