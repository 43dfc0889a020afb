"""``exparse check``: what is said, and when it is repaired."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from making import Paper, damage, make_run

from exparse.cli.check import check
from exparse.store import files
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def checked(root: Path, code: int, repair: bool = False, show_all: bool = False, form: str = "text") -> str:
    to = Paper()
    assert check(Root(root), repair, show_all, form, to) == code
    return to.said


def test_a_root_in_order_is_said_to_be(root: Path) -> None:
    make_run(root)
    assert checked(root, 0) == "1 run checked: all is well\n"
    assert checked(root, 0, repair=True) == "1 run checked: all is well\n"


def test_each_finding_is_one_line_that_says_where_what_and_what_to_do(root: Path) -> None:
    run = make_run(root)
    damage(run)
    (root / "index" / f"{run.name}.yaml").unlink()
    (root / "runs" / "two\nlines").write_text("x")
    lines = checked(root, 1).splitlines()
    assert lines == [
        r"runs/two\nlines: it is no run. Move it elsewhere: it is none of exparse's",
        f"index/{run.name}.yaml: the run has no link here. --repair makes it anew",
        f"runs/{run.name}/params.yaml: line 2: no YAML that exparse reads: did not find expected ',' or ']'. "
        "Put it right from a copy, or remove the run: exparse rm 1",
        "1 run checked: 3 findings, 1 of them for --repair",
    ]


def test_a_repair_is_said_and_what_is_left_makes_the_exit_code(root: Path) -> None:
    run, gone = make_run(root, marks=["m"]), make_run(root)
    shutil.rmtree(gone.path)
    assert checked(root, 0, repair=True) == (
        f"index/{gone.name}.yaml: it leads nowhere: the run is gone: repaired\n"
        "1 run checked: 1 finding repaired, all is well now\n"
    )
    damage(run)
    shutil.rmtree(root / "marked")
    assert checked(root, 1, repair=True).splitlines()[-1] == "1 run checked: 1 finding repaired, 1 left"


def test_a_repair_that_fails_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(root)
    (root / "index" / f"{run.name}.yaml").unlink()

    def refuse(target: str, path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(files, "link", refuse)
    assert "the run has no link here. The repair failed: Permission denied\n" in checked(root, 1, repair=True)


def test_many_of_a_kind_are_counted(root: Path) -> None:
    for _ in range(25):
        make_run(root)
    shutil.rmtree(root / "index")
    lines = checked(root, 1).splitlines()
    assert len(lines) == 23 and lines[-2] == "and 5 more of the kind 'link': --all shows them"
    assert len(checked(root, 1, show_all=True).splitlines()) == 27
    assert checked(root, 0, repair=True).splitlines()[-1] == "25 runs checked: 26 findings repaired, all is well now"


def test_json_says_it_all(root: Path) -> None:
    run = make_run(root)
    (root / "index" / f"{run.name}.yaml").unlink()
    (finding,) = json.loads(checked(root, 1, form="json"))["findings"]
    assert (finding["kind"], finding["path"]) == ("link", f"index/{run.name}.yaml")
    assert (finding["repairable"], finding["repaired"], finding["problem"]) == (True, False, None)
    (finding,) = json.loads(checked(root, 0, repair=True, form="json"))["findings"]
    assert (finding["repaired"], finding["problem"]) == (True, None)


def test_the_real_command_repairs_on_request_only(root: Path, exparse: Any) -> None:
    run = make_run(root)
    (root / ".counter" / "1").unlink()
    assert exparse("check").returncode == 1
    assert not list((root / ".counter").iterdir())
    answer = exparse("check", "--repair")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [path.name for path in (root / ".counter").iterdir()] == ["1"]
    assert run.path.is_dir() and exparse("check").stdout == "1 run checked: all is well\n"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", "[]", "[" * 5000])
def test_a_root_whose_marker_is_damaged_is_checked_and_said_to_be(root: Path, exparse: Any, text: str) -> None:
    make_run(root)
    (root / "exparse.json").write_text(text)
    answer = exparse("--root", root, "check")
    assert answer.returncode == 1 and answer.stdout.startswith("exparse.json: damaged: ")
    assert 'Write it anew: {"format": "' in answer.stdout and "1 run checked: 1 finding" in answer.stdout
    other = exparse("--root", root, "ls")
    assert other.returncode == 1 and "write it anew" in other.stderr and "Upgrade" not in other.stderr
