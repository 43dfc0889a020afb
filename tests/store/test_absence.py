"""Whether a run is certainly gone."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest
from making import make_run

from exparse.store import absence

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def test_a_run_is_gone_only_if_others_are_there(root: Path) -> None:
    run, other = make_run(root), make_run(root)
    assert "is there" in (absence.doubt(str(root), run.name) or "")
    shutil.rmtree(run.path)
    assert absence.doubt(str(root), run.name) is None
    assert absence.doubt(str(root), run.name, "tmp") == "tmp/ holds no run at all"
    shutil.rmtree(other.path)
    assert absence.doubt(str(root), run.name) == "runs/ holds no run at all"
    shutil.rmtree(root / "tmp")
    assert absence.doubt(str(root), run.name) == "tmp/ is missing"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE, errno.ELOOP])
def test_an_error_never_says_that_something_is_gone(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert absence.is_gone(f"{tmp_path}/nothing") and not absence.is_gone(str(tmp_path))
    (tmp_path / "file").write_text("")
    assert absence.is_gone(f"{tmp_path}/file/below")

    def broken(path: str) -> os.stat_result:
        raise OSError(number, os.strerror(number), path)

    monkeypatch.setattr(os, "lstat", broken)
    assert not absence.is_gone(f"{tmp_path}/nothing")


def test_a_link_says_in_which_folder_its_run_lay() -> None:
    places = {"../runs/1/params.yaml": "runs", "../../../tmp/1/params.yaml": "tmp", "../../tmpx/1": "runs"}
    assert {target: absence.place_of(target) for target in places} == places
