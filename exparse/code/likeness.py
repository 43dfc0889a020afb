"""Whether the code that lies here is the code that a run had, patch beside patch; and in words why not.

What the run itself has written beside its code, and nobody has told git of, is no difference
(:mod:`exparse.code.loose`). What is not kept of the code, since it is too large or holds passwords, is the same where
name, size and time are.
"""

from __future__ import annotations

import os

from exparse.code import digests, few, loose
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


def compare(metadata: dict[str, Any], folder: str, now: dict[str, Any]) -> Likeness:
    """Return how the changes here compare with those of a run, whose commit is the same.

    Args:
        metadata: What the run's ``metadata.json`` and ``facts.json`` say; its ``git`` is an object.
        folder: Its folder, for ``code.patch``.
        now: What :func:`exparse.code.git.state` says.
    """
    patch = metadata["git"].get("patch")
    patch = patch if isinstance(patch, dict) else {}
    own = loose.since(now["loose"], loose.began(metadata))
    changed: set[str] = set()
    unknown: set[str] = set()
    if patch.get("sha256") != now["patch_sha256"]:
        then = _parts_of(folder) if patch.get("sha256") else {}
        if then is None:
            then = {}
            unknown.add(layout.PATCH)
        changed = {path for path in {**then, **now["parts"]} if then.get(path) != now["parts"].get(path)} - own
    listed = patch.get("left_out")
    before = _left_out(listed if isinstance(listed, list) else [])
    # No more than that many are listed in the metadata.
    here = _left_out(now["left_out"][:MAX_LISTED])
    return Likeness(changed, unknown | _unlike(before, here) - own)


def parts(data: bytes) -> dict[str, str]:
    """Return what a patch says of each path: SHA-256 of its part."""
    import re

    # No line of a content begins like that.
    starts = [head.start() for head in re.finditer(rb"(?m)^diff --git ", data)]
    found: dict[str, str] = {}
    for start, end in zip(starts, [*starts[1:], len(data)], strict=False):
        part = data[start:end]
        path = _path(part.partition(b"\n")[0])
        # Of names with " b/" in them only the end is told, which may be that of another: then both stand under it.
        found[path] = digests.sha256(found.get(path, "").encode() + part)
    return found


def _path(head: bytes) -> str:
    """Return the path that the first line of a part names; git writes some names with quotes and escapes."""
    if not head.endswith(b'"'):
        return os.fsdecode(head.rpartition(b" b/")[2])
    import re

    letters = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"v": b"\v", b"f": b"\f"}

    def plain(found: re.Match[bytes]) -> bytes:
        word = found.group(1)
        return bytes([int(word, 8)]) if len(word) == 3 else letters.get(word, word)

    return os.fsdecode(re.sub(rb"\\([0-7]{3}|.)", plain, head.rpartition(b' "b/')[2][:-1]))


def _parts_of(folder: str) -> dict[str, str] | None:
    """Return what the patch of a run says of each path; None where it is gone, or cannot be read."""
    try:
        return parts(files.read_bytes(f"{folder}/{layout.PATCH}"))
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
