"""Parses by somebody else's parsers under ``exparse run``, and what a rerun lays under them."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from running import OURS, ran, run, runs_in

pytestmark = pytest.mark.slow

SUB = """
import argparse
p = argparse.ArgumentParser()
p.add_argument("data")
below = p.add_subparsers(dest="what", required=True)
below.add_parser("train").add_argument("--epochs", type=int, default=1)
print(vars(p.parse_args()))
"""
STAGES = """
import argparse
p = argparse.ArgumentParser(add_help=False)
p.add_argument("--z", action="append", default=[])
a, rest = p.parse_known_args()
q = argparse.ArgumentParser()
q.add_argument("--lr", type=float, default=1)
q.add_argument("-v", action="count", default=0)
print({**vars(a), **vars(q.parse_args(rest))})
"""
LIBRARY = """
import argparse, sys
library = argparse.ArgumentParser(prog="library")
library.add_argument("--verbose", action="store_true")
library.parse_args([])
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=1)
print(vars(p.parse_args(sys.argv[1:])))
"""
ITERATOR = """
import argparse, sys
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=1)
print(vars(p.parse_args(iter(sys.argv[1:]))))
"""


def again(words: str, folder: Path) -> tuple[int, str, str]:
    """Return exit code, output and errors of ``exparse rerun``."""
    done = ran([*OURS, "rerun", *shlex.split(words)], folder)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("source", "words", "more", "params"),
    [
        (SUB, "a.csv train --epochs 3", "", {"data": "a.csv", "what": "train", "epochs": 3}),
        (SUB, "a.csv train --epochs 3", "--epochs 5", {"data": "a.csv", "what": "train", "epochs": 5}),
        (SUB, "a.csv train --epochs 3", "b.csv", {"data": "b.csv", "what": "train", "epochs": 3}),
        (STAGES, "--z 1 --lr 3 -v", "", {"z": ["1"], "lr": 3.0, "v": 1}),
        (STAGES, "--z 1 --lr 3 -v", "--lr 5", {"z": ["1"], "lr": 5.0, "v": 1}),
        (ITERATOR, "--lr 3", "", {"lr": 3.0}),
    ],
)
def test_a_rerun_lays_what_was_recorded_under_other_peoples_parsers(
    source: str, words: str, more: str, params: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "t.py").write_text(source)
    assert run("t.py", *words.split(), folder=tmp_path).returncode == 0
    code, said, noted = again(f"1 {more}", tmp_path)
    assert (code, said) == (0, f"{params}\n"), noted
    first, second = runs_in(tmp_path / "exruns")
    assert dict(second.params) == params and second.metadata["rerun_of"] == first.name


def test_a_misspelled_option_of_a_rerun_is_the_innermost_parsers_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(SUB)
    run("t.py", "a.csv", "train", folder=tmp_path)
    code, _, noted = again("1 --epcohs 0.3", tmp_path)
    assert code == 2 and "unrecognized arguments: --epcohs 0.3" in noted and "invalid choice" not in noted


def test_a_parser_of_a_library_does_not_take_what_is_the_programs(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(LIBRARY)
    (tmp_path / "c.yaml").write_text("lr: 3\n")
    done = run("--config", "c.yaml", "t.py", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "{'lr': 3.0}\n"), done.stderr
    code, said, noted = again("1", tmp_path)
    assert (code, said) == (0, "{'lr': 3.0}\n"), noted
    assert [dict(run.params) for run in runs_in(tmp_path / "exruns")] == [{"lr": 3.0}] * 2


def test_two_stages_of_ours_are_one_run_wherever_the_order_wants_it(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(STAGES.replace("import argparse", "import exparse as argparse").replace(
        "argparse.ArgumentParser", "argparse.ExParser"))  # fmt: skip
    elsewhere = {"EXPARSE_ROOT": str(tmp_path / "elsewhere")}
    assert ran([OURS[0], "t.py", "--z", "1", "--lr", "3"], tmp_path, elsewhere).returncode == 0
    done = ran([*OURS, "rerun", "1", "--root", "elsewhere"], tmp_path)
    assert (done.returncode, done.stdout) == (0, "{'z': ['1'], 'lr': 3.0, 'v': 0}\n"), done.stderr
    assert [dict(run.params) for run in runs_in(tmp_path / "elsewhere")] == [{"z": ["1"], "lr": 3.0, "v": 0}] * 2
    assert not (tmp_path / "exruns").exists()


def test_a_run_that_begins_anew_since_its_parser_wants_more_is_still_the_repetition(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text("import exparse\np = exparse.ExParser(source=True)\nprint(p.parse_args())\n")
    run("t.py", folder=tmp_path)
    code, _, noted = again("1", tmp_path)
    first, second = runs_in(tmp_path / "exruns")
    assert (code, second.metadata["rerun_of"]) == (0, first.name), noted


TIMM = """
import argparse
pre = argparse.ArgumentParser(add_help=False)
pre.add_argument("--cfg")
p = argparse.ArgumentParser()
p.add_argument("--lr", type=float, default=1)
p.add_argument("--mode", type=str.upper, default="none")
known, rest = pre.parse_known_args()
{between}
if known.cfg:
    p.set_defaults(lr=5.0)
args = p.parse_args(rest)
{behind}
print(vars(args))
"""
OF_A_LIBRARY = """
library = argparse.ArgumentParser(prog="library")
library.add_argument("--verbose", action="store_true")
library.parse_args([])
"""


@pytest.mark.parametrize("where", ["nowhere", "between", "behind"])
def test_a_parse_of_the_rest_is_recorded_though_nothing_is_left(where: str, tmp_path: Path) -> None:
    places = {"between": "", "behind": "", where: OF_A_LIBRARY}
    (tmp_path / "t.py").write_text(TIMM.format(**places))
    for words, cfg, lr in ((["--cfg", "c"], "c", 5.0), (["--lr", "2"], None, 2.0), ([], None, 1)):
        assert run("t.py", *words, folder=tmp_path).returncode == 0
        assert dict(runs_in(tmp_path / "exruns")[-1].params) == {"cfg": cfg, "lr": lr, "mode": "none"}
    code, said, noted = again("1", tmp_path)
    assert (code, said) == (0, "{'lr': 5.0, 'mode': 'NONE'}\n"), noted


SET_BELOW = """
import argparse
class Easy(dict):
    __setattr__ = dict.__setitem__
    def __getattr__(self, name):
        if name not in self: raise AttributeError(name)
        return self[name]
p = argparse.ArgumentParser()
p.add_argument("--mode", type=str.upper, default="none")
p.add_argument("--out", type=str.upper, default="o")
below = p.add_subparsers(dest="cmd").add_parser("train")
below.add_argument("--deep", type=str.upper, default="d")
below.set_defaults(mode="TRAIN")
print(dict(p.parse_args(namespace=Easy())))
"""


def test_params_are_what_the_program_had_whoever_set_them(tmp_path: Path) -> None:
    (tmp_path / "t.py").write_text(SET_BELOW)
    first = run("t.py", "train", folder=tmp_path).stdout
    assert "TRAIN" in first
    assert again("1", tmp_path)[:2] == (0, first)
    expected = {"mode": "TRAIN", "out": "o", "cmd": "train", "deep": "d"}
    assert [dict(one.params) for one in runs_in(tmp_path / "exruns")] == [expected] * 2
