"""What came out of a run that repeats another, and whether it is the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from making import Paper, make_run

from exparse.cli import aftermath as page
from exparse.launch import aftermath
from exparse.query import outputs
from exparse.store.renaming import rename
from exparse.store.run import Run


def made(root: Path, out: str, acc: float, files: dict[str, Any] | None = None, **more: Any) -> Run:
    run = make_run(root, facts={"outputs": files} if files else None, **more)
    (run.path / "stdout.log").write_text(out)
    (run.path / "metrics.jsonl").write_text(f'{{"step": 1, "acc": {acc}}}\n')
    (run.path / "summary.json").write_text(f'{{"acc": {acc}, "best": 3}}')
    return run


def file(sha256: str | None, size: int | None = 3, why: str = "", param: str = "out") -> dict[str, Any]:
    return {"param": param, "bytes": size, "mtime": 1.5, "sha256": sha256, **({"why": why} if why else {})}


def said(old: Run, new: Run, width: int = 80) -> str:
    paper = Paper(width)
    page.draw(aftermath.compare(old, new), paper)
    assert not paper.said and all(len(line) <= width for line in paper.noted.splitlines())
    return paper.noted


def test_a_run_that_gives_the_same_is_told_so(tmp_path: Path) -> None:
    files = {"/a/pred.csv": file("aa"), "/a/model.pt": file(None, why="too large")}
    files["/a/never"] = file(None, None, "not there")
    old, new = (made(tmp_path / "exruns", "one\ntwo\n", 0.5, files, seconds=took) for took in (1.0, 2.0))
    found = aftermath.compare(old, new)
    assert found is not None and found.unlike == [] and found.doubts == ["model.pt"]
    lines = said(old, new).splitlines()
    assert lines[-1] == "run 2 gave the same as run 1 (2 metrics, 2 lines, 1 file); not known of model.pt"
    files_told = "files: pred.csv the same (3 B), model.pt unknown (too large), never the same (not there)"
    assert files_told in " ".join(" ".join(lines).split())
    assert any(line.split() == ["duration", "1.0s", "2.0s"] for line in lines)
    assert "end: the same (finished)" in lines and "output: stdout the same (2 lines)" in lines
    assert any(line.split() == ["best", "3", "3"] for line in lines)


def test_of_what_could_not_be_hashed_nobody_says_that_it_is_the_same(tmp_path: Path) -> None:
    whys = (("no plain file", "no plain file"), ("not there", "no plain file"), ("not there", "not there"))
    for at, (was, now) in enumerate(whys):
        old, new = (made(tmp_path / f"{at}", "", 0.5, {"/a/x": file(None, None, why)}) for why in (was, now))
        found = aftermath.compare(old, new)
        assert found is not None and [each.verdict for each in found.files] == ["same" if at == 2 else "unknown"]


def test_what_differs_stands_side_by_side(tmp_path: Path) -> None:
    before = {"/a/pred.csv": file("aa"), "/a/old name": file("aa", param="log"), "/a/alone": file("aa", param="x")}
    after = {
        "/b/pred.csv": file("bb"),
        "/b/new name": file(None, None, "not there", "log"),
        "/b/n": file("aa", param="y"),
    }
    old = made(tmp_path / "exruns", "same\nloss 0.5\n", 0.5, before)
    new = made(tmp_path / "exruns", "same\nloss 0.25\n", 0.75, after, state="failed", exit_code=1)
    lines = said(old, new).splitlines()
    assert any(line.split() == ["*", "acc", "0.5", "0.75", "+0.25", "(+50.0%)"] for line in lines)
    assert "output: stdout differs from line 2" in lines and any("loss 0.25" in line for line in lines)
    assert "files: pred.csv differs (3 B), new name differs (3 B, now not there)" in lines
    verdict = "run 2 did not give the same as run 1: acc, state, exit_code, error, stdout and 2 more differ"
    assert " ".join(" ".join(lines[-2:]).split()) == verdict
    shutil.rmtree(new.folder)
    assert "gone" in said(old, Run(new.root, new.name))


def test_runs_of_one_number_in_two_roots_are_then_and_now(tmp_path: Path) -> None:
    told = said(made(tmp_path / "a", "1", 0.5), made(tmp_path / "b", "1", 0.5))
    assert told.startswith("run      1 (then)          1 (now)\n"), told
    assert told.splitlines()[-1].startswith("run 1 (now) gave the same as run 1 (then) (")


def test_what_each_run_calls_its_own_is_no_difference(tmp_path: Path) -> None:
    root = tmp_path / "exruns"
    place = {"git": {"top": "/home/ada/code"}, "script": "/home/ada/code/t.py"}
    old, new = (
        make_run(root, {"lr": lr}, facts={**place, **more}) for lr, more in ((1, {}), (2, {"tree": "/t/a/code"}))
    )
    for run, top in ((old, "/home/ada/code"), (new, "/t/a/code")):
        # Longer than what is read at a time, so that a name lies across the end of it.
        (run.path / "stdout.log").write_text(f"{top}/t.py wrote {run.folder}/files/x\n" * 40_000)
    found = aftermath.compare(old, new)
    assert found is not None and found.unlike == [] and found.echoes["stdout"].lines == 40_000
    lines = said(old, new).splitlines()
    assert lines[2:4] == ["params (1 of 1 differ)", "  lr     1                 2"]
    (new.path / "stdout.log").write_text("/t/a/codex/t.py\n")
    found = aftermath.compare(old, new)
    assert found is not None and found.unlike == ["stdout"]


def test_where_nothing_was_kept_nothing_is_called_the_same(tmp_path: Path) -> None:
    old, new = (make_run(tmp_path / "exruns", facts={"capture": "off"} if off else None) for off in (False, True))
    (old.path / "stdout.log").write_text("said\n")
    lines = said(old, new).splitlines()
    assert "output: not kept" in lines
    verdict = "run 2 ended as run 1 did; nothing else of them can be compared; output was not kept"
    assert " ".join(" ".join(lines[-2:]).split()) == verdict


def test_many_metrics_are_told_only_where_they_differ(tmp_path: Path) -> None:
    old, new = (made(tmp_path / "exruns", "", 0.5) for _ in range(2))
    for run, last in ((old, 1), (new, 2)):
        values = ", ".join(f'"m{number}": 1' for number in range(30))
        (run.path / "summary.json").write_text(f'{{{values}, "last": {last}}}')
    lines = said(old, new).splitlines()
    assert "metrics (1 of 32 differ)" in lines and not any("m17" in line for line in lines)
    assert lines[-1] == "run 2 did not give the same as run 1: last differs"


def test_logs_too_large_to_be_compared_whole_are_not_called_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "MOST_BYTES", 1 << 20)
    old, new = (made(tmp_path / "exruns", "x\n" * (2 << 20), 0.5) for _ in range(2))
    found = aftermath.compare(old, new)
    assert found is not None and found.doubts == ["stdout"] and "not known of stdout" in said(old, new)
    os.truncate(new.path / "stdout.log", 3 << 20)
    found = aftermath.compare(old, new)
    assert found is not None and found.unlike == ["stdout"]
    assert "their sizes differ" in said(old, new) and "stdout differs" in said(old, new)
    longer = rename(new, "larger")
    found = aftermath.compare(old, longer)
    assert found is not None and (found.unlike, found.doubts) == ([], ["stdout"]), "its own name may stand in it"
