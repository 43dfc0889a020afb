"""Starting the scribe: a process of its own that finds code, packages and machine of a run.

Nothing of it is the user's process's business. It is no child (``os.wait`` never meets it, no ``SIGCHLD`` is heard),
it belongs to no group or session of the user's (Ctrl-C, ``timeout`` and ``scancel`` pass it by), it holds none of
the user's descriptors, and it lives on when the script is killed. What it is asked goes through memory, since
secrets are in it: never through argv, the environment or a disk.

Where there is no ``posix_spawn`` or no ``/bin/sh`` (Windows), nothing is started, and these facts are missing.
"""

from __future__ import annotations

import os
import sys

from exparse.code import ask as asking
from exparse.store import handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# The descriptors that the scribe finds: what it is asked, and where it says that it is done.
LETTER, DONE = 3, 4

_SHELL = "/bin/sh"
# The shell ends at once, so the scribe is handed to the system's first process.
_SHELL_SCRIPT = '"$@" &'
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from exparse.code.scribe import main; main()"
# What Python and git need to run as they do for the user. No GIT_* or PYTHON*: they would change what is found.
_PASSED = (
    *("PATH", "HOME", "USER", "LOGNAME", "SUDO_UID", "TMPDIR", "TZ", "XDG_CONFIG_HOME"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "DEVELOPER_DIR", "SDKROOT"),
)


class Scribe:
    """The scribe of one run, as its process sees it: somebody who will be done at some time.

    Args:
        handle: End of a pipe whose other end the scribe alone holds.
    """

    __slots__ = ("_handle", "_known", "_owner", "is_done")

    def __init__(self, handle: int) -> None:
        self._handle, self._known = handle, handles.identity(handle)
        self._owner = os.getpid()
        self.is_done = False

    def wait(self, seconds: float) -> bool:
        """Wait until all is written, at most so many seconds; return whether it is.

        In a forked child, and where the program has closed our descriptor, it does not wait, and nobody knows.
        """
        if os.getpid() != self._owner or self.is_done or not handles.is_still(self._handle, self._known):
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
            that are imported), ``secrets`` (texts to mask), ``source`` (whether to keep them in any case).

    The scribe writes ``code.patch``, ``packages.txt`` and ``source.zip`` where they are due, and ``facts.json`` last.
    """
    python = _python()
    if python is None or not hasattr(os, "posix_spawn") or not os.path.exists(_SHELL):
        return None
    try:
        return _start(python, ask)
    except OSError:
        # No descriptors, memory or processes left: the script will hardly get far, but that is its own story.
        return None


def _python() -> str | None:
    """Return the interpreter's path; None where ``sys.executable`` is a program that only holds one."""
    path = sys.executable
    if not path or not os.path.isabs(path) or getattr(sys, "frozen", False):
        return None
    return path if os.path.basename(path).lower().startswith(("python", "pypy")) else None


def _start(python: str, ask: dict[str, Any]) -> Scribe:
    letter = _letter(ask)
    try:
        listening, speaking = os.pipe()
        try:
            speaking = _apart_from_theirs(speaking)
            _spawn_unheard([_SHELL, "-c", _SHELL_SCRIPT, "sh", *_command(python)], letter, speaking)
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


def _command(python: str) -> list[str]:
    """Return the command line of the scribe: an interpreter without site, user or environment."""
    place = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # -I hides the variables that say where compiled modules may be written.
    compiled = ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    return [python, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), *compiled, "-c", _PROGRAM, place]


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
    """Return the end of a pipe that holds all of the ask: without the list of files where that is too long.

    A pipe takes some kilobytes before somebody reads, and nobody waits here. Files that are left out of the source
    come to it at the end of the run (:func:`exparse.code.sources.complete`).
    """
    for attempt in (ask, {**ask, "imported": []}):
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


def _spawn_unheard(command: list[str], letter: int, speaking: int) -> None:
    """Start a command and wait for its end, such that a handler of ``SIGCHLD`` does not hear of it."""
    # The module signal wraps these in enums, which costs half a millisecond.
    import _signal  # type: ignore[import-not-found]

    heard = _signal.getsignal(_signal.SIGCHLD) not in (_signal.SIG_DFL, _signal.SIG_IGN)
    if not heard or not hasattr(_signal, "sigtimedwait"):
        _wait(_spawn(command, letter, speaking))
        return
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGCHLD})
    try:
        pid = _spawn(command, letter, speaking)
        _wait(pid)
        told = _signal.sigtimedwait({_signal.SIGCHLD}, 0)
        if told is not None and (told.si_pid != pid or _has_dead_children()):
            # Another child ended meanwhile; signals that wait are one.
            os.kill(os.getpid(), _signal.SIGCHLD)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def _has_dead_children() -> bool:
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except OSError:
        return False  # no children at all


def _wait(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # the program ignores SIGCHLD, or another thread waits for anything


def _spawn(command: list[str], letter: int, speaking: int) -> int:
    import _signal

    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        (os.POSIX_SPAWN_DUP2, letter, LETTER),
        (os.POSIX_SPAWN_DUP2, speaking, DONE),
    ]
    given = {name: os.environ[name] for name in _PASSED if name in os.environ}
    reset = (_signal.SIGCHLD, _signal.SIGINT, _signal.SIGTERM, _signal.SIGPIPE)

    def spawn(**apart: Any) -> int:
        return os.posix_spawn(command[0], command, given, file_actions=actions, setsigmask=(), setsigdef=reset, **apart)

    return _apart(spawn)


def _apart(spawn: Callable[..., int]) -> int:
    try:
        return spawn(setsid=True)
    except NotImplementedError:
        # Python was built for a system without it: a group of its own, then.
        return spawn(setpgroup=0)
