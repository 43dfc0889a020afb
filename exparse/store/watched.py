"""The marks of runs while others mark and move them: asked for each run anew, without a walk each time."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from exparse.store import layout, marks

# A folder that changes twice within one tick of the clock of its disk looks as if it had changed once.
_TICK_S = 2.0
# A folder that holds more is listed again only after so many times what that takes.
_LARGE = 500
_SHARE = 20


class Listing(NamedTuple):
    """What a folder of ``marked/`` held when it was listed."""

    changed: int
    looked: float
    took: float
    names: frozenset[str]
    below: list[str]

    @property
    def is_small(self) -> bool:
        """Whether listing it takes next to nothing."""
        return len(self.names) + len(self.below) < _LARGE


class Watched:
    """The marks of all runs, known without a walk each time: only folders that changed are looked at again.

    Args:
        root: Path of the root. Nothing is read before the first question.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        self._listings: dict[str, Listing] = {}
        self._borne: dict[str, set[str]] = {}

    def of(self, name: str) -> list[str]:
        """Return the marks that a run bears now, sorted."""
        waiting = [""]
        while waiting:
            waiting += self._look(waiting.pop(), name)
        return sorted(self._borne.get(name, ()))

    def _look(self, mark: str, name: str) -> list[str]:
        """Look at the folder of a mark, if it changed; return the marks below it."""
        path = f"{self.root}/{layout.MARKED}/{mark}"
        try:
            changed = os.lstat(path).st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            changed = 0
        now, known = time.time(), self._listings.get(mark)
        if known is None or known.is_small or now - known.looked > known.took * _SHARE:
            if known is None or known.changed != changed or known.looked - changed / 1e9 < _TICK_S:
                return self._list(mark, name, changed, known)
        elif mark:
            # It is large and has changed since, most likely by us who take marks off: only this run is looked at.
            is_there = os.path.lexists(f"{path}/{name}.yaml") or os.path.islink(f"{path}/{name}")
            borne = self._borne.setdefault(name, set())
            (borne.add if is_there else borne.discard)(mark)
        return known.below

    def _list(self, mark: str, name: str, changed: int, known: Listing | None) -> list[str]:
        looked = time.time()
        names, below = _within(f"{self.root}/{layout.MARKED}/{mark}", mark)
        before = known.names if known else frozenset()
        for gone in (before | {name}) - names:
            self._borne.setdefault(gone, set()).discard(mark)
        for new in names - before:
            self._borne.setdefault(new, set()).add(mark)
        self._listings[mark] = Listing(changed, looked, time.time() - looked, names, below)
        # Those that are gone are looked at once more, and found empty.
        return [*below, *set(known.below).difference(below)] if known else below


def _within(path: str, mark: str) -> tuple[frozenset[str], list[str]]:
    """Return the runs that bear a mark, and the marks right below it."""
    names, below = set(), []
    for entry in marks.entries(path):
        name = entry.name.removesuffix(".yaml")
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and mark.count("/") < layout.MAX_MARK_DEPTH:
                below.append(f"{mark}/{entry.name}".lstrip("/"))
        elif mark and layout.parse_run_name(name):
            names.add(name)
    return frozenset(names), below
