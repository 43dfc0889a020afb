"""``exparse stop``: end runs that are under way."""

from __future__ import annotations

import argparse
import signal

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.launch import stop as stopping
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.launch.stop import Target
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "stop"
ALIASES: list[str] = []
HELP = "end runs that are under way"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse stop 42                   SIGTERM, and wait until it is over
  exparse stop --tag sweep          all of these that are under way
  exparse stop 42 --wait 60 --kill  SIGKILL if it is not over after a minute
  exparse stop 42 --signal USR1     only tell it: a run that looks at
                                    run.preempted makes its last checkpoint

The signal goes to the process that records the run, on this machine; a command
(exparse run -- command) gets it from there. Runs on other machines are not
touched: it is said how to end them.
"""
_WAIT_S = 10.0


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    parser.add_argument(
        "--signal", metavar="NAME", type=_signal, default=signal.SIGTERM, help="another signal than TERM, such as INT"
    )
    parser.add_argument(
        "--wait", metavar="SECONDS", type=_seconds, help=f"how long to wait for the end (default: {_WAIT_S:g})"
    )
    parser.add_argument("--kill", action="store_true", help="SIGKILL for what is not over by then")
    selection.add_filters(parser)


def _signal(text: str) -> int:
    name = text.upper().removeprefix("SIG")
    known = {one.name.removeprefix("SIG"): one for one in signal.Signals}
    if name in known:
        return known[name]
    if text.isdecimal() and int(text) in set(signal.Signals):
        return int(text)
    raise argparse.ArgumentTypeError(f"no signal {text!r}. There are TERM, INT, HUP, USR1, KILL and more (kill -l)")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"seconds are expected, 0 or more, not {text!r}")
    return seconds


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    wanted = selection.wanted(args)
    if not wanted:
        args.wrong("which runs? Name them (exparse stop 42), or say what they have in common (--state running)")
    return stop(find(args.root), wanted, args.signal, args.wait, args.kill, to)


def stop(root: Root, wanted: Wanted, number: int, wait: float | None, kill: bool, to: Output) -> int:
    """Signal the runs that are wanted and under way, and wait until they are over.

    Args:
        root: Where they lie.
        wanted: Which ones.
        number: The signal.
        wait: Seconds to wait for their end; None for the usual ones, or none for a signal that need not end them.
        kill: Whether SIGKILL follows for those that are not over by then.
        to: Where to print.

    Returns:
        0 where all that are wanted are over, or have the signal if no end was waited for; 1 where one is not, or was
        over before, or a selector picked none.
    """
    rows, all_known = selection.found(root, wanted, to)
    are_named = not all(map(selection.is_query, wanted.selectors))
    aims, are_well = _aims([row.run for row in rows], are_named, to)
    if not aims:
        if rows and not are_named:
            to.note(f"none of {selection.count(len(rows))} is under way here")
        elif not rows and all_known:
            to.note("no run answers to that")
        return 1
    aims, sent = _sent(aims, number, to)
    are_well = are_well and sent
    if wait is None and not kill and number not in stopping.ENDS:
        for aim in aims:
            to.line(f"run {aim.run.id} has {signal.Signals(number).name}")
        return 0 if all_known and are_well else 1
    left = _waited(aims, number, _WAIT_S if wait is None else wait, kill, to)
    return 0 if all_known and are_well and not left else 1


def _aims(runs: Sequence[Run], are_named: bool, to: Output) -> tuple[list[Target], bool]:
    """Return what is to be signalled, and whether that is all that was asked for."""
    aims, are_well = [], True
    for run in runs:
        if run.state == "damaged":
            to.warn(f"run {run.id} is damaged: whether it is under way is not known")
            are_well = False
            continue
        try:
            aim = stopping.target(run)
        except stopping.NotHere as problem:
            to.warn(str(problem))
            are_well = False
            continue
        if aim is not None:
            _tell_of_launcher(run, to)
            aims.append(aim)
        elif are_named:
            to.warn(f"run {run.id} is not under way: {run.state}")
            are_well = False
    return aims, are_well


def _tell_of_launcher(run: Run, to: Output) -> None:
    launcher = run.metadata.get("launcher")
    world = launcher.get("world") if isinstance(launcher, dict) else None
    if isinstance(launcher, dict) and (world is None or world > 1):
        to.note(
            f"run {run.id} is one of {world or 'several'} ranks ({launcher.get('kind')}): rank 0 is told alone. "
            "Where the others stay, stop their launcher"
        )


def _sent(aims: Iterable[Target], number: int, to: Output) -> tuple[list[Target], bool]:
    """Signal them; return those that may be waited for, and whether all could be signalled."""
    sent, are_well = [], True
    for aim in aims:
        try:
            if number == getattr(signal, "SIGKILL", None):
                stopping.kill(aim)
            else:
                stopping.send(aim, number)
        except ExparseError as problem:
            to.warn(str(problem))
            are_well = False
        else:
            # One that went meanwhile is over as well.
            sent.append(aim)
    return sent, are_well


def _waited(aims: list[Target], number: int, seconds: float, kill: bool, to: Output) -> list[Target]:
    """Wait for the end of the runs, and say it; return those that are not over."""
    left = stopping.wait(aims, seconds)
    if left and kill:
        to.note(f"not over after {seconds:g} s: {selection.numbers(aim.run for aim in left)}; SIGKILL")
        for aim in left:
            stopping.kill(aim)
        left = stopping.wait(left, _WAIT_S)
    going_on = {id(aim.run) for aim in left}
    for aim in aims:
        if id(aim.run) not in going_on:
            to.line(f"run {aim.run.id} is over: {stopping.outcome(aim.run)}")
    for aim in left:
        name = signal.Signals(number).name
        cure = "it does not end" if kill else "wait longer (--wait 60), or end it by force (--kill)"
        to.warn(f"run {aim.run.id} has {name} and is under way still, as process {aim.process['pid']}: {cure}")
    return left
