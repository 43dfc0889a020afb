"""What a run's folder holds and how much room it takes. Links are counted, never followed."""

from __future__ import annotations

import os
import stat
from operator import itemgetter
from typing import NamedTuple

from exparse.store import layout, logs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("record", "code", "output", "metrics", "images", "files", "other")
"""What the files of a run are: those that tell what it is (params, metadata, state, words); its code; what it printed;
what it measured; images and artifacts; whatever else its script left there."""

# The room that a file takes is told in these, whatever the blocks of the file system.
_BLOCK = 512
_RECORD = frozenset(
    (layout.PARAMS, layout.METADATA, layout.STATUS, layout.FACTS, layout.ABOUT, layout.NOTES, layout.KILLED)
)
_CODE = frozenset((layout.PATCH, layout.SOURCE, layout.PACKAGES, layout.CELLS))


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


class Usage(NamedTuple):
    """The room that a folder takes.

    Attributes:
        size: Bytes of its plain files.
        files: How many there are.
        kinds: Bytes of each of :data:`KINDS` that it has.
        unreadable: How many folders and files could not be looked at.
    """

    size: int
    files: int
    kinds: dict[str, int]
    unreadable: int


class Measure:
    """Measures folders; a file with several names (hard links) counts where it is met first, and only there.

    Args:
        on_disk: Whether the blocks that a file takes are counted, not the bytes that it says it holds. They differ
            for files with holes, for small ones, and on file systems that compress.
    """

    def __init__(self, on_disk: bool = False) -> None:
        self.on_disk = on_disk
        self._met: set[tuple[int, int]] = set()

    def __call__(self, folder: str) -> Usage:
        """Return the room that a folder takes; nothing where it is gone. Reads no file."""
        kinds: dict[str, int] = {}
        count = unreadable = 0
        for name, status in _found(folder):
            if isinstance(status, OSError):
                unreadable += not isinstance(status, FileNotFoundError)
            elif stat.S_ISREG(status.st_mode):
                count += 1
                kind = kind_of(name)
                kinds[kind] = kinds.get(kind, 0) + self._size(status)
        return Usage(sum(kinds.values()), count, kinds, unreadable)

    def _size(self, status: os.stat_result) -> int:
        if status.st_nlink > 1:
            known = (status.st_dev, status.st_ino)
            if known in self._met:
                return 0
            self._met.add(known)
        if self.on_disk and hasattr(status, "st_blocks"):
            return status.st_blocks * _BLOCK
        return status.st_size


def kind_of(name: str) -> str:
    """Return which of :data:`KINDS` a file of a run is, by its path below the run's folder."""
    first, _, below = name.partition("/")
    if below:
        return first if first in (layout.IMAGES, layout.FILES) else "other"
    if name in _RECORD:
        return "record"
    if name in _CODE:
        return "code"
    if name == layout.SUMMARY or (name.startswith("metrics.") and name.endswith(".jsonl")):
        return "metrics"
    return "output" if logs.parse_name(name.partition(logs.TAIL)[0]) else "other"


def _found(folder: str) -> Iterator[tuple[str, os.stat_result | OSError]]:
    """Yield path and status of all that lies below a folder, folders left out; or why it cannot be looked at."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(f"{folder}/{below}") as entries:
                found = list(entries)
        except OSError as problem:
            yield below.rstrip("/") or ".", problem
            continue
        for entry in found:
            try:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{below}{entry.name}/")
                else:
                    yield below + entry.name, entry.stat(follow_symlinks=False)
            except OSError as problem:
                yield below + entry.name, problem


def files(folder: str) -> list[File]:
    """Return what lies below a folder, at any depth, by name; folders are only looked into."""
    return [_file(name, status) for name, status in sorted(_found(folder), key=itemgetter(0))]


def _file(name: str, status: os.stat_result | OSError) -> File:
    if isinstance(status, OSError):
        # Gone meanwhile, or not ours to read: said, not passed over.
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
