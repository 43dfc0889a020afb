"""What to say where there is nothing to see, or perhaps not what was meant."""

from __future__ import annotations

import os

from exparse.cli import listing, selection
from exparse.query.shown import in_short, shortened
from exparse.store import layout
from exparse.store.root import is_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.cli.output import Output
    from exparse.cli.selection import Wanted
    from exparse.query.table import Table
    from exparse.store.root import Root

_MOST_VALUES = 5
_MOST_ROOTS = 3
_WIDEST = 24  # columns that a value may take
# What is asked of a run's past by a moment says nothing by its smallest and largest.
_UNTOLD = ("age", "started")


def nothing(root: Root, wanted: Wanted | None, places: Sequence[str], to: Output) -> str:
    """Return why no run is listed: none are there, or none of so many is like what was asked for."""
    asked = [*(["state"] if wanted and wanted.states else []), *listing.filtered_by(wanted)]
    if not wanted or not (asked or wanted.queries):
        # What was wrong with a selector has been said.
        return f"no runs to list in {root.folder}"
    table, _ = selection.table_of(root, selection.Wanted(), to, places)
    if not len(table):
        return f"no runs to list in {root.folder}"
    told = [text for field in dict.fromkeys(asked) if (text := values(table, field))]
    return "; ".join([f"none of {selection.count(len(table))} matches in {root.folder}", *told])


def values(table: Table, field: str) -> str:
    """Return what runs have as values of a field: ``lr is 0.1 to 0.5``, ``model is cnn, mlp``; "" for some."""
    from exparse.query import fields

    what = fields.meaning(table, field)
    if what is None or what.name in _UNTOLD:
        return ""
    found = [value for value in fields.values(table, what).distinct() if value is not None and value == value]
    numbers = [value for value in found if isinstance(value, (int, float)) and not isinstance(value, bool)]
    parts = [_span(min(numbers), max(numbers))] if numbers else []
    others = [value for value in found if not isinstance(value, (int, float)) or isinstance(value, bool)]
    flat = {_short(part) for value in others for part in (value if isinstance(value, list) else [value])}
    if not numbers and not flat:
        return f"no run has {field}"
    parts += sorted(flat)[:_MOST_VALUES]
    more = f" and {len(flat) - _MOST_VALUES} more" if len(flat) > _MOST_VALUES else ""
    return f"{field} is {', '.join(parts)}{more}"


def _span(low: float, high: float) -> str:
    return _short(low) if low == high else f"{_short(low)} to {_short(high)}"


def _short(value: Any) -> str:
    return shortened(in_short(value), _WIDEST)


def other_roots(folder: str, here: str) -> list[str]:
    """Return other roots near the working folder than the one that was found from there.

    Args:
        folder: The one that was found.
        here: The working folder.
    """
    if folder == here:
        # The root itself: nothing else can be meant.
        return []
    found = [path for path in _near(here) if os.path.join(here, path) != folder]
    more = len(found) - _MOST_ROOTS
    return [*found[:_MOST_ROOTS], *([f"{more} more"] if more > 0 else [])]


def _near(here: str) -> Iterator[str]:
    """Yield the roots in a folder, and those of the usual name in the folders in it."""
    try:
        with os.scandir(here) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir())
    except OSError:
        return
    for name in names:
        for path in (name, os.path.join(name, layout.DEFAULT_ROOT)):
            if is_root(os.path.join(here, path)):
                yield path
