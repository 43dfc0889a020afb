"""What a run's folder holds."""

from __future__ import annotations

import os
from pathlib import Path

from exparse.query import usage
from exparse.query.usage import File


def test_plain_files_count_and_links_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "images" / "loss").mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"12345")
    (folder / "images" / "loss" / "1.png").write_bytes(b"123")
    (folder / "loop").symlink_to(folder)
    (folder / "out").symlink_to("/")
    os.mkfifo(folder / "pipe")
    assert set(usage.files(str(folder))) == {
        File("a.txt", 5, ""),
        File("images/loss/1.png", 3, ""),
        File("loop", 0, "link"),
        File("out", 0, "link"),
        File("pipe", 0, "pipe"),
    }
    assert usage.total(str(folder)) == 8


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    assert list(usage.files(str(tmp_path / "gone"))) == [File(".", 0, "unreadable")]
