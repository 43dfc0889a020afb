"""Whether a run is as it was when it was last read: two looks at its folder, and no file is opened.

A folder's time moves when a file in it is made, replaced or removed, as exparse writes all its files; ``params.yaml``
is also edited in place by people, so it is looked at for itself.
"""

from __future__ import annotations

import os
import time

from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS = 8
"""In how many parts a root's runs are looked at by several processes."""
_DOUBT_NS = 2_000_000_000
_SCATTER = 0x9E3779B1  # a prime near 2**32 divided by the golden ratio, as Knuth has it
# Numbers of inodes have 64 bits without a sign, on some file systems more; the cache has 64 with one.
_WHOLE = (1 << 63) - 1

Stamp = tuple[int, int, int, int]
"""What tells whether a run has changed: the number of its folder's inode; when the folder changed, and when
``params.yaml`` did, in nanoseconds; bytes of ``params.yaml``. The last two are 0 where that is not there."""


class Look:
    """One look at the folders of a place; a part of them at a time, so that several processes may share the work.

    Args:
        folder: Path of the place.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._parts: list[list[os.DirEntry[str]]] | None = None

    def __len__(self) -> int:
        """Return how many entries there are, folders of others and files among them."""
        return sum(map(len, self._listed()))

    def part(self, number: int) -> dict[str, Stamp]:
        """Return the stamp of each folder in a part, by name; names of other things than runs may be among them."""
        entries = self._listed()[number]
        if not entries:
            return {}
        handle = os.open(self.folder, os.O_RDONLY) if _RELATIVE else None
        try:
            return _stamped(self.folder, entries, handle)
        finally:
            if handle is not None:
                os.close(handle)

    def _listed(self) -> list[list[os.DirEntry[str]]]:
        if self._parts is None:
            self._parts = self._split()
        return self._parts

    def _split(self) -> list[list[os.DirEntry[str]]]:
        parts: list[list[os.DirEntry[str]]] = [[] for _ in range(PARTS)]
        try:
            with os.scandir(self.folder) as entries:
                for entry in entries:
                    # By inode: each process that looks comes to the same parts, whatever is made meanwhile. Runs of
                    # as many files have inodes at equal steps, so their last digits would be the same.
                    parts[(entry.inode() * _SCATTER >> 16) % PARTS].append(entry)
        except (FileNotFoundError, NotADirectoryError):
            return parts
        return parts


_RELATIVE = os.stat in os.supports_dir_fd


def _stamped(folder: str, entries: Iterable[os.DirEntry[str]], handle: int | None) -> dict[str, Stamp]:
    """Return the stamp of each folder among some entries of a place, by name.

    Args:
        folder: Path of the place.
        entries: What lies in it.
        handle: The place, opened, where paths may start from there; None otherwise.
    """
    before = "" if handle is not None else f"{folder}/"
    look, seen = os.stat, {}
    for entry in entries:
        name = entry.name
        try:
            if name[0] == "." or not entry.is_dir(follow_symlinks=False):
                continue
            changed = entry.stat(follow_symlinks=False).st_mtime_ns
        except OSError:
            # Gone meanwhile.
            continue
        try:
            params = look(f"{before}{name}/{layout.PARAMS}", dir_fd=handle, follow_symlinks=False)
        except OSError:
            seen[name] = (entry.inode() & _WHOLE, changed, 0, 0)
        else:
            seen[name] = (entry.inode() & _WHOLE, changed, params.st_mtime_ns, params.st_size)
    return seen


def is_doubtful(stamp: Stamp, now: int | None = None) -> bool:
    """Return whether a run changed so lately that another change might leave the same stamp, as git doubts its index.

    Args:
        stamp: What was seen before the run was read.
        now: The time then, in nanoseconds since the epoch.
    """
    now = time.time_ns() if now is None else now
    return max(stamp[1], stamp[2]) > now - _DOUBT_NS
