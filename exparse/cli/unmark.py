"""``exparse unmark``: take a label off runs."""

from __future__ import annotations

from exparse.cli import labelling
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "unmark"
ALIASES: list[str] = []
HELP = "take a mark off runs"
COMPLETES: tuple[str, ...] = ("marks", "runs")
EXAMPLES = """\
examples:
  exparse unmark good 7
  exparse unmark good @good   off all runs that bear it
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    labelling.add_arguments(parser, "KEY", "the mark")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return unmark(find(args.root), args.key, args.selectors, to)


def unmark(root: Root, key: str, selectors: Sequence[str], to: Output) -> int:
    """Take the mark off the runs that the selectors pick and say so; return 1 where one picked none.

    Raises:
        InvalidName: If ``key`` cannot be a mark.
    """
    layout.check_mark(key)
    return labelling.label(
        root, selectors, lambda run: root.unmark(key, run), f"no longer marked {key}", f"not marked {key} before", to
    )
