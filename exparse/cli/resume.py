"""``exparse resume``: a run that did not get to its end goes on, in its own folder."""

from __future__ import annotations

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.store.fate import UNDER_WAY
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.launch.going import Gone
    from exparse.store.run import Run

NAME = "resume"
ALIASES: list[str] = []
HELP = "go on with a run that did not get to its end"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse resume last          once more, in the folder of the newest run
  exparse resume 42 --dry-run  only show what would run

The program starts anew, with the arguments and the code of the run, and finds
the files of the earlier attempts in run.folder: run.attempt counts, and
run.resumed is true. Of many runs that failed: exparse retry. A run that
finished is made again by exparse rerun. The exit code is that of the program.
"""

_IN_WORDS = {"finished": "finished", "failed": "failed", "killed": "was killed", "interrupted": "was interrupted"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    from exparse.cli import launching

    parser.add_argument("selector", metavar="RUN", help=selection.ONE_HELP)
    launching.add_arguments(parser)
    parser.set_defaults(unknown=". A run goes on with the params that it has; with others: exparse rerun 42 --lr 0.1")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return resume(selection.only(find(args.root), args.selector, to), args.code, args.dry_run, args.yes, to)


def why_not(found: Run) -> str | None:
    """Return why a run cannot go on, with what to do instead; None where it can."""
    if found.problem:
        return f"it is damaged: {found.problem}. `exparse check` says more"
    if found.state in UNDER_WAY:
        return f"it is {found.state}. Wait for its end, or end it: exparse stop {found.id}"
    if found.state == "finished":
        is_of_cells = bool(found.metadata.get("cells"))
        return "it finished" if is_of_cells else f"it finished. To make it again: exparse rerun {found.id}"
    return None


def resume(found: Run, code: str | None, dry: bool, yes: bool, to: Output) -> int:
    """Go on with a run.

    Args:
        found: The run.
        code: ``recorded``, ``current``, or None for what the run was made with, wherever that is.
        dry: Whether it is only shown.
        yes: Whether nothing is asked.
        to: Where is said what runs, and what came of it.

    Returns:
        The exit code of the program; 0 for a dry run; 1 where nothing was agreed to.

    Raises:
        ExparseError: If it cannot go on, or nobody is there to be asked.
    """
    from exparse.cli import launching
    from exparse.launch import child, going, plan

    why = why_not(found)
    if why:
        raise ExparseError(f"run {found.id} cannot go on: {why}")
    with plan.on(found, code) as made:
        launching.screen(made, f"run {found.id} goes on, attempt {found.status.attempt + 1}", to)
        if not launching.agreed(made, dry, False, yes, to):
            return launching.nothing_run(dry, to)
        to.out.flush()
        gone = going.go(made)
    told(found, gone, to)
    if gone.code < 0:
        child.die_as(gone.code)
    return gone.code


def told(found: Run, gone: Gone, to: Output) -> None:
    """Say what became of an attempt."""
    from exparse.cli import launching
    from exparse.launch import child
    from exparse.query.shown import duration

    launching.tell_left(gone, to)
    if gone.run is None:
        ended = f"ended by {child.signal_name(-gone.code)}" if gone.code < 0 else f"exit code {gone.code}"
        to.warn(f"run {found.id} did not go on: its program recorded nothing ({ended})")
        return
    if gone.run.problem:
        to.warn(f"run {found.id} is damaged: {gone.run.problem}")
        return
    state, taken = gone.run.state, gone.run.seconds
    after = f" after {duration(taken)}" if taken is not None else ""
    to.note(f"run {gone.run.id} {_IN_WORDS.get(state, f'is {state}')}{after}")
