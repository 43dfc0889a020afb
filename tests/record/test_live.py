"""The run under way, from a real script: what it adds is there, whether it is recorded or not."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import RunScript
from making import make_run

from exparse.record.live import LiveRun, UnrecordedRun
from exparse.store.root import Root

ALL = """
    import exparse
    from exparse import ExParser
    parser = ExParser()
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args()
    run = args.run
    for step in range(10):
        run.log({"train/loss": 1 / (step + 1)}, acc=step / 10, step=step)
    run.image("confusion", [[0.0, 1.0], [1.0, 0.0]], step=9, caption="last")
    assert run.summary(acc=0.9) == {"acc": 0.9}
    run.file(__file__, caption="myself")
    with run.open("sub/notes.csv", "w") as stream:
        stream.write("a,b\\n")
    run.note("tried the big one")
    run.tag("baseline")
    run.description = "a test"
    with run.safe():
        pass
    assert exparse.current_run() is run
    assert len(run.metrics()) == 20 and list(run.metrics(wide=True)["acc"]) == [n / 10 for n in range(10)]
    assert (run.tags, run.description, "big one" in run.notes) == (["baseline"], "a test", True)
    assert sorted(run.files) == ["main.py", "sub/notes.csv"] and run.images == {"confusion": [9]}
    print("done", run.recorded)
"""


def test_a_script_that_adds_all_there_is(script: RunScript, root: Path) -> None:
    done = script(ALL)
    assert (done.stdout, done.stderr, done.returncode) == ("done True\n", "", 0)
    [run] = Root(root).runs()
    assert run.state == "finished" and run.summary() == {"acc": 0.9} and run.about.captions == {"main.py": "myself"}
    assert len(run.metrics()) == 20 and run.images == {"confusion": [9]} and run.tags == ["baseline"]


def test_the_same_script_unrecorded_needs_no_if_and_leaves_nothing(
    script: RunScript, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "scratch").mkdir()
    done = script(ALL, "--no-record", env={"TMPDIR": str(tmp_path / "scratch")})
    assert (done.stdout, done.stderr, done.returncode) == ("done False\n", "", 0)
    assert not root.exists() and not list((tmp_path / "scratch").iterdir())


def test_a_script_in_an_odd_folder_adds_all_there_is(script: RunScript, odd_folder: Path) -> None:
    done = script(ALL, folder=odd_folder)
    assert (done.stdout, done.stderr) == ("done True\n", "")
    [run] = Root(odd_folder / "exruns").runs()
    assert len(run.metrics()) == 20


def test_a_script_that_adds_nothing_loads_nothing_for_it(script: RunScript) -> None:
    done = script(
        """
        import sys
        from exparse import ExParser
        ExParser().parse_args()
        rooms = ("series", "images", "artifacts", "about", "safe", "summary", "parents", "inside")
        print([name for name in rooms if f"exparse.record.{name}" in sys.modules])
        print([name for name in ("metrics", "about", "png", "summary") if f"exparse.format.{name}" in sys.modules])
        """
    )
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")


def test_a_run_that_was_killed_shows_all_that_it_had_added(script: RunScript, root: Path) -> None:
    done = script(ALL + "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert done.returncode == -9
    [run] = Root(root).runs()
    assert run.state in ("lost", "killed") and len(run.metrics()) == 20 and run.summary() == {"acc": 0.9}
    assert run.tags == ["baseline"] and list(run.files) == ["main.py", "sub/notes.csv"]


@pytest.fixture
def run(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda run: pickle.loads(pickle.dumps(run))])
def test_a_live_run_is_copied_and_pickled_after_it_has_logged(run: LiveRun, copied: object) -> None:
    run.log(loss=1.0, step=0)
    twin = copied(run)  # type: ignore[operator]
    assert twin == run and twin.part is None
    twin.log(loss=2.0, step=1)
    run.log(loss=3.0, step=2)
    assert run.metrics()["value"].tolist() == [1.0, 2.0, 3.0]


def test_an_unrecorded_run_is_copied_after_it_has_logged() -> None:
    run = UnrecordedRun("a test", {"lr": 0.1})
    run.log(loss=1.0)
    twin = copy.deepcopy(run)
    twin.log(loss=2.0)
    assert len(run.metrics()) == 2 and twin.params == {"lr": 0.1}
    shutil.rmtree(run.folder)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_the_part_of_a_process_follows_rank_and_fork(run: LiveRun) -> None:
    assert run.part is None
    run.rank = 0
    assert run.part is None
    run.rank = 3
    assert run.part == "3"
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(run.part).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        assert stream.read() == f"3.p{child}"


def test_an_unrecorded_run_says_what_a_run_says(tmp_path: Path) -> None:
    run = UnrecordedRun("a test", {"lr": 0.1})
    assert (run.id, run.name, run.label, run.state, run.recorded) == (None, "unrecorded", None, "running", False)
    assert run.params == {"lr": 0.1} and run.metadata == {} and "a test" in repr(run)
    assert run / "x" == run.path / "x" and os.fspath(run) == run.folder == str(run.path)
    for name in dir(LiveRun):
        if not name.startswith("_") and name not in ("place", "problem", "seconds", "status"):
            assert hasattr(run, name), name
    shutil.rmtree(run.folder)
    assert (run.rank, run.attempt, run.resumed) == (None, 1, False)


def test_importing_the_live_run_loads_no_library() -> None:
    code = "import sys; before = set(sys.modules); import exparse.record.live; print(sorted(n for n in set(sys.modules) - before if not n.startswith(('exparse', '__future__'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
