"""``exparse summary``: what many runs have in common."""

from __future__ import annotations

from exparse.cli import selection
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from exparse.cli.output import Output
    from exparse.query.figures import Figures, Param
    from exparse.query.rows import Row
    from exparse.store.root import Root

NAME = "summary"
ALIASES: list[str] = []
HELP = "counts, ranges of params, what varies, disk use"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse summary               all runs
  exparse summary @paper 40:    some of them
  exparse summary --format json
"""
MOST_VALUES = 4
_SHORT = 24


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help="only these: number, 3:7, name, last, @mark")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return summary(find(args.root), args.selectors, args.format, to)


def summary(root: Root, selectors: Sequence[str], form: str, to: Output) -> int:
    """Print what the runs have in common; return 1 where a selector picked none.

    Args:
        root: Where they lie.
        selectors: Which ones; all of ``runs/`` if empty.
        form: ``text`` or ``json``.
        to: Where to print.
    """
    from exparse.cli import export
    from exparse.query import figures, rows, usage

    runs, all_known = selection.picked(root, selectors, to) if selectors else (root.runs(), True)
    found = list(rows.read(to.progress(runs, "reading"), rows.marks_of(root.folder)))
    facts = figures.figures(found)
    disk = sum(usage.total(row.run.folder) for row in to.progress(found, "measuring"))
    if form == "json":
        to.text(export.as_json(_as_object(root, facts, disk)))
        return 0 if all_known else 1
    for line in _page(root, facts, disk):
        to.line(line)
    for line in _params(facts.params):
        to.text(_fitted(line, to.width))
    return 0 if all_known else 1


def _as_object(root: Root, facts: Figures, disk: int) -> dict[str, object]:
    return {
        "root": root.folder,
        "runs": facts.runs,
        "states": facts.states,
        "marks": facts.marks,
        "oldest": facts.oldest and _named(facts.oldest),
        "newest": facts.newest and _named(facts.newest),
        "bytes": disk,
        "params": {param.name: _param_object(param) for param in facts.params},
    }


def _named(row: Row) -> dict[str, object]:
    from exparse.query.rows import started_text

    return {"id": row.id, "name": row.run.name, "started": started_text(row)}


def _param_object(param: Param) -> dict[str, object]:
    several = param.values if len(param.values) <= 100 else None
    return {
        "varies": param.varies,
        "low": param.low,
        "high": param.high,
        "different": len(param.values),
        "values": several,
        "missing": param.missing,
    }


def _page(root: Root, facts: Figures, disk: int) -> Iterator[str]:
    from exparse.query import shown

    yield f"{selection.count(facts.runs)} in {root.folder}, {shown.size(disk)}"
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


def _params(params: Sequence[Param]) -> Iterator[str]:
    from exparse.query.shown import shortened, visible, width

    names = {param.name: shortened(visible(param.name), 30) for param in params}
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
    if param.low is not None and param.high is not None and len(values) > MOST_VALUES:
        return f"{in_words(param.low)} to {in_words(param.high)}, {len(values):,} values"
    told = ", ".join(f"{_short(value)} ({number:,})" for value, number in values[:MOST_VALUES])
    more = len(values) - MOST_VALUES
    return f"{told}, and {more:,} more" if more > 0 else told


def _short(text: str) -> str:
    from exparse.query.shown import shortened, visible

    return shortened(visible(text), _SHORT)


def _missing(param: Param) -> str:
    return f"; missing in {param.missing:,}" if param.missing else ""


def _fitted(line: str, limit: int | None) -> str:
    from exparse.query.shown import shortened, visible

    return visible(line) if limit is None else shortened(visible(line), limit)
