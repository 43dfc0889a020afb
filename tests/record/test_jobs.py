"""One job, one run: ranks find the run of rank 0, and a job that is started anew goes on with its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from exparse import Root

SCRIPT = """
import os, sys
from exparse import ExParser, current_run
parser = ExParser()
parser.add_argument("--x", type=int, default=1)
parser.add_argument("--local_rank", type=int, default=0)
args = parser.parse_args()
print("rank", os.environ.get("RANK", os.environ.get("SLURM_PROCID")), args.run.id, args.run.attempt, flush=True)
assert str(args.run.rank or 0) in (os.environ.get(name, "0") for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"))
args.run.log(loss=args.x)
"""


def ranks(folder: Path, *environs: dict[str, str], delay: float = 0.0, argv: tuple[str, ...] = ()) -> list[str]:
    """Start one process for each environment, a moment apart; return what each printed."""
    (folder / "main.py").write_text(SCRIPT)
    started = []
    for environ in environs:
        started.append(
            subprocess.Popen(
                [sys.executable, "main.py", *argv],
                env={**os.environ, **environ},
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        time.sleep(delay)
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * len(started), said
    return said


def ddp(rank: int, port: int = 29500, **more: str) -> dict[str, str]:
    told = {"RANK": str(rank), "WORLD_SIZE": "4", "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    return {**told, **more}


def srun(rank: int, job: int = 7, **more: str) -> dict[str, str]:
    return {"SLURM_PROCID": str(rank), "SLURM_NTASKS": "4", "SLURM_JOB_ID": str(job), "SLURM_STEP_ID": "0", **more}


def mpi(rank: int, **more: str) -> dict[str, str]:
    return {"OMPI_COMM_WORLD_RANK": str(rank), "OMPI_COMM_WORLD_SIZE": "4", "PMIX_NAMESPACE": "prterun-1@1", **more}


@pytest.mark.parametrize("seat", [ddp, srun, mpi])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0)], ids=["first", "late"])
def test_four_ranks_are_one_run(tmp_path: Path, seat: Any, order: tuple[int, ...]) -> None:
    said = ranks(tmp_path, *[seat(rank) for rank in order], delay=0.3)
    assert said == [f"rank {rank} 1 1\n" if seat is not mpi else "rank None 1 1\n" for rank in order]
    (run,) = Root(tmp_path / "exruns").runs()
    assert run.state == "finished" and run.metadata["launcher"]["rank"] == 0
    for rank in (1, 2, 3):
        assert run.output(part=str(rank)) == said[order.index(rank)].encode()
        assert (run.path / f"metrics.{rank}.jsonl").is_file()
    assert run.output() == said[order.index(0)].encode()


def test_two_jobs_after_each_other_are_two_runs(tmp_path: Path) -> None:
    for _ in range(2):
        ranks(tmp_path, ddp(0), ddp(1))
    one, two = Root(tmp_path / "exruns").runs()
    assert one.output(part="1") == b"rank 1 1 1\n" or two.output(part="1") == b"rank 1 2 1\n"


def test_two_jobs_at_once_keep_apart(tmp_path: Path) -> None:
    said = ranks(tmp_path, *[ddp(rank, port) for rank in (0, 1) for port in (1, 2)])
    assert len(Root(tmp_path / "exruns")) == 2
    assert said[0][:6] == said[1][:6] and {said[0][7], said[1][7]} == {"1", "2"}
    assert (said[2][7], said[3][7]) == (said[0][7], said[1][7])


def test_a_rank_whose_first_never_comes_goes_on_alone_after_a_bounded_time(tmp_path: Path) -> None:
    began = time.monotonic()
    (said,) = ranks(tmp_path, ddp(1, EXPARSE_WAIT="0.5"))
    assert time.monotonic() - began < 5
    warning, line = said.splitlines()
    assert "rank 1 found no run of rank 0" in warning and "EXPARSE_WAIT" in warning
    assert line == "rank 1 None 1"
    assert not (tmp_path / "exruns").exists()


@pytest.mark.parametrize("wait", ["soon", "", "-5", "nan"])
def test_a_wait_that_is_no_number_is_not_for_ever(tmp_path: Path, wait: str) -> None:
    ranks(tmp_path, ddp(0), ddp(1, EXPARSE_WAIT=wait))
    assert len(Root(tmp_path / "exruns")) == 1


def test_ranks_that_record_nothing_wait_for_nobody(tmp_path: Path) -> None:
    began = time.monotonic()
    ranks(tmp_path, ddp(1, EXPARSE_RECORD="0"))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("seat", [srun, None], ids=["step", "batch"])
def test_a_requeued_job_goes_on_with_its_run(tmp_path: Path, seat: Any) -> None:
    batch = {"SLURM_JOB_ID": "7", "SLURM_PROCID": "0"}
    first, again = (
        (srun(0), srun(0, SLURM_RESTART_COUNT="1")) if seat else (batch, {**batch, "SLURM_RESTART_COUNT": "1"})
    )
    ranks(tmp_path, first)
    assert ranks(tmp_path, again) == ["rank 0 1 2\n"]
    assert ranks(tmp_path, {**again, "SLURM_RESTART_COUNT": "2"}) == ["rank 0 1 3\n"]
    (run,) = Root(tmp_path / "exruns").runs()
    assert [attempt["state"] for attempt in run.status.attempts] == ["finished", "finished"]
    assert run.status.attempt == 3 and run.output() == b"rank 0 1 1\nrank 0 1 2\nrank 0 1 3\n"
    assert run.metadata["scheduler"]["kind"] == "slurm"
    # The same job again without a restart, another job, other arguments: other runs.
    ranks(tmp_path, {**again, "SLURM_RESTART_COUNT": "2"})
    ranks(tmp_path, {**again, "SLURM_JOB_ID": "8"})
    ranks(tmp_path, {**again, "SLURM_RESTART_COUNT": "3"}, argv=("--x", "5"))
    assert len(Root(tmp_path / "exruns")) == 4


def test_an_entry_that_is_damaged_or_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    ranks(tmp_path, srun(0))
    jobs = tmp_path / "exruns" / ".jobs"
    for text in (
        "",
        "{",
        "[]",
        '{"place": "..", "name": "../x"}',
        '{"place": "runs", "name": "000009-2026-11-21-10-10-10"}',
    ):
        for entry in jobs.iterdir():
            entry.write_text(text)
        ranks(tmp_path, srun(0, SLURM_RESTART_COUNT="1"))
    assert len(Root(tmp_path / "exruns")) == 6


def test_workers_of_all_kinds_attach_and_print_into_logs_of_their_own(script: Any, tmp_path: Path) -> None:
    source = """
import multiprocessing, os, sys
from exparse import ExParser, current_run
def work(n):
    print("worker", n, flush=True)
    run = current_run()
    run.log(n=n)
    return run.id, run.part
def main(kind):
    parser = ExParser()
    args = parser.parse_args()
    with multiprocessing.get_context(kind).Pool(2) as pool:
        found = pool.map(work, range(4), chunksize=1)
    assert {run for run, _ in found} == {args.run.id}, found
    assert all(part and part.startswith("w") for _, part in found), found
if __name__ == "__main__":
    main(KIND)
"""
    kinds = ["spawn", "forkserver", "fork"] if hasattr(os, "fork") else ["spawn"]
    for number, kind in enumerate(kinds, start=1):
        answer = script(source.replace("KIND", repr(kind)))
        assert (answer.returncode, answer.stderr) == (0, ""), kind
        run = Root(tmp_path / "exruns").runs()[-1]
        assert run.id == number, f"{kind} made runs of its own"
        logs = b"".join(path.read_bytes() for path in sorted(run.path.glob("stdout.w*.log")))
        assert sorted(logs.splitlines()) == [b"worker %d" % n for n in range(4)], kind
        assert sorted(run.metrics().value) == [0, 1, 2, 3]
        assert run.output() == b""


@pytest.mark.parametrize("kind", ["spawn", "forkserver"])
def test_a_worker_that_never_parses_belongs_to_the_run(script: Any, tmp_path: Path, kind: str) -> None:
    source = f"""
import multiprocessing
import exparse
def work(n):
    print("worker", n)
if __name__ == "__main__":
    args = exparse.ExParser().parse_args()
    worker = multiprocessing.get_context({kind!r}).Process(target=work, args=(1,))
    worker.start()
    worker.join()
"""
    assert script(source).stderr == ""
    (run,) = Root(tmp_path / "exruns").runs()
    assert run.output(part="w1") == b"worker 1\n"
