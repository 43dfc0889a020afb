"""A root of format 1.0 as the first version left it: it must stay readable for ever, and be written alike."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from exparse import ExParser, Index, Root
from exparse.format import metadata, params, status

GOLDEN = Path(__file__).parent / "golden" / "v1"


def test_every_run_of_the_golden_root_is_read() -> None:
    root = Root(GOLDEN)
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
    for run in Root(GOLDEN):
        for name, parse, document in (
            ("metadata.json", metadata.parse, metadata.document),
            ("status.json", status.parse, status.document),
        ):
            text = (run / name).read_text(encoding="utf-8")
            assert document(parse(text, name)) == text  # type: ignore[operator]
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
