"""Starting the scribe: a process of its own that finds code, packages and machine of a run.

Nothing of it is the user's process's business (:mod:`exparse.store.detached`). What it is asked goes through memory,
since secrets are in it: never through argv, the environment or a disk.

Where there is no ``posix_spawn`` or no ``/bin/sh`` (Windows), nothing is started, and these facts are missing.
"""

from __future__ import annotations

import _thread
import os

from exparse.code import ask as asking
from exparse.store import detached, handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The descriptors that the scribe finds: what it is asked, and where it says that it is done.
LETTER, DONE = detached.FIRST, detached.FIRST + 1

_PROGRAM = "from exparse.code.scribe import main; main()"
# What git needs to run as it does for the user. No other GIT_* or PYTHON*: they would change what is found.
_PASSED = (
    "GIT_CONFIG_GLOBAL",
    *("USER", "LOGNAME", "SUDO_UID", "TZ", "XDG_CONFIG_HOME"),
    *("DYLD_FALLBACK_LIBRARY_PATH", "DEVELOPER_DIR", "SDKROOT"),
)


class Scribe:
    """The scribe of one run, as its process sees it: somebody who will be done at some time.

    Args:
        handle: End of a pipe whose other end the scribe alone holds.
    """

    __slots__ = ("_handle", "_known", "_lock", "_owner", "is_done")

    def __init__(self, handle: int) -> None:
        self._handle, self._known = handle, handles.identity(handle)
        self._owner = os.getpid()
        # Runs of several threads may have one scribe, and a descriptor that one gives back is soon somebody's file.
        self._lock = _thread.allocate_lock()
        self.is_done = False

    def wait(self, seconds: float) -> bool:
        """Wait until all is written, at most so many seconds; return whether it is.

        In a forked child, and where the program has closed our descriptor, it does not wait, and nobody knows.
        """
        if os.getpid() != self._owner or not self._lock.acquire(timeout=max(0.0, seconds)):
            return self.is_done
        try:
            return self._waited(seconds)
        finally:
            self._lock.release()

    def _waited(self, seconds: float) -> bool:
        if self.is_done or not handles.is_still(self._handle, self._known):
            return self.is_done
        if not _is_readable(self._handle, seconds):
            return False
        said = os.read(self._handle, 100)
        handles.give_back(self._handle, self._known)
        if self._owner == 1 and said.isdigit():
            # The first process of a container gets all orphans for children, this one too.
            _reap(int(said))
        self.is_done = True
        return True


def _is_readable(handle: int, seconds: float) -> bool:
    import select

    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(max(0.0, seconds) * 1000))
    return bool(select.select([handle], [], [], max(0.0, seconds))[0])


def _reap(pid: int) -> None:
    import time

    for _ in range(50):
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        except OSError:
            return  # not ours, or the program has met it
        time.sleep(0.001)


def start(ask: dict[str, Any]) -> Scribe | None:
    """Start the scribe; return None where there can be none. Costs about a millisecond.

    Args:
        ask: What it shall do: ``folder`` (the run's), ``root``, ``where`` (folder of the script, or the working
            folder), ``script`` (path or None), ``path`` (``sys.path``), ``imported`` (source files below ``where``
            that are imported), ``secrets`` (texts to mask), ``source`` (whether to keep them in any case), and
            maybe ``inputs`` (:func:`exparse.code.hashes.asked`).

    The scribe writes ``code.patch``, ``packages.txt`` and ``source.zip`` where they are due, and ``facts.json`` last.
    """
    if not detached.can_start():
        return None
    try:
        return _start(ask)
    except OSError:
        # No descriptors, memory or processes left: the script will hardly get far, but that is its own story.
        return None


def _start(ask: dict[str, Any]) -> Scribe:
    letter = _letter(ask)
    try:
        listening, speaking = os.pipe()
        try:
            speaking = _apart_from_theirs(speaking)
            detached.start(_PROGRAM, [], [letter, speaking], _PASSED)
        except OSError:
            os.close(listening)
            raise
        finally:
            os.close(speaking)
    finally:
        os.close(letter)
    return Scribe(handles.high(listening))


def _apart_from_theirs(handle: int) -> int:
    """Return a descriptor of the same file that has none of the numbers that the scribe finds it under."""
    moved = handles.high(handle)
    if moved > DONE:
        return moved
    # So few are allowed that none of them lies far up.
    import fcntl

    apart = fcntl.fcntl(moved, fcntl.F_DUPFD_CLOEXEC, DONE + 1)
    os.close(moved)
    return apart


def _letter(ask: dict[str, Any]) -> int:
    """Return a descriptor from which the ask can be read, to its end."""
    if hasattr(os, "memfd_create"):
        data = asking.document(ask)
        letter = _apart_from_theirs(os.memfd_create("exparse", os.MFD_CLOEXEC))
        while data:
            data = data[os.write(letter, data) :]
        os.lseek(letter, 0, os.SEEK_SET)
        return letter
    return _piped(ask)


def _piped(ask: dict[str, Any]) -> int:
    """Return the end of a pipe that holds all of the ask: without the lists of files where they are too long.

    A pipe takes some kilobytes before somebody reads, and nobody waits here. Files that are left out of the source
    come to it at the end of the run (:func:`exparse.code.sources.complete`), and inputs are hashed then.
    """
    for attempt in (ask, {**ask, "imported": []}, {**ask, "imported": [], "inputs": []}):
        letter, end = os.pipe()
        data = asking.document(attempt)
        try:
            os.set_blocking(end, False)
            if os.write(end, data) == len(data):
                return _apart_from_theirs(letter)
            problem = OSError("a pipe does not take the ask")
        except BlockingIOError as full:
            problem = full
        finally:
            os.close(end)
        os.close(letter)
    raise problem
