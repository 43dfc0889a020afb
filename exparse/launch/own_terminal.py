"""A program on a terminal of its own, between it and ours: what it prints can be kept, and it cannot tell.

Programs open their terminal by name, change how it works, and are stopped by its keys. So the terminal in between has
to be their controlling one: a *monitor*, a fork of this process, leads its session and starts the program in it. This
process hands on what is typed, and stops and goes on with the program. The keeper hands on what is printed
(:mod:`exparse.streams.keeper`).
"""

from __future__ import annotations

import os
import select
import signal
import sys

from exparse.launch import child
from exparse.streams import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_OURS = ("SIGCONT", "SIGTSTP", "SIGWINCH")
_BLOCK = 1024
# How often it is looked at whether this process has come to the foreground: the shell does not tell.
_LOOK_MS = 300


def is_possible() -> bool:
    """Return whether all three streams are our controlling terminal: in a pipeline others use it as well."""
    if sys.platform == "win32":
        return False
    try:
        with open("/dev/tty", "rb", buffering=0):
            return len({os.ttyname(handle) for handle in (0, 1, 2)}) == 1
    except OSError:
        return False


def run(argv: Sequence[str], master: int) -> int:
    """Start a program on the terminal that our output has been led to, and wait for its end.

    Args:
        argv: Its words.
        master: The other end of the terminal that descriptors 1 and 2 lead to.

    Returns:
        What :func:`exparse.launch.child.run` returns.

    Raises:
        CannotStart: If it cannot be started.
    """
    path = child.find(argv[0] if argv else "")
    real = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    try:
        return Hands(argv, path, real, master).work()
    finally:
        os.close(real)


class Hands:
    """What stands between the person at the terminal and the program.

    Args:
        argv: The words of the program.
        path: Its file.
        real: The terminal of the person.
        master: The other end of the program's terminal.
    """

    def __init__(self, argv: Sequence[str], path: str, real: int, master: int) -> None:
        self._argv, self._path, self._real, self._master = argv, path, real, master
        self._before: list[Any] | None = None
        self._pid = self._monitor = 0
        self._early: list[int] = []
        self._is_alike = False

    def work(self) -> int:
        """Start the program, and serve it until it ends; return its exit code."""
        self._wake, wakes = os.pipe()
        os.set_blocking(wakes, False)
        handled = self._handle(wakes)
        try:
            self._make_alike()
            self._monitor, self._orders, self._told = _monitored(self._argv, self._path)
            return self._serve()
        finally:
            self._give_back()
            if self._monitor:
                os.waitpid(self._monitor, 0)
                os.close(self._orders)
                os.close(self._told)
            signal.set_wakeup_fd(-1)
            for number, handler in handled.items():
                signal.signal(number, handler)
            for handle in (self._wake, wakes):
                os.close(handle)

    def _handle(self, wakes: int) -> dict[int, Any]:
        handled = {}
        for name in (*child.ENDS, *_OURS):
            number = getattr(signal, name)
            if signal.getsignal(number) != signal.SIG_IGN:
                handled[number] = signal.signal(number, lambda *_: None)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        return handled

    def _serve(self) -> int:
        waits = [self._told, self._wake]
        is_typed = False
        while True:
            if self._take():
                is_typed = True
            elif self._before is None:
                is_typed = False
            ready = _ready([*waits, self._real] if is_typed else waits)
            if self._told in ready:
                code = self._hear()
                if code is not None:
                    return code
            if self._wake in ready:
                for number in os.read(self._wake, _BLOCK):
                    self._pass_on(number)
            if self._real in ready and self._before is not None and not self._type():
                is_typed = False

    def _take(self) -> bool:
        """Have the keys go to the program where we are in the foreground; return whether that has begun now."""
        if not self._is_in_front():
            self._before = None
            return False
        if self._before is not None:
            return False
        self._make_alike()
        self._before = terminal.hand_over(self._real)
        return True

    def _make_alike(self) -> None:
        """Have the program's terminal work as ours does; in the background ours is the shell's, which edits a line."""
        if not self._is_alike and self._is_in_front():
            self._is_alike = True
            terminal.become_like(self._real, 1)

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._real) == os.getpgrp()
        except OSError:
            return False  # the terminal is gone

    def _give_back(self) -> None:
        if self._before is not None:
            terminal.take_back(self._real, self._before)
            self._before = None

    def _type(self) -> bool:
        """Hand on what was typed; return whether there may be more."""
        try:
            typed = os.read(self._real, _BLOCK)
            while typed:
                typed = typed[os.write(self._master, typed) :]
            return True
        except OSError:
            return False  # either terminal is gone

    def _hear(self) -> int | None:
        """Take what the monitor says; return the exit code once the program has ended."""
        word = b""
        while not word.endswith(b"\n"):
            byte = os.read(self._told, 1)
            if not byte:
                return -signal.SIGKILL  # the monitor was killed
            word += byte
        kind, number = word[:1], int(word[1:])
        if kind == b"p":
            self._pid = number
            for early in self._early:
                self._pass_on(early)
        elif kind == b"s":
            self._stop()
        elif kind == b"e":
            raise child.reason(self._argv[0], self._path, OSError(number, os.strerror(number)))
        else:
            return os.waitstatus_to_exitcode(number)
        return None

    def _stop(self) -> None:
        """Stop with the program, and go on with it when we are told to."""
        self._give_back()
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            os.write(self._orders, b"c")
        except BrokenPipeError:
            return  # the monitor was killed, which is heard next

    def _pass_on(self, number: int) -> None:
        if number == signal.SIGWINCH:
            terminal.copy_size(self._real, 1)
        elif not self._pid:
            self._early.append(number)
        elif number != signal.SIGCONT:
            try:
                # Ctrl-Z is for all that the program has started as well.
                (os.killpg if number == signal.SIGTSTP else os.kill)(self._pid, number)
            except OSError:
                return  # it has another user's rights, or is gone


def _ready(handles: Sequence[int]) -> list[int]:
    """Return which of some descriptors have something to say, after a while at most."""
    if sys.platform == "darwin":
        # Its poll knows no terminals.
        return select.select(handles, [], [], _LOOK_MS / 1000)[0]
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    return [handle for handle, _ in poll.poll(_LOOK_MS)]


def _monitored(argv: Sequence[str], path: str) -> tuple[int, int, int]:
    """Start the monitor; return its pid, where it takes orders, and where it tells what becomes of the program."""
    takes, orders = os.pipe()
    told, tells = os.pipe()
    # Python ignores these two itself.
    ignored = {number for number in signal.valid_signals() if signal.getsignal(number) == signal.SIG_IGN}
    ignored -= {signal.SIGPIPE, signal.SIGXFSZ}
    pid = os.fork()
    if pid:
        os.close(takes)
        os.close(tells)
        return pid, orders, told
    try:
        os.close(orders)
        os.close(told)
        _watch(argv, path, takes, tells, ignored)
    finally:
        os._exit(1)


def _watch(argv: Sequence[str], path: str, takes: int, tells: int, ignored: set[Any]) -> None:
    """Be the monitor: lead a session on the terminal that is descriptor 1, and tell of the program in it."""
    import fcntl
    import termios

    signal.set_wakeup_fd(-1)
    os.setsid()
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    for name in (*child.ENDS, "SIGTSTP", "SIGTTOU", "SIGTTIN"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    os.dup2(1, 0)
    pid = os.fork()
    if not pid:
        _become(argv, path, tells, ignored)
    os.write(tells, b"p%d\n" % pid)
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.write(tells, b"s%d\n" % os.WSTOPSIG(status))
        if os.read(takes, 1):
            os.tcsetpgrp(1, pid)
            os.killpg(pid, signal.SIGCONT)
    # No hangup for what the program leaves in the background: it may go on writing.
    os.tcsetpgrp(1, os.getpgrp())
    fcntl.ioctl(1, termios.TIOCNOTTY)
    os.write(tells, b"x%d\n" % status)


def _become(argv: Sequence[str], path: str, tells: int, ignored: set[Any]) -> None:
    """Be the program, in a group of its own that has the terminal."""
    try:
        os.setpgid(0, 0)
        os.tcsetpgrp(1, os.getpid())
        for number in signal.valid_signals() - ignored - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        os.execve(path, list(argv), os.environ)
    except OSError as problem:
        os.write(tells, b"e%d\n" % (problem.errno or 0))
    finally:
        os._exit(1)
