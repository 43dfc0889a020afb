"""File descriptors of ours that live in the user's process, as long as it does.

A program may close all that it finds open, and open its own: so ours lie far up, and are known by the file
they lead to before anything is done with them.
"""

from __future__ import annotations

import os

from exparse.store.foreign import foreign

_LOWEST = 200


def high(handle: int) -> int:
    """Return a descriptor of the same file far up: a daemon that closes all and opens others gets low ones."""
    try:
        import fcntl

        moved = fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, _LOWEST)
    except (ImportError, OSError, ValueError):
        return handle
    os.close(handle)
    return moved


def identity(handle: int) -> tuple[int, int]:
    """Return what tells the file of a descriptor from others.

    Raises:
        OSError: If it is closed.
    """
    kind = os.fstat(handle)
    return kind.st_dev, kind.st_ino


def is_still(handle: int, known: tuple[int, int]) -> bool:
    """Return whether a descriptor still leads to the file that it led to."""
    try:
        return identity(handle) == known
    except OSError as problem:
        if foreign(problem) is not None:
            raise
        return False


def give_back(handle: int, known: tuple[int, int]) -> None:
    """Close a descriptor, unless the program has closed it, or made it another file's."""
    if is_still(handle, known):
        os.close(handle)
