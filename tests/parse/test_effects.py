"""What actions of the script's own do beside their values: a replay does it once more, and the values are those of then."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
from running import OURS, ran, runs_in

from exparse import ExParser

done: list[str] = []


class Does(argparse.Action):
    """Does something, and leaves its own param alone."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        done.append(values)


class Switch(argparse.Action):
    """A flag that does something as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, nargs=0, default=False, **kwargs)

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        done.append("switched")
        setattr(namespace, self.dest, True)


class Read(argparse.Action):
    """Reads params from a file, and something that nobody can write down."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        namespace.lr = float(Path(values).read_text(encoding="utf-8"))
        namespace.model = object()
        setattr(namespace, self.dest, values)


class Collects(argparse.Action):
    """Changes in place what is there."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        items = getattr(namespace, self.dest) or []
        items.append(values)
        setattr(namespace, self.dest, items)
        namespace.seen.append(values)


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


def parser_of(root: Path) -> ExParser:
    parser = ExParser(prog="prog", root=root)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--do", action=Does)
    parser.add_argument("--switch", action=Switch)
    parser.add_argument("--read", action=Read)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--one", action=Does)
    group.add_argument("--other", action=Does)
    return parser


@pytest.mark.parametrize("way", ["parse_args", "parse_intermixed_args"])
def test_a_replay_does_what_the_actions_did_each_once(root: Path, way: str) -> None:
    line = ["--do", "a", "--switch", "--do", "b"]
    first = getattr(parser_of(root), way)(line)
    assert done == ["a", "switched", "b"] and (first.do, first.switch) == (None, True)
    for number in (1, 2):
        done.clear()
        again = getattr(parser_of(root), way)(["--config", str(number)])
        assert sorted(done) == ["a", "b", "switched"] and vars(again) == vars(first), "and so does a replay of that"


def test_what_the_command_line_gives_is_all_that_is_done(root: Path) -> None:
    parser_of(root).parse_args(["--do", "a", "--switch", "--one", "x"])
    for line in (["--config", "1", "--do", "c", "--other", "y"], ["--do", "c", "--other", "y", "--config", "1"]):
        done.clear()
        parser_of(root).parse_args(line)
        assert sorted(done) == ["c", "switched", "y"]


def test_the_values_are_those_of_then_whatever_the_file_of_an_action_says_now(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("0.5")
    first = parser_of(root).parse_args(["--read", str(file)])
    assert first.run.params["lr"] == 0.5 and "model" not in first.run.params
    file.write_text("0.7")
    for line, lr in (
        (["--config", "1"], 0.5),
        (["--config", "1", "--lr", "3"], 3.0),
        (["--lr", "3", "--config", "1"], 3.0),
    ):
        again = parser_of(root).parse_args(line)
        assert again.lr == lr and type(again.model) is object, "what could not be recorded is made again"
    assert not capsys.readouterr().err
    file.unlink()
    again = parser_of(root).parse_args(["--config", "1"])
    assert (again.lr, again.read) == (0.5, str(file)) and not hasattr(again, "model")
    assert "prog: warning: the action of --read failed" in capsys.readouterr().err


def test_what_an_action_changes_in_place_is_not_doubled(root: Path) -> None:
    def parser() -> ExParser:
        made = ExParser(root=root)
        made.add_argument("--x", action=Collects)
        made.set_defaults(seen=[])
        return made

    first = parser().parse_args(["--x", "a", "--x", "b"])
    assert vars(parser().parse_args(["--config", "1"])) == vars(first) == {"x": ["a", "b"], "seen": ["a", "b"]}


def test_an_edited_value_is_not_done_as_it_was(root: Path, tmp_path: Path) -> None:
    first = parser_of(root).parse_args(["--switch"])
    text = (first.run / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "edited.yaml").write_text(text.replace("switch: true", "switch: false"))
    done.clear()
    assert parser_of(root).parse_args(["--config", "edited.yaml"]).switch is False and not done


def test_what_holds_a_secret_is_not_written_down_to_be_done_again(root: Path) -> None:
    parser = parser_of(root)
    parser.add_argument("--token", secret=True)
    first = parser.parse_args(["--token", "very-secret-1", "--do", "with very-secret-1"])
    assert "very-secret-1" not in (first.run / "params.yaml").read_text(encoding="utf-8")


PROGRAM = """
import {module} as argparse
import logging
class Level(argparse.Action if hasattr(argparse, "Action") else __import__("argparse").Action):
    def __call__(self, parser, namespace, values, option_string=None):
        logging.basicConfig(level=values)
p = argparse.{name}()
p.add_argument("--level", action=Level)
p.add_argument("--lr", type=float, default=1)
below = p.add_subparsers(dest="what").add_parser("train")
below.add_argument("--below", action=Level)
a = p.parse_args()
print(a.lr, logging.getLogger().level)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "ours"), [("argparse", "ArgumentParser", True), ("exparse", "ExParser", False)]
)
def test_a_rerun_does_what_the_actions_did(module: str, name: str, ours: bool, tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(PROGRAM.format(module=module, name=name))
    for line in (["--level", "INFO"], ["train", "--below", "INFO"]):
        assert ran([*(OURS + ("run",) if ours else OURS[:1]), "t.py", *line], tmp_path).stdout == "1 20\n"
        for words, said in ([], "1 20\n"), (["--lr", "3"], "3.0 20\n"):
            again = ran([*OURS, "rerun", "last", *words], tmp_path)
            assert again.stdout == said, again.stderr
    assert len(runs_in(tmp_path / "exruns")) == 6
