"""Archives of sources: what was imported, nothing from elsewhere, and nothing comes out elsewhere."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from exparse.code import sources
from exparse.errors import DamagedFile


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my project"
    (folder / "pkg").mkdir(parents=True)
    (folder / "train.py").write_text("import pkg.model\n")
    (folder / "pkg" / "model.py").write_text("layers = 3\n")
    (folder / "pkg" / "later.py").write_text("later = 1\n")
    return folder


def written(
    project: Path, *imported: str, root: Path | None = None, secrets: list[str] | None = None
) -> dict[str, bytes]:
    paths = [str(project / name) for name in imported]
    archive = project.parent / "source.zip"
    data, _ = sources.packed(str(project), str(project / "train.py"), paths, str(root) if root else None, secrets or [])
    if data is None:
        return {}
    archive.write_bytes(data)
    return sources.read(str(archive))


def test_the_script_and_what_it_imported_are_kept(project: Path) -> None:
    assert written(project, "pkg/model.py", "pkg/model.py", "train.py", "pkg/gone.py", "pkg/lib.so") == {
        "train.py": b"import pkg.model\n",
        "pkg/model.py": b"layers = 3\n",
    }


def test_the_same_files_give_the_same_bytes(project: Path) -> None:
    written(project, "pkg/model.py", "pkg/later.py")
    first = (project.parent / "source.zip").read_bytes()
    os.utime(project / "train.py", (1, 1))
    written(project, "pkg/later.py", "pkg/model.py")
    assert (project.parent / "source.zip").read_bytes() == first


def test_what_is_imported_later_is_added(project: Path) -> None:
    written(project, "pkg/model.py")
    archive = str(project.parent / "source.zip")
    (project / "pkg" / "model.py").write_text("changed while it ran\n")
    paths = [str(project / "pkg" / name) for name in ("model.py", "later.py")]
    assert sources.complete(str(project), archive, paths) == {"files": 3, "bytes": 38, "left_out": []}
    assert sources.read(archive)["pkg/model.py"] == b"layers = 3\n", "what ran is what was there when it was imported"
    assert sources.complete(str(project), archive, paths) is None


def test_without_an_archive_there_is_nothing_to_add_to(project: Path, tmp_path: Path) -> None:
    assert sources.complete(str(project), str(tmp_path / "none.zip"), [str(project / "train.py")]) is None


def test_nothing_from_outside_of_the_folder_goes_in(project: Path, tmp_path: Path) -> None:
    (tmp_path / "private.py").write_text("private\n")
    (tmp_path / "my project2").mkdir()
    (tmp_path / "my project2" / "twin.py").write_text("twin\n")
    (project / "linked.py").symlink_to(tmp_path / "private.py")
    (project / "linked").symlink_to(tmp_path / "my project2")
    (project / "inner.py").symlink_to("pkg/model.py")
    found = written(project, "../private.py", "linked.py", "linked/twin.py", "../my project2/twin.py", "inner.py")
    assert sorted(found) == ["pkg/model.py", "train.py"]


def test_installed_packages_and_the_root_stay_out(project: Path) -> None:
    for name in ("venv/lib/x.py", "lib/site-packages/y.py", "exruns/runs/z.py", "exruns2/mine.py"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text("")
    (project / "venv" / "pyvenv.cfg").write_text("")
    names = ["venv/lib/x.py", "lib/site-packages/y.py", "exruns/runs/z.py", "exruns2/mine.py"]
    assert sorted(written(project, *names, root=project / "exruns")) == ["exruns2/mine.py", "train.py"]
    assert "train.py" in written(project, root=project), "a root that holds the script does not hide it"
    assert "train.py" in written(project, root=project.parent)


def test_what_is_too_large_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_FILE_BYTES", 20)
    (project / "big.py").write_bytes(b"#" * 21)
    _, told = sources.packed(str(project), str(project / "train.py"), [str(project / "big.py")], None, [])
    assert told == {
        "files": 1,
        "bytes": 17,
        "left_out": [{"path": "big.py", "bytes": 21, "why": "larger than 20 bytes"}],
    }
    monkeypatch.setattr(sources, "MAX_BYTES", 20)
    assert len(written(project, "pkg/model.py", "pkg/later.py")) == 1


def test_secrets_are_masked(project: Path) -> None:
    (project / "train.py").write_text("token = 'hunter22'\n")
    assert written(project, secrets=["hunter22"]) == {"train.py": b"token = '******'\n"}


def test_no_file_no_archive(project: Path) -> None:
    archive, told = sources.packed(str(project), None, [], None, [])
    assert archive is None and told["files"] == 0


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/x",
        "a/../../x",
        "a//x",
        "./x",
        "..",
        "a\\x",
        "C:\\x",
        ".git/config",
        "a/.GIT/hooks/post-checkout",
        "a/./x",
    ],
)
def test_an_archive_whose_names_lead_elsewhere_is_refused_whole(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("fine.py", "")
        archive.writestr(zipfile.ZipInfo(name), "evil")
    (tmp_path / "to").mkdir()
    with pytest.raises(DamagedFile, match="leads out of it"):
        sources.unpack(str(tmp_path / "evil.zip"), str(tmp_path / "to"))
    assert not list((tmp_path / "to").iterdir())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip at all", b"\0" * 100])
def test_what_is_no_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(DamagedFile):
        sources.read(str(tmp_path / "a.zip"))


@pytest.mark.parametrize("at", range(10, 300, 17))
def test_a_damaged_archive_is_refused_or_read(project: Path, at: int) -> None:
    good = written(project, "pkg/model.py")
    archive = project.parent / "source.zip"
    data = bytearray(archive.read_bytes())
    data[at % len(data)] ^= 0xFF
    archive.write_bytes(data)
    try:
        found = sources.read(str(archive))
    except DamagedFile:
        return
    assert set(found.values()) <= set(good.values())


def test_a_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.py", b"\0" * (2 * sources.MAX_BYTES + 1))
    with pytest.raises(DamagedFile, match="more than"):
        sources.read(str(tmp_path / "bomb.zip"))


def test_unpacked_is_what_was_kept(project: Path, tmp_path: Path) -> None:
    found = written(project, "pkg/model.py")
    (tmp_path / "to").mkdir()
    assert sources.unpack(str(tmp_path / "source.zip"), str(tmp_path / "to")) == 2
    assert {name: (tmp_path / "to" / name).read_bytes() for name in found} == found
    with pytest.raises(FileExistsError):
        sources.unpack(str(tmp_path / "source.zip"), str(tmp_path / "to"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_an_archive_that_is_a_pipe_or_leads_too_deep_is_damaged(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "source.zip")
    with pytest.raises(DamagedFile):
        sources.read(str(tmp_path / "source.zip"))
    with zipfile.ZipFile(tmp_path / "deep.zip", "w") as archive:
        archive.writestr("a/" * 2000 + "x.py", "")
    with pytest.raises(DamagedFile, match="more than 100 folders"):
        sources.read(str(tmp_path / "deep.zip"))
