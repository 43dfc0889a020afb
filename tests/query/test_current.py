"""The runs as they are now: what is remembered is used, and never instead of what lies there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from making import damage, make_root, make_run

from exparse.query import blocks, cache, crew, current, scan
from exparse.query.table import Table
from exparse.store import marks
from exparse.store.run import Run


@pytest.fixture(autouse=True)
def each_command_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test begin as a new process would: nothing is known of any root."""
    monkeypatch.setattr(current, "_known", {})


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that fills with the names of the runs that are read."""
    found: list[str] = []
    read = scan.Scan.read

    def told(self: scan.Scan, name: str) -> Any:
        found.append(name)
        return read(self, name)

    monkeypatch.setattr(scan.Scan, "read", told)
    return found


def make_old(*runs: Run, seconds: float = 60) -> None:
    """Let the files of runs look as if nobody had touched them for a while."""
    when = time.time() - seconds
    for run in runs:
        for path in [*run.path.rglob("*"), run.path]:
            os.utime(path, (when, when), follow_symlinks=False)


def forget() -> None:
    """Go on as another process would."""
    current._known.clear()


def states(root: Path) -> list[str]:
    return list(current.table(str(root)).own("state").cells())


def lr(root: Path) -> list[Any]:
    return list(current.table(str(root)).param("lr").cells())


@pytest.fixture
def remembered(root: Path) -> list[Run]:
    """Make a root of 70 finished runs that the cache knows."""
    runs = [make_run(root, {"lr": n / 10}) for n in range(70)]
    make_old(*runs)
    current.table(str(root))
    forget()
    return runs


def cache_files() -> list[Path]:
    folder = cache.folder()
    assert folder is not None
    return sorted(Path(folder).glob("*.index")) if os.path.isdir(folder) else []


def test_finished_runs_are_read_once(remembered: list[Run], root: Path, reads: list[str]) -> None:
    assert lr(root) == [n / 10 for n in range(70)]
    assert lr(root) == [n / 10 for n in range(70)]
    assert reads == []


def test_only_new_runs_are_read(remembered: list[Run], root: Path, reads: list[str]) -> None:
    new = make_run(root, {"lr": 9.5, "extra": "x"})
    assert lr(root)[-1] == 9.5
    assert set(reads) == {new.name}
    assert current.table(str(root)).param("extra").cells()[-1] == "x"


def edit_in_place(run: Run) -> None:
    with open(run.path / "params.yaml", "r+") as file:
        text = file.read().replace("lr: 0.3", "lr: 7.5")
        file.seek(0)
        file.write(text)


def replace(run: Run) -> None:
    text = (run.path / "params.yaml").read_text().replace("lr: 0.3", "lr: 7.5")
    (run.path / "new").write_text(text)
    os.replace(run.path / "new", run.path / "params.yaml")


@pytest.mark.parametrize("change", [edit_in_place, replace])
def test_params_that_somebody_edits_are_noticed(
    change: Callable[[Run], None], remembered: list[Run], root: Path
) -> None:
    change(remembered[3])
    assert lr(root)[3] == 7.5
    forget()
    assert lr(root)[3] == 7.5


def test_an_edit_right_after_a_reading_is_noticed(root: Path) -> None:
    run = make_run(root, {"lr": 0.3})
    assert lr(root) == [0.3]
    stamp = os.stat(run.path), os.stat(run.path / "params.yaml")
    edit_in_place(run)
    # As if all had happened within one tick of the file system's clock.
    os.utime(run.path / "params.yaml", ns=(stamp[1].st_atime_ns, stamp[1].st_mtime_ns))
    os.utime(run.path, ns=(stamp[0].st_atime_ns, stamp[0].st_mtime_ns))
    assert lr(root) == [7.5]


def test_files_that_are_replaced_or_removed_are_noticed(remembered: list[Run], root: Path) -> None:
    (remembered[2].path / "status.json").unlink()
    run = remembered[4]
    (run.path / "beside").write_text((run.path / "status.json").read_text().replace("finished", "failed"))
    os.replace(run.path / "beside", run.path / "status.json")
    assert states(root)[:6] == ["finished", "finished", "damaged", "finished", "failed", "finished"]


def test_runs_that_go_and_come_are_noticed(remembered: list[Run], root: Path) -> None:
    shutil.rmtree(remembered[0].path)
    os.rename(remembered[1].path, root / "tmp" / remembered[1].name)
    found = current.table(str(root))
    assert len(found) == 68
    assert [row.run.place for row in current.table(str(root), ("runs", "tmp")).rows()].count("tmp") == 1


def test_a_run_under_way_is_read_each_time(remembered: list[Run], root: Path, reads: list[str]) -> None:
    running = make_run(root, {"lr": 1.0}, state="running", seconds=None, facts={"process": None, "host": "elsewhere"})
    make_old(running)
    for _ in range(3):
        current.table(str(root))
        forget()
    assert reads.count(running.name) == 3


def test_a_run_that_was_lost_here_is_read_once(root: Path, reads: list[str]) -> None:
    from exparse.store import liveness

    gone = {**liveness.this_process(), "boot": "another"}
    runs = [make_run(root, {"lr": 1.0}, state="running", seconds=None, facts={"process": gone}) for _ in range(70)]
    make_old(*runs)
    assert set(states(root)) == {"lost"}
    del reads[:]
    forget()
    assert set(states(root)) == {"lost"}
    assert reads == []


def test_a_damaged_run_is_read_each_time_and_hides_no_other(root: Path) -> None:
    runs = [make_run(root, {"lr": n / 10}) for n in range(70)]
    damage(runs[3])
    make_old(*runs)
    assert states(root).count("damaged") == 1
    (runs[3].path / "params.yaml").write_text("lr: 0.25\n")
    make_old(runs[3])
    forget()
    assert states(root).count("damaged") == 0
    assert lr(root)[3] == 0.25


def test_marks_and_fails_are_as_they_are_now(remembered: list[Run], root: Path) -> None:
    current.table(str(root))
    marks.add(str(root), "good", remembered[5].name, "runs")
    (root / "fails").mkdir()
    (root / "fails" / f"{remembered[6].name}.yaml").symlink_to("x")
    found = current.table(str(root))
    assert found.row(5).marks == ("good",)
    assert found.row(6).fails


def test_the_cache_lies_in_the_users_folder_and_is_theirs_alone(remembered: list[Run], root: Path) -> None:
    assert len(cache_files()) == 1
    folder = cache_files()[0].parent
    assert folder == Path(os.environ["HOME"]) / ".cache" / "exparse" / "index" or sys.platform != "linux"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not [path for path in root.rglob("*") if path.suffix == ".index"]


def test_xdg_and_our_own_variable_name_other_folders(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.folder() == f"{tmp_path}/xdg/exparse/index" or sys.platform != "linux"
    monkeypatch.setenv("EXPARSE_CACHE", str(tmp_path / "own"))
    assert cache.folder() == str(tmp_path / "own" / "index")
    for off in ("off", "", "0"):
        monkeypatch.setenv("EXPARSE_CACHE", off)
        assert cache.folder() is None
    make_old(*(make_run(root, {"lr": 0.5}) for _ in range(70)))
    assert lr(root) == [0.5] * 70
    assert not (tmp_path / "home" / ".cache").exists()


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)


def age(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"exparse-table 2 ", b"exparse-table 0 ", 1))


def renew(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"exparse-table 2 ", b"exparse-table 9 ", 1))


def turn_into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def turn_into_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def turn_into_link(path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    truncate,
    flip,
    age,
    renew,
    turn_into_folder,
    turn_into_pipe,
    turn_into_link,
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(os.urandom(5000)),
    lambda path: path.write_bytes(b"\x80\x04\x95" + path.read_bytes()),
    lambda path: path.chmod(0o000),
    lambda path: path.chmod(0o666),
    lambda path: path.parent.chmod(0o777),
]


@pytest.mark.parametrize("spoil", DAMAGES)
def test_a_spoilt_cache_is_done_without_a_word(
    spoil: Callable[[Path], object], remembered: list[Run], root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(cache_files()[0])
    assert lr(root) == [n / 10 for n in range(70)]
    forget()
    assert lr(root) == [n / 10 for n in range(70)]
    assert capsys.readouterr() == ("", "")
    for path in cache_files():
        path.parent.chmod(0o700)


def test_a_spoilt_cache_is_written_anew(remembered: list[Run], root: Path, reads: list[str]) -> None:
    flip(cache_files()[0])
    lr(root)
    forget()
    del reads[:]
    lr(root)
    assert reads == []


def test_a_root_that_was_moved_or_copied_is_another_one(remembered: list[Run], root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True)
    edit_in_place(Run(str(copy), remembered[3].name))
    assert lr(copy)[3] == 7.5
    forget()
    # The copy takes the place of the one that the cache knows, with the times that its files had.
    shutil.rmtree(root)
    shutil.copytree(copy, root, symlinks=True)
    for source, target in zip(sorted(copy.rglob("*")), sorted(root.rglob("*")), strict=True):
        if not source.is_symlink():
            os.utime(target, ns=(source.stat().st_atime_ns, source.stat().st_mtime_ns))
    assert lr(root)[3] == 7.5


def test_a_cache_that_cannot_be_written_is_done_without(root: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / ".cache").write_text("a file is in the way")
    make_old(*(make_run(root, {"lr": 0.5}) for _ in range(70)))
    assert lr(root) == [0.5] * 70


def test_values_that_a_cache_cannot_hold_are_read_each_time(root: Path, reads: list[str]) -> None:
    runs = [make_run(root, {"lr": 0.5}) for _ in range(70)]
    (runs[7].path / "params.yaml").write_text("lr: {1: 2}\n")
    make_old(*runs)
    for _ in range(2):
        assert lr(root)[7] == {1: 2}
        forget()
    assert len(cache_files()) == 1
    assert reads.count(runs[6].name) == 1


def test_several_processes_read_what_one_would(root: Path, monkeypatch: pytest.MonkeyPatch, reads: list[str]) -> None:
    runs = [make_run(root, {"lr": n / 10, "layers": [n]}) for n in range(40)]
    (runs[7].path / "params.yaml").write_text("lr: {1: 2}\n")
    damage(runs[9])
    make_old(*runs)
    alone = current.table(str(root)).rows()
    shutil.rmtree(cache_files()[0].parent, ignore_errors=True) if cache_files() else None
    forget()
    monkeypatch.setattr(crew, "processors", lambda: 3)
    monkeypatch.setattr(crew, "_CHUNK", 7)
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    assert current.table(str(root)).rows() == alone
    monkeypatch.setattr(current, "MANY_TO_LOOK_AT", 1)
    assert current.table(str(root)).rows() == alone


def test_a_process_that_dies_leaves_its_work_to_the_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(*(make_run(root, {"lr": n / 10}) for n in range(30)))
    monkeypatch.setattr(crew, "processors", lambda: 2)
    monkeypatch.setattr(crew, "_CHUNK", 3)
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    monkeypatch.setattr(crew, "_PROGRAM", "print(0, flush=True); import sys; sys.stdin.readline(); sys.exit(3)")
    assert lr(root) == [n / 10 for n in range(30)]


def test_without_an_interpreter_this_process_does_it_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(*(make_run(root, {"lr": n / 10}) for n in range(10)))
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    monkeypatch.setattr(crew, "processors", lambda: 2)
    monkeypatch.setattr(sys, "executable", "")
    assert lr(root) == [n / 10 for n in range(10)]


def test_folders_of_others_links_and_drafts_are_no_runs(root: Path, tmp_path: Path) -> None:
    run = make_run(root, {"lr": 1.0})
    for name in ("notes", ".hidden", "000007-2026-11-21-05-40-12.bak", "123"):
        (root / "runs" / name).mkdir()
    (root / "runs" / "000008-2026-11-21-05-40-12").symlink_to(run.path)
    (root / "runs" / "000009-2026-11-21-05-40-12").write_text("a file")
    assert current.table(str(root)).names == [run.name]


def test_reading_leaves_the_root_as_it_is(remembered: list[Run], root: Path) -> None:
    def seen() -> dict[str, int]:
        return {str(path): path.lstat().st_mtime_ns for path in [root, *root.rglob("*")]}

    before = seen()
    current.table(str(root))
    assert seen() == before


@pytest.mark.slow
def test_many_readers_at_once_all_see_everything(remembered: list[Run], root: Path) -> None:
    shutil.rmtree(cache_files()[0].parent)
    code = f"from exparse import Index; print(sum(row['params']['lr'] for row in Index({str(root)!r}).rows()))"
    readers = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(6)]
    assert {reader.communicate()[0].strip() for reader in readers} == {str(sum(n / 10 for n in range(70)))}


def test_an_empty_root_and_a_missing_place_have_no_runs(root: Path) -> None:
    make_root(root)
    assert len(current.table(str(root), ("runs", "tmp", "trash"))) == 0


def test_a_table_in_the_cache_is_the_table_that_was_read(remembered: list[Run], root: Path) -> None:
    kept = cache.load(str(root), "runs")
    assert kept is not None
    assert isinstance(kept.table, Table)
    forget()
    kept.table.root = str(root)
    assert kept.table.rows() == current.table(str(root)).rows()
    assert blocks.VERSION == 2


def test_a_process_that_never_begins_is_not_waited_for(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(*(make_run(root, {"lr": n / 10}) for n in range(30)))
    monkeypatch.setattr(crew, "processors", lambda: 2)
    monkeypatch.setattr(crew, "_CHUNK", 3)
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    monkeypatch.setattr(crew, "_PROGRAM", "import time; time.sleep(600)")
    assert lr(root) == [n / 10 for n in range(30)]


def test_the_modes_of_a_team_are_no_reason_to_read_again(root: Path, reads: list[str]) -> None:
    before = os.umask(0o002)
    try:
        make_old(*(make_run(root, {"lr": 0.5}) for _ in range(70)))
        lr(root)
    finally:
        os.umask(before)
    forget()
    del reads[:]
    assert lr(root) == [0.5] * 70
    assert reads == []


def test_a_process_that_begins_late_joins_in_and_loses_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(*(make_run(root, {"lr": n / 10}) for n in range(60)))
    monkeypatch.setattr(crew, "processors", lambda: 3)
    monkeypatch.setattr(crew, "_CHUNK", 2)
    monkeypatch.setattr(current, "MANY_TO_LOOK_AT", 0)
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    monkeypatch.setattr(crew, "_PROGRAM", f"import time; time.sleep(0.15); {crew._PROGRAM}")
    read = scan.Scan.read

    def slow(self: scan.Scan, name: str) -> Any:
        time.sleep(0.01)
        return read(self, name)

    monkeypatch.setattr(scan.Scan, "read", slow)
    assert lr(root) == [n / 10 for n in range(60)]


def test_a_fault_in_reading_is_no_end_of_the_work(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(root, {"lr": 1.0})

    def fail(self: scan.Scan, name: str) -> Any:
        raise IndexError("a fault of ours")

    monkeypatch.setattr(scan.Scan, "read", fail)
    with pytest.raises(IndexError):
        lr(root)


def test_many_refreshes_in_one_process_end_as_one(root: Path) -> None:
    for number in range(40):
        make_old(make_run(root, {"lr": number / 10, f"only_{number}": 1}))
        current.table(str(root))
    found = current.table(str(root))
    assert found.own("user").cells() == ["ada"] * 40
    assert found.param("lr").cells() == [n / 10 for n in range(40)]
    assert current._known[os.path.realpath(root), "runs"].layers <= current._MOST_LAYERS


def test_what_has_gone_is_forgotten_on_disk_too(remembered: list[Run], root: Path) -> None:
    more = [make_run(root, {"lr": 1.0}) for _ in range(130)]
    make_old(*more)
    current.table(str(root))
    forget()
    for run in more:
        shutil.rmtree(run.path)
    current.table(str(root))
    kept = cache.load(str(root), "runs")
    assert kept is not None
    assert len(kept.table) == 70


def test_what_ranks_log_after_the_end_is_seen(root: Path) -> None:
    run = make_run(root, {"lr": 1.0})
    (run.path / "metrics.1.jsonl").write_text('{"time": 1, "loss": 0.5}\n')
    past = time.time() - 60
    for path in [*run.path.rglob("*"), run.path]:
        os.utime(path, (past, past))
    assert current.table(str(root)).metric("loss").cells() == [0.5]
    with open(run.path / "metrics.1.jsonl", "a") as file:
        file.write('{"time": 2, "loss": 0.25}\n')
    assert current.table(str(root)).metric("loss").cells() == [0.25]


def test_a_format_of_the_future_is_refused_by_the_index_as_by_the_run(root: Path) -> None:
    run = make_run(root, {"lr": 1.0})
    text = (run.path / "params.yaml").read_text().replace('"1.2"', '"9.0"')
    (run.path / "params.yaml").write_text(text)
    assert states(root) == [Run(str(root), run.name).state] == ["damaged"]


def test_rows_are_the_callers_own(root: Path) -> None:
    from exparse import Index

    make_run(root, {"layers": [1, 2]})
    make_run(root, {"layers": [1, 2]})
    Index(root).rows()[0]["params"]["layers"].append(99)
    assert [row["params"]["layers"] for row in Index(root).rows()] == [[1, 2], [1, 2]]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("metadata.json", '{"format": "1.1", "id": 1, "started": "0001-01-01T00:00:00+14:00"}'),
        ("metadata.json", '{"format": "1.1", "id": 1, "started": "9999-12-31T23:59:59-14:00"}'),
        ("params.yaml", "x: {!!binary aGVsbG8=: 1}\n"),
        ("params.yaml", "x: !!set {a, b}\n"),
        ("params.yaml", '# exparse: {"format": "1.1"}\nx: ' + "[" * 700 + "]" * 700 + "\n"),
        ("summary.json", '{"x": ' + '{"a": ' * 700 + "1" + "}" * 700 + "}"),
        ("summary.json", "[" * 100_000),
    ],
)
def test_one_odd_run_hides_no_other(file: str, text: str, root: Path) -> None:
    from exparse import Index

    odd, good = make_run(root, {"lr": 1.0}), make_run(root, {"lr": 2.0})
    (odd.path / file).write_text(text)
    for _ in range(2):
        found = Index(root)
        assert [row["id"] for row in found.rows()] == [1, 2]
        assert found.info()["id"].tolist() == [1, 2]
        assert found.where("lr = 2").rows()[0]["name"] == good.name
        forget()


def test_a_process_that_was_stopped_is_not_waited_for_for_ever(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_old(*(make_run(root, {"lr": n / 10}) for n in range(30)))
    monkeypatch.setattr(crew, "processors", lambda: 2)
    monkeypatch.setattr(crew, "_CHUNK", 3)
    monkeypatch.setattr(crew, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(current, "MANY_TO_READ", 1)
    read = scan.Scan.read

    def slow(self: scan.Scan, name: str) -> Any:
        time.sleep(0.01)
        return read(self, name)

    monkeypatch.setattr(scan.Scan, "read", slow)
    monkeypatch.setattr(
        crew,
        "_PROGRAM",
        "print(0, flush=True); import os, signal, sys; sys.stdin.readline(); os.kill(os.getpid(), signal.SIGSTOP)",
    )
    assert lr(root) == [n / 10 for n in range(30)]


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_place_that_cannot_be_seen_is_no_empty_one(kind: str, root: Path, tmp_path: Path) -> None:
    from exparse import Index
    from exparse.errors import RootError

    make_run(root)
    (root / "runs").rename(tmp_path / "elsewhere")
    (root / "runs").symlink_to(tmp_path / "gone") if kind == "link" else (root / "runs").write_text("")
    with pytest.raises(RootError, match="runs"):
        len(Index(root))


def test_many_removals_in_one_process_are_remembered_as_one(root: Path) -> None:
    runs = [make_run(root, {"lr": n / 10}) for n in range(30)]
    make_old(*runs)
    for run in runs[:20]:
        shutil.rmtree(run.path)
        assert len(current.table(str(root))) > 0
        assert current._known[os.path.realpath(root), "runs"].layers <= current._MOST_LAYERS
    assert current._known[os.path.realpath(root), "runs"].layers > 0
    assert lr(root) == [n / 10 for n in range(20, 30)]
