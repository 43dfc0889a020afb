"""``exparse restore``: runs back from the trash, or what lies there."""

from __future__ import annotations

from exparse.cli import cleaning, selection
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "restore"
ALIASES: list[str] = []
HELP = "bring runs back from the trash; without RUN: list the trash"
COMPLETES: tuple[str, ...] = ("trash",)
EXAMPLES = """\
examples:
  exparse restore          what lies in the trash
  exparse restore 3 10:20  bring these back, with their marks
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help="number, 3:7, name, last")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    root = find(args.root)
    return restore(root, args.selectors, to) if args.selectors else list_trash(root, to)


def restore(root: Root, selectors: Sequence[str], to: Output) -> int:
    """Bring back the runs of the trash that the selectors pick; return 1 where not all could be done."""
    runs, all_known = selection.picked(root, selectors, to, (layout.TRASH,))
    back = [found for found in runs if _move(root, found, to)]
    if back:
        to.line(f"restored {selection.count(len(back))}: {selection.numbers(back)}")
    return 0 if all_known and len(back) == len(runs) else 1


def _move(root: Root, found: Run, to: Output) -> bool:
    try:
        root.restore(found)
    except OSError as problem:
        to.warn(f"run {found.id} could not be restored: {problem.strerror or problem} ({found.folder})")
        return False
    return True


def list_trash(root: Root, to: Output) -> int:
    """Print what lies in the trash; return 0."""
    from exparse.cli import grid
    from exparse.query import rows, shown

    found = list(rows.read(to.progress(root.runs(layout.TRASH), "reading")))
    if not found:
        to.note(f"the trash of {root.folder} is empty")
        return 0
    sizes = cleaning.sizes([row.run for row in found], to)
    columns = [
        grid.Column("id", [str(row.id) for row in found], right=True, keep=True),
        grid.Column("state", [row.state for row in found], keep=True),
        grid.Column("age", [shown.age(row.age) for row in found], right=True),
        grid.Column("size", [shown.size(size) for size in sizes], right=True),
        grid.Column("name", [row.run.name for row in found]),
    ]
    to.text(grid.draw(columns, to.width)[0])
    to.note(f"{selection.count(len(found))}, {shown.size(sum(sizes))}: `exparse purge` deletes them for good")
    return 0
