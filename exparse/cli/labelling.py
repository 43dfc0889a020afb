"""What ``mark``, ``unmark``, ``tag`` and ``rename`` share: a word, and the runs that it is put on or taken off."""

from __future__ import annotations

from exparse.cli import selection
from exparse.errors import DamagedFile, InvalidName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Collection

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root
    from exparse.store.run import Run


def add_arguments(parser: ArgumentParser, word: str, told: str) -> None:
    """Declare the word and the runs.

    Args:
        parser: Where.
        word: What the word is called in the usage.
        told: Its help.
    """
    parser.add_argument("word", metavar=word, help=told)
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    selection.add_filters(parser)


def check_first(word: str, what: str) -> None:
    """Refuse a word that picks runs, which stand behind it.

    Raises:
        InvalidName: If it begins with ``@``.
    """
    if word.startswith("@"):
        raise InvalidName(f"the {what}", word, f"it picks runs; the {what} comes first, then the runs")


def asked(args: Namespace) -> Wanted:
    """Return which runs are meant; where none are named, the command ends with a usage error."""
    wanted = selection.wanted(args)
    if not wanted:
        args.wrong("name the runs: numbers, names, or which ones with --where, --mark, --tag, --state, --since")
    return wanted


def runs_of(root: Root, wanted: Wanted, to: Output) -> tuple[list[Run], bool]:
    """Return the runs that are asked for, and whether each selector picked one; that filters left none is said."""
    if not wanted.queries:
        # The run that is named first is told first; nothing of them need be read.
        return selection.picked(root, wanted.selectors, to)
    table, all_known = selection.table_of(root, wanted, to)
    if not len(table) and all_known:
        from exparse.cli import hints

        to.note(hints.nothing(root, wanted, selection.places(wanted), to))
    return table.runs(), all_known


def label(root: Root, wanted: Wanted, change: Callable[[Run], object], done: str, undone: str, to: Output) -> int:
    """Change the runs that are asked for, and say which were changed.

    Args:
        root: Where they lie.
        wanted: Which ones.
        change: Changes a run; returns whether there was anything to do.
        done: What is said before the numbers of those that were changed.
        undone: What is said before the numbers of the others.
        to: Where to print.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked no run, or one was left as it is since
        it cannot be read or written.
    """
    runs, all_known = runs_of(root, wanted, to)
    is_done = change_all(runs, change, done, undone, to)
    return 0 if all_known and is_done else 1


def change_all(runs: Collection[Run], change: Callable[[Run], object], done: str, undone: str, to: Output) -> bool:
    """Change runs, and say which were changed; see :func:`label`. Return False where one was left as it is."""
    is_done = True
    changed: list[Run] = []
    others: list[Run] = []
    for run in to.progress(runs, done):
        try:
            (changed if change(run) else others).append(run)
        except DamagedFile as problem:
            to.warn(f"run {run.id}: {problem}")
            is_done = False
        except OSError as problem:
            to.warn(f"run {run.id}: {problem.filename or run.folder}: {problem.strerror or problem}")
            is_done = False
    say(done, changed, to)
    say(undone, others, to)
    return is_done


def say(what: str, runs: list[Run], to: Output) -> None:
    """Print what was done with which runs; of many also how many they are."""
    if runs:
        many = f"{selection.count(len(runs))}: " if len(runs) > 12 else ""
        to.line(f"{what}: {many}{selection.numbers(runs)}")
