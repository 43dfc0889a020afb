"""Which run of many has the largest, or the smallest, of something."""

from __future__ import annotations

from math import isfinite

from exparse.query import fields
from exparse.store import layout
from exparse.store.select import parse_best

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.query.table import Table


def best(table: Table, asked: str) -> int | None:
    """Return the place of the run with the largest value; of several the newest; None where no run has a number.

    Runs in ``tmp/`` count where no other run has a number, as ``last`` has it.

    Args:
        table: The runs.
        asked: What is compared: a value of the summary or the last value of a metric, else what a query takes the name
            for. ``-loss`` asks for the smallest, ``acc~1`` for the second best.
    """
    wanted = parse_best(asked)
    if wanted.name in table.metrics:
        cells = table.metric(wanted.name).cells()
    elif fields.meaning(table, wanted.name) is not None:
        cells = fields.cells(table, wanted.name)
    else:
        return None
    scored = [(wanted.sign * cell, place) for place, cell in enumerate(cells) if _is_number(cell)]
    folders = table.own("place").cells()
    scored = [told for told in scored if folders[told[1]] == layout.RUNS] or scored
    if not wanted.back:
        return max(scored)[1] if scored else None
    return sorted(scored, reverse=True)[wanted.back][1] if wanted.back < len(scored) else None


def _is_number(cell: object) -> bool:
    if isinstance(cell, bool) or not isinstance(cell, (int, float)):
        return False
    try:
        # nan is beyond comparison; an infinity, and what no float holds, is no measurement.
        return isfinite(cell)
    except OverflowError:
        return False
