"""``exparse ls``: the runs of a root as a table."""

from __future__ import annotations

from exparse.cli import selection
from exparse.cli.arguments import comma_separated, natural
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.columns import Fact
    from exparse.cli.output import Output
    from exparse.query.rows import Row
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "ls"
ALIASES: list[str] = ["list"]
HELP = "list runs, newest last"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse ls                         the newest 20, and the params that differ
  exparse ls 3:7 @good               runs 3 to 7 and those marked good
  exparse ls --mark paper --all      every run marked paper or paper/...
  exparse ls --sort=-lr,seed -n 5    the five with the largest lr
  exparse ls --columns state,'opt*'  these columns only
  exparse ls --columns 'metrics.*',tags --sort=-acc
  exparse ls --columns state,error   why runs failed
  exparse ls --all --format csv      every param, for other programs

Columns: id, state, age, duration, name, label, marks, started, seconds, place,
problem, exit_code, error, host, script, commit, branch, dirty, tags,
description, fails, the params, and as metrics.NAME summaries and the last
values of metrics; a param that is called like one of these is params.NAME. csv
and json hold all params unless --columns is given. Values of a summary are
always shown.
"""

FORMATS = ("table", "json", "csv", "markdown", "latex", "html", "plain")
MOST = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help="only these runs: number, 3:7, name, last, @mark")
    parser.add_argument("--mark", metavar="MARK", action="append", default=[], help="only runs that bear this mark")
    parser.add_argument("--tmp", action="store_true", help="the runs of tmp/ instead, made with --tmp")
    parser.add_argument(
        "--columns",
        metavar="NAMES",
        type=comma_separated,
        action="extend",
        help="these columns: names, globs, commas",
    )
    parser.add_argument(
        "--sort", metavar="NAMES", type=comma_separated, action="extend",
        help="sort by these columns, -NAME: largest first; then the first ones are shown",
    )  # fmt: skip
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", metavar="N", type=natural, dest="most", help=f"at most N runs; {MOST} unless runs are named"
    )
    amount.add_argument("--all", action="store_true", help="all runs")
    parser.add_argument("--format", choices=FORMATS, default="table", help="default: table")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    most = None if args.all else args.most or (None if args.selectors else MOST)
    root = find(args.root)
    return ls(root, args.selectors, args.mark, args.tmp, args.columns, args.sort, most, args.format, to)


def ls(
    root: Root,
    selectors: Sequence[str],
    marks: Sequence[str],
    tmp: bool,
    columns: Sequence[str] | None,
    sort: Sequence[str] | None,
    most: int | None,
    form: str,
    to: Output,
) -> int:
    """Print a table of runs.

    Args:
        root: Where they lie.
        selectors: Which ones; all if empty.
        marks: Marks that they bear, all of them.
        tmp: Whether those of ``tmp/`` are meant instead of ``runs/``.
        columns: Names and globs of the columns; None for the usual ones.
        sort: Columns to sort by; None for the number, newest last.
        most: How many rows at most; None for all.
        form: One of :data:`FORMATS`.
        to: Where to print.

    Returns:
        0, or 1 where a selector picked no run.
    """
    from exparse.cli import columns as known
    from exparse.query import rows
    from exparse.query.order import ordered

    all_known = True
    if selectors or marks or sort or most is None:
        runs, all_known = _candidates(root, selectors, marks, tmp, to)
        total = len(runs)
        runs = runs if sort or most is None else runs[-most:]
    else:
        runs, total = root.newest(most, layout.TMP if tmp else layout.RUNS)
    found = list(rows.read(to.progress(runs, "reading"), rows.marks_of(root.folder)))
    if known.needs_depth(found, [*(columns or ()), *(sort or ())]):
        found = list(rows.deepened(to.progress(found, "reading more")))
    measured = known.measured(found, sort or ())
    if sort:
        found = ordered(found, known.sort_keys(found, sort))[:most]
    if columns is None:
        found = rows.summed(found, measured)
    for_people = form not in ("json", "csv")
    facts = known.usual(found, for_people) if columns is None else known.chosen(found, columns, for_people)
    _print(form, facts, found, columns is not None, to)
    _notes(root, found, total - len(found), sort is not None, for_people, to)
    return 0 if all_known else 1


def _candidates(
    root: Root, selectors: Sequence[str], marks: Sequence[str], tmp: bool, to: Output
) -> tuple[list[Run], bool]:
    all_known, further = True, marks
    if selectors:
        places = (layout.TMP,) if tmp else selection.EVERYWHERE
        runs, all_known = selection.picked(root, selectors, to, places)
        runs.sort(key=lambda run: run.id)
    elif marks:
        runs, further = sorted(root.marked(marks[0]), key=lambda run: run.id), marks[1:]
        runs = [run for run in runs if not tmp or run.place == layout.TMP]
    else:
        runs = root.runs(layout.TMP if tmp else layout.RUNS)
    for mark in further:
        bearers = set(root.marked(mark))
        runs = [run for run in runs if run in bearers]
    return runs, all_known


def _print(form: str, facts: Sequence[Fact], rows: Sequence[Row], is_chosen: bool, to: Output) -> None:
    from exparse.cli import export

    if form in ("table", "plain"):
        _draw(facts, rows, form == "table", is_chosen, to)
        return
    if form == "json":
        to.text(export.as_json([_as_object(facts, row) for row in rows]))
        return
    heads = [fact.name for fact in facts]
    if form == "csv":
        to.text(export.as_csv(heads, [[_for_csv(fact, row) for fact in facts] for row in rows]))
        return
    lines = [[fact.text(row) for fact in facts] for row in rows]
    to.text(export.as_table(form, heads, lines, [_is_numeric(fact, rows) for fact in facts]))


def _draw(facts: Sequence[Fact], rows: Sequence[Row], is_fitted: bool, is_chosen: bool, to: Output) -> None:
    from exparse.cli import columns as known
    from exparse.cli import grid

    columns = []
    for fact in facts:
        keep = fact in (known.KNOWN["id"], known.KNOWN["state"])
        columns.append(grid.Column(fact.name, [fact.text(row) for row in rows], _is_numeric(fact, rows), keep))
    text, left_out = grid.draw(columns, to.width if is_fitted else None, rule=is_fitted)
    to.text(text)
    if left_out:
        names = ", ".join(left_out[:8]) + (", ..." if len(left_out) > 8 else "")
        amount = selection.count(len(left_out), "column")
        cure = (
            "widen the terminal, or use --format plain" if is_chosen else "choose with --columns, or widen the terminal"
        )
        to.note(f"{amount} left out ({names}): {cure}")


def _as_object(facts: Sequence[Fact], row: Row) -> dict[str, object]:
    own = {fact.name: fact.value(row) for fact in facts if fact.param is None and fact.metric is None}
    params = {fact.param: fact.value(row) for fact in facts if fact.param in row.params}
    metrics = {fact.metric: fact.value(row) for fact in facts if fact.metric in row.values}
    return {**own, "params": params, "metrics": metrics}


def _for_csv(fact: Fact, row: Row) -> str:
    return "" if fact.value(row) is None else fact.text(row)


def _is_numeric(fact: Fact, rows: Sequence[Row]) -> bool:
    if fact.name in ("age", "duration") and fact.param is None and fact.metric is None:
        return True
    values = [value for row in rows if (value := fact.value(row)) is not None]
    return bool(values) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)


def _notes(root: Root, rows: Sequence[Row], unseen: int, is_sorted: bool, for_people: bool, to: Output) -> None:
    if not for_people:
        return
    if not rows:
        to.note(f"no runs to list in {root.folder}")
    if unseen > 0:
        kind = "run" if is_sorted else "older run"
        to.note(f"{selection.count(unseen, kind)} not shown (-n N or --all)")
    for row in rows:
        if row.problem:
            to.note(f"run {row.id} is damaged: {row.problem}")
