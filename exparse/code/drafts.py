"""Writing a file of a run that may be gone: whole or not at all, and nothing is made anew."""

from __future__ import annotations

import os

from exparse.store import files

_OPEN = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def replace(path: str, data: bytes) -> None:
    """Replace a file in one step, with the modes of the user's umask.

    Raises:
        OSError: If it cannot be written; no draft is left then. A folder that is gone is not made.
    """
    folder, name = os.path.split(path)
    draft = f"{folder}/.{name}.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        _write(draft, data)
        files.move(draft, path, onto=True)
    except OSError:
        files.remove_quietly(draft)
        raise


def _write(path: str, data: bytes) -> None:
    handle = os.open(path, _OPEN, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    finally:
        os.close(handle)


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
