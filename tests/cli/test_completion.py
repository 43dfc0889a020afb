"""Completion: what the shells ask, and what the scripts make of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import damage, make_root, make_run

from exparse.cli import complete, shells
from exparse.cli.main import main, make_parser, verbs
from exparse.query import known
from exparse.store.root import Root


def test_runs_are_offered_newest_first_with_labels_and_marks(root: Path) -> None:
    first = make_run(root, label="big", marks=["good", "paper/t1"])
    second = make_run(root)
    third = make_run(root, tmp=True)
    words = complete.words(Root(root), "runs", "")
    assert words == ["last", second.name, "big", first.name, third.name, "@good", "@paper/t1"]
    assert complete.words(Root(root), "runs", "@p") == ["@paper/t1"]
    assert complete.words(Root(root), "runs", "b") == ["big"]
    assert complete.words(Root(root), "runs", "00000") == [second.name, first.name, third.name]


def test_a_number_is_offered_as_a_number(root: Path) -> None:
    for _ in range(12):
        make_run(root)
    assert complete.words(Root(root), "runs", "1") == ["12", "11", "10", "1"]


def test_a_hundred_words_are_enough(root: Path) -> None:
    for _ in range(complete.MOST + 5):
        make_run(root)
    assert len(complete.words(Root(root), "runs", "0")) == complete.MOST


def test_the_trash_and_marks_are_offered(root: Path) -> None:
    run = make_run(root, marks=["good", "gold", "other"])
    assert complete.words(Root(root), "marks", "go") == ["gold", "good"]
    Root(root).remove(run)
    assert complete.words(Root(root), "trash", "") == ["last", run.name]
    assert complete.words(Root(root), "nonsense", "") == []


def test_of_the_trash_only_runs_are_offered_and_no_notes(root: Path) -> None:
    run = make_run(root, label="sweep")
    Root(root).remove(run)
    assert complete.words(Root(root), "trash", "") == ["last", "sweep", run.name]
    assert complete.words(Root(root), "trash", "sw") == ["sweep"]
    assert complete.words(Root(root), "trash", run.name[:9]) == [run.name]


def test_tags_of_the_newest_runs_are_offered(root: Path) -> None:
    make_run(root, facts={"tags": ["old", "other"]})
    damage(make_run(root, facts={"tags": ["older"]}), "metadata.json")
    assert complete.words(Root(root), "tags", "ol") == ["old"]
    assert complete.words(Root(root), "nothing", "") == []


def test_a_mark_that_could_not_be_typed_is_not_offered(root: Path) -> None:
    run = make_run(root, marks=["good"])
    evil = root / "marked" / "$(touch x)"
    evil.mkdir()
    (evil / f"{run.name}.yaml").write_text("x")
    assert complete.words(Root(root), "marks", "") == ["good"]


@pytest.mark.parametrize("argv", [[], ["runs"], ["runs", "", "more"], ["nonsense", "x"]])
def test_the_hidden_verb_is_silent_where_there_is_no_root(argv: list[str], exparse: Any) -> None:
    answer = exparse("_complete", *argv, cwd="/")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_the_hidden_verb_is_not_in_the_help(exparse: Any) -> None:
    assert "_complete" not in exparse("--help").stdout


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """Make a folder for PATH with the command, as an installed one is."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / "exparse"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m exparse \"$@\"\n")
    command.chmod(0o755)
    return folder


def ask(shell: str, program: str, folder: Path, bin_folder: Path) -> list[str]:
    """Run a program in a shell that finds the command; return the words that it prints."""
    where = shutil.which(shell)
    if where is None:
        pytest.skip(f"there is no {shell} on this machine")
    environment = {**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    flags = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    answer = subprocess.run(
        [where, *flags, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert answer.stderr == ""
    return answer.stdout.split()


LINES = [
    ("exparse su", ["summary"]),
    ("exparse de", ["describe"]),
    ("exparse log b", ["big"]),
    ("exparse log big b", []),
    ("exparse note b", ["big"]),
    ("exparse note big b", []),
    ("exparse tag ol", ["old"]),
    ("exparse tag old b", ["big"]),
    ("exparse log --st", ["--stderr"]),
    ("exparse code big --to exr", ["exruns"]),
    ("exparse --root exruns unm", ["unmark"]),
    ("exparse ls --for", ["--format"]),
    ("exparse ls --format m", ["markdown"]),
    ("exparse ls --mark g", ["good"]),
    ("exparse show b", ["big"]),
    ("exparse mark g", ["good"]),
    ("exparse mark good b", ["big"]),
    ("exparse unmark good 1 b", ["big"]),
    ("exparse --root 'exruns' rm b", ["big"]),
    ("exparse --root=exruns rm b", ["big"]),
    ("exparse show @g", ["@good"]),
    ("exparse completion z", ["zsh"]),
    ("exparse ls -n ", []),
    ("exparse ls --tag o", ["old"]),
    ("exparse ls --state fa", ["failed"]),
    ("exparse ls --sort model,-ac", ["model,-acc"]),
    ("exparse ls --columns +mo", ["+model"]),
    ("exparse ls --where mo", ["model"]),
    ("exparse summary --by mo", ["model"]),
    ("exparse views --at exr", ["exruns"]),
    ("exparse diff big --to b", ["big"]),
    ("exparse rename b", ["big"]),
    ("exparse tag new --where 'lr > 3' b", ["big"]),
    ("exparse mark good --state failed --wh", ["--where"]),
    ("exparse show nothing-like-this", []),
]


# Fish takes such a word for options, and asks nobody.
SIGNED = [("exparse ls --sort -ac", ["-acc"]), ("exparse ls --columns -mo", ["-model"])]


@pytest.mark.parametrize(("line", "words"), [*LINES, *SIGNED], ids=[line for line, _ in [*LINES, *SIGNED]])
def test_bash_offers_what_fits(
    line: str, words: list[str], root: Path, bin_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(root, {"model": "x"}, label="big", marks=["good"], facts={"tags": ["old"]})
    (run.path / "summary.json").write_text('{"acc": 0.5}')
    (tmp_path / "c.bash").write_text(script("bash", capsys))
    quoted = line.replace('"', '\\"')
    program = f'source ./c.bash; COMP_LINE="{quoted}"; COMP_POINT=${{#COMP_LINE}}; _exparse; echo "${{COMPREPLY[@]}}"'
    assert ask("bash", program, tmp_path, bin_folder) == words


@pytest.mark.parametrize(("line", "words"), LINES, ids=[line for line, _ in LINES])
def test_fish_offers_what_fits(
    line: str, words: list[str], root: Path, bin_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(root, {"model": "x"}, label="big", marks=["good"], facts={"tags": ["old"]})
    (run.path / "summary.json").write_text('{"acc": 0.5}')
    (tmp_path / "c.fish").write_text(script("fish", capsys))
    quoted = line.replace("'", "\\'")
    offered = ask("fish", f"source ./c.fish; complete -C '{quoted}' | string split -f 1 \\t", tmp_path, bin_folder)
    # Of folders fish offers the slash as well.
    assert [word.rstrip("/") for word in offered] == words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_script_is_sound_and_knows_every_verb(
    shell: str, tmp_path: Path, bin_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = script(shell, capsys)
    (tmp_path / "script").write_text(text)
    assert ask(shell, f"{shell} -n ./script", tmp_path, bin_folder) == []
    assert all(verb.NAME in text for verb in verbs())


def test_no_script_of_the_user_is_run(root: Path, tmp_path: Path, exparse: Any) -> None:
    make_root(root)
    (tmp_path / "sitecustomize.py").write_text("")
    (tmp_path / "main.py").write_text("raise SystemExit('run')")
    assert exparse("_complete", "runs", "").stdout == "last\n"


def test_names_of_params_and_metrics_come_from_the_newest_runs(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_PATIENCE_S", 60.0)
    for values, summary in (
        ({"old": 1}, '{"early": 1}'),
        ({"lr": 1, "$(touch x)": 2}, '{"acc": 1, "train": {"acc": 2}}'),
    ):
        (make_run(root, values).path / "summary.json").write_text(summary)
    (make_run(root, {"lr": 1}).path / "metrics.jsonl").write_text('{"loss": 1.5, "step": 1}\n')
    damage(make_run(root), text="[1, 2")
    edited = make_run(root)
    (edited.path / "params.yaml").write_text("by_hand: [1, 2]\n")
    assert complete.words(Root(root), "params", "") == ["by_hand", "lr", "old"]
    assert complete.words(Root(root), "metrics", "") == ["loss", "acc", "train.acc", "early"]
    assert complete.words(Root(root), "runs", "best:-l") == ["best:-loss"]
    assert complete.words(Root(root), "fields", "sta") == ["state", "started"]


@pytest.mark.parametrize(
    ("what", "prefix", "words"),
    [
        ("columns", "lr,ac", ["lr,acc"]),
        ("columns", "-lr", ["-lr"]),
        ("columns", "+params.", ["+params.*", "+params.lr"]),
        ("columns", "metrics.a", ["metrics.acc"]),
        ("sorts", "lr,-ac", ["lr,-acc"]),
        ("states", "failed,lo", ["failed,lost"]),
        ("queries", "lr", ["lr"]),
        ("queries", "lr < 3 and (ac", ["lr < 3 and (acc"]),
        ("queries", "not lr", ["not lr"]),
        ("fields", "state,ac", ["state,acc"]),
    ],
)
def test_of_several_words_the_last_is_completed(root: Path, what: str, prefix: str, words: list[str]) -> None:
    (make_run(root, {"lr": 1}).path / "summary.json").write_text('{"acc": 1}')
    assert complete.words(Root(root), what, prefix) == words


def test_numbers_of_all_widths_are_offered_newest_first(root: Path) -> None:
    for number in (9, 999_999, 1_000_000):
        (root / "runs" / f"{number:06d}-2026-11-21-05-40-12-x{number}").mkdir(parents=True)
    assert complete.words(Root(root), "runs", "9") == ["999999-2026-11-21-05-40-12-x999999", "999999", "9"]
    assert complete.words(Root(root), "runs", "x") == ["x1000000", "x999999", "x9"]
    assert complete.words(Root(root), "runs", "")[1:3] == ["x1000000", "1000000-2026-11-21-05-40-12-x1000000"]


def test_completion_loads_no_verb_and_nothing_heavy(root: Path) -> None:
    (make_run(root, {"lr": 1}).path / "summary.json").write_text('{"acc": 1}')
    program = (
        "import sys; sys.argv = ['exparse', '_complete', 'columns', '']; from exparse.cli.start import main; main();"
        "print([name for name in sys.modules if name in ('yaml', 'pandas', 'numpy', 'git', 'argparse', 'exparse.cli.ls')])"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = answer.stdout.splitlines()
    assert lines[:2] == ["lr", "acc"] and lines[-1] == "[]"


def test_every_option_is_offered_what_it_takes() -> None:
    words = shells.words_of(make_parser(), verbs())
    lacking = {
        f"{word.verb} {option}"
        for word in words
        for option, values in word.options.items()
        if values == [] and shells.offered(word.verb, option) is None
    }
    # Numbers, ages, sizes and words of one's own.
    assert {option.split()[1] for option in lacking} <= {
        *("-n", "--since", "--part", "--older-than", "--larger-than", "--keep-last", "--height", "--log", "--stats"),
        *("--name", "--description", "--run-id", "--wait", "--signal", "-m"),
    }
