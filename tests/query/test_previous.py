"""The run before a run is the last one of the same script."""

from __future__ import annotations

from pathlib import Path

from making import damage, make_run

from exparse.query.previous import previous


def test_it_is_the_last_run_of_the_same_script(root: Path) -> None:
    train = {"script": "/home/ada/train.py"}
    first = make_run(root, facts=train)
    make_run(root, facts={"script": "/home/ada/eval.py"})
    broken = make_run(root, facts=train)
    damage(broken, "metadata.json", "{")
    assert previous(make_run(root, facts=train)) == first
    assert previous(first) is None


def test_a_run_without_a_script_goes_by_its_program(root: Path) -> None:
    first = make_run(root, facts={"script": None, "prog": "notebook"})
    make_run(root, facts={"script": None, "prog": "other"})
    assert previous(make_run(root, facts={"script": None, "prog": "notebook"})) == first


def test_a_temporary_run_follows_one_that_is_kept_and_not_the_other_way_round(root: Path) -> None:
    kept = make_run(root)
    temporary = make_run(root, tmp=True)
    assert previous(temporary) == kept
    assert previous(make_run(root)) == kept
