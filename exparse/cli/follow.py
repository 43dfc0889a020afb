"""Logs of a run, printed and followed while they grow, as ``tail -f`` does."""

from __future__ import annotations

import os
import time

from exparse.errors import DamagedFile, ExparseError
from exparse.query import logs
from exparse.query.printed import Printed
from exparse.query.shown import cut, visible
from exparse.store.fate import UNDER_WAY
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from exparse.cli.output import Output
    from exparse.query.logs import Log

PERIOD_S = 0.2
"""Seconds between two looks at a log that is followed."""

_STATE_EVERY = 5  # looks
# To the beginning of the line, and clear it.
_ANEW = "\r\x1b[K"


class Follower:
    """Prints logs of a run, each from where it left off.

    Args:
        run: The run.
        is_wanted: Which of its logs.
        raw: Whether bytes pass as they are.
        is_headed: Whether the name of each log stands above what it holds.
        to: Where to print.

    Attributes:
        has_printed: Whether there was anything to print.
    """

    def __init__(self, run: Run, is_wanted: Callable[[Log], bool], raw: bool, is_headed: bool, to: Output) -> None:
        self.run, self.is_wanted, self.raw, self.is_headed, self.to = run, is_wanted, raw, is_headed, to
        self.has_printed = False
        self._printed: dict[Log, Printed] = {}
        self._damaged: set[Log] = set()
        self._last: Log | None = None
        self._gap = ""
        self._bar = b""

    def begin(self, most: int | None, is_over: bool) -> None:
        """Print what is there.

        Args:
            most: How many lines from the end of each log; None for all.
            is_over: Whether last lines without their ends are printed, too.
        """
        for log in self._wanted():
            # What is no plain file is told when it is read.
            if most is not None and os.path.isfile(f"{self.run.folder}/{log.name}"):
                self._reader(log).to_last_lines(most)
        self._look(is_over)

    def follow(self) -> None:
        """Go on printing until the run is over, or nobody can tell any more; then print what is left."""
        looks = 0
        while looks % _STATE_EVERY or self._is_under_way():
            looks += 1
            time.sleep(PERIOD_S)
            self._look()
            self._show_bar()
        self._look(is_over=True)

    def _look(self, is_over: bool = False) -> None:
        for log in self._wanted():
            try:
                while data := self._reader(log).read(is_over):
                    self._print(log, data)
            except DamagedFile as problem:
                # One of several keeps none of the others from being read.
                if not self.is_headed:
                    raise
                self._damaged.add(log)
                self.to.warn(str(problem))
        self.to.out.flush()

    def _show_bar(self) -> None:
        """Show a person the line that is not ended yet, such as a progress bar; the next look takes it away again."""
        log = self._last or next(iter(self._wanted()), None)
        # Without a heading nobody knows whose line it would be.
        if log is None or (self.is_headed and not self._last) or not self.to.out.isatty():
            return
        bar = self._reader(log).unfinished()
        if bar and bar != self._bar:
            self._wipe()
            text = cut(visible(bar.decode("utf-8", "backslashreplace")), (self.to.width or 80) - 1)
            self.to.out.write(text)
            self.to.out.flush()
            self._bar = bar

    def _wipe(self) -> None:
        if self._bar:
            self.to.out.write(_ANEW)
            self._bar = b""

    def _reader(self, log: Log) -> Printed:
        if log not in self._printed:
            self._printed[log] = Printed(f"{self.run.folder}/{log.name}")
        return self._printed[log]

    def _wanted(self) -> list[Log]:
        return [log for log in logs.logs(self.run.folder) if self.is_wanted(log) and log not in self._damaged]

    def _is_under_way(self) -> bool:
        try:
            return Run(self.run.root, self.run.name, self.run.place).status.state in UNDER_WAY
        except (ExparseError, OSError):
            # Damaged, or moved to the trash.
            return False

    def _print(self, log: Log, data: bytes) -> None:
        self._wipe()
        if self._last != log and self.is_headed:
            self.to.text(f"{self._gap}==> {visible(log.name)} <==")
        self._last, self.has_printed = log, True
        self._gap = "\n" if data.endswith(b"\n") else "\n\n"
        (self.to.raw if self.raw else self.to.block)(data)
