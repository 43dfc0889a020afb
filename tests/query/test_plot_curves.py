"""A metric of a run as a curve."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import damage, make_run

from exparse.query import plot_curves
from exparse.query.plot_curves import Curve

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow


def of(root: Path, text: str, *, file: str = "metrics.jsonl", by_time: bool = False, most: int = 1000) -> Curve:
    run = make_run(root)
    damage(run, file, text)
    return plot_curves.read(run.folder, "loss", by_time, most)


def test_steps_and_values_are_read_in_their_order(root: Path) -> None:
    text = '{"step": 0, "loss": 3}\n{"step": 5, "acc": 1}\n{"step": 10, "loss": 1.5}\n{"step": 4, "loss": 2}\n'
    assert of(root, text) == Curve([0.0, 10.0, 4.0], [3.0, 1.5, 2.0])


def test_a_line_without_a_step_stands_at_its_number(root: Path) -> None:
    assert of(root, '{"acc": 1}\n{"loss": 3}\n{"step": "x", "loss": 4}\n').xs == [1.0, 2.0]


def test_time_is_counted_from_the_first_line(root: Path) -> None:
    text = '{"time": 100, "acc": 1}\n{"time": 102.5, "loss": 3}\n{"loss": 9}\n{"time": 104, "loss": 1}\n'
    assert of(root, text, by_time=True) == Curve([2.5, 4.0], [3.0, 1.0])


def test_damaged_lines_and_odd_numbers_do_not_hide_the_others(root: Path) -> None:
    text = '{"loss": 1}\n{"loss": \n[]\n{"loss": "nan"}\n{"loss": "x"}\n{"loss": "-inf"}\n{"loss": 2}\n{"loss": 3'
    found = of(root, text)
    assert (found.ys, found.odd) == ([1.0, 2.0], 2)


def test_many_values_become_means_of_their_shares(root: Path) -> None:
    text = "".join(f'{{"step": {step}, "loss": {step % 2}}}\n' for step in range(1000))
    found = of(root, text, most=10)
    assert found.ys == [pytest.approx(0.5)] * 10
    assert (found.xs[0], found.xs[-1]) == (pytest.approx(49.5), pytest.approx(949.5))


def test_the_largest_numbers_have_a_mean(root: Path) -> None:
    assert of(root, '{"loss": 1.7e308}\n' * 20, most=3).ys == [pytest.approx(1.7e308)] * 3


def test_the_file_of_another_process_is_read_where_the_program_has_none(root: Path) -> None:
    assert of(root, '{"step": 1, "loss": 2}\n', file="metrics.w1.jsonl") == Curve([1.0], [2.0])


def test_a_run_without_metrics_has_an_empty_curve(root: Path) -> None:
    assert plot_curves.read(make_run(root).folder, "loss") == Curve([], [])
