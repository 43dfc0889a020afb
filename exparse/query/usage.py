"""What a run's folder holds and how much room it takes. Links are counted, never followed."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class File(NamedTuple):
    """Something in a run's folder.

    Attributes:
        name: Its path below the folder, with ``/`` between the parts.
        size: Bytes that it says it holds; 0 for what is no plain file.
        kind: ``""`` for a plain file, else ``link``, ``pipe``, ``device``, ``socket`` or ``unreadable``.
    """

    name: str
    size: int
    kind: str


def files(folder: str) -> Iterator[File]:
    """Yield what lies below a folder, at any depth, by name; folders are only looked into."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(f"{folder}/{below}") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            # Gone meanwhile, or not ours to read: said, not passed over.
            yield File(below.rstrip("/") or ".", 0, "unreadable")
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{below}{entry.name}/")
            else:
                yield _file(below + entry.name, entry)


def _file(name: str, entry: os.DirEntry[str]) -> File:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return File(name, 0, "unreadable")
    return File(name, status.st_size if stat.S_ISREG(status.st_mode) else 0, _kind(status.st_mode))


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_ISFIFO(mode):
        return "pipe"
    return "socket" if stat.S_ISSOCK(mode) else "device"


def total(folder: str) -> int:
    """Return how many bytes the plain files below a folder hold."""
    return sum(file.size for file in files(folder))
