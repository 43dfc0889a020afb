"""Real git repositories for tests: git as a user runs it, and trees to compare."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def run_git(folder: Path, *args: str | bytes, given: bytes | None = None, fails: bool = False, **env: str) -> bytes:
    """Run git as a user would, and return what it prints; ``fails`` is for what git is to refuse."""
    known = {**os.environ, "GIT_AUTHOR_DATE": "2026-11-21T05:40:12Z", "GIT_COMMITTER_DATE": "2026-11-21T05:40:12Z"}
    options = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    answer = subprocess.run(
        ["git", *options, *args], cwd=folder, env={**known, **env}, input=given, capture_output=True, timeout=60
    )
    assert (answer.returncode != 0) == fails, f"git {args}: {answer.stderr.decode(errors='replace')}"
    return answer.stdout


def tree_of(folder: Path, *ignored: str) -> dict[bytes, tuple[int, bytes]]:
    """Return mode and content of each file and link below a folder, but for ``.git`` and names that end as given."""
    found: dict[bytes, tuple[int, bytes]] = {}
    top = os.fsencode(folder)
    for place, folders, files in os.walk(top):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]
        folders[:] = [name for name in folders if name != b".git" and name not in links]
        for name in [*files, *links]:
            path = os.path.join(place, name)
            if name == b".git" or name.decode(errors="replace").endswith(ignored or ("\0",)):
                continue
            mode = os.lstat(path).st_mode
            data = os.readlink(path) if os.path.islink(path) else Path(os.fsdecode(path)).read_bytes()
            found[os.path.relpath(path, top)] = (mode & 0o170100, data)
    return found
