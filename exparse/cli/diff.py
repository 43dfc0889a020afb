"""``exparse diff``: what differs between runs."""

from __future__ import annotations

import os

from exparse.cli import selection
from exparse.cli.arguments import comma_separated
from exparse.errors import ExparseError
from exparse.store import layout
from exparse.store.root import Root, find
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from exparse.cli.contrast import Contrast, Pair
    from exparse.cli.output import Output
    from exparse.query.difference import Codes, Origin
    from exparse.query.outputs import Echo
    from exparse.query.rows import Row

NAME = "diff"
ALIASES: list[str] = ["compare"]
HELP = "show what differs between runs: params, code, packages, host, metrics, output"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse diff 41 42               all that differs, a column each
  exparse diff 42                  what is new since the run of it before
  exparse diff 42 --to defaults    which params are not their defaults
  exparse diff last --to @paper    against the newest run marked paper
  exparse diff 41 42 --code        the code, as a unified diff of both trees
  exparse diff 3:7 --ignore seed,'out*' --ignore environment
  exparse diff 41 ../other/exruns/runs/000007-2026-11-20-10-00-00
  exparse diff 41 42 --format json --all

Of code, the trees are compared: each run's commit with its patch on it. Nothing
is checked out, and no repository is written. --ignore takes names and globs, of
params and all other lines (seed, metrics.acc, env.*), and whole sections:
params, code, packages, environment, metrics, end, labels, output.

The exit code is 0 whether runs differ or not. With --exit-code it is 1 if they
differ, in anything but times and labels.
"""

FORMATS = ("text", "json", "markdown", "html")
MOST = 50
PREVIOUS, DEFAULTS = "previous", "defaults"
_OUTPUT = "output"


class NothingToCompare(ExparseError, LookupError):
    """There are not the runs that a comparison needs."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help=selection.RUN_HELP)
    parser.add_argument(
        "--to", metavar="RUN", help="compare one RUN with this one: previous (the default), defaults, or any other"
    )
    parser.add_argument("--code", "--patch", action="store_true", help="print the code's difference as a unified diff")
    parser.add_argument("-a", "--all", action="store_true", help="also what is the same, and long lists to their end")
    parser.add_argument(
        "--ignore", metavar="NAMES", type=comma_separated, action="extend", default=[],
        help="leave these out: names, globs, sections, commas",
    )  # fmt: skip
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 if the runs differ")
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: text")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    if args.to is not None and len(args.selectors) > 1:
        args.wrong(f"--to compares one RUN; {len(args.selectors)} are named. Leave --to out")
    if args.code:
        if args.all or args.ignore or args.format != "text":
            args.wrong("--code prints a patch, whole and as it is: leave out --all, --ignore and --format")
        return code(args.root, args.selectors, args.to, args.exit_code, to)
    return diff(args.root, args.selectors, args.to, args.ignore, args.all, args.exit_code, args.format, to)


def diff(
    root: str | None,
    selectors: Sequence[str],
    other: str | None,
    ignored: Sequence[str],
    whole: bool,
    tells: bool,
    form: str,
    to: Output,
) -> int:
    """Print what differs between runs.

    Args:
        root: What ``--root`` said.
        selectors: Which runs; the others are compared with the first.
        other: Which run a single one is compared with: ``previous``, ``defaults``, or a selector; None for the first.
        ignored: Names, globs and sections that are left out.
        whole: Whether what is the same is printed, too.
        tells: Whether the exit code tells if they differ.
        form: One of :data:`FORMATS`.
        to: Where to print.

    Returns:
        0; 1 where a selector picked no run, or the runs differ and ``tells``.

    Raises:
        NothingToCompare: If there is nothing to compare a run with, or there are too many runs.
    """
    from exparse.cli import contrast_forms

    rows, all_known = _rows(root, selectors, other, to)
    if not rows:
        return 1
    told = _to_defaults(rows[0], ignored, whole) if other == DEFAULTS else _contrast(rows, ignored, whole)
    for row in rows:
        if row.problem:
            to.note(f"run {row.id} is damaged: {row.problem}")
    contrast_forms.show(told, form, to)
    return 0 if all_known and not (tells and not told.is_same) else 1


def code(root: str | None, selectors: Sequence[str], other: str | None, tells: bool, to: Output) -> int:
    """Print how the code of two runs differs, as a unified diff: as it is for a program, harmless on a terminal.

    Raises:
        NothingToCompare: If there are not two runs.
        NoDifference: If too little is known of their code.
    """
    from exparse.query.difference import Codes

    rows, all_known = _rows(root, selectors, other, to)
    if not rows:
        return 1
    if len(rows) != 2 or other == DEFAULTS:
        raise NothingToCompare(f"--code compares the code of two runs; {selection.count(len(rows))} are named")
    with Codes(_nearby(rows)) as codes:
        first, second = _origins(rows)
        data = codes.patch(first, second)
    (to.block if to.out.isatty() else to.raw)(data)
    if not data:
        to.note(f"the code of {first.head} and {second.head} is the same")
    return 0 if all_known and not (tells and data) else 1


def _rows(root: str | None, selectors: Sequence[str], other: str | None, to: Output) -> tuple[list[Row], bool]:
    """Return what is to be compared, by default in the order in which it was named, and whether all was found."""
    from exparse.query import rows

    runs, all_known = _runs(root, selectors, to)
    if not runs or (len(runs) == 1 and not all_known):
        # Another one than the run that was meant is no answer.
        return [], False
    if len(runs) == 1 and len(selectors) > 1:
        raise NothingToCompare(f"run {runs[0].id} is all that is named: there is nothing to compare it with")
    if len(runs) > 1 and other is not None:
        raise NothingToCompare(f"--to compares one run; {selection.count(len(runs))} are named. Leave --to out")
    if len(runs) > MOST:
        raise NothingToCompare(
            f"{selection.count(len(runs))} are too many to compare, {MOST} are not; `exparse ls` lists what varies"
        )
    if len(runs) == 1 and other != DEFAULTS:
        runs.insert(0, _other(runs[0], other or PREVIOUS, to))
    marked: dict[str, tuple[str, ...]] = {}
    for place in {run.root: None for run in runs}:
        marked |= rows.marks_of(place)
    found = list(rows.read(runs, marked))
    if len(found) < len(runs):
        raise NothingToCompare("a run was removed while it was read. Try again")
    return found, all_known


def _runs(root: str | None, selectors: Sequence[str], to: Output) -> tuple[list[Run], bool]:
    runs: dict[Run, None] = {}
    all_known, home = True, None
    for selector in selectors:
        stranger = abroad(selector)
        if stranger is not None:
            runs[stranger] = None
            continue
        home = home or find(root)
        found, is_known = selection.picked(home, [selector], to)
        # A range picks by number; several selectors stay as they were named.
        runs.update(dict.fromkeys(_at_home(home, run) for run in found))
        all_known = all_known and is_known
    return list(runs), all_known


def _at_home(home: Root, run: Run) -> Run:
    """Return a run with the real path of its root, so that it is the same run by whatever path it is named."""
    return Run(os.path.realpath(home.folder), run.name, run.place)


def abroad(selector: str) -> Run | None:
    """Return the run that a path leads to, or to a file in it, in whichever root it lies; None for what is no path."""
    if not {os.sep, "/"}.intersection(selector) or not os.path.lexists(selector):
        return None
    parts = os.path.realpath(selector).split(os.sep)
    for at in range(len(parts) - 1, 0, -1):
        if layout.parse_run_name(parts[at]) and parts[at - 1] in (layout.RUNS, layout.TMP, layout.TRASH):
            root = os.sep.join(parts[: at - 1]) or os.sep
            Root(root).check()
            return Run(root, parts[at], parts[at - 1])
    return None


def _other(run: Run, selector: str, to: Output) -> Run:
    """Return the run that another one is compared with.

    Raises:
        NothingToCompare: If there is none.
    """
    from exparse.query.previous import previous

    if selector == PREVIOUS:
        found = previous(run)
        if found is None:
            raise NothingToCompare(
                f"no run before run {run.id} is known to be of the same script: name another run, or use "
                f"`--to {DEFAULTS}`"
            )
        return found
    picked, _ = _runs(run.root, [selector], to)
    others = [one for one in picked if one != run]
    if not others:
        why = "only that run itself" if picked else "no run"
        raise NothingToCompare(f"{selector!r} picks {why}: there is nothing to compare run {run.id} with")
    return max(others, key=lambda one: one.id)


def _to_defaults(row: Row, ignored: Sequence[str], whole: bool) -> Contrast:
    from exparse.cli.contrast import Contrast
    from exparse.query.compare import to_defaults

    return Contrast(to_defaults(row).without(ignored), [], whole)


def _contrast(rows: Sequence[Row], ignored: Sequence[str], whole: bool) -> Contrast:
    from exparse.cli.contrast import Contrast
    from exparse.query.compare import CODE, PACKAGES, compare
    from exparse.query.difference import Codes

    comparison = compare(rows, packages=PACKAGES not in ignored).without(ignored)
    with Codes(_nearby(rows)) as codes:
        pairs = list(_pairs(rows, codes if CODE not in ignored else None, ignored))
    return Contrast(comparison, pairs, whole)


def _pairs(rows: Sequence[Row], codes: Codes | None, ignored: Sequence[str]) -> Iterator[Pair]:
    from exparse.cli.contrast import Pair

    origins = _origins(rows)
    for row, origin in zip(rows[1:], origins[1:], strict=True):
        code = codes.between(origins[0], origin) if codes else None
        echoes = {} if _OUTPUT in ignored else _echoes(rows[0], row, ignored)
        yield Pair(origins[0].head, origin.head, code, echoes)


def _echoes(first: Row, second: Row, ignored: Sequence[str]) -> dict[str, Echo]:
    from exparse.query.outputs import echo

    streams = {name.partition(".")[0]: name for name in layout.LOGS}
    return {
        stream: echo(f"{first.run.folder}/{name}", f"{second.run.folder}/{name}")
        for stream, name in streams.items()
        if stream not in ignored and f"{_OUTPUT}.{stream}" not in ignored
    }


def _origins(rows: Sequence[Row]) -> list[Origin]:
    from exparse.query.compare import heads
    from exparse.query.difference import Origin
    from exparse.query.told import Told

    origins = []
    for row, head in zip(rows, heads(rows), strict=True):
        try:
            metadata = Told(row.run.metadata)
        except (ExparseError, OSError):
            # Its row says what is wrong with it.
            metadata = Told(None)
        origins.append(Origin(head, row.run.folder, metadata.part("git")))
    return origins


def _nearby(rows: Sequence[Row]) -> list[str]:
    """Return where a clone may lie that has a commit which is no longer where it was: here, and where the roots are."""
    return [os.getcwd(), *dict.fromkeys(row.run.root for row in rows)]
