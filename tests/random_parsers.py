"""Random parsers and command lines, for the laws that hold for all of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duel
from hypothesis import strategies as st

NAMES = ["x", "y", "name", "config", "tmp", "no-record", "conf", "na", "run", "foo-bar", "foo", "exparse-name"]
WORDS = ["1", "-1", "2.5", "a", "b c", "", "x=1", "no", "null", "é", "--", "-", "-z", "sub", "other", "-1e3"]
TYPES = [None, int, float, str, str.upper, bool]


@st.composite
def arguments(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what add_argument gets: the names, and the keywords."""
    shape = draw(st.sampled_from(["store", "flag", "off", "const", "append", "count", "extend", "tri", "positional"]))
    name, kind = draw(st.sampled_from(NAMES)), draw(st.sampled_from(TYPES))
    default = draw(st.sampled_from([None, "1", 3, [], ["q"], argparse.SUPPRESS]))
    nargs = draw(st.sampled_from([None, "?", "*", "+", 1, 2, argparse.REMAINDER]))
    if shape == "positional":
        more = {"nargs": nargs, "type": kind, "default": default}
        return {"names": [name], **{key: value for key, value in more.items() if value is not None}}
    names = draw(st.sampled_from([[f"--{name}"], [f"--{name}", f"-{name[0]}"], [f"-{name[0]}"]]))
    if shape == "store":
        more = {"nargs": nargs, "type": kind, "default": default, "required": draw(st.booleans()) and nargs != "?"}
        if nargs == "?":
            more["const"] = draw(st.sampled_from(["7", None]))
        return {"names": names, **{key: value for key, value in more.items() if value is not None}}
    actions: dict[str, dict[str, Any]] = {
        "flag": {"action": "store_true"},
        "off": {"action": "store_false", "dest": "x"},
        "const": {"action": "store_const", "const": (1, 2), "default": default},
        "append": {"action": "append", "type": kind, "default": draw(st.sampled_from([None, ["d"]]))},
        "count": {"action": "count", "default": draw(st.sampled_from([None, 2]))},
        "extend": {"action": "extend", "nargs": "+", "default": draw(st.sampled_from([None, ["d"]]))},
        "tri": {"action": argparse.BooleanOptionalAction, "default": None},
    }
    return {"names": [f"--{name}"] if shape == "tri" else names, **actions[shape]}


groups = st.sampled_from(["", "", "", "titled", "either"])
definitions = st.lists(st.tuples(groups, arguments()), max_size=5)
settings_of_parsers = st.fixed_dictionaries(
    {},
    optional={
        "allow_abbrev": st.booleans(),
        "argument_default": st.sampled_from([None, argparse.SUPPRESS, "D"]),
        "exit_on_error": st.booleans(),
        "prefix_chars": st.sampled_from(["-", "-+"]),
    },
)


def fill(parser: Any, defined: list[tuple[str, dict[str, Any]]]) -> None:
    """Add the arguments to a parser; what argparse refuses is left out, by both classes alike."""
    places = {
        "": parser,
        "titled": parser.add_argument_group("titled"),
        "either": parser.add_mutually_exclusive_group(),
    }
    for place, given_to in defined:
        more = dict(given_to)
        names = more.pop("names")
        try:
            places[place].add_argument(*names, **more)
        except (argparse.ArgumentError, ValueError, TypeError):
            continue


def parse(
    root: Path,
    defined: list[tuple[str, dict[str, Any]]],
    constructed: dict[str, Any],
    command: list[tuple[str, dict[str, Any]]] | None,
    way: str,
    argv: list[str],
) -> Any:
    """Parse a command line by a new parser that records in a root; return the namespace.

    Args:
        root: The root.
        defined: What the parser's arguments are.
        constructed: What its constructor gets.
        command: What the arguments of a sub-command are; None for a parser without any.
        way: The method that parses.
        argv: The command line.
    """
    parser = duel.Silent(prog="prog", root=root, **constructed)
    fill(parser, defined)
    if command is not None:
        subs = parser.add_subparsers(dest="command")
        fill(subs.add_parser("sub", aliases=["a"]), command)
        subs.add_parser("other", add_help=False)
    result = getattr(parser, way)(argv)
    return result[0] if isinstance(result, tuple) else result


# Own options have tests of their own: here no argument may be one unless the script defines it too.
tokens = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(NAMES).map(lambda name: f"-{name[0]}"),
    st.sampled_from(["--x", "--y", "--foo", "--foo-bar", "--fo", "--foo-bar=3", "--x=1", "--no-x", "--conf", "--na"]),
    st.sampled_from(["--name", "--config", "--tmp", "--no-record", "--name=n"]),
    st.text(max_size=3),
)
