"""``exparse rm``: runs into the trash."""

from __future__ import annotations

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.query import shown
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.query.rows import Row
    from exparse.store.root import Root

NAME = "rm"
ALIASES: list[str] = []
HELP = "move runs to the trash; restore brings them back"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse rm 3 7
  exparse rm 10:20 --yes     without a question, for scripts
  exparse rm @old --force    marked ones too
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help="number, 3:7, name, last, @mark, path")
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")
    parser.add_argument("--force", action="store_true", help="running and marked ones too")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return rm(find(args.root), args.selectors, args.yes, args.force, to)


def rm(root: Root, selectors: Sequence[str], yes: bool, force: bool, to: Output) -> int:
    """Move the runs that the selectors pick to the trash.

    Args:
        root: Where they lie.
        selectors: Which ones.
        yes: Whether no question is asked.
        force: Whether running and marked ones go too.
        to: Where to print.

    Returns:
        0; 1 where a selector picked none, or a run was kept.

    Raises:
        ExparseError: If nobody is there to be asked.
    """
    from exparse.query import rows

    runs, all_known = selection.picked(root, selectors, to)
    found = list(rows.read(runs, rows.marks_of(root.folder)))
    kept = [] if force else [row for row in found if _reason_to_keep(row)]
    for row in kept:
        to.warn(f"run {row.id} {_reason_to_keep(row)}: kept. --force moves it, too")
    going = [row for row in found if row not in kept]
    if going and not (yes or _agreed(root, going, to)):
        to.note("nothing was moved")
        return 1
    moved = [row.run for row in going if _move(root, row, to)]
    if moved:
        to.line(f"moved {selection.count(len(moved))} to the trash: {selection.numbers(moved)}")
        to.note(f"`exparse restore {' '.join(str(run.id) for run in moved[:8])}` brings {_them(moved)} back")
    return 0 if all_known and len(moved) == len(found) else 1


def _reason_to_keep(row: Row) -> str | None:
    if row.state in ("running", "pending"):
        return f"is {row.state}"
    return f"is marked {', '.join(row.marks)}" if row.marks else None


def _agreed(root: Root, going: Sequence[Row], to: Output) -> bool:
    named = selection.numbers(row.run for row in going)
    asked = f"Move {selection.count(len(going))} of {shown.visible(root.folder)} to the trash: {named}?"
    answer = to.agrees(asked)
    if answer is None:
        raise ExparseError("nobody is at a terminal to be asked. Add --yes to move without a question")
    return answer


def _move(root: Root, row: Row, to: Output) -> bool:
    try:
        root.remove(row.run)
    except OSError as problem:
        to.warn(f"run {row.id} could not be moved: {problem.strerror or problem} ({row.run.folder})")
        return False
    return True


def _them(runs: Sequence[object]) -> str:
    return "it" if len(runs) == 1 else "them" if len(runs) <= 8 else "the first of them"
