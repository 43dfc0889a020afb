"""What the scribe writes: all facts, whole and last; one that fails does not hide the others."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import begun

from exparse.code import git as code
from exparse.code import scribe
from exparse.store import layout

Git = Callable[..., bytes]
OF_ANY_RUN = {layout.PARAMS, layout.METADATA, layout.STATUS}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return begun(tmp_path / "run")


def record(folder: Path, where: Path, **more: Any) -> dict[str, Any]:
    ask = {
        "folder": str(folder),
        "root": str(where / "exruns"),
        "where": str(where),
        "script": None,
        "path": [],
        "imported": [],
    }
    scribe.record({**ask, "secrets": [], "source": False, **more})
    told: dict[str, Any] = json.loads((folder / "facts.json").read_text())
    return told


def test_a_clean_tree_needs_no_patch_and_no_archive(repo: Path, folder: Path) -> None:
    told = record(folder, repo)
    assert set(os.listdir(folder)) - OF_ANY_RUN == {"facts.json", "packages.txt"}
    assert told["git"]["dirty"] is False and told["packages"] == 0 and told["source"] is None
    assert {"cpu", "memory", "gpus"} <= told.keys()


def test_the_patch_lies_there_as_its_facts_say(repo: Path, folder: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    told = record(folder, repo)["git"]["patch"]
    assert (folder / layout.PATCH).stat().st_size == told["bytes"]
    state = code.state(str(repo), None)
    assert state is not None and state["patch_sha256"] == told["sha256"]


def test_sources_are_kept_without_git_without_a_commit_and_on_request(
    repo: Path, git: Git, folder: Path, tmp_path: Path
) -> None:
    script = str(repo / "train.py")
    imported = [str(repo / "pkg" / "model.py")]
    assert record(folder, repo, script=script, imported=imported)["source"] is None
    assert record(folder, repo, script=script, imported=imported, source=True)["source"]["files"] == 2
    git("update-ref", "-d", "HEAD")
    (folder / layout.SOURCE).unlink()
    assert record(folder, repo, script=script, imported=imported)["source"]["files"] == 2
    with zipfile.ZipFile(folder / layout.SOURCE) as archive:
        assert archive.namelist() == ["pkg/model.py", "train.py"]


def test_no_secret_is_in_any_file(repo: Path, git: Git, folder: Path, tmp_path: Path) -> None:
    secret = "t0ken-t0ken"
    (repo / "train.py").write_text(f"key = '{secret}'\n")
    (repo / secret).write_text(secret)
    git("commit", "-q", "--allow-empty", "-m", f"add {secret}")
    git("checkout", "-q", "-b", secret)
    git("remote", "add", "origin", f"https://{secret}@example.org/{secret}/x.git?{secret}")
    site = tmp_path / "site"
    (site / "tool-1.0.dist-info").mkdir(parents=True)
    (site / "tool-1.0.dist-info" / "direct_url.json").write_text(
        json.dumps({"url": f"https://example.org/{secret}/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}})
    )
    told = record(folder, repo, secrets=[secret], source=True, path=[str(site)], script=str(repo / "train.py"))
    assert told["git"]["remote"] == "https://example.org/******/x.git" and told["git"]["patch"]["masked"] is True
    assert set(os.listdir(folder)) - OF_ANY_RUN == {"code.patch", "facts.json", "packages.txt", "source.zip"}
    for path in folder.iterdir():
        assert secret.encode() not in path.read_bytes(), path
    with zipfile.ZipFile(folder / layout.SOURCE) as archive:
        assert secret.encode() not in archive.read("train.py")


def test_one_that_fails_does_not_hide_the_others(repo: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: list[str]) -> list[str]:
        raise RuntimeError("no packages today")

    monkeypatch.setattr(scribe.packages, "requirements", fail)
    told = record(folder, repo)
    assert told["problems"] == {"packages": "RuntimeError: no packages today"}
    assert told["packages"] is None and told["git"]["commit"]


def test_a_run_that_is_gone_is_an_error_and_nothing_is_made(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        record(tmp_path / "gone", repo)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize("gone", sorted(OF_ANY_RUN))
def test_nothing_is_made_in_a_run_that_is_just_being_removed(
    repo: Path, folder: Path, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "train.py").write_text("changed\n")
    real = scribe.packages.requirements

    def removing(path: list[str]) -> list[str]:
        (folder / gone).unlink()
        return real(path)

    monkeypatch.setattr(scribe.packages, "requirements", removing)
    with pytest.raises(FileNotFoundError):
        record(folder, repo)
    assert set(os.listdir(folder)) == OF_ANY_RUN - {gone}


def test_what_cannot_be_written_is_told_and_the_others_are_there(
    repo: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "train.py").write_text("changed\n")
    real = scribe.files.replace_bytes

    def refuse(path: str, data: bytes) -> None:
        if path.endswith(layout.PATCH):
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(scribe.files, "replace_bytes", refuse)
    told = record(folder, repo)
    assert told["git"] is None and told["problems"] == {"git": "OSError: [Errno 28] No space left on device"}
    assert (folder / layout.PACKAGES).exists()


def test_names_that_are_no_text_are_told(repo: Path, folder: Path) -> None:
    with open(os.fsencode(repo) + b"/bad\xff.bin", "wb") as stream:
        stream.write(b"x" * 1_000_001)
    told = record(folder, repo)
    assert os.fsencode(told["git"]["patch"]["left_out"][0]["path"]) == b"bad\xff.bin"
