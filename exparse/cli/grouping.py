"""Groups of runs as tables: a line a group, or one field against another."""

from __future__ import annotations

from math import floor, log10
from typing import Any, NamedTuple

from exparse.cli.charts import number
from exparse.query.groups import exact as same
from exparse.query.groups import order
from exparse.query.plot_axis import told_apart
from exparse.query.shown import measured
from exparse.query.stats import Stat, is_smaller_better

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exparse.query.groups import Group

STATS = ("count", "mean", "std", "min", "max", "best")
"""What can be told of a metric; ``best`` is the run that has its best value."""

PLUS_MINUS, PLAIN = "±", "+-"
_MOST_DECIMALS = 8


class Sheet(NamedTuple):
    """One table of texts.

    Attributes:
        title: What it is about; "" where the headings say it.
        heads: The headings.
        lines: The cells of each line.
        rights: Whether each column stands to the right.
    """

    title: str
    heads: list[str]
    lines: list[list[str]]
    rights: list[bool]


class Wording(NamedTuple):
    """How figures are put into words.

    Attributes:
        stats: Which of :data:`STATS` are told, in their order.
        best: Which end of a metric is its best one, where a person has said it: True for the smallest.
        sign: What stands between a mean and its deviation.
    """

    stats: Sequence[str]
    best: dict[str, bool]
    sign: str = PLUS_MINUS

    def is_smallest_best(self, metric: str) -> bool:
        """Return whether the smallest value of a metric is the best one."""
        return self.best.get(metric, is_smaller_better(metric))

    def end(self, metric: str) -> str:
        """Return which value of a metric is the best, in words."""
        return "smallest" if self.is_smallest_best(metric) else "largest"

    def columns(self, metric: str) -> list[tuple[str, Callable[[Stat], str]]]:
        """Return the heading and the text of each column of a metric; a mean takes its deviation with it."""
        is_smallest = self.is_smallest_best(metric)
        known: dict[str, Callable[[Stat], str]] = {
            "count": lambda stat: f"{stat.n:,}",
            "mean": lambda stat: number(stat.mean),
            "std": lambda stat: number(stat.std),
            "min": lambda stat: number(stat.low),
            "max": lambda stat: number(stat.high),
            "best": lambda stat: _text(stat.best(is_smallest)[1]),
        }
        heads = {"best": "best run"}
        told = list(self.stats)
        if {"mean", "std"} <= set(told):
            heads["mean"], known["mean"] = f"mean {self.sign} std", lambda stat: spread(stat, self.sign)
            told.remove("std")
        return [(heads.get(name, name), known[name]) for name in told]


def spread(stat: Stat, sign: str = PLUS_MINUS) -> str:
    """Return mean and deviation with as many digits as the deviation is known to: ``0.912 ± 0.013``."""
    if stat.mean is None or stat.std is None:
        return "" if stat.mean is None else measured([stat.mean])[0]
    if stat.std == 0:
        return f"{number(stat.mean)} {sign} 0"
    decimals = max(0, 1 - floor(log10(stat.std)))
    if decimals > _MOST_DECIMALS or abs(stat.mean) >= 1e7 or stat.std >= 1e7:
        return f"{stat.mean:.4g} {sign} {stat.std:.2g}"
    return f"{stat.mean:.{decimals}f} {sign} {stat.std:.{decimals}f}"


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def sheets(groups: Sequence[Group], fields: Sequence[str], metrics: Sequence[str], words: Wording) -> list[Sheet]:
    """Return a table a metric, or a single one with all metrics where each has one column.

    Args:
        groups: What to tell, a line each.
        fields: What the groups differ in.
        metrics: Names of the metrics.
        words: Which figures are told.
    """
    if not metrics or all(len(words.columns(metric)) == 1 for metric in metrics):
        return [one_sheet(groups, fields, metrics, words)]
    return [_of_metric(groups, fields, metric, words) for metric in metrics]


def one_sheet(groups: Sequence[Group], fields: Sequence[str], metrics: Sequence[str], words: Wording) -> Sheet:
    """Return a single table with the columns of all metrics."""
    heads, lines, rights = _begun(groups, fields)
    for metric in metrics:
        columns = words.columns(metric)
        heads += [metric if len(columns) == 1 else f"{metric} {name}" for name, _ in columns]
        rights += [True] * len(columns)
        for line, group in zip(lines, groups, strict=True):
            line += [text(group.values[metric]) for _, text in columns]
    single = words.columns(metrics[0])[0][0] if metrics and len(words.columns(metrics[0])) == 1 else ""
    return Sheet(single, heads, lines, rights)


def turned(groups: Sequence[Group]) -> list[Group]:
    """Return groups of two fields with the fields in the other order."""
    return [group._replace(keys=group.keys[::-1]) for group in groups]


def best_first(groups: Sequence[Group], metric: str, is_smallest: bool) -> list[Group]:
    """Return the groups by the mean of a metric, the best one first; those without one come last, in their order."""

    def rank(group: Group) -> tuple[bool, float]:
        mean = group.values[metric].mean
        return mean is None, 0.0 if mean is None else mean if is_smallest else -mean

    return sorted(groups, key=rank)


def _of_metric(groups: Sequence[Group], fields: Sequence[str], metric: str, words: Wording) -> Sheet:
    heads, lines, rights = _begun(groups, fields)
    columns = words.columns(metric)
    if words.stats is STATS and all(group.values[metric].n == len(group.places) for group in groups):
        columns = [column for column in columns if column[0] != "count"]
    for line, group in zip(lines, groups, strict=True):
        line += [text(group.values[metric]) for _, text in columns]
    title = f"{metric}, the {words.end(metric)} is best" if "best" in words.stats else metric
    return Sheet(title, [*heads, *(name for name, _ in columns)], lines, [*rights, *[True] * len(columns)])


def _begun(groups: Sequence[Group], fields: Sequence[str]) -> tuple[list[str], list[list[str]], list[bool]]:
    names = [_names(groups, at) for at in range(len(fields))]
    lines = [
        [*(known[same(key)] for known, key in zip(names, group.keys, strict=True)), f"{len(group.places):,}"]
        for group in groups
    ]
    return [*fields, "runs"], lines, [*(_is_numeric(groups, at) for at in range(len(fields))), True]


def _is_numeric(groups: Sequence[Group], at: int) -> bool:
    values = [group.keys[at] for group in groups]
    found = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    return len(found) * 2 > len(values)


def pivot(groups: Sequence[Group], fields: Sequence[str], metric: str, words: Wording) -> Sheet:
    """Return one field against another: mean, deviation and count of a metric in each cell.

    Values of the second field for which nothing was measured are left out.

    Args:
        groups: Groups of two fields.
        fields: The field whose values are lines, and the one whose values are columns.
        metric: The metric.
        words: Which figures are told; of others than mean and deviation, the first.
    """
    down, across = (_names(groups, at) for at in (0, 1))
    told_of = {same(group.keys[1]) for group in groups if group.values[metric].n} or across.keys()
    across = {value: name for value, name in across.items() if value in told_of}
    cells = {tuple(map(same, group.keys)): _cell(group.values[metric], words, metric) for group in groups}
    heads = [f"{fields[0]} \\ {fields[1]}", *across.values()]
    told = words.columns(metric)[0][0] if words.stats else "mean"
    return Sheet(
        f"{metric}, {told}{' (n)' if told.startswith('mean') else ''}",
        heads,
        [[name, *(cells.get((value, other), "") for other in across)] for value, name in down.items()],
        [_is_numeric(groups, 0), *[True] * len(across)],
    )


def _names(groups: Sequence[Group], at: int) -> dict[Any, str]:
    """Return what each value of a field is called, in their order; values whose names are alike are told apart."""
    found = {same(group.keys[at]): group.keys[at] for group in groups}
    values = sorted(found, key=lambda value: order(found[value]))
    return dict(zip(values, told_apart([found[value] for value in values]), strict=True))


def _cell(stat: Stat, words: Wording, metric: str) -> str:
    name, text = words.columns(metric)[0]
    count = f" ({stat.n:,})" if name.startswith("mean") and stat.n > 1 else ""
    return f"{text(stat)}{count}"


def as_object(stat: Stat, is_smallest: bool) -> dict[str, Any]:
    """Return figures for JSON."""
    value, run = stat.best(is_smallest)
    return {
        "count": stat.n,
        "odd": stat.odd,
        "mean": stat.mean,
        "std": stat.std,
        "min": stat.low,
        "max": stat.high,
        "best": {"value": value, "run": run, "is": "min" if is_smallest else "max"},
    }


def exact(words: Wording) -> tuple[list[str], Callable[[str, Stat], list[str]]]:
    """Return the headings of figures for programs, and what gives their cells: every digit, a column each."""
    heads = [*(name for name in STATS if name in words.stats), "odd"]

    def cells(metric: str, stat: Stat) -> list[str]:
        told = as_object(stat, words.is_smallest_best(metric))
        told["best"] = told["best"]["run"]
        return [_text(told[name]) for name in heads]

    return heads, cells
