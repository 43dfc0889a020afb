"""Files that git keeps in another form than they lie in a tree, since a filter stands between: none of them runs.

Of those of Git LFS, git keeps a pointer alone, and the content lies in a store of its own: it is copied from the
user's clone where that holds it, and only after its digest was checked. Of others it is told that they lie as git keeps
them.
"""

from __future__ import annotations

import os
import re

from exparse.code import few, sources, twin
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.code.twin import Twin

_VERSION = rb"version https://git-lfs\.github\.com/spec/v1\n"
_POINTER = re.compile(_VERSION + rb"(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n")
_FILTER = b"filter="
_LONGEST = 1024
_BLOCK = 1 << 20
# Long before the index is written: git looks into files that are as young as it is.
_LONG_AGO = 1_000_000_000


def fill(own: Twin, top: str | None, common: str, config: dict[str, str]) -> list[str]:
    """Put content in the place of pointers; return what is not as it was.

    Args:
        own: The twin, laid out.
        top: The tree of the user's repository, or None where it has none.
        common: The folder that holds its ``objects`` and its ``lfs``.
        config: Its settings.

    Raises:
        GitProblem: If git fails.
        OSError: If a file cannot be written.
    """
    paths = _filtered(own)
    store = os.path.join(common, config.get("lfs.storage", "lfs"), "objects")
    filled, notes = {}, []
    for path in paths.pop("lfs", []):
        pointer = _pointer(f"{own.tree}/{path}")
        if pointer is None:
            continue
        digest, size = pointer[1].decode("ascii"), int(pointer[2])
        places = [f"{store}/{digest[:2]}/{digest[2:4]}/{digest}", *([f"{top}/{path}"] if top else [])]
        if any(_copy(place, f"{own.tree}/{path}", digest, size) for place in places):
            filled[path] = pointer[0]
        else:
            notes.append(
                f"{path} is a pointer of Git LFS, and its content ({size:,} bytes) is not here: try `git lfs fetch`"
            )
    if filled:
        _accept(own, filled)
    return notes + _as_kept(own, {name: some for name, some in paths.items() if _changes_files(name, config)})


def _filtered(own: Twin) -> dict[str, list[str]]:
    """Return the paths that go through filters, by the name of the filter."""
    known = own.run("ls-files", "-z")
    found: dict[str, list[str]] = {}
    if not _is_used(own, known.split(b"\0")):
        return found
    said = own.run("check-attr", "-z", "--stdin", "filter", given=known).split(b"\0")
    for path, value in zip(said[::3], said[2::3], strict=False):
        if value not in (b"unspecified", b"unset", b"set"):
            found.setdefault(os.fsdecode(value), []).append(os.fsdecode(path))
    return found


def _changes_files(name: str, config: dict[str, str]) -> bool:
    """Return whether a filter of the user's makes something else of what git keeps, when it writes a file."""
    return bool(config.get(f"filter.{name}.process")) or config.get(f"filter.{name}.smudge", "cat") not in ("", "cat")


def _as_kept(own: Twin, paths: dict[str, list[str]]) -> list[str]:
    if not paths:
        return []
    # What the patch holds lies as it lay.
    changed = set(map(os.fsdecode, own.run("ls-files", "-m", "-z").split(b"\0")))
    left = {name: [path for path in some if path not in changed] for name, some in paths.items()}
    return [
        f"the filter {name} was not run: {few.named(some)} lie{'s' if len(some) == 1 else ''} here as git keeps it"
        for name, some in sorted(left.items())
        if some
    ]


def _is_used(own: Twin, known: list[bytes]) -> bool:
    """Return whether attributes of the tree, or of the clone, name a filter."""
    places = [os.fsdecode(path) for path in known if path.rpartition(b"/")[2] == b".gitattributes"]
    return any(_FILTER in (twin.read(f"{own.tree}/{path}") or b"") for path in (".git/info/attributes", *places))


def _pointer(path: str) -> re.Match[bytes] | None:
    """Return what a pointer tells; None where a file is none."""
    try:
        return _POINTER.fullmatch(files.read_bytes(path, _LONGEST))
    except (OSError, ValueError):
        return None  # too large for one, gone by the patch, or a link


def _copy(source: str, target: str, digest: str, size: int) -> bool:
    """Copy a file onto a pointer, if it is what the pointer tells; return whether it is."""
    from hashlib import sha256

    draft = files.draft(target)
    found = sha256()
    try:
        handle, length = files.open_plain(source)
    except (OSError, ValueError):
        return False
    try:
        if length != size:
            return False
        with open(draft, "xb") as out:
            while part := os.read(handle, _BLOCK):
                found.update(part)
                out.write(part)
        if found.hexdigest() != digest:
            return False
        os.chmod(draft, os.stat(target).st_mode)
        os.utime(draft, (_LONG_AGO, _LONG_AGO))
        files.move(draft, target, onto=True)
        return True
    finally:
        os.close(handle)
        files.remove_quietly(draft)


def _accept(own: Twin, pointers: dict[str, bytes]) -> None:
    """Have git take the content for what the pointers stand for, as it does where Git LFS has put it there.

    It asks a filter that knows the answers; the tree's settings name none afterwards.
    """
    answers = f"{own.folder}/info/pointers"
    for path, text in pointers.items():
        if sources.is_inner(path):
            os.makedirs(os.path.dirname(f"{answers}/{path}"), exist_ok=True)
            with open(f"{answers}/{path}", "wb") as stream:
                stream.write(text)
    # Run by a shell in the top of the tree; git quotes the path that it puts for %f.
    filters = ("-c", "filter.lfs.clean=cat .git/info/pointers/%f 2>/dev/null || cat", "-c", "filter.lfs.required=true")
    own.run(*filters, "update-index", "-z", "--stdin", given=b"".join(os.fsencode(path) + b"\0" for path in pointers))
    files.remove_tree(answers)
