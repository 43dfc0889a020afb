"""Tables made of what runs say, for tests of queries: no folder of theirs exists."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from exparse.query import language, table
from exparse.query.rows import Facts, Row
from exparse.query.table import Table
from exparse.store.run import Run

NOON = datetime(2026, 11, 21, 12, tzinfo=timezone.utc)
NOW = NOON.timestamp()


def a_row(number: int, **said: Any) -> Row:
    """Return what a run says: its params, and by keyword ``marks``, ``values``, ``days`` (its age), ``facts`` or any
    field of a row."""
    started = said.pop("started", NOON - timedelta(days=said.pop("days", 0)))
    told = {"state": "finished", "seconds": 12.5, "problem": None, "marks": (), "params": {}, **said}
    told["facts"] = Facts(**told.get("facts", {}))
    return Row(run=Run("/nowhere", f"{number}-2026-11-21-12-00-00"), started=started, **told)


def table_of(*runs: dict[str, Any]) -> Table:
    """Return the table of some runs, which are numbered from 1, each made by :func:`a_row`."""
    rows = [a_row(number, **run) for number, run in enumerate(runs, start=1)]
    made = table.build("/nowhere", rows)
    made.marked = {row.run.name: row.marks for row in rows}
    made.failing = frozenset(row.run.name for row in rows if row.fails)
    return made


def params_of(*runs: dict[str, Any]) -> Table:
    """Return the table of runs that have these params, and are alike otherwise."""
    return table_of(*({"params": params} for params in runs))


def found(text: str, runs: Table) -> list[int]:
    """Return the numbers of the runs that answer to a query."""
    return [place for place, one in enumerate(language.parse(text).matches(runs, NOW), start=1) if one]
