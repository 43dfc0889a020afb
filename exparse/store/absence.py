"""Whether a run is certainly gone: an error, or a disk that is not mounted, never says so."""

from __future__ import annotations

import os
import stat

from exparse.store import layout

PLACES = (layout.RUNS, layout.TMP)


def is_gone(path: str) -> bool:
    """Return whether nothing lies at a path; False where that cannot be told. Follows no link at its end."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def place_of(target: str) -> str:
    """Return the folder of the root that the target of a link to a run names."""
    return layout.TMP if target.lstrip("./").startswith(f"{layout.TMP}/") else layout.RUNS


def doubt(root: str, name: str, place: str = layout.RUNS) -> str | None:
    """Return why nobody can be sure that a run is gone from ``runs/`` and ``tmp/``; None where it certainly is.

    Args:
        root: Path of the root.
        name: Name of the run.
        place: Where it was. A place without any run may be a disk that is not mounted.
    """
    for folder in PLACES:
        why = _unlike(f"{root}/{folder}", folder)
        if why:
            return why
        if not is_gone(f"{root}/{folder}/{name}"):
            return f"{folder}/{name} is there, or cannot be looked at"
    return None if _holds_runs(f"{root}/{place}") else f"{place}/ holds no run at all"


def _unlike(path: str, folder: str) -> str | None:
    """Return why a folder of runs is not as it should be, or None."""
    try:
        kind = os.lstat(path).st_mode
        if stat.S_ISLNK(kind):
            return f"{folder}/ is a link"
        if not stat.S_ISDIR(kind):
            return f"{folder} is no folder"
        with os.scandir(path):
            return None
    except (FileNotFoundError, NotADirectoryError):
        return f"{folder}/ is missing"
    except OSError as problem:
        return f"{folder}/ cannot be read: {problem.strerror}"


def _holds_runs(path: str) -> bool:
    try:
        with os.scandir(path) as entries:
            return any(layout.parse_run_name(entry.name) for entry in entries)
    except OSError:
        return False
