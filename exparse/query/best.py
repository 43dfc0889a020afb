"""Which run of many has the largest, or the smallest, of something."""

from __future__ import annotations

from math import isfinite

from exparse.query import fields

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.query.table import Table


def best(table: Table, name: str) -> int | None:
    """Return the place of the run with the largest value; of several the newest; None where no run has a number.

    Args:
        table: The runs.
        name: What is compared: a value of the summary or the last value of a metric, else what a query takes the name
            for. ``-loss`` asks for the smallest.
    """
    sign, wanted = (-1, name[1:]) if name.startswith("-") else (1, name)
    if wanted in table.metrics:
        cells = table.metric(wanted).cells()
    elif fields.meaning(table, wanted) is not None:
        cells = fields.cells(table, wanted)
    else:
        return None
    scored = [(sign * cell, place) for place, cell in enumerate(cells) if _is_number(cell)]
    return max(scored)[1] if scored else None


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return False
    try:
        # nan is beyond comparison; an infinity, and what no float holds, is no measurement.
        return isfinite(cell)
    except OverflowError:
        return False
