"""The drop-in law: a parser of either class gives the same values, messages, exit status and calls.

Each case builds a parser of a given class; both classes parse the same command lines. What the law does not
say is in the other ``test_dropin`` files: own options, recording, and what concerns the whole process.
"""

from __future__ import annotations

import argparse
import gettext
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duel
import pytest

CASES: list[Any] = []


def case(*lines: str) -> Callable[[duel.Build], duel.Build]:
    """Register a parser with command lines, each as one text in the shell's quoting."""

    def register(build: duel.Build) -> duel.Build:
        CASES.extend(
            pytest.param(
                build, shlex.split(line), id=f"{build.__name__}-{line[:40]}".encode("ascii", "replace").decode()
            )
            for line in lines
        )
        return build

    return register


@pytest.mark.parametrize(("build", "argv"), CASES)
def test_both_classes_give_the_same(build: duel.Build, argv: list[str]) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        return build(kind).parse_args(argv)

    assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


@pytest.mark.parametrize(("build", "argv"), CASES)
def test_both_classes_hand_the_same_back(build: duel.Build, argv: list[str]) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        return build(kind).parse_known_args(argv)

    assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


@pytest.mark.parametrize(("build", "argv"), CASES)
def test_both_classes_parse_intermixed_the_same(build: duel.Build, argv: list[str]) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        return build(kind).parse_intermixed_args(argv)

    assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


@pytest.mark.parametrize(("build", "argv"), CASES)
def test_a_second_parse_knows_nothing_of_the_first(build: duel.Build, argv: list[str]) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        parser = build(kind)
        ends = [duel.outcome(lambda: parser.parse_args(argv)), duel.outcome(lambda: parser.parse_args([]))]
        return [*ends, duel.outcome(lambda: parser.parse_args(argv))]

    assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


# Construction


@case("", "x", "-h", "--x 1")
def bare(P: Any) -> Any:
    return P()


@case("-h", "--x 1")
def positional_constructor_arguments(P: Any) -> Any:
    parser = P("name", "usage text", "description", "epilog")
    parser.add_argument("--x")
    return parser


@case("", "--x 1", "--name n --config c --tmp", "--bad")
def argument_default_suppress(P: Any) -> Any:
    parser = P(argument_default=argparse.SUPPRESS)
    parser.add_argument("--x")
    parser.add_argument("--name")
    parser.add_argument("--config")
    parser.add_argument("--tmp", action="store_true")
    return parser


@case("", "--x 1")
def argument_default_value(P: Any) -> Any:
    parser = P(argument_default={"awkward": [1]})
    parser.add_argument("--x")
    return parser


@case("-h 3", "--help", "")
def add_help_false(P: Any) -> Any:
    parser = P(add_help=False)
    parser.add_argument("-h", "--height", type=int)
    return parser


@case("", "+x 1", "++long 2", "-x 1", "/x", "--config f", "++lo 3", "+h")
def other_prefix(P: Any) -> Any:
    parser = P(prefix_chars="+")
    parser.add_argument("+x", type=int)
    parser.add_argument("++long")
    parser.add_argument("rest", nargs="*")
    return parser


@case("/x 1", "-x 1", "/name z", "//name z", "/config")
def several_prefixes(P: Any) -> Any:
    parser = P(prefix_chars="-/+")
    parser.add_argument("/x", "-x", type=int)
    parser.add_argument("//name", "+name")
    parser.add_argument("rest", nargs="*")
    return parser


@case("a", "-a b", "--config x", "")
def no_prefix_at_all(P: Any) -> Any:
    parser = P(prefix_chars="", add_help=False)
    parser.add_argument("rest", nargs="*")
    return parser


@case("--fo 1", "--foo 1", "--foob 2", "--f 1", "--config-f 1", "--config 1", "--conf 2", "--c 3", "--n 4", "--na 5")
def abbreviations(P: Any) -> Any:
    parser = P()
    for name in ("--foo", "--foobar", "--config-file", "--names"):
        parser.add_argument(name)
    return parser


@case("--fo 1", "--conf 2", "--config-file 2", "--name 1 --tmp", "-vvn3", "-v -n 3")
def no_abbreviations(P: Any) -> Any:
    parser = P(allow_abbrev=False)
    for name in ("--foo", "--config-file", "--name"):
        parser.add_argument(name)
    parser.add_argument("--tmp", action="store_true")
    parser.add_argument("-v", action="count")
    parser.add_argument("-n", type=int)
    return parser


@case("--x bad", "--y", "--x 1 rest", "--x")
def exit_on_error_false(P: Any) -> Any:
    parser = P(exit_on_error=False)
    parser.add_argument("--x", type=int)
    return parser


@case("--foo x", "--foo", "-h", "--bar 1")
def conflict_resolve(P: Any) -> Any:
    parser = P(conflict_handler="resolve")
    parser.add_argument("-f", "--foo", help="old")
    parser.add_argument("--foo", help="new")
    parser.add_argument("--name")
    parser.add_argument("--name", action="store_true")
    return parser


@case("", "--x 1 --name n", "p")
def duplicates_of_the_user_still_raise(P: Any) -> Any:
    parser = P()
    parser.add_argument("--config")
    parser.add_argument("--config")
    return parser


@case("-h", "--version", "-V")
def version_and_texts(P: Any) -> Any:
    parser = P(prog="tool", description="%(prog)s does", epilog="the end", usage="%(prog)s [x]")
    parser.add_argument("-V", "--version", action="version", version="%(prog)s 1.0")
    parser.add_argument("--x", help="100%% of %(dest)s, default %(default)s", default=3)
    return parser


@pytest.mark.parametrize(
    "formatter",
    [
        argparse.HelpFormatter,
        argparse.RawTextHelpFormatter,
        argparse.RawDescriptionHelpFormatter,
        argparse.ArgumentDefaultsHelpFormatter,
        argparse.MetavarTypeHelpFormatter,
    ],
)
def test_help_is_the_same_with_each_formatter(formatter: Any) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind(formatter_class=formatter, description="a\n b")
        parser.add_argument("--x", type=int, default=3, help="an x")
        group = parser.add_argument_group("title", "text")
        group.add_argument("y", type=str)
        return parser.format_help(), parser.format_usage(), parser.parse_args(["q"])

    assert duel.run(duel.Hidden, program, []) == duel.run(duel.Plain, program, [])


@pytest.mark.parametrize("formatter", [argparse.HelpFormatter, argparse.MetavarTypeHelpFormatter])
def test_own_options_in_help_fit_each_formatter(formatter: Any) -> None:
    from exparse import ExParser

    parser = ExParser(formatter_class=formatter, prog="prog")
    parser.add_argument("--x", type=int)
    shown = parser.format_help()
    assert "--no-record" in shown and "--exparse-help" in shown and "[--config " in parser.format_usage()


# Parents


def _parent(P: Any, kind: Any, **more: Any) -> Any:
    parent = kind(add_help=False, **more)
    parent.add_argument("--p", type=int, default=5)
    group = parent.add_argument_group("parents' own")
    group.add_argument("--name")
    either = parent.add_mutually_exclusive_group(required=True)
    either.add_argument("--a", action="store_true")
    either.add_argument("--b", action="store_false")
    return parent


@case("--a", "--b --p 3", "", "--a --b", "--a --name n", "-h")
def parents_of_the_same_class(P: Any) -> Any:
    return P(parents=[_parent(P, P)])


@case("--a", "--b --p 3", "", "--a --b", "--a --name n", "-h")
def plain_parents(P: Any) -> Any:
    return P(parents=[_parent(P, argparse.ArgumentParser)])


@case("--a", "--b --p 3", "--a --name n")
def a_parent_that_was_parsed_and_is_used_twice(P: Any) -> Any:
    parent = _parent(P, P)
    parent.parse_args(["--a"])
    P(parents=[parent]).parse_args(["--a", "--p", "1"])
    return P(parents=[parent])


@case("", "--config c", "--tmp t")
def two_parents_that_conflict(P: Any) -> Any:
    one, two = P(add_help=False), P(add_help=False)
    one.add_argument("--config")
    two.add_argument("--config")
    return P(parents=[one, two])


@case("--a run", "--a run --b --q 1", "run --a")
def parents_within_sub_commands(P: Any) -> Any:
    parent = _parent(P, P)
    parser = P(parents=[parent])
    subs = parser.add_subparsers(dest="command")
    child = P(add_help=False)
    child.add_argument("--q", type=int)
    subs.add_parser("run", parents=[child])
    return parser


# Own names, defined by the script in every form


@case("--config c", "--config=c", "--name n", "--name", "--tmp", "--tmp=1", "--no-record", "--no-rec", "--conf c", "")
def all_own_names_as_options(P: Any) -> Any:
    parser = P()
    parser.add_argument("--config")
    parser.add_argument("--name", nargs="?", const="K", default="D")
    parser.add_argument("--tmp", action="store_true")
    parser.add_argument("--no-record", dest="record", action="store_false")
    return parser


@case("a b", "a", "a b c", "a b --x 1", "-- --config b")
def own_names_as_positionals(P: Any) -> Any:
    parser = P()
    parser.add_argument("config")
    parser.add_argument("name")
    parser.add_argument("tmp", nargs="?", default="z")
    parser.add_argument("--x")
    return parser


@case("-c 1 -n 2 -t 3", "-c1", "--n 2", "--c 1")
def own_dests_under_other_options(P: Any) -> Any:
    parser = P()
    parser.add_argument("-c", dest="config")
    parser.add_argument("-n", dest="name")
    parser.add_argument("-t", dest="tmp", type=int)
    parser.add_argument("-r", dest="run")
    return parser


@case("", "--config a", "--config a --config b", "--name 1 2", "--name", "--config a --name 1 2 --tmp --tmp")
def own_names_required_append_and_nargs(P: Any) -> Any:
    parser = P()
    parser.add_argument("--config", required=True, action="append")
    parser.add_argument("--name", nargs="+", type=int)
    parser.add_argument("--tmp", action="count")
    return parser


@case("--config a", "--name b", "--config a --name b", "", "--tmp")
def own_names_in_groups(P: Any) -> Any:
    parser = P()
    either = parser.add_mutually_exclusive_group(required=True)
    either.add_argument("--config")
    either.add_argument("--name")
    parser.add_argument_group("g").add_argument("--tmp", action="store_true")
    return parser


@case("run --name n", "run --config c --tmp", "run", "--x 1 run --name n", "--name n run", "run --name")
def own_names_in_a_sub_command(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x")
    run = parser.add_subparsers(dest="command").add_parser("run")
    run.add_argument("--name")
    run.add_argument("--config")
    run.add_argument("--tmp", action="store_true")
    return parser


@case("--run 3", "", "--rest x", "--args 1", "--params 2")
def names_of_attributes_of_ours(P: Any) -> Any:
    parser = P()
    for name in ("--run", "--rest", "--args", "--params"):
        parser.add_argument(name, default="d")
    return parser


# Shapes of arguments


@case("", "--a 1 --b 2 3 --c 1 2 --d --e 7 --f x y", "--b", "--c 1", "--d 1 --e", "--e=7 --f")
def nargs_of_options(P: Any) -> Any:
    parser = P()
    parser.add_argument("--a", nargs=1, type=int)
    parser.add_argument("--b", nargs="+", type=float)
    parser.add_argument("--c", nargs=2, type=int, metavar=("L", "R"))
    parser.add_argument("--d", nargs="?", const=3, default=4, type=int)
    parser.add_argument("--e", type=int, choices=[1, 7])
    parser.add_argument("--f", nargs="*", default=["q"])
    return parser


@case("", "1", "1 2", "1 2 3 4", "1 2 -- -3", "-1 -2", "1 -x 2", "-- -- 1")
def nargs_of_positionals(P: Any) -> Any:
    parser = P()
    parser.add_argument("a", type=int)
    parser.add_argument("b", nargs="?", type=int, default="7")
    parser.add_argument("c", nargs="*", default=[1])
    parser.add_argument("-x", action="store_true")
    return parser


@case("run --config x --name y", "run -- --config x", "a --x 1 b", "--x 1 a --x 2", "")
def remainder(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x")
    parser.add_argument("command", nargs="?")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    return parser


@case("--x a --y b", "--rest --config x --tmp", "--rest")
def remainder_of_an_option(P: Any) -> Any:
    parser = P()
    parser.add_argument("--rest", nargs=argparse.REMAINDER)
    parser.add_argument("--x")
    return parser


@case(
    "-1", "-1.5 -2e3", "--x -1", "--x=-1", "-a", "--x -a", "--x --config", "--x --tmp", "--x=--config", "- -", "'' ''"
)
def values_with_dashes(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x")
    parser.add_argument("rest", nargs="*")
    return parser


@case("-1", "-2 3", "-1 -2 3")
def options_that_look_like_numbers(P: Any) -> Any:
    parser = P()
    parser.add_argument("-1", dest="one", action="store_true")
    parser.add_argument("-2", dest="two")
    parser.add_argument("rest", nargs="*")
    return parser


@case("-abc", "-ab -c 3", "-abc3", "-c", "-vvv", "-vv -v", "-acb", "-longer 2", "-lo 3", "-a=1", "-ab=1")
def short_options_in_one(P: Any) -> Any:
    parser = P()
    parser.add_argument("-a", action="store_true")
    parser.add_argument("-b", action="store_true")
    parser.add_argument("-c")
    parser.add_argument("-v", action="count", default=0)
    parser.add_argument("-longer")
    return parser


@case("", "--x 1 --x 2", "--y a b --y c", "--z --z", "--k --l", "--no-flag", "--flag", "--e 1 2 --e 3", "--vb")
def accumulating(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", action="append", type=int, default=[9])
    parser.add_argument("--y", action="append", nargs="+")
    parser.add_argument("--z", action="count", default=1)
    parser.add_argument("--k", action="append_const", const=1, dest="ks")
    parser.add_argument("--l", action="append_const", const="two", dest="ks")
    parser.add_argument("--flag", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--e", action="extend", nargs="+", type=int, default=[])
    parser.add_argument("--vb", action="store_const", const={"a": 1})
    return parser


@case("", "--x 3", "--x bad", "--y 2", "--z q")
def string_defaults_are_converted(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", type=int, default="42")
    parser.add_argument("--y", type=float, default="1e-3")
    parser.add_argument("--z", type=str.upper, default="text")
    return parser


@case("", "--x 3")
def a_bad_string_default_fails_only_when_used(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", type=int, default="nonsense")
    return parser


@case(
    "", "--mode a", "--mode d", "--n 3", "--n 11", "p", "--path /x/y", "--j '{\"a\": 1}'", "--j nope", "--b x", "--b ''"
)
def types_and_choices(P: Any) -> Any:
    parser = P()
    parser.add_argument("--mode", choices=("a", "b"), default="z")
    parser.add_argument("--n", type=int, choices=range(10), metavar="N")
    parser.add_argument("--path", type=Path, default=Path("."))
    parser.add_argument("--j", type=json.loads)
    parser.add_argument("--b", type=bool)
    parser.add_argument("p", nargs="?", choices=["p", "q"])
    return parser


class Refuses:
    """A type that refuses in the three ways that argparse knows."""

    def __call__(self, text: str) -> Any:
        if text == "value":
            raise ValueError("not shown")
        if text == "type":
            raise TypeError("not shown")
        if text == "own":
            raise argparse.ArgumentTypeError("my own %s words")
        if text == "other":
            raise KeyError(text)
        if text == "exit":
            raise SystemExit(7)
        return self

    def __repr__(self) -> str:
        return "Refuses()"


@case("--x ok", "--x value", "--x type", "--x own", "--x other", "--x exit")
def types_that_refuse(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", type=Refuses())
    return parser


class Awkward:
    """A value that says nothing about itself and compares with nothing."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value is ambiguous")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")

    def __deepcopy__(self, memo: Any) -> Any:
        raise TypeError("cannot be copied")

    def __reduce__(self) -> Any:
        raise TypeError("cannot be pickled")

    def __str__(self) -> str:
        raise RuntimeError("no text")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attribute")


class Quiet(Awkward):
    """An awkward value with a repr, for the comparison of the two classes."""

    def __repr__(self) -> str:
        return "Quiet()"


def _recursive() -> list[Any]:
    part: list[Any] = []
    part.append(part)
    return part


@case("", "--x 1", "--y 2", "--q 1 --q 2")
def awkward_defaults(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", default=Quiet())
    parser.add_argument("--y", default=_recursive())
    parser.add_argument("--q", action="append", default=[Quiet()])
    parser.add_argument("--n", default=float("nan"))
    parser.set_defaults(handler=print, thing=Quiet(), numbers={1, 2})
    return parser


@case("", "--x a")
def a_value_whose_parts_are_shared_many_times(P: Any) -> Any:
    part: list[Any] = []
    for _ in range(50):
        part = [part, part]

    class Deep(list):  # type: ignore[type-arg]
        def __repr__(self) -> str:
            return "deep"

    parser = P()
    parser.add_argument("--x", default=Deep(part))
    parser.set_defaults(more=Deep(part))
    return parser


# Groups


@case("", "--a", "--b 1", "--a --b 1", "--a --a", "c", "--a c")
def exclusive(P: Any) -> Any:
    parser = P()
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--a", action="store_true")
    either.add_argument("--b")
    either.add_argument("c", nargs="?")
    return parser


@case("", "--a", "--b 1", "--a --b 1")
def exclusive_and_required(P: Any) -> Any:
    parser = P()
    group = parser.add_argument_group("outer")
    either = group.add_mutually_exclusive_group(required=True)
    either.add_argument("--a", action="store_true", help=argparse.SUPPRESS)
    either.add_argument("--b", help="b")
    return parser


@case("", "--a 1", "--b 1")
def set_defaults_and_get_default(P: Any) -> Any:
    parser = P()
    parser.add_argument("--a", type=int)
    parser.set_defaults(a="5", b=7, config="x")
    assert (parser.get_default("a"), parser.get_default("b")) == ("5", 7)
    return parser


# Files of arguments


@case("@args", "--x 0 @args", "@missing", "@args --x 9")
def arguments_from_a_file(P: Any) -> Any:
    Path("args").write_text("--x\n1\n--names\na\nb\n")
    parser = P(fromfile_prefix_chars="@")
    parser.add_argument("--x", type=int)
    parser.add_argument("--names", nargs="*")
    return parser


# Sub-commands


def _two_commands(P: Any, **more: Any) -> Any:
    parser = P(prog="main")
    parser.add_argument("--shared", default="main")
    parser.add_argument("-v", action="count", default=0)
    subs = parser.add_subparsers(**more)
    train = subs.add_parser("train", aliases=["t"], help="trains")
    train.add_argument("--shared", default="sub")
    train.add_argument("data")
    train.add_argument("--lr", type=float, default="0.1")
    train.set_defaults(func=len)
    test = subs.add_parser("test", description="tests")
    test.add_argument("-v", action="count", default=0)
    test.set_defaults(func=max)
    return parser


_LINES = (
    "",
    "train d",
    "t d --lr 3",
    "train",
    "train d --shared x",
    "--shared y train d",
    "--shared y train d --shared z",
    "test",
    "-vv test -v",
    "nope",
    "train d --bad",
    "--bad train d",
    "train -h",
    "-h",
    "train d extra",
    "train d --lr bad",
)


@case(*_LINES)
def commands(P: Any) -> Any:
    return _two_commands(P)


@case(*_LINES)
def commands_with_dest(P: Any) -> Any:
    return _two_commands(P, dest="command", title="commands", metavar="CMD")


@case(*_LINES)
def commands_required(P: Any) -> Any:
    return _two_commands(P, dest="command", required=True)


@case(*_LINES)
def commands_of_a_plain_class(P: Any) -> Any:
    return _two_commands(P, dest="command", parser_class=argparse.ArgumentParser)


@case("", "a", "a b", "a b c --x 1", "a b --x 1", "a --y 2 b", "a b c --z", "--w a", "a b --w", "a q")
def nested_commands(P: Any) -> Any:
    parser = P()
    parser.add_argument("--w", action="store_true")
    a = parser.add_subparsers(dest="one").add_parser("a")
    a.add_argument("--y", type=int, default=1)
    b = a.add_subparsers(dest="two", required=True).add_parser("b")
    b.add_argument("--x", type=int)
    b.add_argument("--w", action="store_true", default=argparse.SUPPRESS)
    c = b.add_subparsers(dest="one").add_parser("c")
    c.add_argument("--x", type=str)
    return parser


@case("a 1", "b", "--x 1 b", "")
def a_shared_destination(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", dest="v", default="top")
    subs = parser.add_subparsers(dest="v")
    subs.add_parser("a").add_argument("v")
    subs.add_parser("b")
    return parser


# Classes of users


def _subclass(P: Any) -> Any:
    class Mixin:
        def greet(self) -> str:
            return "hello"

    class Users(Mixin, P):  # type: ignore[misc]
        def __init__(self, flavour: str = "plain", **more: Any) -> None:
            self.flavour = flavour
            super().__init__(**more)
            self.add_argument("--flavour", default=flavour)

        def error(self, message: str) -> Any:
            print("own error:", message)
            raise SystemExit(9)

        def convert_arg_line_to_args(self, line: str) -> list[str]:
            return line.split()

        def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
            self.add_argument("--late", type=int, default=4)
            return super().parse_args(args, namespace)

        def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
            found, rest = super().parse_known_args(args, namespace)
            found.seen = True
            return found, [*rest]

    return Users


@case("", "--flavour x", "--late 1", "--late no", "@args", "--bad")
def a_class_of_the_users(P: Any) -> Any:
    Path("args").write_text("--late 3\n--flavour  y\n")
    return _subclass(P)("sweet", fromfile_prefix_chars="@")


@case("run", "run --bad", "run --flavour x", "")
def a_class_of_the_users_with_commands(P: Any) -> Any:
    parser = _subclass(P)()
    parser.add_subparsers(dest="c").add_parser("run", flavour="sub")
    return parser


@case("", "--x 1", "--x bad")
def exit_that_does_not_exit(P: Any) -> Any:
    class Stays(P):  # type: ignore[misc]
        def exit(self, status: int = 0, message: str | None = None) -> Any:
            raise RuntimeError(f"{status} {message}")

    parser = Stays()
    parser.add_argument("--x", type=int)
    return parser


class Noted(argparse.Action):
    """Says when it is called, with what, and what the namespace holds."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        print(parser.prog, sorted(vars(namespace)), values, option_string, type(namespace).__mro__[-2].__name__)
        print(hasattr(namespace, "run"))
        setattr(namespace, self.dest, values)


@case("", "--x 1", "--x 1 --x 2 p", "sub --y 1", "--x 1 sub", "--x")
def actions_and_types_are_called_as_ever(P: Any) -> Any:
    def noted(text: str) -> str:
        print("type", text)
        return text + "!"

    parser = P()
    parser.add_argument("--x", action=Noted, type=noted, default="dx")
    parser.add_argument("--z", type=noted, default="dz")
    sub = parser.add_subparsers(dest="c").add_parser("sub")
    sub.add_argument("--y", action=Noted, type=noted, default="dy")
    return parser


@case("", "--x 1", "--h", "--upper a")
def registered_actions_and_types(P: Any) -> Any:
    parser = P()
    parser.register("type", "upper", str.upper)
    parser.register("action", "noted", Noted)
    parser.add_argument("--upper", type="upper")
    parser.add_argument("--x", action="noted")
    return parser


class Takes(argparse.Action):
    """An action that has keywords of the names that are ours."""

    def __init__(self, option_strings: Any, dest: str, volatile: int, secret: str = "s", **more: Any) -> None:
        self.said = volatile, secret
        super().__init__(option_strings, dest, **more)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, (values, self.said))


@case("", "--x 1")
def actions_with_keywords_of_our_names(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", action=Takes, volatile=3, secret="mine")
    parser.add_argument_group("g").add_argument("--y", action=Takes, volatile=4)
    return parser


@case("", "--x 1 --y", "--old", "--old --x 1", "--bad")
def messages_in_another_language(P: Any) -> Any:
    parser = P()
    parser.add_argument("--x", type=int, required=True)
    parser.add_argument("--y")
    return parser


def test_messages_are_translated_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shouts(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper() if "%" not in message else f"<<{message}>>"

    shouts = Shouts()
    monkeypatch.setattr(argparse, "_", shouts.gettext)

    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind()
        parser.add_argument("--x", type=int, required=True)
        return parser.parse_args(argv)

    for argv in ([], ["--x", "q"], ["--x", "1", "z"], ["-h"]):
        assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


@pytest.mark.parametrize("columns", ["10", "40", "300"])
def test_help_wraps_as_ever(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    def program(kind: Any, argv: list[str]) -> Any:
        return _two_commands(kind, dest="command").parse_args(["train", "-h"])

    assert duel.run(duel.Hidden, program, []) == duel.run(duel.Plain, program, [])
    assert os.environ["COLUMNS"] == columns
