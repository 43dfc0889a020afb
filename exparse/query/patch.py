"""What a patch changes, file by file; read as bytes and line by line, whatever size it has."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ESCAPES = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_DIGITS = frozenset(b"01234567")


class Change(NamedTuple):
    """What a patch does to one file.

    Attributes:
        name: Its path after the change; before it, where it is gone.
        kind: ``changed``, ``new``, ``gone``, ``renamed`` or ``mode``.
        added: Lines that come; None for a binary file.
        removed: Lines that go; None for a binary file.
        before: Its path before, where it was renamed; else None.
        is_counted: Whether its lines are known; if not, ``added`` and ``removed`` are None although it may be text.
    """

    name: str
    kind: str
    added: int | None
    removed: int | None
    before: str | None = None
    is_counted: bool = True


class _Draft:
    """A change under way, in the order in which git tells it."""

    def __init__(self, header: bytes) -> None:
        self.header, self.kind = header, "mode"
        self.before: bytes | None = None
        self.after: bytes | None = None
        self.added = self.removed = 0
        self.is_binary = False

    def take(self, line: bytes) -> None:
        """Take a line of the head of a file's part, before its hunks."""
        for start, kind in _KINDS.items():
            if line.startswith(start):
                self.kind = kind
        if line.startswith((b"rename from ", b"copy from ")):
            self.before = line.partition(b" from ")[2]
        elif line.startswith((b"rename to ", b"copy to ")):
            self.after = line.partition(b" to ")[2]
        elif line.startswith(b"--- ") and self.before is None and line != b"--- /dev/null":
            self.before = _behind_letter(line[4:])
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            self.after = self.after or _behind_letter(line[4:])
        elif line.startswith((b"GIT binary patch", b"Binary files ")):
            self.is_binary = True
            self.kind = "changed" if self.kind == "mode" else self.kind
        elif line.startswith(b"@@ ") and self.kind == "mode":
            self.kind = "changed"

    def change(self) -> Change:
        """Return what was gathered."""
        after = self.after or (self.before if self.kind == "gone" else None) or _from_header(self.header)
        before = _text(self.before) if self.kind == "renamed" and self.before else None
        added, removed = (None, None) if self.is_binary else (self.added, self.removed)
        return Change(_text(after), self.kind, added, removed, before)


_KINDS = {b"new file mode": "new", b"deleted file mode": "gone", b"rename from ": "renamed"}


def changes(lines: Iterable[bytes]) -> Iterator[Change]:
    """Yield what a patch of git does to each file, in its order.

    Args:
        lines: The lines of the patch, with their ends.
    """
    for draft, _ in _drafts(lines, keeps=False):
        yield draft.change()


def sections(lines: Iterable[bytes]) -> Iterator[tuple[Change, bytes]]:
    """Yield what a patch does to each file, as :func:`changes` does, and the lines that say so."""
    for draft, kept in _drafts(lines, keeps=True):
        yield draft.change(), b"".join(kept)


def _drafts(lines: Iterable[bytes], keeps: bool) -> Iterator[tuple[_Draft, list[bytes]]]:
    draft: _Draft | None = None
    kept: list[bytes] = []
    left = [0, 0]  # lines of the hunk that are still to come: old, new
    for ended in lines:
        line = ended.rstrip(b"\n")
        if draft and (left[0] > 0 or left[1] > 0):
            _count(draft, line, left)
        elif line.startswith(b"diff --git "):
            if draft:
                yield draft, kept
            draft, kept = _Draft(line[len(b"diff --git ") :]), []
        elif draft:
            draft.take(line)
            left = _hunk(line) if line.startswith(b"@@ ") else left
        if keeps:
            kept.append(ended)
    if draft:
        yield draft, kept


def _count(draft: _Draft, line: bytes, left: list[int]) -> None:
    """Count one line of a hunk; what is in it may look like anything, a head of the next file included."""
    sign = line[:1]
    if sign == b"+":
        draft.added += 1
        left[1] -= 1
    elif sign == b"-":
        draft.removed += 1
        left[0] -= 1
    elif sign != b"\\":
        left[0] -= 1
        left[1] -= 1


def _hunk(line: bytes) -> list[int]:
    """Return how many old and new lines ``@@ -1,3 +1,4 @@`` announces."""
    counts = []
    for part in line.split(b" ")[1:3]:
        _, _, number = part.partition(b",")
        counts.append(int(number) if number.isdigit() else 1)
    return counts if len(counts) == 2 else [0, 0]


def _behind_letter(name: bytes) -> bytes:
    """Return a name without git's ``a/`` or ``b/``, quoted as it was."""
    # A tab ends a name that has spaces in it.
    name = name.rstrip(b"\t")
    return name[:1] + name[3:] if name.startswith(b'"') else name[2:]


def _from_header(header: bytes) -> bytes:
    """Return the name in ``a/x b/x``, where no other line says it: both halves are the same then."""
    if header.startswith(b'"'):
        return _behind_letter(header[: len(header) // 2])
    return header[: len(header) // 2][2:]


def _text(name: bytes) -> str:
    """Return a path as text: git's quotes and escapes resolved, what is no UTF-8 kept as Python keeps it."""
    if name.startswith(b'"') and name.endswith(b'"') and len(name) > 1:
        name = _unquoted(name[1:-1])
    return name.decode("utf-8", "surrogateescape")


def _unquoted(name: bytes) -> bytes:
    found, place = bytearray(), 0
    while place < len(name):
        byte = name[place]
        digits = name[place + 1 : place + 4]
        if byte != ord("\\"):
            found.append(byte)
            place += 1
        elif len(digits) == 3 and _DIGITS.issuperset(digits):
            found.append(int(digits, 8) & 255)
            place += 4
        else:
            found.append(_ESCAPES.get(digits[0], digits[0]) if digits else byte)
            place += 2
    return bytes(found)
