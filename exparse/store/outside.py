"""Files that people name to be written: never among the files of a root."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import layout
from exparse.store.root import is_root


class NoPlace(ExparseError, OSError):
    """A file may not be written where it was asked for."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")


def check(path: str) -> str:
    """Return the absolute path of a file that may be written; links are followed, since what they lead to is meant.

    Raises:
        NoPlace: If it is a folder, or lies among the files of a root.
    """
    target = os.path.realpath(os.path.expanduser(path))
    if os.path.isdir(target):
        raise NoPlace(path, "this is a folder; name a file")
    folder, below = os.path.dirname(target), os.path.basename(target)
    while True:
        if below.partition(os.sep)[0] in layout.OWN and is_root(folder):
            raise NoPlace(path, f"this lies among the files of the root {folder}; name a place outside of it")
        above, name = os.path.split(folder)
        if above == folder:
            return target
        folder, below = above, f"{name}{os.sep}{below}"
