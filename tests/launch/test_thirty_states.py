"""Thirty states in which people leave their code: each is recorded by a real script, laid out, and run again.

The script prints names, kinds and digests of all that lies beside it. Its second output is the first, or it is said
precisely why not; the second run has the commit and the patch of the first; and nothing of the user's has changed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import states
from repositories import run_git

from exparse.store.run import Run

pytestmark = pytest.mark.slow

SAME = ""
# By state: where the code is looked for afterwards (`here`, or in a fresh `clone` while the first is away), and what is
# said where it does not come out alike.
EXPECTED: dict[str, tuple[str, str]] = {
    "clean": ("clone", SAME),
    "dirty": ("clone", SAME),
    "staged": ("clone", SAME),
    "untracked": ("clone", SAME),
    "renamed": ("clone", SAME),
    "deleted": ("clone", SAME),
    "binary": ("clone", SAME),
    "modes": ("clone", SAME),
    "links": ("clone", SAME),
    "submodule": ("here", SAME),
    "submodule_absent": ("here", r"lib is a submodule at [0-9a-f]{40}, which is not here"),
    "detached": ("clone", SAME),
    "moved_on": ("clone", SAME),
    "odd_names": ("clone", SAME),
    "crlf": ("clone", SAME),
    "eol_attribute": ("clone", SAME),
    "autocrlf": ("here", SAME),
    "encoding": ("clone", SAME),
    "large_files": ("here", SAME),
    "large_file_absent": ("here", r"model one\.pt is a pointer of Git LFS, and its content .* is not here"),
    "sparse": ("here", SAME),
    "assumed": ("here", SAME),
    "conflict": ("clone", SAME),
    "nested": ("here", r"vendor/ was not kept: it is what lies in .* now"),
    "exported": ("clone", SAME),
    "large_left_out": ("here", r"huge\.bin was not kept: it is what lies in .* now"),
    "ignored_data": ("here", SAME),
    "secret": ("clone", "secrets are masked"),
    "gone": ("here", r"does not have the commit [0-9a-f]{40}\. No remote was known"),
    "pushed_and_gone": ("here", r"had been pushed to .*server\.git: fetch it from there \(`git fetch origin`\)"),
    "unpushed_and_gone": ("here", r"had not been pushed to .*server\.git when it ran"),
    "shallow": ("here", SAME),
    "shallow_and_gone": ("here", r"here is a shallow clone, .* `git fetch --unshallow` brings what"),
    "worktree": ("here", SAME),
    "sha256": ("clone", SAME),
    "no_commit": ("here", SAME),
    "no_repository": ("here", SAME),
    "hostile": ("here", SAME),
}


def start(script: Path, root: Path) -> str:
    secret = ["--token", "hunter2-hunter2"]
    answer = subprocess.run([sys.executable, script, root, *secret], capture_output=True, text=True, cwd=script.parent)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def run_again(root: Path, place: Path) -> subprocess.CompletedProcess[str]:
    command = ["rerun", "--root", str(root), "--yes", "--code", "recorded", "1"]
    return subprocess.run([sys.executable, "-m", "exparse", *command], capture_output=True, text=True, cwd=place)


def run_of(root: Path, number: int) -> Run:
    (folder,) = (root / "runs").glob(f"{number:06}-*")
    return Run(str(root), folder.name)


def world(folder: Path) -> dict[str, tuple[int, int]]:
    """Return when each file of a repository was last changed, and its size.

    Of an object that git would have written, had it not been there, git sets the time.
    """
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            kind = os.lstat(os.path.join(place, name))
            is_object = f"{os.sep}.git{os.sep}objects" in place
            found[os.path.join(place, name)] = (0 if is_object else kind.st_mtime_ns, kind.st_size)
    return found


def code_of(run: Run) -> tuple[Any, Any]:
    git = run.metadata["git"] or {}
    return git.get("commit"), (git.get("patch") or {}).get("sha256")


@pytest.mark.parametrize("name", EXPECTED)
def test_code_comes_back_as_it_was_or_it_is_said_why_not(name: str, tmp_path: Path) -> None:
    repo, root = tmp_path / "ada's code" / "digits", tmp_path / "runs of all"
    git = states.base(repo)
    later = getattr(states, name)(repo, git)
    if isinstance(later, Path):
        repo, later = later, None
    before = start(repo / "train.py", root)
    if later is not None:
        later()
    where, expected = EXPECTED[name]
    place = repo
    if where == "clone":
        run_git(tmp_path, "clone", "-q", "--no-local", str(repo), "fresh clone")
        place = tmp_path / "fresh clone"
        repo.rename(tmp_path / "away")
    untouched = world(place)
    answer = run_again(root, place)
    assert world(place) == untouched
    assert not (repo.parent / "pwned").exists()
    if expected:
        assert re.search(expected, answer.stderr), answer.stderr
    else:
        assert (answer.stdout, answer.returncode) == (before, 0), answer.stderr
        assert code_of(run_of(root, 2)) == code_of(run_of(root, 1))
        assert "run 2 gave the same as run 1" in answer.stderr and "not kept" not in answer.stderr
