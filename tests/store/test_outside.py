"""Files that people name to be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from making import make_run

from exparse.query.index import Index
from exparse.store import outside

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def test_a_file_among_those_of_a_root_is_refused_and_others_are_not(root: Path, tmp_path: Path) -> None:
    run = make_run(root)
    for path in (run.path / "x.parquet", root / "exparse.json", root / "index" / "deep" / "x", root / "runs"):
        with pytest.raises(outside.NoPlace):
            outside.check(str(path))
    assert outside.check(str(root / "mine.csv")) == os.path.realpath(root / "mine.csv")
    assert outside.check(str(tmp_path / "x.csv")) == os.path.realpath(tmp_path / "x.csv")


def test_a_frame_is_not_written_among_the_files_of_a_run(root: Path) -> None:
    pytest.importorskip("pandas")
    run = make_run(root)
    for path in (run.path / "params.yaml", root / "exparse.json"):
        before = path.read_bytes()
        with pytest.raises(outside.NoPlace, match="among the files of the root"):
            Index(root).to_parquet(path)
        assert path.read_bytes() == before
