"""Where a run comes from and what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import damage, make_run

from exparse.query import family
from exparse.query.family import Family


def test_parents_and_children_are_found_in_metadata_and_in_what_was_said_later(root: Path) -> None:
    first = make_run(root)
    second = make_run(root, facts={"parents": [first.name]})
    third = make_run(root)
    (third.path / "about.jsonl").write_text(f'{{"parent": "{first.name}", "file": "model.pt"}}\n')
    make_run(root, facts={"parents": [second.name]})
    assert family.family(first) == Family([], [second.name, third.name], 0)
    assert family.family(third) == Family([first.name], [], 0)


def test_only_the_newest_runs_are_looked_at_and_the_others_are_counted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(family, "MOST_LOOKED_AT", 2)
    runs = [make_run(root)]
    runs += [make_run(root, facts={"parents": [runs[0].name]}) for _ in range(4)]
    assert family.family(runs[0]) == Family([], [runs[3].name, runs[4].name], 2)
    assert family.family(runs[2]).unseen == 0


def test_a_mention_is_no_descent_and_a_damaged_run_stops_nobody(root: Path) -> None:
    first = make_run(root)
    make_run(root, facts={"argv": ["--from", first.name]})
    damage(make_run(root, facts={"parents": [first.name]}), "metadata.json")
    child = make_run(root, facts={"parents": [first.name]})
    assert family.family(first).children == [child.name]


def test_parents_elsewhere_are_paths(root: Path, tmp_path: Path) -> None:
    other = make_run(tmp_path / "other")
    run = make_run(root, facts={"parents": [other.folder]})
    assert family.family(run).parents == [other.folder]
