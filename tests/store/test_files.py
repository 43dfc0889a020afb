"""Writing all or nothing, reading plain files only."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from exparse.errors import DamagedFile
from exparse.store import files


class Failing:
    """Stands in for a function of ``os``: fails at its n-th call, before or after doing what it does."""

    def __init__(self, name: str, at: int, done: bool = False, code: int = errno.ENOSPC) -> None:
        self.real, self.at, self.done, self.code = getattr(os, name), at, done, code
        self.calls = 0

    def __call__(self, *args: Any, **more: Any) -> Any:
        self.calls += 1
        if self.calls != self.at:
            return self.real(*args, **more)
        if self.done:
            self.real(*args, **more)
        raise OSError(self.code, os.strerror(self.code))


def test_a_new_file_is_never_written_over(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    files.write_new(path, "one")
    with pytest.raises(FileExistsError):
        files.write_new(path, "two")
    assert files.read_text(path) == "one"


def test_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("kept")
    (tmp_path / "link").symlink_to("target")
    files.replace(str(tmp_path / "link"), "new")
    assert (tmp_path / "target").read_text() == "kept" and (tmp_path / "link").read_text() == "new"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.parametrize("call", ["open", "write", "replace"])
def test_a_failed_replacement_leaves_the_old_file_and_no_draft(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    monkeypatch.setattr(os, call, Failing(call, 1))
    with pytest.raises(OSError, match="No space left"):
        files.replace(str(path), "new")
    monkeypatch.undo()
    assert path.read_text() == "old" and [name for name in os.listdir(tmp_path) if name != "home"] == ["a"]


def test_a_rename_that_was_done_though_reported_as_failed_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", Failing("replace", 1, done=True, code=errno.EIO))
    files.replace(str(tmp_path / "a"), "new")
    monkeypatch.setattr(os, "rename", Failing("rename", 1, done=True, code=errno.ENOENT))
    files.move(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "b").read_text() == "new"


def test_an_interrupted_rename_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("x")
    monkeypatch.setattr(os, "rename", Failing("rename", 1, code=errno.EINTR))
    files.move(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "b").read_text() == "x"


def test_a_folder_that_was_made_though_reported_as_failed_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "mkdir", Failing("mkdir", 1, done=True, code=errno.EIO))
    assert files.make_folder(str(tmp_path / "a")) is False and (tmp_path / "a").is_dir()
    assert files.make_folder(str(tmp_path / "b")) is True and files.make_folder(str(tmp_path / "b")) is False


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(FileExistsError):
        files.make_folder(str(tmp_path / "a"))


def test_short_writes_are_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:3]))
    files.write_new(str(tmp_path / "a"), "0123456789é")
    monkeypatch.undo()
    assert (tmp_path / "a").read_text() == "0123456789é"


def test_texts_that_are_no_unicode_can_be_written(tmp_path: Path) -> None:
    files.write_new(str(tmp_path / "a"), "x\udcffy")
    assert files.read_text(str(tmp_path / "a")) == "x\\udcffy"


def test_a_link_is_made_anew_where_another_was(tmp_path: Path) -> None:
    path = str(tmp_path / "l")
    files.link("a.yaml", path)
    files.link("a.yaml", path)
    files.link("b.yaml", path)
    assert os.readlink(path) == files.points_to(path) == "b.yaml"


def test_a_link_that_was_made_though_reported_as_failed_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "symlink", Failing("symlink", 1, done=True, code=errno.EIO))
    files.link("a.yaml", str(tmp_path / "l"))
    assert os.readlink(tmp_path / "l") == "a.yaml"


@pytest.mark.parametrize("content", [b"", b"x: 1\n", b"a.yaml\nb.yaml\n", b"\xff.yaml", b"a.yaml\n" * 1000, b"\0"])
def test_a_file_that_is_no_pointer_points_nowhere(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert files.points_to(str(tmp_path / "f")) is None
    assert files.points_to(str(tmp_path / "missing")) is None and files.points_to(str(tmp_path)) is None


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x" * 100)
    (tmp_path / "link").symlink_to("f")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(DamagedFile, match="no plain file"):
            files.read_text(str(tmp_path / name))
    with pytest.raises((DamagedFile, OSError)):
        files.read_text(str(tmp_path))
    with pytest.raises(DamagedFile, match="no plain file"):
        files.read_text("/dev/null")
    with pytest.raises(DamagedFile, match="larger than 99"):
        files.read_text(str(tmp_path / "f"), 99)
    assert len(files.read_text(str(tmp_path / "f"), 100)) == 100


def test_a_stale_handle_is_looked_up_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_text("x")
    monkeypatch.setattr(os, "open", Failing("open", 1, code=errno.ESTALE))
    assert files.read_text(str(tmp_path / "f")) == "x"


def test_removing_a_tree_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/f").write_text("x")
    tree = tmp_path / "tree"
    (tree / "deep/er").mkdir(parents=True)
    (tree / "deep/link").symlink_to("../../kept")
    (tree / "file").symlink_to("../kept/f")
    files.remove_tree(str(tree))
    assert not tree.exists() and (tmp_path / "kept/f").read_text() == "x"
    (tmp_path / "root").symlink_to("kept")
    with pytest.raises(OSError):
        files.remove_tree(str(tmp_path / "root" / "missing"))


def test_no_descriptor_is_left_open_by_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system has no /proc")
    before = len(os.listdir("/proc/self/fd"))
    (tmp_path / "f").write_bytes(b"\xff")
    for _ in range(20):
        with pytest.raises(DamagedFile):
            files.read_text(str(tmp_path / "f"))
        monkeypatch.setattr(os, "write", Failing("write", 1))
        with pytest.raises(OSError):
            files.replace(str(tmp_path / "g"), "x")
        monkeypatch.undo()
        with pytest.raises(DamagedFile):
            files.read_text("/dev/null")
    assert len(os.listdir("/proc/self/fd")) <= before + 1
