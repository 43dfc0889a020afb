"""``exparse mark``: put a label on runs."""

from __future__ import annotations

from exparse.cli import labelling
from exparse.store import layout, own
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root

NAME = "mark"
ALIASES: list[str] = []
HELP = "put a mark on runs"
COMPLETES: tuple[str, ...] = ("marks", "runs")
EXAMPLES = """\
examples:
  exparse mark good 3 7                      then: exparse ls --mark good
  exparse mark good --where "acc > 0.9"      all that answer to it
  exparse mark best best:acc
  exparse mark paper/table1 40:44            marks nest: @paper picks them, too
  exparse mark broken --state failed,lost --since 2d

A mark is a link in the root, marked/KEY/<run>.yaml; `exparse marks` lists them.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    labelling.add_arguments(parser, "KEY", "the mark: letters, digits, dot, dash, underscore; / nests")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return mark(find(args.root), args.word, labelling.asked(args), to)


def mark(root: Root, key: str, wanted: Wanted, to: Output) -> int:
    """Mark the runs that are asked for and say so; return 1 where a selector picked none.

    Raises:
        InvalidName: If ``key`` cannot be a mark; then nothing is done.
    """
    labelling.check_first(key, "mark")
    layout.check_mark(key)
    own.check(root.folder, layout.MARKED)
    return labelling.label(root, wanted, lambda run: root.mark(key, run), f"marked {key}", f"marked {key} before", to)
