"""Trees of several runs side by side, to be compared: in a bare repository of our own that borrows objects.

It lies elsewhere, reads the objects of the user's repositories and writes none there (git may set the time of one
that it would have written, as it does for its own); its trees are made in an index of its own, from a commit and a
patch. Nothing is checked out, and none of the users' settings count.
"""

from __future__ import annotations

import os

from exparse.code import processes
from exparse.code.repository import GitProblem, environment, start_git
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.code.processes import Child

MOST_BYTES = 64_000_000
"""Bytes of a difference that are read."""

_LONG = 64
_COMPARE = ("diff-tree", "-r", "-M", "-l500", "--no-color", "--no-ext-diff", "--no-textconv", "--full-index")


class Entry:
    """What differs between two trees, of one file.

    Attributes:
        letter: ``A``, ``D``, ``M``, ``R`` or ``T``, as git says it.
        before: Its path in the first tree; None where it is new.
        after: Its path in the second; None where it is gone.
        is_touched: Whether its content differs, not its mode alone.
        added: Lines that come; None for a binary file, or where nobody counted.
        removed: Lines that go; likewise.
        is_counted: Whether lines were counted.
    """

    def __init__(self, letter: str, before: bytes | None, after: bytes | None, is_touched: bool) -> None:
        self.letter, self.before, self.after, self.is_touched = letter, before, after, is_touched
        self.added: int | None = None
        self.removed: int | None = None
        self.is_counted = False


class Pool:
    """A bare repository for trees that are to be compared.

    Args:
        scratch: An empty private folder, where it is made; the caller removes it.
        is_long: Whether names of objects are those of SHA-256.
        deadline: By the monotonic clock, in seconds; what git does later is a :class:`GitProblem`.

    Raises:
        OSError: If the folder cannot be written.
    """

    def __init__(self, scratch: str, is_long: bool, deadline: float) -> None:
        self._git, self._scratch, self._deadline = processes.which("git"), scratch, deadline
        self._is_long = is_long
        self._borrowed: dict[str, None] = {}
        for folder in ("objects", "refs"):
            files.make_folder(f"{scratch}/{folder}")
        # A branch that is not there: of a commit, newer gits would read attributes.
        files.replace_bytes(f"{scratch}/HEAD", b"ref: refs/heads/none\n")
        version, extension = (1, "[extensions]\n\tobjectFormat = sha256\n") if is_long else (0, "")
        config = f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n\tbigFileThreshold = 32m\n{extension}"
        files.replace_bytes(f"{scratch}/config", config.encode())

    def borrow(self, objects: str) -> None:
        """Read the objects of one more repository; ``objects`` is the folder in which they lie."""
        self._borrowed[objects] = None

    def tree(self, commit: str, patch: bytes) -> str:
        """Return the name of a commit's tree with a patch laid over it; the commit itself where there is none.

        Raises:
            GitProblem: If the commit is not there, or the patch does not apply.
        """
        if (len(commit) == _LONG) != self._is_long:
            raise GitProblem("the repositories name their objects differently (SHA-1 and SHA-256)")
        if not patch:
            return commit
        files.remove_quietly(f"{self._scratch}/index")
        self._run("read-tree", commit)
        self._run("apply", "--cached", "--whitespace=nowarn", "-", given=patch)
        return self._run("write-tree", "--missing-ok").out.decode("ascii", "replace").strip()

    def entries(self, before: str, after: str) -> list[Entry]:
        """Return what differs between two trees, by path; lines are counted where that does not take too long.

        Raises:
            GitProblem: If git cannot say it.
        """
        listed = self._run(*_COMPARE, "-z", "--raw", before, after)
        entries = _listed(listed.out)
        if entries:
            _count(entries, self._run(*_COMPARE, "-z", "--numstat", before, after, may_fail=True))
        return entries

    def patch(self, before: str, after: str) -> bytes:
        """Return the difference as a unified diff; that of a binary file only says that it differs.

        Raises:
            GitProblem: If git cannot say it, or it is larger than :data:`MOST_BYTES`.
        """
        more = ("-p", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/")
        return self._run(*_COMPARE, *more, before, after).out

    def _run(self, *args: str, given: bytes | None = None, may_fail: bool = False) -> Child:
        handle = None if given is None else self._letter(given)
        try:
            child = start_git(
                self._git, ["-C", self._scratch, "--no-pager", *args], self._environment(), handle, MOST_BYTES
            )
        finally:
            if handle is not None:
                os.close(handle)
        processes.gather([child], self._deadline)
        if not child.is_good and not may_fail:
            raise GitProblem(child.reason)
        return child

    def _environment(self) -> dict[str, str]:
        return environment(
            GIT_DIR=self._scratch,
            GIT_INDEX_FILE=f"{self._scratch}/index",
            GIT_ALTERNATE_OBJECT_DIRECTORIES=os.pathsep.join(map(_quoted, self._borrowed)),
            # A patch may announce any size for what it unfolds to.
            GIT_ALLOC_LIMIT="2g",
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_ATTR_NOSYSTEM="1",
            HOME=self._scratch,
            XDG_CONFIG_HOME=self._scratch,
        )

    def _letter(self, data: bytes) -> int:
        files.replace_bytes(f"{self._scratch}/given", data)
        return os.open(f"{self._scratch}/given", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))


def _quoted(path: str) -> str:
    """Return a path as it stands in a list of paths, which git splits where the system's ``PATH`` is split."""
    if os.pathsep not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _listed(raw: bytes) -> list[Entry]:
    """Return what ``diff-tree -z --raw`` lists."""
    parts = iter(raw.split(b"\0"))
    entries = []
    for head in parts:
        words = head.lstrip(b":").split()
        if len(words) != 5:
            continue
        letter, path = words[4][:1].decode("ascii", "replace"), next(parts, b"")
        after = next(parts, b"") if letter == "R" else path
        is_touched = words[2] != words[3]
        entries.append(Entry(letter, None if letter == "A" else path, None if letter == "D" else after, is_touched))
    return entries


def _count(entries: list[Entry], counted: Child) -> None:
    """Take the lines that come and go from what ``diff-tree -z --numstat`` says, as far as it came."""
    by_path = {entry.after or entry.before: entry for entry in entries}
    parts = iter(counted.out.split(b"\0"))
    for head in parts:
        added, _, rest = head.partition(b"\t")
        removed, tab, path = rest.partition(b"\t")
        if not tab:
            continue
        if not path:
            next(parts, b"")
            path = next(parts, b"")
        entry = by_path.get(path)
        if entry is not None:
            entry.is_counted = True
            entry.added, entry.removed = _number(added), _number(removed)


def _number(text: bytes) -> int | None:
    return int(text) if text.isdigit() else None
