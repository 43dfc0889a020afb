"""The drop-in law where more than one parser, parse or namespace takes part, and for what is returned."""

from __future__ import annotations

import argparse
import copy
import json
import pickle
import re
import subprocess
import sys
import threading
from typing import Any

import duel
import pytest

from exparse import ExParser, current_run


def both(program: Any, *argv: str) -> tuple[Any, ...]:
    """Run a program with both classes, and return what came of it after checking that it is the same."""
    ours, plain = duel.run(duel.Hidden, program, argv), duel.run(duel.Plain, program, argv)
    assert ours == plain
    return ours


def test_arguments_may_come_from_any_iterable() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x")
        parser.add_argument("rest", nargs="*")
        given = (argv, tuple(argv), iter(argv), (arg for arg in argv), {"--x": 1, "2": 2}, "ab")
        return [parser.parse_args(args) for args in given] + [parser.parse_known_args(iter(argv))[0]]

    assert both(program, "--x", "1", "2")[0] == "value"


@pytest.mark.parametrize(
    "args",
    [[1], ["--x", 1], [None], [b"--x"], 3, ["--x", "1", 2]],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_arguments_that_are_no_text_fail_as_ever(args: Any) -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x")
        parser.add_argument("rest", nargs="*")
        return parser.parse_args(args)

    assert duel.run(duel.Hidden, program, [])[:2] == duel.run(duel.Plain, program, [])[:2]


def test_two_stages_give_the_same() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--model", default="a")
        first, rest = parser.parse_known_args()
        parser.add_argument(f"--{first.model}-size", type=int, default=3)
        parser.set_defaults(model="later")
        second, more = parser.parse_known_args(rest, first)
        parser.add_argument("--last")
        return rest, more, parser.parse_args(), first is second

    assert both(program, "--model", "b", "--b-size", "4", "--last", "z")[0] == "value"
    assert both(program, "--b-size", "4")[0] == "exit"


def test_a_given_namespace_is_filled_and_returned() -> None:
    class Slots:
        __slots__ = ("x", "y")

    class Protocol:
        def __init__(self) -> None:
            object.__setattr__(self, "log", [])

        def __setattr__(self, name: str, value: Any) -> None:
            self.log.append((name, value))
            object.__setattr__(self, name, value)

    class Mine(argparse.Namespace):
        run = "class attribute"

    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x", type=int, default="3")
        parser.add_argument("--y")
        found: list[Any] = []
        for given in (argparse.Namespace(x=9, z=1), Slots(), Protocol(), Mine(y=2), type("Bare", (), {})):
            parsed = parser.parse_args(argv, namespace=given)
            assert parsed is given
            found.append((parsed.x, parsed.y, getattr(parsed, "log", None)))
        return found

    assert both(program, "--x", "1")[0] == "value"
    assert both(program)[0] == "value"


def test_a_namespace_of_ours_can_be_parsed_into_again() -> None:
    parser = ExParser(record=False)
    parser.add_argument("--x", type=int)
    parser.add_argument("--run", default="d")
    first = parser.parse_args(["--x", "1"])
    again = parser.parse_args([], namespace=first)
    assert again is first and vars(again) == {"x": 1, "run": "d"}


def test_a_type_may_parse_with_a_parser_of_its_own() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        inner = P(prog="inner")
        inner.add_argument("--a", type=int)
        inner.add_argument("--name")
        parser = P()
        parser.add_argument("--x", type=lambda text: inner.parse_args(text.split()))
        parser.add_argument("--y", type=int)
        return parser.parse_args()

    assert both(program, "--x", "--a=bad", "--y", "2")[0] == "exit"
    assert both(program, "--x=--a 1 --name n", "--y", "2")[0] == "value"
    assert both(program, "--x=--a bad")[0] == "exit"


def test_the_reverse_a_plain_parser_over_sub_parsers_of_ours() -> None:
    def build(P: Any, argv: list[str]) -> Any:
        parser = argparse.ArgumentParser(prog="top")
        subs = parser.add_subparsers(dest="c", parser_class=P)
        subs.add_parser("run").add_argument("--x", type=int)
        return parser.parse_args(argv), parser.parse_known_args(argv)

    for argv in (["run", "--x", "1"], ["run", "--bad"], ["run", "--name", "n"], ["run", "-h"], ["run"]):
        assert both(build, *argv)


def test_parsers_can_be_copied() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x", type=int)
        parser.add_argument_group("g").add_argument("--y")
        parser.parse_args(["--x", "1"])
        twin = copy.deepcopy(parser)
        twin.add_argument("--z")
        return twin.parse_args(argv), parser.parse_known_args(argv)

    assert both(program, "--x", "2", "--z", "3")[0] == "value"


def test_what_inspects_a_parser_sees_the_scripts_options_only() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x", type=int)
        seen = []
        for _ in range(2):
            seen.append([action.option_strings for action in parser._actions])
            seen.append(sorted(parser._option_string_actions))
            seen.append([group.title for group in parser._action_groups])
            seen.append(sorted(vars(parser.parse_args([]))))
        return seen

    assert both(program)[0] == "value"


def test_required_options_stay_required_after_a_failed_and_a_good_parse() -> None:
    def program(P: Any, argv: list[str]) -> Any:
        parser = P()
        parser.add_argument("--x", required=True)
        return [
            duel.outcome(lambda args=args: parser.parse_args(args)) for args in ([], ["--x", "1"], [], ["--x", "2"])
        ]  # type: ignore[misc]

    assert both(program)[0] == "value"


# What is returned


def _args() -> tuple[Any, argparse.Namespace]:
    parser = ExParser(record=False)
    plain = argparse.ArgumentParser()
    for kind in (parser, plain):
        kind.add_argument("--x", type=int, default=1)
        kind.add_argument("--names", nargs="*", default=["a"])
    return parser.parse_args([]), plain.parse_args([])


def test_the_namespace_is_argparses_own_in_all_that_can_be_seen() -> None:
    ours, plain = _args()
    assert ours == plain and plain == ours and not ours != plain
    assert vars(ours) == vars(plain) and repr(ours) == repr(plain) and "x" in ours and "run" not in ours
    assert isinstance(ours, argparse.Namespace) and dict(**vars(ours)) == vars(plain)
    assert json.dumps(vars(ours)) == json.dumps(vars(plain)) and not hasattr(ours, "nothing")
    with pytest.raises(TypeError):
        hash(ours)


def test_copies_are_equal_and_have_the_run() -> None:
    ours, plain = _args()
    for twin in (copy.copy(ours), copy.deepcopy(ours)):
        assert twin == plain and twin is not ours and twin.run is ours.run and repr(twin) == repr(plain)
    assert copy.copy(ours).names is ours.names and copy.deepcopy(ours).names is not ours.names


def test_a_param_called_run_comes_first() -> None:
    parser = ExParser(record=False)
    parser.add_argument("--run", type=int)
    args = parser.parse_args(["--run", "4"])
    assert args.run == 4 and current_run().recorded is False
    args.run = 5
    assert vars(args) == {"run": 5}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_load_where_exparse_is_not_installed(protocol: int) -> None:
    ours, plain = _args()
    text = pickle.dumps({"args": ours, "epoch": 3}, protocol)
    assert b"exparse" not in text and pickle.loads(text)["args"] == plain
    source = (
        "import sys, pickle; sys.modules['exparse'] = None\n"
        "args = pickle.loads(sys.stdin.buffer.read())['args']; print(type(args).__module__, args)"
    )
    answer = subprocess.run([sys.executable, "-c", source], input=text, capture_output=True, check=True)
    assert answer.stdout.decode().strip() == f"argparse {plain!r}"


def test_the_pickler_in_python_gives_the_same() -> None:
    import io

    ours, plain = _args()
    stream = io.BytesIO()
    pickle._Pickler(stream).dump(ours)  # type: ignore[attr-defined]
    assert b"exparse" not in stream.getvalue() and pickle.loads(stream.getvalue()) == plain


def test_threads_parse_side_by_side() -> None:
    found: dict[int, Any] = {}
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        parser = ExParser(record=False)
        parser.add_argument("--x", type=lambda text: (barrier.wait(5), int(text))[1])
        found[number] = parser.parse_args(["--x", str(number), "--name", f"n{number}"]).x

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: number for number in range(8)}
