"""The recorder's own options: heard where they are ours, left alone wherever the script may mean something else."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import duel
import pytest

from exparse import ExParser
from exparse.parse import session as parse_session


class Heard(duel.Hidden):
    """Keeps what the last top-level parse heard of own options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heard: dict[str, Any] = {}

    def _check(self, here: parse_session.Session, parsed: Any) -> None:
        super()._check(here, parsed)
        own = {
            "name": here.label,
            "tmp": here.tmp,
            "no-record": not here.recording,
            "config": here.sources,
            "description": here.description,
            "tag": here.tags,
            "resume": here.resume,
            "run-id": here.run_id,
            "git-clean": here.git_clean,
            "git-dirty": here.git_dirty,
        }
        self.heard = {key: value for key, value in own.items() if value}


def parser_with(*names: str, **settings: Any) -> Heard:
    parser = Heard(**settings)
    for name in names:
        parser.add_argument(name)
    return parser


@pytest.mark.parametrize(
    ("argv", "heard"),
    [
        (["--name", "n"], {"name": "n"}),
        (["--name=n"], {"name": "n"}),
        (["--exparse-name", "n"], {"name": "n"}),
        (["--name", "a", "--exparse-name=b"], {"name": "b"}),
        (["--tmp"], {"tmp": True}),
        (["--exparse-tmp"], {"tmp": True}),
        (["--no-record"], {"no-record": True}),
        (["--exparse-no-record", "--tmp", "--x", "1"], {"no-record": True, "tmp": True}),
        (["--x", "1", "--name", "n"], {"name": "n"}),
        (["--run-id", "n"], {"run-id": "n"}),
        (["--run-id=a", "--exparse-run-id", "b"], {"run-id": "b"}),
        (["--git-clean", "--x=1"], {"git-clean": True}),
        (["--git-dirty", "--exparse-git-clean"], {"git-dirty": True, "git-clean": True}),
        (["--exparse-description", "a b\nc"], {"description": "a b\nc"}),
        (["--exparse-description="], {}),
        (["--exparse-tag", "a", "--exparse-tag=b,c", "--exparse-tag", "a, d"], {"tag": ["a", "b", "c", "d"]}),
        (["--exparse-resume"], {"resume": True}),
        ([], {}),
    ],
)
def test_own_options_are_heard_and_stay_out_of_the_namespace(argv: list[str], heard: dict[str, Any]) -> None:
    parser = parser_with("--x")
    assert set(vars(parser.parse_args(argv))) == {"x"} and parser.heard == heard
    known, rest = parser.parse_known_args([*argv, "--unknown"])
    assert set(vars(known)) == {"x"} and rest == ["--unknown"] and parser.heard == heard
    assert set(vars(parser.parse_intermixed_args(argv))) == {"x"} and parser.heard == heard


@pytest.mark.parametrize(
    "argv",
    [
        ["--", "--name", "n"],
        ["--x", "1", "--", "--tmp"],
        ["--x=--tmp"],
        ["--x=--name=n"],
        ["--nam", "n"],
        ["--t"],
        ["--no-rec"],
        ["--exparse-n", "n"],
        ["--exparse"],
        ["-name", "n"],
        ["--names", "n"],
        ["--config-file", "f"],
        ["--tmpdir"],
        ["---name"],
        ["--name n"],
        ["--Name", "n"],
        ["--resum"],
        ["--res", "n"],
        ["--run_id", "n"],
        ["--run", "n"],
        ["--tags", "a"],
        ["--ta", "a"],
        ["--desc", "n"],
        ["--descriptions", "n"],
        ["--git", "n"],
        ["--git-c"],
        ["--git_clean"],
        ["--exparse-hel"],
        ["--exparse-r"],
        ["--x=--tag", "--x=--exparse-help"],
        ["--", "--exparse-help"],
        ["--", "--resume", "--tag", "a"],
    ],
)
def test_what_only_looks_like_an_own_option_is_argparses(argv: list[str]) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind()
        parser.add_argument("--x")
        parser.add_argument("rest", nargs="*")
        found = parser.parse_known_args(argv)
        assert not getattr(parser, "heard", {})
        return found

    for way in ("parse_known_args", "parse_args", "parse_intermixed_args"):

        def parsed(kind: Any, argv: list[str], way: str = way) -> Any:
            parser = kind()
            parser.add_argument("--x")
            parser.add_argument("rest", nargs="*")
            return getattr(parser, way)(argv)

        assert duel.run(Heard, parsed, argv) == duel.run(duel.Plain, parsed, argv), way
    assert duel.run(Heard, program, argv) == duel.run(duel.Plain, program, argv)


def test_after_a_remainder_has_begun_all_is_the_rest() -> None:
    parser = parser_with("--x")
    parser.add_argument("command")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    args = parser.parse_args(["--tmp", "run", "--config", "x", "--name", "n", "--no-record"])
    assert args.rest == ["--config", "x", "--name", "n", "--no-record"] and parser.heard == {"tmp": True}


OWN = ["config", "name", "tmp", "no-record", "description", "tag", "resume", "run-id", "git-clean", "git-dirty"]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("place", ["parser", "group", "exclusive", "parent", "sub", "sub of sub", "plain sub"])
def test_an_option_of_the_script_wins_and_the_long_spelling_stays(name: str, place: str, tmp_path: Path) -> None:
    parser = Heard()
    where: Any = parser
    if place == "group":
        where = parser.add_argument_group("g")
    elif place == "exclusive":
        where = parser.add_mutually_exclusive_group()
    elif place == "parent":
        where = ExParser(add_help=False, record=False)
    elif place.endswith("sub"):
        kind = argparse.ArgumentParser if "plain" in place else duel.Hidden
        where = parser.add_subparsers(dest="c", parser_class=kind).add_parser("sub")
        if place == "sub of sub":
            where = where.add_subparsers(dest="d").add_parser("deep")
    where.add_argument(f"--{name}", dest="users")
    if place == "parent":
        parser = Heard(parents=[where])
    before = {"sub": ["sub"], "plain sub": ["sub"], "sub of sub": ["sub", "deep"]}.get(place, [])
    assert parser.parse_args([*before, f"--{name}", "v"]).users == "v" and parser.heard == {}
    saved = tmp_path / "saved.yaml"
    saved.write_text("users: from file\n")
    value = [] if name in ("tmp", "no-record", "resume", "git-clean", "git-dirty") else ["label"]
    value = [str(saved)] if name == "config" else value
    args = parser.parse_args([f"--exparse-{name}", *value, *before])
    assert list(parser.heard) == [name]
    if name == "config" and (not before or place == "sub"):
        assert args.users == "from file"


def test_an_option_added_after_a_parse_wins_from_then_on() -> None:
    parser = parser_with("--x")
    parser.parse_args(["--name", "n"])
    assert parser.heard == {"name": "n"}
    parser.add_argument("--name")
    assert parser.parse_args(["--name", "n"]).name == "n" and parser.heard == {}


def test_an_abbreviation_that_is_valid_today_keeps_its_meaning() -> None:
    parser = parser_with("--config-file", "--names")
    args = parser.parse_args(["--config", "a", "--name", "b"])
    assert (args.config_file, args.names) == ("a", "b") and parser.heard == {}
    assert parser.parse_args(["--exparse-name", "b"]).names is None and parser.heard == {"name": "b"}


def test_without_abbreviations_the_own_option_is_heard() -> None:
    parser = parser_with("--names", allow_abbrev=False)
    assert parser.parse_args(["--name", "b"]).names is None and parser.heard == {"name": "b"}


def test_a_positional_of_the_same_dest_leaves_the_option_ours() -> None:
    parser = parser_with("name", "config")
    args = parser.parse_args(["a", "b", "--name", "n"])
    assert (args.name, args.config) == ("a", "b") and parser.heard == {"name": "n"}


def test_other_prefix_characters_are_used() -> None:
    parser = parser_with("+x", prefix_chars="+")
    parser.parse_args(["++name", "n", "++tmp", "+x", "1"])
    assert parser.heard == {"name": "n", "tmp": True}
    assert parser.parse_known_args(["--name"])[1] == ["--name"]


def test_a_sub_command_does_not_know_own_options() -> None:
    parser = Heard()
    parser.add_subparsers(dest="c").add_parser("sub")
    parser.parse_args(["--name", "n", "sub"])
    assert parser.heard == {"name": "n"}
    assert parser.parse_known_args(["sub", "--name", "n"])[1] == ["--name", "n"]


@pytest.mark.parametrize(
    "argv",
    [
        ["--tmp=1"],
        ["--no-record=x"],
        ["--name"],
        ["--config"],
        ["--name", "--tmp"],
        ["--config", "missing.yaml"],
        ["--resume=x"],
        ["--git-clean=1"],
        ["--git-dirty="],
        ["--exparse-help=1"],
        ["--run-id"],
        ["--run-id", "../x"],
        ["--run-id="],
        ["--tag"],
        ["--tag="],
        ["--tag", "a,"],
        ["--tag", "a b"],
        ["--tag", "a/b"],
        ["--tag=.hidden"],
        ["--description"],
        ["--description", "x" * 10_001],
        ["--description", "é" * 5_001],
    ],
    ids=lambda argv: " ".join(argv)[:30],
)
def test_a_wrong_own_option_is_a_usage_error(argv: list[str]) -> None:
    ended = duel.run(Heard, lambda kind, args: kind().parse_args(args), argv)
    assert ended[:2] == ("exit", "2") and ended[2] == "" and "error: argument --" in ended[3]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../x", ".hidden", "-x", "a b", "a\nb", "é", "x" * 101, "end.", "a\0"]
)
def test_a_name_that_may_not_stand_in_a_path_is_a_usage_error(name: str, tmp_path: Path) -> None:
    parser = ExParser(root=tmp_path / "root", prog="prog")
    ended = duel.outcome(lambda: parser.parse_args([f"--name={name}"]))
    assert ended[:2] == ("exit", "2") and len(ended[3].splitlines()) < 5
    assert not (tmp_path / "root").exists()


def test_with_exit_on_error_false_a_wrong_own_option_is_an_argument_error() -> None:
    with pytest.raises(argparse.ArgumentError, match="is not allowed"):
        Heard(exit_on_error=False).parse_args(["--name", "a/b"])


def test_own_options_show_in_help_of_the_top_level_only() -> None:
    parser = ExParser(prog="prog", record=False)
    sub = parser.add_subparsers().add_parser("sub")
    assert "--exparse-help" in parser.format_help() and "--no-record" in parser.format_usage()
    assert "exparse" not in sub.format_help() and "--no-record" not in sub.format_usage()
    ended = duel.outcome(lambda: parser.parse_args(["sub", "-h"]))
    assert "exparse" not in ended[2] and "--tmp" not in ended[2]


@pytest.mark.parametrize(
    "header", ['{"format": "1.0", "calls": []}', '{"format": "1.0", "command": 5}', '{"format": "1.0", "extra": 1}']
)
def test_a_saved_file_with_a_broken_first_line_is_a_usage_error(header: str, tmp_path: Path) -> None:
    saved = tmp_path / "saved.yaml"
    saved.write_text(f"# exparse: {header}\nx: '1'\n")
    ended = duel.outcome(lambda: parser_with("--x").parse_args(["--config", str(saved)]))
    assert ended[:2] == ("exit", "2") and "saved.yaml, line 1" in ended[3] and "Traceback" not in ended[3]


def test_a_saved_file_of_a_foreign_major_is_a_usage_error(tmp_path: Path) -> None:
    saved = tmp_path / "saved.yaml"
    saved.write_text('# exparse: {"format": "2.0"}\nx: "1"\n')
    ended = duel.outcome(lambda: parser_with("--x").parse_args(["--config", str(saved)]))
    assert ended[:2] == ("exit", "2") and "pip install -U exparse" in ended[3]


# What a script that hands back what it does not know does with words that others use


def test_words_that_other_programs_use_are_handed_on_whole(tmp_path: Path) -> None:
    given = ["--resume", "last.ckpt", "--tag", "v1", "--x", "1", "--description", "d", "--resume=best", "--tag="]

    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind()
        parser.add_argument("--x")
        found = parser.parse_known_args(argv)
        assert not getattr(parser, "heard", {})
        return found, parser.parse_known_intermixed_args(argv)

    assert duel.run(Heard, program, given) == duel.run(duel.Plain, program, given)
    parser = parser_with("--x")
    parser.parse_args(["--resume", "--tag", "v1", "--x", "1", "--description", "d"])
    assert parser.heard == {"resume": True, "tag": ["v1"], "description": "d"}


def test_a_remainder_keeps_all_own_options() -> None:
    words = ["--resume", "--tag", "a", "--description", "d", "--run-id", "n", "--git-clean", "--exparse-help"]
    parser = parser_with("--x")
    parser.add_argument("command")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    assert parser.parse_args(["--tag", "a", "run", *words]).rest == words and parser.heard == {"tag": ["a"]}


@pytest.mark.parametrize(
    ("defined", "argv", "dest"),
    [
        ("--resume-from", ["--resume", "x"], "resume_from"),
        ("--tags", ["--tag", "x"], "tags"),
        ("--tag-name", ["--tag=x"], "tag_name"),
        ("--description-file", ["--description", "x"], "description_file"),
        ("--run-id-prefix", ["--run-id", "x"], "run_id_prefix"),
        ("--git-clean-first", ["--git-clean", "x"], "git_clean_first"),
    ],
)
def test_a_word_of_ours_that_abbreviates_the_scripts_is_the_scripts(defined: str, argv: list[str], dest: str) -> None:
    parser = parser_with(defined)
    assert getattr(parser.parse_args(argv), dest) == "x" and parser.heard == {}


def test_what_the_first_of_two_parsers_heard_holds_for_the_run() -> None:
    first, second = parser_with("--x"), parser_with("--y")
    line = ["--x", "1", "--exparse-tag", "a", "--run-id", "n", "--git-dirty", "--exparse-description", "d", "--y", "2"]
    _, rest = first.parse_known_args([*line, "--exparse-resume", "--tag", "b"])
    assert rest == ["--y", "2", "--tag", "b"]
    second.parse_args(rest)
    heard = {"tag": ["a", "b"], "run-id": "n", "git-dirty": True, "description": "d", "resume": True}
    assert second.heard == heard


def test_what_the_first_of_two_parsers_took_is_given_back_where_the_second_has_it() -> None:
    first, second = parser_with("--x"), parser_with("--run-id", "--tag")
    _, rest = first.parse_known_args(["--x", "1", "--run-id", "mine", "--tag", "t", "--tmp"])
    args = second.parse_args(rest)
    assert (args.run_id, args.tag) == ("mine", "t") and second.heard == {"tmp": True}


# --exparse-help


@pytest.mark.parametrize("way", ["parse_args", "parse_known_args", "parse_intermixed_args"])
def test_exparse_help_shows_every_own_option_and_ends_the_program_with_0(way: str) -> None:
    parser = ExParser(prog="prog", record=False)
    parser.add_argument("needed")
    parser.add_argument("--tag")
    ended = duel.outcome(lambda: getattr(parser, way)(["--exparse-help"]))
    assert ended[:2] == ("exit", "0") or ended[:2] == ("exit", "None")
    assert ended[3] == ""
    for name in [*OWN, "exparse-tag"]:
        assert f"--{name}" in ended[2] or name == "tag"
    assert "\n  --exparse-tag TAG" in ended[2] and "EXPARSE_TAGS" in ended[2] and "--needed" not in ended[2]
    assert max(map(len, ended[2].splitlines())) <= 100


def test_help_shows_a_few_lines_of_ours_and_names_the_rest() -> None:
    parser = ExParser(prog="prog", record=False)
    shown = parser.format_help()
    ours = shown[shown.index("exparse (each") :].splitlines()
    assert [line.split()[0] for line in ours if line.startswith("  --")] == [
        "--config",
        "--name",
        "--tmp",
        "--no-record",
        "--exparse-help",
    ]
    assert len(ours) <= 8 and "--resume" not in shown and "--exparse-help" not in parser.format_usage()


def test_help_shows_the_long_spelling_where_the_short_one_is_the_scripts() -> None:
    parser = ExParser(prog="prog", record=False)
    parser.add_argument("--name")
    shown = parser.format_help()
    assert "\n  --exparse-name NAME" in shown and "\n  --config FILE-OR-RUN" in shown


def test_exparse_help_of_other_prefix_characters() -> None:
    ended = duel.outcome(lambda: ExParser(prefix_chars="+", record=False).parse_args(["++exparse-help"]))
    assert ended[0] == "exit" and "\n  ++resume " in ended[2]


# The environment and the constructor


def test_tags_of_the_constructor_the_environment_and_the_command_line_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPARSE_TAGS", " b, c,,a ")
    parser = parser_with("--x", tags=["a"])
    parser.parse_args(["--tag", "c,d"])
    assert parser.heard == {"tag": ["a", "b", "c", "d"]}
    assert parser_with(tags="one,two").parse_args([]) == argparse.Namespace()


@pytest.mark.parametrize(
    ("name", "value"), [("EXPARSE_TAGS", "a,../b"), ("EXPARSE_CAPTURE", "all"), ("EXPARSE_NAME", "a/b")]
)
def test_a_wrong_environment_is_a_usage_error(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    ended = duel.outcome(lambda: Heard(prog="prog").parse_args([]))
    assert ended[:2] == ("exit", "2") and name in ended[3] and "is not allowed" in ended[3]


@pytest.mark.parametrize(
    "keywords", [{"capture": "all"}, {"capture": ""}, {"tags": ["a/b"]}, {"tags": "a b"}, {"tags": [3]}], ids=str
)
def test_a_wrong_keyword_is_a_value_error(keywords: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is not allowed"):
        ExParser(**keywords)


def test_the_keywords_are_kept_for_the_recorder() -> None:
    settings = ExParser(capture="fd", source=True, git_clean=True, tags=("a",))._exparse
    assert (settings.capture, settings.source, settings.git_clean, settings.tags) == ("fd", True, True, ("a",))
    settings = ExParser()._exparse
    assert (settings.capture, settings.source, settings.git_clean, settings.tags) == (None, False, False, ())


def test_git_clean_of_the_constructor_is_asked_for_in_each_parse() -> None:
    parser = parser_with(git_clean=True)
    parser.parse_args([])
    assert parser.heard == {"git-clean": True}
    parser.parse_args(["--git-dirty"])
    assert parser.heard == {"git-clean": True, "git-dirty": True}


def test_a_token_in_a_description_is_masked() -> None:
    parser = parser_with()
    parser.parse_args(["--description", "with ghp_" + "aB3dE5gH7jK9" * 3 + " at https://u:pw123@h"])
    assert parser.heard == {"description": "with ****** at https://u:******@h"}


@pytest.mark.parametrize("needed", [1, "ALL", None, ["all"]])
def test_how_much_must_be_equal_is_one_of_three_words(needed: Any) -> None:
    with pytest.raises(ValueError, match="it must be True, False or one of all, params"):
        ExParser(needed=needed)
