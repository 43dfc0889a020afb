"""What differs between the code of two runs: between their trees, if they can be had, not between their records.

The trees are made from each one's commit and patch, in a repository of our own (:mod:`exparse.code.pool`). Where a
commit is not here, patches on one and the same commit still tell a lot, and so do archives of sources.
"""

from __future__ import annotations

import io
import os
import time
from typing import NamedTuple

from exparse.code import drafts, processes, sources
from exparse.code.pool import Pool
from exparse.code.repository import GitProblem, Repository, find_top
from exparse.errors import DamagedFile, ExparseError
from exparse.query import patch as patches
from exparse.query import unlike
from exparse.query.patch import Change
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from exparse.code.pool import Entry
    from exparse.query.told import Told

LONGEST_S = 30.0
"""What git may take in all, in seconds."""

_MOST_PATCH = 64_000_000
_HEXADECIMAL = frozenset("0123456789abcdef")
_KINDS = {"A": "new", "D": "gone", "R": "renamed"}
_REVERSED = {"new": "gone", "gone": "new"}
_SHORT = 10
_MOST_NAMED = 3


class Origin(NamedTuple):
    """Where the code of a run comes from.

    Attributes:
        head: What the run is called: its number.
        folder: Its folder.
        git: What its metadata say under ``git``.
    """

    head: str
    folder: str
    git: Told

    @property
    def commit(self) -> str:
        """Its commit, or "" where none that could be one is named."""
        named = self.git.text("commit")
        return named if len(named) in (40, 64) and _HEXADECIMAL.issuperset(named) else ""


class Difference(NamedTuple):
    """What differs between the code of two runs.

    Attributes:
        changes: File by file; None where nobody can say.
        basis: What was compared: ``trees``, ``patches`` (on one commit that is not here), ``sources``, or "" where
            the records alone say it.
        notes: What is not known, in sentences.
    """

    changes: list[Change] | None
    basis: str
    notes: list[str]


class NoDifference(ExparseError, LookupError):
    """The code of two runs cannot be compared line by line."""

    def __init__(self, before: Origin, after: Origin, notes: Iterable[str]) -> None:
        why = "; ".join(notes) or "too little of it was recorded"
        ways = f"`exparse code {before.head}` and `exparse code {after.head}` show what there is"
        super().__init__(f"the code of {before.head} and {after.head} cannot be compared line by line: {why}. {ways}")


class Codes:
    """The code of runs, to be compared; a context, since its drafts take room on disk while it lasts.

    Args:
        nearby: Folders that may lie in a repository that has the commits, beside those that are recorded.

    Writes a folder for drafts, and nothing in any repository.
    """

    def __init__(self, nearby: Iterable[str] = ()) -> None:
        self._nearby, self._deadline = list(nearby), time.monotonic() + LONGEST_S
        self._repositories: dict[str, Repository | GitProblem] = {}
        self._pool: Pool | None = None
        self._scratch = ""
        self._trees: dict[str, str] = {}

    def __enter__(self) -> Codes:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if self._scratch:
            files.remove_tree(self._scratch)

    def between(self, before: Origin, after: Origin) -> Difference:
        """Return what differs between the code of two runs; it never fails, and says what it does not know."""
        notes = _doubts(before) + _doubts(after)
        try:
            if before.commit and before.commit == after.commit and _patch(before) == _patch(after):
                return Difference([], "", notes)
        except (DamagedFile, OSError) as problem:
            notes.append(str(problem))
        ways = self._ways(before, after)
        recorded = [_recorded(origin) for origin in (before, after)]
        if not ways and any(recorded):
            notes += [
                f"run {origin.head}: {there or 'no code was recorded'}"
                for origin, there in zip((before, after), recorded, strict=True)
            ]
        for basis, changes, _ in ways:
            try:
                return Difference(changes(), basis, notes)
            except (GitProblem, ExparseError, OSError) as problem:
                notes.append(_said(problem))
        return Difference(None, "", list(dict.fromkeys(notes)))

    def patch(self, before: Origin, after: Origin) -> bytes:
        """Return the difference between the code of two runs as a unified diff; b"" where there is none.

        Raises:
            NoDifference: If it cannot be made.
        """
        notes = []
        for _, _, patch in self._ways(before, after):
            try:
                return patch()
            except (GitProblem, ExparseError, OSError) as problem:
                notes.append(_said(problem))
        raise NoDifference(before, after, dict.fromkeys(notes))

    def _ways(self, before: Origin, after: Origin) -> list[tuple[str, Callable[[], list[Change]], Callable[[], bytes]]]:
        """Return the ways to compare two runs, the best first: its name, what changes, and the same as a patch."""
        ways: list[tuple[str, Callable[[], list[Change]], Callable[[], bytes]]] = []
        if before.commit and after.commit:
            ways.append(
                ("trees", lambda: self._changes_of_trees(before, after), lambda: self._patch_of_trees(before, after))
            )
        if before.commit and before.commit == after.commit:
            ways.append(("patches", lambda: _changes_of_patches(before, after), lambda: _from_clean(before, after)))
        if _has_sources(before) and _has_sources(after):
            ways.append(
                ("sources", lambda: list(unlike.changes(*_both(before, after))),
                 lambda: b"".join(unlike.patch(*_both(before, after))))
            )  # fmt: skip
        return ways

    def _changes_of_trees(self, before: Origin, after: Origin) -> list[Change]:
        pool, first, second = self._trees_of(before, after)
        return [_change(entry) for entry in pool.entries(first, second)]

    def _patch_of_trees(self, before: Origin, after: Origin) -> bytes:
        pool, first, second = self._trees_of(before, after)
        return pool.patch(first, second)

    def _trees_of(self, before: Origin, after: Origin) -> tuple[Pool, str, str]:
        for origin in (before, after):
            if origin.folder not in self._trees:
                repository = self._holder(origin, [before.git.text("top"), after.git.text("top")])
                pool = self._opened(origin)
                pool.borrow(repository.objects)
                try:
                    self._trees[origin.folder] = pool.tree(origin.commit, _patch(origin))
                except GitProblem as problem:
                    raise GitProblem(f"the tree of run {origin.head} cannot be made: {problem}") from None
        return self._opened(before), self._trees[before.folder], self._trees[after.folder]

    def _opened(self, origin: Origin) -> Pool:
        if self._pool is None:
            self._scratch = self._scratch or drafts.make_scratch(None, "/tmp")
            self._pool = Pool(self._scratch, len(origin.commit) > 40, self._deadline)
        return self._pool

    def _holder(self, origin: Origin, tops: list[str]) -> Repository:
        """Return a repository that has the commit of a run.

        Raises:
            GitProblem: If none does.
        """
        if processes.which("git") is None:
            raise GitProblem("there is no git on PATH")
        refusals = []
        for place in (origin.git.text("top"), *tops, *self._nearby):
            top = find_top(place) if place and os.path.isdir(place) else None
            if top is None:
                continue
            repository = self._repository(top)
            if isinstance(repository, GitProblem):
                refusals.append(f"git refuses {top}: {repository}")
                continue
            asked = repository.start("cat-file", "-e", f"{origin.commit}^{{commit}}")
            processes.gather([asked], self._deadline)
            if asked.is_good:
                return repository
        raise GitProblem("; ".join([f"{_not_here(origin)}", *dict.fromkeys(refusals)]))

    def _repository(self, top: str) -> Repository | GitProblem:
        if top not in self._repositories:
            repository = Repository(top)
            self._repositories[top] = repository
            try:
                repository.open(self._deadline)
            except GitProblem as problem:
                self._repositories[top] = problem
        return self._repositories[top]


def _not_here(origin: Origin) -> str:
    """Return that a commit is in no repository here, and where it may be."""
    remote, pushed = origin.git.text("remote"), origin.git.flag("pushed")
    if remote and pushed:
        where = f"it had been pushed to {remote}, fetch it from there"
    elif remote:
        where = f"it had not been pushed to {remote} when it ran"
    else:
        where = "no remote was known when it ran"
    return f"commit {origin.commit[:_SHORT]} of run {origin.head} is in no repository here: {where}"


def _said(problem: Exception) -> str:
    if not isinstance(problem, OSError) or isinstance(problem, ExparseError):
        return str(problem)
    return ": ".join(filter(None, [str(problem.filename or ""), problem.strerror or str(problem)]))


def _patch(origin: Origin) -> bytes:
    """Return the bytes of a run's patch; b"" where it has none.

    Raises:
        DamagedFile: If it is no plain file, or a very large one.
        OSError: If it cannot be read.
    """
    try:
        return files.read_bytes(f"{origin.folder}/{layout.PATCH}", _MOST_PATCH)
    except FileNotFoundError:
        return b""


def _doubts(origin: Origin) -> list[str]:
    """Return what is not known of a run's tree."""
    told = origin.git.part("patch")
    left = [file.text("path") for file in told.parts("left_out")]
    notes = []
    if left:
        named = ", ".join(left[:_MOST_NAMED]) + (f" and {len(left) - _MOST_NAMED:,} more" if left[_MOST_NAMED:] else "")
        notes.append(f"run {origin.head}: its patch leaves out {named}")
    if told.flag("masked"):
        notes.append(f"run {origin.head}: secrets are masked in its patch")
    if told.text("sha256") and not os.path.lexists(f"{origin.folder}/{layout.PATCH}"):
        notes.append(f"run {origin.head}: its {layout.PATCH} is missing")
    if origin.git.text("problem"):
        notes.append(f"run {origin.head}: git said when it ran: {origin.git.text('problem')}")
    return notes


def _change(entry: Entry) -> Change:
    name = os.fsdecode(entry.after or entry.before or b"")
    kind = _KINDS.get(entry.letter, "changed" if entry.is_touched else "mode")
    before = os.fsdecode(entry.before) if kind == "renamed" and entry.before else None
    return Change(name, kind, entry.added, entry.removed, before, entry.is_counted)


def _changes_of_patches(before: Origin, after: Origin) -> list[Change]:
    """Return what differs between two patches of one commit; how much, only where one of them leaves the file alone."""
    first, second = (_sections(_patch(origin)) for origin in (before, after))
    found = []
    for name in sorted({*first, *second}):
        if name in first and name in second:
            if first[name][1] != second[name][1]:
                found.append(Change(name, "changed", None, None, is_counted=False))
        elif name in second:
            found.append(second[name][0])
        else:
            found.append(_backwards(first[name][0]))
    return found


def _sections(data: bytes) -> dict[str, tuple[Change, bytes]]:
    return {change.name: (change, text) for change, text in patches.sections(io.BytesIO(data))}


def _backwards(change: Change) -> Change:
    name, before = (change.before, change.name) if change.before else (change.name, None)
    return Change(name, _REVERSED.get(change.kind, change.kind), change.removed, change.added, before)


def _from_clean(before: Origin, after: Origin) -> bytes:
    if _patch(before):
        raise GitProblem(f"run {before.head} has changes of its own on a commit that is not here")
    return _patch(after)


def _recorded(origin: Origin) -> str:
    """Return in words which code of a run there is; "" for none."""
    there = [f"commit {origin.commit[:_SHORT]}"] if origin.commit else []
    there += [layout.SOURCE] if _has_sources(origin) else []
    return " and ".join(there)


def _has_sources(origin: Origin) -> bool:
    return os.path.isfile(f"{origin.folder}/{layout.SOURCE}")


def _both(before: Origin, after: Origin) -> tuple[dict[str, bytes], dict[str, bytes]]:
    return tuple(sources.read(f"{origin.folder}/{layout.SOURCE}") for origin in (before, after))  # type: ignore[return-value]
