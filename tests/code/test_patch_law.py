"""The law of patches: applied to the commit, a patch gives the tree as it lay there, whatever was done to it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from random_trees import ACTIONS, FILES, expected, make
from repositories import run_git, tree_of

from exparse.code import git

pytestmark = pytest.mark.slow


def restored(repo: Path, patch: bytes, place: Path) -> dict[bytes, tuple[int, bytes]]:
    run_git(place.parent, "clone", "-q", "--no-hardlinks", str(repo), str(place))
    if patch:
        run_git(place, "apply", given=patch)
    return tree_of(place)


@given(FILES, ACTIONS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_patch_on_its_commit_restores_the_exact_tree(
    files: dict[bytes, bytes], actions: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        repo = Path(folder, "repo")
        make(repo, files, actions)
        code = git.look(str(repo), None, [])
        assert code.facts is not None and code.facts["problem"] is None, code.facts
        found = expected(repo)
        assert restored(repo, code.patch.data if code.patch else b"", Path(folder, "again")) == found
