"""Slurm's word on a job, asked once a process: whether it is still there."""

from __future__ import annotations

import os

_LONGEST_S = 5.0
_live: list[set[str] | None] = []


def is_live(job: str) -> bool | None:
    """Return whether Slurm has this job pending or running; None where it cannot be asked."""
    if not _live:
        _live.append(_ask())
    return None if _live[0] is None else job in _live[0]


def _ask() -> set[str] | None:
    """Return the numbers of all jobs that Slurm has; None without Slurm, or where it does not answer."""
    import subprocess

    squeue = _squeue()
    if squeue is None:
        return None
    try:
        # %A is the number of the job itself, also for a task of an array.
        answer = subprocess.run(
            [squeue, "--noheader", "--array", "--format=%A"],
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return set(answer.stdout.split()) if answer.returncode == 0 else None


def _squeue() -> str | None:
    """Return the path of squeue; a working folder in PATH is passed over."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder, "squeue")
        if os.path.isabs(folder) and os.access(path, os.X_OK):
            return path
    return None
