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
        param: The param's own name, or None for what is none.
        metric: The metric's own name, or None for what is none.
    """

    name: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    param: str | None = None
    metric: str | None = None


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


def _metric(name: str, for_people: bool, params: Iterable[str]) -> Fact:
    def words(row: Row) -> str:
        return shown.in_short(row.values[name]) if name in row.values else ""

    # A heading of eight letters more would cost people the next column.
    is_clear = for_people and name not in KNOWN and name not in params
    head = name if is_clear else f"{varying.METRICS}{name}"
    return Fact(head, lambda row: row.values.get(name), words, metric=name)


def metrics(rows: Sequence[Row]) -> list[str]:
    """Return the names of the values that the rows have, in the order in which the newest rows have them."""
    return list({name: None for row in reversed(rows) for name in row.values})


def _state(row: Row) -> str:
    return f"{row.state} (fails)" if row.fails and row.state != "failed" else row.state


def _joined(marks: Iterable[str]) -> str:
    return ", ".join(marks)


_SHARED = [
    _fact("id", lambda row: row.id),
    Fact("state", lambda row: row.state, lambda row: _state(row)),
    _fact("age", lambda row: row.age, shown.age),
    _fact("duration", lambda row: row.seconds, shown.duration),
    _fact("label", lambda row: row.run.label),
    _fact("marks", lambda row: list(row.marks), _joined),
    _fact("started", started_text),
    _fact("seconds", lambda row: row.seconds),
    _fact("place", lambda row: row.run.place),
    _fact("problem", lambda row: row.problem),
    _fact("exit_code", lambda row: row.exit_code),
    _fact("error", lambda row: row.error),
    _fact("host", lambda row: row.facts.host),
    _fact("script", lambda row: row.facts.script),
    _fact("commit", lambda row: row.facts.commit),
    _fact("branch", lambda row: row.facts.branch),
    _fact("dirty", lambda row: row.facts.dirty),
    _fact("tags", lambda row: list(row.tags), _joined),
    _fact("description", lambda row: row.description),
    _fact("fails", lambda row: row.fails),
]
_FOLDER = _fact("name", lambda row: row.run.name)
# People know a run by what they called it; a program needs the name that is unique.
_CALLED = _fact("name", lambda row: row.run.label)
KNOWN = {fact.name: fact for fact in [*_SHARED, _FOLDER]}
# What is not known of a row before exparse.query.rows.deepened.
_DEEP = ("tags", "description")
_MOST_METRICS = 4  # that come before the params, where room is scarce

_FOR_PEOPLE = ("id", "state", "age", "duration", "name", "marks")
_FOR_PROGRAMS = ("id", "name", "label", "state", "started", "seconds", "marks", "place", "problem")


def usual(rows: Sequence[Row], for_people: bool) -> list[Fact]:
    """Return the columns that nobody asked for by name.

    People get the params that differ among the rows, programs all of them. Values of the rows are shown, too.
    """
    params = varying.names(rows)
    measured = [_metric(name, for_people, params) for name in metrics(rows)]
    if not for_people:
        return [*(KNOWN[name] for name in _FOR_PROGRAMS), *map(_param, params), *measured]
    facts = [_own(name, True) for name in _FOR_PEOPLE]
    if len({row.run.place for row in rows}) > 1:
        facts.append(KNOWN["place"])
    # Of one run everything is worth seeing: there is nothing that it could differ from.
    params = varying.varying(rows) if len(rows) > 1 else params
    return [*facts, *measured[:_MOST_METRICS], *map(_param, params), *measured[_MOST_METRICS:]]


def needs_depth(rows: Sequence[Row], wanted: Iterable[str]) -> bool:
    """Return whether columns are wanted that rows have only after :func:`exparse.query.rows.deepened`."""
    params = {name: _param(name) for name in varying.names(rows)}
    names = [text.removeprefix("-") for text in wanted]
    return any(name in _DEEP or not (name in KNOWN or _of_params(name, params)) for name in names)


def chosen(rows: Sequence[Row], wanted: Iterable[str], for_people: bool) -> list[Fact]:
    """Return the columns that names and globs ask for, in their order, the number first.

    Raises:
        UnknownColumn: If one asks for nothing that is there.
    """
    facts = {"id": KNOWN["id"]}
    for name in wanted:
        facts.update({fact.name: fact for fact in _matching(name, rows, for_people)})
    return list(facts.values())


def _matching(wanted: str, rows: Sequence[Row], for_people: bool) -> list[Fact]:
    """Return the columns that a name or glob asks for: facts, else params, else metrics."""
    if wanted in KNOWN:
        return [_own(wanted, for_people)]
    params = {name: _param(name) for name in varying.names(rows)}
    measured = {name: _metric(name, for_people, params) for name in metrics(rows)}
    found = _of_params(wanted, params)
    found = found or [fact for name, fact in measured.items() if _answers(wanted, name, f"{varying.METRICS}{name}")]
    # Without rows nothing is known of the params, and no name can be wrong.
    if not found and rows:
        raise UnknownColumn(wanted, [*KNOWN, *(fact.name for fact in (*params.values(), *measured.values()))])
    return found


def _of_params(wanted: str, params: dict[str, Fact]) -> list[Fact]:
    return [fact for name, fact in params.items() if _answers(wanted, fact.name, f"{varying.PREFIX}{name}")]


def _answers(wanted: str, *spellings: str) -> bool:
    return any(spelling == wanted or fnmatchcase(spelling, wanted) for spelling in spellings)


def _own(name: str, for_people: bool) -> Fact:
    return _CALLED if name == "name" and for_people else KNOWN[name]


def sort_keys(rows: Sequence[Row], wanted: Iterable[str]) -> list[tuple[Callable[[Row], Any], bool]]:
    """Return what :func:`exparse.query.order.ordered` takes; ``-NAME`` puts the largest first.

    Raises:
        UnknownColumn: If a name is none.
    """
    names = [(text.removeprefix("-"), text.startswith("-")) for text in wanted]
    return [(fact.value, falling) for name, falling in names for fact in _matching(name, rows, for_people=False)]


def measured(rows: Sequence[Row], wanted: Iterable[str]) -> list[str]:
    """Return the names of the values that :func:`sort_keys` reads for these names."""
    facts = [fact for text in wanted for fact in _matching(text.removeprefix("-"), rows, for_people=False)]
    return [fact.metric for fact in facts if fact.metric is not None]
