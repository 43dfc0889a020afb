"""``exparse du``: the room that runs take, the largest first."""

from __future__ import annotations

from typing import NamedTuple

from exparse.cli import cleaning, export, grid, selection
from exparse.cli.arguments import natural
from exparse.query import rows as reading
from exparse.query import shown
from exparse.query.usage import KINDS, Measure, Usage
from exparse.store import layout, purge
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "du"
ALIASES: list[str] = []
HELP = "show the room that runs take, by run and by kind"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse du                       the largest runs, and all in all
  exparse du --kind                what takes it: code, output, metrics, files
  exparse du --state failed --all  all failed ones
  exparse du --format json         for programs, in bytes

Bytes are what the files hold; --disk counts the blocks that they take on the
disk. A file with several hard links counts once; links are never followed.
"""
_MOST_SHOWN = 20
FORMATS = ("table", "json", "csv")


class Held(NamedTuple):
    """What a run holds.

    Attributes:
        run: The run.
        usage: The room that it takes.
    """

    run: Run
    usage: Usage


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    parser.add_argument("--kind", action="store_true", help="by kind of file instead of by run")
    amount = parser.add_mutually_exclusive_group()
    amount.add_argument("-n", dest="most", metavar="N", type=natural, help=f"the N largest; default: {_MOST_SHOWN}")
    amount.add_argument("-a", "--all", action="store_true", help="all runs, however many")
    parser.add_argument("--disk", action="store_true", help="count the blocks on the disk")
    parser.add_argument("--format", choices=FORMATS, default="table", dest="form", help="default: table")
    selection.add_filters(parser)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    has_all = args.all or (args.most is None and args.form != "table")
    most = None if has_all else args.most or _MOST_SHOWN
    return du(find(args.root), selection.wanted(args), args.kind, most, args.disk, args.form, to)


def du(root: Root, wanted: Wanted, by_kind: bool, most: int | None, on_disk: bool, form: str, to: Output) -> int:
    """Print the room that runs take.

    Args:
        root: Where they lie.
        wanted: Which ones; all, and the trash, if nothing is asked for.
        by_kind: Whether kinds of files are listed instead of runs.
        most: How many runs are listed at most; None for all.
        on_disk: Whether the blocks on the disk are counted.
        form: One of :data:`FORMATS`.
        to: Where to print.

    Returns:
        0, also where no run answers to the filters; 1 where a selector picked none, or something could not be looked
        at.
    """
    runs, all_known = _runs(root, wanted, to)
    measure = Measure(on_disk)
    held = _measured(runs, measure, to)
    left_over = 0 if wanted else _left_over(root, measure)
    listed = held[:most]
    if form == "json":
        to.text(export.as_json(_as_object(root, held, listed, left_over)))
    elif form == "csv":
        to.text(_kinds_csv(held) if by_kind else _runs_csv(listed))
    else:
        _draw(_kind_columns(held) if by_kind else _run_columns(listed, to), to)
        _tell_totals(held, len(listed), by_kind, left_over, to)
    unreadable = sum(item.usage.unreadable for item in held)
    if unreadable:
        to.warn(f"{selection.count(unreadable, 'file')} or folders could not be looked at, and count nothing")
    return 0 if all_known and not unreadable else 1


def _runs(root: Root, wanted: Wanted, to: Output) -> tuple[list[Run], bool]:
    if not wanted:
        # Names are enough: nothing of the runs has to be read.
        return [run for place in (layout.RUNS, layout.TMP, layout.TRASH) for run in root.runs(place)], True
    table, all_known = selection.table_of(root, wanted, to)
    if not len(table) and all_known:
        from exparse.cli import hints

        to.note(hints.nothing(root, wanted, selection.places(wanted), to))
    return table.runs(), all_known


def _measured(runs: Sequence[Run], measure: Measure, to: Output) -> list[Held]:
    held = list(map(Held, runs, cleaning.measured(runs, to, measure)))
    held.sort(key=lambda item: (-item.usage.size, item.run.id, item.run.name))
    return held


def _left_over(root: Root, measure: Measure) -> int:
    """Return the bytes that killed processes left in the root."""
    halves = (f"{root.folder}/{layout.TRASH}/{name}" for name in purge.left_over(root.folder))
    return measure(f"{root.folder}/{layout.STAGING}").size + sum(measure(half).size for half in halves)


def _run_columns(held: Sequence[Held], to: Output) -> list[grid.Column]:
    # What is gone meanwhile has no row, and what it held is told all the same.
    rows = {row.run: row for row in reading.read(to.progress([item.run for item in held], "reading"))}
    told = [rows.get(item.run) for item in held]
    kinds = [kind for kind in KINDS if any(item.usage.kinds.get(kind) for item in held)]
    columns = [
        grid.Column("id", [str(item.run.id) for item in held], right=True, keep=True),
        grid.Column("size", [shown.size(item.usage.size) for item in held], right=True, keep=True),
    ]
    elsewhere = ["" if item.run.place == layout.RUNS else item.run.place for item in held]
    columns.append(grid.Column("state", [row.state if row else "" for row in told], rank=3))
    columns.append(grid.Column("age", [shown.age(row.age) if row else "" for row in told], right=True, rank=3))
    columns.append(grid.Column("in", elsewhere))
    for kind in kinds:
        cells = [shown.size(size) if (size := item.usage.kinds.get(kind)) else "" for item in held]
        columns.append(grid.Column(kind, cells, right=True, rank=2))
    return [*columns, grid.Column("name", [item.run.label or "" for item in held], rank=1)]


def _kind_columns(held: Sequence[Held]) -> list[grid.Column]:
    sizes = _kinds(held)
    kinds = sorted(sizes, key=lambda kind: -sizes[kind])
    whole = sum(sizes.values()) or 1
    return [
        grid.Column("kind", kinds, keep=True),
        grid.Column("size", [shown.size(sizes[kind]) for kind in kinds], right=True, keep=True),
        grid.Column("share", [f"{100 * sizes[kind] / whole:.0f} %" for kind in kinds], right=True),
    ]


def _kinds(held: Sequence[Held]) -> dict[str, int]:
    return {kind: size for kind in KINDS if (size := sum(item.usage.kinds.get(kind, 0) for item in held))}


def _draw(columns: list[grid.Column], to: Output) -> None:
    if columns[0].cells:
        to.text(grid.draw([column for column in columns if column.keep or any(column.cells)], to.width)[0])


def _places(held: Sequence[Held]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for item in held:
        place = found.setdefault(item.run.place, {"runs": 0, "files": 0, "bytes": 0})
        place["runs"] += 1
        place["files"] += item.usage.files
        place["bytes"] += item.usage.size
    return {place: found[place] for place in (layout.RUNS, layout.TMP, layout.TRASH) if place in found}


def _tell_totals(held: Sequence[Held], listed: int, by_kind: bool, left_over: int, to: Output) -> None:
    if listed < len(held) and not by_kind:
        to.line(f"and {selection.count(len(held) - listed, 'smaller run')} (-n N or --all)")
    parts = [
        f"{shown.size(place['bytes'])} in {selection.count(place['runs'])}{_where(name)}"
        for name, place in _places(held).items()
    ]
    parts += [f"{shown.size(left_over)} left over (exparse check)"] if left_over else []
    to.line(", ".join(parts) or "no runs")


def _where(place: str) -> str:
    return "" if place == layout.RUNS else f" of {place}"


def _as_object(root: Root, held: Sequence[Held], listed: Sequence[Held], left_over: int) -> dict[str, object]:
    return {
        "root": root.folder,
        "bytes": sum(item.usage.size for item in held) + left_over,
        "left_over": left_over,
        "places": _places(held),
        "kinds": _kinds(held),
        "runs": [
            {
                "id": item.run.id,
                "name": item.run.name,
                "place": item.run.place,
                "bytes": item.usage.size,
                "files": item.usage.files,
                "kinds": item.usage.kinds,
            }
            for item in listed
        ],
    }


def _runs_csv(held: Sequence[Held]) -> str:
    lines = [
        [str(item.run.id), item.run.name, item.run.place, str(item.usage.size), str(item.usage.files)]
        + [str(item.usage.kinds.get(kind, 0)) for kind in KINDS]
        for item in held
    ]
    return export.as_csv(["id", "name", "place", "bytes", "files", *(f"bytes.{kind}" for kind in KINDS)], lines)


def _kinds_csv(held: Sequence[Held]) -> str:
    return export.as_csv(["kind", "bytes"], [[kind, str(size)] for kind, size in _kinds(held).items()])
