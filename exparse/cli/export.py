"""Tables for other programs and for papers: CSV, JSON, Markdown, LaTeX, HTML, parquet.

Each format has its own way to do harm with a value, and its own escape against it.
"""

from __future__ import annotations

import io
import re
from json.encoder import encode_basestring_ascii as _quoted
from math import isfinite

from exparse.errors import ExparseError
from exparse.query.shown import visible

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

BY_TABULATE = {"markdown": "pipe", "latex": "latex", "html": "html"}
# What a spreadsheet takes for a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z|[+-](?:inf|nan)\Z").match
_MARKDOWN = re.compile(r"([\\|<`*\[])").sub
_DEEPER = "\n  "
_CONSTANTS = {None: "null", True: "true", False: "false"}


class MissingLibrary(ExparseError, ImportError):
    """A format needs a library that is not installed."""

    def __init__(self, form: str, library: str, extra: str) -> None:
        super().__init__(f"{form} needs {library}, which is not installed: pip install 'exparse[{extra}]'")


def as_json(value: Any) -> str:
    """Return any value as JSON in ASCII: nan and infinities are null, what JSON does not know is a text."""
    return _written(value, "\n")


def json_parts(values: Iterable[Any]) -> Iterator[str]:
    """Yield the text that :func:`as_json` makes of a list, piece by piece: no more than one value is held."""
    before = "["
    for value in values:
        yield f"{before}{_DEEPER}{_written(value, _DEEPER)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _written(value: Any, margin: str) -> str:
    """Return what ``json.dumps(plain(value), indent=2)`` does, in a third of the time: its own indents are slow."""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return float.__repr__(value) if isfinite(value) else "null"
    if value is None or value is True or value is False:
        return _CONSTANTS[value]
    if isinstance(value, int):
        return int.__repr__(value)
    inner = f"{margin}  "
    if isinstance(value, dict):
        fields = {str(name): item for name, item in value.items()}
        return _within("{", "}", [f"{_quoted(name)}: {_written(item, inner)}" for name, item in fields.items()], margin)
    if isinstance(value, (list, tuple)):
        return _within("[", "]", [_written(item, inner) for item in value], margin)
    return _quoted(str(value))


def _within(left: str, right: str, parts: Sequence[str], margin: str) -> str:
    inner = f"{margin}  "
    return f"{left}{inner}{f',{inner}'.join(parts)}{margin}{right}" if parts else f"{left}{right}"


def as_csv(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return CSV with one line a row; a cell that a spreadsheet would calculate has a ``'`` in front."""
    return "".join(csv_parts(heads, lines))


def csv_parts(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of :func:`as_csv`."""
    import csv

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for cells in _headed(heads, lines):
        writer.writerow([visible(_defused(cell)) for cell in cells])
        yield text.getvalue()
        text.seek(0)
        text.truncate()


def _headed(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    yield heads
    yield from lines


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


def as_parquet(columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Return columns as a Parquet file; lists, and values of several kinds in one column, become texts.

    Raises:
        ExparseError: If pyarrow is not installed.
    """
    import pandas

    from exparse.query import frame, parquet

    told = {frame.sayable(name): frame.series(list(cells)) for name, cells in columns.items()}
    return parquet.as_bytes(pandas.DataFrame(told))
