"""What a run says of files that its params name, however it begins, goes on and ends."""

from __future__ import annotations

import hashlib
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from exparse import Root
from exparse.code import hashes
from exparse.record import inputs
from exparse.record.inputs import Files


def told_at_end(files: Files, known: Any) -> dict[str, Any]:
    found = files.at_end(known)
    return {which: {os.path.basename(path): told for path, told in found[which].items()} for which in found}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_the_scribe_was_not_asked_is_hashed_at_the_end_unless_it_has_changed(tmp_path: Path) -> None:
    files = Files()
    for name in ("early", "late", "changed", "gone"):
        (tmp_path / name).write_text(name)
        files.add(str(tmp_path / name), str(tmp_path / name), "data", is_input=True)
    files.add(str(tmp_path), str(tmp_path), "folder", is_input=True)
    files.add(str(tmp_path / "out"), str(tmp_path / "out"), "out", is_input=False)
    (tmp_path / "changed").write_text("anew")
    os.utime(tmp_path / "changed", (1, 1))
    (tmp_path / "gone").unlink()
    known = {str(tmp_path / "early"): {"bytes": 5, "sha256": "that of the start"}}
    told = told_at_end(files, known)["inputs"]
    assert told["early"]["sha256"] == "that of the start" and told["late"]["sha256"] == digest("late")
    assert {name: each["why"] for name, each in told.items() if each["sha256"] is None} == {
        "changed": "it changed meanwhile",
        "gone": "not there",
        tmp_path.name: "no plain file",
    }
    assert told_at_end(files, None)["inputs"]["late"]["why"] == hashes.PENDING
    # Of an earlier attempt, what it says holds only for the file of that time.
    earlier = {str(tmp_path / "late"): {"bytes": 4, "mtime": 0.0, "sha256": "of an older one"}}
    assert told_at_end(files, earlier)["inputs"]["late"]["sha256"] == digest("late")


def test_nobody_waits_for_large_outputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_BYTES", 10 << 20)
    files = Files()
    for name, size in (("small", 3), ("large", 10 << 20), ("last", 5), ("never written", None)):
        if size is not None:
            (tmp_path / name).touch()
            os.truncate(tmp_path / name, size)
        files.add(str(tmp_path / name), str(tmp_path / name), "out", is_input=False)
    told = told_at_end(files, {})["outputs"]
    assert told["small"]["sha256"] and told["last"]["sha256"]
    assert (told["large"]["sha256"], told["large"]["bytes"]) == (None, 10 << 20)
    assert told["large"]["why"] == "more than 10 MB at the end of the run"
    assert (told["never written"]["why"], told["never written"]["mtime"]) == ("not there", None)
    monkeypatch.setattr(inputs, "LONGEST_S", -1.0)
    assert "it took longer than" in told_at_end(files, {})["outputs"]["small"]["why"]


def test_two_parses_name_their_files_together_and_large_ones_keep_no_other_waiting(tmp_path: Path) -> None:
    first, second = Files(), Files()
    for name, size in (("large", 9), ("small", 1)):
        (tmp_path / name).write_text("x" * size)
        first.add(str(tmp_path / name), name, "data", is_input=True)
    first.add("/o", "/o", "out", is_input=False)
    first.left_out = 1
    second.add("/p", "/p", "out", is_input=False)
    both = second.after(first)
    assert (list(both.inputs.values()), list(both.outputs), both.left_out) == (
        [*first.inputs.values()],
        ["/o", "/p"],
        1,
    )
    assert both.asked()[1::3] == ["small", "large"]


SOURCE = """
import os, signal, sys, exparse
parser = exparse.ExParser()
parser.add_argument("--data", type=exparse.input_file)
parser.add_argument("--out", type=exparse.output_file)
parser.add_argument("--end", default="")
args = parser.parse_args()
with open(args.out, "w") as out:
    out.write(args.out * 600_000)
if args.end == "SIGINT":
    os.kill(os.getpid(), signal.SIGINT)
if args.end == "_exit":
    os._exit(3)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.slow
def test_outputs_are_hashed_however_the_program_ends_and_change_nothing_of_it(script: Any, tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    for end, code in (("SIGINT", -signal.SIGINT), ("_exit", 3)):
        assert script(SOURCE, "--data", "data", "--out", "ab", "--end", end).returncode == code
        told = Root(tmp_path / "exruns").runs()[-1].metadata
        assert told["outputs"][str(tmp_path / "ab")]["sha256"] == digest("ab" * 600_000)
        assert told["inputs"][str(tmp_path / "data")]["sha256"] == digest("") and "git" in told


def test_a_next_attempt_adds_its_files_to_those_of_the_first(script: Any, tmp_path: Path) -> None:
    source = SOURCE + "sys.exit(1)"
    (tmp_path / "data").write_text("one")
    assert script(source, "--data", "data", "--out", "first", "--run-id", "job").returncode == 1
    (tmp_path / "data").write_text("other")
    assert script(source, "--data", "data", "--out", "first", "--run-id", "job").returncode == 1
    (run,) = Root(tmp_path / "exruns")
    assert run.status.attempt == 2
    assert run.metadata["inputs"][str(tmp_path / "data")]["sha256"] == digest("other")
    assert run.metadata["outputs"][str(tmp_path / "first")]["sha256"] and "git" in run.metadata
