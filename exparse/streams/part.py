"""Which part of a run's program this process is: the name of its own log, since a file has one writer."""

from __future__ import annotations

import os
import sys


def of_this_child(part: str | None) -> str:
    """Return the part that a forked child of a recorded program is.

    Args:
        part: What the program itself is: None, or the text of its rank.

    Returns:
        ``w1`` for the first worker of multiprocessing, ``w1.2`` for the second of that one's own, ``p123`` for
        another child, by its process id; behind the rank, if there is one: ``3.w1``.
    """
    worker = _worker()
    if worker is None:
        own = f"p{os.getpid()}"
        return f"{part}.{own}" if part else own
    # Its name begins with that of the worker it was born in: only the rank is added.
    rank = (part or "").partition("w")[0].rstrip(".")
    return f"{rank}.{worker}" if rank else worker


def _worker() -> str | None:
    process = sys.modules.get("multiprocessing.process")
    if process is None:
        return None
    current = process.current_process()
    if getattr(current, "_inheriting", False):
        # The main script is imported again (spawn, forkserver): only the name is known yet, SpawnPoolWorker-3 or
        # Process-1:2.
        number = current.name.rpartition("-")[2].replace(":", ".")
        return f"w{number}" if number.replace(".", "").isdecimal() else None
    parent = process.parent_process()
    if parent is None or (parent.pid != os.getppid() and not _is_forkserver(current)):
        return None  # none, or a fork within one, which still bears its name
    identity = getattr(current, "_identity", ())
    return "w" + ".".join(map(str, identity)) if identity else None


def _is_forkserver(current: object) -> bool:
    """Return whether a worker's parent is not the program, but the server that forks its workers."""
    return getattr(current, "_start_method", None) == "forkserver"
