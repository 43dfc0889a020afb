"""``exparse tree``: a family fits the terminal, whatever it looks like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from making import Paper, make_run

from exparse.cli.main import main
from exparse.cli.tree import tree
from exparse.store.root import Root


@pytest.fixture
def last(root: Path) -> int:
    """Make a family of five; return the number of its youngest."""
    first = make_run(root, {"lr": 0.5, "text": "a" * 200, "a": 1, "b": 1})
    second = make_run(root, {"lr": 0.25, "text": "b" * 200, "a": 2, "b": 2}, facts={"parents": [first.name]})
    third = make_run(root, {"lr": 0.5}, state="failed", label="larger", facts={"parents": [first.name]})
    many = {"parents": [second.name, third.name], "rerun_of": third.name}
    fourth = make_run(root, {"lr": 0.125}, facts=many)
    return make_run(root, {"lr": 0.125}, facts={"parents": [fourth.name, "000077-2026-11-21-05-40-12"]}).id


def test_a_family_is_drawn_and_a_run_of_two_parents_is_drawn_out_once(root: Path, last: int) -> None:
    paper = Paper(width=80)
    assert tree(Root(root), "4", False, paper) == 0
    assert paper.said == (
        "1  finished\n"
        "├─ 2  finished  child  lr=0.25  text=bbbbbbbbbbbbbbbbbbb…  a=2  and 1 more\n"
        "│  └─ 4*  finished  child  lr=0.125\n"
        "│     └─ 5  finished  child\n"
        "└─ 3 larger  failed  child\n"
        "   └─ 4*  finished  rerun  lr=0.125  (see above)\n"
    )


def test_a_run_that_is_gone_stands_in_the_drawing(root: Path, last: int) -> None:
    paper = Paper(width=60)
    assert tree(Root(root), "last", False, paper) == 0
    assert "000077-2026-11-21-05-40-12  (gone)\n└─ 5*  finished  child\n" in paper.said
    assert max(map(len, paper.said.splitlines())) <= 60


def test_of_another_program_its_name_is_told_and_not_its_params(root: Path) -> None:
    first = make_run(root, {"grid": 3})
    child = {"parents": [first.name], "script": "/home/ada/eval.py"}
    make_run(root, {"seed": 0, "lr": 0.1}, facts=child)
    make_run(root, {"x": 1}, facts={"parents": [first.name], "script": None, "prog": "sort"})
    make_run(root, {"grid": 4}, facts={**child, "script": "/elsewhere/train.py"})
    make_run(root, {"grid": 5}, facts={**child, "rerun_of": first.name})
    paper = Paper(width=80)
    assert tree(Root(root), "1", False, paper) == 0
    assert paper.said == (
        "1*  finished\n"
        "├─ 2  finished  child eval.py\n"
        "├─ 3  finished  child sort\n"
        "├─ 4  finished  child  grid=4\n"
        "└─ 5  finished  rerun  grid=5\n"
    )
    paper = Paper()
    assert tree(Root(root), "1", True, paper) == 0
    (parent,) = json.loads(paper.said)[1]["parents"]
    assert (parent["program"], parent["params"]) == ("eval.py", {})


def test_what_a_run_says_has_no_power_over_the_drawing(root: Path) -> None:
    first = make_run(root, {"a\nb": 1, "lr": "x"})
    facts = {"parents": [first.name], "rerun_of": first.name, "git": {"commit": "\x1b[31m1"}}
    make_run(root, {"a\nb": 2, "lr": "\x1b[2J" * 9}, facts=facts)
    paper = Paper(width=80)
    assert tree(Root(root), "1", False, paper) == 0
    told = paper.said.splitlines()
    assert len(told) == 2 and max(map(len, told)) <= 80 and "\x1b" not in paper.said and "rerun  a\\nb=2" in told[1]


def test_a_long_chain_fits_the_terminal(root: Path) -> None:
    run = make_run(root)
    for _ in range(60):
        run = make_run(root, facts={"parents": [run.name]})
    paper = Paper(width=80)
    assert tree(Root(root), "30", False, paper) == 0
    told = paper.said.splitlines()
    assert len(told) == 61 and max(map(len, told)) <= 80
    assert told[60].endswith("└─ 61  finished  child")


def test_json_names_parents_and_relations(root: Path, last: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "tree", "4", "--json"]) == 0
    told = {one["id"]: one for one in json.loads(capsys.readouterr().out)}
    assert [one for one in told if told[one]["is_asked_for"]] == [4]
    assert [parent["relation"] for parent in told[4]["parents"]] == ["child", "rerun"]
    assert told[4]["parents"][0]["params"] == {"lr": 0.125} and told[4]["parents"][0]["code"] is None
    assert told[3]["label"] == "larger" and told[3]["path"].startswith(str(root))


def test_no_such_run_is_an_error(root: Path, last: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(root), "tree", "99"]) == 1
    assert "no run matches '99'" in capsys.readouterr().err
