"""``exparse retry --dry-run``, which looks at the same code once; and whose folder a run is made again in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import Paper
from repositories import run_git

from exparse.cli.retry import STATES, retry
from exparse.cli.selection import Wanted
from exparse.code import processes
from exparse.launch import plan
from exparse.store.root import Root

MAIN = "from exparse import ExParser\nExParser().parse_args()\nraise SystemExit(1)\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with four runs that failed: three of one code, one of another; and a third code in it."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        run_git(folder, *args)
    for code in ("", "", "", "# changed\n"):
        (folder / "main.py").write_text(MAIN + code)
        assert subprocess.run([sys.executable, "main.py"], cwd=folder).returncode == 1
    (folder / "main.py").write_text("raise SystemExit('the code of now')\n")
    return folder


def dry(project: Path, monkeypatch: Any, *selectors: str) -> tuple[Paper, list[bytes]]:
    """List what would run; return what was said, and the git commands that were started."""
    to, started, start = Paper(), [], processes.start

    def counted(command: list[bytes], *args: Any, **more: Any) -> Any:
        started.append(b" ".join(command))
        return start(command, *args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(processes, "start", counted)
        assert retry(Root(project / "exruns"), Wanted(selectors, states=STATES), None, True, False, to) == 0, to.noted
    return to, started


@pytest.mark.slow
def test_many_runs_of_one_code_are_listed_with_one_look_at_it(project: Path, monkeypatch: Any) -> None:
    dry(project, monkeypatch)  # from now on the trees lie there
    _, of_one = dry(project, monkeypatch, "1")
    to, of_three = dry(project, monkeypatch, "1:3")
    assert of_one and len(of_three) == len(of_one)
    assert [line.split()[:2] for line in to.said.splitlines()] == [[str(one), "failed"] for one in (1, 2, 3)]
    assert to.noted.count("in a tree of its own") == 1
    to, _ = dry(project, monkeypatch)
    assert to.noted.count("in a tree of its own") == 2 and len(to.said.splitlines()) == 4
    run_git(project, "checkout", "-q", "main.py")
    to, _ = dry(project, monkeypatch)
    assert to.noted.count("  code ") == 1, "the first three are of what lies here"


@pytest.mark.slow
def test_of_code_that_is_nowhere_each_run_says_so(project: Path, monkeypatch: Any) -> None:
    run_git(project, "commit", "-q", "--amend", "-am", "Another")
    run_git(project, "reflog", "expire", "--expire=now", "--all")
    run_git(project, "gc", "-q", "--prune=now")
    to, root = Paper(), Root(project / "exruns")
    assert retry(root, Wanted(("1:3",), states=STATES), None, True, False, to) == 1
    assert [f"the code of run {one}: " in to.noted for one in (1, 2, 3)] == [True, True, True]
    assert to.said == ""


@pytest.mark.slow
def test_a_run_of_another_user_is_made_again_beside_their_folder_and_not_in_it(project: Path, monkeypatch: Any) -> None:
    run_git(project, "checkout", "-q", "main.py")
    run = Root(project / "exruns")[1]
    with plan.again(run, (), None) as made:
        assert made.code.tree is None and made.cwd == str(project)
    monkeypatch.setattr("exparse.code.others.me", lambda: os.getuid() + 1)
    with plan.again(run, (), None) as made:
        assert made.code.tree is not None and made.cwd == made.code.tree.path
    for place in (plan.again(run, (), "current"), plan.on(run, None)):
        assert place.code.tree is None, "as somebody wanted it"
