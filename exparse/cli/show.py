"""``exparse show``: all that is known of a run, on one page."""

from __future__ import annotations

from exparse.cli import selection
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "show"
ALIASES: list[str] = []
HELP = "show all that is known of runs"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse show last             the newest run
  exparse show 42 paper-final   a number and a name
  exparse show @good --format json
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help=selection.RUN_HELP)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return show(find(args.root), args.selectors, args.format, to)


def show(root: Root, selectors: Sequence[str], form: str, to: Output) -> int:
    """Print a page for each run that the selectors pick, or a JSON list; return 1 where one picked none."""
    from exparse.cli import dump, page
    from exparse.cli.export import as_json
    from exparse.query import rows
    from exparse.query.story import story

    runs, all_known = selection.picked(root, selectors, to)
    found = list(rows.read(runs, rows.marks_of(root.folder)))
    if form == "json":
        to.text(as_json([dump.as_object(story(row)) for row in found]))
    for row in found if form == "text" else ():
        if row is not found[0]:
            to.line()
        for line in page.lines(story(row), to):
            to.line(line)
    return 0 if all_known else 1
