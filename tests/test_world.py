"""The guards of conftest.py, tried on tests that break their rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).with_name("conftest.py")


def run_tests(checkout: Path, source: str, **environment: str) -> str:
    """Run ``source`` as the only test file of a checkout of its own, and return what pytest says."""
    tests = checkout / "tests"
    tests.mkdir(parents=True)
    shutil.copy(CONFTEST, tests)
    (tests / "test_it.py").write_text(source, encoding="utf-8")
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=checkout,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    return answer.stdout


def test_a_test_that_writes_into_the_checkout_fails(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    said = run_tests(checkout, f"def test_it(): open({str(checkout / 'stray.txt')!r}, 'w').close()")
    assert "written outside the temporary folder" in said
    assert "stray.txt" in said


def test_a_test_that_makes_a_folder_in_the_checkout_fails(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    said = run_tests(checkout, f"import os\ndef test_it(): os.mkdir({str(checkout / 'stray')!r})")
    assert "written outside the temporary folder" in said


def test_a_test_that_writes_where_it_works_passes(tmp_path: Path) -> None:
    source = "def test_it(tmp_path, root):\n    open('x', 'w').close()\n    root.mkdir()"
    said = run_tests(tmp_path / "checkout", source)
    assert "1 passed" in said and "error" not in said


def test_no_test_sees_the_settings_or_the_home_of_the_user(tmp_path: Path) -> None:
    source = """
import os
from pathlib import Path

def test_it(tmp_path):
    assert "EXPARSE_ROOT" not in os.environ and "SLURM_PROCID" not in os.environ and "RANK" not in os.environ
    assert Path.home() == tmp_path / "home" and Path.cwd() == tmp_path
"""
    said = run_tests(tmp_path / "checkout", source, EXPARSE_ROOT="/elsewhere", SLURM_PROCID="1", RANK="1")
    assert "1 passed" in said


def test_a_script_runs_in_a_process_of_its_own(script, odd_folder: Path) -> None:  # type: ignore[no-untyped-def]
    source = "import os, sys; print(os.path.samefile('.', os.path.dirname(__file__)), sys.argv[1:])"
    answer = script(source, "a b", 3, folder=odd_folder)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "True ['a b', '3']"
