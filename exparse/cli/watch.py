"""A view that is drawn anew again and again on a terminal, which is given back as it was."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from contextlib import contextmanager

from exparse.cli.output import Output
from exparse.errors import ExparseError
from exparse.query.shown import cut

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    View = Callable[[Output, int], object]

PERIOD_S = 2.0
"""Seconds between two views unless others are asked for."""

# How soon a terminal of another size is drawn on anew.
_LOOK_S = 0.1
_DEFAULT_SIZE = (80, 24)
# The other screen of a terminal, on which nothing that was there is lost; and no cursor that blinks in the middle.
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
_HOME, _NEW_LINE, _BELOW = "\x1b[H", "\r\n", "\r\n\x1b[J"
# Before the line is written: behind one as wide as the screen it would take the last character away.
_CLEAR = "\x1b[2K"


class NoTerminal(ExparseError):
    """There is nothing to draw on again and again."""

    def __init__(self, why: str) -> None:
        super().__init__(f"--watch draws on a terminal, and {why}. Leave it out, or call `exparse ls` again and again")


def watch(view: View, period_s: float, title: str, to: Output) -> None:
    """Draw a view until Ctrl-C.

    Args:
        view: Prints to an output of the terminal's width; it is told how many lines there is room for.
        period_s: Seconds from the end of one view to the next. Another size of the terminal is a reason, too.
        title: What stands above it.
        to: A terminal.

    Raises:
        NoTerminal: If it is none, or one that cannot be drawn over.
        KeyboardInterrupt: By Ctrl-C, the terminal as it was.
    """
    _check(to)
    # What is refused is refused before the screen is taken.
    size, frame = _framed(view, title, period_s, to.out)
    with _screen(to.out):
        while True:
            _show(frame, size, to.out)
            _wait(period_s, size, to.out)
            size, frame = _framed(view, title, period_s, to.out)


def _check(to: Output) -> None:
    if not to.out.isatty():
        raise NoTerminal("standard output is none")
    if os.environ.get("TERM") == "dumb":
        raise NoTerminal("this one (TERM=dumb) cannot be drawn over")


def _framed(view: View, title: str, period_s: float, out: TextIO) -> tuple[os.terminal_size, list[str]]:
    """Return the size of the terminal, and the lines that fit on it: the title, the table, what is to be noted."""
    size = _size(out)
    said, noted = io.StringIO(), io.StringIO()
    clock = time.strftime("%H:%M:%S")
    head = f"{title} - every {period_s:g} s - {clock} - Ctrl-C ends it"
    view(Output(said, noted, size.columns), max(1, size.lines - 1))
    table, notes = said.getvalue().splitlines(), noted.getvalue().splitlines()
    room = max(0, size.lines - 1 - len(table))
    lines = [head, *table, *notes[:room]]
    return size, [cut(line, size.columns) for line in lines[: size.lines]]


def _size(out: TextIO) -> os.terminal_size:
    try:
        columns, lines = os.get_terminal_size(out.fileno())
    except (OSError, ValueError):
        columns, lines = 0, 0
    return os.terminal_size((columns or _DEFAULT_SIZE[0], lines or _DEFAULT_SIZE[1]))


def _show(lines: list[str], size: os.terminal_size, out: TextIO) -> None:
    below = _BELOW if len(lines) < size.lines else ""
    out.write(_HOME + _NEW_LINE.join(_CLEAR + line for line in lines) + below)
    out.flush()


def _wait(period_s: float, size: os.terminal_size, out: TextIO) -> None:
    end = time.monotonic() + period_s
    while (left := end - time.monotonic()) > 0 and _size(out) == size:
        time.sleep(min(left, _LOOK_S))


@contextmanager
def _screen(out: TextIO) -> Iterator[None]:
    """Take the other screen of the terminal, and give back the first, however this ends or stops."""

    def ended(number: int, frame: object) -> None:
        sys.exit(128 + number)

    def stopped(number: int, frame: object) -> None:
        _say(_LEAVE, out)
        # Itself, not the group: whoever else is in it got the signal from the terminal, too.
        os.kill(os.getpid(), signal.SIGSTOP)
        _say(_ENTER, out)

    handlers: dict[str, Callable[[int, object], None]] = {"SIGTERM": ended, "SIGHUP": ended, "SIGTSTP": stopped}
    there = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, handler) for number, handler in there.items()}
    _say(_ENTER, out)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _say(_LEAVE, out)


def _say(sequence: str, out: TextIO) -> None:
    """Write past the buffer of the stream, in which half a view may be waiting."""
    os.write(out.fileno(), sequence.encode("ascii"))
