"""``exparse marks``: the marks of a root."""

from __future__ import annotations

from typing import NamedTuple

from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "marks"
ALIASES: list[str] = []
HELP = "list marks, with how many runs bear them"
COMPLETES: tuple[str, ...] = ()
EXAMPLES = """\
examples:
  exparse marks
  exparse marks --format json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return marks(find(args.root), args.format, to)


def marks(root: Root, form: str, to: Output) -> int:
    """Print each mark with how many runs bear it, it or one below it, and the newest of these; return 0."""
    from exparse.cli import export, grid

    found = _counted(root.marks())
    if form == "json":
        to.text(export.as_json([each._asdict() for each in found]))
        return 0
    if not found:
        to.note(f"no marks in {root.folder}; `exparse mark KEY RUN` makes one")
        return 0
    nested = any(each.total != each.runs for each in found)
    columns = [
        grid.Column("mark", [each.mark for each in found]),
        grid.Column("runs", [str(each.runs) for each in found], right=True, keep=True),
        *([grid.Column("with nested", [str(each.total) for each in found], right=True, keep=True)] if nested else []),
        grid.Column("newest", [each.newest for each in found]),
    ]
    # A mark of many levels is long, and a script that reads it here needs all of it.
    to.text(grid.draw(columns, to.width, is_wide=True)[0])
    return 0


class Counted(NamedTuple):
    """A mark, and what it is on.

    Attributes:
        mark: The mark; also one that only has others below it.
        runs: How many runs bear it.
        total: How many bear it or one below it: those that ``@mark`` picks.
        newest: Name of the newest of these.
    """

    mark: str
    runs: int
    total: int
    newest: str


def _counted(marks: dict[str, list[str]]) -> list[Counted]:
    bearers: dict[str, set[str]] = {}
    for mark, names in marks.items():
        levels = mark.split("/")
        for depth in range(1, len(levels) + 1):
            bearers.setdefault("/".join(levels[:depth]), set()).update(names)
    return [
        Counted(mark, len(marks.get(mark, ())), len(bearers[mark]), max(bearers[mark], key=_number))
        for mark in sorted(bearers)
    ]


def _number(name: str) -> tuple[int, str]:
    parsed = layout.parse_run_name(name)
    return (parsed[0] if parsed else 0), name
