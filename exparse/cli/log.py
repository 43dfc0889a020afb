"""``exparse log``: what a run printed, and prints."""

from __future__ import annotations

import os

from exparse.cli import selection
from exparse.cli.arguments import natural
from exparse.errors import ExparseError
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.query.logs import Log
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "log"
ALIASES: list[str] = []
HELP = "print what a run printed, or follow it"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse log last            its standard output
  exparse log last -f         go on until it ends
  exparse log 42 --stderr -n 20
  exparse log 42 --part 1     that of rank 1; w1: that of worker 1
  exparse log 42 --all        every log there is, each under its name
  exparse log 42 --raw        colours and all, byte for byte

Escape sequences are shown as text unless --raw is given.
"""
STREAM_ALL = "all"


class NoSuchPart(ExparseError, LookupError):
    """No process of a run that is called like this printed anything."""

    def __init__(self, run: Run, part: str, known: Sequence[str]) -> None:
        more = f" and {len(known) - 8} more" if len(known) > 8 else ""
        there = f"There is {', '.join(known[:8])}{more}"
        hint = there if known else "No other process than the program itself printed anything"
        super().__init__(f"run {run.id} has no log of part {part!r}. {hint}")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selector", metavar="RUN", help=selection.ONE_HELP)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--stderr", action="store_const", const="stderr", dest="stream", help="standard error instead")
    which.add_argument(
        "-a", "--all", action="store_const", const=STREAM_ALL, dest="stream", help="both, and those of all processes"
    )
    parser.add_argument("--part", metavar="PART", help="of another process: 1 for rank 1, w1 for worker 1")
    parser.add_argument("-n", metavar="LINES", type=natural, dest="most", help="only the last LINES lines")
    parser.add_argument("-f", "--follow", action="store_true", help="go on printing until the run ends")
    parser.add_argument("--raw", action="store_true", help="byte for byte, escape sequences included")
    parser.set_defaults(stream="stdout")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return log(find(args.root), args.selector, args.stream, args.part, args.most, args.follow, args.raw, to)


def log(
    root: Root,
    selector: str,
    stream: str,
    part: str | None,
    most: int | None,
    is_followed: bool,
    raw: bool,
    to: Output,
) -> int:
    """Print the log of a run.

    Args:
        root: Where it lies.
        selector: Which one.
        stream: ``stdout``, ``stderr``, or ``all`` for every log that there is.
        part: Which process printed it; None for the program itself.
        most: How many lines from the end; None for all.
        is_followed: Whether to go on until the run ends.
        raw: Whether bytes pass as they are.
        to: Where to print.

    Returns:
        0, also where nothing was printed.

    Raises:
        RunNotFound: If there is no such run.
        NoSuchPart: If no such process printed anything.
        OSError: If the run cannot be looked into.
    """
    from exparse.cli.follow import Follower
    from exparse.query import logs

    found = selection.one(root, selector, to)
    # What may not be looked into has not printed nothing.
    os.listdir(found.folder)
    there = logs.logs(found.folder)
    _check_part(found, part, there)
    follower = Follower(found, lambda log: _is_wanted(log, stream, part), raw, stream == STREAM_ALL, to)
    follower.begin(most, is_over=not is_followed)
    if is_followed:
        follower.follow()
    if not follower.has_printed:
        _explain(found, stream, there, to)
    return 0


def _is_wanted(log: Log, stream: str, part: str | None) -> bool:
    if stream == STREAM_ALL:
        return part is None or log.part == part
    return (log.stream, log.part) == (stream, part)


def _check_part(run: Run, part: str | None, there: Sequence[Log]) -> None:
    known = list(dict.fromkeys(log.part for log in there if log.part is not None))
    if part is not None and part not in known:
        raise NoSuchPart(run, part, known)


def _explain(run: Run, stream: str, there: Sequence[Log], to: Output) -> None:
    """Say why nothing was printed, and where there is something."""
    if _facts(run).get("capture") == "off":
        to.note(f"run {run.id} was not captured (capture=off)")
        return
    others = ", ".join(log.name for log in there)
    what = "nothing" if stream == STREAM_ALL else f"nothing on {stream}"
    to.note(f"run {run.id} printed {what}{f'; there is {others} (--all)' if others else ''}")


def _facts(run: Run) -> dict[str, object]:
    try:
        return run.metadata
    except (ExparseError, OSError):
        # Damaged metadata do not keep a log from being read.
        return {}
