"""Patterns as file names have them: ``paper/*``, ``res?et``, ``[a-z]*``; none of them can take long."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 1_000
"""Characters of a pattern at most."""


def pattern(text: str) -> Callable[[str], bool]:
    """Return what tells whether a text matches a pattern as a whole, in letters of the same size.

    Args:
        text: ``*`` stands for any text, ``?`` for a character, ``[a-z]`` for one of these, ``[!a-z]`` for one of
            all others; :data:`LONGEST` characters at most are sensible.

    What it takes grows with the length of the text, never with the number of ways in which it might match.
    """
    return _by_sets(text) if "?" in text or "[" in text else _by_parts(text.split("*"))


def _by_parts(parts: list[str]) -> Callable[[str], bool]:
    first, *middle, last = parts if len(parts) > 1 else ("", "")
    middle = [part for part in middle if part]

    def matches(text: str) -> bool:
        at, end = len(first), len(text) - len(last)
        if at > end or not text.startswith(first) or not text.endswith(last):
            return False
        for part in middle:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return parts[0].__eq__ if len(parts) == 1 else matches


def _by_sets(text: str) -> Callable[[str], bool]:
    # All places in the pattern at which the text may stand are followed at once, each a bit of one number.
    accepted, stars = _elements(text)
    masks: dict[str, int] = {}

    def mask(char: str) -> int:
        return sum(1 << place for place, accepts in enumerate(accepted) if accepts(char))

    def matches(said: str) -> bool:
        state = 1
        for char in said:
            if char not in masks:
                masks[char] = mask(char)
            state = (state & masks[char]) << 1 | state & stars
            if not state:
                return False
        return bool(state >> len(accepted) & 1)

    return matches


def _elements(text: str) -> tuple[list[Callable[[str], bool]], int]:
    """Return what accepts each single character of a pattern, and as bits before which of them a ``*`` stands."""
    accepted: list[Callable[[str], bool]] = []
    stars, at = 0, 0
    while at < len(text):
        char, end = text[at], text.find("]", at + (3 if text.startswith("[!", at) else 2))
        if char == "*":
            stars |= 1 << len(accepted)
        elif char == "?":
            accepted.append(lambda _: True)
        elif char == "[" and end > 0:
            accepted.append(_set(text[at + 1 : end]))
            at = end
        else:
            accepted.append(char.__eq__)
        at += 1
    return accepted, stars


def _set(text: str) -> Callable[[str], bool]:
    negated = text.startswith("!")
    left = text[negated:]
    spans = []
    while left:
        is_span = len(left) > 2 and left[1] == "-"
        spans.append((left[0], left[2] if is_span else left[0]))
        left = left[3 if is_span else 1 :]
    return lambda char: any(low <= char <= high for low, high in spans) is not negated
