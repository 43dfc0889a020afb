"""Programs that a recorded program starts: runs of their own, with the run that started them as parent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from exparse import Root

PARSE = "from exparse import ExParser\nparser = ExParser()\nparser.add_argument('--x', type=int)\nargs = parser.parse_args()\n"


def runs(folder: Path) -> list[Any]:
    return Root(folder / "exruns").runs()


@pytest.mark.parametrize("env", [{}, {"RANK": "0", "WORLD_SIZE": "1"}], ids=["alone", "rank 0"])
def test_a_program_that_a_program_starts_has_a_run_of_its_own(script: Any, tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "inner.py").write_text(PARSE)
    source = PARSE + f"import subprocess\nsubprocess.run([{sys.executable!r}, 'inner.py', '--x', '2'], check=True)\n"
    answer = script(source, "--x", 1, env=env)
    assert answer.returncode == 0, answer.stderr
    outer, inner = runs(tmp_path)
    assert (outer.params, inner.params) == ({"x": 1}, {"x": 2})
    assert inner.parents == [outer.name] and outer.parents == []


def test_a_run_in_another_root_is_named_by_its_folder(script: Any, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "inner.py").write_text(PARSE)
    source = PARSE + f"import subprocess\nsubprocess.run([{sys.executable!r}, 'other/inner.py'], check=True)\n"
    assert script(source).returncode == 0
    (outer,), (inner,) = runs(tmp_path), runs(tmp_path / "other")
    assert inner.parents == [str(outer.path)]


def test_a_program_in_the_place_of_a_recorded_one_has_it_as_parent(script: Any, tmp_path: Path) -> None:
    (tmp_path / "inner.py").write_text(PARSE)
    source = PARSE + f"import os\nos.execv({sys.executable!r}, [{sys.executable!r}, 'inner.py'])\n"
    assert script(source).returncode == 0
    outer, inner = runs(tmp_path)
    assert (outer.state, inner.state) == ("finished", "finished")
    assert inner.parents == [outer.name] and "exec" in outer.status.remarks[0]


def test_the_environment_is_given_back_when_a_run_ends_early(script: Any, tmp_path: Path) -> None:
    source = """
import os, exparse
before = dict(os.environ)
with exparse.start({}) as outer:
    with exparse.start({}) as inner:
        assert os.environ["EXPARSE_RUN"] == str(inner.path)
    assert os.environ["EXPARSE_RUN"] == str(outer.path)
assert dict(os.environ) == before
print("same")
"""
    assert script(source).stdout == "same\n"


def test_a_folder_that_is_gone_is_no_parent(script: Any, tmp_path: Path) -> None:
    answer = script(PARSE, env={"EXPARSE_RUN": "/no/such/folder", "EXPARSE_RUN_BY": "1"})
    assert answer.returncode == 0
    assert runs(tmp_path)[0].parents == []
