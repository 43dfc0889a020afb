"""A terminal between the program and its terminal: what is written to it comes out as it is."""

from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


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


def become_like(original: int, other: int) -> None:
    """Have one terminal work as another does, and of the same size."""
    import termios

    termios.tcsetattr(other, termios.TCSANOW, termios.tcgetattr(original))
    copy_size(original, other)


def hand_over(handle: int) -> list[Any]:
    """Have a terminal hand on each key, and show bytes, as they are; return how it worked before."""
    import termios
    import tty

    before = termios.tcgetattr(handle)
    tty.setraw(handle, termios.TCSADRAIN)
    return before


def take_back(handle: int, before: list[Any]) -> None:
    """Undo :func:`hand_over`; a terminal that is gone needs nothing."""
    import termios

    with suppress(termios.error):
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


def ends_lines(handle: int) -> bool:
    r"""Return whether a terminal makes ``\r\n`` of each ``\n`` that is written to it."""
    import termios

    try:
        kind = termios.tcgetattr(handle)[1]
    except termios.error:
        return False
    return bool(kind & termios.OPOST and kind & termios.ONLCR)
