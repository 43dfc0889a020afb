"""What differs between runs, printed: for people, for programs and for papers."""

from __future__ import annotations

import html
from typing import Any

from exparse.cli import contrast, export, selection, sidebyside
from exparse.cli.sidebyside import Cells
from exparse.query.column import MISSING
from exparse.query.compare import UNREAD
from exparse.query.rows import started_text
from exparse.query.shown import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.cli.contrast import Contrast, Pair
    from exparse.cli.output import Output
    from exparse.query.compare import Comparison


def show(told: Contrast, form: str, to: Output) -> None:
    """Print it: ``text`` fitted to the terminal, ``json``, ``markdown`` or ``html``."""
    if form == "json":
        to.text(export.as_json(as_object(told)))
    elif form == "text":
        _draw(told, to)
    else:
        _tabulate(told, form, to)


def _draw(told: Contrast, to: Output) -> None:
    items = list(contrast.items(told))
    heads = told.comparison.heads
    count = sidebyside.room(items, len(heads), to.width)
    fitted = [item.take(count) if isinstance(item, Cells) else item for item in items]
    for line in sidebyside.draw(fitted, to.width):
        to.line(line)
    if count < len(heads):
        gone = told.comparison.rows[count:]
        to.note(
            f"{selection.count(len(gone))} left out ({selection.numbers(row.run for row in gone)}): "
            "widen the terminal, name fewer, or use --format json"
        )


def as_object(told: Contrast) -> dict[str, Any]:
    """Return all of it as JSON has it: values by name and then by what the run is called."""
    comparison = told.comparison
    found: dict[str, Any] = {
        "columns": comparison.heads,
        "runs": [
            {"id": row.id, "name": row.run.name, "root": row.run.root, "state": row.state, "started": started_text(row)}
            for row in comparison.rows
        ],
        "same": told.is_same,
    }
    for section, lines in comparison.sections.items():
        found[section] = {line.name: _by_head(comparison, line.values) for line in lines if told.whole or line.differs}
    found["files"] = [_files(pair) for pair in told.pairs if pair.code is not None]
    found["output"] = [
        {"from": pair.before, "to": pair.after, "stream": stream, "same": echo.is_same, **_first(echo._asdict())}
        for pair in told.pairs
        for stream, echo in pair.echoes.items()
    ]
    return found


def _first(echo: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in echo.items() if value not in (None, "")}


def _by_head(comparison: Comparison, values: list[Any]) -> dict[str, Any]:
    pairs = zip(comparison.heads, values, strict=True)
    return {head: value for head, value in pairs if value is not MISSING and value is not UNREAD}


def _files(pair: Pair) -> dict[str, Any]:
    code = pair.code
    changes = None if code is None or code.changes is None else [change._asdict() for change in code.changes]
    told = {"basis": code.basis, "notes": code.notes} if code is not None else {}
    return {"from": pair.before, "to": pair.after, "changes": changes, **told}


def _tabulate(told: Contrast, form: str, to: Output) -> None:
    comparison = told.comparison
    lines = []
    for section, found in comparison.sections.items():
        for line in found:
            if told.whole or line.differs:
                cells = contrast.cells_of(line, indent="", section=section)
                lines.append([section, cells.name, *cells.cells, cells.change])
    heads = ["", "", *comparison.heads, "change"]
    if not any(line[-1] for line in lines):
        heads, lines = heads[:-1], [line[:-1] for line in lines]
    to.text(export.as_table(form, heads, lines, [False] * len(heads)))
    prose = [visible(line) for line in contrast.prose(told)]
    if not prose:
        return
    if form == "html":
        to.text(f"<pre>\n{html.escape(chr(10).join(prose))}\n</pre>")
    else:
        # Indented, so that no number of backticks in it ends it.
        to.text("\n".join(["", *(f"    {line}" for line in prose)]))
