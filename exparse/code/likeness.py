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
    patch = metadata["git"].get("patch")
    patch = patch if isinstance(patch, dict) else {}
    began = loose.began(metadata)
    own = loose.since(now["loose"], began)
    if metadata["git"].get("commit") != now.get("commit"):
        return _over_two_commits(metadata["git"], patch, folder, now, own, began)
    changed: set[str] = set()
    unknown: set[str] = set()
    if patch.get("sha256") != now["patch_sha256"]:
        data = _patch_of(folder, patch)
        unknown = {layout.PATCH} if data is None else set()
        then = parts(data or b"")
        changed = {path for path in {**then, **now["parts"]} if then.get(path) != now["parts"].get(path)} - own
    # No more than that many are listed in the metadata.
    before, here = _left_out(_listed(patch)), _left_out(now["left_out"][:MAX_LISTED])
    return Likeness(changed, unknown | {path for path in {**before, **here} if not _is_like(path, before, here)} - own)


def _over_two_commits(
    git: dict[str, Any], patch: dict[str, Any], folder: str, now: dict[str, Any], own: set[str], began: float | None
) -> Likeness | None:
    """Return how the files compare where the commits are others: who commits what has run has changed nothing."""
    if git.get("problem") or now.get("problem"):
        return None
    top, listed = str(now.get("top")), _listed(patch)
    then = _patch_of(folder, patch)
    found = entries.between(top, (str(git.get("commit")), then or b""), (str(now.get("commit")), now["patch"]))
    if found is None:
        return None
    away = changes.paths_of_root(top, os.path.dirname(os.path.dirname(os.path.abspath(folder))))
    changed = {path for path in found if not changes.is_away(os.fsencode(path), away)}
    # What the run itself has written may have been committed since.
    own = own | loose.since(loose.modified(top, [os.fsencode(path) for path in changed if found[path]]), began)
    before, here = _left_out(listed), _left_out(now["left_out"])
    left_out = {**before, **here}
    unknown = {path for path in left_out if not (_is_dated(before.get(path)) and _is_like(path, before, here))}
    is_whole = then is not None and not patch.get("masked") and patch.get("left_out_number", 0) <= len(listed)
    return Likeness(changed - own - left_out.keys(), unknown - own | (set() if is_whole else {layout.PATCH}))


def parts(data: bytes) -> dict[str, str]:
    """Return what a patch says of each path: SHA-256 of its part."""
    return {sections.path(sections.header(part)): digests.sha256(part) for part in sections.sections(data)}


def _patch_of(folder: str, told: dict[str, Any]) -> bytes | None:
    """Return the patch of a run; None where it is gone, is another than was recorded, or cannot be read."""
    if not told.get("sha256"):
        return b""
    try:
        data = files.read_bytes(f"{folder}/{layout.PATCH}")
    except (OSError, DamagedFile):
        return None
    return data if digests.sha256(data) == told["sha256"] else None


def _listed(patch: dict[str, Any]) -> list[dict[str, Any]]:
    told = patch.get("left_out")
    return [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []


def _left_out(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(item.get("path")): item for item in items if item.get("why") != loose.WHY}


def _is_dated(item: dict[str, Any] | None) -> bool:
    return item is not None and isinstance(item.get("mtime"), float)


def _is_like(path: str, before: dict[str, dict[str, Any]], here: dict[str, dict[str, Any]]) -> bool:
    """Return whether what is left out of two patches is known to be the same; not what one of them holds."""
    then, now = before.get(path), here.get(path)
    if then is None or now is None or str(then.get("why")).startswith(TOO_LARGE):
        return False
    return all(then.get(key) == now.get(key) for key in ("bytes", "mtime"))
