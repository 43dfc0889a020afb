"""A view that is drawn anew on a terminal."""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from making import Paper, make_run, soon

from exparse.cli.output import Output
from exparse.cli.watch import NoTerminal, watch

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

termios = pytest.importorskip("termios", reason="there are no pseudo-terminals on this system")

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


class Terminal(NamedTuple):
    """A terminal, and what is shown on it."""

    screen: int
    out: Any

    def resize(self, columns: int, lines: int) -> None:
        termios.tcsetwinsize(self.screen, (lines, columns)) if sys.version_info >= (3, 11) else _resize(
            self.screen, columns, lines
        )

    def said(self) -> str:
        """Return what was written since the last look."""
        parts = []
        while select.select([self.screen], [], [], 0.02)[0]:
            parts.append(os.read(self.screen, 65536))
        return b"".join(parts).decode()


def _resize(handle: int, columns: int, lines: int) -> None:
    import fcntl
    import struct

    fcntl.ioctl(handle, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """Open a terminal of 40 columns and 6 lines."""
    monkeypatch.setenv("TERM", "xterm")
    screen, line = os.openpty()
    found = Terminal(screen, os.fdopen(line, "w", encoding="utf-8"))
    found.resize(40, 6)
    yield found
    found.out.close()
    os.close(screen)


class Views:
    """A view that ends the watch, as Ctrl-C does, after some frames."""

    def __init__(self, text: str, most: int) -> None:
        self.text, self.most = text, most
        self.sizes: list[tuple[int | None, int]] = []

    def __call__(self, to: Output, lines: int) -> None:
        self.sizes.append((to.width, lines))
        if len(self.sizes) > self.most:
            raise KeyboardInterrupt
        to.text(self.text)
        to.note("a note")


def test_frames_fit_the_terminal_which_is_given_back(terminal: Terminal) -> None:
    view = Views("\n".join(f"line {number} {'x' * 60}" for number in range(9)), 2)
    with pytest.raises(KeyboardInterrupt):
        watch(view, 0.01, "runs", Output(terminal.out, io.StringIO()))
    said = terminal.said()
    assert said.startswith(ENTER) and said.endswith(LEAVE) and said.count(ENTER) == said.count(LEAVE) == 1
    assert view.sizes == [(40, 5)] * 3
    # The terminal itself puts another \r before each \n.
    lines = [line.rstrip("\r").removeprefix("\x1b[2K") for line in said.split("\x1b[H")[1].split("\n")]
    assert len(lines) == 6 and lines[0].startswith("runs - every 0.01 s") and lines[5].startswith("line 4 xxx")
    assert max(map(len, lines)) <= 40


def test_notes_are_shown_where_there_is_room_for_them(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt):
        watch(Views("one line", 1), 0.01, "runs", Output(terminal.out, io.StringIO()))
    assert "one line" in (said := terminal.said()) and "a note" in said


def test_another_size_of_the_terminal_is_drawn_on_at_once(terminal: Terminal) -> None:
    view = Views("x", 1)

    def resizing(to: Output, lines: int) -> None:
        view(to, lines)
        terminal.resize(30, 4)

    with pytest.raises(KeyboardInterrupt):
        watch(resizing, 3600, "runs", Output(terminal.out, io.StringIO()))
    assert view.sizes == [(40, 5), (30, 3)]


def test_a_view_that_is_refused_at_first_takes_no_screen(terminal: Terminal) -> None:
    with pytest.raises(KeyboardInterrupt):
        watch(Views("x", 0), 0.01, "runs", Output(terminal.out, io.StringIO()))
    assert terminal.said() == ""


def test_signals_have_the_handlers_that_they_had(terminal: Terminal) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP)]
    with pytest.raises(KeyboardInterrupt):
        watch(Views("x", 1), 0.01, "runs", Output(terminal.out, io.StringIO()))
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP)] == before


def test_without_a_terminal_it_is_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoTerminal, match="standard output is none"):
        watch(Views("x", 1), 1, "runs", Paper())
    monkeypatch.setenv("TERM", "dumb")
    with pytest.raises(NoTerminal, match="TERM=dumb"):
        watch(Views("x", 1), 1, "runs", Output(terminal.out, io.StringIO()))


def seen(terminal: Terminal, process: subprocess.Popen[bytes], text: str) -> str:
    """Wait until a text is on the screen; return what came until then."""
    said, end = "", soon()
    while text not in said and time.monotonic() < end and process.poll() is None:
        said += terminal.said()
    assert text in said, said
    return said


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_command_watches_until_it_is_told_to_end(
    number: int, code: int, root: Path, terminal: Terminal, tmp_path: Path
) -> None:
    make_run(root, {"lr": 0.5})
    terminal.resize(80, 24)
    argv = [sys.executable, "-m", "exparse", "ls", "--watch", "0.1"]
    with subprocess.Popen(argv, cwd=tmp_path, stdout=terminal.out, stderr=subprocess.PIPE) as process:
        said = seen(terminal, process, "finished")
        make_run(root, {"lr": 0.25})
        said += seen(terminal, process, "0.25")
        process.send_signal(number)
        assert process.wait(30) == code, said
        assert process.stderr is not None and process.stderr.read() == b""
    said += terminal.said()
    assert said.startswith(ENTER) and said.endswith(LEAVE) and "0.25" in said
