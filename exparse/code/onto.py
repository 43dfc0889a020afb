"""The code of a run, put into the user's own checkout: its files alone, and only where nothing can be lost.

``HEAD``, index, branches and stash stay as they are; what is overwritten or removed is what ``HEAD`` says, so
``git checkout .`` brings it back.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
import time

from exparse.code import changes, checkout, few, links, origin, processes, snapshot, trees
from exparse.code.origin import CodeNotFound
from exparse.code.repository import GitProblem, Repository, find_top, is_true
from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_S = 300.0


class NotClean(ExparseError):
    """A checkout holds what would be lost.

    Attributes:
        folder: The checkout.
        paths: What would be.
    """

    def __init__(self, folder: str, what: str, paths: list[str], cure: str) -> None:
        self.folder, self.paths = folder, paths
        super().__init__(f"{folder} {what}: {few.named(paths)}. Nothing was changed; {cure}")


class Put:
    """What was done.

    Attributes:
        written: Paths of files that were written because they differed.
        added: Those among them that ``HEAD`` does not know.
        removed: Paths of files of ``HEAD`` that the run had not.
        notes: What is not as it was, in sentences; may be empty.
    """

    def __init__(self, written: list[str], added: list[str], removed: list[str], notes: list[str]) -> None:
        self.written, self.added, self.removed, self.notes = written, added, removed, notes


def is_checkout(folder: str) -> bool:
    """Return whether a folder is the top of somebody's working tree."""
    return os.path.isdir(folder) and find_top(folder) == os.path.realpath(folder)


def put(metadata: dict[str, Any], folder_of_run: str, to: str) -> Put:
    """Put the files of a run's code into a checkout.

    Args:
        metadata: What the run's ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder.
        to: Top of a repository that has the commit, in which nothing tracked is changed.

    Raises:
        CodeNotFound: If the repository does not have the commit, or the run has none.
        NotClean: If something would be lost; then nothing is changed.
        OSError: If a file cannot be written.
    """
    facts = metadata.get("git")
    if not isinstance(facts, dict) or not isinstance(facts.get("commit"), str):
        raise CodeNotFound(folder_of_run, "no commit was recorded; name a new folder for its sources")
    repository = origin.find(facts, folder_of_run, [to], time.monotonic() + _LONGEST_S)
    # What the checkout is to hold, where that is not all, is its own business.
    with trees.lay_out({**metadata, "git": {**facts, "top": repository.top}}, folder_of_run) as tree:
        if tree.kind != "git":
            # Its files are not all that the commit had, and their paths are those below the script's folder.
            raise CodeNotFound(folder_of_run, f"{tree.notes[0].rstrip('.')}. Name a new folder for these")
        try:
            return _Checkout(repository, origin.commit_of(facts, folder_of_run)).take(tree)
        except GitProblem as problem:
            raise CodeNotFound(folder_of_run, f"git says: {problem}") from None


class _Checkout:
    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository, self._top, self._commit = repository, repository.top, commit
        self._deadline = time.monotonic() + _LONGEST_S
        self._head: set[str] = set()
        self._hidden: set[str] = set()

    def take(self, tree: trees.Tree) -> Put:
        """Look whether there is place for a tree's files, then put them there."""
        flagged = self._look()
        wanted = [path for path in tree.files if not _is_inside(tree.path, path)]
        gone = sorted(self._head.difference(wanted, self._hidden))
        differing = [path for path in wanted if not _is_same(f"{tree.path}/{path}", f"{self._top}/{path}")]
        gone = [path for path in gone if os.path.lexists(f"{self._top}/{path}")]
        self._refuse_lost(differing, gone, flagged)
        for path in gone:
            os.unlink(f"{self._top}/{path}")
            links.remove_empty(self._top, os.path.dirname(path))
        # Links come last: nothing is ever written through one.
        for path in sorted(differing, key=lambda path: os.path.islink(f"{tree.path}/{path}")):
            self._write(f"{tree.path}/{path}", path)
        added = [path for path in differing if path not in self._head]
        return Put(differing, added, gone, [note for note in tree.notes if " is what lies in " not in note])

    def _look(self) -> set[str]:
        """Learn what ``HEAD`` holds; return the paths that git is told to pass over.

        Raises:
            NotClean: If something tracked differs.
        """
        status = self._repository.start(
            *("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty")
        )
        listed = self._repository.start("ls-tree", "-r", "-z", "--full-tree", "HEAD")
        then = self._repository.start("ls-tree", "-r", "-z", "--full-tree", "--name-only", self._commit)
        flags = self._repository.start("ls-files", "-z", "-v")
        processes.gather([status, listed, then, flags], self._deadline)
        for child in (status, listed, then, flags):
            if not child.is_good:
                raise GitProblem(child.reason)
        changed = [os.fsdecode(entry[3:]) for entry in status.out.split(b"\0") if entry]
        if changed:
            raise NotClean(self._top, "is not clean", changed, "commit or stash these first")
        entries = [entry.partition(b"\t") for entry in listed.out.split(b"\0")[:-1]]
        if is_true(self._repository.config.get("core.sparsecheckout")):
            # The run had these, and git is told not to lay them out here.
            self._hidden = set(map(os.fsdecode, then.out.split(b"\0")))
        self._head = {os.fsdecode(path) for head, _, path in entries if b" blob " in head}
        return set(map(os.fsdecode, changes.hidden(flags.out, is_sparse=False)))

    def _refuse_lost(self, differing: list[str], gone: list[str], flagged: set[str]) -> None:
        """Refuse to touch what ``HEAD`` cannot give back."""
        lost: dict[str, None] = {}
        away = set(gone)
        for path in differing:
            for above in snapshot.parents(path):
                kind = links.mode_of(f"{self._top}/{above}")
                if kind is not None and not stat.S_ISDIR(kind) and above not in away:
                    lost[above] = None
            kind = links.mode_of(f"{self._top}/{path}")
            if kind is not None and stat.S_ISDIR(kind):
                inside = snapshot.take(f"{self._top}/{path}")
                lost.update(dict.fromkeys(f"{path}/{one}" for one in inside if f"{path}/{one}" not in away))
            elif kind is not None and path not in self._head:
                lost[path] = None
        lost.update(dict.fromkeys(path for path in (*gone, *differing) if path in flagged and path not in lost))
        if lost:
            what = "holds files that would be overwritten and that git does not have"
            raise NotClean(self._top, what, list(lost), "move these away first")

    def _write(self, source: str, path: str) -> None:
        target = f"{self._top}/{path}"
        checkout.make_parents(self._top, path)
        kind = links.mode_of(target)
        if kind is not None and stat.S_ISDIR(kind):
            os.rmdir(target)
        elif kind is not None:
            os.unlink(target)
        if os.path.islink(source):
            os.symlink(os.readlink(source), target)
            return
        with open(source, "rb") as given, open(target, "xb") as taken:
            shutil.copyfileobj(given, taken)
        if os.stat(source).st_mode & stat.S_IXUSR:
            os.chmod(target, os.stat(target).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _is_inside(tree: str, path: str) -> bool:
    """Return whether a file belongs to a submodule: the checkout has its own of those."""
    return any(os.path.lexists(f"{tree}/{above}/.git") for above in snapshot.parents(path))


def _is_same(one: str, other: str) -> bool:
    first, second = links.mode_of(one), links.mode_of(other)
    if first is None or second is None or stat.S_IFMT(first) != stat.S_IFMT(second):
        return False
    if stat.S_ISLNK(first):
        return os.readlink(one) == os.readlink(other)
    return (first ^ second) & stat.S_IXUSR == 0 and filecmp.cmp(one, other, shallow=False)
