"""The difference between the code of two runs is that of their trees, and where these cannot be had it says so."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from recorded import with_code, with_sources
from repositories import run_git, tree_of

from exparse.query import difference
from exparse.query.difference import Codes, Difference, NoDifference, Origin
from exparse.query.patch import Change
from exparse.query.told import Told
from exparse.store.run import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Return a repository with one commit of a few files."""
    folder = tmp_path / "my repo"
    folder.mkdir()
    run_git(folder, "init", "-q")
    (folder / "train.py").write_text("print('first')\n")
    (folder / "pkg").mkdir()
    (folder / "pkg" / "model.py").write_text("layers = 3\n" * 20)
    (folder / "data.bin").write_bytes(bytes(range(256)))
    commit(folder)
    return folder


def commit(repo: Path) -> str:
    run_git(repo, "add", "-A")
    run_git(repo, "commit", "-qm", "more")
    return run_git(repo, "rev-parse", "HEAD").decode().strip()


def origin(run: Run) -> Origin:
    return Origin(str(run.id), run.folder, Told(Run(run.root, run.name).metadata).part("git"))


def between(before: Run, after: Run, *nearby: Path) -> Difference:
    with Codes(map(str, nearby)) as codes:
        return codes.between(origin(before), origin(after))


def patch(before: Run, after: Run, *nearby: Path) -> bytes:
    with Codes(map(str, nearby)) as codes:
        return codes.patch(origin(before), origin(after))


def change_much(repo: Path) -> None:
    """Change, rename, delete and add files, text and binary."""
    (repo / "train.py").write_text("print('second')\nprint('third')\n")
    (repo / "pkg" / "model.py").rename(repo / "pkg" / "größe\n.py")
    (repo / "data.bin").unlink()
    (repo / "new.bin").write_bytes(bytes(range(255, -1, -1)))
    (repo / "run.sh").write_text("#!/bin/sh\n")
    (repo / "run.sh").chmod(0o755)


MUCH = [
    Change("data.bin", "gone", None, None),
    Change("new.bin", "new", None, None),
    Change("pkg/größe\n.py", "renamed", 0, 0, "pkg/model.py"),
    Change("run.sh", "new", 1, 0),
    Change("train.py", "changed", 2, 1),
]


def by_name(found: Difference) -> list[Change]:
    assert found.changes is not None
    return sorted(found.changes, key=lambda change: change.name)


def test_the_same_clean_tree_is_no_difference(repo: Path, root: Path) -> None:
    assert between(with_code(repo, root), with_code(repo, root)) == Difference([], "", [])


def test_what_is_not_committed_is_a_difference(repo: Path, root: Path) -> None:
    before = with_code(repo, root)
    change_much(repo)
    found = between(before, with_code(repo, root))
    assert (by_name(found), found.basis, found.notes) == (MUCH, "trees", [])


def test_two_commits_differ_as_their_trees_do(repo: Path, root: Path) -> None:
    before = with_code(repo, root)
    change_much(repo)
    commit(repo)
    assert by_name(between(before, with_code(repo, root))) == MUCH


def test_changes_that_were_committed_between_are_no_difference(repo: Path, root: Path) -> None:
    change_much(repo)
    before = with_code(repo, root)
    commit(repo)
    after = with_code(repo, root)
    assert between(before, after) == Difference([], "trees", [])
    assert patch(before, after) == b""


def test_two_dirty_trees_of_two_commits_are_compared_as_they_were(repo: Path, root: Path) -> None:
    (repo / "train.py").write_text("a\nb\nc\n")
    before = with_code(repo, root)
    (repo / "pkg" / "model.py").write_text("layers = 4\n")
    commit(repo)
    (repo / "train.py").write_text("a\nB\nc\n")
    found = between(before, with_code(repo, root))
    assert by_name(found) == [Change("pkg/model.py", "changed", 1, 20), Change("train.py", "changed", 1, 1)]


def test_a_changed_mode_is_told_as_one(repo: Path, root: Path) -> None:
    before = with_code(repo, root)
    (repo / "train.py").chmod(0o755)
    assert by_name(between(before, with_code(repo, root))) == [Change("train.py", "mode", 0, 0)]


def test_the_patch_turns_one_tree_into_the_other(repo: Path, root: Path, tmp_path: Path) -> None:
    (repo / "train.py").write_text("a\nb\nc\n")
    before, old = with_code(repo, root), tree_of(repo)
    (repo / "train.py").write_text("a\nB\nc")
    (repo / "pkg" / "model.py").unlink()
    (repo / "new file").write_text("x\n")
    after, new = with_code(repo, root), tree_of(repo)
    laid = tmp_path / "laid"
    for path, (_, data) in old.items():
        file = laid / os.fsdecode(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    run_git(laid, "apply", given=patch(before, after), GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert {path: data for path, (_, data) in tree_of(laid).items()} == {p: data for p, (_, data) in new.items()}


def test_settings_and_attributes_of_the_repository_have_no_say(repo: Path, root: Path, tmp_path: Path) -> None:
    (repo / ".gitattributes").write_text("*.py -diff filter=evil\n*.sh text eol=crlf\n")
    commit(repo)
    for name, value in {
        "filter.evil.smudge": f"touch {tmp_path}/smudged",
        "filter.evil.clean": f"touch {tmp_path}/cleaned; cat",
        "diff.external": f"touch {tmp_path}/external",
        "core.fsmonitor": f"touch {tmp_path}/monitored",
    }.items():
        run_git(repo, "config", name, value)
    before = with_code(repo, root)
    (repo / "train.py").write_text("print('second')\n")
    after = with_code(repo, root)
    assert by_name(between(before, after)) == [Change("train.py", "changed", 1, 1)]
    assert b"+print('second')" in patch(before, after)
    assert not {"smudged", "cleaned", "external", "monitored"}.intersection(os.listdir(tmp_path))


def test_nothing_is_written_into_the_repository_and_no_draft_is_left(
    repo: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    before = with_code(repo, root)
    change_much(repo)
    after = with_code(repo, root)
    monkeypatch.setenv("TMPDIR", str(drafts))

    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() if path.is_file() else b"" for path in repo.rglob("*")}

    seen = everything()
    assert between(before, after).changes
    assert everything() == seen
    assert os.listdir(drafts) == []


def test_the_commit_may_be_in_a_clone_nearby(repo: Path, root: Path, tmp_path: Path) -> None:
    before = with_code(repo, root)
    change_much(repo)
    commit(repo)
    after = with_code(repo, root)
    repo.rename(tmp_path / "moved")
    assert between(before, after).changes is None
    assert by_name(between(before, after, tmp_path / "nothing", tmp_path / "moved" / "pkg")) == MUCH


def test_two_repositories_can_be_compared(repo: Path, root: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", str(repo), "other")
    before = with_code(repo, root)
    (tmp_path / "other" / "train.py").write_text("other\n")
    commit(tmp_path / "other")
    after = with_code(tmp_path / "other", root)
    assert by_name(between(before, after)) == [Change("train.py", "changed", 1, 1)]


def test_worktrees_shared_clones_and_submodules_are_compared(repo: Path, root: Path, tmp_path: Path) -> None:
    run_git(tmp_path, "clone", "-q", "--shared", str(repo), "shared")
    shared = tmp_path / "shared"
    run_git(shared, "worktree", "add", "-q", "../tree", "HEAD")
    before = with_code(tmp_path / "tree", root)
    run_git(shared, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(repo), "lib")
    commit(shared)
    (shared / "train.py").write_text("shared\n")
    after = with_code(shared, root)
    found = between(before, after)
    assert (found.basis, found.notes) == ("trees", [])
    assert [change.name for change in by_name(found)] == [".gitmodules", "lib", "train.py"]
    assert b"+Subproject commit" in patch(before, after)


def test_a_commit_that_is_not_here_is_named_with_where_it_may_be(repo: Path, root: Path, tmp_path: Path) -> None:
    run_git(repo, "remote", "add", "origin", "https://example.org/ada/train.git")
    before = with_code(repo, root)
    change_much(repo)
    newer = commit(repo)
    after = with_code(repo, root)
    repo.rename(tmp_path / "moved")
    run_git(tmp_path, "clone", "-q", str(tmp_path / "moved"), str(repo))
    run_git(repo, "reset", "-q", "--hard", "HEAD~1")
    run_git(repo, "reflog", "expire", "--expire=now", "--all")
    run_git(repo, "update-ref", "-d", "refs/remotes/origin/main")
    run_git(repo, "remote", "remove", "origin")
    run_git(repo, "gc", "-q", "--prune=now")
    found = between(before, after)
    assert found.changes is None
    where = "it had not been pushed to https://example.org/ada/train.git when it ran"
    assert found.notes == [f"commit {newer[:10]} of run 2 is in no repository here: {where}"]
    with pytest.raises(NoDifference, match=f"commit {newer[:10]} of run 2 is in no repository"):
        patch(before, after)


def test_patches_of_one_commit_tell_what_differs_without_it(repo: Path, root: Path, tmp_path: Path) -> None:
    clean = with_code(repo, root)
    (repo / "train.py").write_text("a\nb\n")
    (repo / "only before").write_text("x\n")
    first = with_code(repo, root)
    (repo / "train.py").write_text("a\nc\n")
    (repo / "only before").unlink()
    (repo / "only after").write_text("x\ny\n")
    second = with_code(repo, root)
    repo.rename(tmp_path / "moved")
    found = between(first, second)
    assert found.basis == "patches"
    assert by_name(found) == [
        Change("only after", "new", 2, 0),
        Change("only before", "gone", 0, 1),
        Change("train.py", "changed", None, None, is_counted=False),
    ]
    assert "is in no repository here" in found.notes[0]
    assert patch(clean, first) == (first.path / "code.patch").read_bytes()
    with pytest.raises(NoDifference, match="changes of its own"):
        patch(first, second)


def test_a_rename_is_told_backwards_too(repo: Path, root: Path, tmp_path: Path) -> None:
    (repo / "pkg" / "model.py").rename(repo / "net.py")
    before = with_code(repo, root)
    (repo / "net.py").rename(repo / "pkg" / "model.py")
    after = with_code(repo, root)
    told = [Change("pkg/model.py", "renamed", 0, 0, "net.py")]
    assert by_name(between(before, after)) == told
    repo.rename(tmp_path / "moved")
    assert by_name(between(before, after)) == told


def test_what_the_patches_leave_out_or_mask_is_a_doubt(repo: Path, root: Path) -> None:
    (repo / "big.txt").write_text("x" * 1_100_000)
    (repo / "train.py").write_text("token = 'hunter2hunter2'\n")
    before = with_code(repo, root, secrets=["hunter2hunter2"])
    notes = between(before, with_code(repo, root)).notes
    assert notes == [
        "run 1: its patch leaves out big.txt",
        "run 1: secrets are masked in its patch",
        "run 2: its patch leaves out big.txt",
    ]


def test_a_patch_that_does_not_apply_is_told_and_the_rest_goes_on(repo: Path, root: Path) -> None:
    (repo / "train.py").write_text("a\n")
    before = with_code(repo, root)
    text = (before.path / "code.patch").read_bytes()
    (before.path / "code.patch").write_bytes(text.replace(b"-print('first')", b"-print('other')"))
    (repo / "train.py").write_text("b\n")
    found = between(before, with_code(repo, root))
    assert (found.basis, found.changes) == ("patches", [Change("train.py", "changed", None, None, is_counted=False)])
    assert found.notes[0].startswith("the tree of run 1 cannot be made: patch")


@pytest.mark.parametrize("kind", ["missing", "link", "folder"])
def test_a_patch_that_cannot_be_read_is_told(repo: Path, root: Path, kind: str) -> None:
    (repo / "train.py").write_text("a\n")
    before, after = with_code(repo, root), with_code(repo, root)
    path = before.path / "code.patch"
    path.unlink()
    if kind == "link":
        path.symlink_to(after.path / "code.patch")
    elif kind == "folder":
        path.mkdir()
    notes = " ".join(between(before, after).notes)
    assert "code.patch is missing" in notes if kind == "missing" else "no plain file" in notes


def test_a_hostile_patch_writes_nowhere(repo: Path, root: Path, tmp_path: Path) -> None:
    (repo / "train.py").write_text("a\n")
    before, after = with_code(repo, root), with_code(repo, root)
    (before.path / "code.patch").write_text(
        "diff --git a/../../planted b/../../planted\nnew file mode 100644\n--- /dev/null\n"
        "+++ b/../../planted\n@@ -0,0 +1 @@\n+x\n"
    )
    found = between(before, after)
    assert found.notes[0].startswith("the tree of run 1 cannot be made")
    assert not list(tmp_path.rglob("planted"))


@pytest.mark.parametrize("named", ["--help", "HEAD", "0" * 40, "zz" * 20])
def test_a_commit_that_is_none_is_not_given_to_git(repo: Path, root: Path, named: str) -> None:
    before, after = with_code(repo, root), with_code(repo, root)
    odd = origin(after)._replace(git=Told({**origin(after).git.fields, "commit": named}))
    with Codes() as codes:
        assert codes.between(origin(before), odd).changes is None


def test_hashes_of_two_kinds_are_not_compared(repo: Path, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "long"
    other.mkdir()
    answer = subprocess.run(["git", "init", "-q", "--object-format=sha256"], cwd=other, capture_output=True)
    if answer.returncode:
        pytest.skip("this git knows no SHA-256")
    (other / "train.py").write_text("x\n")
    commit(other)
    before = with_code(other, root)
    (other / "train.py").write_text("y\n")
    after = with_code(other, root)
    assert by_name(between(before, after)) == [Change("train.py", "changed", 1, 1)]
    found = between(with_code(repo, root), after)
    assert found.changes is None
    assert "differently" in found.notes[0]


def test_git_that_takes_too_long_is_ended_and_told(
    repo: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = with_code(repo, root)
    change_much(repo)
    after = with_code(repo, root)
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(difference, "LONGEST_S", 0.1)
    found = between(before, after)
    assert found.basis == "patches"
    assert "too long" in " ".join(found.notes)


def test_without_git_that_is_what_is_told(
    repo: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = with_code(repo, root)
    change_much(repo)
    after = with_code(repo, root)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = between(before, after)
    assert (found.basis, found.notes) == ("patches", ["there is no git on PATH"])
    assert by_name(found) == MUCH


def test_archived_sources_are_compared_without_git(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text("a\nb\nc\n")
    (folder / "old.py").write_text("x\n")
    before = with_sources(folder, root)
    (folder / "train.py").write_text("a\nB\nc")
    (folder / "old.py").unlink()
    (folder / "new.py").write_bytes(b"caf\xe9 = 1\n")
    after = with_sources(folder, root)
    monkeypatch.setenv("PATH", str(tmp_path))
    found = between(before, after)
    assert (found.basis, found.notes) == ("sources", [])
    assert by_name(found) == [
        Change("new.py", "new", 1, 0),
        Change("old.py", "gone", 0, 1),
        Change("train.py", "changed", 2, 2),
    ]
    told = patch(before, after)
    assert b"+caf\xe9 = 1\n" in told
    assert b"\n-c\n+B\n+c\n\\ No newline at end of file\n" in told
    assert between(after, after).changes == []


def test_a_damaged_archive_is_told(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text("a\n")
    before, after = with_sources(folder, root), with_sources(folder, root)
    (after.path / "source.zip").write_bytes(b"no archive")
    found = between(before, after)
    assert found.changes is None
    assert "no archive that can be read" in found.notes[0]


def test_a_commit_and_an_archive_cannot_be_compared_and_that_is_said(repo: Path, root: Path) -> None:
    before, after = with_code(repo, root), with_sources(repo, root)
    found = between(before, after)
    assert found.changes is None
    assert [note.partition(" ")[2] for note in found.notes] == [
        f"1: commit {origin(before).commit[:10]}",
        "2: source.zip",
    ]
