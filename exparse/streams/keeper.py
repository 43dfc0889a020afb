"""The keeper: a process that hands on what a program writes to its descriptors, and logs it.

It is started by :mod:`exparse.streams.passing` and ends when nobody can write to it any more.
"""

from __future__ import annotations

import os
import select
import signal
import sys

from exparse.store import logs
from exparse.store.detached import FIRST
from exparse.streams import terminal
from exparse.streams.log import Log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BLOCK = 64 << 10
_LOOK_AT_SIZE_MS = 400
# How long a terminal must be silent until all that was written to it has come out.
_SILENCE_MS = 20
_UNHEARD = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGTTOU", "SIGTTIN", "SIGPIPE", "SIGUSR1", "SIGUSR2")


class Way:
    """One way from the program to where it would write without us.

    Args:
        reading: The end that is read.
        original: Where it is handed on to.
        is_terminal: Whether both are terminals.
        log: What keeps it.
    """

    def __init__(self, reading: int, original: int, is_terminal: bool, log: Log) -> None:
        self.reading, self.original, self.is_terminal, self.log = reading, original, is_terminal, log
        self.is_open = True
        self._held = b""

    def pass_on(self) -> bool:
        """Take what is there; return whether the way is still open: one that nobody writes or reads is closed."""
        try:
            data = os.read(self.reading, _BLOCK)
        except OSError:
            data = b""  # a terminal that nobody holds any more
        if data:
            self.log.write(self._as_written(data) if self.is_terminal else data)
            if self._hand_on(data):
                return True
        self.close()
        return False

    def _as_written(self, data: bytes) -> bytes:
        """Return what the program wrote, where the terminal in between has made more of the ends of its lines."""
        data, self._held = self._held + data, b""
        if not terminal.ends_lines(self.reading):
            return data
        if data.endswith(b"\r"):
            data, self._held = data[:-1], b"\r"
        return data.replace(b"\r\n", b"\n")

    def _hand_on(self, data: bytes) -> bool:
        """Write to the original; return False where it takes no more, which the program is to learn."""
        while data:
            try:
                data = data[os.write(self.original, data) :]
            except BlockingIOError:
                poll = select.poll()
                poll.register(self.original, select.POLLOUT)
                poll.poll()
            except OSError:
                return False
        return True

    def close(self) -> None:
        """Close both ends: who writes on meets a broken pipe."""
        self.log.write(self._held)
        self.log.finish()
        os.close(self.reading)
        os.close(self.original)
        self.is_open = False


class Keeper:
    """Serves all ways of a program until the last is closed.

    Args:
        ways: The ways.
        letters: Where the program asks whether all has arrived.
        answers: Where it is told.
    """

    def __init__(self, ways: list[Way], letters: int, answers: int) -> None:
        self._ways, self._letters, self._answers = ways, letters, answers
        self._is_asked = False
        self._poll = select.poll()
        for handle in (letters, *(way.reading for way in ways)):
            self._poll.register(handle, select.POLLIN)

    def serve(self) -> None:
        """Hand on until nobody writes any more."""
        self._say(b"r")
        while any(way.is_open for way in self._ways):
            ready = [handle for handle, _ in self._poll.poll(self._patience())]
            for way in self._ways:
                if way.is_open and way.is_terminal:
                    terminal.copy_size(way.original, way.reading)
                if way.is_open and way.reading in ready and not way.pass_on():
                    self._poll.unregister(way.reading)
            if self._letters in ready:
                self._listen()
            elif not ready:
                self._rest()
        self._say(b"o")

    def _patience(self) -> int | None:
        terminals = any(way.is_open and way.is_terminal for way in self._ways)
        if self._is_asked or self._has_waiting():
            return _SILENCE_MS if terminals else 0
        return _LOOK_AT_SIZE_MS if terminals else None

    def _has_waiting(self) -> bool:
        return any(way.is_open and way.log.has_waiting for way in self._ways)

    def _rest(self) -> None:
        """Nothing comes: have the logs on disk, and say so where the program has asked."""
        for way in self._ways:
            way.log.flush()
        if self._is_asked:
            self._is_asked = False
            self._say(b"d")

    def _listen(self) -> None:
        self._is_asked = os.read(self._letters, 1) == b"s"
        if not self._is_asked:
            # The program has ended; its children may go on writing.
            self._poll.unregister(self._letters)

    def _say(self, word: bytes) -> None:
        try:
            os.write(self._answers, word)
        except OSError:
            return  # nobody listens any more


def read_letter(handle: int) -> list[bytes]:
    """Return the fields of what the program tells first (:func:`exparse.streams.passing.letter`)."""
    fields = []
    while (digits := _until_colon(handle)) is not None:
        field, size = b"", int(digits)
        while len(field) < size:
            block = os.read(handle, size - len(field))
            if not block:
                raise EOFError("the program ended while it told what to keep")
            field += block
        fields.append(field)
    return fields


def _until_colon(handle: int) -> bytes | None:
    found = b""
    while not found.endswith(b":"):
        byte = os.read(handle, 1)
        if byte in (b"\n", b""):
            return None
        found += byte
    return found[:-1]


def main() -> None:
    """Serve the program that started this process, as its command line and its letter say."""
    told = [word.split(":") for word in sys.argv[2:]]
    letters, answers = FIRST, FIRST + 1
    _leave(FIRST + 2 + 2 * len(told))
    folder, part, *secrets = read_letter(letters)
    ways = []
    for number, (stream, kind) in enumerate(told):
        original, reading = FIRST + 2 + 2 * number, FIRST + 3 + 2 * number
        log = Log(_path(os.fsdecode(folder), stream, part.decode() or None), secrets)
        ways.append(Way(reading, original, kind == "tty", log))
    Keeper(ways, letters, answers).serve()


def _path(folder: str, stream: str, part: str | None) -> Callable[[], str]:
    return lambda: f"{folder}/{logs.name(stream, part)}"


def _leave(first: int) -> None:
    """Have nothing of the program's: its session, its signals, its working folder, its other descriptors."""
    # The shell that started this process has its own group, or none: so this one leads no group, and may go.
    if os.getpid() != os.getpgrp():
        os.setsid()
    for name in _UNHEARD:
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    os.chdir("/")
    os.closerange(first, 4096)
