"""Starting a process that is nobody's child: a shell starts it, and ends at once.

The program's ``os.wait`` never meets it, and no signal to the program's group or terminal reaches it.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SHELL = "/bin/sh"
_START = "import sys; sys.path.append(sys.argv[1]); from exparse.streams.{module} import main; main()"
# What Python needs to run; none of its own variables, which would change it.
_PASSED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
FIRST = 3


def can_start() -> bool:
    """Return whether this system and this interpreter can start such a process at all."""
    name = os.path.basename(sys.executable or "").lower()
    is_python = name.startswith("python") and os.path.isabs(sys.executable) and not getattr(sys, "frozen", False)
    return is_python and hasattr(os, "posix_spawn") and os.path.exists(_SHELL)


def start(module: str, arguments: list[str], given: list[int]) -> None:
    """Start ``main`` of a module of this room, by this interpreter, without site, user or environment.

    Args:
        module: The module's name.
        arguments: What it gets as ``sys.argv[2:]``.
        given: Descriptors, all above those of the new process, where they are :data:`FIRST` and the following.

    Raises:
        OSError: If there are no more processes, descriptors or memory.
    """
    place = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    python = [sys.executable, "-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]
    command = [_SHELL, "-c", '"$@" &', "sh", *python, "-c", _START.format(module=module), place, *arguments]
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *((os.POSIX_SPAWN_DUP2, handle, FIRST + place) for place, handle in enumerate(given)),
    ]
    if min(given) < FIRST + len(given):
        raise OSError("too few descriptors are allowed to have ours apart")
    _spawn(command, actions)


def _spawn(command: list[str], actions: list[tuple[Any, ...]]) -> None:
    # The module signal wraps these in enums, which costs half a millisecond.
    import _signal  # type: ignore[import-not-found]

    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    # The end of the shell is nothing that a handler of the program's should hear of.
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, {_signal.SIGCHLD})
    try:
        # posix_spawn begins no session on every system; the new process does so itself.
        pid = os.posix_spawn(command[0], command, environment, file_actions=actions, setsigmask=())
        _wait(pid)
        if hasattr(_signal, "sigtimedwait") and callable(_signal.getsignal(_signal.SIGCHLD)):
            told = _signal.sigtimedwait({_signal.SIGCHLD}, 0)
            if told is not None and told.si_pid != pid:
                os.kill(os.getpid(), _signal.SIGCHLD)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def _wait(pid: int) -> None:
    try:
        os.waitpid(pid, 0)
    except ChildProcessError:
        return  # the program ignores SIGCHLD, or another thread waits for anything
