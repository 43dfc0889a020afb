"""Whether the code that lies here is the code that a run had, patch beside patch; and in words why not.

What the run itself has written beside its code, and nobody has told git of, is no difference
(:mod:`exparse.code.loose`). What is not kept of the code, since it is too large or holds passwords, is the same where
name, size and time are.
"""

from __future__ import annotations

import os

from exparse.code import changes, digests, entries, few, loose, sections
from exparse.errors import DamagedFile
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOO_LARGE = "the patch would be larger than"
MAX_LISTED = 100


class Likeness:
    """How two states of the changes since one commit compare.

    Attributes:
        changed: Paths that differ for certain, sorted.
        unknown: Paths of which nobody kept enough to tell, sorted.
    """

    def __init__(self, changed: set[str], unknown: set[str]) -> None:
        self.changed, self.unknown = sorted(changed), sorted(unknown)

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not self.changed and not self.unknown

    def told(self) -> str:
        """Return what differs, in some words; "" for nothing."""
        if self.changed:
            return f"{few.named(self.changed)} {'differs' if len(self.changed) == 1 else 'differ'}"
        return f"{few.named(self.unknown)}: not kept, and not known to be the same" if self.unknown else ""


def compare(metadata: dict[str, Any], folder: str, now: dict[str, Any]) -> Likeness | None:
    """Return how the code here compares with that of a run; None where git does not say what lies between commits.

    Args:
        metadata: What the run's ``metadata.json`` and ``facts.json`` say; its ``git`` is an object.
        folder: Its folder, for ``code.patch``.
        now: What :func:`exparse.code.git.state` says.

    Of changes since one and the same commit, git is not asked.
    """
    git = metadata["git"]
    patch = git.get("patch") if isinstance(git.get("patch"), dict) else {}
    items = patch.get("left_out") if isinstance(patch.get("left_out"), list) else []
    own = loose.since(now["loose"], loose.began(metadata))
    # No more than that many are listed in the metadata.
    before, here = _left_out(items), _left_out(now["left_out"][:MAX_LISTED])
    if git.get("commit") == now.get("commit"):
        changed, unknown = _since_one_commit(patch, folder, now)
        return Likeness(changed - own, unknown | _unlike(before, here) - own)
    then = _patch_of(folder) if patch.get("sha256") else b""
    away = changes.paths_of_root(str(now.get("top")), os.path.dirname(os.path.dirname(os.path.abspath(folder))))
    found = entries.between(str(now.get("top")), (str(git.get("commit")), then or b""), (str(now.get("commit")), now["patch"]))
    if found is None:
        return None
    # What the run itself has written may have been committed since.
    own |= {str(item.get("path")) for item in items if isinstance(item, dict) and item.get("why") == loose.WHY}
    unknown = {path for path in {**before, **here} if not _is_dated(before.get(path)) or path not in here}
    is_whole = then is not None and not patch.get("masked") and len(items) == patch.get("left_out_number", len(items))
    unknown |= _unlike(before, here) | (set() if is_whole else {layout.PATCH})
    changed = {path for path in found if not changes.is_away(os.fsencode(path), away)}
    return Likeness(changed - own - {*before, *here}, unknown - own)


def _since_one_commit(patch: dict[str, Any], folder: str, now: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return what differs for certain, and what nobody can say, between a patch of a run and that of now."""
    if patch.get("sha256") == now["patch_sha256"]:
        return set(), set()
    data = _patch_of(folder) if patch.get("sha256") else b""
    then, here = parts(data or b""), now["parts"]
    return {path for path in {**then, **here} if then.get(path) != here.get(path)}, {layout.PATCH} if data is None else set()


def parts(data: bytes) -> dict[str, str]:
    """Return what a patch says of each path: SHA-256 of its part."""
    return {sections.path(sections.header(part)): digests.sha256(part) for part in sections.sections(data)}


def _patch_of(folder: str) -> bytes | None:
    """Return the patch of a run; None where it is gone, or cannot be read."""
    try:
        return files.read_bytes(f"{folder}/{layout.PATCH}")
    except (OSError, DamagedFile):
        return None


def _left_out(items: list[Any]) -> dict[str, Any]:
    return {str(item.get("path")): item for item in items if isinstance(item, dict) and item.get("why") != loose.WHY}


def _unlike(before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    """Return what is left out of both patches and not known to be the same, and what is left out of one alone."""
    return {path for path in {**before, **now} if not _is_like(before.get(path), now.get(path))}


def _is_like(then: Any, now: Any) -> bool:
    if then is None or now is None or str(then.get("why")).startswith(TOO_LARGE):
        return False
    return all(then.get(key) == now.get(key) for key in ("bytes", "mtime"))
