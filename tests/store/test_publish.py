"""A run is visible whole or not at all; where there are no links, small files do."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import making
import pytest

from exparse.errors import DamagedFile, RootError, UnsupportedFormat
from exparse.store import checks, files, layout, marks, publish
from exparse.store.root import Root

NOW = time.localtime(1_700_000_000)


def contents(number: int, name: str) -> dict[str, str]:
    return {
        "params.yaml": "x: 1\n",
        "metadata.json": f'{{"format": "1.0", "id": {number}}}\n',
        "status.json": '{"format": "1.0", "state": "finished"}\n',
    }


def make(root: Path, **more: Any) -> str:
    return publish.publish(str(root), contents, NOW, **more)[1]


def everything(folder: Path) -> list[str]:
    return sorted(
        os.path.relpath(os.path.join(at, name), folder) for at, dirs, names in os.walk(folder) for name in dirs + names
    )


def test_a_new_root_ignores_itself_in_git_and_says_its_format(root: Path) -> None:
    make(root)
    assert (root / ".gitignore").read_text().splitlines()[-1] == "*"
    assert '"format": "1.2"' in (root / "exparse.json").read_text()


def test_a_folder_with_things_of_the_users_stays_as_it_is_in_git(root: Path) -> None:
    root.mkdir()
    (root / "paper.tex").touch()
    make(root)
    assert not (root / ".gitignore").exists()


def test_links_are_relative_and_lead_to_the_params(root: Path) -> None:
    name = make(root, automarks=["user/bob"])
    for link in (root / "index" / f"{name}.yaml", root / "marked/user/bob" / f"{name}.yaml"):
        assert not os.path.isabs(os.readlink(link)) and link.read_text() == "x: 1\n"
    moved = root.rename(root.with_name("elsewhere"))
    assert (moved / "index" / f"{name}.yaml").read_text() == "x: 1\n"


def test_a_tmp_run_has_neither_link_nor_mark(root: Path) -> None:
    name = make(root, tmp=True, automarks=["user"])
    assert os.listdir(root / "tmp") == [name] and os.listdir(root / "index") == os.listdir(root / "marked") == []


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL])
def test_without_symbolic_links_small_files_do_and_all_works(
    root: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refused(target: str, path: str, *more: object, **kinds: object) -> None:
        raise OSError(code, os.strerror(code), path)

    monkeypatch.setattr(os, "symlink", refused)
    names = [make(root, automarks=["user/bob"]), make(root)]
    pointer = root / "index" / f"{names[0]}.yaml"
    assert pointer.is_file() and not pointer.is_symlink()
    assert pointer.read_text() == f"../runs/{names[0]}/params.yaml\n"
    place = Root(root)
    assert [run.name for run in place.marked("user")] == names[:1]
    assert place.mark("paper/fig", *place) == 2 and place.mark("paper/fig", *place) == 0
    assert place.marks() == {"paper/fig": names, "user/bob": names[:1]}
    assert [run.name for run in place.select("@paper")] == names
    assert place.unmark("paper/fig", place[2]) == 1
    place.remove(place[1])
    assert place.marks() == {} and os.listdir(root / "index") == [f"{names[1]}.yaml"]
    back = place.restore(place.runs("trash")[0])
    assert place.marks() == {"paper/fig": names[:1], "user/bob": names[:1]} and back.params == {"x": 1}
    assert pointer.exists()


def test_other_errors_of_a_link_take_the_run_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root)
    before = everything(root / "runs") + everything(root / "index")

    def full(target: str, path: str, *more: object, **kinds: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", path)

    monkeypatch.setattr(os, "symlink", full)
    with pytest.raises(RootError, match="No space left"):
        make(root, automarks=["user"])
    assert everything(root / "runs") + everything(root / "index") == before
    assert os.listdir(root / layout.STAGING) == [] and os.listdir(root / "marked") == []


def test_a_mark_that_cannot_be_put_takes_the_run_back(root: Path) -> None:
    make(root)
    (root / "marked" / "user").write_text("in the way")
    with pytest.raises(RootError):
        make(root, automarks=["first/x", "user/bob"])
    assert len(os.listdir(root / "runs")) == len(os.listdir(root / "index")) == 1
    assert os.listdir(root / "marked") == ["user"]


@pytest.mark.parametrize("folder", [*layout.FOLDERS, layout.COUNTER])
def test_a_folder_that_somebody_removed_is_made_again(root: Path, folder: str) -> None:
    first = make(root)
    Path(root / folder).rename(root / "away")
    second = make(root)
    assert (root / "index" / f"{second}.yaml").exists()
    if folder not in ("runs", "index"):
        assert int(second[:6]) > int(first[:6])


@pytest.mark.parametrize("kind", ["a file", "below a file", "a dangling link"])
def test_a_place_that_can_hold_no_root_is_one_clear_error(tmp_path: Path, kind: str) -> None:
    root = tmp_path / "root"
    if kind == "a file":
        root.write_text("")
    elif kind == "below a file":
        (tmp_path / "f").write_text("")
        root = tmp_path / "f" / "root"
    else:
        root.symlink_to(tmp_path / "nowhere" / "deep")
    with pytest.raises(RootError) as refused:
        make(root)
    text = str(refused.value)
    assert "\n" not in text and str(root) in text and "EXPARSE_ROOT" in text and "--no-record" in text


@pytest.mark.parametrize("said", ["2.0", "0.9"])
def test_a_foreign_root_is_refused_with_the_cure_and_left_alone(root: Path, said: str) -> None:
    root.mkdir()
    (root / "exparse.json").write_text(f'{{"format": "{said}"}}')
    with pytest.raises(UnsupportedFormat, match="pip install -U exparse"):
        make(root)
    assert os.listdir(root) == ["exparse.json"]


@pytest.mark.parametrize(
    "text", ["", "[]", "[" * 10_000, "{}", *(f'{{"format": "{said}"}}' for said in ["x", "", "1", "1.x", "9" * 5000])]
)
def test_a_marker_that_says_no_format_is_damaged_and_left_alone(root: Path, text: str) -> None:
    """As after a power cut: no newer exparse helps."""
    root.mkdir()
    (root / "exparse.json").write_text(text)
    with pytest.raises(DamagedFile, match="damaged: .* write it anew"):
        make(root)
    with pytest.raises(DamagedFile, match="write it anew"):
        Root(root).check()
    assert Root(root).check(is_damaged_allowed=True).folder == str(root)
    found = [finding for finding in checks.look(str(root)) if finding.path == "exparse.json"]
    assert [finding.what.partition(":")[0] for finding in found] == ["damaged"] and "anew" in found[0].cure
    assert os.listdir(root) == ["exparse.json"] and (root / "exparse.json").read_text() == text


def test_a_newer_minor_is_written_to(root: Path) -> None:
    root.mkdir()
    (root / "exparse.json").write_text('{"format": "1.9", "new": 1}')
    for name in layout.FOLDERS:
        (root / name).mkdir()
    assert make(root)


@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700), (0o002, 0o664, 0o775)]
)
def test_the_users_umask_decides_who_may_read(root: Path, umask: int, file: int, folder: int) -> None:
    before = os.umask(umask)
    try:
        name = make(root, automarks=["m"])
        files.replace(f"{root}/runs/{name}/status.json", contents(1, name)["status.json"])
        marks.add(str(root), "other", name, "runs")
    finally:
        os.umask(before)
    for at, dirs, names in os.walk(root):
        for entry in dirs:
            assert stat.S_IMODE(os.lstat(os.path.join(at, entry)).st_mode) == folder, entry
        for entry in names:
            path = os.path.join(at, entry)
            assert os.path.islink(path) or stat.S_IMODE(os.lstat(path).st_mode) == file, entry


def as_somebody_bound_by_modes(folder: Path, source: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a script that modes of files bind, also where the tests run as root."""
    (folder / "main.py").write_text(source)
    command = [sys.executable, "main.py"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("modes do not bind root, and there is no setpriv to give its rights up")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="modes do not bind there")
def test_a_root_that_may_not_be_written_is_refused_and_still_read(root: Path, tmp_path: Path) -> None:
    making.make_run(root, {"x": 1})
    for at, _, _ in os.walk(root):
        os.chmod(at, 0o555)
    source = "from exparse import ExParser, Root\nExParser(root='exruns').parse_args()\nprint('started')"
    try:
        answer = as_somebody_bound_by_modes(tmp_path, source)
        tried = as_somebody_bound_by_modes(tmp_path, source, EXPARSE_RECORD="try")
        beside = as_somebody_bound_by_modes(tmp_path, source.replace("root='exruns'", ""))
        read = as_somebody_bound_by_modes(
            tmp_path, "from exparse import Root\nprint([run.params for run in Root('exruns').check()])"
        )
    finally:
        for at, _, _ in os.walk(root):
            os.chmod(at, 0o755)
    assert answer.returncode == 1 and answer.stdout == "" and answer.stderr.count("\n") == 1, answer
    assert "Permission denied" in answer.stderr and str(root) in answer.stderr
    assert (tried.returncode, tried.stdout) == (0, "started\n") and "warning: not recorded" in tried.stderr
    assert beside.returncode == 1 and beside.stdout == ""
    assert read.stdout == "[{'x': 1}]\n", read.stderr


def test_a_run_of_the_same_name_is_never_written_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root)
    monkeypatch.setattr("exparse.store.counter.claim", lambda folder: 1)
    before = {name: (root / name).read_bytes() for name in everything(root) if (root / name).is_file()}
    with pytest.raises(RootError):
        make(root)
    assert {name: (root / name).read_bytes() for name in everything(root) if (root / name).is_file()} == before


def test_a_run_withdrawn_leaves_nothing_but_its_number(root: Path) -> None:
    name = make(root, automarks=["user/bob"])
    publish.withdraw(str(root), name, f"{root}/runs/{name}")
    assert [os.listdir(root / place) for place in ("runs", "index", "marked", layout.STAGING)] == [[]] * 4
    assert make(root).startswith("000002-")
