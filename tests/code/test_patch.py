"""Patches: made without touching the repository, within limits, secrets masked, and applying as they should."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from repositories import run_git, tree_of

from exparse.code import changes as changing
from exparse.code import git as code
from exparse.code import patch as patches
from exparse.code.patch import Patch

pytestmark = pytest.mark.slow

Git = Callable[..., bytes]


def patch_of(repo: Path, root: Path | None = None, secrets: list[str] | None = None) -> Patch:
    found = code.look(str(repo), str(root) if root else None, secrets or [])
    assert found.facts is not None and found.facts["problem"] is None
    assert found.patch is not None
    return found.patch


def apply(repo: Path, patch: bytes, place: Path) -> dict[bytes, tuple[int, bytes]]:
    run_git(place.parent, "clone", "-q", str(repo), str(place))
    run_git(place, "apply", given=patch)
    return tree_of(place)


def everything_in(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return mode, time of the last change and content of all files below a folder, and the folders' own times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = path.lstat()
        # Whoever reads an index that is split makes its larger half young again, so that git keeps it.
        changed = 0 if path.name.startswith("sharedindex.") else kind.st_mtime_ns
        found[str(path)] = (kind.st_mode, changed, path.read_bytes() if path.is_file() else b"")
    return found


@pytest.mark.parametrize("setting", ["", "core.untrackedCache", "core.splitIndex", "feature.manyFiles"])
def test_making_a_patch_leaves_the_repository_untouched_to_the_byte(repo: Path, git: Git, setting: str) -> None:
    if setting:
        git("config", setting, "true")
        git("update-index", "--refresh")
    git("stash", "list")
    (repo / "train.py").write_text("changed\n")
    git("add", "train.py")
    (repo / "train.py").write_text("changed again\n")
    (repo / "new.py").write_text("new\n")
    (repo / "pkg" / "model.py").unlink()
    os.utime(repo / ".gitignore", (1, 1))
    before = everything_in(repo)
    assert patch_of(repo).data
    assert everything_in(repo) == before


def test_the_worktree_counts_not_the_index(repo: Path, git: Git, tmp_path: Path) -> None:
    (repo / "train.py").write_text("staged\n")
    (repo / "staged.py").write_text("staged and gone\n")
    (repo / "intended.py").write_text("intended\n")
    git("add", "train.py", "staged.py")
    git("add", "-N", "intended.py")
    (repo / "staged.py").unlink()
    (repo / "train.py").write_text("final\n")
    git("rm", "-q", "--cached", "pkg/model.py")
    assert apply(repo, patch_of(repo).data, tmp_path / "again") == tree_of(repo)


def test_a_renamed_file_comes_back_under_its_new_name_and_the_patch_says_renamed(
    repo: Path, git: Git, tmp_path: Path
) -> None:
    (repo / "pkg" / "model.py").rename(repo / "net.py")
    data = patch_of(repo).data
    assert b"rename from pkg/model.py\nrename to net.py\n" in data
    assert apply(repo, data, tmp_path / "again") == tree_of(repo)


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_changes_that_the_user_hides_from_git_are_in_it(repo: Path, git: Git, tmp_path: Path, flag: str) -> None:
    git("update-index", flag, "train.py")
    assert code.look(str(repo), None, []).facts["dirty"] is False  # type: ignore[index]
    (repo / "train.py").write_text("hidden\n")
    assert git("status", "--porcelain") == b""
    assert b"+hidden" in patch_of(repo).data
    assert code.look(str(repo), None, []).facts["dirty"] is True  # type: ignore[index]


def test_what_a_sparse_checkout_leaves_out_is_not_gone(repo: Path, git: Git) -> None:
    git("sparse-checkout", "set", "--no-cone", "/train.py", "/.gitignore")
    assert not (repo / "pkg").exists()
    found = code.look(str(repo), None, [])
    assert found.facts is not None and found.facts["dirty"] is False
    (repo / "train.py").write_text("changed\n")
    assert b"model.py" not in patch_of(repo).data


ATTRIBUTES = ["* text=auto", "* text eol=crlf", "* text eol=lf", "*.py ident", "* -text", "* diff", "* binary"]
CONTENTS = [b"a\nb\n", b"a\r\nb\r\n", b"a\r\nb\n", b"a\n$Id$\n", b"a", b"\0\1\r\n"]
# Of these git itself makes something else whenever it writes the file, in a checkout as well.
REWRITTEN = {
    *(("* text eol=crlf", content) for content in CONTENTS if content.replace(b"\r\n", b"").count(b"\n")),
    ("*.py ident", b"a\n$Id$\n"),
}


@pytest.mark.parametrize(
    ("attributes", "content"),
    [
        (attributes, content)
        for attributes in ATTRIBUTES
        for content in CONTENTS
        if (attributes, content) not in REWRITTEN
    ],
)
def test_attributes_have_no_say(repo: Path, git: Git, tmp_path: Path, attributes: str, content: bytes) -> None:
    (repo / ".gitattributes").write_text(f"{attributes}\n")
    (repo / "x.py").write_bytes(b"a\nb\n")
    git("add", "-A")
    git("commit", "-qm", "attributes")
    fresh = tmp_path / "fresh"
    run_git(tmp_path, "clone", "-q", str(repo), str(fresh))
    (fresh / "x.py").write_bytes(content)
    (fresh / "y.py").write_bytes(content)
    assert apply(fresh, patch_of(fresh).data, tmp_path / "again") == tree_of(fresh)


@pytest.mark.parametrize(("attributes", "content"), sorted(REWRITTEN))
def test_the_patch_holds_what_git_would_rewrite_all_the_same(
    repo: Path, git: Git, attributes: str, content: bytes
) -> None:
    (repo / ".gitattributes").write_text(f"{attributes}\n")
    git("add", "-A")
    git("commit", "-qm", "attributes")
    (repo / "y.py").write_bytes(content)
    lines = patch_of(repo).data.partition(b"b/y.py\n@@")[2].partition(b"diff --git")[0].splitlines(keepends=True)
    assert b"".join(line[1:] for line in lines if line[:1] == b"+") == content


def test_a_file_that_only_differs_in_line_ends_that_git_converts_is_no_change(repo: Path, git: Git) -> None:
    (repo / ".gitattributes").write_text("*.py text eol=crlf\n")
    git("add", "-A")
    git("commit", "-qm", "crlf")
    (repo / "train.py").unlink()
    git("checkout", "-q", "--", ".")
    assert b"\r\n" in (repo / "train.py").read_bytes()
    os.utime(repo / "train.py", (1, 1))
    assert code.look(str(repo), None, []).facts["dirty"] is False  # type: ignore[index]


def test_a_submodule_that_moved_on_is_a_line_of_the_patch(repo: Path, git: Git, tmp_path: Path) -> None:
    shutil.copytree(repo, tmp_path / "library")
    git("-c", "protocol.file.allow=always", "submodule", "-q", "add", str(tmp_path / "library"), "library")
    git("commit", "-qm", "with library")
    run_git(repo / "library", "commit", "-q", "--allow-empty", "-m", "further")
    commit = run_git(repo / "library", "rev-parse", "HEAD").strip()
    patch = patch_of(repo)
    assert b"+Subproject commit " + commit in patch.data and not patch.left_out
    run_git(tmp_path, "clone", "-q", str(repo), "again")
    run_git(tmp_path / "again", "apply", "--index", given=patch.data)
    assert commit in run_git(tmp_path / "again", "ls-files", "-s", "library")


def test_a_repository_within_the_tree_is_named_and_left_out(repo: Path) -> None:
    run_git(repo, "init", "-q", "inner")
    (repo / "inner" / "a.py").write_text("")
    run_git(repo / "inner", "add", "-A")
    run_git(repo / "inner", "commit", "-qm", "inner")
    assert patch_of(repo).left_out == [{"path": "inner/", "bytes": None, "why": "a repository of its own"}]


def test_large_files_are_named_and_left_out(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(patches, "MAX_UNTRACKED_BYTES", 1000)
    monkeypatch.setattr(patches, "MAX_TRACKED_BYTES", 2000)
    (repo / "data.bin").write_bytes(b"x" * 1001)
    (repo / "small.txt").write_bytes(b"x" * 1000)
    (repo / "train.py").write_bytes(b"y" * 2001)
    patch = patch_of(repo)
    assert patch.left_out == [
        {"path": name, "bytes": size, "why": f"larger than {most} bytes", "mtime": (repo / name).stat().st_mtime}
        for name, size, most in (("train.py", 2001, "2,000"), ("data.bin", 1001, "1,000"))
    ]
    assert set(apply(repo, patch.data, tmp_path / "again")) == set(tree_of(repo)) - {b"data.bin"}


def test_a_patch_keeps_within_its_limit_and_small_files_come_first(
    repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(patches, "MAX_BYTES", 5000)
    for number, size in enumerate([3000, 10, 2500, 20]):
        (repo / f"new{number}.txt").write_bytes(os.urandom(size // 2).hex().encode())
    patch = patch_of(repo)
    assert [left["path"] for left in patch.left_out] == ["new0.txt"]
    assert 0 < len(patch.data) <= 5000
    assert b"new1.txt" in apply(repo, patch.data, tmp_path / "again")


def test_a_large_file_that_is_gone_does_not_take_the_rest_along(
    repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (repo / "big.txt").write_bytes(os.urandom(20_000).hex().encode())
    git("add", "-A")
    git("commit", "-qm", "big")
    (repo / "big.txt").unlink()
    (repo / "train.py").write_text("changed\n")
    monkeypatch.setattr(patches, "MAX_BYTES", 10_000)
    monkeypatch.setattr(patches, "MAX_UNTRACKED_BYTES", 5_000)
    patch = patch_of(repo)
    assert [(left["path"], left["bytes"]) for left in patch.left_out] == [("big.txt", 40_000)]
    assert b"train.py" in patch.data and b"big.txt" not in patch.data


def test_a_patch_that_cannot_keep_within_its_limit_is_not_made(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "pkg" / "model.py").unlink()
    monkeypatch.setattr(patches, "MAX_BYTES", 100)
    found = code.look(str(repo), None, [])
    assert found.facts is not None and found.facts["dirty"] is True
    assert found.facts["patch"]["bytes"] == 0 and found.facts["patch"]["sha256"] is None
    assert found.facts["patch"]["left_out"][0]["why"] == "the patch would be larger than 100 bytes"


def test_more_untracked_files_than_the_limit_are_told(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "MAX_UNTRACKED", 3)
    monkeypatch.setattr(patches, "MAX_UNTRACKED", 3)
    for number in range(5):
        (repo / f"new{number}").write_text("")
    patch = patch_of(repo)
    assert patch.left_out == [
        {"path": ".", "bytes": None, "why": "more than 3 untracked files, or too many to list in time"}
    ]
    assert b"new2" in patch.data and b"new3" not in patch.data


def test_of_a_long_list_of_left_out_files_the_beginning_and_the_number_are_told(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patches, "MAX_UNTRACKED_BYTES", 0)
    for number in range(150):
        (repo / f"new{number}").write_text("x")
    told = patch_of(repo).facts()
    assert len(told["left_out"]) == 100 and told["left_out_number"] == 150


@pytest.mark.parametrize("secret", ["hunter22", "s3 cr\"et'\\n", "pässwört"])
def test_secrets_are_masked_and_the_patch_still_applies(repo: Path, tmp_path: Path, secret: str) -> None:
    (repo / "train.py").write_text(f"token = '{secret}'\nother = 1\n")
    (repo / "key.bin").write_bytes(b"\0" + secret.encode() + b"\0")
    patch = patch_of(repo, secrets=[secret])
    assert patch.is_masked and secret.encode() not in patch.data
    again = apply(repo, patch.data, tmp_path / "again")
    assert again[b"train.py"][1] == b"token = '******'\nother = 1\n"
    assert again[b"key.bin"][1] == b"\0******\0"


def test_a_secret_that_the_commit_holds_already_is_masked_too(repo: Path, git: Git) -> None:
    (repo / "train.py").write_text("token = 'hunter22'\n")
    git("commit", "-qam", "oh no")
    (repo / "train.py").write_text("token = ask()\n")
    patch = patch_of(repo, secrets=["hunter22"])
    assert patch.is_masked and b"hunter22" not in patch.data


def test_the_digest_is_that_of_the_bytes(repo: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    patch = patch_of(repo)
    assert patch.facts()["sha256"] == hashlib.sha256(patch.data).hexdigest()
    assert patch_of(repo).data == patch.data


def test_a_file_that_cannot_be_read_is_named(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def refuse(path: Any, *args: Any, **more: Any) -> int:
        if os.fsencode(path).endswith(b"/secret.txt"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **more)

    (repo / "secret.txt").write_text("x")
    (repo / "new.py").write_text("y\n")
    monkeypatch.setattr(os, "open", refuse)
    patch = patch_of(repo)
    (left,) = patch.left_out
    assert left.pop("mtime") == os.stat(repo / "secret.txt").st_mtime
    assert left == {"path": "secret.txt", "bytes": 1, "why": "Permission denied"}
    assert b"new.py" in patch.data


def test_objects_whose_path_holds_a_colon_are_found(tmp_path: Path) -> None:
    odd = tmp_path / 'a:b "c" \\d'
    odd.mkdir()
    run_git(odd, "init", "-q")
    (odd / "a.py").write_text("1\n")
    run_git(odd, "add", "-A")
    run_git(odd, "commit", "-qm", "first")
    (odd / "a.py").write_text("2\n")
    assert b"+2" in patch_of(odd).data


def test_replaced_objects_do_not_change_what_a_commit_is(repo: Path, git: Git, tmp_path: Path) -> None:
    first = git("rev-parse", "HEAD").decode().strip()
    (repo / "train.py").write_text("second\n")
    git("commit", "-qam", "second")
    git("replace", first, "HEAD")
    git("reset", "-q", "--hard", first)
    assert (repo / "train.py").read_text() == "second\n"
    patch = patch_of(repo)
    run_git(tmp_path, "clone", "-q", str(repo), "again")
    run_git(tmp_path / "again", "apply", given=patch.data)
    assert tree_of(tmp_path / "again") == tree_of(repo)


def test_a_listing_that_takes_too_long_does_not_cost_the_run_its_commit(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changing, "_LONGEST_LISTING_S", 0.5)
    (repo / "new").mkdir()
    (repo / "new" / "a.py").write_text("")
    os.mkfifo(repo / "new" / ".gitignore")
    (repo / "train.py").write_text("changed\n")
    patch = patch_of(repo)
    assert b"+changed" in patch.data
    assert [left["path"] for left in patch.left_out] == ["."]


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        (".env", False),
        ("deploy/.env.local", False),
        (".ENV", False),
        ("keys/id_ed25519", False),
        ("server.pem", False),
        (".env.example", True),
        ("id_ed25519.pub", True),
        ("monkey.py", True),
        ("environment.yml", True),
    ],
)
def test_untracked_files_that_hold_keys_by_convention_are_left_out(tmp_path: Path, name: str, is_kept: bool) -> None:
    run_git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("x = 1\n")
    run_git(tmp_path, "add", "-A")
    run_git(tmp_path, "commit", "-qm", "first")
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("TOKEN=hunter2\n")
    patch = patch_of(tmp_path)
    assert (b"hunter2" in patch.data) == is_kept
    assert [left["path"] for left in patch.left_out] == ([] if is_kept else [name])
