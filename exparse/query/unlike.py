"""What differs between the sources of two runs, by content alone: for when git has no part in it."""

from __future__ import annotations

import difflib

from exparse.query.patch import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_LINES = 20_000
"""Lines of both files together that are compared one by one: the time goes with their square at worst."""


def changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    """Yield what differs between two sets of files, by name."""
    for name in _differing(before, after):
        kind = "new" if name not in before else "gone" if name not in after else "changed"
        old, new = _lines(before.get(name, b"")), _lines(after.get(name, b""))
        if old is None or new is None:
            yield Change(name, kind, None, None)
        elif len(old) + len(new) > _MOST_LINES:
            yield Change(name, kind, None, None, is_counted=False)
        else:
            told = list(difflib.unified_diff(old, new, n=0))[2:]
            added, removed = (sum(line.startswith(sign) for line in told) for sign in "+-")
            yield Change(name, kind, added, removed)


def patch(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[bytes]:
    """Yield the difference as a unified diff, file by file; of one that is binary or too long only that it differs."""
    for name in _differing(before, after):
        yield _encoded(f"diff --git a/{name} b/{name}\n")
        if name not in before or name not in after:
            yield b"new file mode 100644\n" if name in after else b"deleted file mode 100644\n"
        old, new = _lines(before.get(name, b"")), _lines(after.get(name, b""))
        heads = (f"a/{name}" if name in before else "/dev/null", f"b/{name}" if name in after else "/dev/null")
        if old is None or new is None or len(old) + len(new) > _MOST_LINES:
            yield _encoded(
                f"{'Binary files' if None in (old, new) else 'Long files'} {heads[0]} and {heads[1]} differ\n"
            )
            continue
        for line in difflib.unified_diff(old, new, *heads):
            yield _encoded(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _differing(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _lines(data: bytes) -> list[str] | None:
    """Return the lines of a text with their ends; None for what is none."""
    if b"\0" in data:
        return None
    # By line feeds alone: a form feed within a line, for one, ends none.
    text = data.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *filter(None, lines[-1:])]


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")
