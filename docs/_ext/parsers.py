"""Directives that write down parsers, so that no page can say other than the programs.

``.. verbs::`` gives a section for each verb of the command, ``.. own-options::`` the options that ExParser adds,
``.. allowed-variables::`` the environment variables that are recorded.
"""

from __future__ import annotations

import argparse

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

from exparse import ExParser
from exparse.cli.main import make_parser, verbs
from exparse.parse import own
from exparse.record.surroundings import ALLOWED


def escaped(text: str) -> str:
    """Return text that reStructuredText shows as it is."""
    return "".join(f"\\{char}" if char in "\\*`|_" else char for char in text)


def usage(parser: argparse.ArgumentParser) -> list[str]:
    """Return the usage of a parser, at most 78 columns wide, the same in every terminal."""

    class Narrow(argparse.HelpFormatter):
        def __init__(self, prog: str) -> None:
            super().__init__(prog, width=78)

    formatter, parser.formatter_class = parser.formatter_class, Narrow
    try:
        lines = parser.format_usage().rstrip().splitlines()
        return [line.removeprefix("usage: ").removeprefix(" " * len("usage: ")) for line in lines]
    finally:
        parser.formatter_class = formatter


def block(language: str, lines: list[str]) -> list[str]:
    return [f".. code-block:: {language}", "", *(f"   {line}" for line in lines), ""]


def spelled(action: argparse.Action) -> str:
    """Return how an argument is written: ``-n N``, ``--root FOLDER``, ``RUN``."""
    metavar = action.metavar if isinstance(action.metavar, str) else None
    value = metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
    if not action.option_strings:
        return value or action.dest
    takes = value if action.nargs != 0 else ""
    return ", ".join(f"{string} {takes}".strip() for string in action.option_strings)


def described(parser: argparse.ArgumentParser) -> list[str]:
    """Return one entry for each argument of a parser, in the order of its help."""
    lines: list[str] = []
    for action in sorted(parser._actions, key=lambda action: bool(action.option_strings)):
        # --root of a verb is the command's own, told once at the top of the page.
        is_told = action.dest == "root" and action.default is argparse.SUPPRESS
        if is_told or isinstance(action, (argparse._HelpAction, argparse._SubParsersAction)):
            continue
        lines += [f".. option:: {spelled(action)}", "", f"   {escaped(str(action.help or ''))}", ""]
        if action.choices and action.metavar:
            lines += [f"   One of: {', '.join(f'``{choice}``' for choice in action.choices)}.", ""]
    return lines


def verb_page() -> list[str]:
    """Return the command and its verbs as reStructuredText."""
    parser = make_parser()
    below = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction)).choices
    lines = [".. program:: exparse", "", *block("text", usage(parser)), *described(parser)]
    for verb in verbs():
        title = f"exparse {verb.NAME}"
        lines += [f".. _verb-{verb.NAME}:", "", title, "-" * len(title), ""]
        also = "".join(f" Also ``exparse {alias}``." for alias in verb.ALIASES)
        lines += [f"{escaped(str(below[verb.NAME].description))}{also}", "", f".. program:: {title}", ""]
        lines += block("text", usage(below[verb.NAME]))
        lines += described(below[verb.NAME])
        head, _, notes = verb.EXAMPLES.removeprefix("examples:\n").partition("\n\n")
        lines += ["For example:", "", *block("text", [line[2:] for line in head.rstrip().splitlines()])]
        lines += [escaped(notes).replace("\n\n", "\0").replace("\n", " ").replace("\0", "\n\n"), ""]
    return lines


def own_options() -> list[str]:
    """Return the options that ExParser adds as reStructuredText."""
    actions = own.desk(ExParser(), lambda *_: None)._actions
    lines = [".. program:: script", ""]
    for action in actions:
        lines += [f".. option:: {spelled(action)}", "", f"   {escaped(str(action.help))}", ""]
    return lines


class Verbs(SphinxDirective):
    """A section for each verb of the command."""

    def run(self) -> list[nodes.Node]:
        return _parsed(self, verb_page(), "exparse/cli")


class OwnOptions(SphinxDirective):
    """The options that ExParser adds to a script's."""

    def run(self) -> list[nodes.Node]:
        return _parsed(self, own_options(), "exparse/parse/own.py")


class AllowedVariables(SphinxDirective):
    """The environment variables that are recorded where they are set."""

    def run(self) -> list[nodes.Node]:
        listed = ", ".join(f"``{name}``" for name in ALLOWED)
        return _parsed(self, [f"{listed}."], "exparse/record/surroundings.py")


def _parsed(directive: SphinxDirective, lines: list[str], source: str) -> list[nodes.Node]:
    place = nodes.section()
    place.document = directive.state.document
    nested_parse_with_titles(directive.state, StringList(lines, source=source), place)
    return place.children


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("verbs", Verbs)
    app.add_directive("own-options", OwnOptions)
    app.add_directive("allowed-variables", AllowedVariables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
