"""The submodules of a tree that is laid out: from what the user's own clone holds of them, and nothing fetched."""

from __future__ import annotations

import os

from exparse.code import checkout, filters, sources, twin
from exparse.code.repository import GitProblem, parse_config

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from exparse.code.twin import Twin

_DEEPEST = 8


class Holder:
    """A repository with submodules, in the user's clone.

    Args:
        top: Its tree, or None where it has none.
        common: Folder that holds its ``objects`` and ``modules``.
        config: The settings that say how content lies in a tree.
    """

    def __init__(self, top: str | None, common: str, config: dict[str, str]) -> None:
        self.top, self.common, self.config = top, common, config


def lay_out(holder: Holder, own: Twin, wanted: dict[str, str], depth: int = 0) -> list[str]:
    """Lay out the submodules of a twin, and theirs; return what is not here.

    Args:
        holder: The repository that the twin borrows from.
        own: The twin, with an empty folder for each.
        wanted: Their commits, by path.
        depth: How many repositories lie above.

    Raises:
        OSError: If a file cannot be written.
    """
    notes = []
    names = _names(own) if wanted else {}
    for path, commit in sorted(wanted.items()):
        if not sources.is_inner(path) or not os.path.isdir(f"{own.tree}/{path}"):
            continue
        why = "that deep, nothing is laid out" if depth >= _DEEPEST else "the clone does not hold its commit"
        for top, folder in _places(holder, path, names.get(path, path)) if depth < _DEEPEST else ():
            inner = twin.Twin(f"{own.tree}/{path}", own.deadline)
            try:
                notes += _one(Holder(top, folder, holder.config), inner, commit, depth)
            except GitProblem as problem:
                why = str(problem)
                continue
            break
        else:
            notes.append(f"{path} is a submodule at {commit}, which is not here: {why}. Its folder is empty")
    return notes


def _one(holder: Holder, inner: Twin, commit: str, depth: int) -> list[str]:
    objects = f"{holder.common}/objects"
    inner.make(commit, None, objects, holder.config)
    try:
        if inner.run("cat-file", "-t", commit).strip() != b"commit":
            raise GitProblem("the name of its commit is that of something else")
        notes = checkout.check_out(inner, commit, None, holder.config)
        notes += filters.fill(inner, holder.top, holder.common, holder.config)
    except GitProblem:
        _empty(inner.tree)
        raise
    own = os.path.basename(inner.tree)
    below = lay_out(holder, inner, checkout.submodules(inner, has_patch=False), depth + 1)
    return [f"in the submodule {own}, {note}" for note in (*notes, *below)]


def _empty(folder: str) -> None:
    from exparse.store import files

    files.remove_tree(folder)
    os.mkdir(folder)


def _places(holder: Holder, path: str, name: str) -> Iterator[tuple[str | None, str]]:
    """Yield where the clone may hold a submodule: its tree or None, and the folder that holds its objects."""
    tree = None if holder.top is None else f"{holder.top}/{path}"
    if tree is not None:
        mark = f"{tree}/.git"
        if os.path.isdir(f"{mark}/objects"):
            yield tree, mark
        else:
            said = (twin.read(mark) or b"").decode("utf-8", "surrogateescape")
            folder = os.path.join(tree, said[len("gitdir: ") :].rstrip("\n")) if said.startswith("gitdir: ") else ""
            if folder and os.path.isdir(f"{folder}/objects"):
                yield tree, os.path.realpath(folder)
    if os.path.isdir(f"{holder.common}/modules/{name}/objects"):
        yield None, f"{holder.common}/modules/{name}"


def _names(own: Twin) -> dict[str, str]:
    """Return the names of submodules by their paths, where ``.gitmodules`` tells any that leads nowhere else."""
    if not os.path.isfile(f"{own.tree}/.gitmodules") or os.path.islink(f"{own.tree}/.gitmodules"):
        return {}
    try:
        listed = own.run("config", "-z", "--no-includes", "--file", f"{own.tree}/.gitmodules", "--list")
    except GitProblem:
        return {}  # somebody's own format: the paths have to do
    told = parse_config(listed)
    named = {value: key[len("submodule.") : -len(".path")] for key, value in told.items() if key.endswith(".path")}
    return {path: name for path, name in named.items() if sources.is_inner(name)}
