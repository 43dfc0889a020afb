"""Fields by the names that people type."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from making import START, make_root, make_run

from exparse.query import named, rows, table
from exparse.query.column import MISSING
from exparse.query.unknown import UnknownField
from exparse.store.root import Root


def of(root: Path) -> table.Table:
    return table.of_rows(str(root), list(rows.read(Root(root).runs(), rows.marks_of(str(root)))))


@pytest.fixture
def three(root: Path) -> table.Table:
    for lr in (0.5, None):
        run = make_run(root, {"lr": lr, "host": "other"}, marks=["good", "paper/a"] if lr else [])
        (run.path / "summary.json").write_text(json.dumps({"acc": lr or 0.1, "note": "x", "val/loss": 2}))
    make_run(root)
    return of(root)


def test_a_name_is_a_fact_of_ours_else_a_param_else_a_metric(three: table.Table) -> None:
    assert named.field(three, "host").cells == ["tower"] * 3
    assert named.field(three, "params.host").cells == ["other", "other", MISSING]
    assert named.field(three, "lr").cells == [0.5, None, MISSING]
    assert named.field(three, "acc").cells == [0.5, 0.1, MISSING]
    assert named.field(three, "metrics.val/loss").cells == [2, 2, MISSING]


def test_marks_are_tuples_and_moments_are_dates(three: table.Table) -> None:
    assert named.field(three, "mark").cells == [("good", "paper/a"), (), ()]
    here = START.astimezone(timezone.utc).astimezone().replace(tzinfo=None)
    assert named.field(three, "started").cells == [here] * 3
    assert isinstance(here, datetime)


def test_what_a_fact_does_not_know_is_missing(three: table.Table) -> None:
    assert named.field(three, "branch").cells == [MISSING] * 3


def test_a_wrong_name_is_refused_with_those_close_to_it(three: table.Table) -> None:
    with pytest.raises(UnknownField, match=r"no field 'hots' .*Close to it: host") as refused:
        named.field(three, "hots")
    assert refused.value.name == "hots"
    with pytest.raises(UnknownField, match="no metric 'ac' .*acc"):
        named.metrics(three, ["ac"])


def test_metrics_are_those_with_numbers_unless_they_are_named(three: table.Table) -> None:
    assert sorted(named.metrics(three)) == ["acc", "val/loss"]
    assert list(named.metrics(three, ["val*", "metrics.acc", "note", "seconds"])) == [
        "val/loss",
        "acc",
        "note",
        "seconds",
    ]
    assert named.metrics(three, ["seconds"])["seconds"] == [12.5] * 3


def test_without_runs_no_name_is_wrong(root: Path) -> None:
    empty = of(make_root(root))
    assert named.field(empty, "x") == named.Named("x", [])
    assert named.metrics(empty, ["x"]) == {}
