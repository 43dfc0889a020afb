"""The difference between a commit and a tree, as a patch that ``git apply`` turns into exactly that tree.

Nothing of the repository is touched and none of its settings count: the patch is made by a bare repository of our
own, which lies elsewhere, knows the commit, borrows the objects of the user's, and has an index of its own. The
content of files goes in as it lies in the tree; no filter and no conversion of line ends has a say.
"""

from __future__ import annotations

import os

from exparse.code import digests, keyfiles, likeness, loose, masking, processes
from exparse.code.changes import MAX_UNTRACKED, SUBMODULE
from exparse.code.content import Content, LeftOut, Tree
from exparse.code.repository import GitProblem, environment, is_true, start_git
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.code.changes import Changes
    from exparse.code.processes import Child
    from exparse.code.repository import Repository

# A file that git does not know yet and a person has typed is smaller by far; larger ones are data or results.
MAX_UNTRACKED_BYTES = 1_000_000
# What is tracked belongs to the code, also where it is a notebook with its pictures.
MAX_TRACKED_BYTES = 10_000_000
# One run in a thousand may take 20 MB; a thousand runs must not each.
MAX_BYTES = 20_000_000
# A command line takes some 100 kB at least.
_MOST_NAMED_BYTES = 50_000


class Patch:
    """A patch.

    Attributes:
        data: Its bytes; empty where the tree is as the commit says.
        left_out: What it does not hold: ``path``, ``bytes`` and ``why`` of each, and ``mtime`` of a file.
        is_masked: Whether a secret in it was masked; then it restores the tree but for that.
    """

    def __init__(self, data: bytes, left_out: list[dict[str, Any]], is_masked: bool) -> None:
        self.data, self.left_out, self.is_masked = data, left_out, is_masked

    @property
    def sha256(self) -> str | None:
        """Hexadecimal SHA-256 of the bytes, None where there are none."""
        return digests.sha256(self.data) if self.data else None

    def facts(self) -> dict[str, Any]:
        """Return what metadata says of it; of long lists of what is left out, the beginning and the number."""
        return {
            "bytes": len(self.data),
            "sha256": self.sha256,
            "left_out": self.left_out[: likeness.MAX_LISTED],
            "left_out_number": len(self.left_out),
            "masked": self.is_masked,
        }


def make(repository: Repository, changes: Changes, secrets: list[str], scratch: str, deadline: float) -> Patch:
    """Return the patch from the commit to the tree.

    Args:
        repository: An open one.
        changes: What may differ; of a tree that has a commit.
        secrets: Texts to mask.
        scratch: A private folder outside the repository, where files may be made.
        deadline: By the monotonic clock, in seconds.

    Raises:
        GitProblem: If git cannot make it.
        OSError: If the scratch folder cannot be written.
    """
    own = _Borrower(repository, changes.commit or "", scratch, deadline)
    staging = _Staging(own, repository, changes, secrets)
    staging.fill()
    data = own.difference()
    if data is None:
        # A large file that is gone is a large patch: do without these.
        staging.leave_large_deletions()
        data = own.difference()
    if data is None:
        staging.left_out = [_left(b".", None, f"{likeness.TOO_LARGE} {MAX_BYTES:,} bytes")]
        data = b""
    masked = masking.masked(data, secrets)
    return Patch(masked, staging.left_out, staging.is_masked or masked != data)


def _left(path: bytes, size: int | None, why: str) -> dict[str, Any]:
    return {"path": os.fsdecode(path), "bytes": size, "why": why}


class _Borrower:
    """A bare repository of our own that borrows the objects of another."""

    def __init__(self, repository: Repository, commit: str, scratch: str, deadline: float) -> None:
        self._git, self._scratch, self._deadline = processes.which("git"), scratch, deadline
        self._is_long = len(commit) > 40
        self._paths: list[bytes] = []
        for folder in ("objects", "refs"):
            files.make_folder(f"{scratch}/{folder}")
        files.replace_bytes(f"{scratch}/HEAD", f"{commit}\n".encode())
        version, extension = (1, "[extensions]\n\tobjectFormat = sha256\n") if self._is_long else (0, "")
        config = f"[core]\n\trepositoryFormatVersion = {version}\n\tbare = true\n{extension}"
        files.replace_bytes(f"{scratch}/config", config.encode())
        self._env = environment(
            GIT_DIR=scratch,
            GIT_INDEX_FILE=f"{scratch}/index",
            GIT_ALTERNATE_OBJECT_DIRECTORIES=_quoted(repository.objects),
            GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL=os.devnull,
            GIT_ATTR_NOSYSTEM="1",
            HOME=scratch,
            XDG_CONFIG_HOME=scratch,
        )

    def _run(self, *args: str | bytes, given: bytes | None = None, most: int = processes.MOST_BYTES) -> Child:
        handle = None if given is None else self._letter(given)
        try:
            # The scratch folder has no .gitattributes or other files, so none of the tree's count.
            child = start_git(self._git, ["-C", self._scratch, "--no-pager", *args], self._env, handle, most)
        finally:
            if handle is not None:
                os.close(handle)
        processes.gather([child], self._deadline)
        if not child.is_good and child.cut != "too much":
            raise GitProblem(child.reason)
        return child

    def _letter(self, data: bytes) -> int:
        files.replace_bytes(f"{self._scratch}/given", data)
        return os.open(f"{self._scratch}/given", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))

    def keep(self, data: bytes) -> str:
        """Keep the content of a file; return its name, as git gives it."""
        import zlib

        whole = b"blob %d\0" % len(data) + data
        name = digests.sha256(whole) if self._is_long else digests.sha1(whole)
        files.make_folder(f"{self._scratch}/objects/{name[:2]}")
        files.replace_bytes(f"{self._scratch}/objects/{name[:2]}/{name[2:]}", zlib.compress(whole, 1))
        return name

    def set(self, entries: dict[bytes, tuple[int, str] | None]) -> None:
        """Make the index that of the commit, but for some paths: mode and name of content, None for what is gone."""
        self._paths = list(entries) if sum(map(len, entries)) <= _MOST_NAMED_BYTES else []
        files.remove_quietly(f"{self._scratch}/index")
        if not self._paths:
            # Reading all of a large commit takes longer than everything else: only where the paths are too many to
            # be named, and git has to compare all there is.
            self._run("read-tree", "HEAD")
        gone = [b"0 %b\t%b\0" % (b"0" * (64 if self._is_long else 40), path) for path in entries if not entries[path]]
        there = [b"%o %b\t%b\0" % (entry[0], entry[1].encode(), path) for path, entry in entries.items() if entry]
        # What is gone comes first: a file may lie where a folder was.
        self._run("update-index", "-z", "--index-info", given=b"".join(gone + there))

    def difference(self) -> bytes | None:
        """Return the patch from the commit to the index; None where it is too large."""
        child = self._run(
            *("diff-index", "--cached", "-p", "--binary", "--full-index", "-M", "-l500", "--no-color"),
            *("--no-ext-diff", "--no-textconv", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/", "HEAD"),
            b"--",
            *self._paths,
            most=MAX_BYTES,
        )
        return None if child.cut else child.out

    def sizes(self, paths: list[bytes]) -> dict[bytes, int]:
        """Return the size of what the commit holds of paths, in bytes."""
        listed = self._run("ls-tree", "-r", "-l", "-z", "HEAD").out
        sizes, wanted = {}, set(paths)
        for entry in listed.split(b"\0"):
            head, _, path = entry.partition(b"\t")
            if path in wanted and head.split()[-1].isdigit():
                sizes[path] = int(head.split()[-1])
        return sizes


def _quoted(path: str) -> str:
    """Return a path for ``GIT_ALTERNATE_OBJECT_DIRECTORIES``, in which colons separate paths."""
    if ":" not in path and not path.startswith('"'):
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


class _Staging:
    """Puts the tree as it lies there into the index of our own repository."""

    def __init__(self, own: _Borrower, repository: Repository, changes: Changes, secrets: list[str]) -> None:
        self._own, self._repository, self._changes, self._secrets = own, repository, changes, secrets
        self._tree = Tree(os.fsencode(repository.top), is_true(repository.config.get("core.filemode", "true")))
        self._left = MAX_BYTES
        self._entries: dict[bytes, tuple[int, str] | None] = {}
        self.left_out: list[dict[str, Any]] = []
        self.is_masked = False

    def fill(self) -> None:
        """Take all that may differ, what is tracked first, then the small files before the large."""
        for path in sorted(self._changes.tracked):
            if self._changes.tracked[path] == SUBMODULE:
                self._take_submodule(path)
            else:
                self._take(path, self._changes.tracked[path], MAX_TRACKED_BYTES, is_tracked=True)
        for path in sorted(self._changes.untracked, key=self._size):
            if path.endswith(b"/"):
                self.left_out.append(_left(path, None, "a repository of its own"))
            elif keyfiles.is_one(path):
                why = "by its name it holds keys or passwords"
                self.left_out.append({**_left(path, self._size(path)[0], why), **self._time(path)})
            else:
                self._take(path, 0, MAX_UNTRACKED_BYTES, is_tracked=False)
        self.left_out += [_left(path, None, why) for path, why in self._changes.within.items()]
        self.left_out += [_left(os.fsencode(path), None, loose.WHY) for path in self._changes.written]
        if not self._changes.is_complete:
            self.left_out.append(
                _left(b".", None, f"more than {MAX_UNTRACKED:,} untracked files, or too many to list in time")
            )
        self._own.set(self._entries)

    def _time(self, path: bytes) -> dict[str, Any]:
        """Return when a file was changed: of content that is not kept, that tells whether it is still the same."""
        kind = self._tree.kind(path)
        return {"mtime": kind.st_mtime} if kind else {}

    def _size(self, path: bytes) -> tuple[int, bytes]:
        kind = self._tree.kind(path)
        return kind.st_size if kind else 0, path

    def _take(self, path: bytes, told: int, most: int, is_tracked: bool) -> None:
        try:
            content = self._tree.read(path, told, most)
            if content is not None and len(content.data) > self._left:
                raise LeftOut(len(content.data), f"the patch would be larger than {MAX_BYTES:,} bytes")
        except LeftOut as left:
            self.left_out.append({**_left(path, left.size, left.why), **self._time(path)})
            return
        if content is not None:
            self._entries[path] = content.mode, self._own.keep(self._masked(content))
        elif is_tracked:
            self._entries[path] = None

    def _masked(self, content: Content) -> bytes:
        # Before the patch is made, so that it fits together, and what is compressed in it holds no secret either.
        data = masking.masked(content.data, self._secrets)
        self.is_masked = self.is_masked or data != content.data
        self._left -= len(data)
        return data

    def _take_submodule(self, path: bytes) -> None:
        commit = self._changes.submodules.get(path)
        if commit is None:
            self.left_out.append(_left(path, None, "a submodule whose commit git does not tell"))
        else:
            self._entries[path] = SUBMODULE, commit

    def leave_large_deletions(self) -> None:
        """Take back that large files are gone."""
        gone = [path for path, entry in self._entries.items() if entry is None]
        for path, size in self._own.sizes(gone).items():
            if size > MAX_UNTRACKED_BYTES:
                del self._entries[path]
                self.left_out.append(_left(path, size, "it is gone, and the patch would hold all of it"))
        self._own.set(self._entries)
