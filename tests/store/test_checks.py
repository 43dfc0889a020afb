"""What may be wrong with a root: each thing is found, says what to do, and only what is derived is repaired."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from making import damage, make_root, make_run

from exparse.store import absence, checks, liveness, trash
from exparse.store.finding import KINDS, Finding
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

OLD = time.time() - 3 * 24 * 3600
HERE = liveness.this_process()
GONE = {**liveness.this_process(), "pid": 2**22 - 1}
posix = pytest.mark.skipif(sys.platform == "win32", reason="links and modes are others there")


def look(root: Path) -> list[Finding]:
    return list(checks.look(str(root)))


def told(root: Path) -> list[tuple[str, str]]:
    return [(finding.kind, finding.path) for finding in look(root)]


def repaired(root: Path) -> list[tuple[str, str]]:
    """Put right what can be, and return what is left."""
    for finding in look(root):
        if finding.mend:
            finding.mend()
    return told(root)


def staging(root: Path, pid: int) -> Path:
    """Make what a killed start leaves: a number that was claimed, and a folder."""
    staged = make_root(root) / ".staging" / f"3-{pid}-0123456789abcdef"
    staged.mkdir()
    (root / ".counter").mkdir()
    (root / ".counter" / "3").write_text("")
    return staged


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def age(path: Path) -> Path:
    os.utime(path, (OLD, OLD), follow_symlinks=False)
    return path


def test_all_is_well_with_a_root_as_scripts_and_the_command_leave_it(root: Path) -> None:
    make_root(root)
    assert look(root) == []
    runs = [make_run(root, {"a": 1}, marks=["good", "paper/table1"], tmp=number == 2) for number in range(4)]
    (runs[0].path / "metrics.jsonl").write_text('{"loss": 1}\n{"loss": ')
    (runs[0].path / "stdout.log").write_bytes(b"\xff\n")
    make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()})
    trash.remove(runs[1])
    assert look(root) == []
    trash.restore(Root(root).runs("trash")[0])
    assert look(root) == []


def test_looking_changes_nothing_and_every_finding_is_whole(root: Path) -> None:
    run = make_run(root, marks=["good"])
    make_run(root)
    shutil.rmtree(run.path)
    (root / "runs" / "notes.txt").write_text("mine")
    before = everything(root)
    findings = look(root)
    assert everything(root) == before
    assert len(findings) == 3
    for finding in findings:
        assert finding.kind in KINDS and finding.what and finding.cure and "\n" not in finding.what
        assert os.path.lexists(root / finding.path)


def test_a_run_without_its_link_gets_it_back(root: Path) -> None:
    run = make_run(root)
    (root / "index" / f"{run.name}.yaml").unlink()
    assert told(root) == [("link", f"index/{run.name}.yaml")]
    assert repaired(root) == []
    assert (root / "index" / f"{run.name}.yaml").resolve() == run.path / "params.yaml"


@posix
def test_links_that_lead_nowhere_or_elsewhere_are_put_right(root: Path, tmp_path: Path) -> None:
    runs = [make_run(root, marks=["good"]) for _ in range(3)]
    shutil.rmtree(runs[0].path)
    link = root / "index" / f"{runs[1].name}.yaml"
    link.unlink()
    link.symlink_to(tmp_path / "treasure")
    marked = root / "marked" / "good" / f"{runs[2].name}.yaml"
    marked.unlink()
    marked.symlink_to("../../tmp/x/params.yaml")
    (tmp_path / "treasure").write_text("gold")
    assert sorted(told(root)) == [
        ("link", f"index/{runs[0].name}.yaml"),
        ("link", f"index/{runs[1].name}.yaml"),
        ("mark", f"marked/good/{runs[0].name}.yaml"),
        ("mark", f"marked/good/{runs[2].name}.yaml"),
    ]
    assert repaired(root) == []
    assert (tmp_path / "treasure").read_text() == "gold"
    assert Root(root).marks() == {"good": [runs[1].name, runs[2].name]}
    assert link.resolve() == runs[1].path / "params.yaml"


def test_a_run_that_failed_in_a_guarded_block_has_its_link_in_fails_only(root: Path) -> None:
    run = make_run(root)
    (root / "fails").mkdir()
    (root / "index" / f"{run.name}.yaml").rename(root / "fails" / f"{run.name}.yaml")
    assert look(root) == []
    gone, twice, failing = make_run(root), make_run(root), make_run(root, state="running", facts={"process": HERE})
    for one in (twice, failing):
        shutil.copy(root / "index" / f"{one.name}.yaml", root / "fails", follow_symlinks=False)
    assert told(root) == [("link", f"index/{twice.name}.yaml")], "the other one has not ended"
    (root / "index" / f"{twice.name}.yaml").unlink()
    (root / "index" / f"{gone.name}.yaml").rename(root / "fails" / f"{gone.name}.yaml")
    shutil.rmtree(gone.path)
    assert told(root) == [("link", f"fails/{gone.name}.yaml")]
    assert repaired(root) == []


def test_pointer_files_are_links_and_files_of_the_user_are_none(root: Path) -> None:
    run, gone = make_run(root), make_run(root)
    for one in (run, gone):
        pointer = root / "index" / f"{one.name}.yaml"
        pointer.unlink()
        pointer.write_text(f"../runs/{one.name}/params.yaml\n")
    assert look(root) == []
    shutil.rmtree(gone.path)
    (root / "marked" / "good").mkdir()
    mine = root / "marked" / "good" / f"{gone.name}.yaml"
    mine.write_text("a: 1\nb: 2\n")
    (root / "index" / "list.txt").write_text("mine")
    assert repaired(root) == [("foreign", "index/list.txt"), ("foreign", f"marked/good/{gone.name}.yaml")]
    assert mine.read_text() == "a: 1\nb: 2\n"


@posix
def test_nothing_is_repaired_behind_a_link_in_the_place_of_a_folder(root: Path, tmp_path: Path) -> None:
    run = make_run(root, marks=["good"])
    for name in ("index", "marked", ".staging", "trash"):
        (tmp_path / "other" / name).mkdir(parents=True)
        (tmp_path / "other" / name / f"{run.name}.yaml").write_text("../runs/x/params.yaml\n")
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).symlink_to(tmp_path / "other" / name)
    before = everything(tmp_path / "other")
    left = repaired(root)
    assert [path for kind, path in left if kind == "root"] == [".staging", "index", "marked", "trash"]
    assert everything(tmp_path / "other") == before


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("params.yaml", "a: [1, 2"),
        ("params.yaml", ""),
        ("metadata.json", "[1]"),
        ("status.json", '{"format": "1.1", "state": "dancing"}'),
        ("status.json", '{"format": "9.0", "state": "failed"}'),
        ("summary.json", "nan nan"),
        ("metrics.jsonl", '{"a": 1}\nxx\n{"a": 2}\n'),
        ("metrics.3.jsonl", "\0\0\0\n"),
        ("about.jsonl", '{"tag": "a"}\n[]\n'),
    ],
)
def test_damaged_files_are_told_and_stay_as_they_are(root: Path, file: str, text: str) -> None:
    run = make_run(root)
    make_run(root)
    damage(run, file, text)
    assert told(root) == [("damaged", f"runs/{run.name}/{file}")]
    assert repaired(root) == [("damaged", f"runs/{run.name}/{file}")]
    assert (run.path / file).read_text() == text


@posix
def test_pipes_and_links_in_the_place_of_files_are_told_without_waiting(root: Path, tmp_path: Path) -> None:
    run = make_run(root)
    for file in ("params.yaml", "status.json"):
        (run.path / file).unlink()
    os.mkfifo(run.path / "params.yaml")
    (run.path / "status.json").symlink_to("/dev/zero")
    os.mkfifo(run.path / "metrics.jsonl")
    assert sorted(path for _, path in told(root)) == [
        f"runs/{run.name}/metrics.jsonl", f"runs/{run.name}/params.yaml", f"runs/{run.name}/status.json"
    ]  # fmt: skip


def test_a_missing_file_is_told(root: Path) -> None:
    run = make_run(root)
    (run.path / "metadata.json").unlink()
    findings = look(root)
    assert [(finding.kind, finding.what) for finding in findings] == [("damaged", "the file is missing")]


def test_what_an_end_joins_or_removes_is_told_where_the_run_has_ended_by_itself(root: Path) -> None:
    processes = [GONE, GONE, liveness.this_process(), {**GONE, "host": "far-away"}]
    runs = [
        make_run(root, state="killed" if number == 1 else "finished", facts={"process": process})
        for number, process in enumerate(processes)
    ]
    for run in runs:
        (run.path / "stdout.log").write_text("head")
        (run.path / "stdout.log.tail-4-9").write_text("tail")
        (run.path / "killed.txt").write_text("")
    # The second was killed, the third is tidying up, the fourth may be.
    assert told(root) == [
        ("damaged", f"runs/{runs[0].name}/killed.txt"), ("damaged", f"runs/{runs[0].name}/stdout.log.tail-4-9")
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["lost", "5", "2"])
def test_a_counter_that_is_lost_or_lags_is_set_to_the_highest_number(root: Path, said: str) -> None:
    for _ in range(7):
        make_run(root)
    trash.remove(Root(root)[7])
    (root / ".counter" / "7").unlink()
    if said != "lost":
        (root / ".counter" / said).write_text("")
    assert told(root) == [("counter", ".counter")]
    assert repaired(root) == []
    assert make_run(root).id == 8


def test_a_counter_ahead_of_the_runs_is_right(root: Path) -> None:
    shutil.rmtree(make_run(root).path)
    assert told(root) == [("link", "index/000001-2026-11-21-05-40-12.yaml")]


@pytest.mark.parametrize(
    ("process", "when", "goes"),
    [(GONE, OLD, True), (None, OLD, True), (GONE, time.time(), False), (liveness.this_process(), OLD, False)],
    ids=["gone", "nameless", "young", "alive"],
)
def test_staging_goes_a_day_later_if_its_owner_is_gone(
    root: Path, process: dict[str, Any] | None, when: float, goes: bool
) -> None:
    pid = process["pid"] if process else 2**22 - 1
    staged = staging(root, pid)
    if process:
        (staged / "metadata.json").write_text(json.dumps({"process": process}))
    os.utime(staged, (when, when))
    assert told(root) == ([("staging", f".staging/{staged.name}")] if goes else [])
    assert repaired(root) == []
    assert staged.exists() != goes


def test_staging_of_another_machine_is_left_alone(root: Path) -> None:
    staged = staging(root, 77)
    (staged / "metadata.json").write_text(json.dumps({"process": {**GONE, "host": "far-away"}}))
    age(staged)
    assert look(root) == []


def test_a_clock_that_was_ahead_removes_nothing(root: Path) -> None:
    staged = staging(root, GONE["pid"])
    os.utime(staged, (time.time() + 1e8, time.time() + 1e8))
    assert look(root) == []


def test_drafts_that_nobody_goes_on_with_are_removed_and_others_stay(root: Path) -> None:
    ended = make_run(root, facts={"process": GONE})
    alive = make_run(root, state="running", seconds=None, facts={"process": liveness.this_process()})
    of_its_own = ended.path / f".status.json.{GONE['pid']}.01234567"
    young = ended.path / ".notes.md.4194302.01234567"
    old = ended.path / "files" / ".model.pt.4194302.01234567"
    beside = root / "index" / ".x.yaml.4194302.01234567"
    kept = alive.path / ".params.yaml.4194302.01234567"
    mine = ended.path / ".my.settings"
    (ended.path / "files").mkdir()
    for path in (of_its_own, young, old, beside, kept, mine):
        path.write_text("x")
    for path in (old, beside, kept, mine):
        age(path)
    assert sorted(path for _, path in told(root)) == sorted(
        str(path.relative_to(root)) for path in (of_its_own, old, beside)
    )
    assert repaired(root) == []
    assert [path.exists() for path in (of_its_own, young, old, beside, kept, mine)] == [
        False, True, False, False, True, True
    ]  # fmt: skip


def test_foreign_files_are_told_and_stay(root: Path) -> None:
    make_run(root)
    for name in ("notes.txt", "runs/list.csv", "tmp/x", ".staging/mine", ".counter/x", "trash/old.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text("mine")
    (root / ".hidden").write_text("mine")
    left = repaired(root)
    assert sorted(path for kind, path in left if kind == "foreign") == sorted(
        ("notes.txt", "runs/list.csv", "tmp/x", ".staging/mine", ".counter/x", "trash/old.txt")
    )
    assert len(left) == 6 and (root / "runs" / "list.csv").read_text() == "mine"


def test_a_copied_run_and_one_renamed_by_hand_are_told(root: Path) -> None:
    run = make_run(root)
    shutil.copytree(run.path, root / "runs" / f"{run.name}-copy")
    shutil.copytree(run.path, root / "runs" / "000007-2026-11-21-05-40-12")
    shutil.copytree(run.path, root / "tmp" / "000001-2026-11-21-05-40-13")
    assert [(kind, path) for kind, path in told(root) if kind == "name"] == [
        ("name", f"runs/{run.name}-copy"),
        ("name", "tmp/000001-2026-11-21-05-40-13"),
        ("name", "runs/000007-2026-11-21-05-40-12"),
        ("name", "tmp/000001-2026-11-21-05-40-13"),
    ]


def test_a_label_of_its_own_is_no_other_name(root: Path) -> None:
    run = make_run(root, label="old")
    run.path.rename(root / "runs" / run.name.replace("old", "new"))
    assert [kind for kind, _ in told(root)] == ["link", "link"]


def test_entries_of_jobs_that_lead_nowhere_are_removed(root: Path) -> None:
    run = make_run(root)
    (root / ".jobs").mkdir()
    for name, target in (("a" * 24, run.name), ("b" * 24, "000099-2026-11-21-05-40-12")):
        entry = {"place": "runs", "name": target, "restarts": 0, "time": 1.0}
        (root / ".jobs" / f"{name}.json").write_text(json.dumps(entry))
    (root / ".jobs" / "names.lock").write_text("")
    assert told(root) == [("job", f".jobs/{'b' * 24}.json")]
    assert repaired(root) == []
    assert sorted(os.listdir(root / ".jobs")) == [f"{'a' * 24}.json", "names.lock"]


def test_notes_without_a_run_go_and_runs_without_a_note_are_told(root: Path) -> None:
    first, second = make_run(root), make_run(root)
    for run in (first, second):
        trash.remove(run)
    (root / "trash" / f"{first.name}.json").unlink()
    shutil.rmtree(root / "trash" / second.name)
    assert told(root) == [("trash", f"trash/{first.name}"), ("trash", f"trash/{second.name}.json")]
    assert repaired(root) == [("trash", f"trash/{first.name}")]


def test_the_note_of_a_run_that_is_being_moved_stays(root: Path) -> None:
    run = make_run(root)
    (root / "trash").mkdir()
    note = root / "trash" / f"{run.name}.json"
    note.write_text("{}")
    assert look(root) == []
    age(note)
    assert told(root) == [("trash", f"trash/{run.name}.json")]
    assert repaired(root) == [] and run.path.is_dir()


def test_names_that_differ_only_in_case_are_told(root: Path) -> None:
    run = make_run(root, marks=["Good", "good"])
    (run.path / "files" / "x").mkdir(parents=True)
    names = {"Model.pt", "model.pt", "other"}
    for name in names:
        (run.path / "files" / "x" / name).write_text("x")
    if len(os.listdir(run.path / "files" / "x")) < len(names):
        pytest.skip("this file system knows no case")
    assert told(root) == [("twin", "marked/good"), ("twin", f"runs/{run.name}/files/x/model.pt")]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('{"format": "1.99"}', "newer than"),
        ('{"format": "1.1", "tmp_days": "soon"}', "tmp_days"),
        ('{"format": "1.1"', "Expecting"),
        (None, "missing"),
    ],
)
def test_a_marker_that_is_not_in_order_is_told(root: Path, text: str | None, part: str) -> None:
    marker = make_root(root) / "exparse.json"
    marker.unlink() if text is None else marker.write_text(text)
    (finding,) = look(root)
    assert finding.path == "exparse.json" and part in finding.what


def test_missing_folders_are_made(root: Path) -> None:
    make_run(root)
    shutil.rmtree(root / "marked")
    shutil.rmtree(root / "index")
    assert ("root", "marked") in told(root)
    assert repaired(root) == []
    assert len(os.listdir(root / "index")) == 1


@posix
def test_what_locks_the_group_out_of_a_shared_root_is_told(root: Path) -> None:
    run = make_run(root)
    os.chmod(run.path, 0o700)
    assert look(root) == [], "nobody shares this root"
    for folder in (root, *(path for path in root.iterdir() if path.is_dir())):
        os.chmod(folder, 0o775)
    os.chmod(root / "tmp", 0o755)
    assert told(root) == [("mode", "tmp"), ("mode", f"runs/{run.name}")]


def test_a_run_that_goes_while_it_is_looked_at_is_no_finding(root: Path) -> None:
    runs = [make_run(root) for _ in range(3)]
    found = checks.look(str(root), lambda more: shutil.rmtree(runs[1].path, ignore_errors=True))
    assert list(found) == []


def away(root: Path, how: str) -> None:
    """Take ``runs/`` out of its place, as a disk that is not mounted does."""
    runs = root / "runs"
    runs.rename(root.parent / "elsewhere")
    if how == "a link":
        runs.symlink_to(root.parent / "nowhere")
    elif how == "a file":
        runs.write_text("")
    elif how == "empty":
        runs.mkdir()
    elif how == "a link to itself":
        runs.symlink_to("runs")


@posix
@pytest.mark.parametrize("how", ["missing", "a link", "a file", "empty", "a link to itself"])
def test_marks_and_links_stay_while_the_runs_are_away(root: Path, how: str) -> None:
    runs = [make_run(root, marks=["good", "paper/t1"]) for _ in range(3)]
    trash.remove(runs[2])
    trash.restore(Root(root).runs("trash")[0])
    (root / "trash" / f"{runs[2].name}.json").write_text('{"place": "runs", "marks": ["best"], "failed": false}')
    age(root / "trash" / f"{runs[2].name}.json")
    (root / ".jobs").mkdir()
    (root / ".jobs" / f"{'0' * 24}.json").write_text(json.dumps({"place": "runs", "name": runs[0].name}))
    (root / "views").mkdir()
    (root / "views" / runs[0].name).symlink_to(f"../runs/{runs[0].name}")
    away(root, how)
    for _ in range(2):
        left = repaired(root)
        assert len([path for kind, path in left if kind == "mark"]) == 6
        assert len([path for kind, path in left if kind == "link"]) == 3
        assert ("view", f"views/{runs[0].name}") in left and ("trash", f"trash/{runs[2].name}.json") in left
    if (root / "runs").is_dir() and not (root / "runs").is_symlink():
        (root / "runs").rmdir()
    else:
        (root / "runs").unlink(missing_ok=True)
    (root.parent / "elsewhere").rename(root / "runs")
    repaired(root)
    assert told(root) == []
    assert Root(root).marks() == {
        "best": [runs[2].name],
        "good": [run.name for run in runs],
        "paper/t1": [run.name for run in runs],
    }
    assert len(list((root / "index").iterdir())) == 3 and (root / "views" / runs[0].name).is_dir()
    assert (root / ".jobs" / f"{'0' * 24}.json").exists()


@posix
def test_a_mark_of_a_run_of_tmp_stays_while_tmp_is_empty(root: Path) -> None:
    make_run(root)
    run = make_run(root, tmp=True, marks=["good"])
    (root / "tmp").rename(root / "tmp2")
    (root / "tmp").mkdir()
    (root / "tmp2").rename(root.parent / "tmp2")
    assert repaired(root) == [("mark", f"marked/good/{run.name}.yaml")]


@posix
def test_a_mark_that_a_run_of_the_trash_left_behind_goes_into_its_note(root: Path) -> None:
    make_run(root)
    run = make_run(root, marks=["good"])
    trash.remove(run, [])
    assert told(root) == [("mark", f"marked/good/{run.name}.yaml")]
    assert repaired(root) == []
    trash.restore(Root(root).runs("trash")[0])
    assert Root(root).marks() == {"good": [run.name]} and told(root) == []


@posix
def test_what_may_not_be_looked_at_is_not_gone(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may look everywhere")
    run = make_run(root, marks=["good"])
    make_run(root)
    os.chmod(root / "runs", 0o600)
    try:
        assert absence.is_gone(run.folder) is False
        assert absence.doubt(str(root), run.name) is not None
        with pytest.raises(PermissionError):
            trash.remove(run, [])
    finally:
        os.chmod(root / "runs", 0o755)
    assert Root(root).marks() == {"good": [run.name]}
