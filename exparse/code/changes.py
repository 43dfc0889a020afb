"""Which paths of a tree may differ from its commit, as git tells it without writing anything.

Three commands run side by side: ``status`` for what git tracks, ``ls-files`` for what it does not track and does not
ignore, and once more for entries that ``status`` passes over on the user's word (assume-unchanged).
"""

from __future__ import annotations

import os
import time

from exparse.code import drafts, loose, processes
from exparse.code.repository import GitProblem, Repository, find_top, is_true
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_UNTRACKED = 5_000
# A folder of millions of files that nobody has told git to ignore must not cost the run its commit.
_LONGEST_LISTING_S = 20.0
# Paths of this many files: names beyond would not be read anyway.
_MOST_LISTED_BYTES = MAX_UNTRACKED * 400
LINK, FILE, PROGRAM, SUBMODULE = 0o120000, 0o100644, 0o100755, 0o160000
_KINDS = (LINK, FILE, PROGRAM, SUBMODULE)
WITHIN = "changes within a submodule"
"""Why nothing is kept of a submodule: its commit is, what differs from that is not."""


class Changes:
    """What may differ, by path from the top, in bytes.

    Attributes:
        commit: The commit, in hexadecimal; None where there is none yet.
        branch: Name of the branch, or None where HEAD is detached.
        tracked: Mode in the tree by path, 0 where git does not say or the file is gone.
        submodules: The commit that each of those that differ stands at, by path.
        untracked: Paths, sorted; at most :data:`MAX_UNTRACKED`.
        is_complete: Whether ``untracked`` holds all of them.
        written: Paths that are untracked as well, and no code, and were changed when the run had begun.
        loose: When untracked files that are no code were changed, in seconds since 1970, by path.
        within: Why nothing is kept of submodules in which something differs, by path.
        is_dirty: Whether something differs for certain; else only what is assumed to be unchanged may.
    """

    def __init__(self) -> None:
        self.commit: str | None = None
        self.branch: str | None = None
        self.tracked: dict[bytes, int] = {}
        self.submodules: dict[bytes, str] = {}
        self.untracked: list[bytes] = []
        self.is_complete = True
        self.written: list[str] = []
        self.loose: dict[str, float] = {}
        self.within: dict[bytes, str] = {}
        self.is_dirty = False


def look(
    repository: Repository,
    root: str | None,
    deadline: float,
    meanwhile: Callable[[], None] | None = None,
    began: float | None = None,
) -> Changes:
    """Return which paths may differ from the commit.

    Args:
        repository: An open one.
        root: Absolute path of the root, which counts for nothing, or None.
        deadline: By the monotonic clock, in seconds.
        meanwhile: What to do while git looks, or None.
        began: When the run began, in seconds since 1970: what it has written since, and is no code, is none of its
            changes. None where no run is looked at.

    Raises:
        GitProblem: If git does not say.
    """
    away = paths_of_root(repository.top, root)
    # What Python has compiled is no code of the user's, and another file each time.
    compiled = [b"--exclude=__pycache__/", b"--exclude=*.pyc"]
    excluded = [*compiled, *(b"--exclude=" + pattern(path) for path in away)]
    status = repository.start(
        *("status", "--porcelain=v2", "--branch", "-z", "--no-ahead-behind", "--no-renames"),
        *("--untracked-files=no", "--ignore-submodules=dirty"),
    )
    others = repository.start("ls-files", "-z", "--others", "--exclude-standard", *excluded, most=_MOST_LISTED_BYTES)
    flags = repository.start("ls-files", "-z", "-v")
    if meanwhile is not None:
        meanwhile()
    processes.gather([status, flags], deadline)
    processes.gather([others], min(deadline, time.monotonic() + _LONGEST_LISTING_S))
    for child in (status, others, flags):
        if not child.is_good and not (child is others and child.cut):
            raise GitProblem(child.reason)
    changes = parse_status(status.out)
    take_untracked(changes, others.out, others.cut is None)
    _leave_out(changes, away)
    changes.loose = loose.modified(repository.top, changes.untracked)
    changes.written = sorted(loose.since(changes.loose, began))
    written = set(changes.written)
    changes.untracked = [path for path in changes.untracked if os.fsdecode(path) not in written]
    changes.within = _changed_within(repository, root, deadline, began)
    changes.is_dirty = bool(changes.tracked or changes.untracked or changes.within)
    changes.submodules = _submodules(repository, changes, deadline)
    for path in hidden(flags.out, is_true(repository.config.get("core.sparsecheckout"))):
        if not is_away(path, away):
            changes.tracked.setdefault(path, 0)
    return changes


def parse_status(listed: bytes) -> Changes:
    """Return what ``git status --porcelain=v2 --branch -z --no-renames`` says."""
    changes = Changes()
    for entry in listed.split(b"\0"):
        kind, _, rest = entry.partition(b" ")
        if kind == b"#":
            _take_header(changes, rest.decode("utf-8", "surrogateescape"))
        elif kind == b"1":
            _, _, _, _, mode, _, _, path = rest.split(b" ", 7)
            changes.tracked[path] = int(mode, 8)
        elif kind == b"u":
            # A conflict: the tree holds what the user has made of it so far.
            _, _, _, _, _, mode, _, _, _, path = rest.split(b" ", 9)
            changes.tracked[path] = int(mode, 8)
    return changes


def _submodules(repository: Repository, changes: Changes, deadline: float) -> dict[bytes, str]:
    """Return where submodules stand; git reads their HEAD, and does not enter them."""
    shown = ("diff-files", "-p", "--no-ext-diff", "--no-textconv", "--submodule=short", "--ignore-submodules=dirty")
    asked = {path: repository.start(*shown, "--", path) for path, mode in changes.tracked.items() if mode == SUBMODULE}
    processes.gather(asked.values(), deadline)
    commits = {path: _commit_in(child.out) for path, child in asked.items()}
    return {path: commit for path, commit in commits.items() if commit}


def _changed_within(repository: Repository, root: str | None, deadline: float, began: float | None) -> dict[bytes, str]:
    """Return the submodules that are not as their commits say, each looked at as a repository of its own."""
    if not os.path.isfile(f"{repository.top}/.gitmodules"):
        return {}
    listed = repository.start("ls-files", "-s", "-z")
    processes.gather([listed], deadline)
    found = {}
    for path in (entry.partition(b"\t")[2] for entry in listed.out.split(b"\0") if entry.startswith(b"160000 ")):
        top = os.path.join(repository.top, os.fsdecode(path))
        if find_top(top) != top:
            continue  # not checked out
        inner = Repository(top)
        try:
            inner.open(deadline)
            changes = look(inner, root, deadline, began=began)
        except GitProblem as problem:
            found[path] = f"a submodule of which git does not tell: {problem}"
        else:
            if changes.is_dirty:
                found[path] = WITHIN
    return found


def _commit_in(diff: bytes) -> str | None:
    for line in diff.splitlines():
        if line.startswith(b"+Subproject commit "):
            return line.split()[2].decode("ascii", "replace")
    return None


def _take_header(changes: Changes, header: str) -> None:
    name, _, value = header.partition(" ")
    if name == "branch.oid" and value != "(initial)":
        changes.commit = value
    if name == "branch.head" and value != "(detached)":
        changes.branch = value


def take_untracked(changes: Changes, listed: bytes, whole: bool) -> None:
    """Take what ``git ls-files -z --others`` says, of which the end may be missing."""
    names = listed.split(b"\0")[:-1]
    changes.is_complete = whole and len(names) <= MAX_UNTRACKED
    changes.untracked = sorted(names)[:MAX_UNTRACKED]


def hidden(listed: bytes, is_sparse: bool) -> list[bytes]:
    """Return the paths that ``git status`` passes over, from what ``git ls-files -v -z`` says.

    Those assumed to be unchanged, and those whose place in the tree is to be skipped: many hide their local settings
    so. In a sparse checkout the latter are what is not checked out.
    """
    flags = (b"h",) if is_sparse else (b"h", b"s", b"S")
    return [entry[2:] for entry in listed.split(b"\0") if entry[:1] in flags]


def _leave_out(changes: Changes, away: list[bytes]) -> None:
    changes.tracked = {path: mode for path, mode in changes.tracked.items() if not is_away(path, away)}
    changes.untracked = [path for path in changes.untracked if not is_away(path, away)]


def is_away(path: bytes, away: list[bytes]) -> bool:
    """Return whether a path is one of :func:`paths_of_root`, or lies below one."""
    return any(path == folder or path.startswith(folder + b"/") for folder in away)


def paths_of_root(top: str, root: str | None) -> list[bytes]:
    """Return the paths from the top that are the root's: itself, or its own folders where it holds the whole tree."""
    if root is None:
        return []
    # The root may be a link in the tree: then it is left out under the link's name too.
    lexical = os.path.join(os.path.realpath(os.path.dirname(root)), os.path.basename(root))
    found = []
    for path in dict.fromkeys((lexical, os.path.realpath(root))):
        if path == top:
            found += sorted(os.fsencode(name) for name in layout.OWN if name != layout.IGNORE)
        elif drafts.is_below(path, top):
            found.append(os.fsencode(os.path.relpath(path, top)))
    return found


def pattern(path: bytes) -> bytes:
    """Return the ignore pattern that means exactly this path."""
    special = b"\\*?[ \t"
    return b"/" + b"".join([b"\\" + bytes([c]) if c in special else bytes([c]) for c in path])
