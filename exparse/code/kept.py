"""``kept.json`` beside a tree that was laid out: what lay in it then, so that the next one can tell what has come."""

from __future__ import annotations

import json
import os
import stat
import time

from exparse.code import few, links, loose, shelf, snapshot
from exparse.code.above import LEFT
from exparse.code.repository import GitProblem
from exparse.code.twin import Twin
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.code.above import Above
    from exparse.code.snapshot import State

NAME = "kept.json"
_LONGEST_S = 30.0


class Kept:
    """A tree, and what was laid out in it.

    Attributes:
        tree: Its folder.
        top: The folder that it stands for.
        notes: What was not laid out as it was.
        files: What lay in it, without links.
        index: What git's index said, and the state of its file; None without a repository.
    """

    def __init__(
        self, tree: str, top: str, notes: list[str], files: State, index: tuple[str, list[int]] | None
    ) -> None:
        self.tree, self.top, self.notes, self.files, self.index = tree, top, notes, files, index

    def news(self, now: State | None = None) -> list[str]:
        """Return the files that are new or not as they were, but for those of git and our links, sorted."""
        now = snapshot.take(self.tree) if now is None else now
        return sorted(
            path
            for path, state in now.items()
            if self.files.get(path) != state
            and not snapshot.is_of_git(path)
            and not (stat.S_ISLNK(state[0]) and links.is_ours(self.tree, self.top, path))
        )

    def grouped(self, paths: list[str]) -> list[str]:
        """Return paths with those in a folder that holds nothing else replaced by the folder."""
        ours = {
            path: state
            for path, state in snapshot.take(self.tree).items()
            if stat.S_ISLNK(state[0]) and links.is_ours(self.tree, self.top, path)
        }
        return snapshot.grouped(paths, {**self.files, **ours})

    def has_other_commits(self, now: State) -> bool:
        """Return whether somebody has worked with the tree's own repository: commits may be in it."""
        paths = (path for path in {**self.files, **now} if snapshot.is_of_git(path))
        return any(self.files.get(path) != now.get(path) for path in paths)

    def is_as_it_was(self, now: State) -> bool:
        """Return whether all files lie there, and git's index says what it said."""
        is_there = all(now.get(path) == state for path, state in self.files.items())
        return is_there and (self.index is None or _has_index(self.tree, *self.index))


def take(tree: str, top: str, notes: list[str]) -> Kept:
    """Return what lies in a tree, just laid out and not linked yet."""
    index = None
    if os.path.isdir(f"{tree}/.git"):
        index = _index_of(tree), _state_of(tree)
    return Kept(tree, top, notes, snapshot.take(tree), index)


def write(kept: Kept, folder: str) -> None:
    """Write ``kept.json`` into the folder that holds the tree."""
    told = {"top": kept.top, "notes": kept.notes, "index": kept.index, "files": kept.files}
    files.replace_bytes(f"{folder}/{NAME}", json.dumps(told).encode())


def read(folder: str, tree: str) -> Kept | None:
    """Return what was laid out in a tree; None where nobody can tell."""
    try:
        told = json.loads(files.read_bytes(f"{folder}/{NAME}"))
        index = None if told["index"] is None else (told["index"][0], told["index"][1])
        return Kept(tree, told["top"], told["notes"], told["files"], index)
    except (OSError, ValueError, LookupError, TypeError):
        return None  # as good as not laid out


def found(folder: str) -> Kept | None:
    """Return what was laid out in a place, whatever the name of its tree is; None where nobody can tell."""
    laid = read(folder, "")
    if laid is not None:
        laid.tree = f"{folder}/{os.path.basename(laid.top) or 'top'}"
    return laid


def _state_of(tree: str) -> list[int]:
    kind = os.stat(f"{tree}/.git/index")
    return [kind.st_size, kind.st_mtime_ns, kind.st_ino]


def _index_of(tree: str) -> str:
    from exparse.code import digests

    return digests.sha256(Twin(tree, time.monotonic() + _LONGEST_S).run("ls-files", "-s", "-z"))


def _has_index(tree: str, told: str, state: list[int]) -> bool:
    """Return whether git's index is the same; a mere look of git's own may have written it anew."""
    try:
        return _state_of(tree) == state or _index_of(tree) == told
    except (OSError, GitProblem):
        return False


def put_aside(place: str, kept: Kept | None, tree: str, now: State) -> list[str]:
    """Move what a killed program has left in a tree beside it; return what is to be told of it.

    Where somebody has made commits in the tree, it goes as a whole.
    """
    aside = f"{place}{shelf.LEFT}/{time.strftime('%Y-%m-%d-%H-%M-%S')}"
    if kept is None or kept.has_other_commits(now):
        where = shelf.move(tree, aside)
        return [f"a run that was killed, or git, had changed the tree: it lies in {where} now"]
    news = kept.news(now)
    if news:
        aside = _of_run(place) or aside
        move(kept, news, aside)
        return [f"a run that was killed had left files in the tree ({few.named(news)}): they lie in {aside} now"]
    return []


def put_aside_above(place: str, above: Above) -> list[str]:
    """Move what a killed program has left beside its tree; return what is to be told of it."""
    if not above.news():
        return []
    aside = (_of_run(place) or f"{place}{shelf.LEFT}/{time.strftime('%Y-%m-%d-%H-%M-%S')}") + LEFT
    names = above.move(aside)
    return [f"a run that was killed had left files beside the tree ({few.named(names)}): they lie in {aside} now"]


def _of_run(place: str) -> str | None:
    """Return where a run that went on in the place keeps what it leaves; None where that is over, or gone."""
    try:
        folder = files.read_text(f"{place}{shelf.OF}")
    except OSError:
        return None
    return folder if os.path.isdir(os.path.dirname(os.path.dirname(folder))) else None


def move(kept: Kept, paths: list[str], folder: str) -> list[str]:
    """Move paths of a tree below a folder, and remove the folders of the tree that held nothing else; return them."""
    moved = []
    for path in kept.grouped(paths):
        shelf.move(f"{kept.tree}/{path}", f"{_made(folder, path)}/{os.path.basename(path)}")
        links.remove_empty(kept.tree, os.path.dirname(path))
        moved.append(path)
    return moved


def bring(kept: Kept, folder: str) -> list[str]:
    """Move the files below a folder to the same paths of a tree; return them.

    What was laid out there gives way, unless it is code. The folders that held nothing else are removed, this one too.
    """
    brought = []
    for above, folders, names in os.walk(folder, topdown=False):
        for name in sorted([*names, *(one for one in folders if os.path.islink(f"{above}/{one}"))]):
            path = os.path.relpath(f"{above}/{name}", folder)
            target = f"{kept.tree}/{path}"
            if _is_laid(kept, path) and not loose.is_source(path):
                os.unlink(target)
            if not os.path.lexists(target) and links.leads_there(kept.tree, path):
                shelf.move(f"{above}/{name}", target)
                brought.append(path)
        if above != folder:
            links.remove_empty(folder, os.path.relpath(above, folder))
    links.remove_empty(os.path.dirname(folder), os.path.basename(folder))
    return sorted(brought)


def _is_laid(kept: Kept, path: str) -> bool:
    return path in kept.files and links.leads_there(kept.tree, path) and os.path.lexists(f"{kept.tree}/{path}")


def _made(folder: str, path: str) -> str:
    """Return the folder below which a path goes, made of folders alone: nothing is written through a link."""
    os.makedirs(folder, exist_ok=True)
    for part in path.split("/")[:-1]:
        folder = f"{folder}/{part}"
        while os.path.islink(folder) or (os.path.lexists(folder) and not os.path.isdir(folder)):
            folder += ".2"
        files.make_folder(folder)
    return folder
