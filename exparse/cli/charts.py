"""The metrics of a run as a table, with a sparkline each."""

from __future__ import annotations

from math import isfinite

from exparse.cli import grid
from exparse.query import spark

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.query.curves import Curve

MOST = 40
"""Metrics on a page."""

_DIGITS = 5
_LARGEST_WHOLE = 1e9


def lines(curves: Sequence[Curve], width: int, levels: str) -> list[str]:
    """Return a table of metrics in lines of at most ``width`` columns, harmless.

    Args:
        curves: The metrics.
        width: Columns of the terminal.
        levels: Characters of a sparkline, from low to high.
    """
    shown = list(curves[:MOST])
    columns = [
        grid.Column("metrics", [f"  {called(curve)}" for curve in shown]),
        grid.Column("last", [number(curve.last) for curve in shown], right=True, keep=True),
        grid.Column("min", [number(curve.low) for curve in shown], right=True),
        grid.Column("max", [number(curve.high) for curve in shown], right=True),
        grid.Column("step", ["" if curve.step is None else str(curve.step) for curve in shown], right=True),
        grid.Column("values", [f"{len(curve.values):,}" for curve in shown], right=True),
        grid.Column("", [spark.line(curve.values, levels) for curve in shown], keep=True),
    ]
    text, _ = grid.draw(columns, width, rule=False)
    more = [f"  and {len(curves) - MOST:,} more"] if len(curves) > MOST else []
    return [*text.splitlines(), *more]


def called(curve: Curve) -> str:
    """Return a metric's name, and the process that logged it where that is not the program itself."""
    return f"{curve.name} [{curve.part}]" if curve.part else curve.name


def number(value: float | None) -> str:
    """Return a number for a table: whole ones as such, others to five digits."""
    if value is None:
        return ""
    if not isfinite(value):
        return str(value)
    is_whole = abs(value) < _LARGEST_WHOLE and value == int(value)
    return str(int(value)) if is_whole else f"{value:.{_DIGITS}g}"
