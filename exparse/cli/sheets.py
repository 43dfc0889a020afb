"""What groups of runs have measured, printed in the format that is asked for."""

from __future__ import annotations

from typing import Any

from exparse.cli import export, fitting, grid, grouping, overview, selection, summary
from exparse.errors import ExparseError
from exparse.query import figures, groups, named, order, varying
from exparse.query.column import MISSING
from exparse.query.fields import OURS
from exparse.query.unknown import UnknownField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from exparse.cli.grouping import Sheet, Wording
    from exparse.cli.output import Output
    from exparse.cli.summary import Asked
    from exparse.query.groups import Group
    from exparse.query.table import Table
    from exparse.store.root import Root

MOST_SHEETS = 6
"""Metrics that have a table of their own unless they are named."""

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
    found = _sorted(found, fields, metrics, form, overview.wording(asked, to), asked)
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
        drawn = _pivots(found, fields, metrics, asked, words, None)
        for sheet in drawn:
            # Nothing else says which metric it is.
            sheet.heads[0] = f"{sheet.title}: {sheet.heads[0]}"
        drawn = drawn or [grouping.one_sheet(found, fields, metrics, words)]
        to.text("\n\n".join(export.as_table(form, sheet.heads, sheet.lines, sheet.rights) for sheet in drawn))


def _sorted(
    found: list[Group], fields: list[str], metrics: list[str], form: str, words: Wording, asked: Asked
) -> list[Group]:
    """Return the groups as they are asked for: sorted, and in all formats but the drawn one no more than ``-n`` says.

    Raises:
        UnknownField: If there is nothing of a name to sort by.
    """
    if asked.sort:
        found = order.ordered(found, [_key(name, fields, metrics) for name in asked.sort])
    elif asked.metrics and metrics and form not in ("json", "csv"):
        found = grouping.best_first(found, metrics[0], words.is_smallest_best(metrics[0]))
    return found if form == "text" or not asked.most else found[: asked.most]


def _key(text: str, fields: list[str], metrics: list[str]) -> tuple[Callable[[Group], Any], bool]:
    """Return what gives a group's value of a name, and whether the largest comes first."""
    name = text.removeprefix("-")
    bare = name.removeprefix(varying.METRICS)
    if name in fields:
        at = fields.index(name)
        return lambda group: None if group.keys[at] is MISSING else group.keys[at], name != text
    if name == "runs":
        return lambda group: len(group.places), name != text
    if bare not in metrics:
        raise UnknownField(name, [*metrics, *fields, "runs"], "metric or field")
    return lambda group: group.values[bare].mean, name != text


def _grouped_by(table: Table, asked: Asked) -> tuple[Table, list[str]]:
    """Return the runs to group, and the fields whose values make the groups."""
    if asked.by:
        return table, list(dict.fromkeys(asked.by))
    whole = figures.undamaged(table)
    over = [name.removeprefix("params.") if name not in whole.params else name for name in asked.over]
    for name in over:
        if name not in whole.params and len(whole):
            raise UnknownField(name, whole.params, "param")
    if asked.seeds:
        over = figures.seeds(whole)
        if not over and len(whole):
            names = ", ".join(groups.SEEDS[:4])
            raise ExparseError(f"no param that is called like a seed ({names}, ...) varies: name it with --over PARAM")
    # A param may be called like a fact of ours.
    return whole, [varying.column(name, OURS) for name in figures.others(whole, over)]


def _draw(found: list[Group], fields: list[str], metrics: list[str], asked: Asked, to: Output) -> None:
    shown = metrics if asked.metrics else metrics[:MOST_SHEETS]
    two = overview.wording(asked, to, _FOR_PAPERS)
    most = summary.MOST if asked.most is None else asked.most or None
    drawn = pivots = _pivots(found, fields, shown, asked, two, to.width)
    if not drawn:
        drawn = grouping.sheets(found[:most], fields, shown, overview.wording(asked, to))
    for at, sheet in enumerate(drawn):
        if at:
            to.line()
        _put_sheet(sheet._replace(lines=sheet.lines[:most]), 1 if pivots else len(fields), to)
    lines = max((len(sheet.lines) for sheet in pivots), default=0) or len(found)
    if most is not None and lines > most:
        noun = "line" if pivots else "group"
        to.note(f"{selection.count(lines - most, noun)} not shown (-n N or --all)")
    if len(shown) < len(metrics):
        to.note(f"{selection.count(len(metrics) - len(shown), 'metric')} not shown (--metrics NAMES, or '*')")


def _pivots(
    found: list[Group], fields: list[str], metrics: Sequence[str], asked: Asked, words: Wording, limit: int | None
) -> list[Sheet]:  # fmt: skip
    """Return one field against the other for each metric, where exactly two were asked for.

    Where that is too wide for the terminal, the field with more values makes the lines.
    """
    if len(asked.by) != 2 or len(fields) != 2:
        return []
    drawn = [grouping.pivot(found, fields, metric, words) for metric in metrics]
    if any(fitting.is_too_wide(sheet, limit) and len(sheet.heads) - 1 > len(sheet.lines) for sheet in drawn):
        return [grouping.pivot(grouping.turned(found), fields[::-1], metric, words) for metric in metrics]
    return drawn


def _put_sheet(sheet: Sheet, fields: int, to: Output) -> None:
    if sheet.title:
        to.line(sheet.title)
    text, left_out = grid.draw(fitting.columns(sheet, fields), to.width)
    to.text(text)
    if left_out:
        told = ", ".join(left_out[:8]) + (", ..." if len(left_out) > 8 else "")
        to.note(f"{selection.count(len(left_out), 'column')} left out ({told}): widen the terminal, or --format csv")


def _notes(table: Table, found: list[Group], measured: dict[str, Sequence[Any]], to: Output) -> None:
    if len(table) and not measured:
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
