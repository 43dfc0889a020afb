"""What surrounds this process: machine, scheduler, launcher, and the variables that change what a program does."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# Never all of the environment: it holds passwords. These decide which devices, threads, libraries and locale.
ALLOWED = (
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_DEVICE_ORDER",
    "CUDA_LAUNCH_BLOCKING",
    "CUDA_VISIBLE_DEVICES",
    "CONDA_DEFAULT_ENV",
    "HIP_VISIBLE_DEVICES",
    "JAX_PLATFORMS",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "PYTHONOPTIMIZE",
    "PYTHONPATH",
    "PYTORCH_CUDA_ALLOC_CONF",
    "ROCR_VISIBLE_DEVICES",
    "TF_DETERMINISTIC_OPS",
    "TZ",
    "VIRTUAL_ENV",
    "XLA_FLAGS",
)
_MORE = "EXPARSE_ENV"

# By kind: the variable that names the job, and others worth keeping under shorter names.
_SCHEDULERS = {
    "slurm": (
        "SLURM_JOB_ID",
        {
            "step": "SLURM_STEP_ID",
            "array_job": "SLURM_ARRAY_JOB_ID",
            "array_task": "SLURM_ARRAY_TASK_ID",
            "restarts": "SLURM_RESTART_COUNT",
            "name": "SLURM_JOB_NAME",
            "partition": "SLURM_JOB_PARTITION",
            "cluster": "SLURM_CLUSTER_NAME",
            "nodes": "SLURM_JOB_NODELIST",
        },
    ),
    "pbs": ("PBS_JOBID", {"name": "PBS_JOBNAME", "queue": "PBS_QUEUE", "array_task": "PBS_ARRAY_INDEX"}),
    "lsf": ("LSB_JOBID", {"name": "LSB_JOBNAME", "queue": "LSB_QUEUE", "array_task": "LSB_JOBINDEX"}),
    "sge": ("SGE_JOB_ID", {"name": "JOB_NAME", "queue": "QUEUE", "array_task": "SGE_TASK_ID"}),
}


def variables(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables of the allow-list that are set, and those that ``$EXPARSE_ENV`` names (with commas)."""
    more = tuple(name.strip() for name in environ.get(_MORE, "").split(","))
    return {name: environ[name] for name in (*ALLOWED, *more) if name in environ}


def scheduler(environ: Mapping[str, str] = os.environ) -> dict[str, Any] | None:
    """Return ``kind`` and ``job`` of the scheduler's job that this process is part of, and more of it; or None."""
    for kind, (job, others) in _SCHEDULERS.items():
        if job in environ:
            told = {key: environ[name] for key, name in others.items() if environ.get(name)}
            return {"kind": kind, "job": environ[job], **told}
    if environ.get("JOB_ID") and environ.get("SGE_ROOT"):
        # Grid Engine has no prefix of its own for the job's number.
        return {"kind": "sge", "job": environ["JOB_ID"]}
    return None


def machine() -> dict[str, Any]:
    """Return ``cores`` that this process may use, and ``memory`` of the machine in bytes; None where unknown."""
    return {"cores": _cores(), "memory": _memory()}


def _cores() -> int | None:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


_NETWORK = frozenset(
    (
        *("9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "nfs"),
        *("nfs4", "orangefs", "pvfs2", "smb3", "wekafs"),
    )
)


def is_on_network(path: str) -> bool:
    """Return whether a path lies on a network's file system, as far as ``/proc/self/mounts`` tells."""
    try:
        handle = os.open("/proc/self/mounts", os.O_RDONLY)
        try:
            table = os.read(handle, 1 << 16).decode("utf-8", "replace")
        finally:
            os.close(handle)
    except OSError:
        return False
    longest, kind = "", ""
    for line in table.splitlines():
        _, _, rest = line.partition(" ")
        point, _, rest = rest.partition(" ")
        if len(point) >= len(longest) and (path == point or path.startswith(point.rstrip("/") + "/")):
            longest, kind = point, rest.partition(" ")[0]
    return kind in _NETWORK
