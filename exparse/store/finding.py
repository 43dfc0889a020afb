"""One thing that is wrong with a root, and the way it is put right."""

from __future__ import annotations

import os
from typing import NamedTuple

from exparse.store import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KINDS = (
    "root", "foreign", "link", "mark", "view", "counter", "staging", "draft", "trash", "job",
    "damaged", "name", "twin", "mode",
)  # fmt: skip
"""What a finding may be about: stable words, for programs."""


class Finding(NamedTuple):
    """One thing that is not as it should be.

    Attributes:
        kind: One of :data:`KINDS`.
        path: Where, below the root, with ``/`` between the parts; ``.`` is the root itself.
        what: What is wrong, in words.
        cure: What to do about it, in words.
        mend: Puts it right, where that loses nothing; looks anew before it writes, and raises OSError where it
            cannot. None for what only a person can decide.
    """

    kind: str
    path: str
    what: str
    cure: str
    mend: Callable[[], None] | None = None


def entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, by name; [] where it cannot be listed, or a link stands in its place."""
    if os.path.islink(folder):
        return []
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []  # what cannot be listed is a finding of its own


def runs_in(root: str, place: str) -> list[str]:
    """Return the names of the runs in a folder of the root, by number; [] where it cannot be listed."""
    try:
        return select.names(root, place)
    except OSError:
        return []
