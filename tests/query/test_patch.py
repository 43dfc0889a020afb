"""What a patch changes: judged by real git."""

from __future__ import annotations

import difflib
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query.patch import Change, changes


def git(folder: Path, *argv: str) -> bytes:
    setting = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *setting, *argv], cwd=folder, check=True, capture_output=True).stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "kept.txt").write_text("".join(f"line {n}\n" for n in range(30)))
    (folder / "gone.txt").write_text("a\nb\n")
    (folder / "mode.sh").write_text("echo\n")
    (folder / "data.bin").write_bytes(bytes(range(256)))
    (folder / "with space.txt").write_text("x\n")
    (folder / "empty.txt").write_text("")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def staged(folder: Path) -> list[Change]:
    git(folder, "add", "-A")
    patch = git(folder, "diff", "--cached", "--binary", "--full-index", "-M")
    return list(changes(patch.splitlines(keepends=True)))


def test_each_kind_of_change_is_told(tree: Path) -> None:
    (tree / "gone.txt").unlink()
    (tree / "empty.txt").unlink()
    (tree / "mode.sh").chmod(0o755)
    (tree / "data.bin").write_bytes(bytes(range(255, -1, -1)))
    (tree / "new dir").mkdir()
    (tree / "new dir" / "new.txt").write_text("1\n2\n3")
    (tree / "with space.txt").write_text("y\n")
    (tree / "kept.txt").rename(tree / "renamed.txt")
    (tree / "renamed.txt").write_text((tree / "renamed.txt").read_text().replace("line 3\n", "line three\n"))
    assert sorted(staged(tree)) == [
        Change("data.bin", "changed", None, None),
        Change("empty.txt", "gone", 0, 0),
        Change("gone.txt", "gone", 0, 2),
        Change("mode.sh", "mode", 0, 0),
        Change("new dir/new.txt", "new", 3, 0),
        Change("renamed.txt", "renamed", 1, 1, "kept.txt"),
        Change("with space.txt", "changed", 1, 1),
    ]


NAMES = ["größe.txt", 'quo"te.txt', "back\\slash.txt", "new\nline.txt", "tab\there.txt", " lead", "a b b", "\x01.txt"]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"\xff\xfe.txt")], ids=ascii)
@pytest.mark.parametrize("text", ["1\n", ""])
def test_any_name_comes_through(tree: Path, name: str, text: str) -> None:
    (tree / name).write_text(text)
    assert staged(tree) == [Change(name, "new", len(text) // 2, 0)]
    git(tree, "commit", "-q", "-m", "second")
    (tree / name).chmod(0o755)
    assert staged(tree) == [Change(name, "mode", 0, 0)]


def test_content_that_looks_like_a_patch_is_content(tree: Path) -> None:
    (tree / "evil.txt").write_text("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\nGIT binary patch\n\\\n")
    assert staged(tree) == [Change("evil.txt", "new", 6, 0)]
    git(tree, "commit", "-q", "-m", "second")
    (tree / "evil.txt").write_text("-- a/x\n++ b/x\n")
    assert staged(tree) == [Change("evil.txt", "changed", 2, 6)]


lines = st.lists(st.text("ab \\+-@", max_size=4).map(lambda text: f"{text}\n"), max_size=12)


@given(before=lines, after=lines)
def test_every_line_that_comes_or_goes_is_counted(before: list[str], after: list[str]) -> None:
    hunks = list(difflib.unified_diff(before, after, "a/x", "b/x"))
    told = list(changes([b"diff --git a/x b/x\n", *(line.encode() for line in hunks)]))
    signs = [line[:1] for line in hunks[2:]]
    assert told == [Change("x", "changed" if hunks else "mode", signs.count("+"), signs.count("-"))]


@given(st.lists(st.binary(max_size=40)))
def test_what_is_no_patch_is_read_without_an_error(rest: list[bytes]) -> None:
    found = list(changes([b"diff --git a/x b/x\n", b"@@ -1 +1 @@\n", *rest]))
    assert found
    list(changes(rest))
