"""``exparse path``: where runs lie."""

from __future__ import annotations

import os

from exparse.cli import selection
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "path"
ALIASES: list[str] = []
HELP = "print the folders of runs, one a line"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  cd "$(exparse path last)"
  python main.py --config "$(exparse path best:acc)/params.yaml"
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help=selection.RUN_HELP)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return path(find(args.root), args.selectors, to)


def path(root: Root, selectors: Sequence[str], to: Output) -> int:
    """Print the absolute path of each run that the selectors pick; return 1 where one picked none."""
    runs, all_known = selection.picked(root, selectors, to)
    for found in runs:
        to.path(os.path.abspath(found.folder))
    return 0 if all_known else 1
