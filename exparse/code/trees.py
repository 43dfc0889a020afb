"""The code of a run in a tree of its own, so that it can be run again: as it was, and beside its data.

With git it is a working tree of a repository of ours that borrows the user's objects; without, the files of
``source.zip``. What the user's tree holds beside its code, data above all, is linked. The next one who needs the same
code gets the same tree, if all in it is as it was.
"""

from __future__ import annotations

import os

from exparse.code import kept, links, recorded, shelf, snapshot
from exparse.code.above import LEFT, Above
from exparse.code.now import CodeNow, differs
from exparse.code.origin import CodeNotFound
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from exparse.code.kept import Kept
    from exparse.code.recorded import Archive, Commit
    from exparse.code.shelf import Place

__all__ = ["CodeNotFound", "CodeNow", "Tree", "differs", "lay_out"]


class Tree:
    """The code of a run, laid out; this process has it until it is closed.

    Attributes:
        path: Its folder, links resolved.
        top: The folder that it stands for: the top of the user's repository, or that of the script.
        kind: ``git`` or ``archive``.
        notes: What is not as it was, in sentences; may be empty.
        is_reused: Whether it lay there already.
    """

    def __init__(self, place: Place, laid: Kept, code: Commit | Archive, notes: list[str], is_reused: bool) -> None:
        self.path, self.top, self.kind, self.notes, self.is_reused = laid.tree, laid.top, code.kind, notes, is_reused
        self._place: Place | None = place
        self._laid, self._code = laid, code
        self._above = Above(laid.tree, laid.top, [kept.NAME])

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    @property
    def files(self) -> list[str]:
        """Paths of the files and links of the code itself, sorted."""
        return sorted(path for path in self._laid.files if not snapshot.is_of_git(path))

    @property
    def linked(self) -> list[str]:
        """Paths of what is linked from the user's folder, data as a rule; what writes there writes into that."""
        return self._code.linked

    @property
    def is_foreign(self) -> bool:
        """Whether that folder is another user's: then only what this one may not write is linked."""
        return self._code.others.is_foreign

    def left_behind(self) -> list[str]:
        """Return what a program has made or changed in it, by path; a wholly new folder stands for all in it.

        Caches, what git keeps for itself, and our links do not count. What lies right beside it (``../x``) does.
        """
        return [*(f"../{name}" for name in self._above.news()), *self._laid.grouped(self._laid.news())]

    def move_out(self, folder: str) -> list[str]:
        """Move what :meth:`left_behind` returns below a folder, to the same paths; return them.

        Where something lies there already, a number is appended to the name. Nothing is written through a link. What
        lay beside the tree goes beside the folder, into one of the same name with ``.above``.

        Raises:
            OSError: If something cannot be moved; what came before it has been.
        """
        beside = self._above.move(folder + LEFT)
        moved = [f"../{os.path.basename(folder)}{LEFT}/{name}" for name in beside]
        return moved + kept.move(self._laid, self._laid.news(), folder)

    def bring_in(self, folder: str) -> list[str]:
        """Move what lies below a folder to the same paths of the tree; return them.

        The other way round than :meth:`move_out`: a run that goes on finds its files where they were. They go before
        what is linked from the user's folder, where another run may have written a file of that name since.

        Raises:
            OSError: If something cannot be moved; what came before it has been.
        """
        files.replace(f"{os.path.dirname(self.path)}{shelf.OF}", folder)
        beside = [f"../{name}" for name in self._above.bring(folder + LEFT)]
        if not os.path.isdir(folder):
            return beside
        links.remove_all(self.path, self.top)
        brought = kept.bring(self._laid, folder)
        self._code.link(self.path)
        return beside + brought

    def close(self) -> None:
        """Let others have it, and remove trees that nobody uses any more. A second call does nothing."""
        place, self._place = self._place, None
        if place is None:
            return
        has_left = _has_left(place.path)
        if not has_left:
            files.remove_quietly(f"{place.path}{shelf.OF}")
        place.leave(has_left)
        if place.is_kept:
            shelf.clean(os.path.dirname(place.path), _has_left)


def lay_out(metadata: dict[str, Any], folder_of_run: str, nearby: Sequence[str] = (), goes_on: bool = False) -> Tree:
    """Lay out the code of a run.

    Args:
        metadata: What its ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder, for ``code.patch`` and ``source.zip``.
        nearby: Folders whose repositories may have the commit where the recorded one does not.
        goes_on: Whether the run itself goes on: then what it has left beside its code is linked as well.

    Raises:
        CodeNotFound: If the code is nowhere to be had.
        DamagedFile: If the archive cannot be read.
        OSError: If a file cannot be written.

    The user's repository, its settings, branches, index and list of trees are only read. Takes about half a second
    for some thousand files, and a tenth of it where the tree lies there from before.
    """
    tree, why = recorded.commit_or_archive(metadata, folder_of_run, nearby, lambda code: _taken(code, goes_on))
    tree.notes[:0] = why
    return tree


def _taken(code: Commit | Archive, goes_on: bool) -> Tree:
    """Return the tree of a code: the one that lies there, if it is as it was, or a new one."""
    place = shelf.take(shelf.folder(), code.key)
    path = f"{place.path}/{os.path.basename(code.top) or 'top'}"
    try:
        code.start(goes_on)
        above = Above(path, code.top, [kept.NAME])
        laid, notes = _checked(place.path, path, above)
        is_reused = laid is not None
        laid = laid or _made(code, place.path, path)
        notes += [*laid.notes, *code.link(path), *above.link(code.root, code.others)]
    except BaseException:
        place.leave()
        raise
    return Tree(place, laid, code, notes, is_reused)


def _checked(place: str, path: str, above: Above) -> tuple[Kept | None, list[str]]:
    """Return the tree that lies in a place, if it is whole and as it was; put aside what somebody left in it."""
    notes = kept.put_aside_above(place, above)
    if not os.path.isdir(path):
        return None, notes
    laid, now = kept.read(place, path), snapshot.take(path)
    notes += kept.put_aside(place, laid, path, now)
    is_good = laid is not None and not laid.notes and laid.is_as_it_was(now)
    return laid if is_good and os.path.isdir(path) else None, notes


def _made(code: Commit | Archive, place: str, path: str) -> Kept:
    """Lay a tree out beside its place, and put it there when it is whole."""
    making = shelf.make(place)
    try:
        tree = f"{making}/{os.path.basename(path)}"
        laid = kept.take(tree, code.top, code.lay_out(tree))
        kept.write(laid, making)
        if os.path.isdir(place):
            files.remove_tree(place)
        files.move(making, place)
    except BaseException:
        if os.path.isdir(making):
            files.remove_tree(making)
        raise
    laid.tree = path
    return laid


def _has_left(place: str) -> bool:
    laid = kept.found(place)
    if laid is None:
        return os.path.isdir(place) and bool(os.listdir(place))
    if Above(laid.tree, laid.top, [kept.NAME]).news():
        return True
    now = snapshot.take(laid.tree)
    return bool(laid.news(now)) or laid.has_other_commits(now)
