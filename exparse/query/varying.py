"""Params across rows: which there are, which differ, and what each is called beside columns of our own."""

from __future__ import annotations

import json
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exparse.query.rows import Row

PREFIX, METRICS = "params.", "metrics."
_FINISHED = "finished"


def names(rows: Iterable[Row]) -> list[str]:
    """Return the names of all params, in the order in which the newest rows have them."""
    found: dict[str, None] = {}
    for row in reversed(list(rows)):
        found.update(dict.fromkeys(row.params))
    return list(found)


def measured(rows: Sequence[Row]) -> list[str]:
    """Return the names of all values that the rows have, in the order in which the newest finished rows have them.

    What others have, and these have not, comes behind: a run under way or one that broke down has no summary yet.
    """
    ended = [row for row in reversed(rows) if row.state == _FINISHED]
    others = [row for row in reversed(rows) if row.state != _FINISHED]
    return list({name: None for row in [*ended, *others] for name in row.values})


def varying(rows: Iterable[Row]) -> list[str]:
    """Return the names of the params that differ among the rows.

    1, 1.0, True and "1" differ. A param that some rows do not have differs if it does among those that have it:
    what every run of one sub-command shares is no news in a list of several. Damaged rows have no say.
    """
    rows = [row for row in rows if row.problem is None]
    return [name for name in names(rows) if _differ(row.params[name] for row in rows if name in row.params)]


def _differ(values: Iterable[Any]) -> bool:
    values = iter(values)
    first = key(next(values))
    return any(key(value) != first for value in values)


def key(value: Any) -> tuple[type, Any]:
    """Return what is equal for two values only where they are the same, types included; it can be hashed."""
    if isinstance(value, (list, dict)):
        # The order of an object's names says nothing.
        try:
            return type(value), json.dumps(value, default=_named, sort_keys=_has_texts(value))
        except TypeError:
            # Bytes for a name: YAML has them, JSON has not.
            return type(value), repr(value)
    if isinstance(value, float):
        return type(value), repr(value)
    try:
        hash(value)
    except TypeError:
        return type(value), _named(value)
    return type(value), value


def _has_texts(value: Any) -> bool:
    """Return whether all names in a value are texts: others cannot be sorted among them."""
    if isinstance(value, dict):
        return all(isinstance(name, str) for name in value) and all(map(_has_texts, value.values()))
    return not isinstance(value, list) or all(map(_has_texts, value))


def _named(value: Any) -> str:
    """Return a text for a value of another kind: a set has its members in no order."""
    return repr(sorted(map(repr, value))) if isinstance(value, (set, frozenset)) else repr(value)


def column(name: str, own: Iterable[str]) -> str:
    """Return the column of a param: its name, or ``params.<name>`` where it could be taken for another."""
    return f"{PREFIX}{name}" if name in own or name.startswith((PREFIX, METRICS)) else name
