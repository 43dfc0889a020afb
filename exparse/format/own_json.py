"""A strict reader of the JSON documents that exparse writes, a line a key: what was read before is only looked up.

Of 100,000 ``metadata.json`` two lines in three are the same; this takes a third of the time of the standard library
(``scripts/bench index``). What another hand wrote is left to that.
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Known = dict[str, tuple[str, Any]]

MOST_KNOWN = 50_000
"""Lines that are kept in mind; then all are forgotten."""
_LONGEST = 4096
_BEGIN, _END = "{\n", "\n}\n"


def read(text: str, known: Known) -> dict[str, Any] | None:
    """Return the object that a text holds, or None where it is not written as exparse does it.

    Args:
        text: What the file holds.
        known: Lines that were read before, with the key and the value of each; it grows. The values are shared by all
            objects that hold such a line: they are for reading.
    """
    if not (text.startswith(_BEGIN) and text.endswith(_END)):
        return None
    found: dict[str, Any] = {}
    for line in text[2:-3].split(",\n"):
        entry = known.get(line)
        if entry is None:
            entry = _entry(line)
            if entry is None:
                return None
            if len(line) <= _LONGEST:
                _keep(line, entry, known)
        found[entry[0]] = entry[1]
    return found


def _entry(line: str) -> tuple[str, Any] | None:
    """Return the key and the value of a line that is a member of an object for itself; None for any other."""
    try:
        members = json.loads(f"{{{line}}}")
    except (ValueError, RecursionError):
        return None
    return next(iter(members.items())) if len(members) == 1 else None


def _keep(line: str, entry: tuple[str, Any], known: Known) -> None:
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[line] = entry
