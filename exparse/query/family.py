"""Where a run comes from and what came of it."""

from __future__ import annotations

import os
from typing import NamedTuple

from exparse.errors import ExparseError
from exparse.store import files, layout, select
from exparse.store.names import Names, stem
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_LOOKED_AT = 1000
"""How many of the newest runs are looked at for children: no file of a run says who uses it."""

_MOST_ABOUT = 4 << 20


class Family(NamedTuple):
    """The relatives of a run.

    Attributes:
        parents: What it was made from or used, by name, or by path where that lies in another root.
        children: Names of the runs that say so of this one, by number.
        unseen: How many later runs at most were not looked at for children.
    """

    parents: list[str]
    children: list[str]
    unseen: int


def family(run: Run) -> Family:
    """Return the relatives of a run.

    Reads ``metadata.json`` and ``about.jsonl`` of the run, and of the :data:`MOST_LOOKED_AT` newest runs that
    came after it. What cannot be read has no say.
    """
    names, total = select.newest(run.root, MOST_LOOKED_AT)
    later = [name for name in names if _number(name) > run.id]
    # Numbers have gaps, so this is the most that there can be.
    between = _number(names[0]) - run.id - 1 if names else 0
    children = [name for name in later if _is_child(Run(run.root, name), run)]
    known = [present(run.root, parent) for parent in parents(run)]
    return Family(known, children, max(0, min(total - len(names), between)))


def _number(name: str) -> int:
    return (layout.parse_run_name(name) or (0, None))[0]


def present(root: str, parent: str) -> str:
    """Return what a parent of a run of a root is called now: it may have got another label since it was named."""
    if os.path.isabs(parent):
        there = elsewhere(parent)
        return there.folder if there is not None else parent
    if any(os.path.isdir(f"{root}/{place}/{parent}") for place in (layout.RUNS, layout.TMP)):
        return parent
    found = Names(root).called(parent) if layout.parse_run_name(parent) else []
    return found[0].name if found else parent


def elsewhere(path: str) -> Run | None:
    """Return the run that the path of a run in another root names, whatever label it bears now; None for none."""
    above, name = os.path.split(path)
    root, place = os.path.split(above)
    if layout.parse_run_name(name) is None:
        return None
    if os.path.isdir(path):
        return Run(root, name, place)
    found = Names(root, (place,)).called(name)
    return found[0] if found else None


def _is_child(other: Run, run: Run) -> bool:
    """Return whether a run says that it comes from another, under whatever label that was known then."""
    lasting = stem(run.name)
    named = parents(other, lambda text: lasting in text)
    return any(layout.parse_run_name(name) and stem(name) == lasting for name in named)


def parents(run: Run, may_say: Callable[[str], object] = bool) -> list[str]:
    """Return what a run says that it comes from; nothing of one that cannot be read.

    Args:
        run: The run. Reads its ``metadata.json`` and ``about.jsonl``.
        may_say: Whether the text of one of these files holds what is looked for: where neither does, they are not
            read closely.
    """
    try:
        return list(run.parents) if any(map(may_say, _texts(run.folder))) else []
    except (ExparseError, OSError):
        return []


def _texts(folder: str) -> Iterator[str]:
    for name in (layout.METADATA, layout.ABOUT):
        path = f"{folder}/{name}"
        if name == layout.METADATA or os.path.lexists(path):
            yield files.read_text(path, _MOST_ABOUT)
