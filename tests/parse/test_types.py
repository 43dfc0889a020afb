"""Types for paths: a namespace as with plain texts, and files that are noted beside it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import pytest

import exparse
from exparse.parse import collect, files_of
from exparse.record import order
from exparse.record.inputs import Files


class Recording(exparse.ExParser):
    """Records nothing, and is asked what would have been recorded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"record": False, **kwargs})


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that parses in a folder with files and returns the record."""
    for name in ("a.csv", "b.csv", "c d.csv"):
        (tmp_path / name).write_text(name)
    monkeypatch.chdir(tmp_path)
    kept: list[Any] = []
    make = collect.record
    monkeypatch.setattr(collect, "record", lambda *asked: kept.append(make(*asked)) or kept[-1])

    def parse(parser: Any, *argv: str) -> Any:
        parser.parse_args(list(argv))
        return kept[-1]

    return parse


def build(parser: Any, kind: Any) -> Any:
    parser.add_argument("first", type=kind, nargs="?", default="a.csv")
    parser.add_argument("--one", type=kind)
    parser.add_argument("--two", type=kind, nargs=2, metavar=("A", "B"))
    parser.add_argument("--more", type=kind, action="append", default=["b.csv"])
    parser.add_argument("--many", type=kind, nargs="*", action="extend")
    parser.add_argument("--const", type=kind, nargs="?", const="b.csv")
    parser.add_subparsers(dest="cmd").add_parser("go").add_argument("--sub", type=kind)
    return parser


LINES = [
    [],
    ["c d.csv", "go"],
    ["--one", "./a.csv", "--two", "a.csv", "-", "--more", "a.csv", "--more=c d.csv"],
    ["--many", "a.csv", "b.csv", "--many", "--const"],
    ["a.csv", "go", "--sub", os.path.join("..", "x", "a.csv")],
]


@pytest.mark.parametrize("line", LINES, ids=map(str, range(len(LINES))))
def test_a_namespace_is_as_with_plain_texts(named: Any, tmp_path: Path, line: list[str]) -> None:
    (tmp_path.parent / "x").mkdir(exist_ok=True)
    (tmp_path.parent / "x" / "a.csv").touch()
    for kind in (exparse.input_file, exparse.output_file):
        usual = build(argparse.ArgumentParser(), str).parse_args(line)
        assert vars(build(Recording(), kind).parse_args(line)) == vars(usual)
        record = named(build(Recording(), kind), *line)
        assert record.params == vars(usual)
        names = [name for name in (record.files.inputs or record.files.outputs) if "-" in os.path.basename(name)]
        assert names == []


def test_what_is_no_file_to_read_or_to_write_is_a_usage_error(named: Any, capsys: Any, tmp_path: Path) -> None:
    def refused(kind: Any, text: str) -> str:
        parser = Recording()
        parser.add_argument("--data", type=kind)
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(["--data", text])
        assert ended.value.code == 2
        return str(capsys.readouterr().err.rpartition("argument --data: ")[2])

    assert refused(exparse.input_file, "no.csv") == f"there is no file 'no.csv' in {os.getcwd()}\n"
    assert refused(exparse.input_file, str(tmp_path / "no")) == f"there is no file '{tmp_path}/no'\n"
    assert "is a folder" in refused(exparse.input_file, ".") and "no file ''" in refused(exparse.input_file, "")
    assert "is a folder" in refused(exparse.output_file, ".") and "folder" in refused(exparse.output_file, "new/")
    assert "empty" in refused(exparse.output_file, "")
    (tmp_path / "a.csv").chmod(0)
    if not os.access(tmp_path / "a.csv", os.R_OK):  # root reads all
        assert "permission" in refused(exparse.input_file, "a.csv")


def test_files_are_noted_by_the_path_that_they_have_with_the_param_that_names_them(named: Any, tmp_path: Path) -> None:
    record = named(build(Recording(), exparse.input_file), "--more", "c d.csv", "go", "--sub", "./a.csv")
    assert set(record.facts["inputs"]) == {str(tmp_path / name) for name in ("a.csv", "b.csv", "c d.csv")}
    told = record.facts["inputs"][str(tmp_path / "c d.csv")]
    assert told == {"param": "more", "bytes": 7, "mtime": pytest.approx((tmp_path / "c d.csv").stat().st_mtime)}
    parser = Recording()
    parser.add_argument("--password", type=exparse.input_file)
    parser.add_argument("--out", type=exparse.optional(exparse.output_file), action="append")
    parser.add_argument("--data", type=exparse.input_file)
    parser.add_argument("--token", secret=True)
    parser.add_argument("--pin-file", type=exparse.input_file, secret=True)
    parser.register_setter(lambda args: setattr(args, "data", Path("c d.csv")))
    (tmp_path / "hunter2hunter2").touch()
    line = ["--out", "none", "--out", "new", "--data", "a.csv", "--password", "hunter2hunter2"]
    record = named(parser, *line, "--token", "c d")
    assert record.files.outputs == {str(tmp_path / "new"): (str(tmp_path / "new"), "out")}
    assert [each.param for each in record.files.inputs.values()] == ["password", "data"]
    named_secret = named(parser, "--token", "hunter2hunter2", "--data", "a.csv", "--out", "hunter2hunter2")
    assert "hunter2" not in str(named_secret.facts) + str(named_secret.files.outputs.values())
    assert list(named(parser, "--pin-file", "b.csv", "--data", "a.csv").files.inputs) == [str(tmp_path / "c d.csv")]
    assert named(Recording()).files is None


def test_in_a_tree_for_a_run_a_file_is_called_by_what_it_stands_for(
    named: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = os.path.realpath(tmp_path)
    monkeypatch.setattr(order, "_order", order.Order(tree=here, top="/home/ada/digits"))
    (tmp_path / "data").symlink_to(tmp_path.parent)  # what git ignores is linked there
    (tmp_path.parent / "x.csv").touch()
    parser = Recording()
    parser.add_argument("data", type=exparse.input_file, nargs="*")
    found = named(parser, "a.csv", "data/x.csv", str(tmp_path.parent / "x.csv")).facts["inputs"]
    assert list(found)[:2] == ["/home/ada/digits/a.csv", "/home/ada/digits/data/x.csv"] and len(found) == 3


def test_of_very_many_files_the_first_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exparse.record.inputs.MOST_FILES", 2)
    found = Files()
    for number in range(5):
        found.add(f"/no/{number % 4}", f"/no/{number % 4}", "data", is_input=number != 1)
    assert (
        set(found.facts()["inputs"]) == {"/no/0"} and set(found.outputs) == {"/no/1"} and found.facts()["unlisted"] == 2
    )


def test_values_that_are_hard_to_look_at_name_no_files() -> None:
    class Strange:
        __class__ = property(lambda self: 1 / 0)  # type: ignore[assignment]

    deep: list[Any] = []
    deep.append(deep)
    assert list(files_of._texts([Strange(), None, 3, b"x", {"a": "b"}, deep, ("c", ["d"])])) == ["c", "d"]


def test_the_recorded_paths_are_replayed_and_hashed_beside_the_program(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
first = exparse.ExParser(add_help=False)
first.add_argument("--conf", type=exparse.input_file)
args, rest = first.parse_known_args()
parser = exparse.ExParser(parents=[first])
parser.add_argument("--data", type=exparse.input_file, nargs="+")
parser.add_argument("--out", type=exparse.output_file, default="out.txt")
args = parser.parse_args()
print(args)
open(args.out, "a").write("x" * 3)
args.run.finish()
open(args.out, "w").write("nothing of the run's")
"""
    for name in ("a b.csv", "c.csv"):
        (tmp_path / name).write_text(name)
    first = script(source, "--conf", "c.csv", "--data", "a b.csv", "./c.csv")
    (tmp_path / "out.txt").unlink()
    again = script(source, "--config", "1")
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    assert again.stdout == first.stdout
    one, two = (run.metadata for run in exparse.Root(tmp_path / "exruns"))
    written = [told["outputs"][str(tmp_path / "out.txt")] for told in (one, two)]
    assert [told["bytes"] for told in written] == [3, 3] and written[0]["sha256"] == written[1]["sha256"]
    hashed = {os.path.basename(path): told["sha256"] for path, told in one["inputs"].items()}
    assert set(hashed) == {"a b.csv", "c.csv"} and all(len(digest) == 64 for digest in hashed.values())
    assert two["inputs"] == one["inputs"]
