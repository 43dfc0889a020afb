"""Two sets of files, compared by their content alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repositories import run_git

from exparse.query import unlike
from exparse.query.patch import Change, changes

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "\f\n", "x\r\n", "end"]), max_size=8).map("".join)


@pytest.mark.slow
@settings(max_examples=25)
@given(TEXTS, TEXTS)
def test_git_turns_one_file_into_the_other_by_the_patch(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "f.py").write_bytes(before.encode())
    told = b"".join(unlike.patch({"f.py": before.encode()}, {"f.py": after.encode()}))
    assert (told == b"") == (before == after)
    if told:
        run_git(folder, "apply", given=told, GIT_CEILING_DIRECTORIES=str(folder.parent))
    assert (folder / "f.py").read_bytes() == after.encode()


@given(TEXTS, TEXTS)
def test_lines_are_counted_as_the_patch_has_them(before: str, after: str) -> None:
    sides = {"f.py": before.encode()}, {"f.py": after.encode()}
    counted = [(change.added, change.removed) for change in unlike.changes(*sides)]
    lines = b"".join(unlike.patch(*sides)).splitlines(keepends=True)
    # By line feeds alone, as files are.
    lines = b"".join(lines).replace(b"\r", b"").split(b"\n")
    assert counted == [(change.added, change.removed) for change in changes(line + b"\n" for line in lines)]


@pytest.mark.slow
def test_new_empty_and_deleted_files_come_and_go_by_the_patch(tmp_path: Path) -> None:
    (tmp_path / "gone.py").write_text("x\n")
    told = b"".join(unlike.patch({"gone.py": b"x\n"}, {"new.py": b"y\n", "empty.py": b""}))
    run_git(tmp_path, "apply", given=told, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert (tmp_path / "new.py").read_text() == "y\n"
    assert (tmp_path / "empty.py").read_text() == ""
    assert not (tmp_path / "gone.py").exists()


def test_binary_and_very_long_files_only_differ(tmp_path: Path) -> None:
    long = b"x\n" * 30_000
    before, after = {"a": b"\0", "b": long, "c": b""}, {"a": b"\1\0", "b": long + b"y\n", "d": b"\0"}
    assert list(unlike.changes(before, after)) == [
        Change("a", "changed", None, None),
        Change("b", "changed", None, None, is_counted=False),
        Change("c", "gone", 0, 0),
        Change("d", "new", None, None),
    ]
    told = b"".join(unlike.patch(before, after))
    assert b"Binary files a/a and b/a differ\n" in told
    assert b"Long files a/b and b/b differ\n" in told
    assert b"Binary files /dev/null and b/d differ\n" in told
