"""Tables for other programs and for papers: CSV, JSON, Markdown, LaTeX, HTML.

Each format has its own way to do harm with a value, and its own escape against it.
"""

from __future__ import annotations

import io
import json
import re

from exparse.query.shown import plain, visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

BY_TABULATE = {"markdown": "pipe", "latex": "latex", "html": "html"}
# What a spreadsheet takes for a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z|[+-](?:inf|nan)\Z").match
_MARKDOWN = re.compile(r"([\\|<`*\[])").sub


def as_json(value: Any) -> str:
    """Return any value as JSON in ASCII: nan and infinities are null, what JSON does not know is a text."""
    return json.dumps(plain(value), indent=2, allow_nan=False)


def as_csv(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return CSV with one line a row; a cell that a spreadsheet would calculate has a ``'`` in front."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for cells in (heads, *lines):
        writer.writerow([visible(_defused(cell)) for cell in cells])
    return text.getvalue()


def _defused(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER(cell) else cell


def as_table(form: str, heads: Sequence[str], lines: Sequence[Sequence[str]], rights: Sequence[bool]) -> str:
    """Return a table in one of the formats of :data:`BY_TABULATE`."""
    from tabulate import tabulate

    cells = [[_escaped(form, cell) for cell in line] for line in (heads, *lines)]
    sides = tuple("right" if right else "left" for right in rights)
    # Numbers are texts by now, and stay as they are: tabulate would round them.
    return tabulate(cells[1:], cells[0], BY_TABULATE[form], disable_numparse=True, colalign=sides if lines else None)


def _escaped(form: str, cell: str) -> str:
    harmless = visible(cell)
    # tabulate escapes for HTML and LaTeX itself.
    return _MARKDOWN(r"\\\1", harmless) if form == "markdown" else harmless
