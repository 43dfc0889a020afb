"""The command line of ``exparse run``: own options, what is run, and words that are none of ours."""

from __future__ import annotations

import pytest

from exparse.launch import line


def test_what_stands_behind_the_script_is_the_scripts() -> None:
    told = line.read(["--name", "a", "--tmp", "train.py", "--config", "x", "--", "--name", "b", "-h"])
    assert (told.kind, told.target) == ("script", "train.py")
    assert told.words == ["--config", "x", "--", "--name", "b", "-h"]
    assert told.asked == [("name", "a"), ("tmp", "")]


def test_needed_does_not_swallow_the_script() -> None:
    assert line.read(["--needed", "train.py"]).target == "train.py"
    told = line.read(["--needed=params", "--exparse-name=x", "train.py"])
    assert told.asked == [("needed", "params"), ("name", "x")]


@pytest.mark.parametrize("words", [["-m", "json.tool", "-h"], ["-mjson.tool", "-h"]])
def test_a_module_is_named_as_python_has_it(words: list[str]) -> None:
    told = line.read(words)
    assert (told.kind, told.target, told.words) == ("module", "json.tool", ["-h"])


def test_a_command_stands_behind_two_dashes() -> None:
    told = line.read(["--capture=off", "--root", "r", "--source", "--", "-odd", "--", "-m"])
    assert (told.kind, told.target, told.words) == ("command", "-odd", ["--", "-m"])
    assert (told.capture, told.root, told.source, told.asked) == ("off", "r", True, [])


def test_help_is_ours_only_before_the_script() -> None:
    assert line.read(["--tmp", "--help", "train.py"]).kind == "help"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "required"),
        (["--tmp"], "required"),
        (["--"], "a command is missing"),
        (["-m"], "a module is missing"),
        (["-"], "standard input"),
        (["--nmae", "x", "a.py"], "Close to it: --name"),
        (["--lr", "1", "train.py"], "unrecognized arguments: --lr"),
        (["--tmp=1", "a.py"], "ignored explicit argument '1'"),
        (["--name"], "expected one argument"),
        (["--capture", "all", "a.py"], "invalid choice: 'all'"),
        (["--needed=", "a.py"], "invalid choice: ''"),
        (["-x", "a.py"], "unrecognized arguments: -x"),
    ],
)
def test_what_cannot_be_read_is_told(words: list[str], said: str) -> None:
    with pytest.raises(line.WrongLine, match=said):
        line.read(words)
