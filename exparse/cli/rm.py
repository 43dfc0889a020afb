"""``exparse rm``: runs into the trash."""

from __future__ import annotations

from exparse.cli import cleaning, selection
from exparse.query import shown
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.rows import Row
    from exparse.store.root import Root

NAME = "rm"
ALIASES: list[str] = []
HELP = "move runs to the trash; restore brings them back"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse rm 3 7
  exparse rm 10:20 --yes                  without a question, for scripts
  exparse rm 'state = failed and age > 7d'
  exparse rm --state failed --since 2d    by the options of ls
  exparse rm @old --force                 marked ones too

What is running, pending or marked is kept without --force. Runs of tmp/ go
where they are named, or marked so, but not by other options alone. The room is
free after exparse purge. To remove by age, size or rank: exparse prune.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")
    parser.add_argument("--force", action="store_true", help="running and marked ones too")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    wanted = selection.wanted(args)
    if not wanted:
        args.wrong("which runs? Name them (exparse rm 3 7), or say what they have in common (--state failed)")
    return rm(find(args.root), wanted, args.yes, args.force, to)


def rm(root: Root, wanted: Wanted, yes: bool, force: bool, to: Output) -> int:
    """Move the runs that are wanted to the trash.

    Args:
        root: Where they lie.
        wanted: Which ones; something must be asked for.
        yes: Whether no question is asked.
        force: Whether running and marked ones go too.
        to: Where to print.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked none, or a run was kept.

    Raises:
        ExparseError: If nobody is there to be asked.
        ValueError: If nothing is asked for, which would mean all runs.
    """
    if not wanted:
        raise ValueError("no runs are asked for")
    rows, all_known = selection.found(root, wanted, to)
    kept = [] if force else [(row.run, why) for row in rows if (why := cleaning.reason_to_keep(row))]
    cleaning.tell_kept(kept, to)
    staying = {run for run, _ in kept}
    going = [row for row in rows if row.run not in staying]
    held = cleaning.sizes([row.run for row in going], to)
    if going and not (yes or _agreed(root, going, sum(held), to)):
        to.note("nothing was moved")
        return 1
    mover, more = cleaning.Mover(root, force, to), to.counter(len(going), "moving")
    moved = []
    for row, size in zip(going, held, strict=True):
        if mover.move(row.run):
            moved.append((row.run, size))
        more(1)
    if moved:
        to.line(f"moved {selection.count(len(moved))} to the trash: {selection.numbers(run for run, _ in moved)}")
        back = cleaning.way_back(root, [run for run, _ in moved])
        to.note(f"{shown.size(sum(size for _, size in moved))}, free after `exparse purge`; {back}")
    elif not rows and all_known:
        from exparse.cli import hints

        to.note(hints.nothing(root, wanted, selection.places(wanted), to))
    return 0 if all_known and len(moved) + mover.gone == len(rows) else 1


def _agreed(root: Root, going: Sequence[Row], size: int, to: Output) -> bool:
    named = selection.numbers(row.run for row in going)
    asked = f"Move {selection.count(len(going))} of {shown.visible(root.folder)} to the trash: {named}?"
    return cleaning.agreed(f"{shown.size(size)} in all. {asked}", "to move without a question", to)
