"""One comparison of a query, ``lr < 0.01``: what its words mean to the field, and for which runs it holds."""

from __future__ import annotations

from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from exparse.errors import InvalidQuery, near
from exparse.format.status import STATES
from exparse.query import fields, literals, patterns
from exparse.query.literals import Literal
from exparse.query.shown import in_words
from exparse.query.varying import METRICS, PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from exparse.query.column import Column
    from exparse.query.table import Table

    Holds = Callable[[Any], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_OPPOSITES = ("!=", "not in", "!~")
_FLIP = bytes([1, 0]).ljust(256, b"\0")
_LONGEST_NAME = 200
_LONGEST_SHOWN = 40
_MOST_NAMES = 8


class Term(NamedTuple):
    """A comparison of a query.

    Attributes:
        field: The field, as it is written.
        op: ``= != < <= > >= ~ !~``, ``in``, ``not in``, ``is missing`` or ``is not missing``.
        values: What it is compared with; none for ``is missing``.
        source: The whole query.
        place: Where in it the field begins, from 0.
        is_bare: Whether only the field was written, and ``= true`` is meant.
    """

    field: str
    op: str
    values: tuple[Literal, ...]
    source: str
    place: int
    is_bare: bool = False

    def wrong(self, reason: str, at: Literal | None = None) -> InvalidQuery:
        """Return the error that points at the field, or at one of the values."""
        return InvalidQuery(self.source, (self.place if at is None else at.place) + 1, reason)

    def asks_for_none(self) -> bool:
        """Return whether ``none`` is among the values that are asked for."""
        return self.op in ("=", "in") and any(literal.is_word("none") for literal in self.values)


class _Field(NamedTuple):
    """What the field of a comparison stands for.

    Attributes:
        own: Its name among the facts of ours; empty for a param or a metric.
        kind: As :class:`exparse.query.fields.Field` says; ``any`` for a param or a metric, ``age`` for a start of
            which the age is compared.
        column: Its value for each run.
    """

    own: str
    kind: str
    column: Column


def answer(term: Term, table: Table, now: float) -> bytearray:
    """Return 1 for each run of the table for which the comparison holds, and 0 for each other.

    Args:
        term: The comparison.
        table: The runs.
        now: Seconds since the epoch, from which ages count.

    Raises:
        InvalidQuery: If no run knows the field, or none can have such a value there.
    """
    field = _field(term, table)
    if field is None:
        return bytearray(len(table))
    if term.op in ("is missing", "is not missing"):
        said = field.column.test(bool if field.kind == "words" else _is_there)
        return said if term.op == "is not missing" else said.translate(_FLIP)
    holds = _meaning(term, field, now)
    if term.op not in _OPPOSITES:
        found = field.column.test(holds if term.asks_for_none() else lambda cell: cell is not None and holds(cell))
    elif field.kind == "words":
        # A run without marks bears no mark: of words, none is an answer too.
        return field.column.test(lambda cell: cell is not None and holds(cell)).translate(_FLIP)
    else:
        found = field.column.test(lambda cell: cell is not None and not holds(cell))
    if 1 not in found:
        _check_comparable(term, field)
    return found


def _is_there(cell: Any) -> bool:
    return cell is not None


def _field(term: Term, table: Table) -> _Field | None:
    """Return what the field stands for; None where there is no run that could know it."""
    what = fields.meaning(table, term.field)
    if what is None:
        if len(table):
            raise term.wrong(f"no run has the field {_short(term.field)}{_hint(term.field, table)}")
        return None
    if what.kind != "own":
        return _Field("", "any", fields.values(table, what))
    if what.name == "age":
        # By the start, so that now is the same moment for all that a query asks.
        return _Field("age", "age", fields.values(table, fields.Meaning("own", "started")))
    return _Field(what.name, fields.FIELDS[what.name].kind, fields.values(table, what))


def _hint(name: str, table: Table) -> str:
    if name.lower() in STATES:
        return f"; write: state = {name.lower()}"
    if name.startswith("@"):
        return f"; write: mark = {_short(name[1:])}"
    start = next((start for start in (PREFIX, METRICS) if name.startswith(start)), "")
    known = [f"{start}{known}" for known in (table.metrics if start == METRICS else table.params)]
    close = near(name, known if start else fields.names(table)) if len(name) <= _LONGEST_NAME else []
    if close:
        return f". Close to it: {', '.join(close)}."
    more = ", ..." if len(known) > _MOST_NAMES else ""
    return f". There are: {', '.join(known[:_MOST_NAMES])}{more}" if known else ""


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}...")


def _meaning(term: Term, field: _Field, now: float) -> Holds:
    """Return what the comparison asks of a cell; of a comparison like ``!=`` it is the opposite that is asked."""
    if term.is_bare and field.kind not in ("any", "flag"):
        raise term.wrong(f"a comparison is expected: {term.field} is not true or false")
    if term.op in ("~", "!~"):
        return _like(term, field)
    if term.op in _ORDERS:
        return _ordered(term, field, now)
    if field.kind in ("time", "age", "seconds"):
        parts = [_at(term, field, literal, now) for literal in term.values]
        return parts[0] if len(parts) == 1 else lambda cell: any(part(cell) for part in parts)
    return _among(term, field)


def _among(term: Term, field: _Field) -> Holds:
    """Return what holds for a cell that is one of the values."""
    for literal in term.values:
        _check(term, field, literal)
    texts = frozenset(literal.text for literal in term.values)
    if field.kind == "words":
        return lambda cell: any(_is_among(word, texts, field.own == "marks") for word in cell)
    found = [_number(field, literal) for literal in term.values]
    numbers = frozenset(number for number in found if number is not None)
    flags = frozenset(flag for flag in (True, False) for literal in term.values if literal.is_word(str(flag).lower()))
    has_nan, has_none = any(number != number for number in numbers), term.asks_for_none()

    def holds(cell: Any) -> bool:
        kind = type(cell)
        if kind is str:
            return cell in texts
        if kind is int or kind is float:
            return cell in numbers or (has_nan and cell != cell)
        if kind is bool:
            return cell in flags
        return has_none if cell is None else in_words(cell) in texts

    return holds


def _is_among(word: str, texts: frozenset[str], also_above: bool) -> bool:
    if word in texts:
        return True
    return also_above and any(char == "/" and word[:place] in texts for place, char in enumerate(word))


def _number(field: _Field, literal: Literal) -> int | float | None:
    return literals.number(literal.text) if field.kind == "number" else literal.number


def _check(term: Term, field: _Field, literal: Literal) -> None:
    """Refuse a value that a field of ours never has, whatever the runs."""
    if literal.is_word("none"):
        return
    if field.own == "state" and literal.text not in STATES:
        close = near(literal.text, STATES, 1)
        hint = f"close to it: {close[0]}" if close else f"states are {', '.join(STATES)}"
        raise term.wrong(f"there is no state {_short(literal.text)}; {hint}", literal)
    if field.kind == "flag" and not (literal.is_word("true") or literal.is_word("false")):
        raise term.wrong(f"{term.field} is true or false, never {_short(literal.text)}", literal)
    if field.kind == "number" and _number(field, literal) is None:
        raise term.wrong(f"{term.field} is a number, never {_short(literal.text)}", literal)


def _ordered(term: Term, field: _Field, now: float) -> Holds:
    """Return what holds for a cell that lies on one side of the value."""
    compare, literal = _ORDERS[term.op], term.values[0]
    if field.kind in ("words", "flag") or field.own == "state":
        raise term.wrong(f"{term.field} has no order; it is compared by = and != and in")
    if field.kind == "time":
        begin, end = _interval(term, literal, now)
        # What is later than a day comes after its end, and what is up to a day lies before its end.
        edge = begin if term.op in ("<", ">=") else end
        side = lt if term.op in ("<", "<=") else ge
        return lambda cell: side(cell, edge)
    if field.kind in ("age", "seconds"):
        span = _span(term, literal)
        return (lambda cell: compare(now - cell, span)) if field.kind == "age" else (lambda cell: compare(cell, span))
    bound = _number(field, literal)
    if field.kind == "text" or (field.kind == "any" and bound is None):
        key = literals.counted(literal.text)
        return lambda cell: type(cell) is str and compare(literals.counted(cell), key)
    if bound is None:
        raise term.wrong(f"{term.field} is a number, never {_short(literal.text)}", literal)
    return lambda cell: (type(cell) is float or type(cell) is int) and compare(cell, bound)


def _at(term: Term, field: _Field, literal: Literal, now: float) -> Holds:
    """Return what holds for a cell that is a certain moment, or took a certain time."""
    if literal.is_word("none"):
        return lambda cell: cell is None
    if field.kind == "time":
        begin, end = _interval(term, literal, now)
        return lambda cell: cell is not None and begin <= cell < end
    span = _span(term, literal)
    shift, sign = (now, -1) if field.kind == "age" else (0, 1)
    return lambda cell: cell is not None and shift + sign * cell == span


def _interval(term: Term, literal: Literal, now: float) -> tuple[float, float]:
    found = literals.interval(literal.text, now)
    if found is None:
        is_span = literals.seconds(literal.text) is not None
        hint = f"; for how long ago it was: age {term.op} {literal.text.strip()}" if is_span else ""
        raise term.wrong(f"a date is expected, such as 2026-11-01 or '2026-11-01 12:00' or today{hint}", literal)
    return found


def _span(term: Term, literal: Literal) -> float:
    found = literals.seconds(literal.text)
    if found is None:
        is_date = literals.interval(literal.text, 0) is not None
        hint = f"; a date is compared with the start: started {term.op} {literal.text.strip()}" if is_date else ""
        raise term.wrong(f"a time span is expected, such as 90s, 5min, 2h, 3d, 2w, 6mo or 1y{hint}", literal)
    return found


def _like(term: Term, field: _Field) -> Holds:
    if field.kind in ("time", "age", "seconds"):
        raise term.wrong(f"{term.field} has no text for a pattern; it is compared by = < <= > >=")
    matches = patterns.pattern(term.values[0].text)
    if field.kind == "words":
        return lambda cell: any(matches(word) for word in cell)
    return lambda cell: matches(in_words(cell))


def _check_comparable(term: Term, field: _Field) -> None:
    """Refuse a comparison that holds for no run because no value there is of its kind.

    Raises:
        InvalidQuery: With what they are instead.
    """
    there = sorted({_kind(cell) for cell in field.column.distinct() if cell is not None})
    if field.kind != "any" or not there or not (term.is_bare or term.op in _ORDERS):
        return
    if term.is_bare:
        if "true or false" not in there:
            raise term.wrong(f"a comparison is expected: {_short(term.field)} is {' or '.join(there)} in all runs")
        return
    literal = term.values[0]
    wanted = "a text" if literal.number is None else "a number"
    if wanted not in there:
        quotes = wanted == "a number" and "a text" in there
        hint = f"; to compare texts write it in quotes: '{literal.text}'" if quotes else ""
        said = f"{_short(term.field)} is {' or '.join(there)} in all runs, {_short(literal.text)} is {wanted}"
        raise term.wrong(f"{said}{hint}", literal)


def _kind(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true or false"
    return "a number" if isinstance(cell, (int, float)) else "a text" if isinstance(cell, str) else "a list"
