"""What git's listings say, and which paths are the root's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exparse.code import changes
from exparse.store import layout

ZERO = b"0" * 40


def test_a_status_is_read_field_by_field() -> None:
    told = changes.parse_status(
        b"# branch.oid " + b"a" * 40 + b"\0# branch.head my branch\0# branch.upstream origin/x\0"
        b"1 .M N... 100644 100644 100755 " + ZERO + b" " + ZERO + b" a file\nof two lines\0"
        b"1 .M SC.. 160000 160000 160000 " + ZERO + b" " + ZERO + b" sub\0"
        b"u UU N... 100644 100644 100644 120000 " + ZERO + b" " + ZERO + b" " + ZERO + b" in conflict\0"
    )
    assert (told.commit, told.branch) == ("a" * 40, "my branch")
    assert told.tracked == {b"a file\nof two lines": 0o100755, b"sub": 0o160000, b"in conflict": 0o120000}


def test_before_the_first_commit_and_without_a_branch() -> None:
    told = changes.parse_status(b"# branch.oid (initial)\0# branch.head (detached)\0")
    assert (told.commit, told.branch, told.tracked) == (None, None, {})


def test_a_listing_that_was_cut_is_not_complete() -> None:
    told = changes.Changes()
    changes.take_untracked(told, b"b\0a\0half of a na", whole=False)
    assert told.untracked == [b"a", b"b"] and not told.is_complete


def test_flags_that_hide_a_file() -> None:
    listed = b"H shown\0h assumed\0S skipped\0s both\0M conflict\0"
    assert changes.hidden(listed, is_sparse=False) == [b"assumed", b"skipped", b"both"]
    assert changes.hidden(listed, is_sparse=True) == [b"assumed"]


@pytest.mark.parametrize(
    ("root", "paths"),
    [("/t/x/exruns", [b"x/exruns"]), ("/t/exruns", [b"exruns"]), ("/tt/exruns", []), ("/", []), ("/u/t/x", [])],
)
def test_the_root_is_named_from_the_top(root: str, paths: list[bytes]) -> None:
    assert changes.paths_of_root("/t", root) == paths


def test_a_root_that_holds_the_tree_has_its_own_folders(tmp_path: Path) -> None:
    top = os.path.realpath(tmp_path)
    paths = changes.paths_of_root(top, top)
    assert os.fsencode(layout.RUNS) in paths and os.fsencode(layout.IGNORE) not in paths
