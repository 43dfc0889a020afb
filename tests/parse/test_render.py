"""The law of rendering: the words that a run names give its params without any saved file."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path
from typing import Any

import duel
import pytest
import random_parsers
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from random_parsers import definitions, settings_of_parsers

from exparse import ExParser, current_run, optional
from exparse.parse import recording


def rendered_of(run: Any) -> list[str] | None:
    """Return what the metadata of a run name, else its command line where nothing was saved."""
    told = json.loads((Path(run.path) / "metadata.json").read_text(encoding="utf-8"))
    found = told.get("rendered")
    if found is None and not told["config"]:
        found = told["argv"]
    return found


TEXTS = ["1", "-1", "2.5", "a", "b c", "", "-z", "x=1", "--", "@a", "-1e3"]
VALUES = ["1", "-1", "--x", "", "a b", "true", None, True, False, 3, -2, 0.5, [], ["q"], [1, "-z"], ["a", "b"]]


@st.composite
def lines(draw: st.DrawFn, defined: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Draw a command line that a parser of these definitions is likely to take."""
    words: list[str] = []
    for _, more in defined:
        name = more["names"][0]
        if draw(st.booleans()):
            continue
        flag = more.get("action", "store") not in ("store", "append", "extend")
        count = {"?": 1, "*": 2, "+": 2, 1: 1, 2: 2, None: 1}.get(more.get("nargs"), 2)
        texts = [] if flag else draw(st.lists(st.sampled_from(TEXTS[:5]), min_size=count, max_size=count))
        if name[:1] == "-" and len(texts) == 1 and draw(st.booleans()):
            words.append(f"{name}={draw(st.sampled_from(TEXTS))}")
        elif name[:1] == "-" and draw(st.integers(0, 3)) == 0 and more.get("action") is argparse.BooleanOptionalAction:
            words.append(f"--no-{name[2:]}")
        else:
            words += [name, *texts] if name[:1] == "-" else texts
    return words


@pytest.mark.slow
@settings(max_examples=200, phases=[Phase.explicit, Phase.generate])
@given(
    definitions,
    settings_of_parsers,
    st.one_of(st.none(), st.none(), definitions),
    st.sampled_from(["parse_args", "parse_args", "parse_known_args", "parse_intermixed_args"]),
    st.data(),
)
def test_what_is_rendered_gives_what_was_parsed(
    tmp_path_factory: pytest.TempPathFactory,
    defined: list[tuple[str, dict[str, Any]]],
    constructed: dict[str, Any],
    command: list[tuple[str, dict[str, Any]]] | None,
    way: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("law")
    before, argv = (data.draw(lines(defined)) for _ in range(2))
    if command is not None:
        below = data.draw(lines(command))
        before = [*before, "sub", *below]
        argv = [*argv, *data.draw(st.sampled_from([[], ["sub", *data.draw(lines(command))]]))]
    names = [more["names"][0].lstrip("-") for _, more in [*defined, *(command or [])]]
    names = [name for name in names if len(name) > 1 or name in "xy"]
    config = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(VALUES), max_size=2)) if names else {}

    def parse(argv: list[str]) -> Any:
        # Each is a program of its own.
        recording._stage = None
        return random_parsers.parse(folder / "exruns", defined, constructed, command, way, argv)

    sources = []
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        with contextlib.suppress(SystemExit, Exception):
            # An earlier run, and a file by hand: what either refuses is left out.
            parse(before)
            if current_run().recorded and str(folder) in str(current_run().path):
                sources.append(["--exparse-config", str(current_run().path)])
        if config:
            (folder / "by hand.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
            sources.append(["--exparse-config", str(folder / "by hand.yaml")])
        for source in sources:
            first = None
            with contextlib.suppress(SystemExit, Exception):
                first = parse([*source, *argv])
            run = current_run()
            words = rendered_of(run) if first is not None and run.recorded else None
            if words is not None:
                try:
                    assert duel.plain(parse(words)) == duel.plain(first), words
                except (SystemExit, argparse.ArgumentError):
                    raise AssertionError(f"refused: {words}") from None


class Twice(argparse.Action):
    """A user's action, which alone knows what it makes."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: Any = None) -> None:
        setattr(namespace, self.dest, [values, option_string])


def build(parser: Any) -> None:
    """Add options of all kinds, and sub-commands."""
    parser.add_argument("data", nargs="?", default="d")
    parser.add_argument("--lr", "-l", type=float, default=0.1)
    parser.add_argument("--tri", action=argparse.BooleanOptionalAction, default=None)
    parser.add_argument("--none", type=optional(int), default=3)
    parser.add_argument("--pairs", type=json.loads, default={})
    parser.add_argument("--flags", type=lambda text: text.split(","), default=[])
    parser.add_argument("--add", action="append", nargs=2, type=int)
    parser.add_argument("--more", action="extend", nargs="+", default=["a"])
    parser.add_argument("-v", action="count", default=0)
    parser.add_argument("--on", "--off", action=Twice, nargs=0)
    parser.add_argument("--two", action=Twice)
    parser.add_argument("--mode", choices=["x", "y"], default="x")
    parser.add_argument("--token", secret=True)
    parser.set_defaults(mode="y")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--here", action="store_const", const=(1, 2), dest="where")
    group.add_argument("--there", dest="where")
    below = parser.add_subparsers(dest="verb").add_parser("eval")
    below.add_argument("--lr", type=float, default=9.0)
    below.add_argument("names", nargs="*")


SAVED: list[tuple[list[str], str, list[str] | None]] = [
    (["--lr=-1"], "tri: false\n", ["--lr=-1", "--no-tri"]),
    (["--l", "1", "@args"], "", ["--lr=1", "--mode=x"]),
    (["--off", "-vv"], "v: 1\n", ["-v", "-v", "-v", "--off"]),
    ([], "none: null\n", ["--none=None"]),
    ([], "pairs: {a: 1}\nmode: x\n", ['--pairs={"a": 1}', "--mode=x"]),
    ([], "flags: [a, '-b']\n", ["--flags=a,-b"]),
    (["--more", "c", "d"], "more: [a, '-b']\nlr: 1", ["--lr=1.0", "--more=-b", "--more", "c", "d"]),
    (["--more", "c"], "more: [b]\n", None),
    (["--more", "c", "d"], "data: x\n", None),
    ([], "add: [[1, 2], [3, 4]]\n", ["--add", "1", "2", "--add", "3", "4"]),
    ([], "there: '@a'\n", ["--there=@a"]),
    ([], "data: '@a'\n", None),
    (["--token", "hunter22"], "lr: 0.1\n", []),
    (["x", "eval", "--lr=2", "a"], "tri: true\n", ["--tri", "x", "eval", "--lr=2", "a"]),
    (["--two", "z"], "mode: y\n", ["--two=z"]),
]


@pytest.mark.parametrize(("argv", "saved_text", "expected"), SAVED)
def test_options_of_each_kind_are_spelled_as_argparse_reads_them(
    tmp_path: Path, argv: list[str], saved_text: str, expected: list[str] | None
) -> None:
    (tmp_path / "args").write_text("--mode=x\n", encoding="utf-8")
    (tmp_path / "more.yaml").write_text(saved_text, encoding="utf-8")

    def parse(argv: list[str]) -> Any:
        parser = duel.Silent(prog="prog", root=tmp_path / "exruns", fromfile_prefix_chars="@")
        build(parser)
        return parser.parse_args(argv)

    source = ["--config", "more.yaml"] if saved_text else ["--name", "x"]
    first = parse([*source, *argv])
    told = json.loads((current_run() / "metadata.json").read_text(encoding="utf-8"))
    found = told.get("rendered")
    assert found is None if expected is None else sorted(found) == sorted(expected), found
    if found is not None and "--token" not in argv:
        assert duel.plain(parse(found)) == duel.plain(first)


def test_what_argparse_would_take_for_something_else_is_not_rendered(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("v: true\n", encoding="utf-8")

    def parse(*argv: str) -> Any:
        parser = duel.Silent(prog="prog", root=tmp_path / "exruns", fromfile_prefix_chars="@")
        group = parser.add_mutually_exclusive_group(required=True)
        group.add_argument("--n", type=int, default=5)
        group.add_argument("-v", action="store_true")
        parser.add_argument("--names", nargs="*")
        parser.add_argument("-x", action="store_true")
        parser.add_argument("words", nargs=argparse.PARSER)
        return parser.parse_args(list(argv))

    saved = ["--config", "more.yaml"]
    for text in (
        "v: true\nn: 7\nwords: [a]\n",
        "v: true\nwords: [a, '--']\n",
        "v: true\nwords: ['-x']\n",
        "v: true\nwords: ['@a']\n",
    ):
        (tmp_path / "other.yaml").write_text(text, encoding="utf-8")
        parse("--config", "other.yaml")
        assert rendered_of(current_run()) is None, text
    parse(*saved, "--names", "a", "b", "-x", "run")
    assert rendered_of(current_run()) == ["--names", "a", "b", "-v", "-x", "run"], "an option ends what takes many"
    first = parse(*saved, "run", "--n", "x")
    assert rendered_of(current_run()) == ["-v", "run", "--n", "x"], "behind words, nothing is an option"
    assert parse(*(rendered_of(current_run()) or ())) == first
    parse(*saved, "--names", "a", "-v", "run")
    assert rendered_of(current_run()) == ["-v", "--names=a", "run"]
    parse(*saved, "--n", "5", "run")
    assert rendered_of(current_run()) is None, "the group takes the default for nothing at all"


def test_two_stages_and_default_files_are_rendered_where_words_say_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "more.yaml").write_text("lr: 3\n", encoding="utf-8")
    (tmp_path / "usual.yaml").write_text("lr: 7\nnames: [a]\n", encoding="utf-8")

    def staged(*argv: str) -> Any:
        monkeypatch.setattr(recording, "_stage", None)
        first = duel.Silent(root=tmp_path / "exruns", add_help=False)
        first.add_argument("--model", default="m")
        first.add_argument("--many", nargs="*")
        early, rest = first.parse_known_args(list(argv))
        second = duel.Silent(root=tmp_path / "exruns")
        second.add_argument("--lr", type=float, default=0.1)
        second.add_argument("--flag", action="store_true")
        second.add_argument("data", nargs="?")
        return second.parse_args(rest, early)

    given = staged("--config", "more.yaml", "--model", "x", "--flag")
    assert rendered_of(current_run()) == ["--model=x", "--lr=3.0", "--flag"]
    assert staged("--model=x", "--lr=3.0", "--flag") == given
    staged("--config", "more.yaml", "--many", "a", "b", "--flag")
    assert rendered_of(current_run()) is None, "what the second parser gets might be more for the first"

    def usual(*argv: str) -> list[str] | None:
        monkeypatch.setattr(recording, "_stage", None)
        parser = duel.Silent(root=tmp_path / "exruns", default_config_files=["usual.yaml"])
        parser.add_argument("--lr", type=float, default=0.1)
        parser.add_argument("--names", nargs="*", action=argv[0], default=None)
        parser.parse_args(list(argv[1:]))
        return rendered_of(current_run())

    assert sorted(usual("store", "--config", "more.yaml") or ()) == ["--lr=3.0", "--names=a"]
    (tmp_path / "more.yaml").write_text("lr: 0.1\n", encoding="utf-8")
    assert sorted(usual("store", "--config", "more.yaml") or ()) == ["--lr=0.1", "--names=a"], "the default file says 7"
    assert usual("extend", "--config", "more.yaml") is None, "the default file would be added to"


@pytest.mark.parametrize("way", ["parse_args", "parse_intermixed_args"])
def test_several_options_of_one_dest_grow_from_its_one_default_in_a_replay_too(tmp_path: Path, way: str) -> None:
    def parse(*argv: str) -> Any:
        parser = duel.Silent(root=tmp_path / "exruns")
        parser.add_argument("--y", action="append", default=["d"])
        parser.add_argument("-y", action="extend", nargs="+", default=None)
        parser.add_argument("-v", action="count", default=0)
        return getattr(parser, way)(list(argv))

    assert parse("--y", "1", "-y", "2", "3", "-v").y == ["d", "1", "2", "3"]
    again = parse("--exparse-config", str(current_run().path), "--y", "4", "-v")
    assert (again.y, again.v) == (["d", "1", "2", "3", "4"], 2)
    assert vars(parse(*(rendered_of(current_run()) or ()))) == vars(again)


def test_a_type_of_the_users_is_called_by_argparse_alone(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("out: a\nsize: 3\nplain: x\n")
    calls: dict[bool, list[str]] = {False: [], True: []}
    for is_recorded, seen in calls.items():

        def kind(text: str, seen: list[str] = seen) -> str:
            seen.append(text)
            return text.upper()

        parser = ExParser(record=is_recorded, root=tmp_path / "runs")
        parser.add_argument("--out", type=kind, default="b")
        parser.add_argument("--size", type=optional(kind), default="c")
        parser.add_argument("--plain", type=kind, default="x")
        parser.add_argument("--log", type=argparse.FileType("w"), default=str(tmp_path / f"{is_recorded}.log"))
        args = parser.parse_args(["--config", str(tmp_path / "c.yaml")])
        args.log.write("kept")
        args.log.close()
        assert Path(args.log.name).read_text() == "kept"
    assert calls[True] == calls[False]
