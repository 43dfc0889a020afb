"""Which process of a parallel job this is, told from the variables that launchers set."""

from __future__ import annotations

import os

import pytest

from exparse.record import role

TORCH = {
    "RANK": "3",
    "WORLD_SIZE": "8",
    "LOCAL_WORLD_SIZE": "4",
    "TORCHELASTIC_RUN_ID": "x",
    "TORCHELASTIC_RESTART_COUNT": "2",
    "MASTER_ADDR": "node1",
    "MASTER_PORT": "29500",
}
SRUN = {"SLURM_PROCID": "1", "SLURM_NTASKS": "4", "SLURM_JOB_ID": "77", "SLURM_STEP_ID": "0"}
MPI = {"OMPI_COMM_WORLD_RANK": "2", "OMPI_COMM_WORLD_SIZE": "3", "PMIX_NAMESPACE": "prterun-host-12@1"}


@pytest.mark.parametrize(
    ("environ", "kind", "rank", "world", "restarts"),
    [
        (TORCH, "torchrun", 3, 8, 2),
        (SRUN, "slurm", 1, 4, 0),
        ({**SRUN, "SLURM_RESTART_COUNT": "1"}, "slurm", 1, 4, 1),
        (MPI, "mpi", 2, 3, 0),
        ({**MPI, **SRUN}, "mpi", 2, 3, 0),
        ({**TORCH, **SRUN}, "torchrun", 3, 8, 2),
        ({"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "a", "MASTER_PORT": "1"}, "ranks", 0, 2, 0),
    ],
)
def test_a_launcher_gives_a_seat(environ: dict[str, str], kind: str, rank: int, world: int, restarts: int) -> None:
    found = role.seat(environ)
    assert found is not None
    assert (found.kind, found.rank, found.world, found.restarts) == (kind, rank, world, restarts)


@pytest.mark.parametrize("environ", [{}, {"RANK": ""}, {"RANK": "first"}, {"RANK": "-1"}, {"SLURM_JOB_ID": "3"}])
def test_without_a_rank_there_is_no_seat(environ: dict[str, str]) -> None:
    assert role.seat(environ) is None


@pytest.mark.parametrize("environ", [TORCH, SRUN, MPI], ids=["torchrun", "srun", "mpirun"])
def test_all_ranks_of_a_job_share_its_name_and_other_jobs_do_not(environ: dict[str, str]) -> None:
    rank = next(name for name in ("RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID") if name in environ)
    first, second = role.seat({**environ, rank: "0"}), role.seat({**environ, rank: "1"})
    assert first is not None and second is not None and first.job == second.job
    others = {"TORCHELASTIC_RUN_ID": "y", "SLURM_JOB_ID": "78", "PMIX_NAMESPACE": "prterun-host-13@1"}
    other = role.seat({**environ, **others})
    assert other is not None and other.job != first.job


def test_what_a_recorded_rank_starts_has_no_seat_of_its_own() -> None:
    by = f"{os.getpid() + 1} {role.signature(TORCH).partition(' ')[2]}"
    assert role.seat({**TORCH, role.RUN_BY: by}) is None
    # A launcher below it sets its own variables anew.
    assert role.seat({**TORCH, "MASTER_PORT": "29501", role.RUN_BY: by}) is not None
    # The very process that said so keeps its seat (a second run in it, or another program in its place).
    assert role.seat({**TORCH, role.RUN_BY: role.signature(TORCH)}) is not None


def test_ranks_below_a_recorded_program_that_is_no_rank_keep_their_seats() -> None:
    found = role.seat({**TORCH, role.RUN_BY: str(os.getpid() + 1)})
    assert found is not None and found.rank == 3


def test_parts_of_a_run_are_named_after_who_they_are() -> None:
    assert role.part() is None
    assert role.part(0) is None
    assert role.part(3) == "3"
    assert role.part(None, os.getpid() + 1) == f"p{os.getpid()}"
    assert role.part(3, os.getpid() + 1) == f"3.p{os.getpid()}"
