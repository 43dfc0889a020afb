"""ExParser before CPython's judge, and the judge before three cases whose verdict is known."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

JUDGE = Path(__file__).with_name("judge.py")

has_test_package = pytest.mark.skipif(
    importlib.util.find_spec("test") is None or importlib.util.find_spec("test.test_argparse") is None,
    reason="this interpreter comes without its test package",
)

# Right in every way; its help says a word more, and it leaves a folder, as a recorded run would.
RIGHT = """
import os
from argparse import ArgumentParser

class Right(ArgumentParser):
    show_own_options = True

    def parse_args(self, *args, **kwargs):
        namespace = super().parse_args(*args, **kwargs)
        if os.environ.get("EXPARSE_RECORD") != "0":
            os.makedirs(os.path.join(os.environ["EXPARSE_ROOT"], "runs", "1"), exist_ok=True)
        return namespace

    def add_subparsers(self, **kwargs):
        return super().add_subparsers(**{"parser_class": ArgumentParser, **kwargs})

    def format_help(self):
        return super().format_help() + ("more" if self.show_own_options else "")
"""

# The usual way to do it, which puts its own option into everybody's namespace.
NAIVE = """
from argparse import ArgumentParser

class Naive(ArgumentParser):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_argument("--config")
"""


def judge(*argv: str, search: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PYTHONPATH": str(search)} if search else {})}
    return subprocess.run(
        [sys.executable, str(JUDGE), *argv], env=environment, capture_output=True, text=True, timeout=600
    )


@has_test_package
def test_exparser_passes_the_tests_of_cpython() -> None:
    answer = judge()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    verdicts = [line for line in answer.stdout.splitlines() if "runs recorded" in line]
    assert len(verdicts) == 3
    for verdict in verdicts:
        passed, _, asked = verdict.split()[:3]
        # The oldest supported Python has 1,348 cases that are about parsing alone.
        assert passed == asked and int(asked) > 1300


@has_test_package
def test_a_class_that_differs_in_texts_only_is_acquitted(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    answer = judge("--parser", "right:Right", search=tmp_path)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "differ in texts only" in answer.stdout


@has_test_package
def test_a_class_that_adds_to_the_namespace_is_convicted(tmp_path: Path) -> None:
    (tmp_path / "naive.py").write_text(NAIVE, encoding="utf-8")
    answer = judge("--mode", "raw", "--parser", "naive:Naive", search=tmp_path)
    assert answer.returncode == 1
    assert "FAILED TestActionExtend" in answer.stdout


@has_test_package
def test_a_class_that_records_nothing_is_convicted(tmp_path: Path) -> None:
    answer = judge("--mode", "hidden", "--parser", "argparse:ArgumentParser")
    assert answer.returncode == 1
    assert "hidden recorded 0 runs" in answer.stdout


def test_an_interpreter_without_the_tests_is_named_and_not_failed(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "__init__.py").touch()
    answer = judge(search=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "comes without its test package" in answer.stdout
