"""Parsers whose class cannot be changed: their runs are recorded, and they are left as they were."""

from __future__ import annotations

import argparse
import copy
from pathlib import Path
from typing import Any

import duel
import pytest

from exparse import ExParser
from exparse.parse.adopt import add_arguments, from_parser
from exparse.store.root import Root


class Quiet(argparse.ArgumentParser):
    """A user's class with its own constructor, its own way to parse, and its own errors."""

    def __init__(self, title: str, *, loud: bool = False) -> None:
        super().__init__(prog=title, allow_abbrev=not loud)
        self.loud = loud
        self.add_argument("--lr", type=float, default=0.1)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:  # type: ignore[override]
        parsed = super().parse_args(args, namespace)
        parsed.double = parsed.lr * 2
        return parsed

    def error(self, message: str) -> Any:
        self.exit(7, f"{self.prog} says: {message}\n")


class Slotted(argparse.ArgumentParser):
    """A user's class that cannot be mixed with others: its class is made by a metaclass that refuses it."""

    def __init_subclass__(cls, **more: Any) -> None:
        raise TypeError("final")


def with_groups(kind: Any) -> Any:
    parser = kind(prog="prog", description="about it")
    group = parser.add_argument_group("model")
    group.add_argument("--depth", type=int, default=3)
    pair = parser.add_mutually_exclusive_group()
    pair.add_argument("--on", action="store_true")
    pair.add_argument("--off", action="store_true")
    parser.add_argument("--list", nargs="+", type=int)
    return parser


def with_commands(kind: Any) -> Any:
    parser = kind(prog="prog")
    parser.add_argument("--seed", type=int, default=0)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=argparse.ArgumentParser)
    train = commands.add_parser("train", aliases=["t"])
    train.add_argument("--lr", type=float, default=0.1)
    train.set_defaults(func=print)
    commands.add_parser("test").add_argument("files", nargs="*")
    return parser


BUILDS = [
    pytest.param(
        lambda: with_groups(argparse.ArgumentParser), ["--depth", "5", "--on", "--list", "1", "2"], id="groups"
    ),
    pytest.param(lambda: with_groups(Slotted), ["--dep=5"], id="final class"),
    pytest.param(lambda: with_commands(argparse.ArgumentParser), ["--seed", "1", "train", "--lr=3"], id="commands"),
    pytest.param(lambda: with_commands(argparse.ArgumentParser), ["t"], id="alias"),
    pytest.param(lambda: Quiet("quiet", loud=True), ["--lr", "2"], id="own class"),
    pytest.param(lambda: Quiet("quiet"), [], id="own class, nothing given"),
]


def state(parser: Any) -> dict[str, Any]:
    """Return all that a parser is, down to its actions, such that two looks can be compared."""
    deep = {}
    for name, value in vars(parser).items():
        deep[name] = [*map(str, value)] if isinstance(value, (list, dict)) else value
    subs = [a.choices for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return {**deep, "class": type(parser), "subs": [state(sub) for choices in subs for sub in choices.values()]}


@pytest.mark.parametrize(("build", "argv"), BUILDS)
@pytest.mark.parametrize("adding", [True, False], ids=["with its options", "without"])
@pytest.mark.parametrize("before", [True, False], ids=["after a parse", "first"])
def test_a_run_is_recorded_and_the_parser_is_what_it_was(
    build: Any, argv: list[str], adding: bool, before: bool, root: Path
) -> None:
    parser, plain = build(), build()
    expected = plain.parse_args(argv)
    if adding:
        add_arguments(parser)
    if before:
        assert parser.parse_args(argv) == expected
    looked = state(parser)
    run = from_parser(parser, argv, root=root)
    assert state(parser) == looked
    assert run.recorded and run.args == expected and vars(run.args) == vars(expected)  # type: ignore[union-attr]
    (stored,) = Root(root).runs()
    plain_values = {name: value for name, value in vars(expected).items() if not callable(value)}
    assert stored.params == plain_values and stored.metadata["argv"] == argv
    assert parser.parse_args(argv) == expected and len(Root(root).runs()) == 1


@pytest.mark.parametrize("adding", [True, False], ids=["with its options", "without"])
def test_own_options_are_heard(adding: bool, root: Path, tmp_path: Path) -> None:
    parser = with_groups(argparse.ArgumentParser)
    (tmp_path / "saved.yaml").write_text("depth: 9\nlist: [4]\n")
    if adding:
        add_arguments(parser)
    line = ["--name", "n", "--config", "saved.yaml", "--tmp", "--off"]
    run = from_parser(parser, line, root=root)
    assert run.label == "n" and run.args == argparse.Namespace(depth=9, on=False, off=True, list=[4])  # type: ignore[union-attr]
    (stored,) = Root(root).runs("tmp")
    assert stored.params == {"depth": 9, "on": False, "off": True, "list": [4]}
    assert stored.metadata["sources"]["depth"] == f"config {tmp_path / 'saved.yaml'}"
    unrecorded = from_parser(parser, ["--no-record"], root=root)
    assert not unrecorded.recorded and unrecorded.args.depth == 3  # type: ignore[union-attr]


def test_a_plain_parse_accepts_own_options_and_nothing_comes_of_them(tmp_path: Path) -> None:
    plain, parser = with_groups(argparse.ArgumentParser), with_groups(argparse.ArgumentParser)
    add_arguments(parser)
    line = ["--name", "../odd", "--tmp", "--config", "missing", "--tag", "a", "--resume", "--exparse-git-clean"]
    parsed = parser.parse_args([*line, "--depth", "5"])
    assert parsed == plain.parse_args(["--depth", "5"]) and vars(parsed).keys() == vars(plain.parse_args([])).keys()
    assert type(parsed) is argparse.Namespace
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_abbreviations_mean_what_they_meant(root: Path) -> None:
    def build(kind: Any) -> Any:
        parser = kind(prog="prog")
        for name in ("--train", "--notes", "--runs", "--resume-from", "--describe", "--exp"):
            parser.add_argument(name)
        return parser

    def added(kind: Any, argv: list[str]) -> Any:
        parser = build(argparse.ArgumentParser)
        if kind is duel.Hidden:
            add_arguments(parser)
            parser.format_usage = build(argparse.ArgumentParser).format_usage
        return parser.parse_args(argv)

    words = ["--t", "--tr", "--no", "--r", "--ru", "--res", "--resume", "--d", "--desc", "--ex", "--e", "--conf", "--g"]
    for word in words:
        assert duel.run(duel.Hidden, added, [word, "v"]) == duel.run(duel.Plain, added, [word, "v"]), word


def test_options_of_the_parser_win(root: Path) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name")
    parser.add_argument("--tags")
    add_arguments(parser)
    run = from_parser(parser, ["--name", "mine", "--tag", "x", "--exparse-name", "label"], root=root)
    assert run.args == argparse.Namespace(name="mine", tags="x") and run.label == "label"  # type: ignore[union-attr]


def test_adding_twice_or_to_our_own_parser_changes_nothing() -> None:
    parser = with_groups(argparse.ArgumentParser)
    add_arguments(parser)
    once = parser.format_help()
    add_arguments(parser)
    assert parser.format_help() == once
    ours = ExParser(prog="prog")
    before = ours.format_help()
    add_arguments(ours)
    assert ours.format_help() == before and not any(type(a).__name__ == "OwnAction" for a in ours._actions)


def test_help_shows_the_few_options_once_and_exparse_help_the_rest(root: Path) -> None:
    parser = with_groups(argparse.ArgumentParser)
    add_arguments(parser)
    shown = parser.format_help()
    assert shown.count("--config FILE-OR-RUN  ") == 1 and "--resume" not in shown and "--exparse-config" not in shown
    adopted = duel.outcome(lambda: from_parser(parser, ["--help"], root=root))
    assert adopted == ("exit", "0", shown, "")
    ended = duel.outcome(lambda: parser.parse_args(["--exparse-help"]))
    assert ended[0] == "exit" and ended[2].count("--resume") == 1 and "EXPARSE_TAGS" in ended[2]
    assert duel.outcome(lambda: from_parser(parser, ["--exparse-help"], root=root)) == ended
    without = duel.outcome(lambda: from_parser(with_groups(argparse.ArgumentParser), ["--help"], root=root))
    assert "--config FILE-OR-RUN" in without[2] and not root.exists()


def test_a_usage_error_is_the_parsers_own_and_leaves_no_folder(root: Path) -> None:
    parser = Quiet("quiet")
    looked = state(parser)
    ended = duel.outcome(lambda: from_parser(parser, ["--lr", "high"], root=root))
    assert ended[:2] == ("exit", "7") and ended[3].startswith("quiet says: argument --lr")
    ended = duel.outcome(lambda: from_parser(parser, ["--name", "a/b"], root=root))
    assert ended[:2] == ("exit", "7") and "is not allowed" in ended[3]
    assert state(parser) == looked and not root.exists()


def test_a_parser_that_others_have_patched_keeps_their_patches(root: Path) -> None:
    parser = with_groups(argparse.ArgumentParser)
    patched = parser.format_help = lambda: "patched\n"
    called = []
    inner = parser._get_values
    parser._get_values = lambda *asked: called.append(1) or inner(*asked)
    mine = parser._get_values
    from_parser(parser, ["--depth", "4"], root=root)
    assert parser.format_help is patched and parser._get_values is mine and called


def test_a_parser_with_own_options_can_be_copied_and_be_a_parent(root: Path) -> None:
    parser = argparse.ArgumentParser(prog="prog", add_help=False)
    parser.add_argument("--depth", type=int, default=3)
    add_arguments(parser)
    assert from_parser(copy.deepcopy(parser), ["--name", "n"], root=root).label == "n"
    child = argparse.ArgumentParser(prog="prog", parents=[parser])
    assert child.parse_args(["--tmp"]) == argparse.Namespace(depth=3)
    ours = ExParser(prog="prog", parents=[parser], root=root)
    args = ours.parse_args(["--name", "m", "--depth", "4"])
    assert args == argparse.Namespace(depth=4) and args.run.label == "m"


def test_keywords_are_those_of_the_constructor(root: Path) -> None:
    parser = with_groups(argparse.ArgumentParser)
    run = from_parser(parser, [], root=root, automark=["depth"], zfill=3, tags=["a"], description="d", capture="off")
    assert (
        run.name.startswith("001-") and Root(root).marks() == {"depth/3": [run.name]} or "depth/3" in Root(root).marks()
    )
    assert not from_parser(parser, [], root=root, record=False).recorded
    with pytest.raises(TypeError, match="colour"):
        from_parser(parser, [], colour="red")
    with pytest.raises(ValueError, match="capture"):
        from_parser(parser, [], capture="all")
    assert "_exparse" not in vars(parser)


def test_our_own_parser_is_taken_with_other_settings(root: Path, tmp_path: Path) -> None:
    parser = ExParser(prog="prog", root=tmp_path / "elsewhere", zfill=4)
    parser.add_argument("--x", type=int)
    parser.register_setter(lambda args: setattr(args, "y", 1))
    settings = parser._exparse
    run = from_parser(parser, ["--x", "3"], root=root)
    assert run.args == argparse.Namespace(x=3, y=1) and run.name.startswith("0001-")  # type: ignore[union-attr]
    assert parser._exparse is settings and not (tmp_path / "elsewhere").exists()


def test_flags_on_the_actions_are_heeded(root: Path, tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--login").secret = True  # type: ignore[attr-defined]
    parser.add_argument("--device", default="cpu").volatile = True  # type: ignore[attr-defined]
    run = from_parser(parser, ["--login", "open-sesame-1", "--device", "gpu"], root=root)
    assert run.params == {"device": "gpu"} and run.metadata["argv"][1] == "******"  # type: ignore[union-attr]
    again = from_parser(parser, ["--config", str(run.path)], root=root)
    assert again.args == argparse.Namespace(login=None, device="cpu")  # type: ignore[union-attr]


def test_a_script_of_the_old_habit_records_one_run(script: Any, tmp_path: Path) -> None:
    source = """
        import argparse
        from exparse.parse.adopt import add_arguments, from_parser
        parser = argparse.ArgumentParser(description="Process some integers.")
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--data", type=argparse.FileType("r"), default="main.py")
        add_arguments(parser)
        args = parser.parse_args()
        run = from_parser(parser)
        print(run.args.lr == args.lr, run.recorded, run.id)
    """
    answer = script(source, "--lr", "0.5", "--name", "n", "--tmp")
    assert (answer.stdout, answer.stderr) == ("True True 1\n", "")
    (stored,) = Root(tmp_path / "exruns").runs("tmp")
    assert stored.state == "finished" and stored.label == "n" and stored.params["lr"] == 0.5
