"""What was recorded of the code of a run, as something that can be laid out: a commit and its patch, or an archive."""

from __future__ import annotations

import os
import time

from exparse.code import (
    changes,
    checkout,
    digests,
    drafts,
    filters,
    links,
    loose,
    origin,
    processes,
    sources,
    submodules,
)
from exparse.code.origin import CodeNotFound
from exparse.code.others import Others
from exparse.code.repository import GitProblem, is_true
from exparse.code.twin import Twin, read
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from exparse.code.processes import Child

    Laid = TypeVar("Laid")

_LONGEST_S = 300.0
_LONGEST_LISTING_S = 20.0
_MOST_LISTED_BYTES = 4_000_000
_MOST_NAMED = 5


class Commit:
    """Code that is a commit and perhaps a patch.

    Attributes:
        linked: Paths of what lies beside it in the user's folder and was linked: a program may write there.
        others: Says what is not linked since it is another user's.
    """

    kind = "git"

    def __init__(
        self, metadata: dict[str, Any], facts: dict[str, Any], folder_of_run: str, nearby: Sequence[str]
    ) -> None:
        self._metadata, self._facts, self._folder = metadata, facts, folder_of_run
        self._deadline = time.monotonic() + _LONGEST_S
        self._commit = origin.commit_of(facts, folder_of_run)
        places = (origin.preferred(facts, folder_of_run, nearby) or facts.get("top"), facts.get("top"), *nearby)
        self._repository = origin.find(facts, folder_of_run, places, self._deadline)
        self.top = self._repository.top
        self.others = Others(self.top, metadata, folder_of_run)
        patch = os.path.join(folder_of_run, layout.PATCH)
        self._patch = patch if os.path.isfile(patch) else None
        if self._patch is None and _has_patch(facts.get("patch")):
            raise CodeNotFound(folder_of_run, f"its {layout.PATCH} is gone, and the commit alone is not what ran")
        self._beside: Child | None = None
        self._listed: list[str] | None = None
        self._goes_on = False
        self.linked: list[str] = []

    @property
    def root(self) -> str:
        """The root that the run lies in."""
        return root_of(self._folder)

    @property
    def is_patched(self) -> bool:
        """Whether something differed from the commit."""
        return self._patch is not None

    @property
    def key(self) -> str:
        """What names this code."""
        return _key(self._commit.encode(), _digest_of(self._patch), os.fsencode(self.top))

    def start(self, goes_on: bool = False) -> None:
        """Ask git what lies beside the code, which is linked later.

        Args:
            goes_on: Whether a run goes on, which finds what it left there, also where git does not ignore it.
        """
        # What a run has left that began in a tree of its own does not lie there.
        self._goes_on = goes_on and not self._metadata.get("tree")
        which = () if self._goes_on else ("-i", "--exclude-standard")
        self._beside = self._repository.start("ls-files", "-o", *which, "--directory", "-z", most=_MOST_LISTED_BYTES)

    def lay_out(self, to: str) -> list[str]:
        """Write the files, and return what is not as it was."""
        own, config = Twin(to, self._deadline), self._repository.config
        files.make_folder(to)
        try:
            branch = self._facts.get("branch")
            own.make(self._commit, branch if isinstance(branch, str) else None, self._repository.objects, config)
            patterns, notes = self._sparse()
            own.leave_out(patterns)
            notes += checkout.check_out(own, self._commit, self._patch, config)
            wanted = checkout.submodules(own, self._patch is not None)
            common = origin.common(self._repository)
            notes += submodules.lay_out(submodules.Holder(self.top, common, config), own, wanted)
            notes += filters.fill(own, self.top, common, config)
        except GitProblem as problem:
            raise CodeNotFound(self._folder, f"git says: {problem}") from None
        return notes

    def _sparse(self) -> tuple[bytes | None, list[str]]:
        """Return which files the user's tree is to hold, where it is not to hold all; and whether that is new."""
        if not is_true(self._repository.config.get("core.sparsecheckout")):
            return None, []
        asked = self._repository.start("rev-parse", "--git-path", "info/sparse-checkout")
        processes.gather([asked], self._deadline)
        path = os.path.join(self.top, os.fsdecode(asked.out.rstrip(b"\n")))
        patterns, began = read(path), loose.began(self._metadata)
        if patterns is None or began is None or os.stat(path).st_mtime <= began:
            return patterns, []
        return patterns, [f"which files {self.top} is to hold (git sparse-checkout) was changed since: it is as now"]

    def link(self, to: str) -> list[str]:
        """Link what lies beside the code, and return what is to be told of it."""
        beside = self._listing()
        if self._goes_on:
            # Code that came since is not the run's.
            beside = [path for path in beside if not path.endswith((".py", ".pyw"))]
        left_out = self._left_out()
        written = [] if self._goes_on else _written(self._metadata, self._facts.get("top"))
        written += _stood_in(self._metadata, self._facts.get("top"), self.top)
        made = links.Links(self.top, to, self.root, written, self.others)
        made.make([*beside, *left_out])
        made.remove_others()
        self._exclude(to, made.made)
        self.linked = [path for path in made.told() if path not in left_out]
        then = self._facts.get("top")
        return (
            self.doubts(made.made)
            + made.notes("the code")
            + _script_note(self._metadata, then, to)
            + self._named(then, to)
        )

    def _named(self, then: object, to: str) -> list[str]:
        """Return a note for each file of the code that the arguments name by its whole path, if it is another now."""
        notes: list[str] = []
        told = self._metadata.get("argv")
        words = [word.rpartition("=")[2] for word in told if isinstance(word, str)] if isinstance(told, list) else []
        for word in dict.fromkeys(words):
            if isinstance(then, str) and word.startswith(f"{then}/") and len(notes) < _MOST_NAMED:
                path = os.path.relpath(word, then)
                if _is_other(f"{to}/{path}", word):
                    notes.append(f"its arguments name {word}, which is not what it was: that one is read")
        return notes

    def _listing(self) -> list[str]:
        """Return what git says that lies beside the code; it is asked once."""
        if self._listed is None and self._beside is not None:
            # Where they are too many to be listed in time, the first of them are linked.
            processes.gather([self._beside], min(self._deadline, time.monotonic() + _LONGEST_LISTING_S))
            self._listed = list(map(os.fsdecode, self._beside.out.split(b"\0")[:-1]))
        return self._listed or []

    def _exclude(self, to: str, made: list[str]) -> None:
        """Have git ignore the links: where a folder is ignored, a link of its name is not."""
        theirs = read(f"{origin.common(self._repository)}/info/exclude") or b""
        ours = b"".join(changes.pattern(os.fsencode(path)) + b"\n" for path in made)
        told = theirs + b"\n" + ours
        if read(f"{to}/.git/info/exclude") != told:
            files.replace_bytes(f"{to}/.git/info/exclude", told)

    def _left_out(self) -> dict[str, object]:
        """Return what the patch leaves out, and why; but for what the run itself has written since."""
        told = self._facts.get("patch")
        items = told.get("left_out") or [] if isinstance(told, dict) else []
        items = [item for item in items if isinstance(item, dict) and isinstance(item.get("path"), str)]
        return {item["path"]: item.get("why") for item in items if item.get("why") != loose.WHY}

    def doubts(self, linked: Sequence[str] = ()) -> list[str]:
        """Return what the record itself does not hold, in sentences; of what is linked, that it is what lies there now.

        Args:
            linked: Paths of links of ours in the tree.
        """
        told, now = self._facts.get("patch"), set(linked)
        notes = [f"git said when it ran: {self._facts['problem']}"] if self._facts.get("problem") else []
        for path, why in self._left_out().items():
            if why == changes.WITHIN:
                notes.append(f"changes within the submodule {path} were not kept: it is as its commit says")
            else:
                is_of_now = path.rstrip("/") in now
                notes.append(f"{path} was not kept" + (f": it is what lies in {self.top} now" if is_of_now else ""))
        notes += ["secrets are masked in it"] if isinstance(told, dict) and told.get("masked") else []
        return notes


class Archive:
    """Code that is an archive of the script and what it imported; ``linked`` and ``others`` as for :class:`Commit`."""

    kind = "archive"
    is_patched = False

    def __init__(self, metadata: dict[str, Any], folder_of_run: str) -> None:
        self._metadata, self._goes_on = metadata, False
        self.linked: list[str] = []
        self._folder, self._path = folder_of_run, f"{folder_of_run}/{layout.SOURCE}"
        script = metadata.get("script")
        where = os.path.dirname(script) if isinstance(script, str) else metadata.get("cwd")
        self._is_there = isinstance(where, str) and os.path.isdir(where)
        self.top = os.path.realpath(where) if isinstance(where, str) else os.path.realpath(folder_of_run)
        self.others = Others(self.top, metadata, folder_of_run)

    @property
    def key(self) -> str:
        """What names this code."""
        return _key(b"archive", _digest_of(self._path), os.fsencode(self.top))

    @property
    def root(self) -> str:
        """The root that the run lies in."""
        return root_of(self._folder)

    def start(self, goes_on: bool = False) -> None:
        """Nothing is to be asked: all that lies beside is linked."""
        self._goes_on = goes_on and not self._metadata.get("tree")

    def lay_out(self, to: str) -> list[str]:
        """Write the files."""
        files.make_folder(to)
        sources.unpack(self._path, to)
        return []

    def link(self, to: str) -> list[str]:
        """Link what lies beside the script, and return what is to be told of it."""
        if not self._is_there:
            return [f"{self.top} is not here any more: only the sources are, without what lay beside them"]
        written = [] if self._goes_on else _written(self._metadata, self.top)
        written += _stood_in(self._metadata, self.top, self.top)
        made = links.Links(self.top, to, self.root, written, self.others)
        made.make_all()
        made.remove_others()
        self.linked = made.told()
        return made.notes("the script")

    def doubts(self) -> list[str]:
        """Return nothing: of what it holds there is no doubt."""
        return []


def commit_or_archive(
    metadata: dict[str, Any], folder_of_run: str, nearby: Sequence[str], lay_out: Callable[[Commit | Archive], Laid]
) -> tuple[Laid, list[str]]:
    """Lay out the commit of a run or, where that is not to be had, its archive.

    Args:
        metadata: What its ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder, for ``code.patch`` and ``source.zip``.
        nearby: Folders whose repositories may have the commit where the recorded one does not.
        lay_out: Does it.

    Returns:
        What ``lay_out`` returns, and in a sentence why it is the archive although there was a commit.

    Raises:
        CodeNotFound: If neither is to be had.
    """
    facts = metadata.get("git")
    has_archive = os.path.isfile(f"{folder_of_run}/{layout.SOURCE}")
    if not isinstance(facts, dict) or not isinstance(facts.get("commit"), str):
        if not has_archive:
            raise CodeNotFound(folder_of_run, "neither a commit nor the sources were recorded")
        return lay_out(Archive(metadata, folder_of_run)), []
    try:
        return lay_out(Commit(metadata, facts, folder_of_run, nearby)), []
    except CodeNotFound as problem:
        if not has_archive:
            raise
        why = f"only the sources that it imported: {problem.reason}"
        return lay_out(Archive(metadata, folder_of_run)), [why]


def _has_patch(told: object) -> bool:
    return isinstance(told, dict) and isinstance(told.get("sha256"), str)


def _is_other(laid: str, now: str) -> bool:
    """Return whether a file of the tree holds something else than the one that lies at a path now."""
    import filecmp

    try:
        return links.is_plain(laid) and not (links.is_plain(now) and filecmp.cmp(laid, now, shallow=False))
    except OSError:
        return True


def _written(metadata: dict[str, Any], top: object) -> list[str]:
    """Return the paths below a folder that a run says it has written (``output_file``)."""
    told = metadata.get("outputs")
    paths = [path for path in told if isinstance(path, str)] if isinstance(told, dict) and isinstance(top, str) else []
    return [os.path.relpath(path, str(top)) for path in paths if path.startswith(f"{top}/")]


def _stood_in(metadata: dict[str, Any], then: object, top: str) -> list[str]:
    """Return what makes a folder of the tree, and no link, of the one that a program runs in.

    From behind a link, ``../train.py`` would be the code of now. With more in it than is linked, it is a link all the
    same: the program may need each of these files.
    """
    cwd = metadata.get("cwd")
    if not isinstance(cwd, str) or not isinstance(then, str) or not cwd.startswith(f"{then}/"):
        return []
    path = os.path.relpath(cwd, then)
    try:
        is_small = len(os.listdir(f"{top}/{path}")) < links.MOST
    except (OSError, ValueError):
        return []
    return [f"{path}/"] if is_small else []


def root_of(folder_of_run: str) -> str:
    """Return the root that a run's folder lies in."""
    return os.path.dirname(os.path.dirname(os.path.abspath(folder_of_run)))


def _digest_of(path: str | None) -> bytes:
    return digests.sha256(files.read_bytes(path)).encode() if path else b""


def _key(*parts: bytes) -> str:
    return digests.sha256(b"\0".join(parts))[:20]


def _script_note(metadata: dict[str, Any], top: object, to: str) -> list[str]:
    """Return a note where the script itself is no part of what was recorded."""
    script = metadata.get("script")
    if not isinstance(script, str) or not isinstance(top, str) or not script.startswith(f"{top}/"):
        return []
    name = os.path.relpath(script, top)
    if not os.path.exists(f"{to}/{name}"):
        return [f"{name} was not recorded, and is not here any more"]
    inner = drafts.is_below(os.path.realpath(f"{to}/{name}"), to)
    return [] if inner else [f"{name} was not recorded (git ignores it?): it is the script of now"]
