"""The law of trees: what is laid out is the tree as it lay there, and git and we see the same changes in it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from random_trees import ACTIONS, FILES, expected, make
from repositories import tree_of

from exparse.code import git
from exparse.code.trees import lay_out
from exparse.store import layout

pytestmark = pytest.mark.slow


@given(FILES, ACTIONS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_tree_is_what_lay_there_and_has_the_same_patch(files: dict[bytes, bytes], actions: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patching:
        patching.setenv("EXPARSE_CACHE", f"{folder}/cache")
        repo, run = Path(folder, "repo"), Path(folder, "root", "runs", "000001-2026-11-21-05-40-12")
        run.mkdir(parents=True)
        make(repo, files, actions)
        code = git.look(str(repo), None, [])
        assert code.facts is not None
        if code.patch is not None and code.patch.data:
            (run / layout.PATCH).write_bytes(code.patch.data)
        with lay_out({"git": code.facts}, str(run)) as tree:
            found = tree_of(Path(tree.path))
            links = {path for path, (_, data) in found.items() if data == os.fsencode(repo) + b"/" + path}
            assert {path: entry for path, entry in found.items() if path not in links} == expected(repo)
            seen = git.look(tree.path, None, [])
            assert seen.facts is not None and seen.facts["commit"] == code.facts["commit"]
            assert (seen.patch.data if seen.patch else b"") == (code.patch.data if code.patch else b"")
            assert tree.left_behind() == []
