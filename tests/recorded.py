"""Runs for tests whose code is recorded for real, from a tree of git or an archive of sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from making import make_run

from exparse.code import scribe, sources
from exparse.store import layout
from exparse.store.run import Run


def with_code(repo: Path, root: Path, values: dict[str, Any] | None = None, **more: Any) -> Run:
    """Make a run, and record the tree of a repository as its code; ``secrets`` are masked in it."""
    secrets = more.pop("secrets", [])
    run = make_run(root, values, **more)
    ask = {"folder": run.folder, "root": str(root), "where": str(repo), "script": None, "path": [], "imported": []}
    scribe.record({**ask, "secrets": secrets, "source": False})
    return run


def begun(folder: Path) -> Path:
    """Make the folder of a run, with the files that each has, as far as a scribe looks at them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (layout.PARAMS, layout.METADATA, layout.STATUS):
        (folder / name).touch()
    return folder


def with_sources(folder: Path, root: Path, values: dict[str, Any] | None = None, **more: Any) -> Run:
    """Make a run, and archive the Python files of a folder as its sources."""
    run = make_run(root, values, **more)
    imported = sorted(str(path) for path in folder.rglob("*.py"))
    archive, _ = sources.packed(str(folder), None, imported, str(root), [])
    assert archive is not None
    (run.path / "source.zip").write_bytes(archive)
    return run
