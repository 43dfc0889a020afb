"""Hostile repositories: whatever their configuration names, nothing of theirs runs."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import run_git

from exparse.code import git as code
from exparse.code import repository

pytestmark = pytest.mark.slow

Git = Callable[..., bytes]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """Return a file that a program beside it makes, should anybody run that."""
    return tmp_path / "canary"


@pytest.fixture
def evil(tmp_path: Path, canary: Path) -> str:
    """Return the path of a program that leaves the canary behind."""
    program = tmp_path / "evil"
    program.write_text(f'#!/bin/sh\necho ran "$0" "$@" >> \'{canary}\'\ncat\n')
    program.chmod(0o755)
    return str(program)


def change_all(repo: Path) -> None:
    (repo / "train.py").write_text("changed\n")
    (repo / "new.txt").write_text("new\n")
    (repo / "pkg" / "model.py").unlink()


SETTINGS = [
    "core.fsmonitor={evil}",
    "diff.external={evil}",
    "diff.evil.command={evil}",
    "diff.evil.textconv={evil}",
    "filter.evil.clean={evil}",
    "filter.evil.smudge={evil}",
    "filter.evil.process={evil}",
    "filter.evil.required=true",
    "merge.evil.driver={evil}",
    "core.sshCommand={evil}",
    "core.gitProxy={evil}",
    "core.pager={evil}",
    "core.editor={evil}",
    "core.askPass={evil}",
    "core.alternateRefsCommand={evil}",
    "pager.status={evil}",
    "pager.diff={evil}",
    "gpg.program={evil}",
    "log.showSignature=true",
    "alias.status=!{evil}",
    "alias.rev-parse=!{evil}",
    "alias.ls-files=!{evil}",
    "credential.helper={evil}",
    "interactive.diffFilter={evil}",
    "uploadpack.packObjectsHook={evil}",
    "trailer.x.command={evil}",
    "submodule.recurse=true",
    "diff.submodule=log",
    "status.submoduleSummary=true",
    "core.splitIndex=true",
    "core.untrackedCache=true",
    "diff.autoRefreshIndex=true",
    "protocol.ext.allow=always",
    "remote.origin.url=ext::{evil} %S",
    "remote.origin.promisor=true",
    "extensions.partialClone=origin",
    "core.repositoryFormatVersion=1",
]


def poison(repo: Path, git: Git, evil: str) -> None:
    for setting in SETTINGS:
        name, _, value = setting.format(evil=evil).partition("=")
        git("config", name, value)
    (repo / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil merge=evil\n")
    hooks = repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        (hooks / name).write_text(Path(evil).read_text())
        (hooks / name).chmod(0o755)
    git("config", "core.hooksPath", str(hooks), GIT_CONFIG_COUNT="0")


def test_nothing_that_a_repository_names_is_run(repo: Path, git: Git, evil: str, canary: Path) -> None:
    poison(repo, git, evil)
    change_all(repo)
    found = code.look(str(repo), None, [])
    assert not canary.exists(), canary.read_text()
    assert found.facts is not None and found.facts["problem"] is None
    assert found.patch is not None and b"+changed" in found.patch.data and b"+new" in found.patch.data


@pytest.mark.parametrize("settings", [[setting] for setting in SETTINGS if "{evil}" in setting], ids=lambda s: s[0])
def test_nothing_runs_where_one_setting_stands_alone(
    repo: Path, git: Git, evil: str, canary: Path, settings: list[str]
) -> None:
    (repo / ".gitattributes").write_text("* filter=evil diff=evil\n")
    for setting in settings:
        name, _, value = setting.format(evil=evil).partition("=")
        git("config", name, value)
    change_all(repo)
    os.utime(repo / ".gitignore", (1, 1))
    assert code.look(str(repo), None, []).facts is not None
    assert code.state(str(repo), None) is not None
    assert not canary.exists(), canary.read_text()


def test_the_canary_would_sing(repo: Path, git: Git, evil: str, canary: Path) -> None:
    git("config", "filter.evil.clean", evil)
    (repo / ".gitattributes").write_text("* filter=evil\n")
    change_all(repo)
    git("status")
    assert canary.exists()


@pytest.mark.parametrize("name", ["a.b", "a b", "ÄÖ", "", "-c", "x'\"$(touch canary)"])
def test_filters_of_any_name_are_switched_off(repo: Path, git: Git, evil: str, canary: Path, name: str) -> None:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    with open(repo / ".git" / "config", "a") as config:
        config.write(f'[filter "{quoted}"]\n\tclean = {evil}\n\tprocess = {evil}\n\trequired\n')
    attribute = name if name and name.isascii() and " " not in name and '"' not in name else "x"
    (repo / ".gitattributes").write_text(f"* filter={attribute}\n")
    change_all(repo)
    found = code.look(str(repo), None, [])
    assert found.facts is not None and found.facts["problem"] is None
    assert not canary.exists()


def test_a_filter_whose_name_cannot_be_said_stops_git_before_it_looks_at_files(
    repo: Path, evil: str, canary: Path
) -> None:
    with open(repo / ".git" / "config", "a") as config:
        config.write(f'[filter "a=b"]\n\tclean = {evil}\n')
    (repo / ".gitattributes").write_text("* filter=a=b\n")
    change_all(repo)
    told = code.look(str(repo), None, []).facts
    assert told is not None and told["problem"] == "the filter 'a=b' cannot be switched off"
    assert not canary.exists()


def test_what_a_configuration_includes_is_switched_off_too(
    repo: Path, git: Git, evil: str, canary: Path, tmp_path: Path
) -> None:
    (tmp_path / "more").write_text(
        f'[filter "evil"]\n\tclean = {evil}\n\trequired = true\n[core]\n\tfsmonitor = {evil}\n'
    )
    git("config", "include.path", str(tmp_path / "more"))
    git("config", "includeIf.onbranch:main.path", str(tmp_path / "more"))
    (repo / ".gitattributes").write_text("* filter=evil\n")
    change_all(repo)
    told = code.look(str(repo), None, []).facts
    assert told is not None and told["problem"] is None
    assert not canary.exists()


def test_the_users_own_filters_do_not_run_either(
    repo: Path, evil: str, canary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(f'[filter "lfs"]\n\tclean = {evil}\n\tprocess = {evil}\n')
    (repo / ".gitattributes").write_text("*.py filter=lfs\n")
    change_all(repo)
    assert code.look(str(repo), None, []).patch is not None
    assert not canary.exists()


def test_a_git_in_the_working_folder_is_not_run(
    repo: Path, evil: str, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "git").write_text(Path(evil).read_text())
    (repo / "git").chmod(0o755)
    monkeypatch.chdir(repo)
    monkeypatch.setenv("PATH", f":.:bin:{os.environ['PATH']}")
    told = code.look(str(repo), None, []).facts
    assert told is not None and told["problem"] is None
    assert not canary.exists()


def test_a_tree_elsewhere_is_refused(repo: Path, git: Git, tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("private key")
    git("config", "core.worktree", str(tmp_path / "private"))
    found = code.look(str(repo), None, [])
    assert found.facts is not None and "core.worktree" in found.facts["problem"]
    assert found.patch is None


def test_a_repository_that_hides_in_plain_files_is_not_opened(tmp_path: Path, evil: str, canary: Path) -> None:
    run_git(tmp_path, "init", "-q", "--bare", "work")
    run_git(tmp_path / "work", "config", "core.fsmonitor", evil)
    run_git(tmp_path / "work", "config", "core.bare", "false")
    (tmp_path / "work" / "train.py").write_text("")
    assert code.look(str(tmp_path / "work"), None, []).facts is None
    assert not canary.exists()


def test_a_submodule_with_an_evil_configuration_is_not_entered(
    repo: Path, git: Git, evil: str, canary: Path, tmp_path: Path
) -> None:
    inner = repo / "inner"
    inner.mkdir()
    run_git(inner, "init", "-q")
    (inner / "a.py").write_text("1\n")
    run_git(inner, "add", "-A")
    run_git(inner, "commit", "-qm", "inner")
    git("-c", "advice.addEmbeddedRepo=false", "add", "inner")
    git("commit", "-qm", "with inner")
    (inner / "a.py").write_text("2\n")
    run_git(inner, "commit", "-qam", "inner moves on")
    (inner / "a.py").write_text("3\n")
    run_git(inner, "config", "core.fsmonitor", evil)
    run_git(inner, "config", "filter.evil.clean", evil)
    (inner / ".git" / "info" / "attributes").write_text("* filter=evil\n")
    found = code.look(str(repo), None, [])
    assert not canary.exists(), canary.read_text()
    commit = run_git(inner, "log", "-1", "--format=%H", "--no-show-signature").decode().strip()
    assert found.facts is not None and found.facts["submodules"] == [{"path": "inner", "commit": commit}]


def test_a_repository_of_another_user_is_refused_as_git_refuses_it(repo: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to another user")
    for path in (repo, repo / ".git"):
        os.chown(path, 12345, 12345)
    told = code.look(str(repo), None, []).facts
    assert told is not None and "ownership" in told["problem"] and told["commit"] is None


def test_a_configuration_that_is_a_pipe_ends_in_time(repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(repo / "pipe")
    git("config", "include.path", str(repo / "pipe"))
    monkeypatch.setattr(code, "LONGEST_S", 0.5)
    told = code.look(str(repo), None, []).facts
    assert told is not None and "too long" in told["problem"]


def test_a_pipe_in_the_tree_is_not_waited_for(repo: Path) -> None:
    (repo / "train.py").unlink()
    os.mkfifo(repo / "train.py")
    found = code.look(str(repo), None, [])
    assert found.patch is not None
    assert [left["why"] for left in found.patch.left_out] == ["no plain file"]


def test_nothing_behind_a_link_is_read(repo: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "model.py").write_text("private\n")
    (repo / "pkg" / "model.py").unlink()
    (repo / "pkg").rmdir()
    (repo / "pkg").symlink_to(outside)
    found = code.look(str(repo), None, [])
    assert found.patch is not None and b"private" not in found.patch.data
    assert b"deleted file mode" in found.patch.data and b"new file mode 120000" in found.patch.data


def test_the_last_value_of_a_setting_counts() -> None:
    told = repository.parse_config(b"core.bare\nfalse\0remote.a.url\nx\ny\0remote.a.url\nz\0core.flag\0")
    assert told == {"core.bare": "false", "remote.a.url": "z", "core.flag": "true"}


def test_folders_for_drafts_are_private_and_lie_outside_of_the_tree(
    repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from exparse.code import drafts

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    scratch = drafts.make_scratch(str(repo), str(tmp_path))
    assert stat.S_IMODE(os.stat(scratch).st_mode) == 0o700
    monkeypatch.setenv("TMPDIR", str(repo))
    elsewhere = Path(drafts.make_scratch(str(tmp_path), str(repo)))
    elsewhere.rmdir()
    assert tmp_path not in elsewhere.parents


@pytest.mark.slow
@pytest.mark.parametrize("name", ["info/exclude", "shallow"])
def test_git_is_not_left_waiting_for_a_pipe(repo: Path, name: str) -> None:
    (repo / ".git" / name).unlink(missing_ok=True)
    os.mkfifo(repo / ".git" / name)
    told = code.look(str(repo), None, []).facts
    assert told is not None and told["problem"] == f".git/{name} is no plain file"


def test_who_does_not_own_a_repository_is_told_what_to_do(tmp_path: Path) -> None:
    said = repository.with_cure("detected dubious ownership in repository at '/my repo'", "/my repo")
    assert said.endswith("; if you trust it: git config --global --add safe.directory '/my repo'")
    assert repository.with_cure("bad config", "/my repo") == "bad config"
