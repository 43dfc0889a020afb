"""What users of metarunlog do, as far as there are verbs for it: the pinned checkout of scenario 10."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git, tree_of

from exparse import Root

_MAIN = """\
from exparse import ExParser
import model
parser = ExParser()
parser.add_argument("--lr", type=float, default=0.1)
print(model.name, open("conf.lua").read().strip(), parser.parse_args().lr)
"""


def exparse(cwd: Path, *argv: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exparse", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "my project"
    project.mkdir()
    for name, text in (("main.py", _MAIN), ("model.py", "name = 'first'\n"), ("conf.lua", "lr = 1\n")):
        (project / name).write_text(text)
    for args in (["init", "-q"], ["add", "."], ["commit", "-qm", "First"]):
        run_git(project, *args)
    return project


@pytest.mark.slow
def test_10_editing_the_working_tree_does_not_change_the_code_of_a_run(project: Path) -> None:
    """The code that ran is laid out anew, apart from the tree; what is in the tree now runs where that is asked for."""
    (project / "model.py").write_text("name = 'dirty'\n")
    done = subprocess.run([sys.executable, "main.py", "--lr", "0.5"], cwd=project, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "dirty lr = 1 0.5\n")
    (project / "model.py").write_text("name = 'second'\n")
    (project / "conf.lua").write_text("lr = 2\n")
    run_git(project, "commit", "-qam", "Second")
    run_git(project, "checkout", "-q", "-b", "other")
    before = (
        tree_of(project, ".yaml", ".pyc"),
        run_git(project, "status", "--porcelain"),
        run_git(project, "branch", "-v"),
    )
    again = exparse(project, "rerun", 1)
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, "dirty lr = 1 0.5"), again.stderr
    here: Any = exparse(project, "rerun", 1, "--code", "current", "--lr", "0.25")
    assert (here.returncode, here.stdout.splitlines()[0]) == (0, "second lr = 2 0.25"), here.stderr
    kept = {path: found for path, found in tree_of(project, ".yaml", ".pyc").items() if not path.startswith(b"exruns")}
    assert kept == {path: found for path, found in before[0].items() if not path.startswith(b"exruns")}
    assert run_git(project, "status", "--porcelain") == before[1] and run_git(project, "branch", "-v") == before[2]
    first, second, third = Root(project / "exruns")
    assert second.metadata["rerun_of"] == first.name == third.metadata["rerun_of"]
    git = [run.metadata["git"] for run in (first, second, third)]
    assert git[0]["commit"] == git[1]["commit"] != git[2]["commit"]
    assert git[0]["patch"]["sha256"] == git[1]["patch"]["sha256"] and git[2]["patch"] is None
    assert first.metadata["script"] == second.metadata["script"] == str(project / "main.py")
