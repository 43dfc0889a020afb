"""``exparse ls``: the runs of a root as a table."""

from __future__ import annotations

import os
from argparse import ArgumentTypeError
from typing import NamedTuple

from exparse.cli import selection
from exparse.cli.arguments import comma_separated, natural
from exparse.cli.formats import FOR_PROGRAMS, FORMATS, by_name
from exparse.errors import ExparseError
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.columns import Columns, Fact
    from exparse.cli.listing import Listing
    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "ls"
ALIASES: list[str] = ["list"]
HELP = "list runs, newest last"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse ls                         the newest 20, and the params that differ
  exparse ls 3:7 @good               runs 3 to 7 and those marked good
  exparse ls --where 'lr < 0.01 and acc > 0.9' --sort -acc
  exparse ls --state failed,lost --since 2d --columns +error
  exparse ls --mark paper --all      every run marked paper or paper/...
  exparse ls --sort=-lr,seed -n 5    the five with the largest lr
  exparse ls --params non-default    the params that somebody changed
  exparse ls --columns state,'opt*'  these columns only
  exparse ls --columns=-age,+commit  the usual ones without age, and commit
  exparse ls --wide | less -S        nothing left out, nothing shortened
  exparse ls --where 'acc > 0.9' --ids | xargs exparse mark good
  exparse ls -o runs.csv             all runs, every param; .json .md .tex ...
  exparse ls --watch                 a view that is drawn anew every 2 s

Columns: id, state, age, duration, name, label, marks, started, seconds, place,
problem, exit_code, error, host, user, script, cwd, python, commit, branch,
dirty, job, attempts, tags, description, fails, the params, and the metrics
(the summary, else the last value). A param that is called like one of these is
params.NAME, a metric metrics.NAME. Columns that are sorted or filtered by are
always shown. csv, json and parquet hold all params and metrics unless --columns
is given; there age and duration are seconds.

A param whose default was not recorded counts as non-default. --watch ends by
Ctrl-C, with exit code 130, and leaves the terminal as it was.
"""

# Those of exparse.cli.usual, which the start of the command does not wait for.
_PARAMS = ("varying", "non-default", "all", "none")
MOST = 20
_SHORTEST_S = 0.1


class Asked(NamedTuple):
    """What a listing is to show.

    Attributes:
        wanted: Which runs; None for all.
        tmp: Whether those of ``tmp/`` are meant instead of ``runs/``.
        sort: Columns to sort by; none for the number, newest last.
        most: How many rows at most; None for all.
        columns: Names and globs of the columns, or changes of the usual ones; None for those.
        params: Which params; one of ``varying``, ``non-default``, ``all``, ``none``; None for the usual ones.
        metrics: Names and globs of metrics, ``all`` or ``none``; None for the usual ones.
        form: One of :data:`exparse.cli.formats.FORMATS`, or ``ids``.
        wide: Whether nothing is left out or shortened.
        output: File to write; None for standard output.
    """

    wanted: selection.Wanted | None = None
    tmp: bool = False
    sort: Sequence[str] = ()
    most: int | None = MOST
    columns: Sequence[str] | None = None
    params: str | None = None
    metrics: Sequence[str] | None = None
    form: str = "table"
    wide: bool = False
    output: str | None = None

    @property
    def is_for_people(self) -> bool:
        """Whether a person reads it."""
        return self.form not in FOR_PROGRAMS


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    selection.add_filters(parser)
    parser.add_argument("--tmp", action="store_true", help="the runs of tmp/ instead, made with --tmp")
    _add_columns(parser)
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", metavar="N", type=natural, dest="most", help=f"at most N runs; {MOST} unless runs are named"
    )
    amount.add_argument("-a", "--all", action="store_true", help="all runs; so do --ids and -o unless -n is given")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMATS, help="default: table, or what the name of -o FILE says")
    form.add_argument("--ids", action="store_const", const="ids", dest="format", help="only numbers, one a line")
    form.add_argument(
        "--watch",
        metavar="SECONDS",
        type=_period,
        nargs="?",
        const=_period("2"),
        help="draw it anew every 2 s, or SECONDS, until Ctrl-C",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write a file instead, all runs unless -n is given")


def _add_columns(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--sort", metavar="NAMES", type=comma_separated, action="extend", default=[],
        help="sort by these columns, -NAME: largest first; then the first ones are shown",
    )  # fmt: skip
    parser.add_argument(
        "--columns", metavar="NAMES", type=comma_separated, action="extend",
        help="these columns: names, globs, commas; +NAME,-NAME: the usual ones with and without",
    )  # fmt: skip
    parser.add_argument("--params", choices=_PARAMS, help="which params; default: varying, for programs all")
    parser.add_argument(
        "--metrics", metavar="NAMES", type=comma_separated, action="extend",
        help="which metrics: names, globs, all, none; default: all for which there is room",
    )  # fmt: skip
    parser.add_argument("--wide", action="store_true", help="shorten nothing, leave nothing out; for less -S")


def _period(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not _SHORTEST_S <= seconds <= 86400:
        raise ArgumentTypeError(f"seconds are expected, {_SHORTEST_S} at least, not {text!r}; runs stand before it")
    return seconds


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    if args.watch is not None and args.output is not None:
        args.wrong("--watch draws on the terminal, -o writes a file: give one of them")
    root = find(args.root)
    asked = _asked(args)
    if args.watch is not None:
        return _watched(root, asked, args.watch, args.all, to)
    code = ls(root, asked, to)
    if asked.is_for_people and asked.form != "ids" and not args.root and not os.environ.get("EXPARSE_ROOT"):
        _say_where(root, to)
    return code


def _say_where(root: Root, to: Output) -> None:
    """Name the root where it was found by a search, and another one could have been meant."""
    from exparse.cli import hints

    others = hints.other_roots(root.folder, os.getcwd())
    if others:
        to.note(f"these are the runs of {root.folder}; near is also {', '.join(others)} (--root FOLDER)")


def _asked(args: Namespace) -> Asked:
    output = None if args.output == "-" else args.output
    form = args.format
    if form is None:
        form = by_name(output) if output else "table"
    has_all = args.all or (args.most is None and (args.selectors or output or form == "ids"))
    return Asked(
        selection.wanted(args),
        args.tmp,
        args.sort,
        None if has_all else args.most or MOST,
        args.columns,
        args.params,
        args.metrics,
        form,
        args.wide,
        output,
    )


def _watched(root: Root, asked: Asked, period_s: float, is_all: bool, to: Output) -> int:
    from exparse.cli import watch

    def view(frame: Output, lines: int) -> None:
        # Two lines of headings, and one for what does not fit.
        room = max(1, lines - 3)
        ls(root, asked._replace(most=room if is_all else min(asked.most or room, room), wide=False), frame)

    watch.watch(view, period_s, f"exparse ls - {root.folder}", to)
    return 0


def ls(root: Root, asked: Asked, to: Output) -> int:
    """Print or write a table of runs.

    Args:
        root: Where they lie.
        asked: Which ones, and what of them.
        to: Where to print.

    Returns:
        0, or 1 where a selector picked no run.

    Raises:
        InvalidQuery: If a filter is none.
        MarkNotFound: If no run bears a mark that is asked for.
        UnknownField: If there is no such column.
        NoPlace: If the file may not be written there.

    Reads the runs that are shown; where some are picked by what they say, or sorted, the index of all.
    """
    from exparse.cli import forms

    if asked.form == "parquet" and asked.output is None and to.out.isatty():
        raise ExparseError("parquet is nothing to read on a terminal: add -o FILE, or redirect it")
    if asked.output is not None:
        from exparse.cli import saving

        saving.check(asked.output)
    found = _listing(root, asked, to)
    if asked.form == "ids":
        return _print_numbers(found, asked, to)
    facts = _facts(found, asked)
    rows = found.rows() if asked.is_for_people else found.found
    if asked.output is not None:
        forms.put_in_file(asked.output, asked.form, facts, rows, to)
        to.note(f"wrote {selection.count(len(found.found))} to {asked.output}")
    else:
        forms.put(asked.form, facts, rows, asked.wide, to)
    _notes(root, found, asked, to)
    return 0 if found.all_known else 1


def _listing(root: Root, asked: Asked, to: Output) -> Listing:
    from exparse.cli import listing

    wanted = asked.wanted or selection.Wanted()
    if not wanted and not asked.sort and asked.most is not None:
        return listing.newest(root, asked.most, layout.TMP if asked.tmp else layout.RUNS, to)
    return listing.picked(root, wanted, selection.places(wanted, asked.tmp), asked.sort, asked.most, to)


def _print_numbers(found: Listing, asked: Asked, to: Output) -> int:
    text = "".join(f"{number}\n" for number in found.numbers)
    if asked.output is None:
        to.text(text)
    else:
        from exparse.cli import saving

        with saving.whole(asked.output) as stream:
            stream.write(text.encode("ascii"))
    return 0 if found.all_known else 1


def _facts(found: Listing, asked: Asked) -> list[Fact]:
    """Return the columns that are asked for."""
    from exparse.cli import listing, usual
    from exparse.cli.columns import Columns, unique

    there = Columns(found.params, found.metrics, asked.is_for_people, not len(found.found), found.further)
    changes = asked.columns if usual.are_changes(asked.columns) else None
    if asked.columns is not None and changes is None:
        # What else was asked for comes behind.
        more = [*_params(found, asked, there, usual.NONE), *_metrics(there, asked.metrics or [usual.NONE])]
        return unique([*there.chosen(asked.columns), *more])
    mode = usual.VARYING if asked.is_for_people else usual.ALL
    params = [fact.param or "" for fact in _params(found, asked, there, mode)]
    metrics = [fact.metric or "" for fact in _metrics(there, asked.metrics or [usual.ALL])]
    if asked.is_for_people:
        names = [text.removeprefix("-") for text in asked.sort]
        names += [*listing.ranked_by(asked.wanted), *listing.filtered_by(asked.wanted)]
        also = [fact for name in names for fact in there.known(name)]
        facts = usual.for_people(there, found.rows(), params, metrics, also)
    else:
        facts = usual.for_programs(there, params, metrics)
    return facts if changes is None else usual.changed(there, facts, changes)


def _params(found: Listing, asked: Asked, there: Columns, mode: str) -> list[Fact]:
    from exparse.cli import usual

    mode = asked.params or mode
    # All of them are known already, and rows are made once for each time that they are gone through.
    names = found.params if mode == usual.ALL else usual.of_params(found.rows(), mode)
    return [there.params[name] for name in names]


def _metrics(there: Columns, wanted: Sequence[str]) -> list[Fact]:
    from exparse.cli import usual
    from exparse.cli.columns import unique

    found: list[Fact] = []
    for name in wanted:
        if name == usual.ALL:
            found += there.metrics.values()
        elif name != usual.NONE:
            found += there.metric(name)
    return unique(found)


def _notes(root: Root, found: Listing, asked: Asked, to: Output) -> None:
    from exparse.cli import hints

    if asked.is_for_people and not len(found.found):
        wanted = asked.wanted or selection.Wanted()
        to.note(hints.nothing(root, wanted, selection.places(wanted, asked.tmp), to))
    if found.unseen > 0:
        kind = "run" if asked.sort else "older run"
        to.note(f"{selection.count(found.unseen, kind)} not shown (-n N or --all)")
    for row in found.rows() if asked.is_for_people else ():
        if row.problem:
            to.note(f"run {row.id} is damaged: {row.problem}")
