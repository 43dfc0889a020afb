"""What a signal that ends the program leaves behind: ``faulthandler`` writes, in C, where the program was.

A crash (SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE) is written down likewise, unless the program has turned
``faulthandler`` on itself: then its output stays where the program wants it.
"""

from __future__ import annotations

import faulthandler
import os

from exparse.format.killed import CRASHED, SLOTS
from exparse.store import handles

# By signal: the descriptor that faulthandler writes to, and which file that is.
_watched: dict[int, tuple[int, tuple[int, int]]] = {}
_crashes: list[tuple[int, tuple[int, int]]] = []
_stops_in_children = False
# The run's file that is written to; those of other runs of this process are other names of it.
_path: str | None = None


def watch(path: str) -> bool:
    """Have ``path`` tell of the signal that ends the process, as the files of other runs of this process do.

    One file is written to; those of further runs are other names of it, so that each run knows.

    Returns:
        Whether anything is watched.
    """
    global _path
    if _path is not None and _is_watched(_path):
        try:
            os.link(_path, path)
            return True
        except OSError:
            pass  # no such links here, or another disk: the latest run is told
    _path = path
    return watch_signals(path)


def _is_watched(path: str) -> bool:
    try:
        kind = os.stat(path)
    except OSError:
        return False
    known = [known for _, known in [*_watched.values(), *_crashes]]
    return kind.st_size == 0 and known != [] and all(one == (kind.st_dev, kind.st_ino) for one in known)


def watch_signals(path: str) -> bool:
    """Have the operating system's handlers write to ``path`` where the program was when a signal ends it.

    Only signals that would end the process are looked at; a handler that the program sets, now or later, is
    called as ever and takes the place of ours. One file at a time: a later call takes the place of this one.

    Returns:
        Whether anything is watched.
    """
    global _stops_in_children
    # The module signal wraps these in enums, which costs half a millisecond.
    import _signal  # type: ignore[import-not-found]

    if not hasattr(faulthandler, "register"):
        return False
    for number in SLOTS:
        if _signal.getsignal(number) == _signal.SIG_DFL:
            _write_to(number, _opened(path, SLOTS[number]))
    _watch_crashes(path)
    if not _stops_in_children:
        # A pool ends its workers by SIGTERM: that says nothing about the run.
        os.register_at_fork(after_in_child=_stop_in_child)
        _stops_in_children = True
    return bool(_watched or _crashes)


def _opened(path: str, place: int) -> int:
    handle = handles.high(os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666))
    os.lseek(handle, place, os.SEEK_SET)
    return handle


def _write_to(number: int, handle: int) -> None:
    """Have a signal write to a descriptor, and give the one from before back.

    faulthandler.unregister is of no use here: it puts back the handler from before ours, also where the
    program has set its own since. Registering once more only changes the descriptor.
    """
    earlier = _watched.get(number)
    # Walking the threads crashes where one just ends (SIGSEGV in up to 4 of 100 signals): this one will do.
    faulthandler.register(number, file=handle, all_threads=False, chain=True)
    _watched[number] = handle, handles.identity(handle)
    if earlier is not None:
        handles.give_back(*earlier)


def _watch_crashes(path: str) -> None:
    if _crashes:
        # Whoever has faulthandler now, our descriptor stays what it writes to, if it does so still.
        _lead_elsewhere(path, CRASHED)
    elif not faulthandler.is_enabled():
        handle = _opened(path, CRASHED)
        faulthandler.enable(file=handle, all_threads=False)
        _crashes.append((handle, handles.identity(handle)))


def _lead_elsewhere(path: str, place: int) -> None:
    """Make our descriptor for crashes one of another file."""
    handle, known = _crashes.pop()
    if not handles.is_still(handle, known):
        return
    other = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        if place:
            os.lseek(other, place, os.SEEK_SET)
        os.dup2(other, handle, inheritable=False)
        _crashes.append((handle, handles.identity(handle)))
    finally:
        os.close(other)


def _stop_in_child() -> None:
    import _signal

    for number, earlier in list(_watched.items()):
        if _signal.getsignal(number) == _signal.SIG_DFL:
            _write_to(number, os.open(os.devnull, os.O_WRONLY | getattr(os, "O_CLOEXEC", 0)))
        else:
            del _watched[number]
            handles.give_back(*earlier)
    if _crashes:
        _lead_elsewhere(os.devnull, 0)
