"""The words of an order, divided among the parsers that are to see them: the program's, and its sub-commands'."""

from __future__ import annotations

import argparse

from exparse.parse import own

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from exparse.record.order import Order


def of_order(parser: Any, told: Order) -> Placed:
    """Divide the words of an order among a parser and the sub-commands that were recorded.

    Args:
        parser: The parser that is called.
        told: The order.

    What is for sub-commands comes behind the saved params: a sub-command on the command line would be taken for the
    positional that stands before it, where that comes from them.
    """
    return placed(parser, _recorded_commands(told.params), told.words or [])


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


def placed(parser: Any, commands: Sequence[str], words: Sequence[str]) -> Placed:
    """Divide words among a parser and the sub-commands that are taken below it.

    Args:
        parser: The top-level parser.
        commands: The sub-commands that were recorded, outermost first.
        words: Options, values and positionals, as somebody typed them without a thought of sub-commands: an option
            goes to the innermost parser that knows it, a positional to the innermost that has any, an option that
            nobody knows to the innermost of all, with what follows. A sub-command named among them takes the place
            of the recorded one, with all that follows.
    """
    levels = _levels(parser, commands)
    if not any(_commands_of(level) for level in levels):
        return Placed(list(words), [])
    parts: list[list[str]] = [[] for _ in levels]
    home = max((place for place, level in enumerate(levels) if _has_positionals(level)), default=0)
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == _END:
            parts[home] += [word, *rest]
            break
        at, count = _option(word, levels)
        if at is None and _is_strange(word, levels[-1]):
            at, count = len(levels) - 1, _ANY
        if at is None and word[:1] not in parser.prefix_chars:
            found = next((place for place, level in enumerate(levels) if word in _commands_of(level)), None)
            if found is not None:
                below = [*zip(commands, parts[1 : found + 1], strict=False), (word, rest)]
                return Placed(parts[0], below)
        part = parts[home if at is None else at]
        part.append(word)
        is_all = count == _ALL
        # What argparse takes for an option is never the value of another.
        while rest and count > 0 and (is_all or (rest[0] != _END and not _is_option(rest[0], levels))):
            part.append(rest.pop(0))
            count -= 1
    return Placed(parts[0], list(zip(commands, parts[1:], strict=False)))


class Placed:
    """Words, divided among the parsers that are to see them.

    Attributes:
        top: Those of the top-level parser.
        below: Those of the sub-commands, outermost first, each with its name; empty for those that were recorded.
    """

    __slots__ = ("below", "top")

    def __init__(self, top: list[str], below: list[tuple[str, list[str]]]) -> None:
        self.top, self.below = top, below


_ANY, _ALL = 1 << 30, 1 << 31
_END = "--"


def _levels(parser: Any, commands: Sequence[str]) -> list[Any]:
    """Return the parsers that take part, outermost first."""
    levels = [parser]
    for command in commands:
        parser = _choices(parser).get(command)
        if parser is None:
            break
        levels.append(parser)
    return levels


def _choices(parser: Any) -> dict[str, Any]:
    action = next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)
    return dict(action.choices) if action is not None else {}


def _has_positionals(parser: Any) -> bool:
    return any(not isinstance(a, argparse._SubParsersAction) for a in parser._get_positional_actions())


def _commands_of(parser: Any) -> set[str]:
    return set(_choices(parser))


def _is_option(word: str, levels: list[Any]) -> bool:
    return _option(word, levels)[0] is not None


def _is_strange(word: str, parser: Any) -> bool:
    """Return whether argparse takes a word that no parser knows for an option all the same."""
    if len(word) < 2 or word[0] not in parser.prefix_chars or " " in word or set(word) == {word[0]}:
        return False
    return parser._has_negative_number_optionals or not parser._negative_number_matcher.match(word)


def _option(word: str, levels: list[Any]) -> tuple[int | None, int]:
    """Return which parser takes a word for an option, and how many words it may take more; None, 0 for no option."""
    likely = [at for at in reversed(range(len(levels))) if len(word) > 1 and word[0] in levels[at].prefix_chars]
    # The whole name of one parser's option may begin that of another's.
    for find in (_named, _shortened):
        for place in likely:
            count = find(word, levels[place])
            if count is not None:
                return place, count
    if own.may_be_own(levels[0], word):
        return 0, int(own.takes_value(word) and "=" not in word)
    return None, 0


def _named(word: str, parser: Any) -> int | None:
    """Return how many words an option may take more that is spelled out; None for none of this parser."""
    option, is_given, _ = word.partition("=")
    action = parser._option_string_actions.get(option)
    return None if action is None else 0 if is_given else _values(action)


def _shortened(word: str, parser: Any) -> int | None:
    """Return the same for an abbreviation, and for short options with what stands in the same word: ``-xn5``."""
    found = parser._get_option_tuples(word)
    if not found:
        return None
    action, option, value = found[0][0], found[0][1], found[0][-1]
    if value is None:
        return _values(action)
    if action.nargs == 0 and len(option) == 2:
        following = option[0] + value
        return next((count for find in (_named, _shortened) if (count := find(following, parser)) is not None), 0)
    return 0


def _values(action: argparse.Action) -> int:
    """Return how many words an option takes at most."""
    if action.nargs is None or action.nargs == argparse.OPTIONAL:
        return 1
    if action.nargs in (argparse.REMAINDER, argparse.PARSER):
        return _ALL
    return action.nargs if isinstance(action.nargs, int) else _ANY
