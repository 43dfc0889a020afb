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
    from collections.abc import Callable, Sequence
    from typing import Any

_OURS = ("SIGCONT", "SIGTSTP", "SIGWINCH")
_BLOCK = 1024
# What a terminal takes for sure that takes anything: written more at once, a program that does not read stops us.
_FITS = 256
# How often it is looked at whether this process has come to the foreground: the shell does not tell.
_LOOK_MS = 300


def is_possible() -> bool:
    """Return whether all three streams are our controlling terminal: in a pipeline others use it as well."""
    if sys.platform == "win32":
        return False
    try:
        with open("/dev/tty", "rb", buffering=0):
            # That it is ours says the group in its foreground, which no other terminal tells us.
            return len({os.ttyname(handle) for handle in (0, 1, 2)}) == 1 and os.tcgetpgrp(0) > 0
    except OSError:
        return False


def run(argv: Sequence[str], master: int, settle: Callable[[], object]) -> int:
    """Start a program on the terminal that our output has been led to, and wait for its end.

    Args:
        argv: Its words.
        master: The other end of the terminal that descriptors 1 and 2 lead to.
        settle: Waits until the person has seen what the program has printed.

    Returns:
        What :func:`exparse.launch.child.run` returns.

    Raises:
        CannotStart: If it cannot be started.
    """
    path = child.find(argv[0] if argv else "")
    real = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    try:
        return Hands(argv, path, real, master, settle).work()
    finally:
        os.close(real)


class Hands:
    """What stands between the person at the terminal and the program.

    Args:
        argv: The words of the program.
        path: Its file.
        real: The terminal of the person.
        master: The other end of the program's terminal.
        settle: Waits until the person has seen what the program has printed.
    """

    def __init__(self, argv: Sequence[str], path: str, real: int, master: int, settle: Callable[[], object]) -> None:
        self._argv, self._path, self._real, self._master = argv, path, real, master
        self._settle = settle
        self._before: list[Any] | None = None
        self._typed = b""
        self._pid = self._monitor = 0
        self._early: list[int] = []
        self._is_alike = self._is_heard = False

    def work(self) -> int:
        """Start the program, and serve it until it ends; return its exit code."""
        self._wake, wakes = os.pipe()
        os.set_blocking(wakes, False)
        handled = self._handle(wakes)
        try:
            # Before the program prints: where both terminals end its lines, one does it once too often.
            self._take()
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
        # Where it is ignored, as some programs leave it to those that they start, nobody is told how a child ended.
        handled[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        return handled

    def _serve(self) -> int:
        while True:
            self._take()
            reads = [self._real] if self._is_heard and not self._typed else []
            ready = _ready([self._told, self._wake, *reads], [self._master] if self._typed else [])
            if self._told in ready:
                code = self._hear()
                if code is not None:
                    return code
            if self._wake in ready:
                for number in os.read(self._wake, _BLOCK):
                    self._pass_on(number)
            if self._real in ready and self._before is not None:
                self._hear_keys()
            if self._master in ready:
                self._type()

    def _take(self) -> None:
        """Have the keys go to the program from when we are in the foreground on."""
        if not self._is_in_front():
            self._before, self._is_heard = None, False
        elif self._before is None:
            if not self._is_alike:
                # Not in the background, where ours is the shell's, which edits a line.
                self._is_alike = True
                terminal.become_like(self._real, 1)
            self._before, self._is_heard = terminal.hand_over(self._real), True

    def _is_in_front(self) -> bool:
        return self._front() == os.getpgrp()

    def _front(self) -> int | None:
        """Return the group that the keys of our terminal are for; None where the terminal is gone."""
        try:
            return os.tcgetpgrp(self._real)
        except OSError:
            return None

    def _give_back(self) -> None:
        if self._before is not None:
            self._settle()
            terminal.take_back(self._real, self._before)
            self._before = None

    def _hear_keys(self) -> None:
        try:
            self._typed = os.read(self._real, _BLOCK)
        except OSError:
            self._is_heard = False  # the terminal is gone

    def _type(self) -> None:
        """Hand on what was typed, as far as the program's terminal takes it."""
        try:
            self._typed = self._typed[os.write(self._master, self._typed[:_FITS]) :]
        except OSError:
            self._typed, self._is_heard = b"", False  # that terminal is gone

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
        self._take()
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
            # Ctrl-Z, and the end of the terminal, are for all that the program has started as well.
            is_for_all = number == signal.SIGTSTP or (number == signal.SIGHUP and self._front() is None)
            try:
                (os.killpg if is_for_all else os.kill)(self._pid, number)
            except OSError:
                return  # it has another user's rights, or is gone


def _ready(handles: Sequence[int], takers: Sequence[int]) -> list[int]:
    """Return which of some descriptors have something to say, and which take something, after a while at most."""
    if sys.platform == "darwin":
        # Its poll knows no terminals.
        reads, writes, _ = select.select(handles, takers, [], _LOOK_MS / 1000)
        return [*reads, *writes]
    poll = select.poll()
    for handle in handles:
        poll.register(handle, select.POLLIN)
    for handle in takers:
        poll.register(handle, select.POLLOUT)
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
    try:
        os.setsid()
        fcntl.ioctl(1, termios.TIOCSCTTY, 0)
        for name in (*child.ENDS, "SIGTSTP", "SIGTTOU", "SIGTTIN"):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
        os.dup2(1, 0)
        pid = os.fork()
    except OSError as problem:
        os.write(tells, b"e%d\n" % (problem.errno or 0))
        return
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
