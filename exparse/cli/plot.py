"""``exparse plot``: runs as points, or their metrics as curves; in the terminal, or saved as a file."""

from __future__ import annotations

import argparse
import os

from exparse.cli import selection
from exparse.cli.arguments import comma_separated, natural
from exparse.errors import ExparseError
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.plot import Picture
    from exparse.query.plot_curves import Curve
    from exparse.query.table import Table
    from exparse.store.root import Root

NAME = "plot"
ALIASES: list[str] = []
HELP = "draw a field against another, or metrics over steps"
COMPLETES: tuple[str, ...] = ("fields", "fields", "runs")
EXAMPLES = """\
examples:
  exparse plot lr acc                    a point for each run
  exparse plot lr acc --by model --log   a logarithmic axis below
  exparse plot model acc --where 'state = finished'
  exparse plot started acc               how it went over the weeks
  exparse plot step loss last last~1     the curves of two runs
  exparse plot time loss @paper --by lr  over seconds since each run's start
  exparse plot step loss --save loss.png
  exparse plot lr acc --save acc.html    says the run under the mouse

X, Y and Z are params, metrics, or facts such as seconds, started, host, state.
step and time (unless a param is called so) draw the metric Y of each run as a
curve, of the newest 20 runs in the terminal, of 200 in a file. A curve of many
values is drawn by means. Texts stand on an axis in their order, 40 at most; of
more than 8 values of Z the rarest are one series. Runs that have no X or Y, or
nan, or a text among numbers, are left out, which is told. .html and .svg need
nothing, .png matplotlib.
"""
MOST_CURVES = 20
"""Runs whose curves are drawn in the terminal."""

MOST_SAVED_CURVES = 200
"""Runs whose curves are drawn in a file."""

_SUFFIXES = (".png", ".html", ".htm", ".svg")
_CURVES = {"step": "step", "time": "seconds"}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("x", metavar="X", help="what stands below: a field; step or time for curves")
    parser.add_argument("y", metavar="Y", help="what stands to the left: a field; a metric for curves")
    parser.add_argument("selectors", metavar="RUN", nargs="*", help=selection.RUN_HELP)
    parser.add_argument("--by", metavar="Z", help="a series for each value of this field")
    parser.add_argument(
        "--log", metavar="AXES", type=_axes, nargs="?", const=("x",), default=(),
        help="logarithmic axes: x, y or x,y; x if none is said",
    )  # fmt: skip
    parser.add_argument("--save", metavar="FILE", help="write a .png, .html or .svg file instead")
    parser.add_argument("--height", metavar="N", type=natural, help="lines of the picture; default: 22")
    selection.add_filters(parser)


def _axes(text: str) -> tuple[str, ...]:
    names = comma_separated(text)
    if not set(names) <= {"x", "y"}:
        raise argparse.ArgumentTypeError(f"x, y or x,y is expected, not {text!r}; fields and runs stand before --log")
    return tuple(names)


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    from exparse.cli.plot_text import HEIGHT

    root, wanted = find(args.root), selection.wanted(args)
    return plot(root, wanted, args.x, args.y, to, args.by, args.log, args.save, args.height or HEIGHT)


def plot(
    root: Root,
    wanted: Wanted,
    x: str,
    y: str,
    to: Output,
    by: str | None = None,
    log: Sequence[str] = (),
    save: str | None = None,
    height: int = 22,
) -> int:
    """Draw a field against another.

    Args:
        root: Where the runs lie.
        wanted: Which ones; all of ``runs/`` if it asks for nothing.
        x: The field below; ``step`` or ``time`` for the curves of a metric.
        y: The field to the left; the metric of curves.
        to: Where to print.
        by: The field whose values are one series each; None for none.
        log: Which axes are logarithmic: ``x``, ``y``.
        save: The file to write instead; its name tells the format.
        height: Lines that the picture takes in the terminal.

    Returns:
        0, or 1 where a selector picked no run.

    Raises:
        UnknownField: If a field is none that the runs have.
        ExparseError: If there is nothing to draw, or the file cannot be written.

    Reads ``metrics*.jsonl`` of the runs whose curves are drawn.
    """
    if save is not None:
        _check(save)
    table, all_known = selection.table_of(root, wanted, to)
    picture, words = _picture(table, x, y, by, log, save is not None, to)
    if not picture.points:
        raise ExparseError(f"nothing to draw: {_why(root, wanted, table, picture, to)}")
    if save is None:
        _draw(picture, height, to)
    else:
        _save(picture, save, words)
        to.line(f"saved {save}")
    to.note(words)
    return 0 if all_known else 1


def _check(path: str) -> None:
    """Refuse a file before anything is read."""
    from exparse.cli import saving

    if not path.casefold().endswith(_SUFFIXES):
        raise ExparseError(f"{path}: this name tells no format of a picture. End it with .png, .html or .svg")
    saving.check(path)


def _picture(
    table: Table, x: str, y: str, by: str | None, log: Sequence[str], is_saved: bool, to: Output
) -> tuple[Picture, str]:
    """Return what there is to draw, and what is to be said of it."""
    from exparse.query import fields, named
    from exparse.query import plot as pictures

    if x in _CURVES and fields.meaning(table, x) is None:
        return _curves(table, x, y, by, log, MOST_SAVED_CURVES if is_saved else MOST_CURVES, to)
    field = by and named.field(table, by)
    picture = pictures.scatter(named.field(table, x), named.field(table, y), field or None, table.numbers, log)
    words = selection.count(picture.points)
    return picture, f"{words}{_left_out(picture)}"


def _curves(
    table: Table, x: str, y: str, by: str | None, log: Sequence[str], most: int, to: Output
) -> tuple[Picture, str]:
    from exparse.query import named
    from exparse.query import plot as pictures
    from exparse.query.unknown import METRIC, UnknownField

    metric = y.removeprefix("metrics.") if y not in table.metrics else y
    # Where no run's last lines have it, the whole of the newest is read.
    is_known = metric in table.metrics
    has_it = _having(table, metric) if is_known else list(range(len(table)))
    some = table.take(has_it[-most:])
    found = _read(some, metric, x == "time", to)
    if len(some) and not is_known and not any(curve.xs or curve.odd for _, curve in found):
        raise UnknownField(y, table.metrics, METRIC)
    field = by and named.field(some, by)
    picture = pictures.curves(found, metric, _CURVES[x], field or None, log)
    drawn = sum(len(series.lines) for series in picture.series)
    newest = f", the newest of {len(has_it):,} (name others as RUN)" if len(has_it) > most else ""
    return picture, f"{selection.count(drawn)}{newest}{_left_out(picture)}"


def _having(table: Table, metric: str) -> list[int]:
    from exparse.query.column import MISSING

    return [place for place, cell in enumerate(table.metric(metric).cells()) if cell is not MISSING]


def _read(table: Table, metric: str, by_time: bool, to: Output) -> list[tuple[int, Curve]]:
    from exparse.query import plot_curves

    runs = to.progress(table.runs(), "reading")
    return [(run.id, plot_curves.read(run.folder, metric, by_time)) for run in runs]


def _left_out(picture: Picture) -> str:
    told = [f"{number:,} {why}" for why, number in picture.left_out.items()]
    return f"; left out: {', '.join(told)}" if told else ""


def _why(root: Root, wanted: Wanted, table: Table, picture: Picture, to: Output) -> str:
    if not len(table):
        from exparse.cli import hints

        return hints.nothing(root, wanted, selection.places(wanted), to)
    return f"{selection.count(len(table))}{_left_out(picture)}"


def _draw(picture: Picture, height: int, to: Output) -> None:
    from exparse.cli import plot_text

    to.text("\n".join(plot_text.draw(picture, to.width, height, to.knows_blocks)))


def _save(picture: Picture, path: str, words: str) -> None:
    from exparse.cli import plot_page, saving

    suffix = os.path.splitext(path)[1].casefold()
    if suffix == ".png":
        from exparse.cli.plot_image import png

        data = png(picture)
    else:
        text = plot_page.svg(picture) if suffix == ".svg" else plot_page.page(picture, words)
        data = text.encode()
    with saving.whole(path) as stream:
        stream.write(data)
