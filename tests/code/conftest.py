"""A repository to record, and git to change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import begun
from repositories import run_git

from exparse.code import scribe

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


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """Return the folder of a run, in a root beside the repository."""
    folder = tmp_path / "root" / "runs" / "000001-2026-11-21-05-40-12"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Return what a scribe does for a run: finds code and packages, writes them, and returns the facts."""

    def run(repo: Path, folder: Path, **more: Any) -> dict[str, Any]:
        begun(folder)
        ask = {"folder": str(folder), "root": str(folder.parent.parent), "where": str(repo), "script": None}
        return scribe.record({**ask, "path": [], "imported": [], "secrets": [], "source": False, **more})

    return run
