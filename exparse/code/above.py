"""What lies beside a tree in its place, where its program finds ``../data``: links to what lies beside the user's own.

What a program writes there (``../results.csv``) is the user's, as what it writes in the tree is.
"""

from __future__ import annotations

import os

from exparse.code import drafts, links, shelf
from exparse.code.snapshot import CACHES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from exparse.code.others import Others

LEFT = ".above"
"""Behind the name of the folder for what is left in a tree: the one for what is left beside it."""
MOST = 1_000
_NEVER = CACHES | {".git"}


class Above:
    """The folder that holds a tree.

    Args:
        tree: The tree.
        top: The folder that it stands for.
        ours: Names in it that are our own, beside the tree's.
    """

    def __init__(self, tree: str, top: str, ours: Iterable[str]) -> None:
        self.path, self._top = os.path.dirname(tree), os.path.dirname(top)
        self._ours = {os.path.basename(tree), *ours}

    def link(self, away: str | None, others: Others | None = None) -> list[str]:
        """Link what lies beside the user's folder, up to :data:`MOST` names; remove links to what is gone.

        What another user would not have written (:mod:`exparse.code.others`) is not linked.

        Args:
            away: A folder to which nothing is to lead, such as the root of the runs, or None.
            others: Says what is not linked; None for nothing.

        Returns:
            In a sentence, what is not linked for that.
        """
        names = [name for name in self._names(away) if name not in self._ours]
        withheld = [name for name in names if others is not None and others.may_be_harmed(f"{self._top}/{name}")]
        wanted = set(names).difference(withheld)
        for name in self._names_here():
            if self._is_link_of_ours(name) and name not in wanted:
                os.unlink(f"{self.path}/{name}")
        for name in wanted:
            if not os.path.lexists(f"{self.path}/{name}"):
                try:
                    os.symlink(f"{self._top}/{name}", f"{self.path}/{name}")
                except OSError:
                    break  # a system without links
        return others.note([f"../{name}" for name in withheld]) if others is not None else []

    def _names(self, away: str | None) -> list[str]:
        """Return the names that are to be linked; none of what leads to the trees themselves, or to the runs."""
        kept_out = [os.path.dirname(self.path), *([os.path.realpath(away)] if away else [])]
        try:
            names = sorted(os.listdir(self._top))
        except OSError:
            return []  # nobody may look into it
        return [
            name
            for name in names
            if name not in _NEVER and not any(drafts.is_below(one, f"{self._top}/{name}") for one in kept_out)
        ][:MOST]

    def _names_here(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.path) if name not in self._ours)
        except OSError:
            return []  # the program has removed it

    def _is_link_of_ours(self, name: str) -> bool:
        return links.is_ours(self.path, self._top, name)

    def news(self) -> list[str]:
        """Return the names of what a program has left beside the tree, caches apart."""
        return [name for name in self._names_here() if name not in CACHES and not self._is_link_of_ours(name)]

    def move(self, folder: str) -> list[str]:
        """Move them into a folder; return the names."""
        names = self.news()
        for name in names:
            shelf.move(f"{self.path}/{name}", f"{folder}/{name}")
        return names

    def bring(self, folder: str) -> list[str]:
        """Move what lies in a folder beside the tree, where nothing but a link of ours stands; return the names."""
        brought = []
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if self._is_link_of_ours(name):
                os.unlink(f"{self.path}/{name}")
            if name not in self._ours and not os.path.lexists(f"{self.path}/{name}"):
                shelf.move(f"{folder}/{name}", f"{self.path}/{name}")
                brought.append(name)
        if brought and not os.listdir(folder):
            os.rmdir(folder)
        return brought
