"""The tree of a run, laid out again in a folder of its own: its commit and its patch, or its archive of sources.

Files are written by us from git's objects: nothing is checked out, so no filter, no hook and no attribute of the
repository has a say, and no submodule is fetched.
"""

from __future__ import annotations

import os
import stat
import time

from exparse.code import drafts, processes, sources
from exparse.code.changes import LINK, PROGRAM, SUBMODULE
from exparse.code.repository import GitProblem, Repository, environment, find_top, start_git
from exparse.errors import ExparseError
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LONGEST_S = 300.0
_MOST_BYTES = 4 << 30
_HEXADECIMAL = frozenset("0123456789abcdef")


class CodeNotFound(ExparseError, LookupError):
    """The code of a run cannot be laid out again.

    Attributes:
        folder: The run's folder.
        reason: Why, and what to do.
    """

    def __init__(self, folder: str, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"the code of {os.path.basename(folder)}: {reason}")


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
        found = _Layout(facts, folder_of_run, repository)
    except CodeNotFound as problem:
        if not has_archive:
            raise
        return _unpack_archive(archive, to, [f"only the sources that it imported: {problem.reason}"])
    os.makedirs(to, exist_ok=True)
    return found.write(to)


def _refuse_full(to: str, folder_of_run: str) -> None:
    if os.path.lexists(to) and (not os.path.isdir(to) or os.listdir(to)):
        raise CodeNotFound(folder_of_run, f"{to} is not an empty folder; name one that is, or a new one")


def _unpack_archive(archive: str, to: str, notes: list[str]) -> Unpacked:
    os.makedirs(to, exist_ok=True)
    return Unpacked(sources.unpack(archive, to), False, notes)


class _Layout:
    def __init__(self, facts: dict[str, Any], folder_of_run: str, repository: str | None) -> None:
        self._facts, self._folder = facts, folder_of_run
        self._deadline = time.monotonic() + _LONGEST_S
        self._commit = str(facts["commit"])
        if len(self._commit) not in (40, 64) or not _HEXADECIMAL.issuperset(self._commit):
            raise CodeNotFound(folder_of_run, "its metadata names no commit that could be one")
        self._repository = self._open(repository or facts.get("top"))

    def _open(self, where: object) -> Repository:
        top = find_top(where) if isinstance(where, str) and os.path.isdir(where) else None
        if top is None:
            raise CodeNotFound(self._folder, f"the repository {where} is not here. {self._elsewhere()}")
        opened = Repository(top)
        try:
            opened.open(self._deadline)
            found = opened.start("cat-file", "-t", self._commit)
            processes.gather([found], self._deadline)
        except GitProblem as problem:
            raise CodeNotFound(self._folder, f"git refuses {top}: {problem}") from None
        if found.out.strip() != b"commit":
            raise CodeNotFound(self._folder, f"{top} does not have the commit {self._commit}. {self._elsewhere()}")
        return opened

    def _elsewhere(self) -> str:
        remote = self._facts.get("remote")
        if not remote:
            return "No remote was known when it ran."
        if self._facts.get("pushed"):
            return f"It had been pushed to {remote}: fetch it from there."
        return f"It had not been pushed to {remote} when it ran; look where it ran."

    def write(self, to: str) -> Unpacked:
        """Write the commit's files, then apply the patch."""
        try:
            notes = self._write_commit(to)
            patched = self._apply(to)
        except GitProblem as problem:
            raise CodeNotFound(self._folder, f"git says: {problem}") from None
        notes += self._doubts()
        return Unpacked(sum(len(names) for _, _, names in os.walk(to)), patched, notes)

    def _write_commit(self, to: str) -> list[str]:
        listed = self._ask("ls-tree", "-r", "-z", "--full-tree", self._commit)
        links, notes = [], []
        for entry in listed.split(b"\0")[:-1]:
            head, _, path = entry.partition(b"\t")
            mode, kind, name = head.split()
            if not sources.is_inner(os.fsdecode(path)):
                notes.append(f"{os.fsdecode(path)!r} is no name for a file: left out")
            elif int(mode, 8) == SUBMODULE:
                notes.append(f"{os.fsdecode(path)} is a submodule, at {name.decode()}: not fetched")
            elif kind == b"blob":
                links.append((path, int(mode, 8), name))
        # Links come last: nothing is ever written through one.
        links.sort(key=lambda entry: entry[1] == LINK)
        self._write_blobs(to, links)
        return notes

    def _write_blobs(self, to: str, entries: list[tuple[bytes, int, bytes]]) -> None:
        scratch = drafts.make_scratch(None, self._folder)
        try:
            files.replace_bytes(f"{scratch}/given", b"".join(name + b"\n" for _, _, name in entries))
            handle = os.open(f"{scratch}/given", os.O_RDONLY)
            try:
                child = self._repository.start("cat-file", "--batch", given=handle, most=_MOST_BYTES)
            finally:
                os.close(handle)
            processes.gather([child], self._deadline)
        finally:
            files.remove_tree(scratch)
        if not child.is_good:
            raise GitProblem(child.reason)
        rest, at = memoryview(child.out), 0
        for path, mode, name in entries:
            line = child.out.index(b"\n", at)
            head = child.out[at:line].split()
            if len(head) != 3:
                raise GitProblem(f"the content {name.decode()} is missing")
            data = rest[line + 1 : line + 1 + int(head[2])]
            at = line + 2 + int(head[2])
            _write(os.path.join(os.fsencode(to), path), mode, bytes(data))

    def _ask(self, *args: str) -> bytes:
        child = self._repository.start(*args)
        processes.gather([child], self._deadline)
        if not child.is_good:
            raise GitProblem(child.reason)
        return child.out

    def _apply(self, to: str) -> bool:
        path = os.path.join(self._folder, layout.PATCH)
        if not os.path.isfile(path):
            return False
        top = os.path.realpath(to)
        # Outside of any repository, and with no configuration: attributes of the tree convert nothing.
        env = environment(
            GIT_CEILING_DIRECTORIES=os.path.dirname(top),
            GIT_DIR=os.devnull,
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            HOME=os.devnull,
            XDG_CONFIG_HOME=os.devnull,
        )
        child = start_git(
            processes.which("git"), ["-C", top, "apply", "--whitespace=nowarn", os.path.abspath(path)], env
        )
        processes.gather([child], self._deadline)
        if not child.is_good:
            raise GitProblem(f"{layout.PATCH} does not apply: {child.reason}")
        return True

    def _doubts(self) -> list[str]:
        told = self._facts.get("patch")
        notes = [f"git said when it ran: {self._facts['problem']}"] if self._facts.get("problem") else []
        if isinstance(told, dict):
            left = [item.get("path") for item in told.get("left_out") or [] if isinstance(item, dict)]
            notes += [f"{path} was not kept" for path in left]
            notes += ["secrets are masked in it"] if told.get("masked") else []
        return notes


def _write(path: bytes, mode: int, data: bytes) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    if mode == LINK:
        os.symlink(data, path)
        return
    with open(os.fsdecode(path), "xb") as stream:
        stream.write(data)
    if mode == PROGRAM:
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
