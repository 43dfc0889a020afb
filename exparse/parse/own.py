"""The recorder's own options: never in the parser for good, and never in the way of the script's."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMES = ("config", "name", "tmp", "no-record")
_WHAT = {
    "config": (
        "FILE-OR-RUN",
        "values from a YAML file or an earlier run of this root; repeatable, later wins",
    ),
    "name": ("NAME", "label of this run, the end of its folder's name"),
    "tmp": (None, "record below tmp/, not in the index"),
    "no-record": (None, "record nothing"),
}
_TITLE = "exparse (each also as --exparse-...)"


class OwnAction(argparse.Action):
    """One own option; it hands name and value to whoever listens and leaves the namespace alone."""

    def __init__(self, strings: list[str], name: str, heard: Callable[..., None]) -> None:
        metavar, text = _WHAT[name]
        # MetavarTypeHelpFormatter asks every option that takes a value for the name of its type.
        super().__init__(
            strings,
            dest=argparse.SUPPRESS,
            nargs=None if metavar else 0,
            default=argparse.SUPPRESS,
            type=str if metavar else None,
            metavar=metavar,
            help=text,
        )
        self.name, self.heard = name, heard

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        """Hand the value on."""
        self.heard(self, namespace, values, option_string)


def may_be_own(parser: argparse.ArgumentParser, arg: str) -> bool:
    """Return whether an argument has the shape of an own option; as good as always it has not."""
    prefix = _prefix(parser) * 2
    return (
        isinstance(arg, str) and arg.startswith(prefix) and arg[2:].partition("=")[0].removeprefix("exparse-") in NAMES
    )


def _prefix(parser: argparse.ArgumentParser) -> str:
    chars = str(parser.prefix_chars)
    return "-" if "-" in chars else chars[0]


def actions(parser: argparse.ArgumentParser, heard: Callable[..., None]) -> list[OwnAction]:
    """Return the own options of a parser; a short spelling that the script defines anywhere is left to it."""
    prefix, taken, made = _prefix(parser) * 2, _spellings(parser), []
    for name in NAMES:
        strings = [prefix + spelling for spelling in (name, f"exparse-{name}")]
        free = [s for s in strings if s not in taken and not _abbreviates(parser, s)]
        if free:
            made.append(OwnAction(free, name, heard))
    return made


def _spellings(parser: argparse.ArgumentParser) -> set[str]:
    """Return the option strings of a parser and of all its sub-parsers."""
    taken = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in {id(sub): sub for sub in action.choices.values()}.values():
                taken |= _spellings(sub)
    return taken


def _abbreviates(parser: argparse.ArgumentParser, string: str) -> bool:
    """Return whether the script's parser takes a string for one of its own options, shortened.

    ``--config`` of a script that has ``--config-file`` and nothing else like it means that one, as it always did.
    """
    if not parser.allow_abbrev:
        return False
    return len({id(found[0]) for found in parser._get_option_tuples(string)}) == 1


def desk(parser: argparse.ArgumentParser, heard: Callable[..., None]) -> argparse.ArgumentParser:
    """Return a plain parser that knows the own options only, to ask what an argument means."""
    asked = argparse.ArgumentParser(prog="", add_help=False, allow_abbrev=False, prefix_chars=parser.prefix_chars)
    has_commands = any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)
    group = asked.add_argument_group(_TITLE, "before the sub-command" if has_commands else None)
    for action in actions(parser, heard):
        group._add_action(action)
    return asked


class Shown:
    """Shows the own options in help and usage while it is entered."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        parser = self._parser
        own = desk(parser, lambda *_: None)
        self._saved = parser._actions, parser._action_groups
        parser._actions = [*parser._actions, *own._actions]
        parser._action_groups = [*parser._action_groups, *own._action_groups[2:]]

    def __exit__(self, *problem: object) -> None:
        self._parser._actions, self._parser._action_groups = self._saved
