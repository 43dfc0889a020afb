"""What groups of runs have measured, printed in the format that is asked for."""

from __future__ import annotations

from typing import Any

from exparse.cli import export, grid, grouping, overview, selection
from exparse.errors import ExparseError
from exparse.query import figures, groups, named, varying
from exparse.query.column import MISSING
from exparse.query.fields import ALIASES, FIELDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.cli.grouping import Sheet, Wording
    from exparse.cli.output import Output
    from exparse.cli.summary import Asked
    from exparse.query.groups import Group
    from exparse.query.table import Table
    from exparse.store.root import Root

MOST_SHEETS = 6
"""Metrics that have a table of their own unless they are named."""

MOST_LINES = 1000
"""Groups that are drawn; the other formats hold all."""

_FOR_PAPERS = ("mean", "std")


def put(root: Root, table: Table, form: str, to: Output, asked: Asked) -> None:
    """Print what groups of runs have measured.

    Args:
        root: Where the runs lie.
        table: The runs.
        form: One of :data:`exparse.cli.summary.FORMATS`.
        to: Where to print.
        asked: What makes the groups, and what is told of them.

    Raises:
        ExparseError: If there are no seeds to average over, or no field is left that tells groups apart.
        UnknownField: If a field or a metric is none that the runs have.
    """
    table, fields = _grouped_by(table, asked)
    cells = [named.field(table, name).cells for name in fields]
    measured = named.metrics(table, asked.metrics)
    found = groups.grouped(cells, measured, table.numbers)
    metrics = list(measured)
    if form == "json":
        words = overview.wording(asked, to)
        to.text(export.as_json(_as_object(root, len(table), found, fields, words)))
    elif form == "csv":
        to.text(export.as_csv(*_as_csv(found, fields, metrics, overview.wording(asked, to))))
    elif form == "text":
        _draw(found, fields, metrics, asked, to)
        _notes(table, found, measured, to)
    else:
        # A paper has room for one column a metric.
        words = overview.wording(asked, to, _FOR_PAPERS)
        drawn = _pivots(found, fields, metrics, asked, words)
        for sheet in drawn:
            # Nothing else says which metric it is.
            sheet.heads[0] = f"{sheet.title}: {sheet.heads[0]}"
        drawn = drawn or [grouping.one_sheet(found, fields, metrics, words)]
        to.text("\n\n".join(export.as_table(form, sheet.heads, sheet.lines, sheet.rights) for sheet in drawn))


def _grouped_by(table: Table, asked: Asked) -> tuple[Table, list[str]]:
    """Return the runs to group, and the fields whose values make the groups."""
    if asked.by:
        return table, list(dict.fromkeys(asked.by))
    whole = figures.undamaged(table)
    over = [name.removeprefix("params.") if name not in whole.params else name for name in asked.over]
    for name in over:
        if name not in whole.params and len(whole):
            raise named.UnknownField(name, whole.params, "param")
    if asked.seeds:
        over = figures.seeds(whole)
        if not over and len(whole):
            names = ", ".join(groups.SEEDS[:4])
            raise ExparseError(f"no param that is called like a seed ({names}, ...) varies: name it with --over PARAM")
    # A param may be called like a fact of ours.
    return whole, [varying.column(name, (*FIELDS, *ALIASES)) for name in figures.others(whole, over)]


def _draw(found: list[Group], fields: list[str], metrics: list[str], asked: Asked, to: Output) -> None:
    shown = metrics if asked.metrics else metrics[:MOST_SHEETS]
    two = overview.wording(asked, to, _FOR_PAPERS)
    drawn = _pivots(found, fields, shown, asked, two)
    if not drawn:
        drawn = grouping.sheets(found[:MOST_LINES], fields, shown, overview.wording(asked, to))
    for at, sheet in enumerate(drawn):
        if at:
            to.line()
        _put_sheet(sheet, len(fields), to)
    if len(found) > MOST_LINES:
        to.note(f"{selection.count(len(found) - MOST_LINES, 'group')} not shown (--format csv holds all)")
    if len(shown) < len(metrics):
        to.note(f"{selection.count(len(metrics) - len(shown), 'metric')} not shown (--metrics NAMES, or '*')")


def _pivots(
    found: list[Group], fields: list[str], metrics: Sequence[str], asked: Asked, words: Wording
) -> list[Sheet]:  # fmt: skip
    """Return one field against the other for each metric, where exactly two were asked for."""
    if len(asked.by) != 2 or len(fields) != 2:
        return []
    return [grouping.pivot(found, fields, metric, words) for metric in metrics]


def _put_sheet(sheet: Sheet, fields: int, to: Output) -> None:
    if sheet.title:
        to.line(sheet.title)
    columns = [
        grid.Column(head, [line[at] for line in sheet.lines], right, keep=at < min(fields, 2))
        for at, (head, right) in enumerate(zip(sheet.heads, sheet.rights, strict=True))
    ]
    text, left_out = grid.draw(columns, to.width)
    to.text(text)
    if left_out:
        told = ", ".join(left_out[:8]) + (", ..." if len(left_out) > 8 else "")
        to.note(f"{selection.count(len(left_out), 'column')} left out ({told}): widen the terminal, or --format csv")


def _notes(table: Table, found: list[Group], measured: dict[str, Sequence[Any]], to: Output) -> None:
    if not len(table):
        to.note(f"no runs to summarize in {table.root}")
    elif not measured:
        to.note("these runs have no metrics: --metrics seconds tells how long they took")
    overview.say_odd({name: sum(group.values[name].odd for group in found) for name in measured}, to)


def _as_csv(
    found: list[Group], fields: list[str], metrics: list[str], words: Wording
) -> tuple[list[str], list[list[str]]]:
    from exparse.query.shown import in_words

    told, cells = grouping.exact(words)
    heads = [*fields, "runs", *(f"{metric}.{name}" for metric in metrics for name in told)]
    lines = []
    for group in found:
        keys = ["" if key is MISSING or key is None else in_words(key) for key in group.keys]
        figures_of = [cell for metric in metrics for cell in cells(metric, group.values[metric])]
        lines.append([*keys, str(len(group.places)), *figures_of])
    return heads, lines


def _as_object(root: Root, runs: int, found: list[Group], fields: list[str], words: Wording) -> dict[str, Any]:
    return {
        "root": root.folder,
        "runs": runs,
        "by": fields,
        "groups": [
            {
                "keys": {name: key for name, key in zip(fields, group.keys, strict=True) if key is not MISSING},
                "runs": len(group.places),
                "metrics": {
                    name: grouping.as_object(stat, words.is_smallest_best(name)) for name, stat in group.values.items()
                },
            }
            for group in found
        ],
    }
