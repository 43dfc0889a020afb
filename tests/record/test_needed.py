"""``--needed``: what an equal finished run has done is not done again, and nothing is written."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from making import make_run as make

from exparse import ExParser, Root, current_run
from exparse.record import needed, unlikeness
from exparse.record.record import Record
from exparse.record.runner import Runner, set_runner
from exparse.record.wish import Wish

WISH = Wish(needed="params")
SCRIPT = """
    import helper
    from exparse import ExParser, input_file
    parser = ExParser(needed=True)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--data", type=input_file)
    parser.add_argument("--token", secret=True)
    parser.add_argument("--fail", action="store_true")
    args = parser.parse_args()
    print("ran", args.run.id)
    raise SystemExit(int(args.fail))
"""


def git(*words: str, folder: Path) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def make_run(root: Path, values: dict[str, Any], *, facts: dict[str, Any] | None = None, **more: Any) -> Any:
    """Make a run of the working folder of now."""
    return make(root, values, facts={"cwd": os.getcwd(), **(facts or {})}, **more)


def contents(folder: Path) -> list[tuple[str, int]]:
    """Return every file below a folder with the time of its last change."""
    return sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("under_git", [True, False], ids=["git", "no git"])
def test_a_script_runs_again_only_where_something_differs(script: Any, tmp_path: Path, under_git: bool) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "data.csv").write_text("1,2\n")
    if under_git:
        script("pass", folder=folder)  # makes the file, so that it is in the commit
        (folder / "main.py").write_text("pass\n")
        git("init", "-q", folder=folder)
        git("add", "-A", folder=folder)
        git("commit", "-qm", "first", folder=folder)

    def run(*argv: str, source: str = SCRIPT) -> str:
        done = script(source, *argv, folder=folder)
        return str(done.stdout) + str(done.stderr)

    asked = ("--data", "data.csv", "--token", "hunter22")
    assert run(*asked) == "ran 1\n"
    before = contents(folder / "exruns")
    told = run(*asked)
    place = f": {Root(folder / 'exruns')[1].folder}\n"
    assert told == f"exparse: run 1 has done this (finished just now; not recorded, so not compared: token){place}"
    assert script(SCRIPT, *asked, folder=folder).returncode == 0
    assert contents(folder / "exruns") == before, "nothing is written, no number is taken"
    assert run("--name", "again", "--tag", "x", *asked) == told, "words about a run make it no other one"
    assert run(*asked, "--lr", "0.2") == "ran 2\n"
    assert run("--data", "data.csv").startswith("ran 3\n"), "a secret that is given is another omission than none"
    (folder / "data.csv").write_text("1,3\n")
    assert run(*asked) == "ran 4\nexparse: --needed: run 1 does not count: its input data.csv held something else\n"
    (folder / "helper.py").write_text("x = 2\n")
    other = run(*asked)
    assert other.startswith("ran 5\n"), "other code"
    assert "--needed: run 4 does not count: " in other and ("helper.py differs" in other) == under_git
    assert run(*asked, source=SCRIPT.replace("needed=True", "needed='params'")).startswith("exparse: run 5 has done")
    assert run("--fail") == "ran 6\n"
    assert run("--fail") == "ran 7\n", "a run that failed has done nothing"
    assert run("--no-record", *asked).startswith("ran"), "where nothing is recorded, nothing is looked for"


def test_a_command_runs_again_once_its_program_has_changed(root: Path, tmp_path: Path) -> None:
    program = tmp_path / "simulate"
    program.write_text("#!/bin/sh\n")
    began = datetime.now().astimezone() + timedelta(hours=1)  # when a file was changed, nobody can say otherwise
    facts = {"by": "argv", "script": str(program), "argv": ["-n", "5"], "git": None, "prog": "simulate"}
    told = {**facts, "runner": {"kind": "command", "target": "./simulate"}}
    done = make_run(root, {"args": ["-n", "5"]}, started=began, facts=told)
    record = record_of({"args": ["-n", "5"]}, by="argv", prog="simulate")
    set_runner(Runner("command", "./simulate", [], str(program)))

    def equal() -> Any:
        return needed.equal(str(root), record, Wish(needed="all"), str(program), lambda: None)

    assert equal() == done
    set_runner(Runner("command", "./other", [], str(program)))
    assert equal() is None, "another word"
    set_runner(Runner("command", "./simulate", [], str(program)))
    program.write_text("#!/bin/sh\necho new\n")
    later = began.timestamp() + 10
    os.utime(program, (later, later))
    assert equal() is None, "another program"


def test_a_file_among_the_arguments_of_a_command_may_not_have_changed(
    root: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    now = datetime.now().astimezone()
    argv = ["job.sh", "--out=out.txt", "."]
    for name in ("job.sh", "out.txt"):
        (tmp_path / name).write_text("1\n")
    facts = {"by": "argv", "argv": argv}
    began, ended = now + timedelta(hours=1), (now + timedelta(hours=3)).isoformat()
    run = make_run(root, {"args": argv}, started=began, ended=ended, facts=facts)
    monkeypatch.chdir(tmp_path)
    assert unlikeness.of_arguments(run) == ""
    within = (now + timedelta(hours=2)).timestamp()
    os.utime("out.txt", (within, within))
    assert unlikeness.of_arguments(run) == "", "the run itself may have written it"
    os.utime("job.sh", (within, within))
    assert unlikeness.of_arguments(run) == "its argument job.sh has changed since", "this is code"
    os.utime("job.sh", (1, 1))
    os.utime("out.txt", (within + 7200, within + 7200))
    assert unlikeness.of_arguments(run) == "its argument out.txt has changed since"
    assert unlikeness.of_arguments(make_run(root, {}, facts={"argv": argv})) == "", "a parser knows which are inputs"


def record_of(values: dict[str, Any], omitted: dict[str, str] | None = None, **facts: Any) -> Record:
    told = {"prog": "train.py", "command": [], "argv": [], "rest": [], "given": [], "config": [], **facts}
    return Record(values, omitted or {}, {"command": []}, told, [])


def sought(root: Path, record: Record, tmp: bool = False, script: str | None = "/home/ada/train.py") -> Any:
    def unasked() -> None:
        raise AssertionError("params does not look at the code")

    found = needed.equal(str(root), record, Wish(needed="params", tmp=tmp), script, unasked)
    return found.id if found is not None else None


def test_the_newest_equal_run_that_finished_well_is_meant(root: Path) -> None:
    make_run(root, {"lr": 0.5, "name": "a"})
    newest = make_run(root, {"name": "a", "lr": 0.5})
    make_run(root, {"lr": 0.5, "name": "a"}, state="failed")
    make_run(root, {"lr": 0.5, "name": "a"}, exit_code=3)
    make_run(root, {"lr": 0.5, "name": "a"}, state="running", exit_code=None)
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"command": ["eval"]})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"rest": ["--more"]})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"script": "/home/ada/eval.py"})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"by": "argv"})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"runner": {"kind": "module", "target": "train"}})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"inputs": {"/data.csv": {"sha256": "0" * 64, "bytes": 1}}})
    make_run(root, {"lr": 0.5, "name": "a"}, facts={"unlisted": 1})
    make_run(root, {"lr": 0.5, "name": "a"}, exit_code=None, remarks=["went on as another program (exec)"])
    edited = make_run(root, {"lr": 0.5, "name": "a"}).path / "params.yaml"
    edited.write_text(edited.read_text().replace("1.2", '1.2", "makers": {"lr": 1}, "x": "', 1))
    damaged = make_run(root, {"lr": 0.5, "name": "a"})
    (damaged.path / "status.json").write_text("{")
    make_run(root, {"lr": 0.5, "name": "a"}, tmp=True)
    assert sought(root, record_of({"lr": 0.5, "name": "a"})) == newest.id
    assert sought(root, record_of({"lr": 0.5, "name": "a"}), tmp=True) == 16, "runs in tmp/ count for --tmp"
    assert sought(root, record_of({"lr": 0.5, "name": "b"})) is None
    assert sought(root, record_of({"lr": 0.5, "name": "a", "new": 1})) is None
    assert sought(root, record_of({"lr": "0.5", "name": "a"})) is None, "a text is no number"
    assert sought(root, record_of({"lr": 0.5, "name": "a"}, {"f": "value of type X"})) is None
    assert sought(root / "none", record_of({})) is None


def test_a_second_parse_that_brings_the_other_params_finds_the_run(root: Path, capsys: Any) -> None:
    def program(*argv: str) -> Any:
        first = ExParser(root=root, add_help=False, needed="params")
        first.add_argument("--data", default="d")
        early, rest = first.parse_known_args(list(argv))
        second = ExParser(root=root, parents=[first], needed="params")
        second.add_argument("--lr", type=float, default=0.1)
        args = second.parse_args(rest, early)
        run = current_run()
        run._recorder.finish("finished", 0, None)
        return args

    program("--lr", "0.5")
    (only,) = Root(root).runs()
    with pytest.raises(SystemExit) as end:
        program("--lr", "0.5")
    assert end.value.code == 0 and f"run {only.id} has done this" in capsys.readouterr().err
    assert [run.name for run in Root(root).runs()] == [only.name], "what the first parse began is taken back"
    program("--lr", "0.25")
    assert len(Root(root).runs()) == 2


def test_what_differs_beside_the_params_is_another_run(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr("sys.orig_argv", ["python", "-m", "tool", "train", "--lr", "3"])
    only = make_run(root, {"lr": 3}, facts={"typed": ["python", "-m", "tool", "train", "--lr", "3"], "argv": ["3"]})
    record = record_of({"lr": 3}, argv=["3"])
    assert sought(root, record) == only.id
    monkeypatch.setattr("sys.orig_argv", ["python", "-m", "tool", "test", "--lr", "3"])
    assert sought(root, record) is None, "a word that the script keeps from its parser"
    cell = make_run(
        root,
        {"lr": 3},
        facts={"typed": ["python", "-m", "kernel", "1"], "argv": ["3"], "script": None, "prog": "train.py"},
    )
    assert sought(root, record, script=None) is None
    with monkeypatch.context() as within:
        within.setattr("exparse.streams.notebook.reading_shell", object)
        assert sought(root, record, script=None) == cell.id, "what a kernel was started with is no word of a program"
    monkeypatch.setattr("sys.orig_argv", ["python3", "-I", "-m", "tool", "train", "--lr", "3"])
    assert sought(root, record) == only.id
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert sought(root, record) is None, "another PYTHONPATH"
    monkeypatch.delenv("PYTHONPATH")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert sought(root, record) is None, "another working folder"


def test_an_output_that_is_gone_or_another_is_made_again(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("1\n")
    known = {str(out): {"bytes": 2, "sha256": hashlib.sha256(b"1\n").hexdigest()}, "/x": {"sha256": None}}
    only = make_run(root, {"n": 1}, facts={"outputs": known})
    misses: list[str] = []

    def found() -> Any:
        return needed.equal(str(root), record_of({"n": 1}), WISH, "/home/ada/train.py", lambda: None, misses)

    assert found() == only and not misses
    out.write_text("2\n")
    assert found() is None
    out.unlink()
    assert found() is None
    assert [miss.partition("its output ")[2] for miss in misses] == ["out.csv is not what it left", "out.csv is gone"]


def test_an_output_that_was_too_large_to_be_hashed_is_known_by_size_and_time(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "model.pt"
    out.write_text("1\n")
    known = {"bytes": 2, "mtime": round(out.stat().st_mtime, 6), "sha256": None, "why": "more than 256 MB"}
    only = make_run(root, {"n": 1}, facts={"outputs": {str(out): known, "/x": {"bytes": None, "sha256": None}}})
    record = record_of({"n": 1})
    assert sought(root, record) == only.id, "what the run itself has not written does not matter"
    os.utime(out, (1, 1))
    assert sought(root, record) is None, "written anew"
    out.unlink()
    assert sought(root, record) is None, "gone"


def test_what_nobody_can_compare_is_never_the_same(root: Path, monkeypatch: Any, tmp_path: Path) -> None:
    why = {"f": "value of type X"}
    record = record_of({}, why, given=["f"])
    misses: list[str] = []
    assert needed.equal(str(root), record, WISH, None, lambda: None, misses) is None
    assert misses == ["f is not recorded, so no run is known to be the same"]
    assert not unlikeness.of_new(record_of({}, why), True), "the code says what nobody gave"
    assert not unlikeness.of_new(record_of({}, {"f": "secret"}, given=["f"]), True)
    (tmp_path / "in").write_text("1\n")
    reading = [record_of({}, by="argv"), record_of({"data": "-"}), record_of({"data": ["a", "-"]})]
    with open(tmp_path / "in", "rb") as given:
        monkeypatch.setattr(unlikeness, "STDIN", given.fileno())
        assert all("/dev/null" in unlikeness.of_new(record, True) for record in reading)
        assert not unlikeness.of_new(record_of({"data": "-x"}), True), "a parser says what the program reads"
        assert (
            needed.equal(str(root), reading[0], Wish(needed="all", whole=False), "/x.py", lambda: None, misses) is None
        )
    assert len(misses) == 1, "where a parse may come, nothing is said too soon"
    with open(os.devnull, "rb") as given:
        monkeypatch.setattr(unlikeness, "STDIN", given.fileno())
        assert not any(unlikeness.of_new(record, True) for record in reading)


def test_a_secret_that_is_given_is_another_than_none(root: Path) -> None:
    why = {"token": "secret, not recorded"}
    only = make_run(root, {"n": 1}, facts={"given": ["token"]})
    text = record_of({"n": 1}, why).params_text()
    (only.path / "params.yaml").write_text(text)
    assert sought(root, record_of({"n": 1}, why, given=["token"])) == only.id
    assert sought(root, record_of({"n": 1}, why)) is None


def test_code_that_is_not_known_in_full_is_never_the_same(root: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("exparse.record.findings.where", lambda: str(tmp_path))
    (tmp_path / "train.py").write_text("pass\n")
    kept: dict[str, Any] = {"files": 1, "bytes": 5, "left_out": []}
    run = make_run(root, {"n": 1}, facts={"git": None, "source": kept})
    with zipfile.ZipFile(run.path / "source.zip", "w") as archive:
        archive.writestr("train.py", "pass\n")

    def found(now: dict[str, Any] | None) -> Any:
        return needed.equal(str(root), record_of({"n": 1}), Wish(needed="all"), "/home/ada/train.py", lambda: now)

    assert found(None) == run
    (tmp_path / "train.py").unlink()
    assert found(None) is None, "gone"
    (tmp_path / "train.py").write_text("pass\n")
    left_out = make_run(root, {"n": 1}, facts={"git": None, "source": {**kept, "left_out": ["big.py"]}})
    shutil.copy(run.path / "source.zip", left_out.path)
    assert found(None) == run, "the newer one was kept in part"
    here = {"commit": "1" * 40, "patch_sha256": None, "loose": {}, "parts": {}, "left_out": []}
    told = {"commit": "1" * 40, "problem": None}
    clean = make_run(root, {"n": 1}, facts={"git": told})
    assert found(here) == clean
    assert found({**here, "problem": "git was too slow"}) is None
    make_run(root, {"n": 1}, facts={"git": {**told, "problem": "no answer"}})
    assert found(here) == clean


def test_code_that_lies_in_no_file_is_never_the_same(root: Path) -> None:
    make_run(root, {"lr": 1}, facts={"script": None, "prog": "-c", "git": {"commit": "1" * 40}})
    record, misses = record_of({"lr": 1}, prog="-c"), list[str]()
    assert needed.equal(str(root), record, Wish(needed="all"), None, lambda: None, misses) is None
    assert "its code is in no file" in misses[0]
    assert sought(root, record, script=None) == 1, "params ignores the code"


def test_a_secret_among_bare_arguments_is_said_not_to_be_compared(root: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("exparse.record.facts.script", lambda: None)
    argv = ["--password", "******"]
    make_run(root, {"args": argv}, facts={"by": "argv", "argv": argv, "script": None, "prog": "tool"})
    with pytest.raises(SystemExit):
        needed.end_if_done(str(root), record_of({"args": argv}, by="argv", argv=argv, prog="tool"), WISH)
    assert "not recorded, so not compared: a secret argument)" in capsys.readouterr().err
