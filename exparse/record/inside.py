"""Places inside a run's folder for what a script leaves there: never outside, never through a link."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import files, layout


def path(folder: str, top: str, name: str) -> str:
    """Return where a thing lies in a run; nothing is made.

    Args:
        folder: The run's folder.
        top: Folder in it: ``files`` or ``images``.
        name: Name with levels, checked here.

    Raises:
        InvalidName: If the name may not become a path.
        ExparseError: If a link stands in the way.
    """
    layout.check_path(name)
    found = f"{folder}/{top}"
    for level in ["", *name.split("/")]:
        found = f"{found}/{level}" if level else found
        if os.path.islink(found):
            raise ExparseError(f"{found} is a link, and exparse follows none in a run. Remove it, or use another name")
    return found


def place(folder: str, top: str, name: str) -> str:
    """Return where a thing is to lie in a run, and make the folders above it.

    Args:
        folder: The run's folder, which is never made anew.
        top: Folder in it: ``files`` or ``images``.
        name: Name with levels, checked here.

    Raises:
        InvalidName: If the name may not become a path.
        ExparseError: If a link or a file stands in the way.
        OSError: If the folders cannot be made.
    """
    found = path(folder, top, name)
    above = folder
    for level in [top, *name.split("/")[:-1]]:
        above = f"{above}/{level}"
        try:
            files.make_folder(above)
        except FileExistsError:
            raise ExparseError(f"{above} is a file, so there is no place for {name!r} below it") from None
    return found
