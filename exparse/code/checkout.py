"""A commit and a patch, as files in the tree of a repository of our own: each as it lay in the user's tree.

Git writes the files of the commit, with the line ends and encodings that attributes ask for. What the patch says goes
in byte for byte: it holds content as it lay there, which git must not convert a second time.
"""

from __future__ import annotations

import os
import stat

from exparse.code import few, keyfiles, links, sources
from exparse.code.changes import LINK, PROGRAM, SUBMODULE
from exparse.code.patch import MAX_UNTRACKED_BYTES
from exparse.code.repository import GitProblem, is_true
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.code.processes import Child
    from exparse.code.twin import Twin

_MOST_BYTES = 1 << 30
_MOST_NAMED = 5
_OF_SUBMODULE = b"160000 "


class Change:
    """What a patch makes of one path.

    Attributes:
        path: From the top.
        mode: As git writes it; 0 for what is gone.
        name: Name of its content.
        is_new: Whether the commit lacks it.
    """

    def __init__(self, path: bytes, mode: int, name: bytes, is_new: bool) -> None:
        self.path, self.mode, self.name, self.is_new = path, mode, name, is_new


def check_out(twin: Twin, commit: str, patch: str | None, config: dict[str, str]) -> list[str]:
    """Write a commit and a patch into the tree of a twin that has none yet; return what is not as it was.

    Args:
        twin: The repository, made.
        commit: Its ``HEAD``.
        patch: Path of the patch, or None.
        config: The settings of the repository whose objects it borrows.

    Raises:
        GitProblem: If the patch does not apply, or objects are missing.
        OSError: If a file cannot be written.
    """
    commit_files = twin.start("read-tree", "--reset", "-u", commit)
    try:
        changes = _changes(twin, commit, patch) if patch is not None else []
    finally:
        notes = _end(twin, commit, commit_files, config)
    if changes:
        _write(twin, changes)
        _flag(twin, changes)
    return notes


def _end(twin: Twin, commit: str, commit_files: Child, config: dict[str, str]) -> list[str]:
    try:
        twin.end(commit_files)
    except GitProblem:
        if not is_true(config.get("core.sparsecheckout")) and not _is_partial(config):
            raise
        return _check_out_part(twin, commit)
    return []


def _is_partial(config: dict[str, str]) -> bool:
    """Return whether a clone fetches content only when it is looked at; an older git says so in another place."""
    promises = (value for name, value in config.items() if name.startswith("remote.") and name.endswith(".promisor"))
    return "extensions.partialclone" in config or any(map(is_true, promises))


def _check_out_part(twin: Twin, commit: str) -> list[str]:
    """Write those files whose content is here: the user's clone fetches the others when they are looked at."""
    twin.run("read-tree", "--reset", commit)
    listed = [entry.partition(b"\t") for entry in twin.run("ls-files", "-s", "-z").split(b"\0")[:-1]]
    names = {path: head.split()[1] for head, _, path in listed if not head.startswith(_OF_SUBMODULE)}
    said = twin.run("cat-file", "--batch-check", given=b"".join(name + b"\n" for name in names.values()))
    missing = {line.split()[0] for line in said.splitlines() if line.endswith(b" missing")}
    away = [path for path, name in names.items() if name in missing]
    there = [path for path, name in names.items() if name not in missing]
    with open(f"{twin.folder}/config", "a", encoding="utf-8") as settings:
        settings.write("[core]\n\tsparseCheckout = true\n")
    twin.run("update-index", "-z", "--skip-worktree", "--stdin", given=b"".join(path + b"\0" for path in away))
    twin.run("checkout-index", "-f", "-u", "-z", "--stdin", given=b"".join(path + b"\0" for path in there))
    for path in (path for _, _, path in listed if path not in names):
        make_parents(twin.tree, os.fsdecode(path))
        files.make_folder(f"{twin.tree}/{os.fsdecode(path)}")
    named = few.named([os.fsdecode(path) for path in away], _MOST_NAMED)
    return [f"the clone holds only a part of the commit; not here: {named}"] if away else []


def _changes(twin: Twin, commit: str, patch: str) -> list[Change]:
    index = raw_index(twin)
    try:
        twin.run("read-tree", commit, index=index)
        twin.run("apply", "--cached", "--whitespace=nowarn", os.path.abspath(patch), index=index)
    except GitProblem as problem:
        raise GitProblem(f"{layout.PATCH} does not apply: {problem}") from None
    listed = twin.run("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", commit, index=index)
    parts = iter(listed.split(b"\0"))
    changes = []
    for head in parts:
        words = head.lstrip(b":").split()
        if len(words) == 5:
            changes.append(Change(next(parts, b""), int(words[1], 8), words[3], words[4][:1] == b"A"))
    odd = next((os.fsdecode(one.path) for one in changes if not _is_inner(one.path)), None)
    if odd is not None:
        raise GitProblem(f"{layout.PATCH} names a path that leads elsewhere: {odd!r}")
    return changes


def _is_inner(path: bytes) -> bool:
    """Return whether a path stays in its tree; here, unlike in an archive, a backslash is a letter."""
    return sources.is_inner(os.fsdecode(path if os.name == "nt" else path.replace(b"\\", b"")) or ".")


def raw_index(twin: Twin) -> str:
    """Return the path of the index that says what the commit and the patch make, which there is after a patch."""
    return f"{twin.folder}/info/index-with-patch"


def _write(twin: Twin, changes: list[Change]) -> None:
    top = os.fsencode(twin.tree)
    for change in changes:
        if change.mode == 0 or not change.is_new:
            _clear(top, change)
    blobs = [change for change in changes if change.mode not in (0, SUBMODULE)]
    found = twin.contents([change.name for change in blobs], _MOST_BYTES)
    # Links come last: nothing is ever written through one.
    for change, data in sorted(zip(blobs, found, strict=True), key=lambda pair: pair[0].mode == LINK):
        make_parents(twin.tree, os.fsdecode(change.path))
        write_file(os.path.join(top, change.path), change.mode, data)
    for change in changes:
        if change.mode == SUBMODULE:
            make_parents(twin.tree, os.fsdecode(change.path))
            files.make_folder(os.fsdecode(os.path.join(top, change.path)))


def _clear(top: bytes, change: Change) -> None:
    full = os.path.join(top, change.path)
    try:
        if stat.S_ISDIR(os.lstat(full).st_mode):
            if change.mode != SUBMODULE:
                os.rmdir(full)  # where a submodule was to be
        else:
            os.unlink(full)
    except FileNotFoundError:
        return
    if change.mode == 0:
        links.remove_empty(os.fsdecode(top), os.path.dirname(os.fsdecode(change.path)))


def make_parents(tree: str, path: str) -> None:
    """Make the folders that lead to a path in a tree.

    Raises:
        GitProblem: If one of them is no folder, or a link to one.
    """
    folder = tree
    for part in path.split("/")[:-1]:
        folder = f"{folder}/{part}"
        try:
            os.mkdir(folder)
        except FileExistsError:
            if not stat.S_ISDIR(os.lstat(folder).st_mode):
                raise GitProblem(f"{path} leads through {folder}, which is no folder") from None


def write_file(path: bytes, mode: int, data: bytes) -> None:
    """Write a file, program or link that is not there yet."""
    if mode == LINK:
        os.symlink(data, path)
        return
    with open(os.fsdecode(path), "xb") as stream:
        stream.write(data)
    if mode == PROGRAM:
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def _flag(twin: Twin, changes: list[Change]) -> None:
    """Have git see what it saw in the user's tree, where the files alone do not make it.

    A change that git passed over on the user's word is passed over here, too; and a new file that git would not name
    was staged there. Then a patch of this tree is the patch of that one.
    """
    said = twin.run(
        "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty"
    )
    seen = {entry[3:] for entry in said.split(b"\0") if entry}
    # Submodules are laid out later.
    hidden = [one.path for one in changes if one.path not in seen and not one.is_new and one.mode != SUBMODULE]
    staged = [one for one in changes if one.is_new and (one.path not in seen or _was_staged(twin, one))]
    if hidden:
        twin.run("update-index", "-z", "--assume-unchanged", "--stdin", given=b"".join(path + b"\0" for path in hidden))
    if staged:
        entries = [b"%o %b\t%b\0" % (one.mode, one.name, one.path) for one in staged]
        twin.run("update-index", "-z", "--index-info", given=b"".join(entries))


def _was_staged(twin: Twin, change: Change) -> bool:
    if change.mode == SUBMODULE or keyfiles.is_one(change.path):
        return True
    return os.lstat(os.path.join(os.fsencode(twin.tree), change.path)).st_size > MAX_UNTRACKED_BYTES


def submodules(twin: Twin, has_patch: bool) -> dict[str, str]:
    """Return the commits of the submodules that a tree is to have, by their paths."""
    listed = twin.run("ls-files", "-s", "-z", index=raw_index(twin) if has_patch else None)
    entries: list[Any] = [entry.partition(b"\t") for entry in listed.split(b"\0") if entry.startswith(_OF_SUBMODULE)]
    return {os.fsdecode(path): head.split()[1].decode("ascii") for head, _, path in entries}
