"""``exparse restore``: runs back from the trash, or what lies there."""

from __future__ import annotations

import time

from exparse.cli import cleaning, selection
from exparse.cli.arguments import natural
from exparse.store import layout, own, trash
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "restore"
ALIASES: list[str] = []
HELP = "bring runs back from the trash; without RUN: list the trash"
COMPLETES: tuple[str, ...] = ("trash",)
EXAMPLES = """\
examples:
  exparse restore                       what lies in the trash
  exparse restore 3 10:20               bring these back, with their marks
  exparse restore 'state = finished'    those that answer to a query
  exparse restore --state failed --since 2d    by the options of ls
  exparse restore --all                 all that lies there
"""
MOST = 20
"""Runs of the trash that are listed unless it is said."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help="number, 3:7, name, last, or a query")
    parser.add_argument("-a", "--all", action="store_true", help="bring back all that lies in the trash")
    parser.add_argument("-n", metavar="N", type=natural, dest="most", help=f"list the N newest removals ({MOST})")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    wanted = selection.wanted(args)
    if args.all and wanted.selectors:
        args.wrong("--all brings back all runs: name none, or leave it out")
    if args.most is not None and (args.all or wanted):
        args.wrong("-n is about the list of the trash, which is shown where nothing else is asked for")
    root = find(args.root)
    return restore(root, wanted, to) if args.all or wanted else list_trash(root, to, args.most or MOST)


def restore(root: Root, wanted: Wanted | Sequence[str], to: Output) -> int:
    """Bring back runs of the trash, with their marks.

    Args:
        root: Where they lie.
        wanted: Which ones, or selectors that pick them; all if it asks for nothing.
        to: Where to print.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked none, or one could not be moved.
    """
    own.check(root.folder)
    asked = wanted if isinstance(wanted, selection.Wanted) else selection.Wanted(tuple(wanted))
    runs, all_known = _found(root, asked, to)
    back = [found for found in to.progress(runs, "restoring") if _move(root, found, to)]
    if back:
        to.line(f"restored {selection.count(len(back))}: {selection.numbers(back)}")
    elif not runs and all_known:
        to.note(_nothing(root, asked, to))
    return 0 if all_known and len(back) == len(runs) else 1


def _found(root: Root, asked: Wanted, to: Output) -> tuple[list[Run], bool]:
    places = (layout.TRASH,)
    if not asked:
        return root.runs(layout.TRASH), True
    # Marks are off while a run lies in the trash; the note beside it knows which ones it bore.
    others = asked._replace(marks=())
    if others.queries:
        table, all_known = selection.table_of(root, others, to, places)
        runs = table.runs()
    elif others:
        runs, all_known = selection.picked(root, others.selectors, to, places)
    else:
        runs, all_known = root.runs(layout.TRASH), True
    return [run for run in runs if all(_bore(run, mark.strip("/")) for mark in asked.marks)], all_known


def _bore(run: Run, mark: str) -> bool:
    return any(borne == mark or borne.startswith(f"{mark}/") for borne in trash.borne(run))


def _nothing(root: Root, asked: Wanted, to: Output) -> str:
    from exparse.cli import hints

    if not root.names(layout.TRASH):
        return _empty(root)
    if asked.marks:
        return f"no run of the trash of {root.folder} is like that"
    return hints.nothing(root, asked, (layout.TRASH,), to)


def _empty(root: Root) -> str:
    return f"the trash of {root.folder} is empty"


def _move(root: Root, found: Run, to: Output) -> bool:
    try:
        root.restore(found)
    except OSError as problem:
        to.warn(f"run {found.id} could not be restored: {problem.strerror or problem} ({found.folder})")
        return False
    return True


def list_trash(root: Root, to: Output, most: int = MOST) -> int:
    """Print what was moved to the trash last, the newest removal at the end; return 0.

    Args:
        root: Where it lies.
        to: Where to print.
        most: How many runs at most.
    """
    from exparse.cli import grid
    from exparse.query import rows, shown

    removals = sorted((trash.removed(run) or 0.0, run.id, run) for run in root.runs(layout.TRASH))
    if not removals:
        to.note(_empty(root))
        return 0
    ago = {run: shown.age(time.time() - when) if when else "" for when, _, run in removals}
    found = list(rows.read(to.progress([run for _, _, run in removals[-most:]], "reading")))
    sizes = cleaning.sizes([row.run for row in found], to)
    columns = [
        grid.Column("id", [str(row.id) for row in found], right=True, keep=True),
        grid.Column("state", [row.state for row in found], keep=True),
        grid.Column("removed", [f"{ago[row.run]} ago" if ago[row.run] else "" for row in found], right=True, keep=True),
        grid.Column("size", [shown.size(size) for size in sizes], right=True),
        grid.Column("name", [row.run.label or "" for row in found], rank=1),
        grid.Column("age", [shown.age(row.age) for row in found], right=True, rank=2),
    ]
    to.text(grid.draw(columns, to.width)[0])
    if len(found) < len(removals):
        to.note(f"{selection.count(len(removals) - len(found), 'older removal')} not shown (-n N)")
    them = "it" if len(removals) == 1 else "them all"
    back = "`exparse restore RUN` brings one back, --all brings all"
    to.note(f"{selection.count(len(found))}, {shown.size(sum(sizes))}; {back}; `exparse purge` deletes {them} for good")
    return 0
