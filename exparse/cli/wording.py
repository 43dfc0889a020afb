"""What ``note`` and ``describe`` share: runs first, then what is said of them; without it, what was said."""

from __future__ import annotations

from exparse.cli import labelling, selection
from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run


def add_arguments(parser: ArgumentParser, told: str) -> None:
    """Declare the run and the text; ``told`` is the help of the text."""
    parser.add_argument("selector", metavar="RUN", help=selection.ONE_HELP)
    parser.add_argument("words", metavar="TEXT", nargs="*", help=told)


def write(root: Root, selector: str, change: Callable[[Run], object], done: str, to: Output) -> int:
    """Change the runs that a selector picks, and say which; return 1 where it picks none, or one cannot be written.

    Args:
        root: Where they lie.
        selector: Which ones.
        change: Changes a run.
        done: What is said before their numbers.
        to: Where to print.
    """

    def changed(run: Run) -> bool:
        change(run)
        return True

    return labelling.label(root, selection.Wanted((selector,)), changed, done, "", to)


def show(root: Root, selector: str, read: Callable[[Run], str], what: str, to: Output) -> int:
    """Print what was said of the runs that a selector picks, of several under a heading.

    Args:
        root: Where they lie.
        selector: Which ones.
        read: Returns what was said of a run, "" for nothing.
        what: What it is called where there is none.
        to: Where to print.

    Returns:
        0; 1 where it picks none, or one that cannot be read.
    """
    runs, is_done = selection.picked(root, [selector], to)
    has_any = False
    for run in runs:
        try:
            text = read(run).strip("\n")
        except ExparseError as problem:
            to.warn(f"run {run.id}: {problem}")
            is_done = False
            continue
        has_any = has_any or bool(text)
        if len(runs) > 1 and text:
            to.line(f"==> run {run.id}{f'  {run.label}' if run.label else ''} <==")
        if text:
            to.block(f"{text}\n".encode("utf-8", "backslashreplace"))
        elif len(runs) == 1:
            to.note(f"run {run.id} has no {what}")
    if len(runs) > 1 and not has_any and is_done:
        to.note(f"these {selection.count(len(runs))} have no {what}")
    return 0 if is_done else 1
