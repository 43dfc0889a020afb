"""``exparse retry``: runs that did not get to their end go on, one after another."""

from __future__ import annotations

import signal
from collections import Counter

from exparse.cli import selection
from exparse.cli.resume import told, why_not
from exparse.errors import ExparseError
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "retry"
ALIASES: list[str] = []
HELP = "go on with runs that failed, were killed, interrupted or lost, one by one"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse retry                           all that did not get to their end
  exparse retry 3:9 --state failed,lost
  exparse retry --where 'lr < 0.1' --since 2d
  exparse retry --dry-run                 only list what would run

Each goes on as the next attempt in its own folder, as by exparse resume. One
that fails again does not stop the others; Ctrl-C does. The exit code is 1 if
any of them did not finish.
"""

STATES = ("failed", "lost", "killed", "interrupted")
_INTERRUPTED = 128 + signal.SIGINT


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    from exparse.cli import launching

    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    launching.add_arguments(parser)
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    wanted = selection.wanted(args)
    wanted = wanted if wanted.states else wanted._replace(states=STATES)
    return retry(find(args.root), wanted, args.code, args.dry_run, args.yes, to)


def retry(root: Root, wanted: Wanted, code: str | None, dry: bool, yes: bool, to: Output) -> int:
    """Go on with the runs that are wanted, one after another.

    Args:
        root: Where they lie.
        wanted: Which ones.
        code: ``recorded``, ``current``, or None for what each was made with, wherever that is.
        dry: Whether they are only listed.
        yes: Whether nothing is asked.
        to: Where is said what runs, and what came of it.

    Returns:
        0, also where there are none; 1 where a selector picked none, nothing was agreed to, or one did not finish;
        130 after Ctrl-C.

    Raises:
        ExparseError: If nobody is there to be asked.
    """
    from exparse.cli import hints, launching

    rows, all_known = selection.found(root, wanted, to)
    runs = [row.run for row in rows]
    if not runs:
        if all_known:
            to.note(_all_over(root, wanted, to) or hints.nothing(root, wanted, selection.places(wanted), to))
        return 0 if all_known else 1
    if not dry and not launching.consented(runs, yes, to, lambda one: _show(one, code, to)):
        to.note("nothing was run")
        return 1
    return max(_all(runs, code, dry, to), 0 if all_known else 1)


def _all_over(root: Root, wanted: Wanted, to: Output) -> str:
    """Return why nothing is to be done, where all runs were meant; "" where there are none, or only some were."""
    if wanted != selection.Wanted(states=STATES):
        return ""
    states = Counter(row.run.state for row in selection.found(root, selection.Wanted(), to).rows)
    if not states:
        return ""
    told = ", ".join(f"{number:,} {state}" for state, number in sorted(states.items()))
    return f"nothing to go on with: {told}" if len(states) > 1 else f"nothing to go on with: all {told}"


def _show(one: Run, code: str | None, to: Output) -> None:
    """Show what would run of somebody else's run, or why nothing would."""
    from exparse.cli import launching
    from exparse.launch import plan

    try:
        with plan.on(one, code) as made:
            launching.screen(made, f"run {one.id} goes on, attempt {one.status.attempt + 1}", to)
    except BrokenPipeError:
        raise
    except (ExparseError, OSError) as problem:
        to.warn(f"run {one.id}: {problem}")


def _all(runs: Sequence[Run], code: str | None, dry: bool, to: Output) -> int:
    if dry:
        return _list(runs, code, to)
    good: list[Run] = []
    bad: list[Run] = []
    for at, one in enumerate(runs, start=1):
        to.note(f"{at} of {len(runs)}: run {one.id}, {one.state}")
        ended = _one(one, code, to)
        if ended == _INTERRUPTED:
            to.note(f"interrupted at run {one.id}; {selection.count(len(runs) - at)} not tried")
            return _INTERRUPTED
        (bad if ended else good).append(one)
    failed = f"; {selection.count(len(bad))} did not: {selection.numbers(bad)}" if bad else ""
    to.note(f"{len(good)} of {selection.count(len(runs))} finished{failed}")
    return 1 if bad else 0


def _list(runs: Sequence[Run], code: str | None, to: Output) -> int:
    """List what would run, and where it is another code than that of the run before, which."""
    from exparse.cli import launching
    from exparse.code.looked import Looked
    from exparse.launch import plan

    all_good, before = True, None
    with Looked() as looked:
        for one in runs:
            try:
                _check(one)
                with plan.on(one, code, looked) as made:
                    to.line(f"{one.id}  {one.state}  {made.command}")
                    here = made.code.note, made.code.here
                    if here != before and (before is not None or made.code.tree is not None):
                        launching.tell_code(made, to)
                        before = here
            except BrokenPipeError:
                raise
            except (ExparseError, OSError) as problem:
                to.warn(f"run {one.id}: {problem}")
                all_good = False
    return 0 if all_good else 1


def _check(one: Run) -> None:
    why = why_not(one)
    if why:
        raise ExparseError(f"it cannot go on: {why}")


def _one(one: Run, code: str | None, to: Output) -> int:
    """Go on with one run; return 0 where it finished, 130 after Ctrl-C, else 1."""
    from exparse.cli import launching
    from exparse.launch import child, going, plan

    try:
        _check(one)
        with plan.on(one, code) as made:
            if made.code.tree is not None:
                launching.tell_code(made, to)
            to.out.flush()
            gone = going.go(made)
    except BrokenPipeError:
        raise
    except (ExparseError, OSError) as problem:
        to.warn(f"run {one.id}: {problem}")
        return 1
    told(one, gone, to)
    if child.was_told_to_end() or gone.code in (-signal.SIGINT, _INTERRUPTED):
        return _INTERRUPTED
    return 0 if gone.code == 0 and gone.run is not None else 1
