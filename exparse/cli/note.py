"""``exparse note``: words about a run, appended to its ``notes.md``."""

from __future__ import annotations

from exparse.cli import wording
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "note"
ALIASES: list[str] = []
HELP = "add a note to runs; without TEXT: print their notes"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse note last diverges after epoch 30
  exparse note @baseline "**rerun** with the fixed split"
  exparse note "state = failed and age < 1d" the disk was full
  exparse note 42              what was noted

Notes are Markdown, and each is kept with its time in the run's notes.md.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    wording.add_arguments(parser, "the note; several words are joined")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    root = find(args.root)
    return note(root, args.selector, " ".join(args.words), to) if args.words else show(root, args.selector, to)


def note(root: Root, selector: str, text: str, to: Output) -> int:
    """Add a note to the runs that a selector picks, and say so; return 1 where it picks none.

    Raises:
        ExparseError: If the note is empty or too long; then nothing is done.
    """
    from exparse.record import about

    return wording.write(root, selector, lambda run: about.note(run.folder, text), "noted", to)


def show(root: Root, selector: str, to: Output) -> int:
    """Print the notes of the runs that a selector picks; return 1 where it picks none."""
    return wording.show(root, selector, lambda run: run.notes, "notes", to)
