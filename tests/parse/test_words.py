"""Words that are laid over a recorded run, among the parsers that are to see them."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from exparse import ExParser
from exparse.parse.words import placed


def parser_of(kind: Any = argparse.ArgumentParser) -> Any:
    """Return a parser with a positional, and sub-commands of two levels."""
    parser = kind(prog="main")
    parser.add_argument("data")
    parser.add_argument("--lr", type=float)
    parser.add_argument("--pair", nargs=2)
    parser.add_argument("--many", nargs="*")
    parser.add_argument("-v", action="count")
    parser.add_argument("--maybe", nargs="?")
    parser.add_argument("--rate", type=float)
    below = parser.add_subparsers(dest="command")
    fit = below.add_parser("fit")
    fit.add_argument("--epochs", type=int)
    fit.add_argument("--deep", "-d", action="store_true")
    fit.add_argument("-n", type=int)
    fit.add_argument("--then", nargs=argparse.REMAINDER)
    kinds = fit.add_subparsers(dest="kind")
    fast = kinds.add_parser("fast")
    fast.add_argument("--lr", type=float)
    fast.add_argument("--rate-decay", type=float)
    kinds.add_parser("slow").add_argument("--wait", type=float)
    below.add_parser("show").add_argument("what", nargs="*")
    return parser


@pytest.mark.parametrize(
    ("words", "top", "below"),
    [
        ([], [], [[], []]),
        (["--epochs", "3", "--deep"], [], [["--epochs", "3", "--deep"], []]),
        (["--lr", "1"], [], [[], ["--lr", "1"]]),
        (["--epo=3", "-vv"], ["-vv"], [["--epo=3"], []]),
        (["other.csv"], ["other.csv"], [[], []]),
        (["--epochs", "3", "other.csv"], ["other.csv"], [["--epochs", "3"], []]),
        (["--deep", "other.csv"], ["other.csv"], [["--deep"], []]),
        (["--pair", "a", "b", "--lr", "-1"], ["--pair", "a", "b"], [[], ["--lr", "-1"]]),
        (["--many", "a", "b", "--deep"], ["--many", "a", "b"], [["--deep"], []]),
        (["--tag", "x", "--epochs", "3"], ["--tag", "x"], [["--epochs", "3"], []]),
        (["--what", "x"], [], [[], ["--what", "x"]]),
        (["--lrr", "0.3", "-vv"], ["-vv"], [[], ["--lrr", "0.3"]]),
        (["-1", "--deep"], ["-1"], [["--deep"], []]),
        (["-", "-n5", "b.csv"], ["-", "b.csv"], [["-n5"], []]),
        (["-dn", "5", "b.csv"], ["b.csv"], [["-dn", "5"], []]),
        (["--maybe", "--epochs", "3"], ["--maybe"], [["--epochs", "3"], []]),
        (["--rate", "2", "--rate-d", "3"], ["--rate", "2"], [[], ["--rate-d", "3"]]),
        (["--deep", "--", "-5", "--lr"], ["--", "-5", "--lr"], [["--deep"], []]),
        (["--then", "a", "--lr", "--", "1"], [], [["--then", "a", "--lr", "--", "1"], []]),
    ],
)
def test_each_option_goes_to_the_innermost_parser_that_knows_it(
    words: list[str], top: list[str], below: list[list[str]]
) -> None:
    found = placed(parser_of(), ["fit", "fast"], words)
    assert found.top == top
    assert found.below == [("fit", below[0]), ("fast", below[1])]


@pytest.mark.parametrize(
    ("words", "top", "below"),
    [
        (["show", "--lr", "x"], [], [("show", ["--lr", "x"])]),
        (["--epochs", "3", "slow", "--wait", "1"], [], [("fit", ["--epochs", "3"]), ("slow", ["--wait", "1"])]),
        (["d.csv", "fit", "--deep"], ["d.csv"], [("fit", ["--deep"])]),
    ],
)
def test_a_sub_command_among_the_words_takes_the_recorded_ones_place(
    words: list[str], top: list[str], below: list[tuple[str, list[str]]]
) -> None:
    found = placed(parser_of(), ["fit", "fast"], words)
    assert (found.top, found.below) == (top, below)


def test_without_sub_commands_words_stay_as_they_are() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("x")
    words = ["--", "-x", "fit", ""]
    assert (placed(parser, [], words).top, placed(parser, [], words).below) == (words, [])


def test_a_recorded_sub_command_that_is_gone_takes_nothing() -> None:
    found = placed(parser_of(), ["gone", "fast"], ["--epochs", "3"])
    assert found.below == [] and found.top == ["--epochs", "3"]


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ([], {}),
        (["--epochs", "9", "--lr", "2"], {"epochs": 9, "lr": 2.0}),
        (["new.csv", "slow", "--wait", "1"], {"data": "new.csv", "kind": "slow", "wait": 1.0}),
        (["show", "a"], {"command": "show", "what": ["a"]}),
    ],
)
def test_recorded_params_lie_under_the_words_of_an_order(
    words: list[str], changed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, root: Any
) -> None:
    import os

    from exparse.record import order
    from exparse.store.root import Root

    monkeypatch.setenv("EXPARSE_ROOT", str(root))
    argv = ["--many", "a", "-v", "d.csv", "fit", "--epochs", "3", "fast", "--lr", "1"]
    monkeypatch.setattr("sys.argv", ["main", *argv])
    before = vars(parser_of(ExParser).parse_args())
    told = order.Order(by=os.getppid(), params=f"{Root(root)['last'].folder}/params.yaml", words=words)
    monkeypatch.setattr(order, "_order", told)
    monkeypatch.setattr(order, "_began", False)
    after = vars(parser_of(ExParser).parse_args())
    expected = {**before, **changed}
    if "kind" in changed:
        expected["lr"] = None
        del expected["rate_decay"]
    if changed.get("command") == "show":
        of_fit = ("epochs", "deep", "n", "then", "kind", "rate_decay")
        expected = {key: value for key, value in expected.items() if key not in of_fit}
        expected["lr"] = None
    assert after == expected
