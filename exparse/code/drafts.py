"""Folders for drafts: private, outside the tree, gone soon."""

from __future__ import annotations

import os


def make_scratch(avoid: str | None, otherwise: str) -> str:
    """Make a folder that only this user can read, for what is thrown away soon; return its path.

    Args:
        avoid: A folder below which it must not lie, or None.
        otherwise: Where it goes when there is no other place.

    Raises:
        OSError: If it cannot be made anywhere.
    """
    named = [os.environ.get(name, "") for name in ("TMPDIR", "TEMP")]
    places = [place for place in (*named, "/tmp", "/var/tmp") if os.path.isabs(place)]
    for place in places:
        if avoid is not None and is_below(os.path.realpath(place), avoid):
            continue
        try:
            return _make_private(place)
        except OSError:
            continue
    return _make_private(otherwise)


def _make_private(place: str) -> str:
    scratch = f"{place}/.exparse-{os.urandom(8).hex()}"
    os.mkdir(scratch, 0o700)
    return scratch


def is_below(path: str, folder: str) -> bool:
    """Return whether a path is a folder or lies somewhere below it; both are taken as they are written."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
