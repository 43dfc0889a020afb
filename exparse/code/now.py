"""Whether the code that lies here is the code of a run, and in words what differs."""

from __future__ import annotations

import os
import time

from exparse.code import drafts, few, git, likeness, loose, origin, sources
from exparse.code.changes import FILE
from exparse.code.content import LeftOut, Tree
from exparse.code.looked import Looked
from exparse.code.masking import MASK
from exparse.code.origin import CodeNotFound
from exparse.code.repository import find_top
from exparse.errors import DamagedFile
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_SHORT = 7


class CodeNow:
    """The code here, beside that of a run.

    Attributes:
        top: Top of the repository that it lies in, or folder of the script; None where neither is here.
        kind: ``same``, ``differs`` or ``unknown``.
        told: What differs, or why nobody knows, on one line; where it is the same, empty, or what was not kept of it.
        script_is_there: Whether the script lies where it lay.
    """

    def __init__(self, top: str | None, kind: str, told: str, script_is_there: bool) -> None:
        self.top, self.kind, self.told, self.script_is_there = top, kind, told, script_is_there


def differs(
    metadata: dict[str, Any], folder_of_run: str, nearby: Sequence[str] = (), looked: Looked | None = None
) -> CodeNow:
    """Return whether the code here is that of a run.

    Args:
        metadata: What its ``metadata.json`` and ``facts.json`` say.
        folder_of_run: Its folder, for ``source.zip``.
        nearby: Folders that may lie in its repository where the recorded one is gone.
        looked: What was found before, of other runs; None to look anew.

    Writes nothing. Takes some tens of milliseconds.
    """
    script, facts = metadata.get("script"), metadata.get("git")
    if not isinstance(facts, dict) or not isinstance(facts.get("commit"), str):
        return CodeNow(*_of_sources(metadata, folder_of_run), isinstance(script, str) and os.path.isfile(script))
    looked, root = looked or Looked(), os.path.dirname(os.path.dirname(os.path.abspath(folder_of_run)))
    key = ("top", facts["commit"], str(facts.get("top")), str(facts.get("remote")), root, *nearby)
    top = looked.once(key, lambda: _top(facts, folder_of_run, nearby))
    now = looked.once(("state", top, root), lambda: git.state(top, root) if top is not None else None)
    kind, told = _of_commit(metadata, folder_of_run, top, now)
    return CodeNow(top, kind, told, isinstance(script, str) and os.path.isfile(_moved(script, facts.get("top"), top)))


def _top(facts: dict[str, Any], folder: str, nearby: Sequence[str]) -> str | None:
    """Return the top of the recorded repository, or of another that has its commit."""
    preferred = origin.preferred(facts, folder, nearby)
    if preferred is not None:
        try:
            return origin.find(facts, folder, [preferred], time.monotonic() + git.LONGEST_S).top
        except CodeNotFound:
            pass  # then it is another project's
    where = facts.get("top")
    top = find_top(where) if isinstance(where, str) and os.path.isdir(where) else None
    if top is not None:
        return top
    try:
        return origin.find(facts, folder, nearby, time.monotonic() + git.LONGEST_S).top
    except CodeNotFound:
        return None


def _moved(script: str, then: object, top: str | None) -> str:
    if not isinstance(then, str) or top is None or not drafts.is_below(script, then):
        return script
    return os.path.join(top, os.path.relpath(script, then))


def _of_commit(metadata: dict[str, Any], folder: str, top: str | None, now: dict[str, Any] | None) -> tuple[str, str]:
    facts = metadata["git"]
    if top is None:
        return "unknown", f"its repository {facts.get('top')} is not here"
    if now is None or now["problem"] or facts.get("problem"):
        return "unknown", f"git does not say: {facts.get('problem') or (now or {}).get('problem')}"
    then, patch = _words(facts["commit"], facts.get("dirty")), facts.get("patch")
    patch = patch if isinstance(patch, dict) else {}
    is_same_commit = now["commit"] == facts["commit"]
    found = likeness.compare(metadata, folder, now)
    if found is not None and found.is_same:
        return "same", _left_out(patch)
    if found is not None and not found.changed:
        return "unknown", found.told()
    if not is_same_commit:
        here = f"commit {str(now['commit'])[:_SHORT]}"
        # Of a commit that is not here, only what has come since can be told.
        return "differs", f"{then}, here {here}" + (f": {found.told()}" if found else f" {_changed(now['changed'])}")
    if patch.get("masked") and now["patch_sha256"]:
        return "unknown", f"{then}, here as well; secrets are masked in its patch, so nobody can compare them"
    names = [path for path in now["changed"] if found is None or path in found.changed]
    return "differs", f"{then}, here the same commit {_changed(sorted(names))}"


def _words(commit: str, dirty: object) -> str:
    return f"commit {commit[:_SHORT]}" + (" with changes" if dirty else "")


def _changed(paths: list[str]) -> str:
    if not paths:
        return "without changes"
    if len(paths) <= few.MOST:
        return f"with changes in {', '.join(paths)}"
    return f"with {len(paths):,} files changed"


def _left_out(patch: dict[str, Any]) -> str:
    items = [item for item in patch.get("left_out") or () if isinstance(item, dict)]
    paths = [str(item.get("path")) for item in items if item.get("why") != loose.WHY]
    return f"as far as it was kept; nobody kept {few.named(paths)}" if paths else ""


def _of_sources(metadata: dict[str, Any], folder: str) -> tuple[str | None, str, str]:
    script = metadata.get("script")
    where = os.path.dirname(script) if isinstance(script, str) else metadata.get("cwd")
    if not isinstance(where, str) or not os.path.isdir(where):
        return None, "unknown", f"its folder {where} is not here"
    try:
        kept = sources.read(f"{folder}/{layout.SOURCE}")
    except (OSError, DamagedFile):
        return where, "unknown", "neither a commit nor its sources were recorded"
    tree = Tree(os.fsencode(os.path.realpath(where)), trusts_modes=False)
    other = [name for name, data in sorted(kept.items()) if _read(tree, name) != data]
    gone = [name for name in other if tree.kind(os.fsencode(name)) is None]
    changed = [name for name in other if name not in gone]
    told = [f"{few.named(changed)} differ{'s' if len(changed) == 1 else ''} from what was kept"] if changed else []
    told += [f"{few.named(gone)} {'is' if len(gone) == 1 else 'are'} gone"] if gone else []
    if other and any(MASK.encode() in kept[name] for name in other):
        told.append("(secrets may be masked in it)")
        return where, "unknown", "; ".join(told)
    return where, "differs" if other else "same", "; ".join(told)


def _read(tree: Tree, name: str) -> bytes | None:
    try:
        content = tree.read(os.fsencode(name), FILE, sources.MAX_FILE_BYTES)
    except LeftOut:
        return None
    return content.data if content else None
