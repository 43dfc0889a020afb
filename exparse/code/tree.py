"""The tree of a run, laid out again in a folder of its own: its commit and its patch, or its archive of sources.

Git writes them for a repository of our own (:mod:`exparse.code.twin`), which is gone afterwards: no filter and no hook
of the user's has a say, and no submodule is fetched.
"""

from __future__ import annotations

import os

from exparse.code import recorded
from exparse.code.origin import CodeNotFound
from exparse.store import files

__all__ = ["CodeNotFound", "Unpacked", "unpack"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from exparse.code.recorded import Archive, Commit


class Unpacked:
    """What was laid out.

    Attributes:
        files: How many files and links there are.
        patched: Whether a patch was applied.
        notes: What is not as it was, in sentences; may be empty.
    """

    def __init__(self, files: int, patched: bool, notes: list[str]) -> None:
        self.files, self.patched, self.notes = files, patched, notes


def unpack(run_metadata: dict[str, Any], folder_of_run: str, to: str, nearby: Sequence[str] = ()) -> Unpacked:
    """Lay out the tree of a run.

    Args:
        run_metadata: What its ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder, for ``code.patch`` and ``source.zip``.
        to: Where; made if it is not there, and has to be empty.
        nearby: Folders whose repositories may have the commit where the recorded one does not.

    Raises:
        CodeNotFound: If the folder is not empty, nothing was recorded, or the commit is not here.
        DamagedFile: If the archive cannot be read.
        OSError: If a file cannot be written.
    """
    _refuse_full(to, folder_of_run)
    laid, why = recorded.commit_or_archive(run_metadata, folder_of_run, nearby, lambda code: _write(code, to))
    laid.notes[:0] = why
    return laid


def _refuse_full(to: str, folder_of_run: str) -> None:
    if os.path.lexists(to) and (not os.path.isdir(to) or os.listdir(to)):
        raise CodeNotFound(folder_of_run, f"{to} is not an empty folder; name one that is, or a new one")


def _write(code: Commit | Archive, to: str) -> Unpacked:
    """Write the files into an empty folder; where that fails, it is empty again."""
    os.makedirs(to, exist_ok=True)
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
