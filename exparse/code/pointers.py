"""Files of Git LFS: of each, git holds a pointer alone, and the content lies in a store of its own.

No filter runs. Content is copied from the user's clone where it holds it, and only after its digest was checked.
"""

from __future__ import annotations

import os
import re

from exparse.code import origin, sources, twin
from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.code.repository import Repository
    from exparse.code.twin import Twin

_VERSION = rb"version https://git-lfs\.github\.com/spec/v1\n"
_POINTER = re.compile(_VERSION + rb"(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,18})\n")
_FILTER = b"filter=lfs"
_LONGEST = 1024
_BLOCK = 1 << 20
# Long before the index is written: git looks into files that are as young as it is.
_LONG_AGO = 1_000_000_000


def fill(repository: Repository, own: Twin) -> list[str]:
    """Put content in the place of pointers; return a note of each that is not here.

    Args:
        repository: The user's, opened.
        own: The twin, laid out.

    Raises:
        GitProblem: If git fails.
        OSError: If a file cannot be written.
    """
    known = own.run("ls-files", "-z")
    if not _is_used(own, known.split(b"\0")):
        return []
    said = own.run("check-attr", "-z", "--stdin", "filter", given=known).split(b"\0")
    paths = [os.fsdecode(path) for path, value in zip(said[::3], said[2::3], strict=False) if value == b"lfs"]
    filled, notes = {}, []
    for path in paths:
        pointer = _pointer(f"{own.tree}/{path}")
        if pointer is None:
            continue
        digest, size = pointer[1].decode("ascii"), int(pointer[2])
        store = f"{origin.common(repository)}/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}"
        places = (store, f"{repository.top}/{path}")
        if any(_copy(place, f"{own.tree}/{path}", digest, size) for place in places):
            filled[path] = pointer[0]
        else:
            notes.append(
                f"{path} is a pointer of Git LFS, and its content ({size:,} bytes) is not here: try `git lfs fetch`"
            )
    if filled:
        _accept(own, filled)
    return notes


def _is_used(own: Twin, known: list[bytes]) -> bool:
    """Return whether attributes of the tree, or of the clone, name the filter."""
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
