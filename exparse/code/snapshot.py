"""What lies in a tree that was laid out, by the system's word for each file: whether anything has changed since.

The system counts changes in nanoseconds, so nothing has to be read.
"""

from __future__ import annotations

import os

CACHES = frozenset(("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".ipynb_checkpoints"))
_CHANGES_BY_ITSELF = frozenset(
    ("objects", "info", "logs", "index", "COMMIT_EDITMSG", "ORIG_HEAD", "FETCH_HEAD", "gc.pid")
)

State = dict[str, list[int]]


def take(tree: str) -> State:
    """Return what lies in a tree: mode, size, times in nanoseconds and number of each file and link, by path.

    Nothing is followed. Caches are passed over, and so is what git changes in its own folder on a mere look.
    """
    found: State = {}
    _take(tree, "", found, CACHES)
    return found


def _take(folder: str, prefix: str, found: State, passed_over: frozenset[str]) -> None:
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return  # removed by the program, or just now
    except PermissionError:
        found[prefix.rstrip("/")] = _state(os.lstat(folder), 0)
        return
    for entry in entries:
        if entry.name in passed_over or (passed_over is CACHES and entry.name.endswith(".pyc")):
            continue
        path = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            _take(entry.path, f"{path}/", found, _passed_over_in(entry.name, passed_over))
            continue
        try:
            kind = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        # Windows tells the number of a file only when it is opened.
        found[path] = _state(kind, entry.inode() if os.name == "posix" else 0)


def _passed_over_in(folder: str, above: frozenset[str]) -> frozenset[str]:
    """Return which names are passed over in a folder, by those that are where it lies itself."""
    if folder == ".git":
        return _CHANGES_BY_ITSELF
    # Deeper in a repository, what is called like that is a branch.
    return CACHES if above is CACHES else frozenset()


def _state(kind: os.stat_result, number: int) -> list[int]:
    return [kind.st_mode, kind.st_size, kind.st_mtime_ns, kind.st_ctime_ns, number]


def is_of_git(path: str) -> bool:
    """Return whether a path is that of a file of git's own."""
    return ".git" in path.split("/")[:-1]


def grouped(paths: list[str], before: State) -> list[str]:
    """Return paths with those in a folder that is wholly new replaced by the folder."""
    known = {parent for path in before for parent in parents(path)}
    return list(dict.fromkeys(next((one for one in parents(path) if one not in known), path) for path in paths))


def parents(path: str) -> list[str]:
    """Return the folders that a path lies in, outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
