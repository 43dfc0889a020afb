"""Whether this process is a program of its own, or part of one that records already."""

from __future__ import annotations

import os
import sys

# A launcher's own variable comes first; srun's is also set for programs that mpirun or torchrun start below it.
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID")


def why_not_recording() -> str | None:
    """Return why this process must not make a run, or None where it may.

    Workers of multiprocessing import the main script again (spawn, forkserver) or are born within it (fork):
    they belong to the run of their parent, as ranks other than 0 belong to that of rank 0.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        # While the main script is imported again, parent_process() is still None: hence _inheriting.
        inheriting = getattr(process.current_process(), "_inheriting", False)
        if inheriting or process.parent_process() is not None:
            return "a worker of multiprocessing"
    rank = next((os.environ[name] for name in _RANKS if name in os.environ), "0")
    return f"rank {rank}" if rank.isdecimal() and int(rank) else None


def is_worker() -> bool:
    """Return whether this process was started by multiprocessing; it then ends without ``atexit``."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None
