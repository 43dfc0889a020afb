"""``exparse rename``: another label for runs."""

from __future__ import annotations

from exparse.cli import labelling, selection
from exparse.errors import ExparseError
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "rename"
ALIASES: list[str] = []
HELP = "give runs another label"
MOST_UNASKED = 5
"""Runs that are renamed without a question."""
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse rename 42 baseline             as --name does at the start
  exparse rename 42 --remove             no label any more
  exparse rename old-name new-name       all runs of that label
  exparse rename best --where "acc > 0.9"

The label is the end of the folder's name; number and time stay. Links and marks
follow, and the name before picks the run still. Running ones keep their names.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.usage = "exparse rename RUN... LABEL [options]\n       exparse rename RUN... --remove [options]"
    parser.add_argument(
        "selectors", metavar="RUN... LABEL", nargs="*", help=f"{selection.RUN_HELP}; the label comes last"
    )
    parser.add_argument("--remove", action="store_true", help="take the label away; then there is no LABEL")
    parser.add_argument("-y", "--yes", action="store_true", help=f"ask nothing, also of more than {MOST_UNASKED} runs")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    *selectors, label = [*args.selectors, None] if args.remove else args.selectors or [None]
    if label is None and not args.remove:
        args.wrong("a label is expected, behind the runs; or --remove")
    args.selectors = selectors
    wanted = selection.wanted(args)
    if not wanted:
        args.wrong("the runs are expected, and then the label: exparse rename 42 baseline")
    return rename(find(args.root), wanted, label, to, args.yes)


def rename(root: Root, wanted: Wanted, label: str | None, to: Output, yes: bool = False) -> int:
    """Give the runs that are asked for a label, and say what they are called now.

    Args:
        root: Where they lie.
        wanted: Which ones.
        label: The label; None for none.
        to: Where to print.
        yes: Whether no question is asked.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked none, so that nothing was done, where
        the answer was no, or a run kept its name.

    Raises:
        InvalidName: If it cannot be a label; then nothing is done.
        ExparseError: If there are many and nobody is there to be asked.
    """
    from exparse.store import renaming

    if label is not None:
        layout.check_label(label, "the label")
    runs, is_done = labelling.runs_of(root, wanted, to)
    if not is_done:
        # A word too many is soon typed, and the label before is gone.
        to.note("nothing was renamed")
        return 1
    if len(runs) > MOST_UNASKED and not (yes or _agreed(runs, label, to)):
        to.note("nothing was renamed")
        return 1
    known = renaming.borne(root.folder) if runs else None
    changed: list[Run] = []
    others: list[Run] = []
    for each in to.progress(runs, "renaming"):
        try:
            new = renaming.rename(each, label, known)
        except ExparseError as problem:
            to.warn(str(problem))
            is_done = False
        except OSError as problem:
            to.warn(f"run {each.id}: {problem.filename or each.folder}: {problem.strerror or problem}")
            is_done = False
        else:
            (changed if new != each else others).append(new)
    if len(changed) == 1:
        to.line(f"renamed: {changed[0].id} is {changed[0].name}")
    else:
        labelling.say(f"renamed {label}" if label else "without a label now", changed, to)
    labelling.say(f"called {label} before" if label else "without a label before", others, to)
    return 0 if is_done else 1


def _agreed(runs: Sequence[Run], label: str | None, to: Output) -> bool:
    from exparse.cli import cleaning

    named = selection.numbers(runs)
    asked = f"Rename {selection.count(len(runs))} to {label}" if label else f"Take the label off {len(runs):,} runs"
    return cleaning.agreed(f"{asked}: {named}?", "to rename them without a question", to)
