"""``exparse purge``: what lies in the trash, deleted for good."""

from __future__ import annotations

import time

from exparse.cli import cleaning, selection
from exparse.cli.arguments import read_by
from exparse.query import shown
from exparse.query.prune import parse_age
from exparse.store import keeping, layout, trash
from exparse.store import purge as purging
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "purge"
ALIASES: list[str] = []
HELP = "delete what lies in the trash, for good"
COMPLETES: tuple[str, ...] = ("trash",)
EXAMPLES = """\
examples:
  exparse purge                     all that lies in the trash, after a question
  exparse purge 3 10:20             only these
  exparse purge --older-than 30d    only what has lain there for 30 days
  exparse purge --yes               without a question, for scripts

Links are removed, never followed. A purge that was interrupted is ended by
the next one. Runs that are under way are kept without --force.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help="number, 3:7, name, last; all if none is named")
    parser.add_argument(
        "--older-than", metavar="AGE", type=read_by(parse_age), help="only what was removed longer ago: 30d, 12h, 2w"
    )
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")
    parser.add_argument("--force", action="store_true", help="runs that are under way, too")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return purge(find(args.root), args.selectors, args.older_than, args.yes, args.force, to)


def purge(root: Root, selectors: Sequence[str], age: float | None, yes: bool, force: bool, to: Output) -> int:
    """Delete runs of the trash.

    Args:
        root: Where they lie.
        selectors: Which ones; all if there are none.
        age: Only those that were removed more seconds ago than this; None for any.
        yes: Whether no question is asked.
        force: Whether those go, too, whose process is alive.
        to: Where to print.

    Returns:
        0; 1 where a selector picked none, a run was kept, or something of one is left.

    Raises:
        ExparseError: If nobody is there to be asked.
        OSError: If the trash is a link.
    """
    purging.check(root.folder)
    ended = _end_earlier(root, to)
    runs, all_known = root.runs(layout.TRASH), True
    if selectors:
        runs, all_known = selection.picked(root, selectors, to, (layout.TRASH,))
    old = [run for run in runs if age is None or _lain(run) > age]
    going = old if force else [run for run in old if not _is_alive(run, to)]
    if not going:
        if all_known:
            to.note(_nothing(root, len(runs), len(old)))
        return 0 if all_known and ended and not old else 1
    size = sum(cleaning.sizes(going, to))
    if not (yes or _agreed(root, going, size, to)):
        to.note("nothing was deleted")
        return 1
    deleted, gone = cleaning.delete(to.progress(going, "deleting"), to)
    if deleted:
        to.line(f"deleted {selection.count(len(deleted))}: {selection.numbers(deleted)}")
        are_left = len(deleted) + gone < len(going)
        to.note("the others are still there" if are_left else f"{shown.size(size)} freed")
    if gone:
        to.note(f"{selection.count(gone)} gone meanwhile, by another command")
    return 0 if all_known and ended and len(deleted) + gone == len(old) else 1


def _end_earlier(root: Root, to: Output) -> bool:
    """End what earlier purges left; return whether nothing is left of it."""
    left = 0
    names = purging.left_over(root.folder)
    for name in names:
        problems = purging.finish(root.folder, name)
        cleaning.tell_left(name, problems, to)
        left += bool(problems)
    if len(names) > left:
        to.note(f"ended an earlier purge: {selection.count(len(names) - left, 'folder')} deleted")
    return not left


def _lain(run: Run) -> float:
    """Return for how many seconds a run has been in the trash; 0 where nobody knows."""
    removed = trash.removed(run)
    return 0.0 if removed is None else time.time() - removed


def _is_alive(run: Run, to: Output) -> bool:
    state = keeping.under_way(run)
    if state:
        to.warn(f"run {run.id} is {state}: kept. --force deletes it, too")
    return state is not None


def _nothing(root: Root, asked: int, old: int) -> str:
    if not asked:
        return f"the trash of {root.folder} is empty"
    return "all of it is under way: nothing was deleted" if old else "nothing of it has lain there for so long"


def _agreed(root: Root, going: Sequence[Run], size: int, to: Output) -> bool:
    named = selection.numbers(going)
    what = f"{selection.count(len(going))} ({shown.size(size)}) in the trash of {shown.visible(root.folder)}"
    return cleaning.agreed(f"Delete {what} for good: {named}?", "to delete without a question", to)
