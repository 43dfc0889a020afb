"""Whether this process is a program of its own, or part of one that records already.

A *seat* is a process's place in a parallel job: its rank, and what all processes of the job share. Variables that a
program has inherited from a recorded one give it no seat of its own: what that one starts is another program.
"""

from __future__ import annotations

import os
import sys

from exparse.streams.part import of_this_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# A launcher's own variable comes first; srun's is also set for programs that mpirun or torchrun start below it.
_RANKS = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID")
_WORLDS = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_NTASKS")
_LAUNCHES = (
    "TORCHELASTIC_RUN_ID",
    "TORCHELASTIC_RESTART_COUNT",
    "MASTER_ADDR",
    "MASTER_PORT",
    "PMIX_NAMESPACE",
    "OMPI_MCA_ess_base_jobid",
    "SLURM_JOB_ID",
    "SLURM_STEP_ID",
    "SLURM_RESTART_COUNT",
)

# What a recorded program leaves to those that it starts: its run's folder; its pid and seat; how it captures output.
RUN, RUN_BY, RUN_CAPTURE = "EXPARSE_RUN", "EXPARSE_RUN_BY", "EXPARSE_RUN_CAPTURE"


class Seat:
    """One process's place in a parallel job.

    Attributes:
        kind: ``torchrun``, ``mpi``, ``slurm`` or ``ranks``: who gave it.
        rank: Number of the process in the job, from 0.
        world: How many there are, or None.
        job: What all processes of the job share, and no other job.
        restarts: How often the job has been started anew.
    """

    __slots__ = ("job", "kind", "rank", "restarts", "world")

    def __init__(self, kind: str, rank: int, world: int | None, job: str, restarts: int) -> None:
        self.kind, self.rank, self.world, self.job, self.restarts = kind, rank, world, job, restarts


def seat(environ: Mapping[str, str] = os.environ) -> Seat | None:
    """Return the seat that a launcher gave this process, or None where it has none of its own."""
    name = next((name for name in _RANKS if environ.get(name, "").isdecimal()), None)
    if name is None or _is_inherited(environ):
        return None
    kind, job, restarts = _job(name, environ)
    world = next((int(environ[size]) for size in _WORLDS if environ.get(size, "").isdecimal()), None)
    return Seat(kind, int(environ[name]), world, job, restarts)


def _job(name: str, environ: Mapping[str, str]) -> tuple[str, str, int]:
    """Return kind, job and number of restarts of the launcher that set the rank named ``name``."""
    address = f"{environ.get('MASTER_ADDR', '')}:{environ.get('MASTER_PORT', '')}"
    slurm = f"{environ.get('SLURM_JOB_ID', '')}.{environ.get('SLURM_STEP_ID', '')}"
    if name == "RANK" and "TORCHELASTIC_RUN_ID" in environ:
        # The port is chosen anew after each restart, and the id of a small job is always "none": on one machine the
        # launcher itself, our parent, is what the ranks share.
        alone = environ.get("LOCAL_WORLD_SIZE") == environ.get("WORLD_SIZE")
        job = _parent() if alone else f"{environ['TORCHELASTIC_RUN_ID']} {environ.get('MASTER_ADDR', '')} {slurm}"
        return "torchrun", f"torchrun {job}", _number(environ.get("TORCHELASTIC_RESTART_COUNT"))
    restarts = _number(environ.get("SLURM_RESTART_COUNT"))
    if name == "SLURM_PROCID":
        return "slurm", f"slurm {slurm}", restarts
    if name == "RANK":
        return "ranks", f"ranks {address if address != ':' else _parent()} {slurm}", restarts
    namespace = environ.get("PMIX_NAMESPACE") or environ.get("OMPI_MCA_ess_base_jobid") or _parent()
    return "mpi", f"mpi {namespace} {slurm}", restarts


def _parent() -> str:
    from exparse.store import liveness

    pid = os.getppid()
    return f"{liveness.host()} {pid} {liveness.start_of(pid)}"


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _is_inherited(environ: Mapping[str, str]) -> bool:
    """Return whether a recorded program had these very variables already, which started this one."""
    pid, _, its = environ.get(RUN_BY, "").partition(" ")
    return bool(its) and pid != str(os.getpid()) and its == _fingerprint(environ)


def _fingerprint(environ: Mapping[str, str]) -> str:
    """Return what no two processes of all jobs share, but those that inherit it."""
    return " ".join(f"{name}={environ[name]}" for name in (*_RANKS, *_LAUNCHES) if name in environ)


def signature(environ: Mapping[str, str] = os.environ) -> str:
    """Return what :data:`RUN_BY` says of this process."""
    return f"{os.getpid()} {_fingerprint(environ)}".strip()


def is_worker() -> bool:
    """Return whether this process was started by multiprocessing; it then ends without ``atexit``.

    Workers import the main script again (spawn, forkserver) or are born within it (fork): they belong to the run of
    their parent.
    """
    process = sys.modules.get("multiprocessing.process")
    if process is None:
        return False
    # While the main script is imported again, parent_process() is still None: hence _inheriting.
    return bool(getattr(process.current_process(), "_inheriting", False)) or process.parent_process() is not None


def part(rank: int | None = None, owner: int | None = None) -> str | None:
    """Return which part of a run this process is, as its files are named; None for the program itself.

    ``3`` is rank 3, ``w1`` worker 1 of multiprocessing, ``3.w1`` that of rank 3, ``p123`` another child.

    Args:
        rank: Rank of the program, None or 0 for the first.
        owner: Pid of the process that records the run.
    """
    ranked = str(rank) if rank else None
    if is_worker() or (owner is not None and owner != os.getpid()):
        return of_this_child(ranked)
    return ranked
