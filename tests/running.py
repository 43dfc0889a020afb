"""Programs run by Python itself and by ``exparse run``, to be compared."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exparse.store.run import Run

OURS = (sys.executable, "-m", "exparse")


def ran(
    words: Sequence[str], folder: Path, env: Mapping[str, str] | None = None, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with what it says kept."""
    return subprocess.run(
        list(words),
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
    )


def run(*words: str, folder: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run ``exparse run`` with these words."""
    return ran([*OURS, "run", *words], folder, **more)


def runs_in(root: Path, place: str = "runs") -> list[Run]:
    """Return the runs that lie in a root; none where there is no root."""
    folder = root / place
    return [Run(str(root), path.name, place) for path in sorted(folder.iterdir())] if folder.is_dir() else []
