"""The columns of a listing: facts of ours and the runs' params, by the names that ``--columns`` takes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from exparse.errors import ExparseError, near
from exparse.query import shown, varying
from exparse.query.rows import started_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exparse.query.rows import Row


class Fact(NamedTuple):
    """One column.

    Attributes:
        name: Its heading; params that are called like a fact of ours have ``params.`` in front.
        value: What it is for a row; None where the row does not have it.
        text: The same in words.
        param: The param's own name, or None for a fact of ours.
    """

    name: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    param: str | None = None


class UnknownColumn(ExparseError, LookupError):
    """No column answers to a name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        close = near(name, known)
        hint = f"Close to it: {', '.join(close)}" if close else "`--columns '*'` shows all params"
        super().__init__(f"no column {name!r} among these runs. {hint}")


def _fact(name: str, value: Callable[[Row], Any], text: Callable[[Any], str] = shown.in_words) -> Fact:
    def words(row: Row) -> str:
        found = value(row)
        return "" if found is None else text(found)

    return Fact(name, value, words)


def _param(name: str) -> Fact:
    def words(row: Row) -> str:
        return shown.in_short(row.params[name]) if name in row.params else ""

    return Fact(varying.column(name, KNOWN), lambda row: row.params.get(name), words, name)


def _joined(marks: Iterable[str]) -> str:
    return ", ".join(marks)


_SHARED = [
    _fact("id", lambda row: row.id),
    _fact("state", lambda row: row.state),
    _fact("age", lambda row: row.age, shown.age),
    _fact("duration", lambda row: row.seconds, shown.duration),
    _fact("label", lambda row: row.run.label),
    _fact("marks", lambda row: list(row.marks), _joined),
    _fact("started", started_text),
    _fact("seconds", lambda row: row.seconds),
    _fact("place", lambda row: row.run.place),
    _fact("problem", lambda row: row.problem),
]
_FOLDER = _fact("name", lambda row: row.run.name)
# People know a run by what they called it; a program needs the name that is unique.
_CALLED = _fact("name", lambda row: row.run.label)
KNOWN = {fact.name: fact for fact in [*_SHARED, _FOLDER]}

_FOR_PEOPLE = ("id", "state", "age", "duration", "name", "marks")
_FOR_PROGRAMS = ("id", "name", "label", "state", "started", "seconds", "marks", "place", "problem")


def usual(rows: Sequence[Row], for_people: bool) -> list[Fact]:
    """Return the columns that nobody asked for by name.

    People get the params that differ among the rows, programs all of them.
    """
    if not for_people:
        return [*(KNOWN[name] for name in _FOR_PROGRAMS), *(_param(name) for name in varying.names(rows))]
    facts = [_own(name, True) for name in _FOR_PEOPLE]
    if len({row.run.place for row in rows}) > 1:
        facts.append(KNOWN["place"])
    # Of one run everything is worth seeing: there is nothing that it could differ from.
    params = varying.varying(rows) if len(rows) > 1 else varying.names(rows)
    return [*facts, *(_param(name) for name in params)]


def chosen(rows: Sequence[Row], wanted: Iterable[str], for_people: bool) -> list[Fact]:
    """Return the columns that names and globs ask for, in their order, the number first.

    Raises:
        UnknownColumn: If one asks for nothing that is there.
    """
    params = {name: _param(name) for name in varying.names(rows)}
    facts = {"id": KNOWN["id"]}
    for name in wanted:
        found = _matching(name, params, for_people)
        # Without rows nothing is known of the params, and no name can be wrong.
        if not found and rows:
            raise UnknownColumn(name, [*KNOWN, *(fact.name for fact in params.values())])
        facts.update({fact.name: fact for fact in found})
    return list(facts.values())


def _matching(wanted: str, params: dict[str, Fact], for_people: bool) -> list[Fact]:
    if wanted in KNOWN:
        return [_own(wanted, for_people)]
    return [fact for fact in params.values() if _answers(fact, wanted)]


def _answers(fact: Fact, wanted: str) -> bool:
    spellings = (fact.name, f"{varying.PREFIX}{fact.param}")
    return any(spelling == wanted or fnmatchcase(spelling, wanted) for spelling in spellings)


def _own(name: str, for_people: bool) -> Fact:
    return _CALLED if name == "name" and for_people else KNOWN[name]


def sort_keys(rows: Sequence[Row], wanted: Iterable[str]) -> list[tuple[Callable[[Row], Any], bool]]:
    """Return what :func:`exparse.query.order.ordered` takes; ``-NAME`` puts the largest first.

    Raises:
        UnknownColumn: If a name is none.
    """
    params = {name: _param(name) for name in varying.names(rows)}
    keys = []
    for text in wanted:
        falling, name = text.startswith("-"), text.removeprefix("-")
        found = [KNOWN[name]] if name in KNOWN else [fact for fact in params.values() if _answers(fact, name)]
        if not found and rows:
            raise UnknownColumn(name, [*KNOWN, *(fact.name for fact in params.values())])
        keys += [(fact.value, falling) for fact in found]
    return keys
