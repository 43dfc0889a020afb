"""The recorder's own options: never in the parser for good, and never in the way of the script's."""

from __future__ import annotations

import argparse
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

HELP = "help"
_WHAT = {
    "config": (
        "FILE-OR-RUN",
        "values from a YAML file or an earlier run of this root; repeatable, later wins",
    ),
    "name": ("NAME", "label of this run, the end of its folder's name"),
    "tmp": (None, "record below tmp/, not in the index"),
    "no-record": (None, "record nothing"),
    HELP: (None, "show the recorder's other options and exit"),
    "description": ("TEXT", "what this run is about"),
    "tag": ("TAG", "a tag of this run, or several with commas between; repeatable"),
    "resume": (None, "go on with the latest run of equal params and equal code, or start a new one"),
    "run-id": ("NAME", "go on with the run of that name, or start it; other params or another commit are an error"),
    "git-clean": (None, "refuse to start unless all of the code is committed"),
    "git-dirty": (None, "start although the code is not committed, whatever the script says"),
}
# What the script's own help shows; --exparse-help shows all.
SHOWN = ("config", "name", "tmp", "no-record", HELP)
# Real scripts have options of these names. One that hands back what it does not know means them for whoever
# comes next, who may take a value where ours takes none: there they are ours in the long spelling only.
_HANDED_BACK = ("description", "tag", "resume")
_LONG = frozenset(f"exparse-{name}" for name in _WHAT)
_SPELLINGS = _LONG | frozenset(_WHAT) - {HELP}
_NEVER_HANDED_BACK = _SPELLINGS - frozenset(_HANDED_BACK)
_TITLE = "exparse (each also as --exparse-...)"
_ABOUT = "Options of the recorder, exparse; each also as --exparse-..."
_ENVIRONMENT = """environment:
  EXPARSE_ROOT          folder that holds the runs (default: exruns beside the script)
  EXPARSE_NAME          as --name
  EXPARSE_TAGS          as --tag
  EXPARSE_TMP=1         as --tmp
  EXPARSE_RECORD=0      as --no-record; =try goes on unrecorded where no run can be made
  EXPARSE_CAPTURE       what is kept of the output: fd (subprocesses too), sys, off
"""


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
        """Hand the value on; ``--exparse-help`` shows the recorder's options and ends the program with 0."""
        if self.name == HELP:
            parser._print_message(help_text(parser), sys.stdout)
            parser.exit()
        self.heard(self, namespace, values, option_string)


def may_be_own(parser: argparse.ArgumentParser, arg: str, whole: bool = True) -> bool:
    """Return whether an argument has the shape of an own option; as good as always it has not.

    Args:
        parser: The parser that is asked.
        arg: The argument.
        whole: Whether what nobody knows is an error; else it is handed back.
    """
    prefix = _prefix(parser) * 2
    known = _SPELLINGS if whole else _NEVER_HANDED_BACK
    return isinstance(arg, str) and arg.startswith(prefix) and arg[2:].partition("=")[0] in known


def takes_value(arg: str) -> bool:
    """Return whether the own option that an argument has the shape of takes a value."""
    name = arg[2:].partition("=")[0].removeprefix("exparse-")
    return _WHAT[name][0] is not None


def _prefix(parser: argparse.ArgumentParser) -> str:
    chars = str(parser.prefix_chars)
    return "-" if "-" in chars else chars[0]


def actions(parser: argparse.ArgumentParser, heard: Callable[..., None]) -> list[OwnAction]:
    """Return the own options of a parser; a short spelling that the script defines anywhere is left to it."""
    prefix, taken, made = _prefix(parser) * 2, _spellings(parser), []
    for name in _WHAT:
        strings = [prefix + spelling for spelling in (name, f"exparse-{name}") if spelling in _SPELLINGS]
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
    for action in actions(parser, heard):
        asked._add_action(action)
    return asked


def group(parser: argparse.ArgumentParser, container: Any) -> Any:
    """Add the group of own options, still empty, to a parser of whatever kind."""
    has_commands = any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)
    return container.add_argument_group(_TITLE, "before the sub-command" if has_commands else None)


def shown(actions: list[OwnAction]) -> list[OwnAction]:
    """Return the options that the script's help shows, each in its shortest spelling."""
    few = [action for action in actions if action.name in SHOWN]
    for action in few:
        action.option_strings = action.option_strings[:1]
    return few


def _unheard(*_: object) -> None:
    """Listen to an option that is only shown."""


def help_text(parser: argparse.ArgumentParser) -> str:
    """Return what ``--exparse-help`` shows: every own option as it is spelled for this script, and the environment."""
    asked = argparse.ArgumentParser(
        prog="",
        usage=argparse.SUPPRESS,
        add_help=False,
        prefix_chars=parser.prefix_chars,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_ENVIRONMENT,
    )
    # Where they are in the parser for good (add_arguments), they are none that it lacks.
    there = [action for action in parser._actions if isinstance(action, OwnAction)]
    place = asked.add_argument_group(_ABOUT)
    told = {HELP}
    for action in there or actions(parser, _unheard):
        if action.name not in told:
            told.add(action.name)
            place._add_action(OwnAction(list(action.option_strings[:1]), action.name, _unheard))
    return asked.format_help()


class Shown:
    """Shows the own options in help and usage while it is entered."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._parser = parser

    def __enter__(self) -> None:
        parser = self._parser
        self._saved = parser._actions, parser._action_groups
        few = shown(actions(parser, _unheard))
        if not few:
            return  # all of them are in the parser for good
        place = group(parser, argparse.ArgumentParser(prog="", add_help=False, prefix_chars=parser.prefix_chars))
        place._group_actions.extend(few)
        # The usage is the script's: one word of ours less.
        parser._actions = [*parser._actions, *(action for action in few if action.name != HELP)]
        parser._action_groups = [*parser._action_groups, place]

    def __exit__(self, *problem: object) -> None:
        self._parser._actions, self._parser._action_groups = self._saved
