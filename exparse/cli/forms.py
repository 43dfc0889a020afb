"""The formats in which a listing is given out: drawn for people, written down for programs and papers."""

from __future__ import annotations

import io

from exparse.cli import columns, export, grid
from exparse.cli.formats import DRAWN
from exparse.cli.output import Output
from exparse.cli.selection import count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from exparse.cli.columns import Fact
    from exparse.query.rows import Row

ELLIPSIS = "…"
_MOST_NAMED = 8  # columns that were left out


def put(form: str, facts: Sequence[Fact], rows: Iterable[Row], is_wide: bool, to: Output) -> None:
    """Print rows in a format.

    Args:
        form: One of :data:`FORMATS`.
        facts: The columns.
        rows: The rows; those of ``json`` and ``csv`` are taken one by one.
        is_wide: Whether a table is drawn as wide as it is, with all that its cells hold.
        to: Where to print.

    Raises:
        ExparseError: For ``parquet`` without pyarrow.
    """
    if form == "json":
        _pour(export.json_parts(_as_object(facts, row) for row in rows), to)
    elif form == "csv":
        heads = [fact.name for fact in facts]
        _pour(export.csv_parts(heads, ([fact.bare(row) for fact in facts] for row in rows)), to)
    elif form == "parquet":
        rows = list(rows)
        to.raw(export.as_parquet({fact.name: [_typed(fact, row) for row in rows] for fact in facts}))
    elif form in DRAWN:
        _draw(facts, list(rows), form == "table", is_wide, to)
    else:
        rows = list(rows)
        lines = list(map(list, zip(*(fact.cells(rows) for fact in facts), strict=True)))
        rights = [is_numeric(fact, rows) for fact in facts]
        to.text(export.as_table(form, [fact.name for fact in facts], lines, rights))


def put_in_file(path: str, form: str, facts: Sequence[Fact], rows: Iterable[Row], to: Output) -> None:
    """Write rows into a file, all or nothing; see :func:`put`.

    Raises:
        NoPlace: If the file may not be written there.
    """
    from exparse.cli import saving

    with saving.whole(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "backslashreplace", newline="")
        put(form, facts, rows, True, Output(text, to.err))
        text.flush()
        text.detach()


def _pour(parts: Iterable[str], to: Output) -> None:
    for part in parts:
        to.out.write(part)


def _draw(facts: Sequence[Fact], rows: Sequence[Row], is_table: bool, is_wide: bool, to: Output) -> None:
    drawn = []
    for fact in facts:
        cells = [fact.full(row) for row in rows] if is_wide else fact.cells(rows)
        is_kept = fact.rank == columns.ALWAYS
        drawn.append(grid.Column(fact.name, cells, is_numeric(fact, rows), is_kept, fact.rank))
    is_whole = is_wide or not is_table
    text, left_out = grid.draw(drawn, None if is_whole else to.width, rule=is_table, is_wide=is_whole)
    to.text(text if _knows(ELLIPSIS, to) else text.replace(ELLIPSIS, "~"))
    if left_out:
        names = ", ".join(left_out[:_MOST_NAMED]) + (", ..." if len(left_out) > _MOST_NAMED else "")
        to.note(f"{count(len(left_out), 'column')} left out ({names}): see --wide and --columns")


def _typed(fact: Fact, row: Row) -> Any:
    """Return what a column holds for a row, a moment as one: Parquet has a type for it."""
    return row.started if fact.is_own and fact.name == "started" else fact.value(row)


def _knows(char: str, to: Output) -> bool:
    """Return whether a character can be shown; escaped it would take more room than the table has for it."""
    try:
        char.encode(getattr(to.out, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _as_object(facts: Sequence[Fact], row: Row) -> dict[str, object]:
    own = {fact.name: fact.value(row) for fact in facts if fact.is_own}
    params = {fact.param: fact.value(row) for fact in facts if fact.param in row.params}
    metrics = {fact.metric: fact.value(row) for fact in facts if fact.metric in row.values}
    return {**own, "params": params, "metrics": metrics}


def is_numeric(fact: Fact, rows: Iterable[Row]) -> bool:
    """Return whether a column holds numbers, and so stands to the right."""
    if fact.is_own and fact.name in ("age", "duration"):
        return True
    values = [value for row in rows if (value := fact.value(row)) is not None]
    return bool(values) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
