r"""A program that is started and waited for: it has the terminal and the signals as if nothing stood before it.

It is in our group of processes, so a terminal's keys (Ctrl-C, Ctrl-Z, Ctrl-\) reach it without us. While it runs,
signals are not handled here but waited for, together with its end: one that was sent to us alone goes to it.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time

from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import NoReturn

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""What a shell returns for such a command."""

ENDS = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM")
_STOPS = ENDS[:4]
_PASSED_ON = (*ENDS, "SIGCONT", "SIGTSTP", "SIGWINCH")
# A terminal says these to its whole group of processes.
_KEYS = ("SIGINT", "SIGQUIT", "SIGHUP", "SIGTSTP", "SIGWINCH")
# Python ignores these itself; what it starts shall not.
_PYTHONS = ("SIGPIPE", "SIGXFSZ")
_FROM_KERNEL = 0x80
# What was sent to a whole group has ended the child by then, if it ends it at all.
_GRACE_S = 0.05


_told_to_end = False


def was_told_to_end() -> bool:
    """Return whether a signal that ends programs came for this process, or its terminal, while the last one ran."""
    return _told_to_end


class CannotStart(ExparseError):
    """A command that cannot be started.

    Attributes:
        exit_code: What a shell would return for it: 127 if there is none, 126 if it may not be executed.
    """

    def __init__(self, word: str, why: str, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__(f"{word}: {why}")


def find(word: str, env: Mapping[str, str] | None = None, cwd: str | None = None) -> str:
    """Return the path of the program that a command's first word names, as ``execvp`` would find it.

    Args:
        word: A path, or a name to look for in ``PATH``.
        env: The environment whose ``PATH`` counts; None for ours.
        cwd: The working folder; None for ours.

    Raises:
        CannotStart: If there is no such program, or it may not be executed.
    """
    if os.name == "nt":
        return _found_by_extension(word, env, cwd)
    if os.sep in word:
        places = [word]
    else:
        places = [os.path.join(folder, word) for folder in os.get_exec_path(env)] if word else []
    denied = ""
    for place in places:
        path = os.path.abspath(os.path.join(cwd, place)) if cwd is not None else place
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
        if os.path.lexists(path) and (len(places) == 1 or os.path.isfile(path)):
            denied = denied or path
    if denied:
        why = "is a folder" if os.path.isdir(denied) else "may not be executed (chmod +x)"
        raise CannotStart(word, why if os.path.exists(denied) else "is a link that leads nowhere", NOT_EXECUTABLE)
    raise CannotStart(word or "''", "no such file" if os.sep in word else "command not found", NOT_FOUND)


def _found_by_extension(word: str, env: Mapping[str, str] | None, cwd: str | None) -> str:
    """Return the path of a program as Windows finds it: its extension may be left out."""
    import shutil

    is_path = os.path.basename(word) != word
    path = os.path.join(cwd, word) if cwd is not None and is_path else word
    found = shutil.which(path, path=None if env is None else env.get("PATH"))
    if found is None:
        raise CannotStart(word or "''", "no such file" if is_path else "command not found", NOT_FOUND)
    return found


def run(
    argv: Sequence[str],
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    resized: Callable[[], object] | None = None,
) -> int:
    """Start a program with our terminal, streams and descriptors, and wait for its end.

    Args:
        argv: Its words; the first is looked for in ``PATH``, and no shell reads them.
        cwd: Its working folder; None for ours.
        env: Its environment; None for ours.
        resized: Called before it is told of a new size of the window.

    Returns:
        Its exit code; of one that a signal ended, the signal's number, negative.

    Raises:
        CannotStart: If it cannot be started.
    """
    path = find(argv[0] if argv else "", env, cwd)
    given = dict(os.environ if env is None else env)
    if not hasattr(os, "posix_spawn"):
        return _run_plainly(argv, path, cwd, given)
    waited: set[int] = {number for name in ("SIGCHLD", *_PASSED_ON) if (number := _number(name)) is not None}
    # One whose action is to be ignored would not be waited for everywhere.
    heard = signal.signal(signal.SIGCHLD, _nothing)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waited)
    try:
        pid = _spawned(path, argv, cwd, given, before)
        return _ended(pid, waited, resized)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGCHLD, heard if heard is not None else signal.SIG_DFL)


def _number(name: str) -> signal.Signals | None:
    return getattr(signal, name, None)


def _nothing(*_: object) -> None:
    """Handle a signal that is waited for."""


def _run_plainly(argv: Sequence[str], path: str, cwd: str | None, env: dict[str, str]) -> int:
    import subprocess

    try:
        child = subprocess.Popen([path, *argv[1:]], cwd=cwd, env=env)
    except OSError as problem:
        raise CannotStart(argv[0], problem.strerror or str(problem), NOT_EXECUTABLE) from None
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the console has told the child as well


def _spawned(path: str, argv: Sequence[str], cwd: str | None, env: dict[str, str], mask: Iterable[int]) -> int:
    default = [number for name in _PYTHONS if (number := _number(name)) is not None]
    here = _open_here() if cwd is not None else -1
    try:
        if cwd is not None:
            os.chdir(cwd)
        return os.posix_spawn(path, list(argv), env, setsigmask=mask, setsigdef=default)
    except OSError as problem:
        raise reason(argv[0], path, problem) from None
    finally:
        if here >= 0:
            os.fchdir(here)
            os.close(here)


def _open_here() -> int:
    try:
        return os.open(".", os.O_RDONLY)
    except OSError:
        return -1  # our own working folder is gone: there is none to go back to


def reason(word: str, path: str, problem: OSError) -> CannotStart:
    """Return the error for a program that the system did not start.

    Args:
        word: How it was named.
        path: Its file.
        problem: What the system said.
    """
    if problem.errno == errno.ENOEXEC:
        return CannotStart(word, "is no program; a script needs a first line such as #!/bin/sh", NOT_EXECUTABLE)
    if problem.errno == errno.ENOENT and os.path.exists(path):
        return CannotStart(word, "the interpreter that its first line (#!) names is not there", NOT_FOUND)
    code = NOT_FOUND if problem.errno == errno.ENOENT else NOT_EXECUTABLE
    return CannotStart(word, problem.strerror or str(problem), code)


def _ended(pid: int, waited: set[int], resized: Callable[[], object] | None) -> int:
    """Pass signals on until the child has ended; return its exit code."""
    global _told_to_end
    _told_to_end = False
    while True:
        status = _looked_at(pid)
        if status is not None:
            return _code(status, waited)
        number, is_key = _next(waited)
        _told_to_end |= number in [_number(name) for name in _STOPS]
        if number == signal.SIGCHLD:
            continue
        if number == _number("SIGWINCH"):
            if resized is not None:
                resized()
                _send(pid, number)
        elif not (is_key and _is_in_our_group(pid)):
            status = _looked_at(pid, _GRACE_S)
            if status is not None:
                return _code(status, waited)
            _send(pid, number)


def _code(status: int, waited: set[int]) -> int:
    """Return the exit code of a child that has ended; the signals that came with its end were for it as well."""
    global _told_to_end
    while pending := signal.sigpending() & waited:
        _told_to_end |= signal.sigwait(pending) in [_number(name) for name in _STOPS]
    return os.waitstatus_to_exitcode(status)


def _looked_at(pid: int, grace: float = 0.0) -> int | None:
    """Return how the child ended, None where it has not; one that its terminal has stopped stops us as well."""
    until = time.monotonic() + grace
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if found and os.WIFSTOPPED(status):
            _stop_likewise(pid, os.WSTOPSIG(status))
        elif found:
            return status
        if time.monotonic() >= until:
            return None
        time.sleep(_GRACE_S / 10)


def _stop_likewise(pid: int, number: int) -> None:
    """Stop with a child that Ctrl-Z has stopped, not before: it may have had the terminal to put in order first."""
    if number == _number("SIGTSTP") and _has_terminal():
        os.kill(os.getpid(), signal.SIGSTOP)
        _send(pid, signal.SIGCONT)
    # Any other stop is ours as well (a read in the background), or that of somebody who goes on with it by hand.


def _next(waited: set[int]) -> tuple[int, bool]:
    """Wait for a signal; return it, and whether it came from the terminal."""
    if hasattr(signal, "sigwaitinfo"):
        told = signal.sigwaitinfo(waited)
        return told.si_signo, told.si_code == _FROM_KERNEL and _is_key(told.si_signo)
    number = signal.sigwait(waited)
    return number, _is_key(number) and _has_terminal()


def _is_key(number: int) -> bool:
    return number in [_number(name) for name in _KEYS]


def _has_terminal() -> bool:
    """Return whether our group is the one that the terminal's keys are for."""
    try:
        handle = os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return False
    try:
        return os.tcgetpgrp(handle) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(handle)


def _is_in_our_group(pid: int) -> bool:
    try:
        return os.getpgid(pid) == os.getpgrp()
    except OSError:
        return False


def _send(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        return  # it has another user's rights (sudo), or is gone


def signal_name(number: int) -> str:
    """Return the name of a signal: ``SIGTERM``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"  # one of the real-time ones


def die_as(code: int) -> NoReturn:
    """End this process as a child ended: by its exit code, or by the signal that ended it, without a core of ours.

    Args:
        code: What :func:`run` returned.

    Raises:
        SystemExit: With the exit code, where no signal ended the child, or none can end us.
    """
    if code >= 0:
        raise SystemExit(code)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue  # closed: there is nobody to tell
    if hasattr(signal, "pthread_sigmask"):
        _leave_no_core()
        if -code not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
        os.kill(os.getpid(), -code)
    raise SystemExit(128 - code)


def _leave_no_core() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    except (ImportError, OSError, ValueError):
        return  # a system without such limits
