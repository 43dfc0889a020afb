"""What ``mark``, ``unmark`` and ``tag`` share: a word first, then the runs that it is put on or taken off."""

from __future__ import annotations

from exparse.cli import selection
from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run


def add_arguments(parser: ArgumentParser, word: str, told: str) -> None:
    """Declare the word and the runs.

    Args:
        parser: Where.
        word: What the word is called in the usage; in lower case it is the argument's name.
        told: Its help.
    """
    parser.add_argument(word.lower(), metavar=word, help=told)
    parser.add_argument("selectors", metavar="RUN", nargs="+", help="number, 3:7, name, last, @mark, best:metric, path")


def label(
    root: Root, selectors: Sequence[str], change: Callable[[Run], object], done: str, undone: str, to: Output
) -> int:
    """Change the runs that the selectors pick, and say which were changed.

    Args:
        root: Where they lie.
        selectors: Which ones.
        change: Changes a run; returns whether there was anything to do.
        done: What is said before the numbers of those that were changed.
        undone: What is said before the numbers of the others.
        to: Where to print.

    Returns:
        0; 1 where a selector picked no run, or one that cannot be read was left as it is.
    """
    runs, is_done = selection.picked(root, selectors, to)
    changed: list[Run] = []
    others: list[Run] = []
    for run in runs:
        try:
            (changed if change(run) else others).append(run)
        except ExparseError as problem:
            to.warn(f"run {run.id}: {problem}")
            is_done = False
    if changed:
        to.line(f"{done}: {selection.numbers(changed)}")
    if others:
        to.line(f"{undone}: {selection.numbers(others)}")
    return 0 if is_done else 1
