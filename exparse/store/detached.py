"""Starting a process that is nobody's child: a shell starts it and ends at once, so the system's first process has it.

Nothing of it is the user's process's business: ``os.wait`` never meets it and no ``SIGCHLD`` is heard, it belongs to
no group or session of the user's (Ctrl-C, ``timeout`` and ``scancel`` pass it by), it holds none of the user's
descriptors but those that it is given, and it lives on when the program is killed.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

FIRST = 3
"""The first of the descriptors that the process finds what it is given under."""

_SHELL = "/bin/sh"
_SHELL_SCRIPT = '"$@" &'
_BEFORE = "import sys; sys.path.append(sys.argv[1]); "
# What Python needs to run; none of its own variables, which would change it.
_PASSED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def can_start() -> bool:
    """Return whether this system and this interpreter can start such a process at all; not on Windows.

    An interpreter that is part of another program starts that program, not Python.
    """
    path = sys.executable
    if not path or not os.path.isabs(path) or getattr(sys, "frozen", False):
        return False
    is_python = os.path.basename(path).lower().startswith(("python", "pypy"))
    return is_python and hasattr(os, "posix_spawn") and os.path.exists(_SHELL)


def start(program: str, arguments: list[str], given: list[int], passed: Iterable[str] = ()) -> None:
    """Start a program by this interpreter, without site or user. Costs about a millisecond.

    Args:
        program: Python's text; it can import exparse.
        arguments: What it gets as ``sys.argv[2:]``.
        given: Descriptors that it finds as :data:`FIRST` and the following; none of them may have such a number here.
        passed: Names of variables of the environment that it gets beside those that Python needs.

    Raises:
        OSError: If there are no more processes, descriptors or memory.
    """
    if min(given) < FIRST + len(given):
        raise OSError("too few descriptors are allowed to have ours apart")
    command = [_SHELL, "-c", _SHELL_SCRIPT, "sh", *_command(program), *arguments]
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_DUP2, handle, FIRST + place) for place, handle in enumerate(given)),
    ]
    environment = {name: os.environ[name] for name in (*_PASSED, *passed) if name in os.environ}
    _spawn_unheard(lambda: _spawn(command, environment, actions))


def _command(program: str) -> list[str]:
    place = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # -I hides the variables that say where compiled modules may be written.
    compiled = ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    written = ["-B"] if sys.dont_write_bytecode else []
    return [sys.executable, "-I", "-S", *written, *compiled, "-c", _BEFORE + program, place]


def _spawn(command: list[str], environment: dict[str, str], actions: list[tuple[Any, ...]]) -> int:
    import _signal  # type: ignore[import-not-found]

    reset = (_signal.SIGCHLD, _signal.SIGINT, _signal.SIGTERM, _signal.SIGPIPE)

    def spawn(**apart: Any) -> int:
        return os.posix_spawn(
            command[0], command, environment, file_actions=actions, setsigmask=(), setsigdef=reset, **apart
        )

    try:
        return spawn(setsid=True)
    except NotImplementedError:
        # Python was built for a system without it: a group of its own, then.
        return spawn(setpgroup=0)


def _spawn_unheard(spawn: Callable[[], int]) -> None:
    """Start a command and wait for its end, such that a handler of ``SIGCHLD`` does not hear of it."""
    # The module signal wraps these in enums, which costs half a millisecond.
    import _signal

    heard = _signal.getsignal(_signal.SIGCHLD) not in (_signal.SIG_DFL, _signal.SIG_IGN)
    if not heard or not hasattr(_signal, "sigtimedwait"):
        _wait(spawn())
        return
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGCHLD})
    try:
        pid = spawn()
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
