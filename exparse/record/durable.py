"""Making a new run survive a power cut, beside the start of the script instead of before it.

``fsync`` costs a fraction of a millisecond on a laptop's disk and tens of them on a network's, so a thread
does it. Fork and exit wait for it, a bounded time: a fork beside a thread is what Python 3.12 warns of.
"""

from __future__ import annotations

import _thread
import os
import time

from exparse.store import handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_S = 2.0
_LOOKS, _LOOK_S = 100, 0.0005
_MOST_KEPT = 20

# Each flush under way: a lock that is free when it is done, and the system's number of its thread, once known.
_under_way: list[tuple[_thread.LockType, list[int]]] = []
_waits_before_fork = False


def flush_beside(paths: list[str]) -> _thread.LockType:
    """Flush files and folders to the disk, in this order, in a thread; return a lock that is free when it is done."""
    global _waits_before_fork
    if not _waits_before_fork and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_wait_for_all)
        _waits_before_fork = True
    done = _thread.allocate_lock()
    done.acquire()
    if len(_under_way) > _MOST_KEPT:
        _under_way[:] = [flush for flush in _under_way if flush[0].locked()]
    numbers: list[int] = []
    _under_way.append((done, numbers))
    try:
        _start_without_signals(_flush, (paths, done, numbers))
    except RuntimeError:
        # No more threads for this user: then here and now.
        _flush(paths, done, numbers)
    return done


def _start_without_signals(function: Callable[..., None], args: tuple[object, ...]) -> None:
    """Start a thread that no signal is given to.

    The system may choose any thread to handle a signal, also one that is about to end and has no Python state
    any more; then nothing could tell where the program was (killed.txt stayed empty in 5 of 100 signals on a
    busy disk).
    """
    # The module signal wraps these in enums, which costs half a millisecond.
    import _signal  # type: ignore[import-not-found]

    if not hasattr(_signal, "pthread_sigmask"):
        _thread.start_new_thread(function, args)
        return
    before = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    try:
        _thread.start_new_thread(function, args)
    finally:
        _signal.pthread_sigmask(_signal.SIG_SETMASK, before)


def wait(done: _thread.LockType) -> None:
    """Wait until a flush is done and its thread is gone, but not for ever: a network disk may hang.

    A thread that Python meets at its own end is ended by the C library, which needs a file for that: it aborts the
    program that has no descriptors left.
    """
    if done.acquire(timeout=_LONGEST_S):
        done.release()
        for number in next((numbers for other, numbers in _under_way if other is done), ()):
            _wait_for_end(number)


def _wait_for_all() -> None:
    while _under_way:
        wait(_under_way[-1][0])
        _under_way.pop()


def _wait_for_end(number: int) -> None:
    """Wait until a thread that has nothing more to do is gone: Python counts what the system counts."""
    if number == _thread.get_native_id() or not hasattr(os, "sched_getaffinity"):
        return
    for _ in range(_LOOKS):
        try:
            # That it has one is all that is asked.
            os.sched_getaffinity(number)
        except OSError:
            return
        time.sleep(_LOOK_S)


def _flush(paths: list[str], done: _thread.LockType, numbers: list[int]) -> None:
    numbers.append(_thread.get_native_id())
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
        known = handles.identity(handle)
        os.fsync(handle)
        # A program may have closed all that it found, and opened its own files since.
        handles.give_back(handle, known)
    except OSError:
        # Some file systems refuse folders, and a program may close all that it finds open. A disk that fails is
        # found when the status is written.
        return
