"""Links from a tree that was laid out to what the user's own tree holds beside its code: data, checkpoints, models.

Only where nothing stands, and to nothing of git, of caches, and of the root of the runs; nor to what another user
would not have written (:mod:`exparse.code.others`).
"""

from __future__ import annotations

import os
import stat

from exparse.code import drafts
from exparse.code.changes import paths_of_root
from exparse.code.snapshot import CACHES
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from exparse.code.others import Others

MOST = 5_000
_NEVER = CACHES | {".git"}


class Links:
    """Links that are made into one tree.

    Args:
        top: The user's folder.
        tree: The folder that stands for it.
        root: Absolute path of the root of the runs, or None.
        written: Paths in the user's folder that the program writes: what it writes again must not replace them. The
            folders that they lie in are no links; one with a slash at its end is none itself.
        others: Says what is not linked; None for nothing.

    Attributes:
        made: Their paths in the tree.
        withheld: Paths that are not linked since they are somebody else's, who would have them written.
        is_cut: Whether there were to be more than :data:`MOST`.
    """

    def __init__(
        self, top: str, tree: str, root: str | None, written: Iterable[str] = (), others: Others | None = None
    ) -> None:
        self._top, self._tree = top, tree
        self._written = list(written)
        self._away = [os.fsdecode(path) for path in paths_of_root(top, root)]
        shelf = os.path.dirname(os.path.dirname(tree))
        if drafts.is_below(shelf, top):
            # A home that is a repository holds the cache: a link to it would be a way in a circle.
            self._away.append(os.path.relpath(shelf, top))
        self._others = others
        self.made: list[str] = []
        self.withheld: list[str] = []
        self.is_cut = False

    def make(self, paths: Iterable[str]) -> None:
        """Link entries of the user's folder, named by their paths in it; those that do not fit in are passed over."""
        for path in paths:
            path = path.rstrip("/")
            if path and self._has_place(path):
                self._make(path)

    def make_all(self) -> None:
        """Link everything in the user's folder that the tree lacks."""
        self._below("")

    def remove_others(self) -> None:
        """Remove links of an earlier time that were not made or met now."""
        from exparse.code import snapshot

        wanted = set(self.made)
        for path, state in snapshot.take(self._tree).items():
            if stat.S_ISLNK(state[0]) and path not in wanted and is_ours(self._tree, self._top, path):
                os.unlink(f"{self._tree}/{path}")
                remove_empty(self._tree, os.path.dirname(path))

    def told(self) -> list[str]:
        """Return the links that somebody is to be told of: not roots of runs, nor what an installer has left."""
        return [path for path in self.made if self._is_told(path)]

    def _is_told(self, path: str) -> bool:
        return not path.endswith(".egg-info") and not os.path.isfile(f"{self._top}/{path}/{layout.MARKER}")

    def notes(self, where: str) -> list[str]:
        """Return in sentences what is not linked.

        Args:
            where: Beside what it lies: ``the code``.
        """
        cut = [f"more than {MOST:,} files lie beside {where}: not all are linked"] if self.is_cut else []
        return cut + (self._others.note(list(filter(self._is_told, self.withheld))) if self._others is not None else [])

    def _has_place(self, path: str) -> bool:
        """Return whether folders alone lead to a path in the tree, as far as anything does."""
        if any(part in _NEVER or part in ("", ".", "..") for part in path.split("/")):
            return False
        return leads_there(self._tree, path)

    def _make(self, path: str) -> None:
        name = path.rpartition("/")[2]
        # A line of the list of what git ignores cannot hold the one name, and no link lasts to a draft.
        if (
            name in _NEVER
            or name.endswith(".pyc")
            or "\n" in path
            or any(drafts.is_below(path, at) for at in self._away)
        ):
            return
        source, target = f"{self._top}/{path}", f"{self._tree}/{path}"
        kind, there = mode_of(source), mode_of(target)
        holds_root = any(drafts.is_below(at, path) for at in self._away)
        if kind is None or path in self._written:
            return
        if stat.S_ISDIR(kind) and any(at.startswith(f"{path}/") for at in self._written):
            # The program may count on the folder, which was a link for another run of the same code.
            if there is not None and is_ours(self._tree, self._top, path):
                os.unlink(target)
                there = None
            if there is None:
                os.makedirs(target, exist_ok=True)
                there = kind
        if stat.S_ISDIR(kind) and (holds_root or (there is not None and stat.S_ISDIR(there))):
            self._below(path)
        elif there is None or is_ours(self._tree, self._top, path):
            if self._others is not None and self._others.may_be_harmed(source):
                self.withheld.append(path)
            elif there is not None:
                self.made.append(path)
            else:
                self._link(source, target, path)

    def _below(self, path: str) -> None:
        try:
            names = sorted(os.listdir(f"{self._top}/{path}"))
        except OSError:
            return  # nobody may look into it: the program could not either
        for name in names:
            self._make(f"{path}/{name}" if path else name)

    def _link(self, source: str, target: str, path: str) -> None:
        if len(self.made) >= MOST:
            self.is_cut = True
            return
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.symlink(source, target)
        except OSError:
            return  # a system without links, or a name that this file system does not take
        self.made.append(path)


def leads_there(tree: str, path: str) -> bool:
    """Return whether folders alone, no link and no file, lead to a path in a tree, as far as anything does."""
    parts = path.split("/")
    for end in range(1, len(parts)):
        kind = mode_of("/".join([tree, *parts[:end]]))
        if kind is None:
            return True
        if not stat.S_ISDIR(kind):
            return False
    return True


def is_plain(path: str) -> bool:
    """Return whether a plain file lies at a path, no link."""
    return stat.S_ISREG(mode_of(path) or 0)


def remove_all(tree: str, top: str) -> None:
    """Remove all links of ours from a tree, and the folders that held nothing else."""
    Links(top, tree, None).remove_others()


def is_ours(tree: str, top: str, path: str) -> bool:
    """Return whether a link of a tree leads to what lies under the same path in the folder that it stands for."""
    try:
        return os.readlink(f"{tree}/{path}") == f"{top}/{path}"
    except OSError:
        return False


def remove_empty(tree: str, path: str) -> None:
    """Remove a folder of a tree, and those that it lies in, as far as they are empty."""
    while path:
        try:
            os.rmdir(f"{tree}/{path}")
        except OSError:
            return
        path = os.path.dirname(path)


def mode_of(path: str) -> int | None:
    """Return mode and kind of what lies at a path, no link followed; None where nothing does."""
    try:
        return os.lstat(path).st_mode
    except (OSError, ValueError):
        return None
