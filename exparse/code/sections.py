"""The parts of a patch as git writes it, one for each file, and the path that each is about."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

_HEAD, _RENAMED = b"diff --git ", b"rename to "
_ENDS = (b"--- ", b"@@ ", b"GIT binary patch", b"Binary files ")
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"v": b"\v", b"f": b"\f"}


def sections(patch: bytes) -> list[bytes]:
    """Return the part for each file, from its line ``diff --git`` on."""
    import re

    # No line of a content begins like that.
    starts = [head.start() for head in re.finditer(rb"(?m)^diff --git ", patch)]
    return [patch[start:end] for start, end in zip(starts, [*starts[1:], len(patch)], strict=False)]


def header(part: bytes) -> list[bytes]:
    """Return the lines of a part before those of the content."""
    lines: list[bytes] = []
    at = 0
    while at < len(part):
        end = part.find(b"\n", at)
        line = part[at : end if end >= 0 else len(part)]
        if line.startswith(_ENDS):
            break
        lines.append(line)
        at += len(line) + 1
    return lines


def path(lines: list[bytes]) -> str:
    """Return the path that a part is about, by its :func:`header`; of a file that was renamed, the new one."""
    for line in lines:
        if line.startswith(_RENAMED):
            return unquoted(line[len(_RENAMED) :])
    # Both names are one: they divide the line in the middle, whatever they hold.
    told = lines[0][len(_HEAD) :]
    return unquoted(told[len(told) // 2 + 1 :])[len("b/") :]


def unquoted(name: bytes) -> str:
    """Return a path as it is; git writes some with quotes and escapes."""
    if not (len(name) > 1 and name.startswith(b'"') and name.endswith(b'"')):
        return os.fsdecode(name)
    import re

    def plain(found: re.Match[bytes]) -> bytes:
        word = found.group(1)
        return bytes([int(word, 8)]) if len(word) == 3 else _LETTERS.get(word, word)

    return os.fsdecode(re.sub(rb"\\([0-7]{3}|.)", plain, name[1:-1]))
