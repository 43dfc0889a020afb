"""``exparse show`` and ``exparse path``."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run

from exparse.cli.path import path
from exparse.cli.show import show
from exparse.format.params import document
from exparse.query.shown import width
from exparse.store.renaming import rename
from exparse.store.root import Root
from exparse.store.run import Run


def page(root: Path, *selectors: str, code: int = 0, form: str = "text") -> Paper:
    to = Paper()
    assert show(Root(root), selectors, form, to) == code
    return to


def test_a_page_says_what_is_known(root: Path) -> None:
    recently = datetime.now(timezone.utc) - timedelta(hours=2, minutes=5)
    run = make_run(root, {"lr": 0.5, "model": "vit"}, label="big", marks=["good"], started=recently)
    (run.path / "plot.png").write_bytes(b"12345")
    lines = page(root, "last").said.splitlines()
    assert lines[0] == "run 1  big"
    assert f"  folder    {run.folder}" in lines
    assert "  state     finished after 12s" in lines
    assert any(line.startswith("  started   ") and line.endswith(", 2 h ago") for line in lines)
    assert "  marks     good" in lines
    assert "  command   /home/ada/train.py --lr 0.5" in lines
    assert "  host      ada@tower" in lines
    assert "  python    3.12.1" in lines
    assert "* lr     0.5" in lines
    assert "  model  vit" in lines
    assert "        5 B  plot.png" in lines


def test_a_command_line_is_quoted_as_a_shell_takes_it(root: Path) -> None:
    make_run(root, facts={"argv": ["--name", "two words", "$HOME"], "script": "/my files/a.py"})
    assert "command   '/my files/a.py' --name 'two words' '$HOME'" in page(root, "1").said


def test_how_a_run_ended_is_told(root: Path) -> None:
    error = {"type": "ValueError", "message": "boom", "traceback": "Traceback:\n  line 1\nValueError: boom\n"}
    make_run(root, state="failed", exit_code=1, error=error)
    make_run(root, state="killed", exit_code=None, signal="SIGTERM")
    make_run(root, state="failed", exit_code=7)
    assert "state     failed after 12s: ValueError: boom" in page(root, "1").said
    assert "traceback\n  Traceback:\n    line 1\n  ValueError: boom\n" in page(root, "1").said
    assert "state     killed after 12s by SIGTERM" in page(root, "2").said
    assert "state     failed after 12s, exit code 7" in page(root, "3").said


@pytest.mark.parametrize("file", ["params.yaml", "metadata.json", "status.json"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_damaged_run_is_shown_as_far_as_it_can_be_read(root: Path, file: str, form: str) -> None:
    damage(make_run(root, {"lr": 0.75}, label="big"), file)
    to = page(root, "1", form=form)
    assert "damaged" in to.said and file in to.said
    assert ("0.75" in to.said) is (file != "params.yaml")
    assert ("/home/ada/train.py" in to.said) is (file != "metadata.json")
    if form == "json":
        assert json.loads(to.said)[0]["problem"]


@pytest.mark.parametrize("wrong", [5, None, {"a": 1}, ["x"], "text"])
def test_metadata_of_the_wrong_kinds_are_shown_all_the_same(root: Path, wrong: object) -> None:
    names = "argv given config script cwd host user python executable process typed cores memory gpus scheduler".split()
    names += "launcher environment defaults sources packages git tags description parents capture".split()
    make_run(root, {"lr": 0.5}, facts=dict.fromkeys(names, wrong))
    assert "run 1" in page(root, "1").said


def test_escapes_in_values_errors_and_file_names_are_shown_as_text(root: Path) -> None:
    evil = "\x1b]0;pwn\x07\u202e\nnext"
    error = {"type": evil, "message": evil, "traceback": evil}
    run = make_run(root, {evil: evil}, state="failed", error=error, facts={"argv": [evil], "host": evil, "cwd": evil})
    (run.path / "\x1b[2J\n.txt").write_text("x")
    (run.path / os.fsdecode(b"\xff.bin")).write_text("x")
    to = page(root, "1")
    assert all(char.isprintable() or char == "\n" for char in to.said)
    assert r"\x1b[2J\n.txt" in to.said
    assert r"\udcff.bin" in to.said


def test_many_files_are_cut(root: Path) -> None:
    run = make_run(root)
    for number in range(60):
        (run.path / f"{number:03}.txt").write_text("x")
    assert page(root, "1").said.splitlines()[-1] == "  and 23 more"


def test_several_runs_are_shown_and_the_unknown_one_is_said(root: Path) -> None:
    make_run(root)
    make_run(root)
    to = page(root, "1", "9", "2", code=1)
    assert "run 1\n" in to.said and "\n\nrun 2\n" in to.said
    assert "no run matches '9'" in to.noted


def test_json_is_a_list_with_all_there_is(root: Path) -> None:
    make_run(root, {"lr": float("inf")}, marks=["good"])
    make_run(root)
    first, second = json.loads(page(root, "1:2", form="json").said)
    assert (first["id"], first["params"], first["marks"]) == (1, {"lr": None}, ["good"])
    assert first["metadata"]["cwd"] == "/home/ada"
    assert [file["name"] for file in second["files"]] == ["metadata.json", "params.yaml", "status.json"]


def test_params_of_another_run_are_told_by_its_number(root: Path, tmp_path: Path) -> None:
    first, strange = make_run(root), make_run(tmp_path / "other")
    paths = [f"{run.folder}/params.yaml" for run in (first, strange)]
    sources = {"lr": f"config {paths[0]}", "model": f"config {paths[1]}"}
    facts = {"sources": sources, "config": paths, "rerun_of": first.name, "parents": [first.name]}
    make_run(root, {"lr": 1, "model": "a"}, facts=facts)
    said = page(root, "2").said
    assert f"  config    run 1, {paths[1]}\n" in said and "  parents " not in said
    assert "lr     1  (run 1)\n" in said and f"model  a  (config {paths[1]})\n" in said


def test_where_params_came_from_is_told_where_it_is_news(root: Path) -> None:
    sources = {"lr": "command line", "model": "config base.yaml", "depth": "default", "seed": "setter"}
    defaults = {"lr": 0.1, "model": "cnn", "depth": 3, "seed": None}
    params = {"lr": 0.5, "model": "vit", "depth": 3, "seed": None}
    make_run(root, params, facts={"sources": sources, "defaults": defaults})
    lines = page(root, "1").said.splitlines()
    start = lines.index("params (* set on the command line)")
    assert lines[start + 1 : start + 5] == [
        "* lr     0.5  (default 0.1)",
        "  model  vit  (config base.yaml, default cnn)",
        "  depth  3",
        "  seed   None  (setter)",
    ]


def test_what_surrounded_the_run_is_told(root: Path) -> None:
    facts = {
        "typed": ["python", "-m", "pkg.train", "--name", "two words"],
        "cores": 8,
        "memory": 64_000_000_000,
        "gpus": ["A100", "A100", "H100"],
        "scheduler": {"kind": "slurm", "job": "4711", "partition": "gpu"},
        "launcher": {"kind": "torchrun", "rank": 0, "world": 4},
        "environment": {"OMP_NUM_THREADS": "4", "X": "a b"},
        "packages": 1143,
        "process": {"pid": 77},
    }
    make_run(root, facts=facts)
    lines = page(root, "1").said.splitlines()
    for line in (
        "  command   python -m pkg.train --name 'two words'",
        "  host      ada@tower, pid 77, 8 cores, 64.0 GB",
        "  gpus      2 x A100, H100",
        "  scheduler slurm, job 4711, partition gpu",
        "  launcher  torchrun, rank 0, world 4",
        "  env       OMP_NUM_THREADS=4 'X=a b'",
        "  packages  1,143 (packages.txt)",
    ):
        assert line in lines, line


def test_code_words_and_relatives_are_told(root: Path) -> None:
    git = {"commit": "3f2a1bc4d5e6", "branch": "main", "dirty": True, "pushed": True, "patch": {"bytes": 90}}
    first = make_run(root, facts={"git": git, "tags": ["small"], "description": "why\nnot"})
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    (first.path / "code.patch").write_text(patch)
    (first.path / "notes.md").write_text("".join(f"line {number}\n\n" for number in range(20)))
    second = make_run(root, facts={"parents": [first.name], "rerun_of": first.name})
    said = page(root, "1").said
    assert "  code      3f2a1bc4d5, main, dirty, pushed\n  patch     1 file, +1 -1, 90 B\n" in said
    assert "  tags      small\n" in said
    assert "description\n  why\n  not\nnotes\n  line 0\n" in said
    assert "  line 11\n  and 8 more lines (exparse note 1)\n" in said
    assert f"  children  {second.id}\n" in said
    for number in range(7):
        make_run(root, facts={"parents": [first.name] if number not in (1, 3) else []})
    assert "  children  2, 3, 5, 7:9\n" in page(root, "1").said, "as a selector takes them"
    assert f"  rerun of  {first.name}\nparams" in page(root, "2").said
    renamed = rename(first, "base")
    assert f"  rerun of  {renamed.name}\nparams" in page(root, "2").said


def test_attempts_and_remarks_are_told(root: Path) -> None:
    earlier = {
        "state": "killed",
        "started": "2026-11-21T05:40:12.123456-03:00",
        "seconds": 3600.0,
        "signal": "SIGTERM",
        "process": {"host": "node3"},
        "remarks": ["preempted by SIGTERM"],
    }
    run = make_run(root, attempts=[earlier], remarks=["an exception in a thread: KeyError"])
    status = json.loads((run.path / "status.json").read_text())
    (run.path / "status.json").write_text(json.dumps({**status, "started": "2026-11-22T07:00:01.987654-03:00"}))
    said = page(root, "1").said
    assert "  state     finished (attempt 2) after 12s\n            an exception in a thread: KeyError\n" in said
    assert "ago\n            2026-11-22 07:00:01-03:00, attempt 2\n" in said
    assert "earlier attempts\n  1  killed after 1h00m by SIGTERM, started 2026-11-21 05:40:12-03:00, on node3\n" in said
    assert ", on node3\n     preempted by SIGTERM\n" in said


def test_metrics_have_a_sparkline_and_fit_the_terminal(root: Path) -> None:
    run = make_run(root)
    rows = [{"step": step, "time": 1.0, "a/rather/long/name/of/a/loss": 8 - step} for step in range(8)]
    (run.path / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows) + "garbage\n")
    (run.path / "metrics.w1.jsonl").write_text('{"fetch": "nan"}\n')
    (run.path / "summary.json").write_text('{"acc": 0.123456789012, "best": {"epoch": 7}}')
    to = Paper(80)
    assert show(Root(root), ["1"], "text", to) == 0
    lines = to.said.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("metrics"))
    assert lines[start].split() == ["metrics", "last", "min", "max", "step", "values"]
    assert lines[start + 1].split()[1:] == ["1", "1", "8", "7", "8", "█▇▆▅▄▃▂▁"]
    assert lines[start + 2].split() == ["fetch", "[w1]", "nan", "1"]
    assert lines[start + 3] == "  metrics.jsonl: 1 damaged line passed over: 9"
    assert lines[start + 4 : start + 7] == ["summary", "  acc         0.123457", "  best.epoch  7"]
    assert all(width(line) <= 80 for line in lines[start : start + 7])


def test_a_summary_that_cannot_be_read_is_named(root: Path) -> None:
    damage(make_run(root), "summary.json", '{"acc": 0.')
    (damaged,) = json.loads(page(root, "1", form="json").said)[0]["damage"]
    assert damaged["file"] == "summary.json" and damaged["text"].startswith("no JSON: ")
    assert f"damage\n  summary.json: {damaged['text']}\n" in page(root, "1").said
    make_run(root)
    assert "summary.json" not in page(root, "2").said


def test_a_terminal_without_blocks_gets_other_characters(root: Path, exparse: Any) -> None:
    run = make_run(root)
    (run.path / "metrics.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    assert "  _*" in exparse("show", "1", env={"PYTHONIOENCODING": "ascii"}).stdout
    assert "  ▁█" in exparse("show", "1", env={"PYTHONIOENCODING": "utf-8"}).stdout


def test_the_last_lines_of_output_are_shown_and_other_logs_named(root: Path) -> None:
    run = make_run(root)
    (run.path / "stdout.log").write_bytes(
        b"".join(b"line %d\n" % number for number in range(9)) + b"\x1b[2J" + b"x" * 200
    )
    (run.path / "stderr.log").write_text("oops\n")
    (run.path / "stdout.1.log").write_text("rank\n")
    said = page(root, "1").said
    assert "stdout (last lines)\n  line 5\n  line 6\n  line 7\n  line 8\n  \\x1b[2Jxxx" in said
    assert "stderr (last lines)\n  oops\noutput of other processes: stdout.1.log\n" in said
    assert max(map(len, said.splitlines()[-15:])) <= 80


def test_images_and_files_have_captions(root: Path) -> None:
    run = make_run(root)
    for name in ("images/conf/train/0.png", "images/conf/train/100.png", "images/one/3.png", "files/deep/model.pt"):
        (run.path / name).parent.mkdir(parents=True, exist_ok=True)
        (run.path / name).write_bytes(b"x" * 100)
    (run.path / "about.jsonl").write_text(
        '{"file": "deep/model.pt", "caption": "the best"}\n{"image": "conf/train", "step": 100, "caption": "at the end"}\n'
    )
    said = page(root, "1").said
    assert "images\n  conf/train  2 steps, 0 to 100  at the end\n  one         step 3\n" in said
    assert "      100 B  files/deep/model.pt  the best\n" in said
    assert "images/conf" not in said.partition("files (")[2]


def test_json_has_what_the_page_has(root: Path) -> None:
    run = make_run(root, facts={"tags": ["a"], "parents": ["x"]}, remarks=["r"], attempts=[{"state": "lost"}])
    (run.path / "metrics.jsonl").write_text('{"step": 1, "a": "nan"}\n{"step": 2, "a": 2}\nx\n')
    (run.path / "summary.json").write_text('{"acc": "inf"}')
    (run.path / "stdout.log").write_bytes(b"\x1b[2J\n")
    (run.path / "notes.md").write_text("n\n")
    (found,) = json.loads(page(root, "1", form="json").said)
    assert found["metrics"] == [
        {"name": "a", "part": None, "values": 2, "last": 2, "step": 2, "min": 2, "max": 2},
    ]
    assert found["damage"] == [{"file": "metrics.jsonl", "text": "1 damaged line passed over: 3"}]
    assert (found["summary"], found["tags"], found["parents"], found["children"]) == ({"acc": None}, ["a"], ["x"], [])
    assert (found["output"], found["notes"], found["remarks"]) == ({"stdout.log": ["\x1b[2J"]}, "n\n", ["r"])
    assert found["attempts"] == [{"state": "lost"}]


def test_a_run_that_failed_within_safe_says_so(root: Path) -> None:
    run = make_run(root)
    (root / "fails").mkdir()
    (root / "fails" / f"{run.name}.yaml").symlink_to(f"../runs/{run.name}/params.yaml")
    assert "  state     finished after 12s\n            failed within run.safe()\n" in page(root, "1").said


def with_omitted(run: Run, params: dict[str, Any], omitted: dict[str, str]) -> None:
    (run.path / "params.yaml").write_text(document(params, omitted, {"command": []}))


def test_params_that_were_not_recorded_are_named_with_the_reason(root: Path) -> None:
    with_omitted(make_run(root, facts={"given": ["api_key"]}), {"lr": 0.5}, {"api_key": "secret, not recorded"})
    with_omitted(make_run(root, facts={"given": []}), {}, {"tókèn\n": "secret, not recorded"})
    assert "  lr       0.5\n* api_key  secret, not recorded\nfiles" in page(root, "1").said
    assert "\nparams\n  tókèn\\n  secret, not recorded\nfiles" in page(root, "2").said
    assert json.loads(page(root, "1", form="json").said)[0]["omitted"] == {"api_key": "secret, not recorded"}


def test_stderr_does_not_repeat_the_traceback(root: Path) -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: boom\n'
    run = make_run(root, state="failed", error={"type": "ValueError", "message": "boom", "traceback": trace})
    (run.path / "stderr.log").write_text(f"one\ntwo\n{trace}")
    said = page(root, "1").said
    assert said.count("ValueError: boom") == 2  # in the state and the traceback
    assert "stderr (last lines)\n  one\n  two\nfiles" in said
    (run.path / "stderr.log").write_text(trace)
    assert "stderr (last lines)" not in page(root, "1").said


def test_files_count_what_is_listed_and_our_own_scraps_are_not(root: Path) -> None:
    run = make_run(root)
    before = page(root, "1").said.partition("files (")[2]
    (run.path / "killed.txt").touch()
    (run.path / "facts.json").write_text("{}")
    (run.path / "images/one").mkdir(parents=True)
    (run.path / "images/one/3.png").write_bytes(b"x" * 5000)
    (run.path / "stdout.1.log").write_bytes(b"x" * 5000)
    assert page(root, "1").said.partition("files (")[2] == before


def test_a_long_last_line_is_cut_at_its_end(root: Path) -> None:
    (make_run(root).path / "stderr.log").write_text(f"epoch 3:  42%|{'#' * 200}| 42/100")
    assert f"\n  epoch 3:  42%|{'#' * 63}…\n" in page(root, "1").said


def test_an_empty_text_is_seen(root: Path) -> None:
    make_run(root, {"tag": "x", "name": ""}, facts={"given": ["tag"], "defaults": {"tag": "", "name": ""}})
    said = page(root, "1").said
    assert "* tag   x  (default '')\n  name  ''\n" in said


def test_paths_are_absolute_one_a_line_and_exact(odd_folder: Path, exparse: Any) -> None:
    first = make_run(odd_folder / "exruns")
    second = make_run(odd_folder / "exruns", tmp=True)
    answer = exparse("path", "1", "2", "7", cwd=odd_folder)
    assert answer.stdout == f"{first.folder}\n{second.folder}\n"
    assert answer.returncode == 1
    assert "no run matches '7'" in answer.stderr


def test_a_path_on_a_terminal_is_harmless(tmp_path: Path) -> None:
    root = tmp_path / "a\x1b[2J"
    make_run(root)
    to = Paper()
    assert path(Root(root), ["1"], to) == 0
    assert r"a\x1b[2J/runs/000001-" in to.said


def test_a_run_of_a_notebook_names_it_and_not_how_its_kernel_was_started(root: Path) -> None:
    facts = {"cells": 7, "script": None, "prog": "study.ipynb", "typed": ["python", "-m", "ipykernel_launcher"]}
    make_run(root, {"lr": 0.1}, facts=facts)
    said = page(root, "1").said
    assert "  notebook  study.ipynb, 7 cells (cells.py)\n" in said and "ipykernel" not in said
