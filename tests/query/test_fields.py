"""Names of what can be asked: facts of ours first, then params, then what was measured."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from making import make_run

from exparse.cli import columns
from exparse.query import compare, fields, frame, rows, table
from exparse.query.column import MISSING
from exparse.query.fields import Meaning
from exparse.query.index import Index
from exparse.query.rows import Row
from exparse.query.table import Table
from exparse.store.root import Root
from exparse.store.run import Run

BEGUN = datetime(2026, 11, 21, 5, 40, 12, tzinfo=timezone(timedelta(hours=9)))


def made() -> Table:
    row = Row(
        Run("/r", "000003-2026-11-21-05-40-12-small", "tmp"),
        "finished",
        BEGUN,
        12.5,
        ("good",),
        {"lr": 0.1, "state": "mine", "acc": 7},
        None,
        tags=("a",),
        values={"acc": 0.5, "lr": 3.0, "train/loss": 1.0},
    )
    return table.of_rows("/r", [row])


def test_a_fact_comes_before_a_param_and_a_param_before_a_metric() -> None:
    found = made()
    assert fields.meaning(found, "state") == Meaning("own", "state")
    assert fields.meaning(found, "params.state") == Meaning("param", "state")
    assert fields.meaning(found, "lr") == Meaning("param", "lr")
    assert fields.meaning(found, "metrics.lr") == Meaning("metric", "lr")
    assert fields.meaning(found, "train/loss") == Meaning("metric", "train/loss")
    assert fields.meaning(found, "params.train/loss") is None
    assert fields.meaning(found, "lrr") is None


def test_other_names_of_facts_mean_the_same() -> None:
    assert fields.cells(made(), "duration") == fields.cells(made(), "seconds") == [12.5]
    assert fields.cells(made(), "mark") == [["good"]]
    assert fields.cells(made(), "tag") == [["a"]]


def test_every_fact_has_a_value_for_each_run() -> None:
    found = made()
    for name in fields.FIELDS:
        (cell,) = fields.cells(found, name)
        assert cell is not MISSING, name
    assert fields.cells(found, "id") == [3]
    assert fields.cells(found, "label") == ["small"]
    assert fields.cells(found, "place") == ["tmp"]
    assert fields.cells(found, "started") == [BEGUN.timestamp()]
    assert fields.cells(found, "age")[0] == pytest.approx(time.time() - BEGUN.timestamp(), abs=60)


def test_a_name_that_means_nothing_is_an_error() -> None:
    with pytest.raises(KeyError):
        fields.cells(made(), "lrr")


def test_all_names_are_told_for_hints() -> None:
    assert {"lr", "train/loss", "state", "mark", "duration"} <= set(fields.names(made()))


def test_names_of_ours_are_the_same_wherever_params_stand_beside_them(root: Path) -> None:
    """What ``ls``, ``diff`` and ``summary`` call a param does not differ from one to the other."""
    for number in range(2):
        make_run(root, dict.fromkeys(fields.OURS, number))
    found = list(rows.read(Root(root)))
    assert {*columns.KNOWN, *columns.ALIASES} == fields.OURS
    wanted = {f"params.{name}" for name in fields.OURS}
    assert {fact.name for fact in columns.Columns(sorted(fields.OURS), [], True).params.values()} == wanted
    assert {name for name in compare.frame(compare.compare(found)).index if name.startswith("params.")} == wanted
    # In frames only the columns that are there keep their names to themselves.
    in_frames = {f"params.{name}" for name in fields.OURS.intersection((*frame.OWN, *frame.FACTS))}
    assert {name for name in compare.varying_frame(found) if name.startswith("params.")} == in_frames
    assert {name for name in Index(root).info() if name.startswith("params.")} == in_frames
