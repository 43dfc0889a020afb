"""What many runs have in common."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from making import START, damage, make_root, make_run

from exparse.query import figures, rows, table
from exparse.store.root import Root

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def table_of(root: Path) -> table.Table:
    return table.of_rows(str(root), list(rows.read(Root(root).runs(), rows.marks_of(str(root)))))


def of(root: Path) -> figures.Figures:
    return figures.figures(table_of(root))


def test_states_and_marks_are_counted(root: Path) -> None:
    make_run(root, marks=["good", "paper"])
    make_run(root, marks=["good"], state="failed")
    make_run(root)
    found = of(root)
    assert (found.runs, found.states, found.marks) == (
        3,
        {"finished": 2, "failed": 1},
        {"good": 2, "paper": 1},
    )


def test_a_param_has_its_range_its_values_and_its_gaps(root: Path) -> None:
    make_run(root, {"lr": 0.5, "model": "a", "seed": 1, "fast": True})
    make_run(root, {"lr": None, "model": "a", "seed": 1, "fast": False})
    make_run(root, {"lr": 2, "model": "b", "seed": 1})
    lr, model, seed, fast = of(root).params
    assert (lr.name, lr.varies, lr.low, lr.high) == ("lr", True, 0.5, 2)
    assert (model.varies, model.low, model.values) == (True, None, {"a": 2, "b": 1})
    assert (seed.varies, seed.low, seed.high, seed.missing) == (False, 1, 1, 0)
    assert (fast.low, fast.values, fast.missing) == (None, {"True": 1, "False": 1}, 1)


def test_nan_and_infinity_stand_outside_of_a_range(root: Path) -> None:
    for lr in (float("nan"), float("inf"), 3.0, -1.0):
        make_run(root, {"lr": lr})
    (lr,) = of(root).params
    assert (lr.low, lr.high) == (-1.0, 3.0)


def test_the_oldest_and_the_newest_are_told_by_their_start(root: Path) -> None:
    make_run(root, started=START + timedelta(hours=2))
    make_run(root, started=START)
    make_run(root, started=START + timedelta(hours=1))
    found = of(root)
    assert found.oldest is not None and found.newest is not None
    assert (found.oldest.id, found.newest.id) == (2, 1)


def test_damaged_runs_are_counted_and_have_no_say_in_params(root: Path) -> None:
    make_run(root, {"lr": 1})
    damage(make_run(root, {"lr": 2}))
    found = of(root)
    assert found.states == {"finished": 1, "damaged": 1}
    assert [(param.varies, param.missing) for param in found.params] == [(False, 0)]


def test_no_runs_have_nothing_in_common(root: Path) -> None:
    assert of(make_root(root)) == figures.Figures(0, {}, {}, None, None, [], {})
