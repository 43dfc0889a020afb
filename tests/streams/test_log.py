r"""The law of a log: whatever comes in whatever pieces, the file is what the specification below says of the whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams.specification import HEAD, LINE, SEGMENT, collapsed, masked, specified

from exparse.store import logs
from exparse.streams.log import Log

PIECES = st.lists(
    st.one_of(
        st.sampled_from([b"\r", b"\n", b"\r\n", b"\r\r", b"a", b"\rb", b"c\r", b"dd\n", b"\xff\xfe", b""]),
        st.text("ab\r\n\r", max_size=30).map(str.encode),
        st.integers(0, 3 * LINE).map(lambda count: b"x" * count),
    ),
    max_size=40,
)


def log_at(path: Path, secrets: tuple[bytes, ...] = ()) -> Log:
    return Log(lambda: str(path), secrets, None, HEAD, SEGMENT, LINE)


def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "stdout.log"


def content(path: Path) -> bytes:
    try:
        return logs.read(str(path))
    except FileNotFoundError:
        return b""


@given(pieces=PIECES, flushed=st.booleans())
def test_a_log_holds_what_the_specification_says_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], flushed: bool
) -> None:
    path = fresh(tmp_path_factory)
    log = log_at(path)
    for piece in pieces:
        log.write(piece)
        if flushed:
            log.flush()
    log.finish()
    expected = specified(b"".join(pieces))
    assert content(path) == expected
    assert not logs.tails(str(path))
    assert (path.read_bytes() if path.exists() else b"") == expected


@given(pieces=PIECES)
def test_what_was_flushed_can_be_read_at_any_moment(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = fresh(tmp_path_factory)
    log, came = log_at(path), b""
    for piece in pieces:
        log.write(piece)
        log.flush()
        came += piece
        assert content(path) == specified(came)


@given(pieces=PIECES, more=PIECES)
def test_a_log_goes_on_after_its_end(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], more: list[bytes]
) -> None:
    path = fresh(tmp_path_factory)
    log = log_at(path)
    for piece in pieces:
        log.write(piece)
    log.finish()
    before = content(path)
    for piece in more:
        log.write(piece)
    log.finish()
    if len(b"".join(pieces + more)) <= HEAD:
        assert content(path) == specified(b"".join(pieces + more))
    else:
        # The unfinished line may be written anew, all before it stays.
        assert content(path).startswith(before[: before.rfind(b"\n") + 1])


@given(first=PIECES, second=PIECES, joined=st.booleans())
def test_a_second_attempt_goes_on_in_the_same_log(
    tmp_path_factory: pytest.TempPathFactory, first: list[bytes], second: list[bytes], joined: bool
) -> None:
    path = fresh(tmp_path_factory)
    for number, pieces in enumerate((first, second)):
        log = log_at(path)
        for piece in pieces:
            log.write(piece)
        log.flush()
        if joined or number:
            log.finish()
    assert content(path) == specified(b"".join(first)) + specified(b"".join(second))


SECRETS = st.lists(st.text("ab", min_size=1, max_size=5).map(str.encode), min_size=1, max_size=4)


@given(pieces=st.lists(st.text("abc", max_size=6).map(str.encode), max_size=12), secrets=SECRETS)
def test_a_secret_is_masked_in_whatever_pieces_it_comes(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], secrets: list[bytes]
) -> None:
    path = fresh(tmp_path_factory)
    log = Log(lambda: str(path), secrets)
    for piece in pieces:
        log.write(piece)
        log.flush()
    log.finish()
    assert content(path) == masked(b"".join(pieces), secrets)


@given(pieces=st.lists(st.text("abc", max_size=6).map(str.encode), max_size=12), secrets=SECRETS)
def test_no_more_is_held_back_than_may_be_the_beginning_of_a_secret(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], secrets: list[bytes]
) -> None:
    path = fresh(tmp_path_factory)
    log, came = Log(lambda: str(path), secrets), b""
    for piece in pieces:
        log.write(piece)
        log.flush()
        came += piece
        there = content(path)
        held = len(masked(came, secrets)) - len(there)
        assert masked(came, secrets).startswith(there) or held <= 0
        if not any(s.startswith(came[-n:]) and len(s) > n for s in secrets for n in range(1, len(s)) if came[-n:]):
            assert there == masked(came, secrets)


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        (b"one\ntwo\n", b"one\ntwo\n"),
        (b" 0%\r50%\r100%\n", b"100%\n"),
        (b"\r 0%\r50%\r100%\ndone\n", b"100%\ndone\n"),
        (b"working...\r", b"working..."),
        (b"dos\r\nlines\r\n", b"dos\r\nlines\r\n"),
        (b"50%\r\r\n", b"50%\r\n"),
        (b"\r\n", b"\r\n"),
        (b"a\rb\r\nc", b"b\r\nc"),
        (b"100%\rab", b"ab"),
        (b"\xff\xfe\r\x80\n", b"\x80\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_lines_that_a_return_writes_anew_stand_there_once(
    tmp_path: Path, printed: bytes, kept: bytes, size: int
) -> None:
    assert collapsed(printed) == kept
    log = Log(lambda: str(tmp_path / "stdout.log"))
    for start in range(0, len(printed), size):
        log.write(printed[start : start + size])
        log.flush()
    log.finish()
    assert (tmp_path / "stdout.log").read_bytes() == kept


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a run"
    made.mkdir()
    return made


def test_a_hundred_thousand_states_of_a_bar_leave_one_line(tmp_path: Path) -> None:
    log = Log(lambda: str(tmp_path / "stdout.log"))
    for step in range(100_000):
        log.write(b"\r%6d of 100000" % step)
    log.write(b"\n")
    log.finish()
    assert (tmp_path / "stdout.log").read_bytes() == b" 99999 of 100000\n"


def test_head_and_tail_of_a_flood_are_kept_and_the_file_says_so(folder: Path) -> None:
    path = folder / "stdout.log"
    log = Log(lambda: str(path))
    lines = [b"line %d of a flood, %s\n" % (n, b"x" * 70) for n in range(300_000)]
    for line in lines:
        log.write(line)
    log.flush()
    under_way = content(path)
    assert sum(os.path.getsize(entry) for entry in os.scandir(folder)) < 12 << 20
    log.finish()
    kept = path.read_bytes()
    assert kept == under_way
    assert kept.startswith(b"".join(lines[:80_000])) and kept.endswith(b"".join(lines[-10_000:]))
    whole = b"".join(lines)
    gap = next(line for line in kept.splitlines(keepends=True) if line.startswith(b"[exparse: "))
    count = int(gap.split()[1])
    assert gap == logs.left_out(count) and len(kept) - len(gap) + count == len(whole)
    assert os.listdir(folder) == ["stdout.log"]


def test_nothing_printed_leaves_no_file(folder: Path) -> None:
    log = Log(lambda: str(folder / "stdout.log"))
    log.write(b"")
    log.flush()
    log.finish()
    assert not os.listdir(folder)


def test_a_run_that_is_gone_is_not_made_anew(folder: Path) -> None:
    said: list[str] = []
    log = Log(lambda: str(folder / "gone" / "stdout.log"), (), said.append)
    log.write(b"words\n")
    log.finish()
    assert not os.listdir(folder) and not said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device is Linux's")
def test_a_full_disk_is_one_warning_and_then_silence() -> None:
    said: list[str] = []
    log = Log(lambda: "/dev/full", (), said.append)
    for _ in range(3):
        log.write(b"words\n")
        log.flush()
    log.finish()
    assert len(said) == 1 and "No space left" in said[0]


def test_a_descriptor_that_the_program_closed_and_reused_is_left_alone(folder: Path) -> None:
    path, other = folder / "stdout.log", folder / "other"
    log = Log(lambda: str(path))
    log.write(b"one\n")
    log.flush()
    handle = next(int(name) for name in os.listdir("/proc/self/fd") if _leads_to(name, path))
    os.close(handle)
    theirs = os.open(other, os.O_WRONLY | os.O_CREAT)
    os.dup2(theirs, handle)
    log.write(b"two\n")
    log.finish()
    os.close(handle)
    os.close(theirs)
    assert path.read_bytes() == b"one\ntwo\n" and other.read_bytes() == b""


def _leads_to(number: str, path: Path) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{number}") == str(path)
    except OSError:
        return False


def test_a_joined_log_that_was_not_tidied_up_reads_the_same(folder: Path) -> None:
    path = folder / "stdout.log"
    log = log_at(path)
    for number in range(40):
        log.write(b"line %d\n" % number)
    log.flush()
    before, tails = content(path), [(Path(tail), Path(tail).read_bytes()) for _, _, tail in logs.tails(str(path))]
    assert tails
    log.finish()
    for tail, data in tails:
        tail.write_bytes(data)
    assert content(path) == before
    again = log_at(path)
    again.write(b"on\n")
    again.finish()
    assert path.read_bytes() == before + b"on\n"
