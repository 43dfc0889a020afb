"""Roots of format 1.0 to 1.2 as they were left: they must stay readable for ever, and be written alike."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest

from exparse import ExParser, Index, Root
from exparse.format import about, metadata, params, status, summary, version
from exparse.store.run import Run

GOLDEN = Path(__file__).parent / "golden" / "v1"
# Made by exparse itself in all its ways; then host, user and folders were replaced by those of nobody.
GOLDEN_1_1 = GOLDEN.parent / "v1.1"
GOLDEN_1_2 = GOLDEN.parent / "v1.2"


def copied(golden: Path, folder: Path, seconds_ago: float = 0.0) -> Root:
    """Return a copy of a root whose files were all changed so long ago."""
    shutil.copytree(golden, folder, symlinks=True)
    then = time.time() - seconds_ago
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (then, then), follow_symlinks=False)
    return Root(folder)


def test_every_run_of_the_golden_root_is_read(tmp_path: Path) -> None:
    root = copied(GOLDEN, tmp_path / "golden")
    assert [(run.id, run.label, run.state) for run in root] == [
        (1, "baseline", "finished"),
        (2, None, "failed"),
        (3, None, "interrupted"),
        (4, None, "running"),
    ]
    assert [run.problem for run in root] == [None] * 4
    assert [run.id for run in root.runs("tmp")] == [5] and [run.id for run in root.runs("trash")] == [6]
    assert root.marks() == {"good": [root[1].name], "paper/table1": [root[1].name, root[2].name]}


def test_the_values_of_the_golden_root_are_what_they_were() -> None:
    first, second, third, fourth = Root(GOLDEN)
    assert first.params == {
        "model": "svm",
        "lr": 0.001,
        "tags": ["a", "no"],
        "limit": None,
        "normalize": True,
        "version": "007",
        "big": 10**20,
        "tiny": 1e-05,
        "far": math.inf,
        "text": "é\n\u2028😀",
        "nested": {"a": [1, {"b": None}]},
    }
    assert second.status.error is not None and second.status.error["message"] == "boom"
    assert second.status.exit_code == 1 and first.seconds == 59.95 and third.params == {}
    assert fourth.metadata["a_key_of_a_later_version"] == {"x": 1}


def test_what_is_written_today_is_what_was_written_then() -> None:
    for run in [*Root(GOLDEN), *Root(GOLDEN_1_1), *Root(GOLDEN_1_2)]:
        for name, parse, document in (
            ("metadata.json", metadata.parse, metadata.document),
            ("status.json", status.parse, status.document),
        ):
            text = (run / name).read_text(encoding="utf-8")
            now = re.sub('"format": "1.[01]"', f'"format": "{version.FORMAT_TEXT}"', text, count=1)
            assert document(parse(text, name)) == now  # type: ignore[operator]
        text = (run / "params.yaml").read_text(encoding="utf-8")
        assert params.document(run.params, {}, {}).splitlines()[1:] == [
            line for line in text.splitlines() if not line.startswith("#")
        ]


def test_the_golden_root_opens_in_pandas() -> None:
    frame = Index(GOLDEN).info()
    assert list(frame["id"]) == [1, 2, 3, 4] and frame["time"].dtype == "datetime64[ns]"
    assert frame["time"][0] == pd.Timestamp("2026-11-21 05:40:01.047303") and frame["lr"].dtype == "float64"
    assert list(Index(GOLDEN).info("paper")["id"]) == [1, 2]


def test_a_run_of_the_golden_root_is_replayed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def parser() -> ExParser:
        parser = ExParser(root=tmp_path / "golden")
        parser.add_argument("--lr", type=float, default=5.0)
        train = parser.add_subparsers(dest="cmd").add_parser("train")
        train.add_argument("--str", dest="types", action="append_const", const=str)
        train.add_argument("--int", dest="types", action="append_const", const=int)
        train.add_argument("--lr", type=float, default=7.0)
        return parser

    shutil.copytree(GOLDEN, tmp_path / "golden", symlinks=True)
    args = parser().parse_args(["--config", "2"])
    assert vars(args) == {"lr": 0.01, "cmd": "train", "types": [str, int], "derived": "x"}
    assert args.run.id > 6, "number 6 lies in the trash, and is not used again"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("major", ["2.0", "0.9"])
def test_a_root_of_another_major_format_is_refused_with_the_cure(major: str, tmp_path: Path) -> None:
    from exparse.errors import UnsupportedFormat

    shutil.copytree(GOLDEN, tmp_path / "golden", symlinks=True)
    (tmp_path / "golden" / "exparse.json").write_text(f'{{"format": "{major}"}}')
    with pytest.raises(UnsupportedFormat, match="pip install -U exparse"):
        Root(tmp_path / "golden").check()
    with pytest.raises(SystemExit) as end:
        ExParser(root=tmp_path / "golden").parse_args([])
    assert end.value.code == 1


def test_a_run_that_another_machine_made_is_lost_when_it_has_been_silent_for_long(tmp_path: Path) -> None:
    old = copied(GOLDEN, tmp_path / "golden", seconds_ago=100_000)
    assert [run.state for run in old] == ["finished", "failed", "interrupted", "lost"]
    assert "not seen since" in old[4].status.remarks[0]


def test_every_run_of_the_second_golden_root_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without squeue: no Slurm knows the job of the fifth.
    monkeypatch.setenv("PATH", "")
    fresh = copied(GOLDEN_1_1, tmp_path / "fresh")
    said = [(run.id, run.label, run.state) for run in fresh]
    assert said == [
        (1, "baseline", "finished"),
        (2, None, "failed"),
        (3, "long", "finished"),
        (4, None, "finished"),
        (5, None, "running"),
        (7, None, "finished"),
    ]
    assert [run.problem for run in fresh] == [None] * 6
    assert [run.id for run in fresh.runs("tmp")] == [6] and [run.id for run in fresh.runs("trash")] == [8]
    assert fresh.marks() == {"good": [fresh[1].name], "paper/table1": [fresh[1].name, fresh[2].name]}
    silent = copied(GOLDEN_1_1, tmp_path / "silent", seconds_ago=1000)[5]
    assert (silent.state, silent.status.signal) == ("killed", "SIGTERM")


def test_what_a_script_added_is_what_it_was() -> None:
    first = Root(GOLDEN_1_1)[1]
    assert first.summary() == {"acc": 0.91, "best": {"epoch": 12, "loss": math.inf}}
    assert (first.tags, first.description) == (["paper"], "the first") and "*second*" in first.notes
    assert first.images == {"val/confusion": [3]}
    assert list(first.files) == ["models/größe 1.txt", "source/train.py"] and first.files["models/größe 1.txt"] == 2
    said = first.about
    assert said.captions == {"source/train.py": "itself"}
    assert said.image_captions == {("val/confusion", 3): "no confusion"} and said.damaged == []
    long = first.metrics()
    assert list(long["name"]) == ["loss", "acc", "loss", "train/acc", "epochs"]
    assert long["value"].to_list()[:2] == [1.0, 0.25] and math.isnan(long["value"][2]) and long["value"][3] == -math.inf
    assert list(first.metrics(wide=True)["step"].fillna(-1)) == [0, 1, -1]
    assert first.output() == b"hello token ******\nstep 2\n" and first.output("stderr") == b"careful\n"


def test_code_parents_attempts_and_parts_are_what_they_were() -> None:
    first, second, third, fourth, fifth, seventh = Root(GOLDEN_1_1)
    git = first.metadata["git"]
    assert git["dirty"] and git["remote"] == "https://HOST/digits.git" and git["patch"]["left_out"] == []
    assert b"GIT binary patch" in (first / "code.patch").read_bytes()
    assert second.parents == [first.name] and second.about.used == {first.name: ["models/größe 1.txt"]}
    assert [(attempt["state"], attempt["exit_code"]) for attempt in third.status.attempts] == [("failed", 1)]
    assert third.metrics()["value"].to_list() == [1.0, 0.5] and third.output() == b"attempt 1\nattempt 2\n"
    assert third.metadata["run_id"] == "long" and third.status.attempt == 2
    assert fourth.output(part="1") == b"rank 1\n" and fourth.output(part="w1") == b"from the worker\n"
    assert sorted(fourth.metrics()["value"]) == [0.0, 1.0, 9.0]
    assert fourth.metadata["launcher"] == {"kind": "ranks", "rank": 0, "world": 2}
    assert fifth.metadata["scheduler"]["job"] == "81723" and fifth.metadata["git"] == git
    assert seventh.metadata["capture"] == "fd" and seventh.metadata["sources"]["lr"].endswith("params.yaml")
    (quick,) = Root(GOLDEN_1_1).runs("tmp")
    assert (quick / "source.zip").is_file() and quick.metadata["git"] is None


def test_what_is_said_about_a_run_is_written_alike() -> None:
    for name in ("runs/*/about.jsonl", "tmp/*/about.jsonl"):
        for path in GOLDEN_1_1.glob(name):
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            assert [about.line(json.loads(line)) for line in lines] == lines
    text = (Root(GOLDEN_1_1)[1] / "summary.json").read_text()
    assert summary.document(summary.parse(text, "summary.json")) == text


def test_the_second_golden_root_is_listed_shown_and_opened_in_pandas(tmp_path: Path) -> None:
    frame = Index(GOLDEN_1_1).info()
    assert list(frame["metrics.acc"].dropna()) == [0.91] and frame["tags"].to_list()[0] == ["paper"]
    assert frame["dirty"].all() and frame["commit"].nunique() == 1
    assert [run.id for run in Root(GOLDEN_1_1).select("best:acc")] == [1]
    failed = GOLDEN_1_1 / "fails"
    assert [Run(GOLDEN_1_1, path.stem).state for path in failed.iterdir()] == ["failed"]
    assert all(path.resolve().is_file() for path in failed.iterdir())


def test_a_removed_run_of_the_second_golden_root_comes_back(tmp_path: Path) -> None:
    root = copied(GOLDEN_1_1, tmp_path / "golden")
    (removed,) = root.runs("trash")
    back = root.restore(removed)
    assert back == root[8] and back.state == "finished" and back.params == {"lr": 0.1, "do": "nothing"}


def test_reruns_programs_files_and_cells_of_the_third_golden_root_are_what_they_were() -> None:
    runs = list(Root(GOLDEN_1_2))
    assert [(run.id, run.state, run.problem) for run in runs] == [
        *((number, "finished", None) for number in (1, 2, 3, 4)),
        (5, "failed", None),
        *((number, "finished", None) for number in (6, 7, 8)),
    ]
    first, again, plain, bare, command, resumed, laid, notebook = (run.metadata for run in runs)
    assert again["rerun_of"] == first["name"] and runs[1].parents == [first["name"]]
    assert again["script"] == first["script"] == "/home/ada/digits/train.py" and again["tree"].endswith("/digits")
    assert again["git"]["commit"] == first["git"]["commit"] and runs[1].params["lr"] == 0.25
    assert again["rendered"] == ["--data=digits.csv", "--out=model.pt", "--lr=0.25"]
    assert list(first["inputs"]) == ["/home/ada/digits/digits.csv"] == list(again["inputs"])
    assert first["outputs"]["/home/ada/digits/model.pt"]["bytes"] == 3
    assert runs[1].files["left/model.pt"] == 4
    assert plain["runner"] == {"kind": "script", "target": "plain.py"} and "by" not in plain
    assert runs[2].params == {"n": 3, "shuffle": False} and laid["config"]
    assert (bare["by"], runs[3].params) == ("argv", {"args": ["x", "--y", "2"]})
    assert (command["runner"]["kind"], runs[4].status.exit_code, runs[4].output()) == ("command", 3, b"hi\n")
    assert [attempt["state"] for attempt in runs[5].status.attempts] == ["failed"] and resumed["outputs"]
    assert notebook["cells"] == 3 and "parser.parse_args(args=['--lr', '0.3'])" in (runs[7] / "cells.py").read_text()
    frame = Index(GOLDEN_1_2).info()
    assert list(frame["id"]) == [1, 2, 3, 4, 5, 6, 7, 8]
