"""A repository to record, and git to change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import run_git

Git = Callable[..., bytes]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repository with one commit of a few files."""
    folder = tmp_path / "repo"
    folder.mkdir()
    run_git(folder, "init", "-q")
    (folder / "train.py").write_text("print('first')\n")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "model.py").write_text("layers = 3\n" * 20)
    (folder / ".gitignore").write_text("*.ignored\n")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "first")
    return folder


@pytest.fixture
def git(repo: Path) -> Git:
    """Return git, working in the repository."""

    def run(*args: str | bytes, **more: object) -> bytes:
        return run_git(repo, *args, **more)  # type: ignore[arg-type]

    return run
