"""What a run's folder holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exparse.query import usage
from exparse.query.usage import File, Usage


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
    assert usage.Measure()(str(folder)).size == 8


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    assert list(usage.files(str(tmp_path / "gone"))) == [File(".", 0, "unreadable")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("params.yaml", "record"),
        ("notes.md", "record"),
        ("code.patch", "code"),
        ("packages.txt", "code"),
        ("stdout.log", "output"),
        ("stderr.3.w1.log", "output"),
        ("stdout.log.tail-8-9", "output"),
        ("metrics.jsonl", "metrics"),
        ("metrics.3.jsonl", "metrics"),
        ("summary.json", "metrics"),
        ("images/loss/1.png", "images"),
        ("files/params.yaml", "files"),
        ("model.pt", "other"),
        ("out/params.yaml", "other"),
        (".hidden", "other"),
    ],
)
def test_each_file_is_of_a_kind(name: str, kind: str) -> None:
    assert usage.kind_of(name) == kind


def test_a_measure_says_bytes_by_kind(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a").write_bytes(b"12345")
    (tmp_path / "params.yaml").write_bytes(b"{}")
    (tmp_path / "x").symlink_to("/")
    assert usage.Measure()(str(tmp_path)) == Usage(7, 2, {"files": 5, "record": 2}, 0)
    assert usage.Measure()(str(tmp_path / "gone")) == Usage(0, 0, {}, 0)


def test_a_file_with_several_names_counts_once_in_all_that_one_measure_measures(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a").write_bytes(b"12345")
    os.link(tmp_path / "one" / "a", tmp_path / "one" / "b")
    os.link(tmp_path / "one" / "a", tmp_path / "two" / "a")
    measure = usage.Measure()
    assert [measure(str(tmp_path / name)).size for name in ("one", "two")] == [5, 0]
    assert usage.Measure()(str(tmp_path / "two")).size == 5


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="this system does not tell blocks")
def test_holes_take_no_room_on_the_disk(tmp_path: Path) -> None:
    with open(tmp_path / "sparse", "wb") as stream:
        stream.truncate(50_000_000)
    assert usage.Measure()(str(tmp_path)).size == 50_000_000
    assert usage.Measure(on_disk=True)(str(tmp_path)).size < 1_000_000
