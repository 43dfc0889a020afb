"""Removal of trees: nothing outside is touched, nothing inside is left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from exparse.store import removal

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a tree with a bit of everything; return its folder."""
    folder = tmp_path / "place" / "tree"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    (folder / "empty").mkdir()
    (folder / "two\nlines \x1b[2J").write_text("x")
    return folder


def removed(folder: Path) -> list[str]:
    return removal.remove(str(folder.parent), folder.name)


def test_a_tree_goes_with_all_in_it(tree: Path) -> None:
    assert removed(tree) == []
    assert list(tree.parent.iterdir()) == []


def test_what_is_not_there_counts_as_removed(tree: Path) -> None:
    assert removal.remove(str(tree.parent), "nothing") == []


@posix
def test_links_go_and_what_they_lead_to_stays(tree: Path, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.mkdir()
    (treasure / "gold").write_text("x")
    (tree / "out").symlink_to(treasure)
    (tree / "file").symlink_to(treasure / "gold")
    (tree / "sibling").symlink_to("../../treasure")
    (tree / "root").symlink_to("/")
    (tree / "loop").symlink_to(tree)
    (tree / "dangling").symlink_to("nowhere")
    os.mkfifo(tree / "pipe")
    assert removed(tree) == []
    assert not tree.exists()
    assert (treasure / "gold").read_text() == "x"


@posix
def test_a_link_itself_is_removed_not_what_it_leads_to(tree: Path) -> None:
    link = tree.parent / "link"
    link.symlink_to(tree)
    assert removed(link) == []
    assert not link.is_symlink() and (tree / "a" / "b" / "file").exists()


@posix
def test_a_folder_that_is_a_link_is_refused(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree.parent)
    with pytest.raises(OSError):
        removal.remove(str(tmp_path / "link"), tree.name)
    assert tree.exists()


@posix
@pytest.mark.slow
def test_a_deep_tree_costs_neither_the_stack_nor_descriptors(tree: Path) -> None:
    source = "import os\nfor _ in range(1200): os.mkdir('d'); os.chdir('d')"
    subprocess.run([sys.executable, "-c", source], cwd=tree, check=True)
    assert removed(tree) == []
    assert list(tree.parent.iterdir()) == []


@posix
def test_folders_that_are_only_for_reading_or_locked_go_too(tree: Path, tmp_path: Path) -> None:
    (tree / "locked").mkdir()
    (tree / "locked" / "file").write_text("x")
    for folder, mode in ((tree / "a" / "b", 0o555), (tree / "a", 0o500), (tree / "locked", 0o000)):
        folder.chmod(mode)
    source = f"from exparse.store import removal; print(removal.remove({str(tree.parent)!r}, {tree.name!r}))"
    command = [sys.executable, "-c", source]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("modes do not bind root, and there is no setpriv to give its rights up")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    answer = subprocess.run(command, capture_output=True, text=True)
    assert answer.stdout == "[]\n", answer.stderr
    assert not tree.exists()


@posix
@pytest.mark.slow
def test_nobody_turns_the_removal_elsewhere_by_swapping_a_folder_for_a_link(tmp_path: Path) -> None:
    """A thread swaps a folder and a link to a treasure for one another while trees are removed."""
    treasure = tmp_path / "treasure"
    (treasure / "deep").mkdir(parents=True)
    (treasure / "gold").write_text("x")
    (treasure / "deep" / "silver").write_text("x")
    place = tmp_path / "place"
    stop = threading.Event()

    def swap(victim: Path, aside: Path) -> None:
        while not stop.is_set():
            try:
                os.rename(victim, aside)
                os.symlink(treasure, victim)
                os.unlink(victim)
                os.rename(aside, victim)
            except OSError:
                continue

    for turn in range(4):
        tree = place / f"tree{turn}"
        victim = tree / "inner" / "victim"
        victim.mkdir(parents=True)
        for number in range(60):
            (victim / f"{number}").mkdir()
            (victim / f"{number}" / "deep").mkdir()
        stop.clear()
        swapper = threading.Thread(target=swap, args=(victim, tree / "aside"))
        swapper.start()
        try:
            removed(tree)
        finally:
            stop.set()
            swapper.join()
        assert (treasure / "gold").exists() and (treasure / "deep" / "silver").exists()
        removed(tree)
        assert not tree.exists()


@posix
@pytest.mark.parametrize(
    ("side", "call"),
    [("before", call) for call in ("stat", "open", "scandir", "rmdir")]
    + [("after", call) for call in ("stat", "open", "scandir")],
)
def test_a_folder_that_is_swapped_for_a_link_at_any_moment_leads_nowhere(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, side: str
) -> None:
    treasure = tmp_path / "treasure"
    (treasure / "b").mkdir(parents=True)
    for name in ("gold", "file", "b/file"):
        (treasure / name).write_text("x")
    victim, swapped = tree / "a", []
    inside = victim.stat().st_ino
    real = getattr(os, call)

    def swap() -> None:
        if not swapped:
            swapped.append(call)
            os.rename(victim, tree / "aside")
            os.symlink(treasure, victim)

    def meddled(what: Any, *args: Any, **more: Any) -> Any:
        is_meant = what == "a" if isinstance(what, str) else os.fstat(what).st_ino == inside
        if is_meant and side == "before":
            swap()
        answer = real(what, *args, **more)
        if is_meant and side == "after":
            swap()
        return answer

    monkeypatch.setattr(os, call, meddled)
    removed(tree)
    monkeypatch.setattr(os, call, real)
    assert swapped
    assert sorted(os.listdir(treasure)) == ["b", "file", "gold"] and (treasure / "b" / "file").exists()
    removed(tree)
    assert not tree.exists() and sorted(os.listdir(treasure)) == ["b", "file", "gold"]


def test_what_cannot_be_removed_is_told_and_the_rest_goes(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not removal._BY_HANDLE:
        pytest.skip("the calls that are made to fail here are not used")
    unlink = os.unlink

    def busy(path: str, *, dir_fd: int | None = None) -> None:
        if path == "file":
            raise OSError(16, "Device or resource busy")
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", busy)
    problems = removed(tree)
    assert problems == [f"{tree}/a/b/file: Device or resource busy"]
    assert (tree / "a" / "b" / "file").exists() and not (tree / "empty").exists()
    monkeypatch.setattr(os, "unlink", unlink)
    assert removed(tree) == [] and not tree.exists()


def test_a_folder_that_is_full_again_for_a_moment_is_tried_again(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on NFS, where what somebody has open stays under another name (.nfsXXXX) until it is closed."""
    if not removal._BY_HANDLE:
        pytest.skip("the calls that are made to fail here are not used")
    rmdir, turns = os.rmdir, []

    def full(path: str, *, dir_fd: int | None = None) -> None:
        if path == "b" and len(turns) < 2:
            turns.append(path)
            raise OSError(39, "Directory not empty")
        rmdir(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "rmdir", full)
    monkeypatch.setattr(removal, "_PATIENCE_S", (0.0, 0.0, 0.0))
    assert removed(tree) == []
    assert len(turns) == 2 and not tree.exists()


def test_where_folders_cannot_be_opened_a_tree_goes_all_the_same(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_BY_HANDLE", False)
    outside = tree.parent / "outside"
    outside.mkdir()
    (outside / "gold").write_text("x")
    if sys.platform != "win32":
        (tree / "link").symlink_to(outside)
    (tree / "empty" / "fixed").write_text("x")
    (tree / "empty" / "fixed").chmod(0o444)
    assert removed(tree) == []
    assert not tree.exists() and (outside / "gold").exists()
