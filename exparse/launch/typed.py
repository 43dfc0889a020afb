"""A command line of Python taken apart: the interpreter's own options, what it ran, and the arguments of that."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SCRIPT, MODULE, CODE, STDIN = "script", "module", "code", "stdin"

# Letters after which a value comes: in the same word, or in the next.
_WITH_VALUE = frozenset("WX")
_WHAT_RUNS = {"m": MODULE, "c": CODE}
_LONG_WITH_VALUE = "--check-hash-based-pycs"
# What makes the interpreter stay at its prompt when the program is over.
_STAYS = "i"


class Typed(NamedTuple):
    """What stands on a command line of Python.

    Attributes:
        options: The interpreter's own options, each a word of its own, values apart.
        kind: One of :data:`SCRIPT`, :data:`MODULE`, :data:`CODE`, :data:`STDIN`; "" where nothing is run.
        target: The script's path, the module's name, or the code.
        args: What follows.
    """

    options: list[str]
    kind: str
    target: str
    args: list[str]


def take_apart(words: Sequence[str]) -> Typed:
    """Return what a command line of Python says.

    Args:
        words: ``sys.orig_argv``; the first is the interpreter.
    """
    options: list[str] = []
    rest = list(words[1:])
    while rest:
        word = rest.pop(0)
        if word == "-":
            return Typed(options, STDIN, word, rest)
        if word == "--":
            return _script(options, rest)
        if word[:1] != "-":
            return Typed(options, SCRIPT, word, rest)
        if word[:2] == "--":
            options += [word, *rest[:1]] if word == _LONG_WITH_VALUE else [word]
            rest = rest[1:] if word == _LONG_WITH_VALUE else rest
            continue
        found = _letters(word[1:], options, rest)
        if found is not None:
            return found
    return Typed(options, "", "", [])


def _script(options: list[str], rest: list[str]) -> Typed:
    return Typed(options, SCRIPT, rest[0], rest[1:]) if rest else Typed(options, "", "", [])


def _letters(letters: str, options: list[str], rest: list[str]) -> Typed | None:
    """Take options that stand in one word, such as ``Bum pkg``; return the whole where one of them says what runs."""
    for at, letter in enumerate(letters):
        value = letters[at + 1 :]
        if letter not in _WITH_VALUE and letter not in _WHAT_RUNS:
            options += [f"-{letter}"] if letter != _STAYS else []
            continue
        if not value:
            if not rest:
                return Typed(options, "", "", [])
            value = rest.pop(0)
        if letter in _WHAT_RUNS:
            return Typed(options, _WHAT_RUNS[letter], value, rest)
        options += [f"-{letter}", value]
        return None
    return None
