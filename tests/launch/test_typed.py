"""A command line of Python, taken apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exparse.launch.typed import CODE, MODULE, SCRIPT, STDIN, Typed, take_apart


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["train.py", "--lr", "1"], Typed([], SCRIPT, "train.py", ["--lr", "1"])),
        (["-m", "pkg.train", "-m", "x"], Typed([], MODULE, "pkg.train", ["-m", "x"])),
        (["-mpkg", "a"], Typed([], MODULE, "pkg", ["a"])),
        (["-c", "print(1)", "a"], Typed([], CODE, "print(1)", ["a"])),
        (["-X", "dev", "-W", "error", "-u", "t.py"], Typed(["-X", "dev", "-W", "error", "-u"], SCRIPT, "t.py", [])),
        (["-Xdev", "-Werror", "t.py"], Typed(["-X", "dev", "-W", "error"], SCRIPT, "t.py", [])),
        (["-uOm", "pkg"], Typed(["-u", "-O"], MODULE, "pkg", [])),
        (["-uX", "dev", "t.py"], Typed(["-u", "-X", "dev"], SCRIPT, "t.py", [])),
        (
            ["--check-hash-based-pycs", "always", "t.py"],
            Typed(["--check-hash-based-pycs", "always"], SCRIPT, "t.py", []),
        ),
        (["-i", "t.py"], Typed([], SCRIPT, "t.py", [])),
        (["--", "-t.py", "--", "x"], Typed([], SCRIPT, "-t.py", ["--", "x"])),
        (["-", "x"], Typed([], STDIN, "-", ["x"])),
        ([], Typed([], "", "", [])),
        (["-m"], Typed([], "", "", [])),
        (["-u"], Typed(["-u"], "", "", [])),
    ],
)
def test_a_line_is_taken_apart_as_python_does(words: list[str], found: Typed) -> None:
    assert take_apart(["python", *words]) == found


def test_what_was_taken_apart_is_what_python_itself_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(
        "import sys\nprint(repr((sys.orig_argv, sys.argv, sys.flags.optimize, sys._xoptions)))"
    )
    words = ["-OX", "dev=1", "-Wignore", "t.py", "-c", "", "a b"]
    answer = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    line = answer.stdout.partition("], [")[0].partition("[")[2]
    found = take_apart([part.strip("'") for part in line.split(", ")])
    assert [found.target, *found.args] == ["t.py", "-c", "", "a b"] and found.options[:2] == ["-O", "-X"]
    again = [sys.executable, *found.options, found.target, *found.args]
    said = subprocess.run(again, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.partition("], [")[2] == answer.stdout.partition("], [")[2]
