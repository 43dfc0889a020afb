"""What files hold, as SHA-256: read beside the program or at its end, never longer than somebody may wait."""

from __future__ import annotations

import os
import stat
import time

from exparse.code import digests
from exparse.errors import DamagedFile
from exparse.format import status
from exparse.store import fate, files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Stop = Callable[[int], str]

PENDING = "not hashed yet"
"""Why there is no hash of a file whose turn comes."""

NOT_THERE = "not there"
"""Why there is no hash of a file that nobody has written."""

LONGEST_S = 60.0
"""What hashing the inputs of a run may take in all, in seconds."""

_LONGEST_AFTER_S = 0.5
_SMALL = 1 << 20  # bytes that the small module takes as fast as OpenSSL is loaded
_BLOCK = 8 << 20
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_FIELDS = 3


def of_file(path: str, stop: Stop, changed: int | None = None) -> dict[str, Any]:
    """Return ``bytes`` and ``sha256`` of a file; where there is no hash, ``sha256`` is None and ``why`` says why.

    Args:
        path: The file; links are followed, what is no plain file is not opened.
        stop: Is told how many bytes come next, and returns why they are not to be read, or "".
        changed: When the file is to have changed last, in nanoseconds; None where that does not matter.
    """
    try:
        # Opened for reading, a pipe would let its writer begin, and fail as it is closed.
        if not stat.S_ISREG(os.stat(path).st_mode):
            return _unknown(None, "no plain file")
        handle = os.open(path, _OPEN)
    except FileNotFoundError:
        return _unknown(None, NOT_THERE)
    except (OSError, ValueError) as problem:
        return _unknown(None, getattr(problem, "strerror", None) or str(problem))
    try:
        return _of_open(handle, stop, changed)
    except OSError as problem:
        return _unknown(None, problem.strerror or str(problem))
    finally:
        os.close(handle)


def _of_open(handle: int, stop: Stop, changed: int | None) -> dict[str, Any]:
    before = os.fstat(handle)
    if changed is not None and before.st_mtime_ns != changed:
        return _unknown(before.st_size, "it changed meanwhile")
    why = stop(before.st_size)
    if why:
        return _unknown(before.st_size, why)
    digest, why = _digest(handle, before.st_size, stop)
    after = os.fstat(handle)
    if not why and (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        why = "it changed meanwhile"
    return _unknown(after.st_size, why) if why else {"bytes": before.st_size, "sha256": digest}


def _digest(handle: int, size: int, stop: Stop) -> tuple[str, str]:
    """Return the hash of an open file, and why there is none."""
    if size <= _SMALL:
        data = _part(handle, _SMALL + 1)
        return digests.sha256(data), "" if len(data) == size else "it changed meanwhile"
    import hashlib

    found, left = hashlib.sha256(usedforsecurity=False), size
    # A file that grows is not followed.
    while left > 0 and (part := os.read(handle, min(left, _BLOCK))):
        found.update(part)
        left -= len(part)
        why = stop(0)
        if why:
            return "", why
    return found.hexdigest(), ""


def _part(handle: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(handle, most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


def _unknown(size: int | None, why: str) -> dict[str, Any]:
    return {"bytes": size, "sha256": None, "why": why}


def asked(inputs: dict[str, tuple[str, int]]) -> list[str]:
    """Return what the scribe is told of inputs: path, what it is called, and when it changed last, over and over."""
    return [text for path, (name, changed) in inputs.items() for text in (path, name, str(changed))]


class Patience:
    """How long the inputs of a run are hashed: a minute, but only half a second where the run is over by then.

    Args:
        folder: Folder of the run; its ``status.json`` says whether it is over.
    """

    def __init__(self, folder: str) -> None:
        self._path, self._began = f"{folder}/{layout.STATUS}", time.monotonic()

    def _is_over(self) -> bool:
        try:
            return status.parse(files.read_text(self._path), self._path).state not in fate.UNDER_WAY
        except FileNotFoundError:
            return True
        except (OSError, DamagedFile):
            return False  # a disk that is away comes back, or the minute is over

    def stop(self, size: int) -> str:
        """Return why no more is to be read, or ""."""
        took = time.monotonic() - self._began
        if took > LONGEST_S:
            return f"it takes longer than {LONGEST_S:.0f} s"
        if took > _LONGEST_AFTER_S and self._is_over():
            return "the run was over first"
        return ""


def of_inputs(listed: list[str], folder: str) -> dict[str, dict[str, Any]]:
    """Return hash and size of the inputs of a run, by what they are called.

    Args:
        listed: What :func:`asked` returned.
        folder: Folder of the run.
    """
    patience = Patience(folder)
    return {
        name: of_file(path, patience.stop, int(changed))
        for path, name, changed in zip(*[iter(listed)] * _FIELDS)  # noqa: B905  # groups of fields
    }


def pending(listed: list[str]) -> dict[str, dict[str, Any]]:
    """Return what is known of the inputs of a run before they are hashed."""
    return {name: {"sha256": None, "why": PENDING} for name in listed[1::_FIELDS]}
