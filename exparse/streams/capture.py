"""Keeping what a program prints: at the level of Python's streams, or below, at that of file descriptors.

``sys`` is what is asked for unless something else is: it never stands between the program and its terminal, so
exit status, errors of the disk or of a pipe, the order of stdout and stderr, and all that a terminal can do are the
program's own. It sees what Python code prints. ``fd`` also sees what subprocesses and C code print, crashes included;
what a program can tell then is listed in :mod:`exparse.streams.passing`.
"""

from __future__ import annotations

import os
import sys

from exparse.store import logs
from exparse.streams import tee as tees
from exparse.streams.log import Log
from exparse.streams.part import of_this_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from exparse.streams.passing import Passing
    from exparse.streams.tee import Tee

LEVELS = ("fd", "sys", "off")
STREAMS = ("stdout", "stderr")

_kept: list[Capture] = []
_watches_forks = False


class Capture:
    """What a run keeps of the program's output, from :func:`start` to :meth:`stop`.

    Attributes:
        level: ``"fd"`` where at least one stream is kept at that level, else ``"sys"``.
        joined: Whether stdout and stderr go to one place, so that ``stdout.log`` holds both in their order.
    """

    def __init__(self, folder: str, part: str | None, secrets: list[str], warn: Callable[[str], None] | None) -> None:
        self.folder, self.part = folder, part
        self.level, self.joined = "sys", False
        self._secrets, self._warn = secrets, warn
        self._owner = os.getpid()
        self._places: list[tuple[Tee, Log]] = []
        self._passing: Passing | None = None
        self._leave_cells: Callable[[], None] | None = None

    def start_passing(self, is_all: bool) -> None:
        """Keep what the file descriptors get, where that can be; the streams above then need nothing."""
        from exparse.streams.passing import Passing

        passing = Passing.begin(self.folder, self.part, self._secrets, self._warn, is_all)
        if passing is not None:
            self._passing, self.level, self.joined = passing, "fd", passing.joined

    def master(self) -> int | None:
        """Return the far end of the terminal that both streams lead to; None where they lead elsewhere."""
        return self._passing.masters.get(1) if self._passing is not None and self.joined else None

    def settle(self) -> None:
        """Wait until what the descriptors got so far has come out where it would without us, a bounded time."""
        if self._passing is not None:
            self._passing.settle()

    def look(self) -> None:
        """Keep what the streams of Python get that nothing below keeps."""
        for name in STREAMS:
            stream = getattr(sys, name, None)
            if stream is not None and not self._is_passed(name):
                self._look_at(name, stream)

    def look_before_cells(self) -> None:
        """Look at the streams of each cell of a notebook that follows."""
        from exparse.streams.notebook import before_each_cell

        self._leave_cells = before_each_cell(self.look_again)

    def look_again(self, *_: object) -> None:
        """Lay over once more what was laid over streams of the user's, where somebody has put back what was there."""
        for place, (tee, log) in enumerate(self._places):
            stream = tee.stream()
            again = tees.on(stream) if stream is not None else None
            if again is not None and again is not tee:
                again.logs = (*again.logs, log)
                self._places[place] = again, log

    def _is_passed(self, name: str) -> bool:
        return self._passing is not None and self._passing.has(name)

    def _look_at(self, name: str, stream: object) -> None:
        tee = tees.on(stream)
        if tee is None or any(tee is other for other, _ in self._places):
            return  # it lets nobody look, or is the same one as stdout
        # What was printed before is not this run's.
        tee.settle()
        log = self._log_of(name, tee.encoding)
        tee.logs = (*tee.logs, log)
        self._places.append((tee, log))

    def _log_of(self, name: str, encoding: str) -> Log:
        if self.joined and self._places:
            return self._places[0][1]
        return Log(lambda: self._path(name), _as_bytes(self._secrets, encoding), self._warn)

    def _path(self, name: str) -> str:
        part = self.part if os.getpid() == self._owner else of_this_child(self.part)
        return f"{self.folder}/{logs.name(name, part)}"

    def stop(self, last: bool = False) -> None:
        """Have all that was printed in the logs, and give everything back.

        The terminal gets what waits in Python's buffers when it would without us, not now.

        Args:
            last: Whether the program ends: what other functions of ``atexit`` print, and what Python flushes
                after all of them, is then kept, too; at level ``fd``, unless subprocesses still write.
        """
        if os.getpid() != self._owner:
            return
        if self._leave_cells is not None:
            self._leave_cells()
        for tee, log in self._places:
            tee.settle()
            log.finish()
            if not last:
                tee.logs = tuple(other for other in tee.logs if other is not log)
                log.close()
                log.close()
                if not tee.logs:
                    tees.off(tee)
        if not last:
            self._places.clear()
            _kept[:] = [other for other in _kept if other is not self]
        passing, self._passing = self._passing, None
        if passing is not None and passing.end() and last:
            self.look()

    def hide(self, secrets: list[str]) -> None:
        """Mask more in what is printed from now on; at level ``fd`` the keeper knows only what it was told at first."""
        self._secrets = [*self._secrets, *secrets]
        for tee, log in self._places:
            log.hide(_as_bytes(secrets, tee.encoding))

    def begin_in_child(self) -> None:
        """Let a forked child have logs of its own, made at the first byte: the parent goes on in the old ones."""
        own = {log: log.anew() for _, log in self._places}
        for tee, _ in self._places:
            tee.logs = tuple(own.get(log, log) for log in tee.logs)
        self._places = [(tee, own[log]) for tee, log in self._places]


def start(
    level: str,
    folder: str,
    part: str | None = None,
    secrets: list[str] | None = None,
    warn: Callable[[str], None] | None = None,
    is_all: bool = False,
) -> Capture:
    """Begin to keep what this process prints; may be called again while another capture goes on: both get it.

    Args:
        level: ``"fd"`` or ``"sys"``. Where a stream cannot have ``fd`` (closed, a device, Windows), it has ``sys``.
        folder: Absolute path of the run's folder; nothing is made in it before something is printed.
        part: None for the program itself; else what its logs are called by, such as ``"3"`` for rank 3.
        secrets: Texts that must stand in no file.
        warn: Told once, in a few words, when what is printed is no longer kept.
        is_all: Whether at level ``fd`` that is kept as well which goes to the null device.

    Writes ``stdout.log`` and ``stderr.log``, or ``stdout.<part>.log`` and ``stderr.<part>.log``; forked children
    write such of their own. Never raises for what the streams are or what the disk does.
    """
    global _watches_forks
    for outer in _kept if secrets else ():
        # What lies within another run prints into its logs, too.
        outer.hide(secrets or [])
    capture = Capture(folder, part, secrets or [], warn)
    if level == "fd":
        capture.start_passing(is_all)
    capture.look()
    if "IPython" in sys.modules:
        capture.look_before_cells()
    _kept.append(capture)
    if not _watches_forks and hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_begin_in_child)
        _watches_forks = True
    return capture


def _begin_in_child() -> None:
    for capture in _kept:
        capture.begin_in_child()


def _as_bytes(secrets: list[str], encoding: str) -> set[bytes]:
    """Return the secrets as a stream writes them."""
    found = set()
    for secret in secrets:
        for code in {"utf-8", encoding}:
            try:
                found.add(secret.encode(code, "surrogateescape"))
            except (LookupError, UnicodeError):
                continue  # a text that this stream cannot write is not printed by it
    return found
