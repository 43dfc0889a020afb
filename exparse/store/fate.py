"""What became of a run that says it is running: derived by the reader, from files and this machine alone.

On the machine that ran it a process is known for sure (:mod:`exparse.store.liveness`). Elsewhere its files are
looked at: a run under a scheduler, or on a network's disk, touches one every :data:`BEAT_S` seconds. Slurm is asked
where it is installed.
"""

from __future__ import annotations

import os
import time

from exparse.errors import DamagedFile
from exparse.format import killed
from exparse.store import files, layout, liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.format.status import Status

UNDER_WAY = ("running", "pending")
BEAT_S = 30
# Ten beats: a network's disk may be away for minutes. The clocks of two machines differ by far less.
_SILENT_S = 10 * BEAT_S
# Without a beat a run is only seen when it prints, logs or writes.
QUIET_S = 3600.0


def judge(folder: str, metadata: dict[str, Any], status: Status, reread: Callable[[], Status]) -> Status:
    """Return the status with ``killed`` and ``lost`` told where the program itself could not.

    Args:
        folder: The run's folder.
        metadata: Its metadata.
        status: What ``status.json`` says.
        reread: Reads it anew: the run may have ended since.
    """
    dead = liveness.is_dead(status.process or metadata.get("process"))
    if dead is False or status.state not in UNDER_WAY:
        return status
    if dead is None and not _is_silent(folder, metadata, status):
        return status
    remarks = list(status.remarks)
    status = reread()
    if status.state in UNDER_WAY:
        status.state = "lost"
        status.remarks = remarks or [
            "its process is gone without a word: SIGKILL, out of memory, or a disk that took its last words no more"
        ]
        _tell_by_signal(folder, status)
    return status


def _tell_by_signal(folder: str, status: Status) -> None:
    try:
        text = files.read_text(f"{folder}/{layout.KILLED}")
    except (OSError, DamagedFile):
        return  # no such file: nothing was told
    status.signal = killed.parse(text)
    if status.signal is None:
        return
    status.state, status.remarks = "killed", []
    crash = killed.trace(text)
    if crash:
        first = crash.partition("\n")[0]
        status.error = {"type": status.signal, "message": first, "traceback": crash}


def _is_silent(folder: str, metadata: dict[str, Any], status: Status) -> bool:
    """Return whether a run that another machine (or container) made is over, as far as one can see from here."""
    scheduler = metadata.get("scheduler")
    if isinstance(scheduler, dict) and scheduler.get("kind") == "slurm":
        from exparse.store import slurm

        known = slurm.is_live(str(scheduler.get("job")))
        if known is not None:
            status.remarks.append(f"Slurm {'runs' if known else 'has no'} job {scheduler.get('job')}")
            return not known
    seen = last_seen(folder)
    if seen is None:
        return False
    longest = _SILENT_S if metadata.get("heartbeat") else QUIET_S
    silent = time.time() - seen > longest
    if silent:
        status.remarks.append(f"not seen since {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(seen))}")
    return silent


def last_seen(folder: str) -> float | None:
    """Return when a file of the run last changed, in seconds since the epoch; None where the folder is gone."""
    try:
        with os.scandir(folder) as entries:
            times = [entry.stat(follow_symlinks=False).st_mtime for entry in entries]
    except OSError:
        return None
    return max(times, default=None)
