"""Patterns of views, ``by/model/{model}/{run}``, and what values are called as parts of a path."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from exparse.errors import InvalidName
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

RUN = "run"
"""The field that stands for the name of the run's folder."""

MISSING = object()
"""Stands for what a run does not have."""

MOST_FIELDS = 8
"""Fields that one level has at most."""

_LONGEST = 180
# What was added to tell twins apart, or to what was too long, follows the whole level.
_ADDED = re.compile(r".~[0-9a-f]{8}\Z", re.DOTALL)
_NOT_SAFE = frozenset('/\\:*?"<>|%~')
# Names that Windows takes for devices, whatever follows a dot.
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(1, 10))))


class Part(NamedTuple):
    """A piece of a level.

    Attributes:
        text: The text itself, or the name of the field.
        is_field: Which of the two.
    """

    text: str
    is_field: bool


Level = tuple[Part, ...]
"""One level of the paths that a pattern makes."""


class Pattern(NamedTuple):
    """A pattern, read.

    Attributes:
        text: As it was given.
        levels: The levels of the paths that it makes; the last one is the link, and names the run.
    """

    text: str
    levels: tuple[Level, ...]

    @property
    def fields(self) -> list[str]:
        """The names of its fields, each once, in order."""
        return list(dict.fromkeys(part.text for level in self.levels for part in level if part.is_field))


def parse(text: str) -> Pattern:
    """Return a pattern that was written as text: levels with slashes between, fields in braces.

    Where the last level does not name the run, one more that does is added, or runs would fall together.

    Raises:
        InvalidName: If it is none.
    """
    levels = [_level(text, level) for level in text.strip("/").split("/")]
    if not any(part == Part(RUN, True) for part in levels[-1]):
        levels.append((Part(RUN, True),))
    if len(levels) > layout.MAX_PATH_DEPTH:
        raise InvalidName("the pattern", text, f"more than {layout.MAX_PATH_DEPTH} levels")
    return Pattern(text, tuple(levels))


_RULE = "a field is a name in braces, such as {model}"


def _level(text: str, level: str) -> Level:
    if "<" in level:
        raise InvalidName("the pattern", text, _RULE)
    parts: list[Part] = []
    rest = level
    while rest:
        plain, brace, rest = rest.partition("{")
        if plain:
            parts.append(Part(plain, False))
        if brace:
            field, closed, rest = rest.partition("}")
            if not closed or not field.strip() or "{" in field:
                raise InvalidName("the pattern", text, _RULE)
            parts.append(Part(field.strip(), True))
    if sum(part.is_field for part in parts) > MOST_FIELDS:
        raise InvalidName("the pattern", f"{text:.60}", f"a level has more than {MOST_FIELDS} fields")
    # What stands for a field is made safe later; here it is any harmless letter.
    layout.check_path("".join("x" if part.is_field else part.text for part in parts), "the pattern")
    if any("}" in part.text for part in parts):
        raise InvalidName("the pattern", text, _RULE)
    return tuple(part if part.is_field else Part(_on_disk(part.text), False) for part in parts)


def _on_disk(text: str) -> str:
    """Return a text as this process names it on a disk: where the locale has no place for it, by its bytes in UTF-8.

    So a view has the same folders whether a terminal or a job without a locale brings it up to date.
    """
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.fsdecode(text.encode("utf-8", "surrogateescape"))
    return text


def fits(level: Level, name: str) -> bool:
    """Return whether a name could be what a level of a pattern makes; each field stands for one character or more.

    Looks at each character of the name once for each text in the level, whatever the name.
    """
    if _ADDED.search(name):
        return True
    rest, fields = name, 0
    for number, part in enumerate(level):
        if part.is_field:
            fields += 1
        elif not fields:
            if not rest.startswith(part.text):
                return False
            rest = rest[len(part.text) :]
        else:
            # The nearest place leaves most room for what follows; the last text stands at the end.
            is_last = number == len(level) - 1
            at = len(rest) - len(part.text) if is_last else rest.find(part.text, fields)
            if at < fields or not rest.startswith(part.text, at):
                return False
            rest, fields = rest[at + len(part.text) :], 0
    return len(rest) >= fields if fields else not rest


def paths(pattern: Pattern, runs: Sequence[str], values: dict[str, Sequence[Any]]) -> list[str]:
    """Return the path that a pattern makes for each run, such that different values never share a folder.

    Args:
        pattern: The pattern.
        runs: Names of the runs.
        values: The value of each field but :data:`RUN` for each run; :data:`MISSING` where it has none.

    Where two values would read the same on some disk (texts that differ in the case of letters alone, 1 and "1"),
    each has a few digits more, made from the value.
    """
    found = [""] * len(runs)
    for level in pattern.levels:
        columns = [runs if part.text == RUN else values[part.text] for part in level if part.is_field]
        kinds = list(zip(*(map(_kind, column) for column in columns), strict=True)) or [()] * len(runs)
        named = {kind: _called(level, kind) for kind in set(kinds)}
        parts = [named[kind] for kind in kinds]
        twins = _twins(found, parts, kinds)
        for place, (part, kind) in enumerate(zip(parts, kinds, strict=True)):
            name = f"{part}~{_digits(kind)}" if (found[place], _folded(part)) in twins else part
            found[place] = f"{found[place]}/{name}" if found[place] else name
    return list(map(_on_disk, found))


def _twins(folders: list[str], parts: list[str], kinds: list[tuple[Any, ...]]) -> set[tuple[str, str]]:
    """Return which names, folded, stand for several values in a folder."""
    stands: dict[tuple[str, str], tuple[Any, ...]] = {}
    twins: set[tuple[str, str]] = set()
    for folder, part, kind in zip(folders, parts, kinds, strict=True):
        key = folder, _folded(part)
        if stands.setdefault(key, kind) != kind:
            twins.add(key)
    return twins


def _called(level: Iterable[Part], kinds: tuple[tuple[str, str], ...]) -> str:
    texts = iter(kinds)
    name = "".join(
        (next(texts)[1] if part.text == RUN else safe(next(texts)[1])) if part.is_field else part.text for part in level
    )
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= _LONGEST:
        return name
    short = data[: _LONGEST - 12].decode("utf-8", "ignore").rstrip(". ")
    return f"{short}~{_digits(kinds)}"


def _kind(value: Any) -> tuple[str, str]:
    """Return what tells a value from all others: its type, and how it reads."""
    if value is MISSING:
        return "missing", "missing"
    if value is None:
        return "none", "none"
    if isinstance(value, str):
        return "str", value
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return "list", ",".join(value)
    import json

    return type(value).__name__, json.dumps(value, ensure_ascii=False, default=str)


def _digits(kinds: object) -> str:
    import hashlib

    return hashlib.sha256(repr(kinds).encode("utf-8", "backslashreplace")).hexdigest()[:8]


def _folded(part: str) -> str:
    """Return what is the same for names that are one name on a disk that looks away from case or accents' forms."""
    if part.isascii():
        return part.lower()
    import unicodedata

    return unicodedata.normalize("NFD", part.casefold()).casefold()


def safe(text: str) -> str:
    """Return a text as part of a path on any system: what is not safe there stands as ``%2F`` does in a URL."""
    if not text:
        return "empty"
    escaped = "".join(char if char.isprintable() and char not in _NOT_SAFE else _escaped(char) for char in text)
    if escaped[0] in ".- ":
        escaped = _escaped(escaped[0]) + escaped[1:]
    if escaped[-1] in ". ":
        escaped = escaped[:-1] + _escaped(escaped[-1])
    if escaped.partition(".")[0].casefold() in _DEVICES:
        escaped = _escaped(escaped[0]) + escaped[1:]
    return escaped


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
