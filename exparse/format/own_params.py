"""A strict reader of ``params.yaml`` as exparse writes it: a line a param, five times as fast as a YAML library."""

from __future__ import annotations

import re
from json import JSONDecoder

from exparse.format.params import HEADER, MAX_BYTES
from exparse.format.text import is_bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = MAX_BYTES
"""Bytes that such a text has at most."""
MOST_KNOWN = 50_000
"""Lines that are kept in mind; then all are forgotten."""
_LONGEST_KNOWN = 1024
_MOST_BRACKETS = 60
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})\Z").match
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:e[+-][0-9]+)?\Z").match
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}


def read(text: str, known: dict[str, tuple[str, Any]] | None = None) -> dict[str, Any] | None:
    """Return the values of a text that exparse wrote, or None where another hand may have been at work.

    Args:
        text: What the file holds.
        known: Lines that were read before, with the name and the value of each; it grows. Lists and objects in it are
            shared by all that hold such a line: they are for reading. None where nothing is to be shared.
    """
    if not text.startswith(HEADER) or not text.endswith("\n"):
        return None
    values: dict[str, Any] = {}
    said_empty = False
    for line in text.split("\n"):
        if not line or line[0] == "#":
            continue
        entry = known.get(line) if known is not None else None
        if entry is None:
            if line == "{}" and not values:
                said_empty = True
                continue
            entry = _entry(line)
            if entry is None:
                return None
            if known is not None and len(line) <= _LONGEST_KNOWN:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[line] = entry
        if entry[0] in values:
            return None
        values[entry[0]] = entry[1]
    # A file cut off after its first line says nothing, not that there are no params.
    return values if values or said_empty else None


def _entry(line: str) -> tuple[str, Any] | None:
    """Return the name and the value that a line holds; None where it is not as exparse writes it."""
    name, colon, value = line.partition(": ")
    if not colon or not is_bare(name):
        return None
    try:
        return name, _own_value(value)
    except (ValueError, RecursionError):
        return None


def _own_value(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT(text):
        return int(text)
    if _FLOAT(text):
        return float(text)
    if text[:1] in "[{" and text.count("[") + text.count("{") > _MOST_BRACKETS:
        raise ValueError("perhaps too deep: the careful reader knows")
    if text[:1] in '"[{' and "\\U" not in text and "\\ud" not in text:
        return _DECODER.decode(text)
    if is_bare(text):
        return text
    raise ValueError("not as exparse writes it")


def _yaml_float(text: str) -> float:
    if not _FLOAT(text):
        raise ValueError(f"{text} is no float in YAML 1.1")
    return float(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not YAML")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


_DECODER = JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique, parse_float=_yaml_float)
