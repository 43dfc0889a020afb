"""Keeping what file descriptors 1 and 2 get, from whomever: Python, C code, subprocesses, a crash.

The program writes to a pipe, or to a terminal where it would write to one. The keeper, a process of its own
(:mod:`exparse.streams.keeper`), hands all of it on and logs it; it outlives a program that is killed, and goes on as
long as a child of the program's writes. This is what a program or its user can tell then, and why it is not the
usual level:

* An error of the disk or of the pipe behind comes late, and always as a broken pipe: with ``| head -1``, a short
  program ends well where it would meet ``EPIPE``, and a full disk is met by nobody or as ``EPIPE``.
* stdout and stderr that go to different places are two pipes, so their order among each other is not that of time.
* A pipe or socket is another one: its size, its peer. A file is a pipe to the program: ``seek`` and ``truncate`` fail.
* The terminal is another one, and not the controlling one: ``ttyname``, ``tcgetpgrp``, what ``tcsetattr`` does to it.
  A new size of the window is seen up to half a second later.
* What the program has printed when it is killed may appear after the shell has gone on.
* The keeper itself may be killed: then the program meets a broken pipe.
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress

from exparse.store import detached, handles
from exparse.streams import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NUMBERS = {"stdout": 1, "stderr": 2}
_PROGRAM = "from exparse.streams.keeper import main; main()"
_READY_S = 5.0
# Whether this process keeps the far ends of terminals as well: so that what is typed can be written there.
keeps_masters = False
_PASSED_ON_S = 5.0
# Likewise, of a terminal that somebody looks at: what goes on printing in the background is not waited for.
_SHOWN_S = 2.0


class Passing:
    """What stands between some descriptors of this process and where they lead to.

    Attributes:
        joined: Whether stdout and stderr share one way, and ``stdout.log``.
    """

    def __init__(self) -> None:
        self.joined = False
        # Where each descriptor led to: a descriptor far up.
        self._originals: dict[int, int] = {}
        # Which file our way is, by descriptor: whether the program has led it elsewhere since.
        self._ways: dict[int, tuple[int, int]] = {}
        # The far ends of those ways that are terminals, by descriptor.
        self.masters: dict[int, int] = {}
        # Byte streams that say where they are by a function of ours.
        self._telling: list[Any] = []
        self._ask = self._answer = -1
        # Descriptors of ours, and which file each is.
        self._opened: dict[int, tuple[int, int]] = {}

    @staticmethod
    def begin(
        folder: str,
        part: str | None,
        secrets: list[str],
        warn: Callable[[str], None] | None,
        is_all: bool = False,
    ) -> Passing | None:
        """Lead the descriptors to a keeper; return None where none of them can be, or no keeper comes.

        Args:
            folder: The run's folder.
            part: Part of the run that this process is, or None.
            secrets: Texts that must stand in no file.
            warn: Told once what is not kept.
            is_all: Whether what goes to the null device is kept as well: of a command nothing else is.
        """
        passing = Passing()
        numbers = [number for number in NUMBERS.values() if _can_pass(number, is_all)]
        if not numbers or not detached.can_start():
            return None
        try:
            passing._begin(numbers, folder, part, secrets)
        except OSError as problem:
            if warn is not None:
                warn(f"output of subprocesses is not kept: {problem}")
            passing._drop(set(passing._opened))
            return None
        return passing

    def _begin(self, numbers: list[int], folder: str, part: str | None, secrets: list[str]) -> None:
        self.joined = len(numbers) == 2 and handles.identity(1) == handles.identity(2)
        ways: dict[int, int] = {}
        told: list[str] = []
        given: list[int] = []
        for number in numbers[:1] if self.joined else numbers:
            original, reading, ways[number] = self._way(number)
            told.append(f"{'stdout' if number == 1 else 'stderr'}:{'tty' if os.isatty(number) else 'pipe'}")
            given += (original, reading)
        letters, self._ask = self._pipe()
        self._answer, answers = self._pipe()
        detached.start(_PROGRAM, told, [letters, answers, *given])
        _write_all(self._ask, letter([os.fsencode(folder), (part or "").encode(), *map(_bytes, secrets)]))
        self._drop({letters, answers, *given} - set(self._originals.values()))
        if not _is_readable(self._answer, _READY_S) or os.read(self._answer, 1) != b"r":
            raise OSError("the process that keeps it did not start")
        self._lead(numbers, ways)

    def _way(self, number: int) -> tuple[int, int, int]:
        """Return a descriptor of the original, and both ends of the way that takes its place."""
        self._originals[number] = original = self._own(os.dup(number))
        reading, writing = terminal.beside(original) if os.isatty(number) else os.pipe()
        if keeps_masters and os.isatty(number):
            self.masters[number] = self._own(os.dup(reading))
        return original, self._own(reading), self._own(writing)

    def _pipe(self) -> tuple[int, int]:
        reading, writing = os.pipe()
        return self._own(reading), self._own(writing)

    def _own(self, handle: int) -> int:
        high = handles.high(handle)
        self._opened[high] = handles.identity(high)
        return high

    def _drop(self, ours: set[int]) -> None:
        for handle in ours:
            handles.give_back(handle, self._opened.pop(handle))

    def _lead(self, numbers: list[int], ways: dict[int, int]) -> None:
        if self.joined:
            self._originals[2] = self._own(os.dup(2))
        _flush_streams()
        for number in numbers:
            os.dup2(ways.get(number, ways[numbers[0]]), number)
            self._ways[number] = handles.identity(number)
            self._let_tell(number)
        self._drop(set(ways.values()))

    def _let_tell(self, number: int) -> None:
        """Have a stream that was led to a file still say where it is: Python asks, as when it is reconfigured."""
        original = self._originals[number]
        buffer = getattr(_stream(number), "buffer", None)
        if buffer is not None and stat.S_ISREG(os.fstat(original).st_mode):
            with suppress(Exception):  # a stream of somebody's that takes no attributes
                buffer.tell = lambda: os.lseek(original, 0, os.SEEK_CUR)
                self._telling.append(buffer)

    def has(self, name: str) -> bool:
        """Return whether what a stream gets is kept here."""
        return NUMBERS[name] in self._ways

    def end(self) -> bool:
        """Give the descriptors back and wait until all that was written has arrived, a bounded time.

        Returns:
            Whether nobody writes there any more, so that the log is complete.
        """
        _flush_streams()
        _flush_c()
        for number, original in self._originals.items():
            if self._is_ours(original) and handles.is_still(number, self._ways.get(number, (0, 0))):
                os.dup2(original, number)
        for buffer in self._telling:
            with suppress(AttributeError):
                del buffer.tell
        answer = self._ask_whether_all_arrived(_PASSED_ON_S)
        self._drop(set(self._opened))
        return answer == b"o"

    def settle(self) -> None:
        """Wait until all that was written so far has come out, a bounded time."""
        self._ask_whether_all_arrived(_SHOWN_S)

    def _is_ours(self, handle: int) -> bool:
        return handle in self._opened and handles.is_still(handle, self._opened[handle])

    def _ask_whether_all_arrived(self, seconds: float) -> bytes:
        if not self._is_ours(self._ask) or not self._is_ours(self._answer):
            return b""
        if _is_readable(self._answer, 0) and (late := os.read(self._answer, 1)) != b"d":
            return late  # nobody writes any more; else the answer to a question that was given up
        try:
            _write_all(self._ask, b"s")
        except OSError:
            # Nobody writes any more, so the keeper has gone, and has said so.
            return os.read(self._answer, 1)
        return os.read(self._answer, 1) if _is_readable(self._answer, seconds) else b""


def letter(fields: list[bytes]) -> bytes:
    """Return what the keeper is told, each field behind its length, and an empty line at the end."""
    return b"".join(b"%d:%s" % (len(field), field) for field in fields) + b"\n"


def _bytes(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogateescape")


def _can_pass(number: int, is_all: bool) -> bool:
    """Return whether a descriptor can be passed on: it leads somewhere, and Python's stream uses it."""
    stream = _stream(number)
    try:
        if stream is None or stream.fileno() != number:
            return False
        found = os.fstat(number)
    except Exception:  # closed, or a stream of somebody's that has no descriptor
        return False
    if is_all and stat.S_ISCHR(found.st_mode) and found.st_rdev == os.stat(os.devnull).st_rdev:
        return True
    # The errors of /dev/full and the silence of /dev/null cannot be passed on.
    return not stat.S_ISCHR(found.st_mode) or os.isatty(number)


def _stream(number: int) -> Any:
    return sys.stdout if number == 1 else sys.stderr


def _flush_streams() -> None:
    for name in NUMBERS:
        with suppress(Exception):  # closed or broken: the program finds out by itself
            getattr(sys, name).flush()


def _flush_c() -> None:
    """Have C's own streams write what they hold: it would come after the log's end."""
    try:
        import ctypes

        ctypes.CDLL(None).fflush(None)
    except Exception:  # a Python without ctypes, or a system that knows no such thing
        return


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _is_readable(handle: int, seconds: float) -> bool:
    import select

    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
