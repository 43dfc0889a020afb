"""``exparse unmark``: take a mark off runs, or off all that bear it."""

from __future__ import annotations

from exparse.cli import cleaning, labelling, selection
from exparse.errors import MarkNotFound, near
from exparse.store import layout, marks
from exparse.store.root import find
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root

NAME = "unmark"
ALIASES: list[str] = []
HELP = "take a mark off runs"
COMPLETES: tuple[str, ...] = ("marks", "runs")
EXAMPLES = """\
examples:
  exparse unmark good 7
  exparse unmark good --where "acc < 0.8"
  exparse unmark good             off all runs that bear it, after a question
  exparse unmark good --yes       the same without one

Marks below it (good/ones) stay.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    labelling.add_arguments(parser, "KEY", "the mark")
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return unmark(find(args.root), args.word, selection.wanted(args), args.yes, to)


def unmark(root: Root, key: str, wanted: Wanted, yes: bool, to: Output) -> int:
    """Take the mark off the runs that are asked for and say so.

    Args:
        root: Where they lie.
        key: The mark.
        wanted: Which runs; where it asks for nothing, all that bear the mark.
        yes: Whether no question is asked then.
        to: Where to print.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked none, a link could not be removed, or
        the answer was no.

    Raises:
        InvalidName: If ``key`` cannot be a mark.
        MarkNotFound: If all bearers are meant, and there are none.
        ExparseError: If nobody is there to be asked.
    """
    layout.check_mark(key)
    if not wanted:
        return _everywhere(root, key, yes, to)
    return labelling.label(
        root, wanted, lambda run: root.unmark(key, run), f"no longer marked {key}", f"not marked {key} before", to
    )


def _everywhere(root: Root, key: str, yes: bool, to: Output) -> int:
    known = root.marks()
    bearers = known.get(key, [])
    if not bearers:
        raise MarkNotFound(key, root.folder, near(key, known))
    question = f"Take the mark {key} off {selection.count(len(bearers))}?"
    if not (yes or cleaning.agreed(question, "to take it off all that bear it, or name the runs", to)):
        to.note("nothing was unmarked")
        return 1
    runs = [Run(root.folder, name) for name in bearers]
    told = f"no longer marked {key}", f"not marked {key} before"
    is_done = labelling.change_all(runs, lambda run: marks.drop(root.folder, key, run.name), *told, to)
    return 0 if is_done else 1
