"""Runs without a parser, several in one program, and what stands for them where nothing is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exparse import Root

HEAD = "import exparse\n"


def runs(folder: Path) -> list[Any]:
    return Root(folder / "exruns").runs()


def test_a_loop_of_runs_records_how_each_block_ended_and_what_it_printed(script: Any, tmp_path: Path) -> None:
    # meticulous, scenario 10, under our names; nothing is swallowed here.
    source = """
import exparse
for k in range(3):
    try:
        with exparse.start({"k": k}) as run:
            print("this is", k)
            if k == 1:
                raise ValueError("boom")
    except ValueError as problem:
        print("caught", problem)
"""
    answer = script(source)
    assert (answer.returncode, answer.stderr) == (0, "")
    first, second, third = runs(tmp_path)
    assert [run.state for run in (first, second, third)] == ["finished", "failed", "finished"]
    assert [run.params for run in (first, second, third)] == [{"k": 0}, {"k": 1}, {"k": 2}]
    assert [run.output() for run in (first, second, third)] == [b"this is 0\n", b"this is 1\n", b"this is 2\n"]
    assert second.status.error["type"] == "ValueError" and "boom" in second.status.error["traceback"]
    assert answer.stdout == "this is 0\nthis is 1\ncaught boom\nthis is 2\n"


@pytest.mark.parametrize(
    ("problem", "state", "ignore", "goes_on"),
    [
        ("KeyboardInterrupt()", "interrupted", "(KeyboardInterrupt,)", True),
        ("KeyboardInterrupt()", "interrupted", "()", False),
        ("ValueError('x')", "failed", "(ValueError,)", True),
        ("ValueError('x')", "failed", "(KeyError,)", False),
        ("KeyError('x')", "failed", "LookupError", True),
        ("SystemExit(0)", "finished", "()", False),
        ("SystemExit(3)", "failed", "()", False),
        ("SystemExit('no')", "failed", "()", False),
    ],
)
def test_only_what_one_asks_for_is_swallowed(
    script: Any, tmp_path: Path, problem: str, state: str, ignore: str, goes_on: bool
) -> None:
    source = HEAD + f"with exparse.start({{}}, ignore={ignore}):\n    raise {problem}\nprint('went on')"
    answer = script(source)
    assert ("went on" in answer.stdout) == goes_on
    (run,) = runs(tmp_path)
    assert run.state == state


def test_runs_within_each_other_both_keep_what_the_inner_one_prints(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
with exparse.start({"outer": 1}, tags=["a"], description="both") as outer:
    print("before")
    with exparse.start({"inner": 2}) as inner:
        assert exparse.current_run() is inner
        print("within")
    assert exparse.current_run() is outer
    print("after")
print("outside")
"""
    assert script(source).stderr == ""
    outer, inner = runs(tmp_path)
    assert outer.output() == b"before\nwithin\nafter\n" and inner.output() == b"within\n"
    assert inner.parents == [outer.name] and outer.parents == []
    assert outer.tags == ["a"] and outer.description == "both"


def test_a_run_without_a_block_ends_with_the_program_or_when_one_says_so(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
one = exparse.start({"n": 1})
one.finish()
two = exparse.start({"n": 2})
print("in two")
import sys
sys.exit(4)
"""
    assert script(source).returncode == 4
    one, two = runs(tmp_path)
    assert (one.state, one.output()) == ("finished", b"")
    assert (two.state, two.status.exit_code, two.output()) == ("failed", 4, b"in two\n")
    assert two.parents == []


def test_params_may_be_anything_and_become_plain(script: Any, tmp_path: Path) -> None:
    source = """
import argparse, enum, pathlib, exparse
class Color(enum.Enum):
    RED = 1
class Thing:
    def __repr__(self): return "a thing"
params = argparse.Namespace(path=pathlib.Path("a/b"), color=Color.RED, nested={"deep": [1, (2, None)]}, thing=Thing(),
    some={3, 1}, nan=float("nan"), text="yes", nothing=None)
with exparse.start(params): pass
loop = []; loop.append(loop)
with exparse.start({"loop": loop, 5: True}): pass
with exparse.start(): pass
"""
    answer = script(source)
    assert answer.returncode == 0, answer.stderr
    first, second, third = runs(tmp_path)
    values = first.params
    assert values.pop("nan") != 0
    assert values == {
        "path": "a/b",
        "color": "RED",
        "nested": {"deep": [1, [2, None]]},
        "thing": "a thing",
        "some": [1, 3],
        "text": "yes",
        "nothing": None,
    }
    assert second.params["5"] is True and third.params == {}


def test_parents_are_runs_of_the_root_and_an_unknown_one_is_refused_before_anything_is_made(
    script: Any, tmp_path: Path
) -> None:
    source = """
import exparse
with exparse.start({"n": 1}, name="base") as first: pass
with exparse.start({"n": 2}, parents=["base"]): pass
with exparse.start({"n": 3}, parents=[first, 2]): pass
try:
    exparse.start({"n": 4}, parents=["nobody"])
except exparse.errors.RunNotFound as problem:
    print(problem)
"""
    answer = script(source)
    assert "nobody" in answer.stdout, answer.stderr
    first, second, third = runs(tmp_path)
    assert second.parents == [first.name] and third.parents == [first.name, second.name]


@pytest.mark.parametrize("call", ["name='a/b'", "tags=['Bad Tag']", "tags=['../x']", "run_id='..'", "capture='loud'"])
def test_bad_input_is_refused_before_anything_is_made(script: Any, tmp_path: Path, call: str) -> None:
    source = (
        HEAD + f"try:\n    exparse.start({{}}, {call})\nexcept exparse.errors.ExparseError as problem:\n    print('no')"
    )
    assert script(source).stdout == "no\n"
    assert not (tmp_path / "exruns").exists()


@pytest.mark.parametrize("env", [{"EXPARSE_RECORD": "0"}, {"EXPARSE_RECORD": "off"}])
def test_nothing_is_recorded_where_nothing_shall_be_and_the_script_needs_no_if(
    script: Any, tmp_path: Path, env: dict[str, str]
) -> None:
    source = """
import exparse
with exparse.start({"a": 1}) as run:
    run.log(loss=1.0)
    run.summary(acc=2)
    with run.open("x.txt", "w") as file:
        file.write("text")
    print(run.recorded, run.params, run.attempt, run.resumed)
"""
    answer = script(source, env=env)
    assert (answer.stdout, answer.stderr) == ("False {'a': 1} 1 False\n", "")
    assert not (tmp_path / "exruns").exists()


def test_a_run_inside_a_parsed_one_has_it_as_parent(script: Any, tmp_path: Path) -> None:
    source = """
from exparse import ExParser, current_run, start
args = ExParser().parse_args()
with start({"fold": 1}): pass
assert current_run().id == args.run.id
"""
    assert script(source).stderr == ""
    whole, fold = runs(tmp_path)
    assert fold.parents == [whole.name] and whole.state == fold.state == "finished"


def test_many_runs_of_a_process_share_one_look_around(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
parser = exparse.ExParser()
for n in range(5):
    parser.parse_args([])
for k in range(5):
    with exparse.start({"k": k}):
        pass
"""
    assert script(source).stderr == ""
    found = runs(tmp_path)
    assert len(found) == 10
    for run in found:
        assert run.metadata["packages"] >= 0 and "gpus" in run.metadata
        assert (run.path / "packages.txt").read_text() == (found[0].path / "packages.txt").read_text()
        assert (run.path / "source.zip").is_file() and not (run.path / "facts.json").exists()


@pytest.mark.slow
def test_what_the_parse_knows_for_a_secret_stands_in_no_run_within_it(script: Any, tmp_path: Path) -> None:
    source = """
import exparse
parser = exparse.ExParser()
parser.add_argument("--pin", secret=True)
pin = parser.parse_args().pin
exparse.start({"note": "as " + pin, "k": 1}).finish()
"""
    assert script(source, "--pin", "blue horse").returncode == 0
    _, inner = runs(tmp_path)
    assert inner.params["k"] == 1
    assert not [path for path in inner.path.iterdir() if b"blue horse" in path.read_bytes()]


def test_secrets_among_params_without_a_parser_stand_in_no_file(script: Any, tmp_path: Path) -> None:
    token = "ghp_" + "a1B2c3D4" * 5
    source = f"""
import exparse
params = {{"lr": 0.1, "db_password": "hunter22", "deep": {{"api_key": "k3y-0f-mine"}}, "url": "https://me:s3cretpw@host/x",
    "use_cls_token": "yes", "tokens": [{token!r}]}}
with exparse.start(params):
    print("using", "hunter22", {token!r})
"""
    assert "hunter22" in script(source, "--key", token).stdout
    (tmp_path / "main.py").unlink()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.suffix != ".zip":
            said = path.read_text(errors="replace")
            for secret in ("hunter22", token, "k3y-0f-mine", "s3cretpw"):
                assert secret not in said, path
    (run,) = runs(tmp_path)
    assert run.params == {"lr": 0.1, "use_cls_token": "yes"}
