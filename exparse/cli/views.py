"""``exparse views``: trees of links to runs by their values, for file managers and the shell."""

from __future__ import annotations

import os

from exparse.cli import selection
from exparse.errors import ExparseError, InvalidQuery, MarkNotFound, near
from exparse.store import layout, pattern, views
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.table import Table
    from exparse.store.pattern import Pattern
    from exparse.store.root import Root
    from exparse.store.views import Changes, View

NAME = "views"
ALIASES: list[str] = []
HELP = "lay links to runs in folders by their values, or bring them up to date"
COMPLETES: tuple[str, ...] = ("nothing",)
EXAMPLES = """\
examples:
  exparse views 'by/model/{model}/lr/{lr}/{run}'
  exparse views 'good/{model}' --mark good      only some runs
  exparse views 'daily/{date}' --at ~/browse    elsewhere than in the root
  exparse views                                 bring all up to date
  exparse views --list
  exparse views 'good/{model}' --remove

A field in braces is a param, a metric, or one of ours: {state}, {host}, {user},
{date}, {run} for the folder's name. The links lie below views/ of the root and
follow nobody by themselves: `exparse views` adds those of new runs, and removes
those of runs that are gone or changed. Files of yours in there are left alone.
"""

_OURS = ("date", "started")
_FLEETING = ("age",)
_MOST_TOLD = 5


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "pattern", metavar="PATTERN", nargs="?", help="by/model/{model}/{run}; all there are if left out"
    )
    parser.add_argument("--at", metavar="FOLDER", help="where the links lie (default: views/ in the root)")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--remove", action="store_true", help="remove the links of PATTERN, or of all")
    what.add_argument("--list", action="store_true", help="print the patterns")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    root = find(args.root)
    folder = os.path.abspath(os.path.expanduser(args.at)) if args.at else f"{root.folder}/{layout.VIEWS}"
    if args.list:
        return show(folder, to)
    if args.remove:
        return remove(root, folder, args.pattern, to)
    return lay(root, folder, args.pattern, selection.wanted(args), to)


def show(folder: str, to: Output) -> int:
    """Print the patterns of a folder, and which runs each is for; return 0."""
    known, _ = views.remembered(folder)
    for view in known:
        told = "  ".join(f"--{key} {value}" for key, said in view.filters.items() for value in _several(said))
        to.line(f"{view.pattern}{f'  {told}' if told else ''}")
    if not known:
        to.note(f"no views in {folder}; `exparse views PATTERN` makes one")
    return 0


def lay(root: Root, folder: str, text: str | None, wanted: Wanted, to: Output) -> int:
    """Bring the views of a folder up to date, one more or other runs for it included.

    Args:
        root: Where the runs lie.
        folder: Where the links lie.
        text: A pattern, which is remembered; None for those that are there.
        wanted: Which runs ``text`` is for.
        to: Where to print.

    Returns:
        0; 1 where something lies in the way of a link.

    Raises:
        InvalidName: If the pattern is none.
        ExparseError: If it names what no run has, or there is nothing to bring up to date.
        OSError: If something cannot be written.
    """
    views.check_place(root.folder, folder)
    known, way = views.remembered(folder)
    if text is not None:
        new = views.View(text, _told(wanted))
        _check(text)
        known = [*(view for view in known if view.pattern != text), new]
    elif wanted:
        raise ExparseError("which runs is said of a pattern; `exparse views --list` shows those there are")
    if not known:
        raise ExparseError(f"no views in {folder}. Make one: exparse views 'by/model/{{model}}/{{run}}'")
    links: dict[str, str] = {}
    shapes = [pattern.parse(view.pattern) for view in known]
    for shape, view in zip(shapes, known, strict=True):
        links.update(_links(root, shape, view, view.pattern == text, to))
    views.remember(root.folder, folder, known)
    return _told_of(views.update(root.folder, folder, links, shapes, way), folder, to)


def _check(text: str) -> None:
    """Refuse what is no pattern, or one that tells no runs apart: most likely a field without its braces."""
    pattern.parse(text)
    if "{" not in text:
        before, _, last = text.strip("/").rpartition("/")
        meant = f"{before}/{{{last}}}" if before else f"{{{last}}}"
        raise ExparseError(
            f"the pattern {text!r} names no {{field}}; did you mean {meant!r}? {text.strip('/') + '/{run}'!r} is one "
            "folder of all"
        )


def remove(root: Root, folder: str, text: str | None, to: Output) -> int:
    """Remove the links of a pattern, or of all, and forget it; return 0, or 1 where something lies in the way.

    Raises:
        ExparseError: If there is no such pattern.
    """
    views.check_place(root.folder, folder)
    known, way = views.remembered(folder)
    going = [view for view in known if text in (None, view.pattern)]
    if not going:
        close = near(text or "", [view.pattern for view in known])
        hint = f"Close to it: {', '.join(close)}" if close else "`exparse views --list` shows those there are"
        raise ExparseError(f"no view {text or ''!r} in {folder}. {hint}")
    left = [view for view in known if view not in going]
    links: dict[str, str] = {}
    for view in left:
        links.update(_links(root, pattern.parse(view.pattern), view, False, to))
    shapes = [pattern.parse(view.pattern) for view in known]
    changes = views.update(root.folder, folder, links, shapes, way)
    if left:
        views.remember(root.folder, folder, left)
    else:
        views.forget(folder)
    return _told_of(changes, folder, to)


def _links(root: Root, shape: Pattern, view: View, is_new: bool, to: Output) -> dict[str, str]:
    """Return the links of a view: the run that each leads to, by its path.

    Raises:
        ExparseError: If a new view asks for what no run has; one that is remembered has no links then.
    """
    try:
        table, _ = selection.table_of(root, _asked(view), to)
    except (MarkNotFound, InvalidQuery) as problem:
        if is_new:
            raise
        to.warn(f"{view.pattern}: {problem}")
        return {}
    values: dict[str, Sequence[Any]] = {
        name: _values(table, name, is_new) for name in shape.fields if name != pattern.RUN
    }
    return views.wanted(shape, table.own("place").cells(), table.names, values)


def _values(table: Table, name: str, is_new: bool) -> list[Any]:
    """Return what a field says of each run of a table.

    Raises:
        ExparseError: If no run has it, and the pattern is new; one that is remembered may have lost its last run.
    """
    from exparse.query import column, fields

    if name in _OURS:
        return [_stamp(run, name) for run in table.names]
    try:
        if name in _FLEETING:
            raise ExparseError(f"{{{name}}} is another each time one looks; {{date}} and {{started}} stay")
        return [pattern.MISSING if cell is column.MISSING else cell for cell in fields.cells(table, name)]
    except KeyError:
        if not is_new or not len(table):
            return [pattern.MISSING] * len(table)
        known = [pattern.RUN, *_OURS, *fields.names(table)]
        close = near(name, known)
        hint = (
            f"Close to it: {', '.join(close)}" if close else "Params, metrics, {state}, {date} and the like are known"
        )
        raise ExparseError(f"no run has {{{name}}}. {hint}") from None


def _stamp(name: str, field: str) -> str:
    """Return the day, or the moment, at which a run started, as its name says."""
    parts = name.split("-")[1:7]
    return "-".join(parts[:3] if field == "date" else parts)


def _told(wanted: Wanted) -> dict[str, Any]:
    """Return which runs a view is for, as JSON holds it."""
    told = {
        "where": [str(query) for query in wanted.where],
        "mark": list(wanted.marks),
        "tag": list(wanted.tags),
        "state": list(wanted.states),
        "since": str(wanted.since) if wanted.since else None,
    }
    return {key: value for key, value in told.items() if value}


def _asked(view: View) -> Wanted:
    from exparse.query import language

    said = {key: list(_several(value)) for key, value in view.filters.items()}
    return selection.Wanted(
        where=tuple(language.parse(text) for text in said.get("where", ())),
        marks=tuple(said.get("mark", ())),
        tags=tuple(said.get("tag", ())),
        states=tuple(said.get("state", ())),
        since=next((language.parse(text) for text in said.get("since", ())), None),
    )


def _several(said: Any) -> list[str]:
    return [str(part) for part in said] if isinstance(said, list) else [str(said)]


def _told_of(changes: Changes, folder: str, to: Output) -> int:
    to.line(f"{folder}: {selection.count(changes.links, 'link')}, {changes.added:,} new, {changes.removed:,} removed")
    for paths, what in (
        (changes.in_the_way, "something else lies in the way of the link"),
        (changes.foreign, "not a link of exparse, and kept:"),
    ):
        for path in paths[:_MOST_TOLD]:
            to.warn(f"{what} {folder}/{path}")
        if len(paths) > _MOST_TOLD:
            to.warn(f"and {len(paths) - _MOST_TOLD:,} more")
    return 1 if changes.in_the_way else 0
