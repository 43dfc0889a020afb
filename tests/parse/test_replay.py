"""The law of replay: what a command line gives, its recorded params give too, types included."""

from __future__ import annotations

import argparse
import datetime
import enum
import json
import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from exparse import ExParser, boolean, optional
from exparse.parse.namespace import Namespace

Build = Callable[[Any], None]


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Pairs(argparse.Action):
    """A user's action: collects key=value into a dict."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        found = dict(getattr(namespace, self.dest) or {})
        found.update(value.split("=", 1) for value in values)
        setattr(namespace, self.dest, found)


class AsPath(argparse.Action):
    """A user's action: stores something that YAML cannot hold."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, Path(values))


class Shout(argparse.Action):
    """A user's action: what it stores is no text that gives the same once more."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, values + "!")


class Two(argparse.Action):
    """A user's action that sets a second attribute."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, values)
        namespace.second = len(values)


class Load(argparse.Action):
    """A user's action that sets other params, as one that reads a file of settings does."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        for name, text in (pair.split("=") for pair in values.split(",")):
            setattr(namespace, name, json.loads(text) if text[0].isdigit() else text)
        setattr(namespace, self.dest, values)


def date(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def number_or_auto(text: str) -> Any:
    return text if text == "auto" else int(text)


def option(*args: Any, **kwargs: Any) -> Build:
    def build(parser: Any) -> None:
        parser.add_argument(*args, **kwargs)

    return build


def several(*builds: Build) -> Build:
    def build(parser: Any) -> None:
        for one in builds:
            one(parser)

    return build


def alternatives(required: bool, *builds: Build) -> Build:
    def build(parser: Any) -> None:
        group = parser.add_mutually_exclusive_group(required=required)
        for one in builds:
            one(group)

    return build


def commands(dest: str | None = None, required: bool = False) -> Build:
    def build(parser: Any) -> None:
        parser.add_argument("--seed", type=int, default=0)
        kwargs: dict[str, Any] = {"required": required} if required and dest else {}
        if dest:
            kwargs["dest"] = dest
        subs = parser.add_subparsers(**kwargs)
        train = subs.add_parser("train", aliases=["t"])
        train.add_argument("data", type=Path)
        train.add_argument("--lr", type=float, default=0.1)
        train.add_argument("--tags", action="append")
        train.set_defaults(func=date)
        remote = subs.add_parser("remote")
        inner = remote.add_subparsers(dest="what")
        add = inner.add_parser("add")
        add.add_argument("name")
        add.add_argument("--seed", type=int, default=7)
        inner.add_parser("list").add_argument("-v", action="count")

    return build


CASES: dict[str, tuple[Build, list[list[str]]]] = {
    "text": (
        option("--x"),
        [[], ["--x", "a"], ["--x", ""], ["--x", "None"], ["--x", "null"], ["--x", "no"], ["--x", "1e3"]],
    ),
    "odd texts": (
        option("--x"),
        [["--x", t] for t in ("012", "1:30", "2026-11-21", "~", "a: b", "# c", " a", "é", "😀", "a\nb", "\udcff")],
    ),
    "dashed texts": (option("--x"), [["--x=-1"], ["--x=--y"], ["--x=-"]]),
    "text with a default": (option("--x", default="d"), [[], ["--x", "d"], ["--x", "e"]]),
    "int": (
        option("--x", type=int, default=1),
        [[], ["--x", "5"], ["--x", "-5"], ["--x", "1"], ["--x", "9" * 50]],
    ),
    "int by text default": (option("--x", type=int, default="3"), [[], ["--x", "3"], ["--x", "4"]]),
    "float": (
        option("--x", type=float),
        [[f"--x={t}"] for t in ("1", "1e-4", "1e300", "inf", "-inf", "0.1", "1e22", "-0.0")],
    ),
    "nan": (option("--x", type=float, default=0.0), [["--x", "nan"]]),
    "complex": (option("--x", type=complex, default=1j), [[], ["--x", "1+2j"]]),
    "fraction": (option("--x", type=Fraction), [["--x", "1/3"]]),
    "bool of argparse": (option("--x", type=bool, default=False), [[], ["--x", "False"], ["--x", ""]]),
    "boolean": (option("--x", type=boolean, default=True), [[], ["--x", "F"], ["--x", "yes"]]),
    "optional": (option("--x", type=optional(int), default=3), [[], ["--x", "none"], ["--x", "4"]]),
    "path": (option("--x", type=Path, default=Path("a")), [[], ["--x", "b/c"], ["--x", "a"]]),
    "path by text default": (option("--x", type=Path, default="a"), [[], ["--x", "b"]]),
    "enum": (
        option("--x", type=Colour, default=Colour.RED, choices=list(Colour)),
        [[], ["--x", "blue"], ["--x", "red"]],
    ),
    "date": (option("--x", type=date, default=date("2020-01-01")), [[], ["--x", "2026-11-21"]]),
    "json": (
        option("--x", type=json.loads, default=None),
        [["--x", t] for t in ('"a"', '"\\"a\\""', "[1, 2]", '{"a": [null]}', "null", "5")],
    ),
    "type that is not idempotent": (
        option("--x", type=lambda s: s + "!", default="d"),
        [[], ["--x", "a"], ["--x", "a!"]],
    ),
    "type that doubles": (option("--x", type=lambda s: int(s) * 2), [["--x", "3"]]),
    "number or text": (
        option("--x", type=number_or_auto, default="auto"),
        [[], ["--x", "5"], ["--x", "auto"]],
    ),
    "tuple of a text": (option("--x", type=lambda s: tuple(s.split(","))), [["--x", "a,b"]]),
    "list of a text": (option("--x", type=lambda s: s.split(",")), [["--x", "a,b"], ["--x", "1"]]),
    "choices": (option("--x", choices=["a", "b"], default="none of them"), [[], ["--x", "b"]]),
    "int choices": (option("--x", type=int, choices=range(5)), [[], ["--x", "3"]]),
    "nargs ?": (option("--x", nargs="?", const="c", default="d"), [[], ["--x"], ["--x", "e"]]),
    "nargs ? int": (option("--x", nargs="?", type=int, const=5, default=None), [[], ["--x"], ["--x", "6"]]),
    "nargs ? of a function": (option("--x", nargs="?", const=date, default=None), [[], ["--x"]]),
    "nargs ? text const with type": (
        option("--x", nargs="?", type=lambda s: s + "!", const="c"),
        [["--x"], ["--x", "c"]],
    ),
    "nargs 2": (option("--x", nargs=2, type=int, default=(1, 2)), [[], ["--x", "3", "4"]]),
    "nargs 1": (option("--x", nargs=1, type=Path), [["--x", "a"]]),
    "nargs +": (option("--x", nargs="+", type=float, default=[1]), [[], ["--x", "2", "3e-5"]]),
    "nargs *": (
        option("--x", nargs="*", type=int, default=[1]),
        [[], ["--x"], ["--x", "1"], ["--x", "1", "2"]],
    ),
    "nargs * of paths": (option("--x", nargs="*", type=Path), [["--x", "a", "b"]]),
    "remainder option": (option("--x", nargs=argparse.REMAINDER), [["--x", "--config", "1"], []]),
    "store_true": (option("--x", action="store_true"), [[], ["--x"]]),
    "store_true by default": (option("--x", action="store_true", default=True), [[]]),
    "store_false": (option("--x", action="store_false"), [[], ["--x"]]),
    "store_const": (option("--x", action="store_const", const=42, default=0), [[], ["--x"]]),
    "store_const of a function": (
        option("--x", dest="f", action="store_const", const=sum, default=max),
        [[], ["--x"]],
    ),
    "store_const of a text": (option("--x", action="store_const", const="yes"), [[], ["--x"]]),
    "logging level": (
        option("-d", dest="level", action="store_const", const=logging.DEBUG, default=logging.WARNING),
        [[], ["-d"]],
    ),
    "boolean optional": (
        option("--x", action=argparse.BooleanOptionalAction, default=None),
        [[], ["--x"], ["--no-x"]],
    ),
    "count": (option("-v", action="count"), [[], ["-v"], ["-vvv"]]),
    "count with a default": (option("-v", action="count", default=2), [[], ["-v"], ["-vv"]]),
    "append": (option("--x", action="append"), [[], ["--x", "a"], ["--x", "a", "--x", "no"]]),
    "append with a default": (
        option("--x", action="append", type=int, default=[7]),
        [[], ["--x", "1"], ["--x", "1", "--x", "2"]],
    ),
    "append of paths": (option("--x", action="append", type=Path, default=[Path("d")]), [[], ["--x", "a"]]),
    "append nargs": (
        option("--x", action="append", nargs=2, type=Path),
        [["--x", "a", "b"], ["--x", "a", "b", "--x", "c", "d"]],
    ),
    "append not idempotent": (
        option("--x", action="append", type=lambda s: s + "!"),
        [["--x", "a", "--x", "b"]],
    ),
    "extend": (
        option("--x", action="extend", nargs="+", type=int, default=[0]),
        [[], ["--x", "1", "2", "--x", "3"]],
    ),
    "extend of paths": (
        option("--x", action="extend", nargs="+", type=Path),
        [["--x", "a", "b", "--x", "c"]],
    ),
    "append_const": (
        several(
            option("--s", dest="t", action="append_const", const=str),
            option("--i", dest="t", action="append_const", const=int),
        ),
        [[], ["--s", "--i", "--s"]],
    ),
    "append_const of numbers": (
        option("--one", dest="n", action="append_const", const=1),
        [["--one", "--one"]],
    ),
    "one dest, one default suppressed": (
        several(
            option("--x", action="store_const", const=(1, 2), default=argparse.SUPPRESS),
            option("--y", dest="x", action="store_false", default="D"),
        ),
        [[], ["--x"], ["--y"]],
    ),
    "one dest, two types": (
        several(option("--a", dest="v", type=int), option("--b", dest="v")),
        [[], ["--a", "2"], ["--b", "2"], ["--a", "1", "--b", "2"], ["--b", "1", "--a", "2"]],
    ),
    "one list, several options": (
        several(
            option("--a", dest="v", action="append", type=int),
            option("--b", dest="v", action="append", type=float),
            option("--c", dest="v", action="append_const", const="K"),
            option("--e", dest="v", action="extend", nargs="+"),
        ),
        [["--a", "1", "--b", "2"], ["--c", "--a", "2"], ["--e", "1", "2", "--a", "4"], ["--b", "1"], ["--c"]],
    ),
    "given, and like a default of another type": (
        several(option("--w", nargs="+", type=int, default=(1, 2)), option("--p", default=Path("x"))),
        [["--w", "1", "2"], ["--p", "x"], ["--w", "1", "2", "--p", "y"]],
    ),
    "one dest, two flags": (
        several(option("--on", dest="x", action="store_true"), option("--off", dest="x", action="store_false")),
        [[], ["--on"], ["--off"], ["--on", "--off"]],
    ),
    "required": (option("--x", required=True, type=int), [["--x", "5"]]),
    "required none": (option("--x", required=True, type=optional(int)), [["--x", "none"]]),
    "positional": (option("x", type=int), [["5"], ["--", "-5"]]),
    "positional path": (several(option("src", type=Path), option("dst")), [["a", "b"]]),
    "positional ?": (option("x", nargs="?", default="d"), [[], ["a"]]),
    "positional *": (option("x", nargs="*"), [[], ["a"], ["a", "b"]]),
    "positional * with a default": (option("x", nargs="*", type=int, default=[1]), [[], ["5"], ["5", "6"]]),
    "positional +": (option("x", nargs="+", type=int), [["5"], ["5", "6"]]),
    "positional remainder": (
        several(option("cmd"), option("rest", nargs=argparse.REMAINDER)),
        [["run"], ["run", "--config", "x", "-y"]],
    ),
    "positional words": (
        option("words", nargs=argparse.PARSER, type=Path, choices=[Path("run"), Path("go")]),
        [["run"], ["go", "--config", "-y"]],
    ),
    "positional choice": (option("mode", choices=["train", "test"]), [["test"]]),
    "suppressed default": (option("--x", default=argparse.SUPPRESS), [[], ["--x", "a"]]),
    "alternatives": (
        alternatives(False, option("--a"), option("--b", type=int)),
        [[], ["--a", "1"], ["--b", "2"]],
    ),
    "required alternatives": (
        alternatives(True, option("--a", action="store_true"), option("--b", type=int)),
        [["--a"], ["--b", "2"]],
    ),
    "alternatives with a positional": (
        alternatives(False, option("--a"), option("p", nargs="?")),
        [[], ["--a", "1"], ["q"]],
    ),
    "action of pairs": (
        option("--x", action=Pairs, nargs="+"),
        [[], ["--x", "a=1", "b=2"], ["--x", "a=1", "--x", "b=no"]],
    ),
    "action of paths": (option("--x", action=AsPath), [[], ["--x", "a"]]),
    "action that shouts": (option("--x", action=Shout), [["--x", "a"], ["--x", "a", "--x", "b"]]),
    "action of two": (option("--x", action=Two), [["--x", "abc"], []]),
    "action that loads others": (
        several(
            option("--lr", type=float, default=0.1),
            option("--mode", default="none"),
            option("--load", action=Load),
            option("--steps", type=int, default=1),
        ),
        [["--load", "lr=0.5,mode=fast"], ["--load", "steps=7", "--steps", "8"], ["--lr", "3", "--load", "lr=4.5"]],
    ),
    "default function": (lambda p: p.set_defaults(func=date, mode="m"), [[]]),
    "commands without dest": (
        commands(),
        [
            ["train", "d"],
            ["t", "d", "--lr", "1e-3"],
            ["remote", "add", "n"],
            ["--seed", "4", "remote", "list", "-vv"],
            [],
        ],
    ),
    "commands with dest": (
        commands("cmd"),
        [
            ["train", "d", "--tags", "a", "--tags", "b"],
            ["--seed", "4", "remote", "add", "n", "--seed", "9"],
            [],
        ],
    ),
    "commands required": (
        commands("cmd", required=True),
        [["train", "d"], ["remote", "add", "n"], ["remote", "list"]],
    ),
    "long names": (option("--learning-rate", "-l", type=float, dest="rate", default=1.0), [["-l", "2"], []]),
}


def parser_of(build: Build, root: Path, cls: Any = ExParser, **kwargs: Any) -> Any:
    parser = cls(prog="prog", **({"root": root} if cls is ExParser else {}), **kwargs)
    build(parser)
    return parser


def strictly(value: Any) -> str:
    """A text that is equal only for values that are equal in type and content."""
    if isinstance(value, argparse.Namespace):
        return strictly(vars(value))
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{strictly(k)}: {strictly(v)}" for k, v in value.items())) + "}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}[{', '.join(map(strictly, value))}]"
    return f"{type(value).__name__} {value!r}"


CALLS = [
    pytest.param(build, argv, id=f"{name} {' '.join(argv)!a}")
    for name, (build, argvs) in CASES.items()
    for argv in argvs
]


@pytest.mark.parametrize(("build", "argv"), CALLS)
def test_recorded_params_give_what_the_command_line_gave(build: Build, argv: list[str], root: Path) -> None:
    plain = argparse.ArgumentParser(prog="prog")
    build(plain)
    expected = strictly(plain.parse_args(argv))
    first = parser_of(build, root).parse_args(argv)
    assert strictly(first) == expected
    for _ in range(2):
        saved = str(first.run / "params.yaml")
        again = parser_of(build, root).parse_args(["--config", saved])
        assert strictly(again) == expected
        assert strictly(again.run.params) == strictly(first.run.params)
        first = again


@pytest.mark.parametrize(("build", "argv"), CALLS)
def test_params_are_read_alike_by_every_safe_reader(build: Build, argv: list[str], root: Path) -> None:
    args = parser_of(build, root).parse_args(argv)
    text = (args.run / "params.yaml").read_text(encoding="utf-8")
    for loader in (yaml.SafeLoader, yaml.CSafeLoader):
        assert strictly(yaml.load(text, Loader=loader)) == strictly(args.run.params)
    assert set(args.run.params) <= set(vars(args))


def build_many(parser: Any) -> None:
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--title", default="x")
    parser.add_argument("--tags", action="append", type=str.upper)
    parser.add_argument("--verbose", "-v", action="count", default=0)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--norm", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--sizes", type=int, nargs="+")
    parser.add_argument("--pair", type=int, nargs=2)
    parser.add_argument("--mode", choices=["a", "b"])
    parser.add_argument("--zip", default="00000")
    parser.add_argument("--when")
    parser.add_argument("--on", action="store_true")
    parser.add_argument("--no-shuffle", dest="shuffle", action="store_false")
    parser.add_argument("--level", action="append_const", const=1)
    parser.add_argument("--quick", dest="speed", action="store_const", const="quick", default="slow")
    parser.add_argument("--safe", dest="speed", action="store_const", const=(1, 2))
    parser.add_argument("--token", secret=True) if isinstance(parser, ExParser) else None


def from_yaml(text: str, root: Path, *argv: str, **kwargs: Any) -> Any:
    file = root.parent / "conf.yaml"
    file.write_text(text, encoding="utf-8")
    return parser_of(build_many, root, **kwargs).parse_args(["--config", str(file), *argv])


@pytest.mark.parametrize(
    ("text", "dest", "value"),
    [
        ("lr: 1e-4", "lr", 0.0001),
        ("lr: 1", "lr", 1.0),
        ("lr: .inf", "lr", float("inf")),
        ("batch-size: 8", "batch_size", 8),
        ("batch_size: 8", "batch_size", 8),
        ("batch_size: '8'", "batch_size", 8),
        ("batch_size: 012", "batch_size", 12),
        ("zip: 01234", "zip", "01234"),
        ("zip: no", "zip", "no"),
        ("zip: 5", "zip", "5"),
        ("zip: 1.50", "zip", "1.50"),
        ("zip: true", "zip", "true"),
        ("zip: null", "zip", None),
        ("when: 2026-11-21", "when", "2026-11-21"),
        ("when: 1:30", "when", "1:30"),
        ("tags: [a, no]", "tags", ["A", "NO"]),
        ("tags: a", "tags", ["A"]),
        ("tags:\n- a\n- 5", "tags", ["A", "5"]),
        ("fast: yes", "fast", True),
        ("fast: 't'", "fast", True),
        ("norm: off", "norm", False),
        ("no-norm: true", "norm", False),
        ("no-norm: no", "norm", True),
        ("shuffle: false", "shuffle", False),
        ("no-shuffle: true", "shuffle", False),
        ("no_shuffle: false", "shuffle", True),
        ("verbose: 3", "verbose", 3),
        ("v: 3", "verbose", 0),
        ("sizes: [1, 2]", "sizes", [1, 2]),
        ("sizes: 1", "sizes", [1]),
        ("mode: b", "mode", "b"),
        ("on: true", "on", True),
        ("quick: true", "speed", "quick"),
        ("quick: false", "speed", "slow"),
        ("speed: quick", "speed", "quick"),
        ("safe: true", "speed", (1, 2)),
        ("safe: false", "speed", "slow"),
        ("token: abc", "token", "abc"),
        ("# nothing\n", "lr", 0.1),
    ],
)
def test_yaml_of_people_goes_through_the_option(text: str, dest: str, value: object, root: Path) -> None:
    if text.startswith("v:"):
        with pytest.raises(SystemExit):
            from_yaml(text, root)
        return
    first = from_yaml(text, root)
    assert strictly(getattr(first, dest)) == strictly(value)
    if dest != "token":
        again = parser_of(build_many, root).parse_args(["--config", first.run.name])
        assert strictly(again) == strictly(first), "and what is recorded of it gives it, too"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lr: fast", "argument --lr: invalid float value: 'fast'"),
        ("a: 1", "unrecognized key 'a'"),
        ("lrr: 1", "close to it: lr"),
        ("batch-siz: 1", "close to it: batch_size"),
        ("mode: c", "argument --mode: invalid choice: 'c'"),
        ("pair: [1, 2, 3]", "expected 2 arguments"),
        ("fast: maybe", "neither true nor false"),
        ("fast: 7", "expected true or false"),
        ("verbose: high", "invalid count"),
        ("lr: [1, 2]", "expected one value, not a list"),
        ("zip: {a: 1}", "expected one value, not a mapping"),
        ("level: true", "expected a list"),
        ("lr: 1\nlr: 2", "stands twice"),
        ("- 1", "a mapping"),
        ("lr: [", "no YAML"),
        ("lr: &x 1\nmode: *x", "alias"),
        ("lr: !!python/object/apply:os.system [ls]", "python/object"),
        ("lr: " + "[" * 80, "nested deeper"),
        ("sizes: [" + "1, " * 20_000 + "1]", "more than 10,000 values"),
        ("zip: " + "a" * 1_000_001, "larger than 1,000,000 bytes"),
    ],
)
def test_bad_yaml_is_a_usage_error_that_names_the_place(
    text: str, said: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        from_yaml(text, root)
    told = capsys.readouterr()
    assert end.value.code == 2
    assert said in told.err and "conf.yaml" in told.err and told.out == ""
    assert not root.exists()


def test_an_error_names_file_line_and_key(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        from_yaml("mode: a\nlr: fast", root)
    assert "conf.yaml, line 2, key 'lr')" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--mode", "a"], ["--mode=b"]])
def test_what_the_command_line_gives_need_not_be_right_in_the_file(argv: list[str], root: Path) -> None:
    assert from_yaml("mode: no such mode\nlr: 3", root, *argv).lr == 3.0


def test_a_type_is_not_called_for_a_saved_value_that_is_not_used(root: Path, tmp_path: Path) -> None:
    def opened(text: str) -> Any:
        return open(text, "w", encoding="utf-8")

    build = option("--out", type=opened, default=None)
    with parser_of(build, root).parse_args(["--out", "a.txt"]).out as stream:
        stream.write("kept")
    for argv in (["--config", "1", "--out", "b.txt"], ["--out", "b.txt", "--config", "1"]):
        parser_of(build, root).parse_args(argv).out.close()
    assert (tmp_path / "a.txt").read_text() == "kept"


def test_what_another_sub_command_saved_goes_through_this_ones_types(root: Path) -> None:
    def build(parser: Any) -> None:
        subs = parser.add_subparsers(dest="cmd")
        subs.add_parser("train").add_argument("--lr", type=float)
        subs.add_parser("eval").add_argument("--lr")

    parser_of(build, root).parse_args(["train", "--lr", "0.5"])
    assert parser_of(build, root).parse_args(["--config", "1", "eval"]).lr == "0.5"


def test_what_another_sub_command_set_by_itself_is_not_this_ones(root: Path) -> None:
    parser = ExParser(root=root)
    commands = parser.add_subparsers(dest="command")
    for name in ("train", "test"):
        command = commands.add_parser(name)
        command.add_argument("--lr", type=float)
        command.set_defaults(mode=f"mode of {name}")
    parser.parse_args(["train", "--lr", "0.5"])
    assert vars(parser.parse_args(["--config", "1", "test"])) == {"command": "test", "lr": 0.5, "mode": "mode of test"}


def test_an_action_of_the_users_is_called_with_what_people_write(root: Path, tmp_path: Path) -> None:
    class Double(argparse.Action):
        def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
            setattr(namespace, self.dest, 2 * values)

    (tmp_path / "a.yaml").write_text("lr: 1e-4\n")
    args = parser_of(option("--lr", type=float, action=Double), root).parse_args(["--config", "a.yaml"])
    assert args.lr == 2e-4
    assert parser_of(option("--lr", type=float, action=Double), root).parse_args(["--config", "1"]).lr == 2e-4


def test_marks_of_the_last_parse_count(root: Path) -> None:
    from exparse import Root

    parser = ExParser(root=root, automark=["gan"])
    parser.parse_known_args(["--gan", "q"])
    parser.add_argument("--gan")
    parser.parse_args(["--gan", "q"])
    assert list(Root(root).marks()) == ["gan/q"]


def test_a_file_of_one_line_is_no_pointer(root: Path, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("zip: model.yaml")
    assert parser_of(build_many, root).parse_args(["--config", "one.yaml"]).zip == "model.yaml"


def test_the_last_run_is_not_the_one_that_the_first_stage_began(root: Path) -> None:
    def parse(argv: list[str]) -> Any:
        parser = parser_of(option("--a", type=int, default=0), root)
        parser.parse_known_args(argv)
        parser.add_argument("--b", type=int, default=0)
        return parser.parse_args(argv)

    parse(["--a", "1", "--b", "2", "--name", "w"])
    assert vars(parse(["--config", "last"])) == {"a": 1, "b": 2}
    assert vars(parse(["--config", "w", "--name", "w"])) == {"a": 1, "b": 2}


def two_parsers(root: Path, argv: list[str], *options: Build) -> Any:
    first = parser_of(option("--cfg"), root, add_help=False)
    _, rest = first.parse_known_args(argv)
    return parser_of(several(*options), root).parse_args(rest)


def test_a_second_parser_goes_on_with_the_rest_of_the_first(root: Path) -> None:
    options = option("--lr", type=float, default=1.0), option("--heads", type=int, default=1)
    args = two_parsers(root, ["--cfg", "c", "--lr", "3", "--heads", "8", "--name", "w"], *options)
    assert vars(args) == {"lr": 3.0, "heads": 8} and args.run.label == "w"
    assert args.run.params == {"cfg": "c", "lr": 3.0, "heads": 8}
    assert args.run.metadata["argv"] == ["--cfg", "c", "--lr", "3", "--heads", "8", "--name", "w"]
    assert vars(two_parsers(root, ["--config", "w", "--lr", "2"], *options)) == {"lr": 2.0, "heads": 8}
    assert two_parsers(root, ["--no-record"], *options).run.recorded is False
    assert two_parsers(root, ["--tmp"], *options).run.path.parent.name == "tmp"


def test_the_same_parser_goes_on_with_its_own_rest(root: Path) -> None:
    def parse(argv: list[str]) -> Any:
        parser = parser_of(option("--a", type=int, default=0), root)
        _, rest = parser.parse_known_args(argv)
        parser.add_argument("--b", type=int, default=0)
        return parser.parse_args(rest)

    args = parse(["--a", "1", "--b", "2", "--name", "w"])
    assert (
        args.b == 2 and args.run.label == "w" and args.run.metadata["argv"] == ["--a", "1", "--b", "2", "--name", "w"]
    )
    assert parse(["--config", "w"]).b == 2
    assert parse(["--tmp"]).run.path.parent.name == "tmp"
    assert parse(["--no-record"]).run.recorded is False


def test_what_the_second_parser_defines_was_the_scripts_all_along(root: Path) -> None:
    options = option("--name", default="resnet"), option("--tmp", action="store_true"), option("--config")
    for name in ("foo", "my model"):
        args = two_parsers(root, ["--name", name, "--tmp", "--config", "c.yaml"], *options)
        assert vars(args) == {"name": name, "tmp": True, "config": "c.yaml"}
        assert args.run.label is None and args.run.path.parent.name == "runs"


def test_no_such_file_or_run_is_a_usage_error_with_near_names(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parser_of(build_many, root).parse_args(["--name", "baseline"])
    with pytest.raises(SystemExit) as end:
        parser_of(build_many, root).parse_args(["--config", "baselin7"])
    assert end.value.code == 2
    assert "baseline" in capsys.readouterr().err


@pytest.mark.parametrize("selector", ["1", "last", "base", "baseline", "000001", "@good"])
def test_config_takes_any_selector_of_one_run(selector: str, root: Path) -> None:
    from exparse import Root

    first = parser_of(build_many, root).parse_args(["--lr", "5", "--name", "baseline"])
    Root(root).mark("good", first.run)
    assert parser_of(build_many, root).parse_args(["--config", selector]).lr == 5


def test_config_takes_a_folder_and_an_index_link(root: Path) -> None:
    first = parser_of(build_many, root).parse_args(["--lr", "5"])
    link = root / "index" / f"{first.run.name}.yaml"
    assert link.is_symlink()
    for where in (first.run.path, link):
        assert parser_of(build_many, root).parse_args(["--config", str(where)]).lr == 5


def test_precedence_is_command_line_last_config_first_config_default_files_defaults(root: Path, tmp_path: Path) -> None:
    (tmp_path / "local.cfg").write_text("lr: 1\nbatch-size: 1\nzip: '1'\ntitle: one\n")
    (tmp_path / "a.yaml").write_text("lr: 2\nbatch_size: 2\nzip: '2'\n")
    (tmp_path / "b.yaml").write_text("lr: 3\nbatch_size: 3\n")
    args = parser_of(build_many, root, default_config_files=["missing.cfg", "local.cfg"]).parse_args(
        ["--config", "a.yaml", "--lr", "4", "--config", "b.yaml"]
    )
    assert (args.lr, args.batch_size, args.zip, args.title, args.mode) == (4.0, 3, "2", "one", None)


def test_a_later_recorded_default_wins_over_an_earlier_config(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("lr: 2\n")
    saved = parser_of(build_many, root).parse_args([]).run / "params.yaml"
    assert parser_of(build_many, root).parse_args(["--config", "a.yaml", "--config", str(saved)]).lr == 0.1


@pytest.mark.parametrize("argv", [["--config", "a.yaml", "--tags", "c"], ["--tags", "c", "--config", "a.yaml"]])
def test_what_accumulates_adds_to_the_config_wherever_that_stands(argv: list[str], root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tags: [a, b]\nverbose: 2\n")
    args = parser_of(build_many, root).parse_args([*argv, "-v"])
    assert args.tags == ["A", "B", "C"] and args.verbose == 3
    again = parser_of(build_many, root).parse_args(["--config", str(args.run.path)])
    assert strictly(again) == strictly(args)


def test_an_alternative_on_the_command_line_beats_the_recorded_one(root: Path) -> None:
    build = alternatives(True, option("--a"), option("--b", type=int))
    saved = str(parser_of(build, root).parse_args(["--a", "x"]).run.path)
    for argv in (["--config", saved, "--b", "2"], ["--b", "2", "--config", saved]):
        args = parser_of(build, root).parse_args(argv)
        assert (args.a, args.b) == (None, 2)


def test_the_next_parse_of_the_same_parser_knows_nothing_of_a_config(root: Path) -> None:
    build = several(option("--x", required=True), alternatives(True, option("--a"), option("--b")), option("pos"))
    parser = parser_of(build, root)
    saved = str(parser.parse_args(["--x", "1", "--a", "2", "p"]).run.path)
    assert parser.parse_args(["--config", saved]).x == "1"
    with pytest.raises(SystemExit):
        parser.parse_args(["--config", saved, "--no-such"])
    for argv in ([], ["--x", "1", "p"], ["--a", "2", "p"], ["--x", "1", "--a", "2"]):
        with pytest.raises(SystemExit) as end:
            parser.parse_args(argv)
        assert end.value.code == 2


def test_a_volatile_param_is_recorded_but_never_restored(root: Path, tmp_path: Path) -> None:
    def build(parser: Any) -> None:
        parser.add_argument_group("g").add_argument("--gpu", type=int, default=0, volatile=True)
        parser.add_argument("--lr", type=float, default=1.0)

    (tmp_path / "local.cfg").write_text("gpu: 5\nlr: 3\n")
    first = parser_of(build, root).parse_args(["--gpu", "3", "--lr", "2"])
    assert first.run.params == {"gpu": 3, "lr": 2.0}
    again = parser_of(build, root, default_config_files=["local.cfg"]).parse_args(["--config", "1"])
    assert (again.gpu, again.lr) == (0, 2.0)


def test_recorder_options_are_not_replayed(root: Path) -> None:
    first = parser_of(build_many, root).parse_args(["--tmp", "--name", "foo", "--lr", "2"])
    again = parser_of(build_many, root).parse_args(["--config", str(first.run.path)])
    assert again.lr == 2.0 and again.run.label is None and again.run.path.parent.name == "runs"


def test_a_key_of_an_older_script_is_one_warning(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = several(option("--x", type=int, default=1), option("--gone"), option("--lost"))
    saved = str(parser_of(old, root).parse_args(["--x", "5", "--gone", "1"]).run.path)
    args = parser_of(option("--x", type=int, default=1), root).parse_args(["--config", saved])
    assert args.x == 5 and vars(args) == {"x": 5}
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "'gone'" in told and "'lost'" in told


def test_params_of_exman_are_read(root: Path, tmp_path: Path) -> None:
    (tmp_path / "old.yaml").write_text(
        "arg1: 10\nroot: runs/000001-2018-07-01-10-00-00\ntmp: false\ngit_dirty: false\nname: foo\n"
        "config_file: null\ntime: '2018-07-01T10:00:00'\nid: 1\n"
    )
    assert parser_of(option("--arg1", type=int), root).parse_args(["--config", "old.yaml"]).arg1 == 10


def test_an_edited_record_is_what_people_expect(root: Path) -> None:
    first = parser_of(several(option("--out", type=Path), option("--lr", type=float)), root).parse_args(
        ["--out", "a", "--lr", "1"]
    )
    file = first.run / "params.yaml"
    file.write_text(file.read_text().replace("out: a", "out: b").replace("lr: 1.0", "lr: 1e-3"))
    again = parser_of(several(option("--out", type=Path), option("--lr", type=float)), root).parse_args(
        ["--config", str(file)]
    )
    assert again.out == Path("b") and again.lr == 0.001


def test_an_edited_value_beats_the_recipe_beside_it(root: Path) -> None:
    build = option("--x", action=AsPath, default=None)
    file = parser_of(build, root).parse_args(["--x", "a"]).run / "params.yaml"
    file.write_text(file.read_text().replace("\nx: a", "\nx: b"))
    assert str(parser_of(build, root).parse_args(["--config", str(file)]).x) == "b"


def test_what_cannot_come_back_is_named_in_a_comment(root: Path) -> None:
    args = parser_of(lambda p: p.set_defaults(func=date, stream=open), root).parse_args([])
    text = (args.run / "params.yaml").read_text()
    assert "# func: function date; keeps its default" in text and "# stream: " in text
    assert args.run.params == {}


def test_options_and_a_positional_of_one_dest_are_repeated_in_their_order(root: Path) -> None:
    build = several(option("y", type=int), option("--y", action="count", default=None))
    first = parser_of(build, root).parse_args(["1", "--y"])
    again = parser_of(build, root).parse_args(["--config", first.run.name])
    assert first.y == again.y == 2


@pytest.mark.parametrize("argv", [["--x=--"], ["--x", "1"]])
def test_what_argparse_makes_of_two_dashes_comes_back_whatever_that_is(argv: list[str], root: Path) -> None:
    build = option("--x", nargs=1)
    first = parser_of(build, root).parse_args(argv)
    assert parser_of(build, root).parse_args(["--config", first.run.name]) == first


def test_an_open_file_is_opened_again(root: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("hello")

    def opened(text: str) -> Any:
        return open(text, encoding="utf-8")

    with parser_of(option("--x", type=opened), root).parse_args(["--x", "in.txt"]).x as first:
        assert first.read() == "hello"
    with parser_of(option("--x", type=opened), root).parse_args(["--config", "1"]).x as again:
        assert again.read() == "hello"


def test_parse_known_args_passes_over_keys_that_come_later(root: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x: 5\ny: 6\n")
    parser = parser_of(option("--x", type=int), root)
    assert parser.parse_known_args(["--config", "a.yaml"])[0].x == 5
    parser.add_argument("--y", type=int)
    assert vars(parser.parse_args(["--config", "a.yaml"])) == {"x": 5, "y": 6}


def test_intermixed_parses_restore_positionals(root: Path) -> None:
    build = several(option("--x", type=int), option("src"), option("rest", nargs="*", type=int))
    first = parser_of(build, root).parse_intermixed_args(["a", "1", "--x", "3", "2"])
    assert strictly(first) == strictly(argparse.Namespace(x=3, src="a", rest=[1, 2]))
    again = parser_of(build, root).parse_intermixed_args(["--config", str(first.run.path)])
    assert strictly(again) == strictly(first)


def test_plain_sub_parsers_below_an_exparser_are_restored(root: Path) -> None:
    def build(parser: Any) -> None:
        subs = parser.add_subparsers(dest="cmd", parser_class=argparse.ArgumentParser)
        subs.add_parser("train").add_argument("--out", type=Path)

    first = parser_of(build, root).parse_args(["train", "--out", "a"])
    assert first.run.params == {"cmd": "train", "out": "a"}
    assert strictly(parser_of(build, root).parse_args(["--config", "1"])) == strictly(first)


def test_a_parse_without_configs_is_a_namespace_like_any_other(root: Path) -> None:
    args = parser_of(build_many, root).parse_args([])
    assert type(args) is Namespace and isinstance(args, argparse.Namespace)
    assert args == argparse.Namespace(**vars(args))


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_any_plain_value_of_any_type_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    root = tmp_path_factory.mktemp("law") / "exruns"
    build = option("--x", type=lambda text: json.loads(text), default=5)
    first = parser_of(build, root).parse_args([f"--x={json.dumps(value)}"])
    again = parser_of(build, root).parse_args(["--config", str(first.run.path)])
    assert strictly(again.x) == strictly(first.x)


@given(st.text(alphabet=st.characters(exclude_characters="\0"), min_size=1))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    # Up to Python 3.12 argparse itself makes an empty list of "--x=--".
    assume(text != "--")
    root = tmp_path_factory.mktemp("law") / "exruns"
    first = parser_of(option("--x", default="d"), root).parse_args([f"--x={text}"])
    again = parser_of(option("--x", default="d"), root).parse_args(["--config", str(first.run.path)])
    assert again.x == first.x == text


def below(sets: dict[str, Any]) -> Build:
    def build(parser: Any) -> None:
        parser.add_subparsers(dest="cmd").add_parser("train").set_defaults(**sets)

    return build


@pytest.mark.parametrize(
    ("build", "argv", "given", "expected"),
    [
        (several(option("--x", default="no"), below({"x": "yes"})), ["train"], None, "yes"),
        (several(option("--x", type=str.upper, default="no"), below({"x": "YES"})), ["train"], None, "YES"),
        (several(option("--x", type=Path, default="no"), below({"x": Path("yes")})), ["train"], None, "yes"),
        (several(option("--x", type=Path, default="no"), below({"y": 1})), ["train"], None, "no"),
        (several(option("--x", default="no"), option("--load", action=Load)), ["--load", "x=yes"], None, "yes"),
        (option("--x", default="no"), [], {"x": "yes"}, "yes"),
        (option("--x", type=lambda text: text + "!", default="no"), [], None, "no"),
        (option("x", nargs="?", type=lambda text: text + "!", default="no"), [], None, "no"),
        (several(option("--y", dest="x", type=int, default="1"), option("--x", type=Path)), [], None, 1),
    ],
)
def test_a_text_default_is_recorded_only_where_the_option_made_the_value_of_it(
    build: Build, argv: list[str], given: Any, expected: Any, root: Path
) -> None:
    namespace = None if given is None else argparse.Namespace(**given)
    first = parser_of(build, root).parse_args(argv, namespace)
    assert first.run.params["x"] == expected
    again = parser_of(build, root).parse_args(["--config", "1"])
    assert strictly(again) == strictly(first) and again.run.params == first.run.params


@pytest.mark.parametrize("argv", [[], ["--x", "b"]])
def test_two_stages_into_one_namespace_record_what_it_holds(argv: list[str], root: Path) -> None:
    build = option("--x", type=lambda text: Path(f"in/{text}"), default="a")
    first, rest = parser_of(build, root).parse_known_args(argv)
    args = parser_of(several(build, option("--y")), root).parse_args(rest, first)
    assert args.x == Path("in", argv[-1] if argv else "a")
    assert args.run.params["x"] == ("in/b" if argv else "a")


def test_two_stages_into_one_namespace_keep_the_default_of_the_first(root: Path) -> None:
    for argv in ([], ["--config", "1"]):
        first, rest = parser_of(option("--x", default="a"), root).parse_known_args(argv)
        args = parser_of(several(option("--x", default="b"), option("--y")), root).parse_args(rest, first)
        assert vars(args) == args.run.params == {"x": "a", "y": None}


def test_a_parser_that_leaves_all_its_words_to_another_is_recorded_too(root: Path) -> None:
    args = two_parsers(root, ["--lr", "3"], option("--lr", type=float))
    assert args.run.params == {"cfg": None, "lr": 3.0} and args.run.metadata["argv"] == ["--lr", "3"]
    assert vars(two_parsers(root, ["--config", "1"], option("--lr", type=float))) == {"lr": 3.0}


class Easy(dict):  # type: ignore[type-arg]
    """A mapping whose items are its attributes."""

    __setattr__ = dict.__setitem__

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Linked(dict):  # type: ignore[type-arg]
    """A mapping whose attributes are its items."""

    def __init__(self) -> None:
        super().__init__()
        self.__dict__ = self


def bare() -> Any:
    class Settings:
        """Attributes of a class."""

        limit = 3

    return Settings


@pytest.mark.parametrize("made", [Easy, Linked, bare])
def test_a_namespace_of_another_kind_is_recorded_and_comes_back(made: Any, root: Path) -> None:
    build = several(option("--rate", type=float, default=0.1), commands("cmd"))
    for number, line in enumerate((["--rate", "3", "train", "d"], ["--config", "1"]), start=1):
        namespace = parser_of(build, root).parse_args(line, made())
        assert (namespace.rate, namespace.cmd, namespace.data) == (3.0, "train", Path("d"))
        text = next((root / "index").glob(f"{number:06}-*")).read_text(encoding="utf-8")
        assert yaml.safe_load(text) == {"rate": 3.0, "lr": 0.1, "seed": 0, "cmd": "train", "data": "d", "tags": None}


def test_a_default_that_holds_itself_costs_nobody_the_given_value(root: Path) -> None:
    default: list[Any] = [1]
    default.append(default)
    args = parser_of(option("--x", default=default), root).parse_args(["--x", "3"])
    assert args.x == "3" and args.run.params == {"x": "3"}


def test_who_goes_through_a_namespace_finds_params_only(root: Path) -> None:
    args = parser_of(option("--x"), root).parse_args([])
    assert [name for name in dir(args) if name[0] != "_"] == ["x"] and args.run.recorded
    assert "run" in dir(parser_of(option("--run"), root).parse_args([]))
