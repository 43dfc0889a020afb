"""``exparse marks``: the marks of a root."""

from __future__ import annotations

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
    """Print each mark with the number of its runs and the newest of them; return 0."""
    from exparse.cli import export, grid

    found = {mark: sorted(names, key=_number) for mark, names in root.marks().items()}
    if form == "json":
        to.text(export.as_json([{"mark": m, "runs": len(names), "newest": names[-1]} for m, names in found.items()]))
        return 0
    if not found:
        to.note(f"no marks in {root.folder}; `exparse mark KEY RUN` makes one")
        return 0
    columns = [
        grid.Column("mark", list(found)),
        grid.Column("runs", [str(len(names)) for names in found.values()], right=True, keep=True),
        grid.Column("newest", [names[-1] for names in found.values()]),
    ]
    to.text(grid.draw(columns, to.width)[0])
    return 0


def _number(name: str) -> tuple[int, str]:
    parsed = layout.parse_run_name(name)
    return (parsed[0] if parsed else 0), name
