"""What git says of the code of a run: for its record, and for those who must know before it starts."""

from __future__ import annotations

import os
import time

from exparse.code import changes as changing
from exparse.code import drafts, likeness, patch, processes
from exparse.code.repository import GitProblem, Repository, find_top
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.code.changes import Changes
    from exparse.code.patch import Patch
    from exparse.code.processes import Child

LONGEST_S = 60.0
# Long histories take time to walk, and are not worth waiting for at the end of a short script.
_LONGEST_HISTORY_S = 10.0


class Code:
    """What git says of one tree.

    Attributes:
        facts: What ``metadata.json`` says under ``git``; None where the folder lies in no repository.
        patch: The difference to the commit, or None.
        loose: When untracked files that are no code were changed, by path.
    """

    def __init__(self, facts: dict[str, Any] | None, patch: Patch | None = None) -> None:
        self.facts, self.patch = facts, patch
        self.loose: dict[str, float] = {}


def state(folder: str, root: str | None, secrets: list[str] | None = None) -> dict[str, Any] | None:
    """Return commit and changes of the tree that a folder lies in, before anything is recorded.

    Args:
        folder: The folder, as a rule that of the script.
        root: Absolute path of the root, which counts for nothing, or None.
        secrets: Texts that are masked in a patch, as the run that it is compared with had them.

    Returns:
        ``commit`` (or None), ``dirty`` (or None where git does not say), ``patch_sha256`` (of the ``code.patch``
        that the run would have, None where there is none), ``changed`` (paths that it names), ``problem`` (a text
        where git refuses, or None), and for :mod:`exparse.code.likeness` ``top``, ``patch`` (its bytes), ``parts`` (of
        it, by path), ``left_out`` and ``loose`` (when untracked files that are no code were changed);
        None where the folder lies in no repository.

    Writes nothing but a folder for drafts that is gone afterwards. Takes some tens of milliseconds.
    """
    code = look(folder, root, secrets or [])
    if code.facts is None:
        return None
    digest = code.patch.sha256 if code.patch else None
    told = {key: code.facts[key] for key in ("commit", "dirty", "problem", "top")}
    data = code.patch.data if code.patch else b""
    parts = likeness.parts(data)
    more = {"left_out": code.patch.left_out if code.patch else [], "loose": code.loose, "patch": data}
    return {**told, "patch_sha256": digest, "changed": list(parts), "parts": parts, **more}


def look(
    where: str,
    root: str | None,
    secrets: list[str],
    scratch: str = "/tmp",
    meanwhile: Callable[[], None] | None = None,
    began: float | None = None,
) -> Code:
    """Return what git says of the tree that a folder lies in.

    Args:
        where: The folder.
        root: Absolute path of the root, which counts for nothing, or None.
        secrets: Texts to mask in the patch.
        scratch: Where drafts go if there is no folder for them outside the tree.
        meanwhile: What to do while git looks; called at most once. Without it, git is not asked what the commit says
            and who has it: then somebody waits.
        began: When the run began whose code it is, in seconds since 1970 (:func:`exparse.code.changes.look`).
    """
    top = find_top(where)
    if top is None:
        return Code(None)
    facts: dict[str, Any] = dict.fromkeys(
        ("commit", "branch", "describe", "message", "dirty", "untracked", "remote", "pushed")
    )
    facts |= {"top": top, "patch": None, "submodules": [], "problem": None}
    code = Code(facts)
    try:
        _fill(code, Repository(top), root, secrets, scratch, meanwhile, began)
    except GitProblem as problem:
        facts["problem"] = str(problem)
    except OSError as problem:
        facts["problem"] = f"no place for drafts: {problem.strerror}"
    return code


def _fill(
    code: Code,
    repository: Repository,
    root: str | None,
    secrets: list[str],
    scratch: str,
    meanwhile: Callable[[], None] | None,
    began: float | None,
) -> None:
    facts, deadline = code.facts, time.monotonic() + LONGEST_S
    if facts is None:
        return
    repository.open(deadline)
    history = _History(repository) if meanwhile is not None else None
    try:
        found = changing.look(repository, root, deadline, meanwhile, began)
        code.loose = found.loose
        facts.update(commit=found.commit, branch=found.branch, dirty=found.is_dirty, untracked=len(found.untracked))
        facts["submodules"] = [
            {"path": os.fsdecode(path), "commit": commit} for path, commit in found.submodules.items()
        ]
        facts["remote"] = remote(repository.config, found.branch)
        if found.commit is None:
            raise GitProblem("no commit yet")
        if found.tracked or found.untracked or found.within:
            code.patch = _patch(repository, found, secrets, scratch, deadline)
            # Files that are assumed to be unchanged are looked at now.
            facts["dirty"] = found.is_dirty or bool(code.patch.data)
            facts["patch"] = code.patch.facts() if facts["dirty"] else None
    finally:
        if history is not None:
            facts.update(history.facts())


def _patch(repository: Repository, found: Changes, secrets: list[str], scratch: str, deadline: float) -> Patch:
    place = drafts.make_scratch(repository.top, scratch)
    try:
        return patch.make(repository, found, secrets, place, deadline)
    finally:
        files.remove_tree(place)


class _History:
    """What the commit says, and whether a remote has it; asked beside everything else."""

    def __init__(self, repository: Repository) -> None:
        self._deadline = time.monotonic() + _LONGEST_HISTORY_S
        self._asked: dict[str, Child] = {
            "message": repository.start("rev-list", "--max-count=1", "--encoding=UTF-8", "--format=%s", "HEAD"),
            "describe": repository.start("describe", "--always", "--tags"),
        }
        if remote(repository.config, None):
            self._asked["pushed"] = repository.start("rev-list", "--max-count=1", "HEAD", "--not", "--remotes")

    def facts(self) -> dict[str, Any]:
        """Return ``message`` (the subject), ``describe`` and ``pushed``; None for what git does not say."""
        processes.gather(self._asked.values(), self._deadline)
        said = {
            name: child.out.decode("utf-8", "surrogateescape").strip() if child.is_good else None
            for name, child in self._asked.items()
        }
        pushed = None if said.get("pushed") is None else said["pushed"] == ""
        # The first line says which commit it is.
        message = (said["message"] or "").partition("\n")[2] or None
        return {"message": message, "describe": said["describe"] or None, "pushed": pushed}


def remote(config: dict[str, str], branch: str | None) -> str | None:
    """Return the address of the remote that a branch follows, else of ``origin``, else of the first; or None."""
    known = remotes(config)
    followed = config.get(f"branch.{branch}.remote", "")
    url = known.get(followed) or known.get("origin") or next(iter(known.values()), None)
    return bare_url(url) if url else None


def remotes(config: dict[str, str]) -> dict[str, str]:
    """Return the addresses of remotes by their names, as the configuration has them."""
    prefix, suffix = "remote.", ".url"
    return {
        name[len(prefix) : -len(suffix)]: url
        for name, url in config.items()
        if name.startswith(prefix) and name.endswith(suffix)
    }


def bare_url(url: str) -> str:
    """Return an address without user, password, query and fragment: each of them may be a token.

    ``https://ada:secret@host/x.git?token=1`` becomes ``https://host/x.git``, ``git@host:x.git`` becomes ``host:x.git``.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        # host:path as ssh has it, or a path on this machine.
        place, slash, path = url.partition("/")
        return url if url.startswith(("/", ".")) else place.rpartition("@")[2] + slash + path
    rest = rest.partition("#")[0].partition("?")[0]
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
