"""The page that tells what many runs have in common."""

from __future__ import annotations

from exparse.cli import cleaning, export, grid, grouping, selection
from exparse.query import figures, shown
from exparse.query.rows import started_text
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from exparse.cli.grouping import Wording
    from exparse.cli.output import Output
    from exparse.cli.summary import Asked
    from exparse.query.figures import Figures, Param
    from exparse.query.rows import Row
    from exparse.query.table import Table
    from exparse.store.root import Root

MOST_VALUES = 4
"""Values of a param that are told one by one."""

MOST_METRICS = 40
"""Metrics on the page."""

_SHORT = 24
_MOST_IN_JSON = 100
_LONGEST_NAME = 30


def put(root: Root, table: Table, form: str, to: Output, asked: Asked) -> None:
    """Print what the runs of a table have in common.

    Args:
        root: Where they lie.
        table: The runs.
        form: ``text`` or ``json``; any other is a table of the metrics.
        to: Where to print.
        asked: Which metrics and figures, and whether disk use is measured.
    """
    words = wording(asked, to)
    facts = figures.figures(table, asked.metrics)
    if form == "json":
        to.text(export.as_json(_as_object(root, facts, _disk(table, to, asked.disk), words)))
    elif form == "text":
        for line in _page(root, facts, _disk(table, to, asked.disk)):
            to.line(line)
        _put_metrics(facts, words, to)
        for line in _params(facts.params):
            to.text(_fitted(line, to.width))
        _say_damaged(facts, to)
        _hint(table, to)
    else:
        _put_table(facts, words, form, to)


def _put_table(facts: Figures, words: Wording, form: str, to: Output) -> None:
    """Print the metrics alone, a line each: exact as CSV, in words in the formats for papers."""
    if form == "csv":
        heads, cells = grouping.exact(words)
        lines = [[name, *cells(name, stat)] for name, stat in facts.metrics.items()]
        to.text(export.as_csv(["metric", *heads], lines))
        return
    heads = [name for name, _ in words.columns("")]
    lines = [[name, *(text(stat) for _, text in words.columns(name))] for name, stat in facts.metrics.items()]
    to.text(export.as_table(form, ["metric", *heads], lines, [False, *[True] * len(heads)]))


def wording(asked: Asked, to: Output, stats: Sequence[str] = grouping.STATS) -> Wording:
    """Return how figures are told."""
    best = {name.removeprefix("-"): name.startswith("-") for name in asked.best}
    return grouping.Wording(
        asked.stats or stats, best, grouping.PLUS_MINUS if to.knows_blocks else grouping.PLAIN
    )  # fmt: skip


def _disk(table: Table, to: Output, is_asked: bool) -> int | None:
    from exparse.cli.summary import MOST_MEASURED

    if len(table) > MOST_MEASURED and not is_asked:
        return None
    return sum(cleaning.sizes(table.runs(), to))


def _as_object(root: Root, facts: Figures, disk: int | None, words: Wording) -> dict[str, object]:
    return {
        "root": root.folder,
        "runs": facts.runs,
        "states": facts.states,
        "marks": facts.marks,
        "oldest": facts.oldest and _named(facts.oldest),
        "newest": facts.newest and _named(facts.newest),
        "bytes": disk,
        "params": {param.name: _param_object(param) for param in facts.params},
        "metrics": {
            name: grouping.as_object(stat, words.is_smallest_best(name)) for name, stat in facts.metrics.items()
        },
    }


def _named(row: Row) -> dict[str, object]:
    return {"id": row.id, "name": row.run.name, "started": started_text(row)}


def _param_object(param: Param) -> dict[str, object]:
    several = param.values if param.different <= _MOST_IN_JSON else None
    return {
        "varies": param.varies,
        "low": param.low,
        "high": param.high,
        "different": param.different,
        "values": several,
        "missing": param.missing,
    }


def _page(root: Root, facts: Figures, disk: int | None) -> Iterator[str]:
    room = f", {shown.size(disk)}" if disk is not None else " (--disk measures what room they take)"
    yield f"{selection.count(facts.runs)} in {root.folder}{room}"
    waste = [f"{len(root.names(place))} in {place}/" for place in (layout.TMP, layout.TRASH) if root.names(place)]
    if waste:
        yield f"besides: {', '.join(waste)}"
    if facts.states:
        yield f"states   {_counts(facts.states)}"
    if facts.marks:
        yield f"marks    {_counts(facts.marks)}"
    for name, row in (("oldest", facts.oldest), ("newest", facts.newest)):
        if row:
            yield f"{name}   {row.run.name}, {shown.age(row.age)} ago"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {what}" for what, number in counts.items())


def _columns(facts: Figures, words: Wording) -> list[grid.Column]:
    found = list(facts.metrics.items())[:MOST_METRICS]
    columns = [grid.Column("metrics", [f"  {shown.shortened(name, _LONGEST_NAME)}" for name, _ in found], keep=True)]
    for at, (head, _) in enumerate(words.columns(found[0][0])):
        # Which end is best differs from metric to metric, and so does what the last column says.
        cells = [words.columns(name)[at][1](stat) for name, stat in found]
        columns.append(grid.Column(head, cells, right=True))
    # Who asked for the count wants to see it, although it is the same everywhere.
    is_full = words.stats is grouping.STATS and all(stat.n == facts.runs for _, stat in found)
    return [column for column in columns if not (is_full and column.head == "count")]


def _put_metrics(facts: Figures, words: Wording, to: Output) -> None:
    if not facts.metrics:
        return
    text, left_out = grid.draw(_columns(facts, words), to.width, rule=False)
    to.text(text)
    if len(facts.metrics) > MOST_METRICS:
        to.line(f"  and {len(facts.metrics) - MOST_METRICS:,} more (--metrics NAMES)")
    if left_out:
        to.note(f"left out for want of room: {', '.join(left_out)} (--stats chooses)")
    say_odd({name: stat.odd for name, stat in facts.metrics.items()}, to)


def say_odd(odd: dict[str, int], to: Output) -> None:
    """Say how many values of each metric are nan or infinite, and so are in no figure."""
    told = [f"{number:,} of {name}" for name, number in odd.items() if number]
    if told:
        more = f" and {len(told) - MOST_VALUES:,} more metrics" if len(told) > MOST_VALUES else ""
        to.note(f"nan or infinite, in no figure: {', '.join(told[:MOST_VALUES])}{more}")


def _say_damaged(facts: Figures, to: Output) -> None:
    """Say that the two halves of the page are not about the same runs."""
    damaged = facts.states.get("damaged", 0)
    if damaged and facts.metrics:
        verb = "counts" if damaged == 1 else "count"
        to.note(f"{selection.count(damaged, 'damaged run')} {verb} in metrics only, not in params")


def _hint(table: Table, to: Output) -> None:
    repeated = figures.repeated(table)
    if repeated:
        to.note(f"{selection.count(repeated)} differ from others only in a seed: exparse summary --seeds averages them")


def _params(params: Sequence[Param]) -> Iterator[str]:
    from exparse.query.shown import shortened, visible, width

    names = {param.name: shortened(visible(param.name), _LONGEST_NAME) for param in params}
    longest = max(map(width, names.values()), default=0)
    for varies, title in ((True, "params that vary"), (False, "params that are the same everywhere")):
        chosen = [param for param in params if param.varies is varies]
        if chosen:
            yield title
        for param in chosen:
            name = names[param.name]
            yield f"  {name}{' ' * (longest - width(name))}  {_range(param)}{_missing(param)}"


def _range(param: Param) -> str:
    from exparse.query.shown import in_words

    values = list(param.values.items())
    if not param.varies:
        return _short(values[0][0]) if values else ""
    if param.low is not None and param.high is not None and param.different > MOST_VALUES:
        return f"{in_words(param.low)} to {in_words(param.high)}, {param.different:,} values"
    told = ", ".join(f"{_short(value)} ({number:,})" for value, number in values[:MOST_VALUES])
    more = param.different - MOST_VALUES
    return f"{told}, and {more:,} more" if more > 0 else told


def _short(text: str) -> str:
    return shown.shortened(shown.visible(text), _SHORT)


def _missing(param: Param) -> str:
    return f"; missing in {param.missing:,}" if param.missing else ""


def _fitted(line: str, limit: int | None) -> str:
    text = shown.visible(line)
    return text if limit is None else shown.shortened(text, limit)
