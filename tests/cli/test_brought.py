"""Paths of runs bring their root."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import make_run

from exparse.cli import brought
from exparse.cli.main import main


def test_a_path_brings_its_root_and_all_else_none(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, other = make_run(root), make_run(tmp_path / "other one")
    monkeypatch.setenv("EXPARSE_ROOT", str(root))
    assert brought.root([other.folder, f"{other.folder}/params.yaml"]) == str(tmp_path / "other one")
    assert brought.root([other.folder, "1"]) is None and brought.root([other.folder, run.folder]) is None
    assert brought.root([run.folder]) is None and brought.root([f"{tmp_path}/no/runs"]) is None
    (tmp_path / "link").symlink_to(other.folder)
    monkeypatch.chdir(other.folder)
    (Path(other.folder) / "1").touch()
    assert brought.root(["1"]) is None and brought.root(["."]) == brought.root(["../../../link"]) is not None


def test_verbs_take_a_path_from_anywhere_but_not_against_a_root_that_is_said(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "other one", {"lr": 0.5})
    monkeypatch.chdir(tmp_path)
    for words in (["show", run.folder], ["command", run.folder], ["tag", "x", run.folder], ["tree", run.folder]):
        assert main(words) == 0, words
    assert run.tags == ["x"]
    make_run(root)
    capsys.readouterr()
    assert main(["--root", str(root), "show", run.folder]) == 1
    assert "That run lies in another root" in capsys.readouterr().err
