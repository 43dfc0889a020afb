"""What keeps a run from being removed: a process that is still at it."""

from __future__ import annotations

import json
import os
import time

from exparse.errors import ExparseError
from exparse.store import fate, files, layout, liveness
from exparse.store.run import Run

_CLAIM = ".attempt-"


def under_way(run: Run) -> str | None:
    """Return ``running``, ``pending`` or ``being resumed`` where a process is at a run now, or None.

    Everything is read anew, also of a run that is damaged: somebody may be editing its params while it runs. A run
    that is lost is not under way.
    """
    now = Run(run.root, run.name, run.place)
    try:
        state: str | None = now.status.state
    except (ExparseError, OSError):
        state = _guessed(now)
    if state in fate.UNDER_WAY:
        return state
    return "being resumed" if _is_claimed(now.folder) else None


def _guessed(run: Run) -> str | None:
    """Return ``running`` where status or metadata cannot be read, and a process may be at the run all the same."""
    said = _read(f"{run.folder}/{layout.STATUS}")
    if said.get("state", "running") not in fate.UNDER_WAY:
        return None
    dead = liveness.is_dead(said.get("process") or _read(f"{run.folder}/{layout.METADATA}").get("process"))
    if dead is None and said:
        seen = fate.last_seen(run.folder)
        dead = seen is None or time.time() - seen > fate.QUIET_S
    return "running" if dead is False else None


def _read(path: str) -> dict[str, object]:
    try:
        said = json.loads(files.read_text(path))
    except (OSError, ValueError, RecursionError, ExparseError):
        return {}  # gone or damaged: then it says nothing
    return said if isinstance(said, dict) else {}


def _is_claimed(folder: str) -> bool:
    """Return whether a living process has claimed the next attempt at a run, although its status does not say so."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(_CLAIM)]
    except OSError:
        return False
    return any(liveness.is_dead(_read(f"{folder}/{name}")) is False for name in names)
