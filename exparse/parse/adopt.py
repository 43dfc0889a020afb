"""For those who cannot change the class of their parser: its runs are recorded all the same."""

from __future__ import annotations

import argparse

from exparse.parse import outermost, own, session
from exparse.parse.settings import Settings
from exparse.record.live import current_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from exparse.record.live import LiveRun, UnrecordedRun


class _Whole(str):
    """The spelling of an option that is none of those an abbreviation may mean."""

    __slots__ = ()

    def startswith(self, *args: Any) -> bool:
        """Return whether the text begins so; argparse asks it of a part of an option only to complete it."""
        return str.startswith(self, *args) and (args[0] == str(self) or args[0] == self[:1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser of any class the options of the recorder, for good.

    They are accepted by every parse of it, show in its help, leave the namespace alone, and do something once
    :func:`from_parser` parses. An option that the parser has by now, or means by an abbreviation, is left to it:
    call this after its own ``add_argument``. A parser that has them already stays as it is, and so does an
    :class:`exparse.ExParser`.
    """
    if hasattr(parser, "_exparse") or any(isinstance(action, own.OwnAction) for action in parser._actions):
        return
    found = own.actions(parser, _hear)
    place = own.group(parser, parser)
    for action in found:
        for number, string in enumerate(action.option_strings):
            alone = own.OwnAction([_Whole(string)], action.name, _hear)
            if number or action.name not in own.SHOWN:
                alone.help = argparse.SUPPRESS
            place._add_action(alone)


def _hear(action: own.OwnAction, namespace: Any, value: Any, option: str) -> None:
    """Tell the parse that is under way, if it is one of ours."""
    here = session.active()
    if here is not None and action in here.main._actions:
        here.hear_option(action, namespace, value, option)


def from_parser(
    parser: argparse.ArgumentParser, args: Sequence[str] | None = None, **keywords: Any
) -> LiveRun | UnrecordedRun:
    """Parse with a parser of any class as :class:`exparse.ExParser` would, and record the run.

    The parser is afterwards what it was before. It may have parsed already: its types and actions run again.
    Without :func:`add_arguments` it takes the recorder's options in this parse all the same.

    Args:
        parser: The parser. ``action.secret = True`` and ``action.volatile = True`` say of one of its actions what
            these keywords say in ``ExParser.add_argument``.
        args: The arguments; None for those of the program.
        **keywords: What the constructor of :class:`exparse.ExParser` takes beside argparse's own (``root``,
            ``automark``, ``default_config_files``, ``record``, ``zfill``, ``capture``, ``source``, ``git_clean``,
            ``tags``), and ``description``, a text about the run.

    Returns:
        The live run; ``run.args`` is the namespace, equal to the parser's own.

    Raises:
        TypeError: If there is no such keyword.
        ValueError: If the value of a keyword cannot be recorded.
        SystemExit: As ``parse_args`` of the parser, and with 1 where a run must be recorded and cannot be.
    """
    with _Adopted(parser, keywords):
        namespace = outermost.parse(parser, lambda args, _: parser.parse_args(args), args, None, whole=True)
    run = current_run()
    # Not a field of every run: only this way in has no other place for it.
    vars(run)["args"] = namespace
    return run


class Laid:
    """Has a parser some attributes of ours while it is entered, and afterwards what it had before."""

    def __init__(self, parser: argparse.ArgumentParser, attributes: dict[str, Any]) -> None:
        self._parser, self._laid = parser, attributes

    def __enter__(self) -> None:
        attributes = vars(self._parser)
        self._saved = {name: attributes[name] for name in self._laid if name in attributes}
        attributes.update(self._laid)

    def __exit__(self, *problem: object) -> None:
        attributes = vars(self._parser)
        for name in self._laid:
            attributes.pop(name, None)
        attributes.update(self._saved)


class _Adopted(Laid):
    """Has a parser ask the session while it is entered, as ExParser does by its class."""

    def __init__(self, parser: argparse.ArgumentParser, keywords: dict[str, Any]) -> None:
        earlier = getattr(parser, "_exparse", None)
        laid = {"_exparse": earlier.changed(keywords) if earlier else Settings(**keywords)}
        super().__init__(parser, laid if earlier else laid | _methods(parser))


def _methods(parser: Any) -> dict[str, Any]:
    """Return methods that ask the session, around those that a parser has."""
    values, value = parser._get_values, parser._get_value
    parse, optional = parser._parse_known_args, parser._parse_optional
    help_, usage = parser.format_help, parser.format_usage

    def ask_values(*asked: Any) -> Any:
        here = session.active()
        return here.values(parser, values, *asked) if here is not None else values(*asked)

    def ask_value(*asked: Any) -> Any:
        here = session.active()
        return here.value(parser, value, *asked) if here is not None else value(*asked)

    def ask_parse(*asked: Any) -> Any:
        here = session.active()
        return here.parse(parser, parse, *asked) if here is not None else parse(*asked)

    def ask_optional(arg: str) -> Any:
        here = session.active()
        found = here.optional(parser, arg) if here is not None else None
        return optional(arg) if found is None else found

    def show_help() -> Any:
        with own.Shown(parser):
            return help_()

    def show_usage() -> Any:
        with own.Shown(parser):
            return usage()

    return {
        "_get_values": ask_values,
        "_get_value": ask_value,
        "_parse_known_args": ask_parse,
        "_parse_optional": ask_optional,
        "format_help": show_help,
        "format_usage": show_usage,
    }
