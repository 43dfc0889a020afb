"""Hashes of files: what hashlib says, unless somebody may not wait, or nobody could know what was read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import make_run

from exparse.code import hashes, scribe

LARGE = (1 << 20) + 1


def going_on(size: int) -> str:
    return ""


@given(st.binary() | st.sampled_from([b"x" * LARGE, b"y" * (LARGE - 1), b"z" * (9 << 20)]))
def test_a_hash_is_that_of_the_content(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("data") / "file"
    path.write_bytes(data)
    changed = path.stat().st_mtime_ns
    told = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert hashes.of_file(str(path), going_on) == hashes.of_file(str(path), going_on, changed) == told


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of POSIX")
def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it for reading would wait, or let its writer begin
    (tmp_path / "link").symlink_to("gone")
    for name, why in (("pipe", "no plain file"), (".", "no plain file"), ("link", "not there"), ("no", "not there")):
        assert hashes.of_file(str(tmp_path / name), going_on) == {"bytes": None, "sha256": None, "why": why}, name
    assert "null" in hashes.of_file("a\0b", going_on)["why"]


def test_a_file_that_changes_meanwhile_has_no_hash(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * LARGE)
    assert hashes.of_file(str(path), going_on, changed=1)["why"] == "it changed meanwhile"

    def grow(size: int) -> str:
        with path.open("ab") as stream:
            stream.write(b"more")
        return ""

    found = hashes.of_file(str(path), grow)
    assert found["sha256"] is None and found["why"] == "it changed meanwhile" and found["bytes"] > LARGE


def test_hashing_stops_before_a_file_and_within_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * LARGE)
    assert hashes.of_file(str(path), lambda size: "enough")["why"] == "enough"
    assert hashes.of_file(str(path), lambda size: "" if size else "enough")["why"] == "enough"


def test_inputs_are_hashed_as_long_as_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_bytes(b"x")
    listed = hashes.asked({str(tmp_path / "data"): ("a ****** name", (tmp_path / "data").stat().st_mtime_ns)})
    monkeypatch.setattr(hashes, "_LONGEST_AFTER_S", -1)
    root = tmp_path / "exruns"
    running, over = make_run(root, state="running"), make_run(root)
    digest = hashlib.sha256(b"x").hexdigest()
    assert hashes.of_inputs(listed, running.folder) == {"a ****** name": {"bytes": 1, "sha256": digest}}
    for folder in (over.folder, f"{over.folder} is gone"):
        assert hashes.of_inputs(listed, folder)["a ****** name"]["why"] == "the run was over first"
    monkeypatch.setattr(hashes, "LONGEST_S", -1)
    assert "longer than" in hashes.of_inputs(listed, running.folder)["a ****** name"]["why"]


def test_the_scribe_tells_of_the_code_before_it_has_hashed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(hashes, "of_inputs", lambda listed, folder: seen.append((run.path / "facts.json").read_text()))
    (tmp_path / "data").touch()
    run = make_run(tmp_path / "exruns", state="running")
    ask = {"folder": run.folder, "root": run.root, "where": str(tmp_path), "script": None, "path": [], "imported": []}
    inputs = hashes.asked({str(tmp_path / "data"): ("data", 0)})
    scribe.record({**ask, "secrets": [], "source": False, "inputs": inputs})
    assert '"packages": 0' in seen[0] and hashes.PENDING in seen[0]
    assert '"inputs": null' in (run.path / "facts.json").read_text()
    # Folded into the metadata meanwhile: it does not come back.
    monkeypatch.setattr(hashes, "of_inputs", lambda listed, folder: (run.path / "facts.json").unlink())
    scribe.record({**ask, "secrets": [], "source": False, "inputs": inputs})
    assert not (run.path / "facts.json").exists()
