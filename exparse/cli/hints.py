"""What to say where there is nothing to see, or perhaps not what was meant."""

from __future__ import annotations

import io
import os
import re
from itertools import islice

from exparse.cli import listing, selection
from exparse.cli.output import Output
from exparse.errors import near
from exparse.query.shown import in_short, shortened, whole
from exparse.store import layout
from exparse.store.root import is_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.cli.selection import Wanted
    from exparse.query.table import Table
    from exparse.store.root import Root

_WORDS = re.compile(r"[\w.-]+").findall
_MOST_VALUES = 5
_MOST_ROOTS = 3
_MOST_LOOKED_AT = 500
_WIDEST = 24  # columns that a value may take
# What is asked of a run's past by a moment says nothing by its smallest and largest.
_UNTOLD = ("age", "started")


def nothing(root: Root, wanted: Wanted | None, places: Sequence[str], to: Output) -> str:
    """Return why there is nothing to do: no runs are there, or none of so many is like what was asked for.

    Args:
        root: Where they lie.
        wanted: Which ones were asked for.
        places: In which folders of the root.
        to: Where progress is shown.
    """
    asked = [*(["state"] if wanted and wanted.states else []), *listing.filtered_by(wanted)]
    if wanted and wanted.selectors and not (asked or wanted.queries):
        # What was wrong with a selector has been said.
        return f"nothing of that is in {root.folder}"
    if not wanted:
        return f"no runs in {root.folder}"
    table = _looked_at(root, wanted, places, to)
    if not len(table):
        return f"no runs in {root.folder}"
    labels = list(_labels_asked_for(table, wanted)) if "name" in asked else []
    asked = [field for field in dict.fromkeys(asked) if field != "name" or not labels]
    told = labels + [text for field in asked if (text := values(table, field))]
    told += _unknown_tags(table, wanted.tags)
    told += [query.hint for query in wanted.where if query.hint]
    looked_at = f"{len(table):,} {'was' if len(table) == 1 else 'were'} looked at in {root.folder}"
    return "; ".join(["no run is like that", looked_at, *told])


def _labels_asked_for(table: Table, wanted: Wanted) -> Iterator[str]:
    """Yield what is to be asked instead where a query asks for a label as the name: that is the whole folder's."""
    from exparse.query import fields

    texts = [str(query) for query in wanted.where] + [text for text in wanted.selectors if selection.is_query(text)]
    words = {word for text in texts for word in _WORDS(text)}
    for label in words.intersection(filter(None, fields.cells(table, "label"))):
        yield f"name is the whole folder's; the label is: label = {label}"


def _unknown_tags(table: Table, wanted: Sequence[str]) -> Iterator[str]:
    there = {tag for tags in table.own("tags").distinct() for tag in tags or ()}
    for tag in wanted:
        if tag not in there:
            close = ", ".join(near(tag, there))
            yield f"no run has the tag {tag!r}{f'. Close to it: {close}' if close else ''}"


def _looked_at(root: Root, wanted: Wanted, places: Sequence[str], to: Output) -> Table:
    """Return the runs that the filters were asked about: those that are named, if any are."""
    if wanted.queries and wanted.selectors:
        # What is wrong with a selector has been said.
        unheard = Output(io.StringIO(), io.StringIO())
        table, _ = selection.table_of(root, selection.Wanted(wanted.selectors), unheard, places)
        if len(table):
            return table
    return selection.table_of(root, selection.Wanted(), to, places)[0]


def values(table: Table, field: str) -> str:
    """Return what runs have as values of a field: ``lr is 0.1 to 0.5``, ``model is cnn, mlp``; "" for some."""
    from exparse.query import fields

    what = fields.meaning(table, field)
    if what is None or what.name in _UNTOLD:
        return ""
    found = [value for value in fields.values(table, what).distinct() if value is not None and value == value]
    found = list(map(whole, found)) if what.kind == "metric" else found
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
    if os.path.join(here, "").startswith(os.path.join(folder, "")):
        # In the root itself nothing else can be meant.
        return []
    found = [path for path in _near(here) if os.path.join(here, path) != folder]
    more = len(found) - _MOST_ROOTS
    return [*found[:_MOST_ROOTS], *([f"{more} more"] if more > 0 else [])]


def _near(here: str) -> Iterator[str]:
    """Yield the roots in a folder, and those of the usual name in the folders in it."""
    try:
        with os.scandir(here) as entries:
            # A folder of a hundred thousand files is no place for roots, and would take long.
            some = list(islice(entries, _MOST_LOOKED_AT))
            names = sorted(entry.name for entry in some if not entry.name.startswith(".") and entry.is_dir())
    except OSError:
        return
    for name in names:
        for path in (name, os.path.join(name, layout.DEFAULT_ROOT)):
            if is_root(os.path.join(here, path)):
                yield path
