"""Where the command speaks: lines on standard output, notes and warnings on standard error."""

from __future__ import annotations

import os
import sys

from exparse.query import bars
from exparse.query.shown import visible
from exparse.query.spark import BLOCKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import TextIO, TypeVar

    T = TypeVar("T")


# A terminal of more columns than these digits tell is none.
_LONGEST_WIDTH = 5


class Output:
    """Two streams and the width of what they are shown on.

    Args:
        out: For what was asked.
        err: For notes, warnings, questions and progress.
        width: Columns that a line may take; None where nothing limits it.

    What is written by :meth:`line`, :meth:`note` and :meth:`warn` has no power over a terminal: see
    :func:`exparse.query.shown.visible`.
    """

    def __init__(self, out: TextIO, err: TextIO, width: int | None = None) -> None:
        self.out, self.err, self.width = out, err, width

    def line(self, text: str = "") -> None:
        """Print one line."""
        self.out.write(f"{visible(text)}\n")

    def text(self, text: str) -> None:
        """Print lines whose parts have been made harmless already, each ended."""
        self.out.write(text if text.endswith("\n") or not text else f"{text}\n")

    def path(self, path: str) -> None:
        """Print a path: to a program byte for byte, to a person harmless."""
        binary = getattr(self.out, "buffer", None)
        if binary is None or self.out.isatty():
            self.line(path)
            return
        self.out.flush()
        binary.write(os.fsencode(path) + b"\n")

    def raw(self, data: bytes) -> None:
        """Print bytes as they are, whatever a terminal makes of them."""
        binary = getattr(self.out, "buffer", None)
        if binary is None:
            self.out.write(data.decode("utf-8", "surrogateescape"))
            return
        self.out.flush()
        binary.write(data)

    def block(self, data: bytes) -> None:
        """Print lines of a file, harmless: tabs and line ends pass, what is no UTF-8 is escaped."""
        text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        if not (text.isascii() and text.replace("\n", "").replace("\t", "").isprintable()):
            lines = (map(visible, line.split("\t")) for line in text.split("\n"))
            text = "\n".join(map("\t".join, lines))
        self.out.write(text)

    @property
    def encoding(self) -> str:
        """The encoding of standard output."""
        return getattr(self.out, "encoding", None) or "utf-8"

    @property
    def knows_blocks(self) -> bool:
        """Whether the characters of a sparkline can be shown; ASCII has others."""
        try:
            BLOCKS.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return os.environ.get("TERM") not in ("linux", "dumb") or not self.out.isatty()

    def note(self, text: str, hang: int = 0) -> None:
        """Say something beside what was asked; where it takes several lines, the others begin in column ``hang``."""
        self.out.flush()
        self.err.write(f"{self._folded(visible(text), hang)}\n")

    def _folded(self, text: str, hang: int) -> str:
        """Return a text in lines that end at blanks, where a person reads it on a terminal."""
        if self.width is None or len(text) <= self.width or not self.err.isatty():
            return text
        from textwrap import fill

        return fill(text, self.width, subsequent_indent=" " * hang, break_long_words=False, break_on_hyphens=False)

    def warn(self, text: str) -> None:
        """Say that something was not as it should be, although the command goes on."""
        self.note(f"exparse: warning: {text}")

    def progress(self, things: Collection[T], doing: str) -> Iterable[T]:
        """Return ``things`` with a progress bar where they take over a second and a person watches."""
        if not self.err.isatty():
            return things
        return self._counted(things, self.counter(len(things), doing))

    @staticmethod
    def _counted(things: Iterable[T], count: Callable[[int], object]) -> Iterator[T]:
        for thing in things:
            yield thing
            count(1)

    def counter(self, total: int, doing: str) -> Callable[[int], object]:
        """Return a function that takes how many more of ``total`` runs are done, and shows it as :meth:`progress`."""
        return bars.counter(total, doing, self.err) if self.err.isatty() else bars.unseen

    def agrees(self, question: str) -> bool | None:
        """Return whether the person at the terminal says yes; None where there is none."""
        if sys.stdin is None or not sys.stdin.isatty():
            return None
        self.out.flush()
        self.err.write(f"{visible(question)} [y/N] ")
        self.err.flush()
        return sys.stdin.readline().strip().casefold() in ("y", "yes")


def standard() -> Output:
    """Return the output of this process; what is not Unicode is escaped instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    # A stream that was closed before the start is None.
    out, err = (stream or open(os.devnull, "w", encoding="utf-8") for stream in (sys.stdout, sys.stderr))
    return Output(out, err, _width(out))


def _width(out: TextIO) -> int | None:
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and len(said) < _LONGEST_WIDTH and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(out.fileno()).columns or None if out.isatty() else None
    except (OSError, ValueError):
        return None
