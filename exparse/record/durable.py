"""Making a new run survive a power cut, beside the start of the script instead of before it.

``fsync`` costs a fraction of a millisecond on a laptop's disk and tens of them on a network's, so a thread
does it. Fork and exit wait for it, a bounded time: a fork beside a thread is what Python 3.12 warns of.
"""

from __future__ import annotations

import _thread
import os

_LONGEST_S = 2.0


_latest: _thread.LockType | None = None


def flush_beside(paths: list[str]) -> _thread.LockType:
    """Flush files and folders to the disk, in this order, in a thread; return a lock that is free when it is done."""
    global _latest
    if _latest is None and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_wait_for_latest)
    done = _latest = _thread.allocate_lock()
    done.acquire()
    try:
        _thread.start_new_thread(_flush, (paths, done))
    except RuntimeError:
        # No more threads for this user: then here and now.
        _flush(paths, done)
    return done


def wait(done: _thread.LockType) -> None:
    """Wait until a flush is done, but not for ever: a network disk may hang."""
    if done.acquire(timeout=_LONGEST_S):
        done.release()


def _wait_for_latest() -> None:
    if _latest is not None:
        wait(_latest)


def _flush(paths: list[str], done: _thread.LockType) -> None:
    try:
        for path in paths:
            _flush_one(path)
    finally:
        done.release()


def _flush_one(path: str) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return  # gone meanwhile: nothing to keep
    try:
        os.fsync(handle)
    except OSError:
        return  # some file systems refuse folders; a disk that fails is found when the status is written
    finally:
        os.close(handle)
