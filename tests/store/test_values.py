"""What a run measured, as one value a name."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.store import values


def read(folder: Path) -> dict[str, Any]:
    return values.read(str(folder), os.listdir(folder))


def lines(*rows: object) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def test_the_last_value_of_each_metric_counts(tmp_path: Path) -> None:
    rows = [{"step": 0, "time": 1.0, "loss": 3.0, "lr": 1}, {"step": 1, "time": 2.0, "loss": 2.5}]
    (tmp_path / "metrics.jsonl").write_text(lines(*rows))
    assert read(tmp_path) == {"loss": 2.5, "lr": 1.0}


def test_a_summary_counts_more_than_what_was_logged(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines({"loss": 3.0, "acc": 0.5}))
    (tmp_path / "summary.json").write_text('{"acc": 0.9}')
    assert read(tmp_path) == {"loss": 3.0, "acc": 0.9}


def test_the_program_itself_counts_more_than_its_workers(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines({"loss": 1.0}))
    (tmp_path / "metrics.1.jsonl").write_text(lines({"loss": 2.0, "grad": 2.0}))
    (tmp_path / "metrics.w1.jsonl").write_text(lines({"loss": 3.0, "grad": 3.0, "fetch": 3.0}))
    assert read(tmp_path) == {"loss": 1.0, "grad": 2.0, "fetch": 3.0}


def test_of_a_long_file_only_the_end_is_read(tmp_path: Path) -> None:
    row = {"step": 0, "time": 1.0, "loss": 1.0}
    (tmp_path / "metrics.jsonl").write_text(lines({"early": 1.0}, *[row] * 3000, {"loss": 0.5}))
    assert read(tmp_path) == {"loss": 0.5}


@pytest.mark.parametrize(
    "damage", ['{"loss": 9', '{"loss": 9}', "\0\0\0", '{"loss": [9]}\n', "garbage\n", "[]\n", "\r\n"]
)
def test_torn_and_damaged_lines_are_passed_over(tmp_path: Path, damage: str) -> None:
    (tmp_path / "metrics.jsonl").write_text(lines({"loss": 1.0, "acc": 0.5}) + damage)
    assert read(tmp_path)["acc"] == 0.5
    assert read(tmp_path).get("loss", 1.0) == 1.0


def test_texts_stand_for_what_json_has_no_word_for(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"a": "nan", "b": "-inf"}\n')
    found = read(tmp_path)
    assert math.isnan(found["a"]) and found["b"] == -math.inf


def test_objects_in_a_summary_are_flattened_and_what_is_plain_weighs_more(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"a": {"b": 1, "c": {"d": 2}, "e": {}}, "a.b": 3}')
    assert read(tmp_path) == {"a.b": 3, "a.c.d": 2, "a.e": {}}


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, '{"a": 1' + "0" * 5000 + "}", "\xff"])
def test_a_summary_that_is_none_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_bytes(text.encode("latin-1"))
    assert read(tmp_path) == {}


@pytest.mark.parametrize("name", ["metrics.jsonl", "summary.json"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "link", "dangling"])
def test_what_is_no_plain_file_says_nothing_and_stops_nobody(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/etc/passwd" if kind == "link" else "nowhere")
    assert read(tmp_path) == {}


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("run")
    (folder / "metrics.jsonl").write_bytes(data)
    (folder / "summary.json").write_bytes(data)
    assert isinstance(read(folder), dict)
