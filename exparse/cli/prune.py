"""``exparse prune``: old, failed and large runs into the trash, by rules; the best, marked and running ones stay."""

from __future__ import annotations

from typing import NamedTuple

from exparse.cli import cleaning, grid, selection
from exparse.cli.arguments import natural, read_by
from exparse.query import prune as rules
from exparse.query import shown, stats, usage
from exparse.store import expiry
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.prune import Best, Rules, Verdict
    from exparse.query.rows import Row
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "prune"
ALIASES: list[str] = []
HELP = "move runs to the trash by rules: age, state, size, rank"
COMPLETES: tuple[str, ...] = ()
EXAMPLES = """\
examples:
  exparse prune --older-than 30d --state failed,killed
  exparse prune --where 'model = svm' --keep-best acc:5
  exparse prune --keep-best -loss:3 --keep-last 10    -loss: the smallest
  exparse prune --larger-than 1GB --dry-run           show, and do nothing
  exparse prune --tmp --purge --yes                   expired tmp runs, for good

A run goes if all that is said of it is so. Those that are running, pending or
marked are kept without --force. The best and the newest are sought among all
runs that --where, --state and the like pick, whatever their age and size.
Runs of tmp/ stay unless --tmp, which takes only these, or --mark asks for them;
--tmp without --older-than takes those that are older than 14 days, or than the
"tmp_days" of the root's exparse.json. Without --yes the runs are shown, with
those that stay and come from them, and a question is asked.
"""
_MOST_SHOWN = 20
_MOST_PARENTS = 5
_MOST_ASKED = 5000  # each has files to be read


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes:
        older_than: Seconds since the end of a run; None for any.
        larger_than: Bytes that a run holds at least; None for any.
        keep_best: Metrics, each with how many.
        keep_last: How many of the newest stay.
        tmp: Whether only runs of ``tmp/`` are meant.
        purge: Whether what goes is deleted at once.
        dry_run: Whether all is only shown.
        yes: Whether no question is asked.
        force: Whether marked runs, and those under way, go, too.
        most: How many runs are shown at most; None for all.
    """

    older_than: float | None = None
    larger_than: int | None = None
    keep_best: Sequence[Best] = ()
    keep_last: int = 0
    tmp: bool = False
    purge: bool = False
    dry_run: bool = False
    yes: bool = False
    force: bool = False
    most: int | None = _MOST_SHOWN

    @property
    def has_rule(self) -> bool:
        """Whether it says what may go, or what stays."""
        return bool(self.keep_best or self.keep_last or self.tmp) or (self.older_than, self.larger_than) != (None, None)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    add = parser.add_argument
    age, size, best = map(read_by, (rules.parse_age, rules.parse_size, rules.parse_best))
    add("--older-than", metavar="AGE", type=age, help="only runs that ended longer ago: 30d, 12h, 2w")
    add("--larger-than", metavar="SIZE", type=size, help="only runs that hold as much: 1GB, 500MB")
    add(
        "--keep-best", metavar="METRIC:N", type=best, action="append", default=[],
        help="keep the N with the largest METRIC: acc:5; -METRIC: the smallest: -loss:3",
    )  # fmt: skip
    add("--keep-last", metavar="N", type=natural, default=0, help="keep the N newest")
    add("--tmp", action="store_true", help="only runs of tmp/: those that are older than AGE, or 14 days")
    add("--purge", action="store_true", help="delete them for good instead of moving them to the trash")
    add("--dry-run", action="store_true", help="only show what would go")
    add("-y", "--yes", action="store_true", help="ask nothing")
    add("--force", action="store_true", help="running and marked ones too")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument(
        "-n", dest="most", metavar="N", type=natural, help=f"show the N newest of them; default: {_MOST_SHOWN}"
    )
    amount.add_argument("-a", "--all", action="store_true", help="show all of them")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    args.most = None if args.all else args.most or _MOST_SHOWN
    asked, wanted = Asked(**{name: getattr(args, name) for name in Asked._fields}), selection.wanted(args)
    if not (wanted or asked.has_rule):
        ways = "--older-than 30d, --state failed, --larger-than 1GB, --keep-best acc:5, --keep-last 20 or --tmp"
        args.wrong(f"prune goes by rules, and none is given. Say what may go or stays: {ways}")
    return prune(find(args.root), wanted, asked, to)


def prune(root: Root, wanted: Wanted, asked: Asked, to: Output) -> int:
    """Move the runs to the trash that may go by the rules.

    Args:
        root: Where they lie.
        wanted: Which ones are looked at.
        asked: The rules, and what is done.
        to: Where to print.

    Returns:
        0, also where there is nothing to do; 1 where something that was to go is still there.

    Raises:
        ExparseError: If none of the runs has a metric by which the best are to be kept, or nobody is there to be asked.
        ValueError: If there is no rule, which would mean all runs.
    """
    if not (wanted or asked.has_rule):
        raise ValueError("no rule is given")
    by_rules = _rules(root, asked)
    to.note(_understood(by_rules, wanted))
    _tell_ends(asked.keep_best, to)
    places = selection.places(wanted, asked.tmp)
    rows = selection.found(root, wanted, to, places).rows
    if wanted and not rows:
        from exparse.cli import hints

        to.note(hints.nothing(root, wanted, places, to))
        return 0
    verdict = _judged(rows, by_rules, to)
    _tell_kept(verdict, to)
    if not verdict.going:
        to.note("nothing to prune")
        return 0
    _show(verdict, by_rules.best, asked.most, to)
    going = [row.run for row, _ in verdict.going]
    if asked.dry_run or not asked.yes:
        _tell_children(root, going, to)
    if asked.dry_run:
        to.note("nothing was done: this is a dry run")
        return 0
    if not (asked.yes or _agreed(root, verdict, asked.purge, to)):
        to.note("nothing was done")
        return 1
    return _carry_out(root, verdict, asked, to)


def _rules(root: Root, asked: Asked) -> Rules:
    older = asked.older_than
    if asked.tmp and older is None:
        older = expiry.tmp_days(root.folder) * 86400
    return rules.Rules(older, asked.larger_than, tuple(asked.keep_best), asked.keep_last, asked.force)


def _understood(by_rules: Rules, wanted: Wanted) -> str:
    """Return in words what may go, and what is kept of it."""
    goes = ["is picked"] if wanted else []
    goes += [] if by_rules.older is None else [f"ended more than {_long(by_rules.older)} ago"]
    goes += [] if by_rules.larger is None else [f"holds {shown.size(by_rules.larger)} or more"]
    kept = [f"the best {best.most} by {'-' * best.smallest}{best.metric}" for best in by_rules.best]
    kept += [f"the newest {by_rules.last}"] if by_rules.last else []
    kept += [] if by_rules.force else ["what is marked or under way"]
    may_go = f"what {' and '.join(goes)} may go" if goes else "all runs may go"
    return f"{may_go}; kept: {', '.join(kept)}" if kept else may_go


def _long(seconds: float) -> str:
    """Return a length of time in the largest unit of which it is a whole number: ``30 days``, ``1 minute``."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and seconds % size == 0:
            return selection.count(round(seconds / size), unit)
    return f"{seconds:g} seconds"


def _tell_ends(kept: Sequence[Best], to: Output) -> None:
    """Say which end is kept of a metric whose name says that the other one may be meant."""
    for best in kept:
        if not best.smallest and stats.is_smaller_better(best.metric):
            said = f"{best.metric}:{best.most}"
            to.note(f"--keep-best {said} keeps the largest {best.metric}; -{said} keeps the smallest")


def _judged(rows: Sequence[Row], by_rules: Rules, to: Output) -> Verdict:
    measure, more = usage.Measure(), to.counter(len(rows), "looking")
    done = 0

    def size(row: Row) -> int:
        nonlocal done
        done += 1
        more(1)
        return measure(row.run.folder).size

    verdict = rules.judge(rows, by_rules, size)
    more(len(rows) - done)
    if not by_rules.force:
        # A damaged run may be under way all the same.
        alive = [(row, why) for row, _ in verdict.going if (why := cleaning.reason_to_keep(row))]
        names = {row.run.name for row, _ in alive}
        going = [pair for pair in verdict.going if pair[0].run.name not in names]
        verdict = verdict._replace(kept=[*verdict.kept, *alive], going=going)
    return verdict


def _tell_kept(verdict: Verdict, to: Output) -> None:
    for what, runs in _by_reason(verdict).items():
        to.note(f"kept: {selection.count(len(runs))} {what}: {selection.numbers(runs, 8)}")


def _by_reason(verdict: Verdict) -> dict[str, list[Run]]:
    kept: dict[str, list[Run]] = {}
    for row, why in verdict.kept:
        # One line for all that are marked, whatever the mark, and for all of one state.
        short = "(marked)" if why.startswith("is marked") else f"({why.removeprefix('is ').partition(' (')[0]})"
        kept.setdefault(short, []).append(row.run)
    if verdict.undated:
        kept["(nobody knows how old)"] = [row.run for row in verdict.undated]
    return kept


def _show(verdict: Verdict, by: Sequence[Best], most: int | None, to: Output) -> None:
    total = sum(size for _, size in verdict.going)
    pairs = verdict.going[:most]
    columns = [
        grid.Column("id", [str(row.id) for row, _ in pairs], right=True, keep=True),
        grid.Column("state", [row.state for row, _ in pairs], keep=True),
        grid.Column("age", [shown.age(row.age) for row, _ in pairs], right=True),
        grid.Column("size", [shown.size(size) for _, size in pairs], right=True, keep=True),
        *(grid.Column(best.metric, _measured(best, verdict)[:most], right=True, keep=True) for best in by),
        grid.Column("marks", [", ".join(row.marks) for row, _ in pairs]),
        grid.Column("name", [row.run.label or "" for row, _ in pairs]),
    ]
    to.text(grid.draw(columns, to.width)[0])
    if len(pairs) < len(verdict.going):
        left = len(verdict.going) - len(pairs)
        to.line(f"and {selection.count(left, 'older run')} (-n N or --all)")
    to.line(f"{selection.count(len(verdict.going))}, {shown.size(total)}")


def _measured(best: Best, verdict: Verdict) -> list[str]:
    """Return what the runs that go have measured of a metric by which the best ones are kept."""
    there = [row.values[best.metric] for row, _ in verdict.going if best.metric in row.values]
    texts = iter(shown.measured(there))
    return [next(texts) if best.metric in row.values else "" for row, _ in verdict.going]


def _tell_children(root: Root, going: Sequence[Run], to: Output) -> None:
    """Say which runs that stay come from one that goes: they lose what they came from, not anything of their own."""
    leaving = set(going)
    staying = [run for place in selection.EVERYWHERE for run in root.runs(place) if run not in leaving]
    asked = sorted(staying, key=lambda run: run.id)[-_MOST_ASKED:]
    needed = rules.needed(going, to.progress(asked, "asking for parents"))
    for run in [run for run in going if run.name in needed][:_MOST_PARENTS]:
        children = needed[run.name]
        few = ", ".join(map(str, children[:_MOST_PARENTS])) + (" ..." if len(children) > _MOST_PARENTS else "")
        verb = "that stays comes" if len(children) == 1 else "that stay come"
        to.note(f"{selection.count(len(children))} {verb} from run {run.id}: {few}")
    if len(needed) > _MOST_PARENTS:
        to.note(f"{selection.count(len(needed) - _MOST_PARENTS)} more are parents of runs that stay")
    if len(asked) < len(staying):
        to.note(f"only the newest {_MOST_ASKED:,} runs that stay were asked where they come from")


def _agreed(root: Root, verdict: Verdict, purge: bool, to: Output) -> bool:
    what = f"{selection.count(len(verdict.going))} of {shown.visible(root.folder)}"
    if purge:
        return cleaning.agreed(f"Delete {what} for good?", "to delete them, or look by --dry-run", to)
    return cleaning.agreed(f"Move {what} to the trash?", "to move them, or look by --dry-run", to)


def _carry_out(root: Root, verdict: Verdict, asked: Asked, to: Output) -> int:
    mover, more = cleaning.Mover(root, asked.force, to), to.counter(len(verdict.going), "moving")
    done: list[Run] = []
    freed = 0
    for row, size in verdict.going:
        if mover.purge(row.run) if asked.purge else mover.move(row.run):
            done.append(row.run)
            freed += size
        more(1)
    if done:
        named = f"{selection.count(len(done))}, {shown.size(freed)}: {selection.numbers(done)}"
        to.line(f"deleted {named}" if asked.purge else f"moved to the trash {named}")
        if not asked.purge:
            to.note(f"`exparse purge` frees the room; {cleaning.way_back(root, done)}")
    return 0 if len(done) + mover.gone == len(verdict.going) else 1
