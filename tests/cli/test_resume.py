"""``exparse resume`` and ``exparse retry``: runs that go on, in their own folders."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run
from repositories import run_git

from exparse.cli.main import main
from exparse.cli.resume import resume
from exparse.cli.retry import STATES, retry
from exparse.cli.selection import Wanted
from exparse.errors import ExparseError
from exparse.store import caches, liveness
from exparse.store.root import Root
from exparse.store.run import Run

STEPS = """
import os, signal, sys, time
from exparse import ExParser
parser = ExParser()
parser.add_argument("--n", type=int, default=1)
args = parser.parse_args()
kept = args.run.path / "kept.txt"
print(args.run.attempt, args.run.resumed, kept.read_text() if args.run.resumed else "")
kept.write_text(f"attempt {args.run.attempt}")
if args.run.attempt > args.n:
    sys.exit(0)
if args.n == 7 and args.run.resumed:
    os.kill(os.getppid(), signal.SIGTERM)
    time.sleep(5)
if args.n == 8:
    os.kill(os.getpid(), signal.SIGINT)
if args.n == 9:
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(3)
"""


@pytest.fixture
def steps(script: Any, tmp_path: Path) -> Any:
    """Return a function that makes runs of a script that ends well after ``n`` attempts."""

    def make(*numbers: int) -> Root:
        for number in numbers:
            script(STEPS, "--n", number)
        return Root(tmp_path / "exruns")

    return make


def on(run: Run, ends: int = 0, **how: Any) -> Paper:
    """Go on with a run, and return what was said."""
    to = Paper()
    given = {"code": None, "dry": False, "yes": False, **how}
    assert resume(Run(run.root, run.name, run.place), given["code"], given["dry"], given["yes"], to) == ends, to.noted
    return to


def again(root: Root, ends: int, *selectors: str, dry: bool = False) -> Paper:
    """Retry runs, and return what was said."""
    to = Paper()
    assert retry(Root(root.folder), Wanted(selectors, states=STATES), None, dry, False, to) == ends, to.noted
    return to


def test_a_run_goes_on_in_its_folder_with_what_it_left_there(steps: Any, tmp_path: Path, monkeypatch: Any) -> None:
    root = steps(2)
    (tmp_path / "elsewhere").mkdir()
    shutil.move(root.folder, tmp_path / "elsewhere" / "moved")
    root = Root(tmp_path / "elsewhere" / "moved")
    monkeypatch.chdir(root.folder)
    assert "run 1 goes on, attempt 2" in on(root[1], 3).noted
    assert "run 1 finished after" in on(root[1]).noted
    run = Root(root.folder)[1]
    assert (len(Root(root.folder)), run.state, run.status.attempt) == (1, "finished", 3)
    assert run.output("stdout").split(b"\n")[1:] == [b"2 True attempt 1", b"3 True attempt 2", b""]
    with pytest.raises(ExparseError, match="it finished. To make it again: exparse rerun 1"):
        on(run)


def test_what_cannot_go_on_says_why(root: Path, capsys: Any) -> None:
    here = {"process": liveness.this_process()}
    make_run(root, state="running", seconds=None, facts=here)
    damage(make_run(root, state="failed"))
    make_run(root, state="failed")
    with pytest.raises(ExparseError, match="run 1 cannot go on: it is running.*exparse stop 1"):
        on(Root(root)[1])
    with pytest.raises(ExparseError, match="run 2 cannot go on: it is damaged"):
        on(Root(root)[2])
    assert main(["--root", str(root), "rm", "3", "--yes"]) == 0
    assert main(["--root", str(root), "resume", "3"]) == 1
    assert "Run 3 is in the trash: exparse restore 3" in capsys.readouterr().err


def test_a_run_of_other_params_does_not_go_on(steps: Any) -> None:
    root = steps(2)
    path = root[1].path / "params.yaml"
    path.write_text(path.read_text() + "left: 1\n")
    to = on(root[1], 1)
    assert "run 1 did not go on: its program recorded nothing (exit code 1)" in to.noted
    assert Root(root.folder)[1].status.attempt == 1


def test_runs_are_tried_again_one_after_another_and_none_stops_the_others(steps: Any) -> None:
    root = steps(2, 1, 0)
    to = again(root, 0, dry=True)
    assert [line.split()[:2] for line in to.said.splitlines()] == [["1", "failed"], ["2", "failed"]]
    to = again(root, 1)
    assert "1 of 2: run 1, failed" in to.noted and "2 of 2: run 2, failed" in to.noted
    assert "1 of 2 runs finished; 1 run did not: 1\n" in to.noted
    assert "1 of 1 run finished\n" in again(root, 0).noted
    assert again(root, 0).noted == "nothing to go on with: all 3 finished\n"
    assert "no run is like that" in again(root, 0, "3").noted
    assert {run.id: run.status.attempt for run in Root(root.folder)} == {1: 3, 2: 2, 3: 1}


def test_a_lost_run_goes_on_and_what_was_interrupted_stops_the_others(steps: Any) -> None:
    root = steps(9, 8, 1)
    assert [run.state for run in root] == ["lost", "interrupted", "failed"]
    text = (root[1].path / "params.yaml").read_text()
    (root[1].path / "params.yaml").write_text(text.replace('"n": 9', '"n": 1'))
    to = again(root, 130, "1", "2", "3")
    assert "interrupted at run 2; 1 run not tried" in to.noted
    assert [run.state for run in Root(root.folder)] == ["finished", "interrupted", "failed"]


def test_who_is_told_to_end_tries_no_more_runs(steps: Any) -> None:
    root = steps(7, 1)
    to = again(root, 130)
    assert "interrupted at run 1; 1 run not tried" in to.noted
    assert [run.state for run in Root(root.folder)] == ["killed", "failed"]


def test_nobody_elses_runs_are_tried_without_a_word(steps: Any) -> None:
    root = steps(1)
    path = root[1].path / "metadata.json"
    path.write_text(path.read_text().replace(f'"host": "{liveness.host()}"', '"host": "mars"', 1))
    to = Paper(answer=False)
    assert retry(root, Wanted(states=STATES), None, False, False, to) == 1
    assert "run 1 was made on mars\n" in to.noted and to.asked == ["Run what was recorded there, with your rights?"]
    assert f"  command  {shlex.quote(sys.executable)} " in to.noted and "--n 1\n" in to.noted, (
        "what one is asked about is shown"
    )
    with pytest.raises(ExparseError, match="nobody is at a terminal"):
        again(root, 0)
    with pytest.raises(ExparseError, match="nobody is at a terminal"):
        on(root[1])
    assert main(["--root", root.folder, "retry", "--yes"]) == 0
    assert Root(root.folder)[1].state == "finished"


LEAVES = """
import os, sys
from exparse import ExParser
args = ExParser().parse_args()
found = [name for name in ("here.ckpt", "in/tree.ckpt") if os.path.exists(name)]
print(args.run.attempt, *found)
name = ("here.ckpt", "in/tree.ckpt", "last.ckpt")[args.run.attempt - 1]
os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
open(name, "w").write(name)
sys.exit(args.run.attempt != 3)
"""


@pytest.mark.slow
def test_a_run_goes_on_by_its_own_code_and_finds_its_files_where_they_were(tmp_path: Path) -> None:
    """Also what earlier attempts left: the first in the user's folder, the second in a tree that is gone since."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "main.py").write_text(LEAVES)
    for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        run_git(project, *args)
    assert subprocess.run([sys.executable, "main.py"], cwd=project).returncode == 1
    (project / "main.py").write_text("raise SystemExit('the code of now')\n")
    root = Root(project / "exruns")
    on(root[1], ends=1)
    assert (root[1].path / "files/left/in/tree.ckpt").read_text() == "in/tree.ckpt"
    shutil.rmtree(str(caches.folder("trees")))
    on(root[1])
    assert root[1].output() == b"1\n2 here.ckpt\n3 here.ckpt in/tree.ckpt\n" and root[1].state == "finished"
    assert sorted(path.name for path in (root[1].path / "files/left").rglob("*.ckpt")) == ["last.ckpt", "tree.ckpt"]
    assert sorted(path.name for path in project.iterdir()) == [".git", "exruns", "here.ckpt", "main.py"]
