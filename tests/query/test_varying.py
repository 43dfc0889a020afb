"""Params across rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from making import damage, make_run

from exparse.query import rows, varying
from exparse.store.root import Root


def read(root: Path, *params: dict[str, Any]) -> list[rows.Row]:
    for values in params:
        make_run(root, values)
    return list(rows.read(Root(root).runs()))


def test_only_what_differs_varies(root: Path) -> None:
    found = read(root, {"lr": 1, "seed": 7, "a": [1]}, {"lr": 2, "seed": 7, "a": [1]})
    assert varying.varying(found) == ["lr"]


@pytest.mark.parametrize("other", [1.0, True, "1", None, [1]])
def test_values_of_other_types_differ(root: Path, other: object) -> None:
    assert varying.varying(read(root, {"x": 1}, {"x": other})) == ["x"]


def test_a_param_that_only_some_have_varies_where_they_differ(root: Path) -> None:
    assert varying.varying(read(root, {"x": 1}, {"x": 1, "y": 2})) == []
    assert varying.varying(read(root, {"x": 1}, {"x": 1, "y": 2}, {"y": 3})) == ["y"]


def test_nan_is_the_same_as_nan(root: Path) -> None:
    assert varying.varying(read(root, {"x": float("nan")}, {"x": float("nan")})) == []


def test_a_damaged_run_makes_nothing_vary(root: Path) -> None:
    read(root, {"x": 1}, {"x": 1})
    damage(make_run(root, {"x": 2}))
    assert varying.varying(rows.read(Root(root).runs())) == []


def test_one_run_varies_in_nothing(root: Path) -> None:
    assert varying.varying(read(root, {"x": 1})) == []


def test_the_newest_run_sets_the_order(root: Path) -> None:
    assert varying.names(read(root, {"old": 1, "b": 1}, {"a": 1, "b": 2})) == ["a", "b", "old"]


@pytest.mark.parametrize(("name", "column"), [("lr", "lr"), ("id", "params.id"), ("params.id", "params.params.id")])
def test_no_two_columns_share_a_name(name: str, column: str) -> None:
    assert varying.column(name, ("id",)) == column
