"""The best of many runs: by what was measured, else by what a query takes the name for."""

from __future__ import annotations

from typing import Any

import pytest

from exparse.query import table
from exparse.query.best import best
from exparse.query.rows import Row
from exparse.query.table import Table
from exparse.store.run import Run


def made(*values: Any, params: Any = None) -> Table:
    rows = [
        Row(
            Run("/r", f"{number:06d}-2026-11-21-05-40-12"),
            "finished",
            None,
            float(number),
            (),
            dict(params or {}),
            None,
            values={} if value is None else {"acc": value},
        )
        for number, value in enumerate(values, 1)
    ]
    return table.build("/r", rows)


def test_the_largest_is_best_and_with_a_dash_the_smallest() -> None:
    found = made(0.2, 0.9, None, 0.1)
    assert best(found, "acc") == 1
    assert best(found, "-acc") == 3


def test_of_equals_the_newest_is_best() -> None:
    assert best(made(0.9, 0.9, 0.1, 0.1), "acc") == 1
    assert best(made(0.9, 0.9, 0.1, 0.1), "-acc") == 3


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), float("-inf"), 10**400, True, "0.99", [1], None])
def test_what_is_no_measure_is_never_best(odd: Any) -> None:
    assert best(made(odd, 0.1), "acc") == 1
    assert best(made(odd), "acc") is None


def test_params_and_facts_will_do_where_nothing_of_the_name_was_measured() -> None:
    assert best(made(None, None), "seconds") == 1
    assert best(made(None, None), "-id") == 0
    assert best(made(None, params={"lr": 0.5}), "lr") == 0


def test_runs_in_tmp_count_where_no_other_was_measured() -> None:
    def told(*runs: tuple[str, float | None]) -> Table:
        names = [f"{number:06d}-2026-11-21-05-40-12" for number in range(len(runs))]
        return table.build("/r", [
            Row(Run("/r", name, place), "finished", None, 1.0, (), {}, None, values={} if acc is None else {"acc": acc})
            for name, (place, acc) in zip(names, runs, strict=True)
        ])  # fmt: skip

    assert best(told(("runs", 0.1), ("tmp", 0.9), ("runs", 0.5)), "acc") == 2
    assert best(told(("runs", 0.1), ("tmp", 0.9)), "acc~1") is None
    assert best(told(("runs", None), ("tmp", 0.9)), "acc") == 1


def test_a_name_that_nothing_has_is_no_best() -> None:
    assert best(made(0.5), "accuracy") is None
    assert best(made(), "acc") is None
