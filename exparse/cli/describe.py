"""``exparse describe``: what a run was for, in a line or two."""

from __future__ import annotations

from exparse.cli import wording
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "describe"
ALIASES: list[str] = []
HELP = "describe runs; without TEXT: print their descriptions"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse describe last the small model, with dropout
  exparse describe "model = big and started > 2026-11-01" the big model
  exparse describe 42 ""       no description any more
  exparse describe 42          what it is

A new description takes the place of the one before; `exparse note` adds.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    wording.add_arguments(parser, "the description; several words are joined")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    root = find(args.root)
    return describe(root, args.selector, " ".join(args.words), to) if args.words else show(root, args.selector, to)


def describe(root: Root, selector: str, text: str, to: Output) -> int:
    """Describe the runs that a selector picks, and say so; return 1 where it picks none.

    Args:
        root: Where they lie.
        selector: Which ones.
        text: The description; "" takes it away.
        to: Where to print.
    """
    from exparse.record import about

    done = "described" if text else "no longer described"
    return wording.write(root, selector, lambda run: about.describe(run.folder, text), done, to)


def show(root: Root, selector: str, to: Output) -> int:
    """Print the descriptions of the runs that a selector picks; return 1 where it picks none."""
    return wording.show(root, selector, lambda run: run.description or "", "description", to)
