"""``exparse summary``: what many runs have in common, and what groups of them have measured."""

from __future__ import annotations

import argparse
from typing import NamedTuple

from exparse.cli import selection
from exparse.cli.arguments import comma_separated, natural
from exparse.cli.formats import FOR_PROGRAMS
from exparse.cli.selection import Wanted
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root

NAME = "summary"
ALIASES: list[str] = []
HELP = "count runs, average metrics over groups of them, say what varies"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse summary                        all runs: states, params, metrics
  exparse summary @paper 40:             some of them
  exparse summary --by model             each metric's mean, deviation, best run
  exparse summary --by model,lr --metrics acc    one field against the other
  exparse summary --seeds                average runs that differ only in a seed
  exparse summary --over fold,seed       the same over other params
  exparse summary --by model --where 'state = finished' --stats mean,std
  exparse summary --seeds --metrics acc -n 5     the five best, over seeds
  exparse summary --by model --sort -acc,loss    the largest mean acc first
  exparse summary --by model --format latex > table.tex
  exparse summary --by mark --best -fid  the smallest fid is the best

Fields to group by are params, metrics, and facts such as host, state, commit,
mark, tag; runs that lack one are a group of their own, "-". Groups stand in
the order of these values; with --metrics the best mean of the first one comes
first, in csv and json only with --sort. The deviation is that of a sample
(n - 1). nan and infinities are left out, and told. The best value is the
smallest of metrics whose names hold a word such as loss, error, perplexity,
mse, mae, rmse, time, else the largest; --best acc,-fid says it.
A seed is a param called seed, random_seed, rng_seed, random_state and the like.
Disk use is measured of up to 1,000 runs, of more with --disk.
"""
FORMATS = ("text", "json", "csv", "markdown", "latex", "html")
MOST = 20
"""Groups that are drawn unless it is said."""

MOST_MEASURED = 1000
"""Runs whose files are looked at unasked, to know how much room they take."""


class Asked(NamedTuple):
    """What is to be told of the runs.

    Attributes:
        by: Fields whose values make the groups; empty for none.
        over: Params that may differ within a group, whose other params are the same; empty for none.
        seeds: Whether these are the seeds that the runs have.
        metrics: Names and globs of metrics; empty for all.
        stats: Which figures (:data:`exparse.cli.grouping.STATS`); empty for the usual ones.
        best: Metrics whose largest value is the best; with a ``-`` in front, whose smallest is.
        disk: Whether disk use is measured, however many runs there are.
        sort: Metrics (their mean), fields of the groups or ``runs`` to sort the groups by, ``-NAME``: largest first;
            empty for the usual order.
        most: How many groups at most; None for what is usual, 0 for all.
    """

    by: Sequence[str] = ()
    over: Sequence[str] = ()
    seeds: bool = False
    metrics: Sequence[str] = ()
    stats: Sequence[str] = ()
    best: Sequence[str] = ()
    disk: bool = False
    sort: Sequence[str] = ()
    most: int | None = None


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    selection.add_filters(parser)
    groups = parser.add_mutually_exclusive_group()
    groups.add_argument("--by", metavar="FIELDS", type=comma_separated, action="extend", help="a group for each value")
    groups.add_argument(
        "--over", metavar="PARAMS", type=comma_separated, action="extend",
        help="average runs that differ in nothing but these params",
    )  # fmt: skip
    groups.add_argument("--seeds", action="store_true", help="average runs that differ in nothing but a seed")
    names = {"metavar": "NAMES", "type": comma_separated, "action": "extend", "default": []}
    parser.add_argument("--metrics", help="these metrics only: names, globs, seconds", **names)  # type: ignore[arg-type]
    parser.add_argument("--best", help="their largest value is the best, -NAME: the smallest", **names)  # type: ignore[arg-type]
    parser.add_argument(
        "--stats", metavar="NAMES", type=_stats, action="extend", default=[],
        help="these figures: count, mean, std, min, max, best",
    )  # fmt: skip
    parser.add_argument(
        "--sort", metavar="NAMES", type=comma_separated, action="extend", default=[],
        help="sort groups by mean metrics, fields or runs, -NAME: largest first",
    )  # fmt: skip
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-n", metavar="N", type=natural, dest="most", help=f"at most N groups; default: {MOST}")
    amount.add_argument("-a", "--all", action="store_const", const=0, dest="most", help="all groups")
    parser.add_argument("--disk", action="store_true", help="measure disk use, however many runs there are")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")


def _stats(text: str) -> list[str]:
    from exparse.cli.grouping import STATS

    names = comma_separated(text)
    unknown = [name for name in names if name not in STATS]
    if unknown:
        raise argparse.ArgumentTypeError(f"no figure {unknown[0]!r}; there are {', '.join(STATS)}")
    return list(dict.fromkeys(names))


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    asked = Asked(args.by or (), args.over or (), args.seeds, args.metrics, args.stats, args.best, args.disk)
    if not (args.by or args.over or args.seeds) and (args.sort or args.most is not None):
        args.wrong("--sort, -n and --all are about groups: add --by, --over or --seeds")
    asked = asked._replace(sort=args.sort, most=args.most)
    return summary(find(args.root), selection.wanted(args), args.format, to, asked)


NOTHING = Asked()


def summary(root: Root, wanted: Wanted | Sequence[str], form: str, to: Output, asked: Asked = NOTHING) -> int:
    """Print what runs have in common, or what groups of them have measured.

    Args:
        root: Where they lie.
        wanted: Which ones, or selectors that pick them; all of ``runs/`` if it asks for nothing.
        form: One of :data:`FORMATS`.
        to: Where to print.
        asked: What is to be told.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked no run.

    Raises:
        UnknownField: If a field or a metric is none that the runs have.
    """
    from exparse.cli import overview, sheets

    asked_for = wanted if isinstance(wanted, Wanted) else Wanted(selectors=tuple(wanted))
    table, all_known = selection.table_of(root, asked_for, to)
    if not len(table) and all_known and form not in FOR_PROGRAMS:
        from exparse.cli import hints

        to.note(hints.nothing(root, asked_for, selection.places(asked_for), to))
    if asked.by or asked.over or asked.seeds:
        sheets.put(root, table, form, to, asked)
    else:
        overview.put(root, table, form, to, asked)
    return 0 if all_known else 1
