"""Files left in a run: copies of the user's own, which stay as they are, and what is written there at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from conftest import RunScript
from making import make_run

from exparse.errors import ExparseError, InvalidName
from exparse.record.live import LiveRun, UnrecordedRun

BAD_NAMES = [
    "", ".", "..", "../x", "a/../../x", "/etc/passwd", "//x", "a//b", "a/", ".hidden", "a/.git/config", "a\\b", "..\\x",
    "C:\\x", "C:x", "a\0b", "a\nb", "a\x1b[31m", "\u202egpj.exe", "-rf", "~", "~root/x", " a", "a ", "a.", "a*", "a?", "a|b",
    "x" * 201, "/".join("a" * 17), "\udcff",
]  # fmt: skip


@pytest.fixture
def run(root: Path) -> LiveRun:
    made = make_run(root, {"lr": 0.1}, state="running")
    return LiveRun(made.root, made.name, made.place)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    path.write_bytes(os.urandom(3_000_000))
    return path


def leftovers(run: LiveRun) -> list[str]:
    """Return what lies in the run beside the files that every run has."""
    found = [path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()]
    return sorted(set(found) - {"params.yaml", "metadata.json", "status.json"})


def test_a_copy_equals_the_original_which_stays(run: LiveRun, model: Path) -> None:
    before = model.stat()
    path = run.file(model)
    assert path == run.path / "files" / "model.pt" and path.read_bytes() == model.read_bytes()
    assert (model.stat().st_mtime_ns, model.stat().st_nlink) == (before.st_mtime_ns, 1)
    assert leftovers(run) == ["files/model.pt"]
    model.write_bytes(b"changed")
    assert path.stat().st_size == 3_000_000


def test_a_copy_may_have_another_name_with_levels_and_a_caption(run: LiveRun, model: Path) -> None:
    run.file(str(model), name="models/best große 1.pt", caption="best")
    assert run.files == {"models/best große 1.pt": 3_000_000}
    assert run.about.captions == {"models/best große 1.pt": "best"}


def test_a_file_of_the_same_name_is_replaced_as_a_whole(run: LiveRun, model: Path) -> None:
    first = run.file(model)
    with open(first, "rb") as reader:
        model.write_bytes(b"second")
        run.file(model)
        assert len(reader.read()) == 3_000_000  # whoever reads the first reads it to its end
    assert first.read_bytes() == b"second" and leftovers(run) == ["files/model.pt"]


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="there is no /proc here")
def test_a_file_without_a_size_is_copied(run: LiveRun) -> None:
    assert b"Name:" in run.file("/proc/self/status").read_bytes()


def test_an_empty_file_is_copied(run: LiveRun, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert run.file(tmp_path / "empty").read_bytes() == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes of this kind")
def test_modes_follow_the_umask_and_what_can_be_run_can_be_run(run: LiveRun, tmp_path: Path) -> None:
    for name, mode in (("tool", 0o700), ("secret", 0o600)):
        (tmp_path / name).write_text("x")
        (tmp_path / name).chmod(mode)
    before = os.umask(0o027)
    try:
        assert run.file(tmp_path / "tool").stat().st_mode & 0o777 == 0o750
        assert run.file(tmp_path / "secret").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def test_a_folder_is_copied_whole_and_its_links_are_not_followed(run: LiveRun, tmp_path: Path) -> None:
    source = tmp_path / "check point"
    (source / "deep" / "er").mkdir(parents=True)
    (source / "a.txt").write_text("a")
    (source / "deep" / "er" / "b.txt").write_text("b")
    (source / "link").symlink_to("/etc")
    path = run.file(source)
    assert (path / "deep" / "er" / "b.txt").read_text() == "b"
    assert os.readlink(path / "link") == "/etc"
    assert [name for name in run.files if name != "check point/link"] == [
        "check point/a.txt",
        "check point/deep/er/b.txt",
    ]
    (source / "a.txt").unlink()
    run.file(source)
    assert "check point/a.txt" not in run.files and (path / "deep").is_dir()
    assert len(list((run.path / "files").iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_pipes_and_devices_are_refused_without_waiting(run: LiveRun, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ExparseError, match="neither a file nor a folder"):
            run.file(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    run.file(folder)
    assert run.files == {}


@pytest.mark.parametrize("which", ["run", "root", "above"])
def test_a_folder_that_holds_the_run_is_not_copied_into_it(run: LiveRun, which: str) -> None:
    source = {"run": run.path, "root": run.path.parents[1], "above": run.path.parents[2]}[which]
    with pytest.raises(ExparseError, match="holds this run itself"):
        run.file(source, name="all")
    assert leftovers(run) == []


def test_a_missing_file_is_the_callers_mistake(run: LiveRun) -> None:
    with pytest.raises(FileNotFoundError):
        run.file("missing.pt")
    assert leftovers(run) == []


@pytest.mark.parametrize("name", BAD_NAMES, ids=ascii)
def test_names_that_lead_elsewhere_or_hide_are_refused(run: LiveRun, model: Path, name: str) -> None:
    with pytest.raises(InvalidName):
        run.file(model, name=name)
    for mode in ("w", "r", "a", "xb", "r+"):
        with pytest.raises(InvalidName):
            run.open(name, mode)
    assert leftovers(run) == [] and not (run.path / "files").exists()


@pytest.mark.parametrize(
    "name", ["a", "a.tar.gz", "Ärger/日本.csv", "my plot (1).png", "a=b,c.txt", "_x", "#1", "100%"]
)
def test_names_of_ordinary_files_are_kept(run: LiveRun, name: str) -> None:
    with run.open(name, "w") as stream:
        stream.write("x")
    assert run.files == {name: 1}


def test_what_is_opened_is_written_below_files_in_utf8(run: LiveRun) -> None:
    with run.open("sub/dir/f.txt", "w") as stream:
        stream.write("größe\n")
    with run.open("sub/dir/f.txt", "a") as stream:
        stream.write("2\n")
    assert (run.path / "files/sub/dir/f.txt").read_bytes() == "größe\n2\n".encode()
    with run.open("sub/dir/f.txt") as stream:
        assert stream.read() == "größe\n2\n"
    with run.open("raw.bin", "wb") as raw:
        raw.write(b"\xff")
    with run.open("raw.bin", "rb") as raw:
        assert raw.read() == b"\xff"
    with run.open("old.txt", "w", encoding="latin-1", newline="\r\n") as stream:
        stream.write("ö\n")
    assert (run.path / "files/old.txt").read_bytes() == b"\xf6\r\n"


def test_reading_what_is_not_there_makes_nothing(run: LiveRun) -> None:
    with pytest.raises(FileNotFoundError):
        run.open("a/b.txt")
    assert not (run.path / "files").exists()


def test_bad_modes_are_the_built_in_functions_business(run: LiveRun) -> None:
    with pytest.raises(ValueError, match="mode"):
        run.open("a.txt", "q")
    with run.open("a.txt", "x"), pytest.raises(FileExistsError):
        run.open("a.txt", "x")


def test_a_file_written_by_open_can_get_its_caption_by_file(run: LiveRun) -> None:
    with run.open("a.csv", "w") as stream:
        stream.write("1")
    inode = (run.path / "files/a.csv").stat().st_ino
    run.file(run.path / "files/a.csv", caption="table")
    assert (run.path / "files/a.csv").stat().st_ino == inode and run.about.captions == {"a.csv": "table"}


def test_a_link_in_the_way_is_not_followed(run: LiveRun, model: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (run.path / "files").symlink_to(outside)
    for act in (lambda: run.file(model), lambda: run.open("x", "w"), lambda: run.open("x")):
        with pytest.raises(ExparseError, match="link"):
            act()
    (run.path / "files").unlink()
    (run.path / "files").mkdir()
    (run.path / "files" / "x").symlink_to(outside / "made")
    with pytest.raises(ExparseError, match="link"):
        run.open("x", "w")
    assert not list(outside.iterdir())


def test_a_file_in_the_way_of_a_folder_is_told(run: LiveRun, model: Path) -> None:
    run.file(model, name="a")
    with pytest.raises(ExparseError, match="is a file"):
        run.file(model, name="a/b")
    with pytest.raises(ExparseError, match="is a file"):
        run.open("a/b", "w")


def test_a_folder_in_the_way_of_a_file_is_one_warning(
    run: LiveRun, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.file(model, name="a/b")
    run.file(model, name="a")
    assert run.files == {"a/b": 3_000_000} and "files of" in capsys.readouterr().err


def test_where_the_run_is_deleted_a_copy_is_one_warning_and_open_tells_the_script(
    run: LiveRun, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(run.path)
    run.file(model)
    run.file(model)
    with pytest.raises(FileNotFoundError):
        run.open("a.txt", "w")
    assert not run.path.exists()
    assert capsys.readouterr().err.count("warning") == 1


def test_a_copy_that_is_killed_leaves_no_half_file(run: LiveRun, tmp_path: Path, script: RunScript) -> None:
    big = tmp_path / "big"
    big.write_bytes(b"x" * 5_000_000)
    done = script(
        f"""
        import os, signal
        from exparse.record import artifacts
        from exparse.record.live import LiveRun
        artifacts._copied_by_system = lambda reader, writer: os.write(writer, b"half") and os.kill(os.getpid(), signal.SIGKILL)
        LiveRun({run.root!r}, {run.name!r}).file({str(big)!r})
        """
    )
    assert done.returncode < 0
    assert run.files == {}  # only a draft, which readers pass over


def test_where_nothing_is_recorded_files_go_to_the_scratch_folder(model: Path) -> None:
    run = UnrecordedRun("a test")
    run.file(model)
    with run.open("a/b.txt", "w") as stream:
        stream.write("x")
    assert run.files == {"a/b.txt": 1, "model.pt": 3_000_000}
    shutil.rmtree(run.folder)
