"""``exparse command``: a line that a shell can run gives the params once more."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli.command import command, quoted
from exparse.store.root import Root

SCRIPT = """
    from exparse import ExParser
    parser = ExParser()
    parser.add_argument("data")
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--names", nargs="*", default=["x"])
    parser.add_argument("--token", secret=True)
    print(sorted(vars(parser.parse_args()).items()))
"""


def told(root: Path, *selectors: str, as_typed: bool = False) -> tuple[int, list[str], str]:
    """Return the exit code of the verb, the lines that it printed, and its notes."""
    paper = Paper()
    code = command(Root(root), selectors, as_typed, paper)
    return code, paper.said.splitlines(), paper.noted


@pytest.mark.slow
def test_a_shell_that_runs_the_line_makes_the_same_run_whatever_the_values_came_from(
    script: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    script(SCRIPT, "it's \\ here", "--lr=-1e3", "--names", "a b", "", "$HOME", folder=folder)
    (folder / "more.yaml").write_text("shuffle: true\nlr: 3\n")
    argv = ("--config", "1", "--config", "more.yaml", "--name", "x", "--names", "q", "--token", "hunter22")
    second = script(SCRIPT, *argv, folder=folder)
    assert "'it\\'s" in second.stdout or "it's" in second.stdout, second.stderr
    (folder / "more.yaml").unlink()
    code, (line,), notes = told(folder / "exruns", "2")
    assert code == 0 and "--config" not in line and "--name " not in line and "hunter22" not in line
    assert f"run 2: it was started in {folder}: cd '{folder}'" in notes
    assert "run 2: not recorded, to be filled in: token" in notes
    again = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, text=True, check=True)
    assert again.stdout == second.stdout.replace("'hunter22'", "None"), line
    _, (typed,), _ = told(folder / "exruns", "2", as_typed=True)
    words = shlex.split(typed)
    assert words[0] == sys.executable and words[2:5] == ["--config", "1", "--config"], "what was typed, as it was"


def test_runs_of_another_program_of_ours_and_of_older_roots_have_lines_of_their_own(root: Path) -> None:
    typed = ["python", "-u", "train.py", "--lr", "0.5"]
    make_run(root, facts={"typed": typed})
    make_run(root, facts={"typed": ["python", "-m", "pkg", "a"], "argv": ["a"], "launcher": {"kind": "torchrun"}})
    ours = {"kind": "script", "target": "my train.py"}
    make_run(root, facts={"typed": ["exparse", "run"], "runner": ours, "rendered": ["--lr=1"], "config": ["/x.yaml"]})
    make_run(root, facts={"typed": ["exparse", "run"], "runner": {"kind": "command", "target": "ls"}, "argv": ["-l"]})
    old = make_run(root, facts={"typed": typed, "config": ["/x.yaml"]})
    profiled = ["python", "-m", "cProfile", "-o", "/dev/null", "train.py", "--lr", "1"]
    make_run(root, facts={"typed": profiled, "argv": ["--lr", "1"]})
    make_run(root, facts={"typed": ["python", "train.py", "fit", "--lr", "2"], "argv": ["--lr", "2"]})
    code, lines, notes = told(root, "1:7")
    assert lines == [
        "python -u train.py --lr 0.5",
        "python -m pkg a",
        "exparse run 'my train.py' --lr=1",
        "exparse run -- ls -l",
        f"python -u train.py --exparse-config {shlex.quote(old.folder)}/params.yaml",
        " ".join(profiled),
        "python train.py fit --lr 2",
    ]
    assert code == 0 and "run 5: params came from saved files" in notes and "torchrun" in notes


def test_beside_the_line_stands_only_what_it_does_not_say(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    facts = {"cwd": str(tmp_path), "typed": ["python", "a.py", "--key=******"], "argv": ["--key=******"]}
    make_run(root, facts=facts)
    assert told(root, "1") == (
        0,
        ["python a.py '--key=******'"],
        "run 1: a secret is to be filled in where ****** stands\n",
    )


def test_a_notebook_has_no_line_and_the_others_are_printed(root: Path) -> None:
    make_run(root, facts={"typed": ["python", "-m", "ipykernel_launcher", "-f", "/k.json"]})
    make_run(root, facts={"typed": ["python", "a.py"], "argv": []})
    code, lines, notes = told(root, "1", "2", "99")
    assert (code, lines) == (1, ["python a.py"])
    assert "run 1" in notes and "notebook" in notes and "no run matches '99'" in notes


@pytest.mark.parametrize(
    "word", ["two\nlines", "tab\t'quote'\\", "\udcff", "größe", "", "a b", "\x1b[0m%d$(x)!", "\n\x01\n\n", "--x=\x01-"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_every_word_is_read_by_any_shell_and_harmless(word: str, encoding: str) -> None:
    line = quoted(word, encoding)
    assert line.replace("\n", "").isprintable() and line.encode(encoding)
    for shell in filter(shutil.which, ("sh", "bash", "dash", "zsh")):
        done = subprocess.run([shell, "-c", f"printf %s {line}"], capture_output=True, check=True)
        assert done.stdout == word.encode("utf-8", "surrogateescape"), shell


def test_what_can_be_read_stands_as_it_is() -> None:
    assert (quoted("größe\nzwei"), quoted("a=1")) == ("'größe\nzwei'", "a=1")
