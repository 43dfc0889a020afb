"""Taking back a root that was made for a run which was none after all: a usage error leaves no folder behind."""

from __future__ import annotations

import os

from exparse.store import files, layout, publish

_FOLDERS = (layout.RUNS, layout.TMP, layout.INDEX, layout.MARKED, layout.STAGING, layout.JOBS, layout.COUNTER)


def unmake(root: str) -> bool:
    """Remove a root in which nothing lies but what was made with it; return whether it is gone.

    Each step fails where another process has begun to use the root meanwhile: then all is made again that was
    removed. That process makes anew itself what it misses (:func:`exparse.store.publish.publish`).
    """
    if not _is_bare(root):
        return False
    try:
        for name in _FOLDERS:
            _remove(f"{root}/{name}", name)
        for name in (layout.MARKER, layout.IGNORE):
            files.remove_quietly(f"{root}/{name}")
        os.rmdir(root)
    except OSError:
        return _made_again(root)
    return True


def _is_bare(root: str) -> bool:
    try:
        inside = set(os.listdir(root))
        held = [name for name in inside & set(_FOLDERS) if name != layout.COUNTER and os.listdir(f"{root}/{name}")]
    except OSError:
        return False
    return not held and inside <= {*_FOLDERS, layout.MARKER, layout.IGNORE}


def _remove(path: str, name: str) -> None:
    """Remove an empty folder; that of the counter with the names in it, which no run has."""
    if not os.path.isdir(path):
        return
    if name == layout.COUNTER:
        for number in os.listdir(path):
            os.unlink(f"{path}/{number}")
    os.rmdir(path)


def _made_again(root: str) -> bool:
    try:
        publish.prepare(root)
    except OSError:
        return not os.path.isdir(root)
    return False
