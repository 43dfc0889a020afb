"""Where a program finds its modules when its code lies in a tree: what is installed in place is taken from there."""

from __future__ import annotations

import os
import shlex

from exparse.errors import DamagedFile
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.launch.places import Places

VARIABLE = "PYTHONPATH"
_IN_PLACE = "-e "
_SOURCES = "src"


def path(folder_of_run: str, places: Places, given: str, then: list[str]) -> str | None:
    """Return a ``PYTHONPATH`` that puts the tree before what is installed; None where it is to stay as it is.

    Args:
        folder_of_run: For ``packages.txt``, whose ``-e FOLDER`` lines name what was installed in place.
        places: Where folders of the code lie now.
        given: The ``PYTHONPATH`` of this process, "" for none.
        then: Absolute paths that it held when the run was made; of these the ones in the tree count.
    """
    entries = given.split(os.pathsep) if given else []
    kept = [(places.now(os.path.abspath(entry)) if entry else None) or entry for entry in entries]
    below = [now for folder in in_place(folder_of_run) if (now := places.now(folder)) is not None]
    added = [now for entry in then if (now := places.now(entry)) is not None]
    added += [os.path.join(folder, *more) for folder in below for more in ((_SOURCES,), ())]
    found = list(dict.fromkeys([*kept, *(folder for folder in added if os.path.isdir(folder))]))
    return os.pathsep.join(found) if found != entries else None


def in_place(folder_of_run: str) -> list[str]:
    """Return the folders of packages that were installed in place (``pip install -e``); reads ``packages.txt``."""
    try:
        text = files.read_text(f"{folder_of_run}/{layout.PACKAGES}")
    except (OSError, DamagedFile):
        return []  # then none is known
    found = []
    for line in text.splitlines():
        if line.startswith(_IN_PLACE):
            found += _first_word(line[len(_IN_PLACE) :])
    return [folder for folder in found if os.path.isabs(folder)]


def _first_word(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)[:1]
    except ValueError:
        return []  # a person's own line
