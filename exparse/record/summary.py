"""The writer of ``summary.json``: what is there already, and what is new."""

from __future__ import annotations

import os
import time

from exparse.errors import DamagedFile
from exparse.format import summary
from exparse.record import trouble
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.store.contents import Contents

# Each merge takes a millisecond; on a busy machine dozens of ranks may wait for each other.
_LONGEST_S, _PAUSE_S = 10.0, 0.005
# Runs whose lock was not to be had once: somebody was stopped while holding it, and nobody waits twice for that.
_hopeless: set[str] = set()


def merge(run: Contents, values: dict[str, Any]) -> dict[str, Any]:
    """Merge values into a run's summary; return the whole, also where the disk did not take it.

    Args:
        run: The run.
        values: By name; a name that is there already gets its new value.

    Raises:
        TypeError: If a value cannot stand in a summary; then nothing is written.
        ValueError: If it is nested too deep, or a number beyond all range.
    """
    new = {str(name): summary.plain(value, str(name)) for name, value in values.items() if _is_name(name)}
    folder = run.folder
    lock = _locked(folder)
    whole = new
    try:
        whole = {**_present(folder), **new}
        files.replace(f"{folder}/{layout.SUMMARY}", summary.document(whole))
    except OSError as problem:
        trouble.tell(folder, "the summary", problem)
    finally:
        if lock is not None:
            os.close(lock)
    return whole


def _is_name(name: object) -> bool:
    if not isinstance(name, str):
        raise TypeError(f"the names in a summary are texts, not {name!r:.40}")
    return True


def _present(folder: str) -> dict[str, Any]:
    path = f"{folder}/{layout.SUMMARY}"
    try:
        return summary.parse(files.read_text(path), path)
    except FileNotFoundError:
        return {}
    except DamagedFile as problem:
        trouble.tell(folder, "the earlier summary", problem)
        return {}


def _locked(folder: str) -> int | None:
    """Return a descriptor that holds a lock on a run's folder, for its ranks may merge at the same moment.

    None where the file system has no such lock, or where it is not to be had in time: what is lost then is one of
    two values that were said at once. The system gives it back when the process ends, however it ends.
    """
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    until = time.monotonic() + (0.0 if folder in _hopeless else _LONGEST_S)
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() > until:
                _hopeless.add(folder)
                break
            time.sleep(_PAUSE_S)
        except OSError:
            break
    os.close(handle)
    return None
