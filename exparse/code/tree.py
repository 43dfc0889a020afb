"""The tree of a run, laid out again in a folder of its own: its commit and its patch, or its archive of sources.

Git writes them for a repository of our own (:mod:`exparse.code.twin`), which is gone afterwards: no filter and no hook
of the user's has a say, and no submodule is fetched.
"""

from __future__ import annotations

import os

from exparse.code import sources
from exparse.code.origin import CodeNotFound
from exparse.code.recorded import Commit
from exparse.store import files, layout

__all__ = ["CodeNotFound", "Unpacked", "unpack"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Unpacked:
    """What was laid out.

    Attributes:
        files: How many files and links there are.
        patched: Whether a patch was applied.
        notes: What is not as it was, in sentences; may be empty.
    """

    def __init__(self, files: int, patched: bool, notes: list[str]) -> None:
        self.files, self.patched, self.notes = files, patched, notes


def unpack(run_metadata: dict[str, Any], folder_of_run: str, to: str, repository: str | None = None) -> Unpacked:
    """Lay out the tree of a run.

    Args:
        run_metadata: What its ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder, for ``code.patch`` and ``source.zip``.
        to: Where; made if it is not there, and has to be empty.
        repository: A folder in a repository that has the commit; else the one that is recorded.

    Raises:
        CodeNotFound: If the folder is not empty, nothing was recorded, or the commit is not here.
        DamagedFile: If the archive cannot be read.
        OSError: If a file cannot be written.
    """
    _refuse_full(to, folder_of_run)
    archive = os.path.join(folder_of_run, layout.SOURCE)
    facts = run_metadata.get("git")
    has_archive = os.path.isfile(archive)
    if not isinstance(facts, dict) or not isinstance(facts.get("commit"), str):
        if not has_archive:
            raise CodeNotFound(folder_of_run, "neither a commit nor the sources were recorded")
        return _unpack_archive(archive, to, [])
    try:
        code = Commit(run_metadata, {**facts, "top": repository or facts.get("top")}, folder_of_run, ())
    except CodeNotFound as problem:
        if not has_archive:
            raise
        return _unpack_archive(archive, to, [f"only the sources that it imported: {problem.reason}"])
    os.makedirs(to, exist_ok=True)
    return _write(code, to)


def _refuse_full(to: str, folder_of_run: str) -> None:
    if os.path.lexists(to) and (not os.path.isdir(to) or os.listdir(to)):
        raise CodeNotFound(folder_of_run, f"{to} is not an empty folder; name one that is, or a new one")


def _unpack_archive(archive: str, to: str, notes: list[str]) -> Unpacked:
    os.makedirs(to, exist_ok=True)
    return Unpacked(sources.unpack(archive, to), False, notes)


def _write(code: Commit, to: str) -> Unpacked:
    """Write a commit and its patch into an empty folder; where that fails, it is empty again."""
    top = os.path.realpath(to)
    try:
        notes = code.lay_out(top)
        _remove_repositories(top)
    except BaseException:
        files.remove_tree(top)
        os.mkdir(top)
        raise
    number = sum(len(names) for _, _, names in os.walk(top))
    return Unpacked(number, code.is_patched, notes + code.doubts())


def _remove_repositories(top: str) -> None:
    """Remove the repositories that we made to have git write: none can be part of a commit or a patch."""
    for folder, folders, _ in os.walk(top):
        if ".git" in folders:
            folders.remove(".git")
            files.remove_tree(os.path.join(folder, ".git"))
