"""The writer of metrics: whole lines, whatever else goes on in the process and on the disk."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import CHECKOUT, RunScript
from hypothesis import given, settings
from hypothesis import strategies as st
from making import make_run

from exparse.format import metrics
from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.run import Run

posix_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.fixture
def run(root: Path) -> LiveRun:
    return live(root)


def live(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


def rows(run: Run, file: str = "metrics.jsonl") -> list[dict[str, object]]:
    return [json.loads(line) for line in (run.path / file).read_text().splitlines()]


def test_a_call_is_one_line_with_step_time_and_values_in_order(run: LiveRun) -> None:
    run.log(loss=0.25, acc=1, step=3)
    text = (run.path / "metrics.jsonl").read_text()
    assert text.startswith('{"step": 3, "time": ') and text.endswith(', "loss": 0.25, "acc": 1}\n')


def test_a_dict_and_keywords_are_one_row(run: LiveRun) -> None:
    run.log({"train/loss": 0.5, "größe": 2}, step=1, lr=0.1)
    run.log({"values": 1}, values=2, self=3)  # a metric may be called like an argument of ours
    first, second = rows(run)
    assert list(first) == ["step", "time", "train/loss", "größe", "lr"]
    assert (second["values"], second["self"]) == (2, 3) and "step" not in second


def test_nothing_logged_is_nothing_written(run: LiveRun) -> None:
    run.log()
    run.log({}, step=3)
    assert not (run.path / "metrics.jsonl").exists()


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ({"loss": 1.0, "bad": "text"}, 1),
        ({"loss": 1.0, "step": 3}, 1),
        ({"loss": 1.0, "time": 3}, 1),
        ({"loss": 1.0, "": 3}, 1),
        ({"loss": 1.0, 5: 3}, 1),
        ({"loss": 1.0}, 1.5),
        ({"loss": 1.0}, "1"),
        ({"loss": None}, 1),
        ([("loss", 1.0)], 1),
        (5, 1),
    ],
)
def test_a_mistake_is_raised_and_nothing_is_written(run: LiveRun, values: object, step: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        run.log(values, step=step)  # type: ignore[arg-type]
    assert not (run.path / "metrics.jsonl").exists()
    run.log(loss=1.0, step=2)
    assert [row["step"] for row in rows(run)] == [2]


# Each example makes a root of its own on the disk.
@settings(max_examples=30)
@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=8), st.floats(), max_size=3), max_size=6))
def test_whatever_is_logged_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, logged: list[dict[str, float]]
) -> None:
    run = live(tmp_path_factory.mktemp("law") / "exruns")
    kept = [{name: value for name, value in row.items() if name not in metrics.RESERVED} for row in logged]
    for step, row in enumerate(kept):
        run.log(row, step=step)
    run.end_series()
    frame = run.metrics()
    expected = [(step, name, repr(value)) for step, row in enumerate(kept) for name, value in row.items()]
    assert [(s, n, repr(v)) for s, n, v in zip(frame["step"], frame["name"], frame["value"], strict=True)] == expected


def test_the_first_row_after_a_torn_one_begins_a_line_of_its_own(run: LiveRun) -> None:
    (run.path / "metrics.jsonl").write_text('{"step": 1, "time": 5, "loss": 1}\n{"step": 2, "ti')
    run.log(loss=3.0, step=3)
    assert run.metrics()["step"].tolist() == [1, 3]


def test_eight_threads_write_whole_lines(run: LiveRun) -> None:
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for step in range(2000):
            run.log({f"thread{number}": step / 7, "padding": number}, step=step)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    frame = run.metrics()
    assert "damaged" not in frame.attrs and len(frame) == 8 * 2000 * 2
    for number in range(8):
        assert frame[frame["name"] == f"thread{number}"]["step"].tolist() == list(range(2000))


@posix_only
def test_a_forked_child_writes_a_file_of_its_own(run: LiveRun) -> None:
    run.log(loss=1.0, step=0)
    child = os.fork()
    if child == 0:
        try:
            run.log(loss=2.0, step=0)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    run.log(loss=3.0, step=1)
    assert [row["loss"] for row in rows(run)] == [1.0, 3.0]
    assert [row["loss"] for row in rows(run, f"metrics.p{child}.jsonl")] == [2.0]
    assert sorted(run.metrics()["value"]) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_worker_that_is_given_the_run_writes_a_file_of_its_own(root: Path, method: str, script: RunScript) -> None:
    run = live(root)
    done = script(
        f"""
        import multiprocessing, sys
        from exparse.record.live import LiveRun
        def work(run):
            run.log(loss=0.5, step=7)
        if __name__ == "__main__":
            run = LiveRun({run.root!r}, {run.name!r})
            run.log(loss=1.0, step=0)
            worker = multiprocessing.get_context({method!r}).Process(target=work, args=(run,))
            worker.start()
            worker.join()
            sys.exit(worker.exitcode)
        """
    )
    assert done.returncode == 0, done.stderr
    assert [row["loss"] for row in rows(run)] == [1.0]
    assert [row["loss"] for row in rows(run, "metrics.w1.jsonl")] == [0.5]


def test_a_rank_writes_a_file_of_its_own(run: LiveRun) -> None:
    run.rank = 3
    run.log(loss=1.0)
    assert len(rows(run, "metrics.3.jsonl")) == 1


KILLED = """
import os, signal, sys
from exparse.record.live import LiveRun
run = LiveRun(*sys.argv[1:3])
for step in range(100_000):
    run.log(loss=1 / (step + 1), acc=step, step=step)
os.kill(os.getpid(), signal.SIGKILL)
"""


@posix_only
def test_all_rows_are_there_after_kill_9(run: LiveRun, script: RunScript) -> None:
    done = script(KILLED, run.root, run.name)
    assert done.returncode == -signal.SIGKILL
    frame = run.metrics(wide=True)
    assert frame["step"].tolist() == list(range(100_000)) and frame["acc"].iloc[-1] == 99_999
    assert "damaged" not in frame.attrs


def test_rows_are_there_while_the_program_runs(run: LiveRun) -> None:
    for step in range(5):
        run.log(loss=1.0, step=step)
        assert len(Run(run.root, run.name).metrics()) == step + 1


def test_a_folder_that_is_deleted_is_not_made_anew(run: LiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(loss=1.0)
    shutil.rmtree(run.root)
    for _ in range(10):
        run.log(loss=2.0)
    assert not os.path.exists(run.root)
    other = LiveRun(run.root, run.name)
    for _ in range(10):
        other.log(loss=2.0)
    assert not os.path.exists(run.root)
    assert capsys.readouterr().err.count("exparse: warning") == 1


def test_a_file_that_is_removed_is_not_made_anew(run: LiveRun, capsys: pytest.CaptureFixture[str]) -> None:
    run.log(loss=1.0)
    (run.path / "metrics.jsonl").unlink()
    run.end_series()
    run.log(loss=2.0)
    assert not (run.path / "metrics.jsonl").exists()
    assert "metrics of" in capsys.readouterr().err


def test_a_run_that_is_moved_takes_its_metrics_along(run: LiveRun, tmp_path: Path) -> None:
    run.log(loss=1.0)
    os.rename(run.root, tmp_path / "elsewhere")
    run.log(loss=2.0)
    assert Run(tmp_path / "elsewhere", run.name).metrics()["value"].tolist() == [1.0, 2.0]


@posix_only
@pytest.mark.parametrize("far", [True, False], ids=["all others", "the same number"])
def test_a_program_that_closes_all_descriptors_keeps_its_own_files(root: Path, script: RunScript, far: bool) -> None:
    run = live(root)
    done = script(
        f"""
        import os, time
        from exparse.record.live import LiveRun
        run = LiveRun({run.root!r}, {run.name!r})
        run.log(loss=0.0, step=0)
        os.closerange(3, 4096)
        handle = os.open("mine.txt", os.O_WRONLY | os.O_CREAT)
        if {not far}:
            for number in range(200, 1000):
                os.dup2(handle, number)
        time.sleep(0.1)
        run.log(loss=1.0, step=1)
        run.log(loss=2.0, step=2)
        """
    )
    assert done.returncode == 0 and not done.stderr
    assert (root.parent / "mine.txt").read_text() == ""
    assert run.metrics()["step"].tolist() == [0, 1, 2]


@posix_only
def test_a_program_that_closes_all_descriptors_in_a_tight_loop_loses_no_row(root: Path, script: RunScript) -> None:
    run = live(root)
    done = script(
        f"""
        import os
        from exparse.record.live import LiveRun
        run = LiveRun({run.root!r}, {run.name!r})
        for step in range(300):
            run.log(loss=0.0, step=step)
            if step % 50 == 0:
                os.closerange(3, 4096)
        """
    )
    assert done.returncode == 0 and not done.stderr
    assert run.metrics()["step"].tolist() == list(range(300))


FULL = """
import resource, sys
from exparse.record.live import LiveRun
run = LiveRun(*sys.argv[1:3])
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
for step in range(100):
    run.log(loss=0.5, step=step)
run.note("no place" * 200)
run.summary(acc=list(range(1000)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
for step in range(100, 110):
    run.log(loss=0.5, step=step)
print("done")
"""


@posix_only
def test_a_disk_that_is_full_for_a_while_costs_rows_and_one_warning_each(run: LiveRun, script: RunScript) -> None:
    done = script(FULL, run.root, run.name)
    assert (done.returncode, done.stdout) == (0, "done\n")
    warnings = done.stderr.splitlines()
    assert len(warnings) == 1 and all(line.startswith("exparse: warning: ") for line in warnings)
    assert [line.split()[2] for line in warnings] == ["metrics"]
    steps = run.metrics()["step"].tolist()
    assert steps[-10:] == list(range(100, 110)) and steps[:-10] == list(range(len(steps) - 10))
    assert "damaged" in run.metrics().attrs  # the row that the disk took half of, told and skipped


def test_where_nothing_is_recorded_rows_go_to_the_scratch_folder(tmp_path: Path) -> None:
    run = UnrecordedRun("a test")
    run.log(loss=0.5, step=1)
    assert run.metrics()["value"].tolist() == [0.5] and Path(run.folder, "metrics.jsonl").exists()
    shutil.rmtree(run.folder)


def test_logging_loads_neither_numpy_nor_pandas_nor_json(run: LiveRun) -> None:
    code = (
        "import sys\nfrom exparse.record.live import LiveRun\n"
        f"LiveRun({run.root!r}, {run.name!r}).log(loss=0.5, step=3)\n"
        "print(sorted({'numpy', 'pandas', 'json', 'pathlib', 'threading'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, env={"PYTHONPATH": str(CHECKOUT)}
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
