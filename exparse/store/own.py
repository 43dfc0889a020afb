"""The folders of a root that are written to: never through a link that stands in their place."""

from __future__ import annotations

import os

from exparse.errors import RootError
from exparse.store import layout

MOVED = (layout.TRASH, layout.INDEX, layout.FAILS, layout.MARKED)
"""What is written when a run goes to the trash or comes back. Runs themselves are read, and moved, through a link."""


def check(root: str, *names: str) -> None:
    """Refuse a root in which a link stands in the place of a folder: what it leads to is none of the root's.

    Args:
        root: Path of the root.
        names: Which folders; :data:`MOVED` if none are named.

    Raises:
        RootError: If one is a link.
    """
    for name in names or MOVED:
        path = f"{root}/{name}"
        if os.path.islink(path):
            raise RootError(path, "this is a link, and nothing is written through it", "Put a folder in its place")
