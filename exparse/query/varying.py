"""Params across rows: which there are, which differ, and what each is called beside columns of our own."""

from __future__ import annotations

import json
from typing import Any

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from exparse.query.rows import Row

PREFIX, METRICS = "params.", "metrics."


def names(rows: Iterable[Row]) -> list[str]:
    """Return the names of all params, in the order in which the newest rows have them."""
    found: dict[str, None] = {}
    for row in reversed(list(rows)):
        found.update(dict.fromkeys(row.params))
    return list(found)


def merged(parts: Iterable[Iterable[str]]) -> list[str]:
    """Return the names of several lists, each once, in the order of the first list that has them.

    A name that only a later list has stands before the one that it stands before there: what runs say at their end
    comes first, although the newest one broke down before.
    """
    found: list[str] = []
    known: set[str] = set()
    for part in parts:
        waiting: list[str] = []
        # A name may be there twice; only lists that say something new are gone through.
        for name in () if known.issuperset(part := list(part)) else dict.fromkeys(part):
            if name not in known:
                waiting.append(name)
            elif waiting:
                place = found.index(name)
                found[place:place] = waiting
                known.update(waiting)
                waiting = []
        found += waiting
        known.update(waiting)
    return found


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
        return type(value), json.dumps(value, default=_named, sort_keys=_has_texts(value))
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
