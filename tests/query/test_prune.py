"""Which runs may go by the rules, on rows alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import make_run

from exparse.errors import ExparseError
from exparse.query import prune, rows
from exparse.query.prune import Best, Rules
from exparse.query.rows import Row
from exparse.store.root import Root
from exparse.store.run import Run

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

NOW = datetime.now(timezone.utc)
DAY = 86400.0


def row(number: int, days: float = 0, state: str = "finished", marks: tuple[str, ...] = (), **values: Any) -> Row:
    run = Run("nowhere", f"{number:06d}-2026-11-21-05-40-12")
    return Row(run, state, NOW - timedelta(days=days), 1.0, marks, {}, None, values=values)


def going(found: list[Row], rules: Rules, sizes: dict[int, int] | None = None) -> list[int]:
    return [row.id for row, _ in prune.judge(found, rules, lambda row: (sizes or {}).get(row.id, 0)).going]


def test_only_what_is_older_goes_newest_first() -> None:
    found = [row(1, 40), row(2, 31), row(3, 29), row(4, -5)]
    assert going(found, Rules(older=30 * DAY)) == [2, 1]


def test_only_what_is_larger_goes() -> None:
    found = [row(1), row(2), row(3)]
    assert going(found, Rules(larger=10), {1: 9, 2: 10, 3: 11}) == [3, 2]


def test_marked_ones_and_those_under_way_stay_unless_forced() -> None:
    found = [row(1, 9, "running"), row(2, 9, "pending"), row(3, 9, marks=("good",)), row(4, 9, "lost"), row(5, 9)]
    verdict = prune.judge(found, Rules(older=DAY), lambda row: 0)
    assert [row.id for row, _ in verdict.going] == [5, 4]
    assert [(row.id, why) for row, why in verdict.kept] == [
        (1, "is running"), (2, "is pending"), (3, "is marked good")
    ]  # fmt: skip
    assert going(found, Rules(older=DAY, force=True)) == [5, 4, 3, 2, 1]


def test_the_best_are_sought_among_all_however_young() -> None:
    found = [row(1, 9, acc=0.5), row(2, 9, acc=0.9), row(3, 9, acc=0.7), row(4, 0, acc=0.8), row(5, 9)]
    assert going(found, Rules(older=DAY, best=(Best("acc", False, 2),))) == [5, 3, 1]
    assert going(found, Rules(older=DAY, best=(Best("acc", True, 1),))) == [5, 3, 2]


def test_the_best_by_each_of_several_metrics_stay_also_when_forced() -> None:
    found = [row(1, acc=0.9, loss=3), row(2, acc=0.1, loss=1), row(3, acc=0.5, loss=2)]
    best = (Best("acc", False, 1), Best("loss", True, 1))
    assert going(found, Rules(best=best, force=True)) == [3]


def test_nan_infinities_texts_and_truth_values_are_never_the_best() -> None:
    odd = [float("nan"), float("inf"), "0.99", True, 10**400]
    found = [row(1, acc=0.1), *(row(number, acc=value) for number, value in enumerate(odd, 2))]
    assert going(found, Rules(best=(Best("acc", False, 1),))) == [6, 5, 4, 3, 2]


def test_a_metric_that_no_run_has_is_refused_with_names_close_to_it() -> None:
    with pytest.raises(ExparseError, match="Close to it: accuracy"):
        going([row(1, accuracy=1.0)], Rules(best=(Best("acuracy", False, 1),)))
    assert going([], Rules(best=(Best("acc", False, 1),))) == []


def test_the_newest_stay() -> None:
    assert going([row(number) for number in range(1, 6)], Rules(last=2)) == [3, 2, 1]


def test_a_run_of_unknown_age_and_one_whose_clock_was_not_set_stay() -> None:
    unknown = row(1)._replace(started=None)
    unset = row(2)._replace(started=datetime(1970, 1, 2, tzinfo=timezone.utc))
    first = row(3)._replace(started=datetime.min.replace(tzinfo=timezone.utc))
    ahead = row(4, -400)
    verdict = prune.judge([unknown, unset, first, ahead, row(5, 9)], Rules(older=DAY), lambda row: 0)
    assert [row.id for row, _ in verdict.going] == [5]
    assert [row.id for row in verdict.undated] == [1, 2, 3]


def test_a_run_counts_from_its_last_end(root: Path) -> None:
    """One that took long, or was resumed lately, is not old although it began long ago."""
    started = NOW - timedelta(days=60)
    for days in (1, 50):
        make_run(root, started=started, ended=(NOW - timedelta(days=days)).isoformat())
    make_run(root, started=started)
    found = list(rows.read(Root(root)))
    assert going(found, Rules(older=30 * DAY)) == [3, 2]


@given(
    st.lists(st.tuples(st.floats(-5, 60), st.booleans(), st.floats(0, 1), st.integers(0, 100)), max_size=30), st.data()
)
def test_what_the_rules_protect_never_goes(runs: list[tuple[float, bool, float, int]], data: st.DataObject) -> None:
    found = [
        row(number, days, "running" if number % 5 == 0 else "failed", ("m",) if marked else (), acc=acc)
        for number, (days, marked, acc, _) in enumerate(runs, 1)
    ]
    sizes = {number: size for number, (*_, size) in enumerate(runs, 1)}
    older, larger = data.draw(st.floats(0, 50)), data.draw(st.integers(0, 100))
    count, last = data.draw(st.integers(1, 5)), data.draw(st.integers(0, 5))
    rules = Rules(older * DAY, larger, (Best("acc", False, count),), last)
    gone = set(going(found, rules, sizes))
    by_acc = sorted((run[2] for run in runs), reverse=True)
    for number, (days, marked, acc, size) in enumerate(runs, 1):
        if number in gone:
            assert not marked and number % 5 and days >= older - 0.01 and size >= larger
            assert number <= len(runs) - last
            assert len(by_acc) > count and acc <= by_acc[count - 1]


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("acc:5", Best("acc", False, 5)),
        ("-loss:3", Best("loss", True, 3)),
        ("acc", Best("acc", False, 1)),
        ("train/acc:2", Best("train/acc", False, 2)),
        ("metrics.acc:2", Best("acc", False, 2)),
        ("a:b:2", Best("a:b", False, 2)),
    ],
)
def test_the_best_are_asked_for_by_metric_and_number(text: str, best: Best) -> None:
    assert prune.parse_best(text) == best


@pytest.mark.parametrize("text", ["", ":5", "-", "-:3", "acc:", "acc:0", "acc:-1", "acc:x", "acc:1.5", "acc:²"])
def test_what_is_no_number_of_best_ones_is_refused(text: str) -> None:
    with pytest.raises(ExparseError, match="acc:5"):
        prune.parse_best(text)


@pytest.mark.parametrize(("text", "age"), [("30d", 30 * DAY), ("12h", DAY / 2), ("2w", 14 * DAY), ("1.5 d", 1.5 * DAY)])
def test_ages_have_units(text: str, age: float) -> None:
    assert prune.parse_age(text) == age


@pytest.mark.parametrize("text", ["", "30", "d", "-3d", "3 fortnights", "inf", "nan", "soon", "2026-11-01"])
def test_an_age_without_a_unit_is_refused_since_days_might_be_meant(text: str) -> None:
    with pytest.raises(ExparseError, match="an age with its unit"):
        prune.parse_age(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1GB", 10**9),
        ("500 MB", 5 * 10**8),
        ("64KiB", 65536),
        ("1.5k", 1500),
        ("1000", 1000),
        ("7B", 7),
        ("1TiB", 2**40),
    ],
)
def test_sizes_have_units_of_1000_or_1024(text: str, size: int) -> None:
    assert prune.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1 gallon", "1e9", "nan", "iB", "5i", "1" * 99])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ExparseError, match="a size such as"):
        prune.parse_size(text)


def test_the_runs_that_come_from_one_that_goes_are_found(root: Path) -> None:
    parent = make_run(root, label="data")
    make_run(root, facts={"parents": [parent.name]})
    late = make_run(root)
    (late.path / "about.jsonl").write_text(f'{{"parent": "{parent.name}", "file": "x.npz"}}\n')
    other = make_run(root, facts={"parents": ["/elsewhere/runs/000001-2026-11-21-05-40-12", "nonsense"]})
    (other.path / "metadata.json").write_text('{"parents": ["')
    assert prune.needed([parent], Root(root)) == {parent.name: [2, 3]}
