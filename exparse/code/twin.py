"""A repository of our own with a working tree, which borrows the objects of another and is nothing to it.

The other one is never written: no entry of a list of its trees, no ref, no lock. Of its settings only those are taken
over that say how content lies in a tree (line ends, modes, links); none of them can name a program, so neither hooks
nor filters nor a monitor of files run while it is laid out.
"""

from __future__ import annotations

import os

from exparse.code import processes
from exparse.code.repository import GitProblem, environment, start_git
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.code.processes import Child

_SETTINGS = ("autocrlf", "eol", "filemode", "symlinks", "ignorecase", "precomposeunicode", "checkroundtripencoding")
_PATHS = ("attributesfile", "excludesfile")
_ALLOWED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/")


class Twin:
    """A repository of our own.

    Args:
        tree: Absolute path of its working tree.
        deadline: By the monotonic clock, in seconds; what git does later is a :class:`GitProblem`.
    """

    def __init__(self, tree: str, deadline: float) -> None:
        self.tree, self.folder, self.deadline = tree, f"{tree}/.git", deadline
        self._git = processes.which("git")

    def make(self, commit: str, branch: str | None, objects: str, config: dict[str, str]) -> None:
        """Make it, with nothing in its tree yet.

        Args:
            commit: Its ``HEAD``.
            branch: The branch that ``HEAD`` names; None for none.
            objects: Folder of the objects that it borrows; what lies beside it says what is ignored and cut off.
            config: The settings of their repository (:attr:`exparse.code.repository.Repository.config`).

        Raises:
            OSError: If it cannot be written.
        """
        for folder in ("", "/objects", "/objects/info", "/refs", "/refs/heads", "/refs/tags", "/info"):
            files.make_folder(f"{self.folder}{folder}")
        self._write("objects/info/alternates", os.fsencode(_alternate(objects)) + b"\n")
        self._write("config", _settings(config, is_long=len(commit) > 40).encode("utf-8", "surrogateescape"))
        beside = os.path.dirname(objects)
        for name in ("info/exclude", "info/attributes", "shallow"):
            found = read(f"{beside}/{name}")
            if found:
                self._write(name, found)
        if branch is not None and _is_branch(branch):
            os.makedirs(os.path.dirname(f"{self.folder}/refs/heads/{branch}"), exist_ok=True)
            self._write(f"refs/heads/{branch}", f"{commit}\n".encode())
            self._write("HEAD", f"ref: refs/heads/{branch}\n".encode())
        else:
            self._write("HEAD", f"{commit}\n".encode())

    def leave_out(self, patterns: bytes | None) -> None:
        """Have its tree hold only files that patterns name, as ``git sparse-checkout`` writes them; None for all."""
        if patterns is not None:
            self._write("info/sparse-checkout", patterns)
            with open(f"{self.folder}/config", "a", encoding="utf-8") as settings:
                settings.write("[core]\n\tsparseCheckout = true\n")

    def _write(self, name: str, data: bytes) -> None:
        with open(f"{self.folder}/{name}", "wb") as stream:
            stream.write(data)

    def start(
        self, *args: str | bytes, given: bytes | None = None, index: str | None = None, most: int | None = None
    ) -> Child:
        """Start a git command.

        Args:
            args: The command.
            given: What it reads.
            index: Path of another index; then it sees no file of the tree, and none of its attributes.
            most: How many bytes it may print.
        """
        env = environment(GIT_DIR=self.folder, GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull)
        if index is None:
            env["GIT_WORK_TREE"] = self.tree
        else:
            # A patch may announce any size for what it unfolds to.
            env.update(GIT_INDEX_FILE=index, GIT_ALLOC_LIMIT="2g", GIT_ATTR_NOSYSTEM="1", HOME=self.folder)
            env["XDG_CONFIG_HOME"] = self.folder
        where = self.tree if index is None else f"{self.folder}/info"
        handle = None if given is None else self._letter(given)
        try:
            command = ["-C", where, "--no-pager", "-c", "checkout.workers=0", *args]
            return start_git(self._git, command, env, handle, most or processes.MOST_BYTES)
        finally:
            if handle is not None:
                os.close(handle)

    def run(
        self, *args: str | bytes, given: bytes | None = None, index: str | None = None, most: int | None = None
    ) -> bytes:
        """Run a git command, and return what it prints; see :meth:`start`.

        Raises:
            GitProblem: If it fails.
        """
        return self.end(self.start(*args, given=given, index=index, most=most))

    def end(self, child: Child) -> bytes:
        """Wait for a command, and return what it prints.

        Raises:
            GitProblem: If it failed.
        """
        processes.gather([child], self.deadline)
        if not child.is_good:
            raise GitProblem(child.reason)
        return child.out

    def _letter(self, data: bytes) -> int:
        path = files.draft(f"{self.folder}/given")
        files.write_new_bytes(path, data)
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        os.unlink(path)
        return handle

    def contents(self, names: Sequence[bytes], most: int) -> list[bytes]:
        """Return what blobs hold.

        Raises:
            GitProblem: If one is missing, or all together are larger than ``most`` bytes.
        """
        if not names:
            return []
        out = self.run("cat-file", "--batch", given=b"".join(name + b"\n" for name in names), most=most)
        found, at = [], 0
        for name in names:
            line = out.index(b"\n", at)
            head = out[at:line].split()
            if len(head) != 3:
                raise GitProblem(f"the content {name.decode()} is missing")
            end = line + 1 + int(head[2])
            found.append(out[line + 1 : end])
            at = end + 1
        return found


def read(path: str) -> bytes | None:
    """Return what a plain file holds; None where there is none."""
    try:
        return files.read_bytes(path)
    except (OSError, ValueError):
        return None  # also what is no plain file


def _alternate(objects: str) -> str:
    if "\n" not in objects and not objects.startswith(('"', "#")):
        return objects
    return _quoted(objects)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _settings(config: dict[str, str], is_long: bool) -> str:
    version, extension = (1, "[extensions]\n\tobjectFormat = sha256\n") if is_long else (0, "")
    lines = ["[core]", f"\trepositoryFormatVersion = {version}", "\tbare = false", "\tfsmonitor = false"]
    lines.append(f"\thooksPath = {os.devnull}")
    lines += [f"\t{name} = {_quoted(config[f'core.{name}'])}" for name in _SETTINGS if f"core.{name}" in config]
    for name in _PATHS:
        path = os.path.expanduser(config.get(f"core.{name}", ""))
        if os.path.isabs(path):
            lines.append(f"\t{name} = {_quoted(path)}")
    return "\n".join(lines) + f"\n[gc]\n\tauto = 0\n{extension}"


def _is_branch(name: str) -> bool:
    """Return whether a name is a branch's and a path's for certain; git and other systems allow more."""
    parts = name.split("/")
    odd = any(
        not part or part.startswith((".", "-")) or part.endswith((".", ".lock")) or ".." in part for part in parts
    )
    return not odd and len(name) <= 200 and _ALLOWED.issuperset(name)
