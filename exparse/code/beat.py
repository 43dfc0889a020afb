"""The beat of a run: a file of it is touched while its process is there, for readers on other machines.

Kept by the scribe, not in the user's process: a thread there would be in the way of every fork.
"""

from __future__ import annotations

import os
import select
import time

from exparse.store import liveness


def keep(path: str, every: float, pid: int, start: int | None) -> None:
    """Touch a file every so many seconds, until the process ends or the file is gone.

    Args:
        path: The file.
        every: Seconds between two touches.
        pid: The process.
        start: What :func:`exparse.store.liveness.start_of` said of it: the pid may be used again.
    """
    ended = _end_of(pid)
    try:
        while start is not None and liveness.start_of(pid) == start:
            try:
                os.utime(path)
            except FileNotFoundError:
                return  # the run has ended by itself, or is removed
            except OSError:
                pass  # a network's disk that is away comes back
            if _wait(ended, every):
                return
    finally:
        if ended is not None:
            os.close(ended)


def _end_of(pid: int) -> int | None:
    """Return a descriptor that is readable once the process has ended; None where there are none (not Linux)."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def _wait(ended: int | None, seconds: float) -> bool:
    if ended is None:
        time.sleep(seconds)
        return False
    return bool(select.select([ended], [], [], seconds)[0])
