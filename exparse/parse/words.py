"""The words that a parse is about: the program's, those of an order, or none where a notebook's kernel has its own."""

from __future__ import annotations

import argparse
import sys

from exparse.record import order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def of_program(parser: Any, given: Sequence[str] | None) -> list[str] | None:
    """Return the words to parse in place of what the script gave; None where they are to be parsed as given.

    Args:
        parser: The parser that is called.
        given: What the script gave as arguments; None for those of the program.
    """
    told = order.first()
    if told.words is None or (given is not None and list(given) != sys.argv[1:]):
        return None
    commands = _recorded_commands(told.params)
    return placed(parser, commands, told.words)


def _recorded_commands(path: str | None) -> list[str]:
    """Return the sub-commands that a ``params.yaml`` says were taken, outermost first."""
    from exparse.errors import ExparseError
    from exparse.format import document, params
    from exparse.store import files

    if path is None:
        return []
    try:
        loaded = document.load(files.read_text(path, params.MAX_BYTES), path)
    except (OSError, ExparseError):
        return []  # laying it under the command line says it better
    return list((loaded.header or {}).get("command", []))


def placed(parser: Any, commands: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return words with the recorded sub-commands among them, each option behind the innermost that knows it.

    Args:
        parser: The top-level parser.
        commands: The sub-commands that were recorded, outermost first.
        words: Options, values and positionals, as somebody typed them without a thought of sub-commands. Where they
            name a sub-command themselves, they stay as they are.
    """
    levels = _levels(parser, commands)
    if len(levels) == 1 or any(word in levels[0][1] for word in words):
        return list(words)
    parts: list[list[str]] = [[] for _ in levels]
    place = len(levels) - 1
    for word in words:
        known = _place_of(word, [level for level, _ in levels])
        place = known if known is not None else place
        parts[place].append(word)
    found = list(parts[0])
    for command, part in zip(commands, parts[1:], strict=False):
        found += [command, *part]
    return found


def _levels(parser: Any, commands: Sequence[str]) -> list[tuple[Any, set[str]]]:
    """Return the parsers of the sub-commands, outermost first, each with the names of its own sub-commands."""
    levels = []
    for command in [*commands, None]:
        action = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
        levels.append((parser, set(action.choices) if action is not None else set()))
        if action is None or command not in action.choices:
            break
        parser = action.choices[command]
    return levels


def _place_of(word: str, parsers: list[Any]) -> int | None:
    """Return the innermost parser that takes a word for an option of its own, or None."""
    for place in range(len(parsers) - 1, -1, -1):
        parser = parsers[place]
        if not word or word[0] not in parser.prefix_chars:
            continue
        option = word.partition("=")[0]
        if option in parser._option_string_actions or parser._get_option_tuples(word):
            return place
    return None
