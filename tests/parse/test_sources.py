"""For every param its default, and where its value came from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duel
import pytest

from exparse.parse import collect


class Recording(duel.Silent):
    """Records nothing, and says what would have been recorded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"record": False, **kwargs})


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that parses and returns the facts of the record."""
    kept: list[Any] = []
    make = collect.record

    def record(*asked: Any) -> Any:
        kept.append(make(*asked))
        return kept[-1]

    monkeypatch.setattr(collect, "record", record)

    def parse(parser: Any, *argv: str, way: str = "parse_args", **more: Any) -> dict[str, Any]:
        getattr(parser, way)(list(argv), **more)
        found: dict[str, Any] = kept[-1].facts
        return found

    return parse


def parser_with(*names: str, **settings: Any) -> Recording:
    parser = Recording(**settings)
    for name in names:
        parser.add_argument(name, default=f"default of {name}")
    return parser


def test_each_way_to_give_a_value_is_told(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("b: 1\nc: 1\nd: 1\n")
    (tmp_path / "b.yaml").write_text("c: 2\n")
    (tmp_path / "usual.yaml").write_text("d: 0\ne: 0\n")
    parser = parser_with(*(f"--{name}" for name in "abcdefg"), default_config_files=["usual.yaml", "missing.yaml"])
    parser.register_setter(lambda args: setattr(args, "f", "set"))
    namespace = argparse.Namespace(g="there", h="too")
    line = ["--config", "a.yaml", "--config", "b.yaml", "--a", "1"]
    found = facts(parser, *line, namespace=namespace)
    assert found["sources"] == {
        "a": "command line",
        "b": f"config {tmp_path / 'a.yaml'}",
        "c": f"config {tmp_path / 'b.yaml'}",
        "d": f"config {tmp_path / 'a.yaml'}",
        "e": f"default file {tmp_path / 'usual.yaml'}",
        "f": "setter",
        "g": "namespace",
        "h": "namespace",
    }
    assert found["defaults"] == {name: f"default of --{name}" for name in "abcdefg"}


def test_what_is_not_said_is_the_default(facts: Any) -> None:
    found = facts(parser_with("--a", "--b"), "--b", "1")
    assert found["sources"] == {"a": "default", "b": "command line"} and found["given"] == ["b"]
    assert facts(parser_with("--a", "--b"))["sources"] == {"a": "default", "b": "default"}


def test_the_command_line_comes_before_a_saved_value_wherever_it_stands(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    for line in (["--a", "2", "--config", "a.yaml"], ["--config", "a.yaml", "--a", "2"]):
        assert facts(parser_with("--a"), *line)["sources"] == {"a": "command line"}


def test_a_saved_value_that_an_alternative_excludes_is_none(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\n")
    parser = Recording()
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--a")
    group.add_argument("--b")
    assert facts(parser, "--config", "a.yaml", "--b", "2")["sources"] == {"a": "default", "b": "command line"}


def test_sub_commands_and_defaults_of_the_parser_have_their_sources(facts: Any) -> None:
    parser = parser_with("--a")
    sub = parser.add_subparsers(dest="c").add_parser("sub")
    sub.add_argument("--b", type=int, default=3)
    sub.set_defaults(func=print, level=1)
    found = facts(parser, "sub", "--b", "4")
    sources = {"a": "default", "b": "command line", "c": "command line", "func": "default", "level": "default"}
    assert found["sources"] == sources
    assert found["defaults"] == {"a": "default of --a", "b": 3, "c": None, "level": 1}


def test_a_saved_sub_command_has_its_source(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("c: sub\nb: 5\n")
    parser = Recording()
    parser.add_subparsers(dest="c").add_parser("sub").add_argument("--b", type=int)
    assert set(facts(parser, "--config", "a.yaml")["sources"].values()) == {f"config {tmp_path / 'a.yaml'}"}
    found = facts(parser, "--config", "a.yaml", "sub")["sources"]
    assert found == {"c": "command line", "b": f"config {tmp_path / 'a.yaml'}"}
    assert facts(parser)["sources"] == {"c": "default"}


def test_an_intermixed_parse_tells_the_same(facts: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: 1\nrest: [x]\n")
    parser = parser_with("--a", "--b")
    parser.add_argument("rest", nargs="*")
    found = facts(parser, "--config", "a.yaml", "--b", "2", way="parse_intermixed_args")
    assert found["sources"]["a"] == f"config {tmp_path / 'a.yaml'}" and found["sources"]["b"] == "command line"


def test_defaults_are_told_in_a_plain_form_or_in_words(facts: Any) -> None:
    parser = Recording()
    for name, default in {
        "number": 3,
        "text": "t",
        "nothing": None,
        "path": Path("a") / "b",
        "pair": (1, 2),
        "function": len,
        "large": list(range(5_000)),
        "long": "x" * 20_000,
    }.items():
        parser.add_argument(f"--{name}", default=default)
    parser.add_argument("--typed", type=int, default="7")
    parser.add_argument("--absent", default=argparse.SUPPRESS)
    parser.add_argument("--flag", action="store_true")
    line = [
        word
        for name in ("number", "text", "nothing", "path", "pair", "function", "large", "long", "typed")
        for word in (f"--{name}", "1")
    ]
    expected = {"number": 3, "text": "t", "nothing": None, "path": "a/b", "pair": [1, 2], "flag": False}
    found = facts(parser, *line)["defaults"]
    assert {name: found[name] for name in expected} == expected
    assert found["function"] == "builtin_function_or_method len" and str(found["typed"]) == "7"
    assert not {"large", "long", "absent"} & found.keys()
    assert facts(parser)["defaults"]["typed"] == 7


class Odd:
    """A default that fails in every way when it is looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")


def test_no_default_can_make_it_fail(facts: Any) -> None:
    recursive: list[Any] = []
    recursive.append(recursive)
    parser = Recording()
    parser.add_argument("--odd", default=Odd())
    parser.add_argument("--self", default=recursive)
    parser.add_argument("--half", default="\udcff")
    found = facts(parser, "--odd", "1", "--self", "2", "--half", "3")
    assert set(found["sources"].values()) == {"command line"}
    assert "self" not in found["defaults"] or isinstance(found["defaults"]["self"], str)


def test_secrets_have_neither_default_nor_source(facts: Any) -> None:
    parser = parser_with("--a")
    parser.add_argument("--login", default="login-default-1", secret=True)
    parser.add_argument("--api-key")
    found = facts(parser, "--login", "login-1", "--api-key", "given-key-1")
    assert found["sources"] == {"a": "default"} and found["defaults"] == {"a": "default of --a"}


def test_the_command_line_as_typed_is_told_without_secrets(script: Any, tmp_path: Path) -> None:
    source = """
        import sys
        from exparse import ExParser
        parser = ExParser()
        parser.add_argument("--password")
        args = parser.parse_args()
        print(args.run.metadata["typed"] == [*sys.orig_argv[:-1], "--password=******"], args.run.metadata["sources"])
    """
    assert script(source, "--password=hunter2").stdout == "True {}\n"


def test_two_stages_with_one_namespace_keep_what_the_first_gave(script: Any) -> None:
    source = """
        from exparse import ExParser
        first = ExParser()
        first.add_argument("--a", default="x")
        args, rest = first.parse_known_args()
        second = ExParser()
        second.add_argument("--b", default="y")
        args = second.parse_args(rest, args)
        print(sorted(args.run.metadata["sources"].items()))
    """
    answer = script(source, "--a", "1", "--b", "2")
    assert answer.stdout == "[('a', 'command line'), ('b', 'command line')]\n", answer.stderr
