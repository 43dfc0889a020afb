"""A terminal between the program and its terminal: what is written to it comes out as it is."""

from __future__ import annotations

import os


def beside(original: int) -> tuple[int, int]:
    """Return both ends of a new terminal like ``original``: the one that is read, and the one to write to.

    Raises:
        OSError: If there are no more terminals.
    """
    import termios

    reading, writing = os.openpty()
    try:
        kind = termios.tcgetattr(original)
        # The original turns "\\n" into "\\r\\n" itself.
        kind[1] &= ~termios.OPOST
        termios.tcsetattr(writing, termios.TCSANOW, kind)
        copy_size(original, writing)
    except termios.error as problem:
        os.close(reading)
        os.close(writing)
        raise OSError(*problem.args) from problem
    return reading, writing


def copy_size(original: int, other: int) -> None:
    """Give one terminal the size of the window of another; nothing happens where either has none."""
    import fcntl
    import termios

    empty = bytes(8)
    try:
        size = fcntl.ioctl(original, termios.TIOCGWINSZ, empty)
        if size != fcntl.ioctl(other, termios.TIOCGWINSZ, empty):
            fcntl.ioctl(other, termios.TIOCSWINSZ, size)
    except OSError:
        return
