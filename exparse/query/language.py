"""The language of queries: ``lr < 0.01 and not state in (failed, lost)``; docs/query.rst is its specification.

What is written is data and nothing else: a query is split into words, read by one small parser, and compared
value by value. Nothing of it is ever evaluated as Python or compiled to a pattern.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

from exparse.errors import InvalidQuery
from exparse.query import literals, patterns, terms, tokens
from exparse.query.literals import Literal
from exparse.query.terms import Term
from exparse.query.tokens import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TypeAlias

    from exparse.query.table import Table

    Tree: TypeAlias = "Joined | Not | Term"

LONGEST = 10_000
"""Characters of a query at most."""
DEEPEST = 64
"""How deep parentheses and ``not`` may be nested."""
MOST_TERMS = 1_000
"""Comparisons of a query at most, each value of a list counted."""

_SIGNS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~")
_ORDER = ("or", "and")
_FLIP = bytes([1, 0]).ljust(256, b"\0")
_IN_PATHS = ("/", "./", "../", "~/", "\\")
_SELECTS = re.compile(r"(last~\S*|best:\S+)\Z").match


class Joined(NamedTuple):
    """Parts of which all hold (``and``), or at least one (``or``).

    Attributes:
        word: ``and`` or ``or``.
        parts: Two or more.
    """

    word: str
    parts: tuple[Tree, ...]


class Not(NamedTuple):
    """What holds where its part does not.

    Attributes:
        part: That part.
    """

    part: Tree


class Query:
    """A question to runs, as :func:`parse` understood it.

    Args:
        tree: What it says.

    ``str(query)`` writes it in one way, whatever the way it was written in; queries that read the same then are
    equal.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __str__(self) -> str:
        return _written(self.tree)

    def __repr__(self) -> str:
        return f"Query({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, Query) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def fields(self) -> list[str]:
        """Names of the fields that it asks for, as they are written, each once."""
        return list(dict.fromkeys(term.field for term in _terms(self.tree)))

    @property
    def hint(self) -> str:
        """What to ask instead where ``~`` was taken for a search within texts: it compares whole values; else ""."""
        for term in _terms(self.tree):
            if term.op == "~" and not any(sign in literal.text for literal in term.values for sign in "*?["):
                return f'~ compares whole values; for a part of them: {term.field} ~ "*{term.values[0].text}*"'
        return ""

    def matches(self, table: Table, now: float | None = None) -> bytearray:
        """Return 1 for each run of a table that answers to the query, and 0 for each other, in their order.

        Args:
            table: The runs.
            now: The moment from which ages and ``today`` count, in seconds since the epoch; None for the present.

        Raises:
            InvalidQuery: If a field is not known in any of the runs, or its values are of another kind in all of
                them.
        """
        return _answer(self.tree, table, time.time() if now is None else now)


def parse(text: str) -> Query:
    """Return the query that a text says.

    Raises:
        InvalidQuery: If it says none; the error tells where it goes wrong.
    """
    if len(text) > LONGEST:
        raise InvalidQuery(text, LONGEST + 1, f"a query has {LONGEST:,} characters at most, this one {len(text):,}")
    return Query(_Reader(text).query())


def narrowed(table: Table, queries: Iterable[Query]) -> Table:
    """Return the runs of a table that answer to all queries.

    Raises:
        InvalidQuery: As :meth:`Query.matches` does; each query is asked of all runs of the table, so that none is
            refused since another one left nothing to be asked.
    """
    answers = [query.matches(table) for query in queries]
    if not answers or all(map(all, answers)):
        return table
    return table.take([place for place, holds in enumerate(zip(*answers, strict=True)) if all(holds)])


def looks_like(text: str) -> bool:
    """Return whether a selector is meant as a query: it has an operator, or words around ``and`` and the like.

    What begins as a path does, ``last~2`` and names of any kind are none, and neither is a bare field.
    """
    if text.startswith(_IN_PATHS) or _SELECTS(text.strip()):
        return False
    try:
        found = list(tokens.split(text))[:-1]
    except InvalidQuery:
        return any(sign in text for sign in "=<>!")
    if any(token.kind == "sign" and token.text in (*_SIGNS, "==") for token in found):
        return True
    return len(found) > 1 and any(token.keyword for token in found)


class _Reader:
    """Reads the tokens of a query from left to right, looking one ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.waiting = list(tokens.split(text))[::-1]
        self.count = 0

    @property
    def token(self) -> Token:
        return self.waiting[-1]

    def query(self) -> Tree:
        if self.token.kind == "end":
            raise self.wrong("the query is empty; write for example: lr < 0.01 and state = finished")
        tree = self.joined(0, 0)
        if self.token.kind != "end":
            raise self.wrong(f"and, or, or the end is expected, {_found(self.token)}{self.hint_behind()}")
        return tree

    def joined(self, level: int, depth: int) -> Tree:
        """Read parts joined by ``or``, each of which is parts joined by ``and``."""
        if level == len(_ORDER):
            return self.part(depth)
        parts = [self.joined(level + 1, depth)]
        while self.token.keyword == _ORDER[level]:
            self.waiting.pop()
            parts.append(self.joined(level + 1, depth))
        return Joined(_ORDER[level], tuple(parts)) if len(parts) > 1 else parts[0]

    def part(self, depth: int) -> Tree:
        if depth > DEEPEST:
            raise self.wrong(f"parentheses and not are nested deeper than {DEEPEST}")
        if self.token.keyword == "not":
            self.waiting.pop()
            return Not(self.part(depth + 1))
        if self.takes("("):
            inner = self.joined(0, depth + 1)
            if not self.takes(")"):
                raise self.wrong(f"and, or, or ) is expected, {_found(self.token)}{self.hint_behind()}")
            return inner
        return self.term()

    def term(self) -> Term:
        place, field = self.token.place, self.field()
        word = self.token.keyword
        if self.token.kind == "sign" and self.token.text in (*_SIGNS, "=="):
            op = self.waiting.pop().text.replace("==", "=")
            return self.made(field, op, (self.value(op),), place)
        if word in ("in", "not"):
            opposite = self.waiting.pop()
            if word == "not" and self.waiting.pop().keyword != "in":
                reason = "the opposite is written != or !~ or not in, or with not before the field"
                raise InvalidQuery(self.text, opposite.place + 1, reason)
            return self.made(field, "in" if word == "in" else "not in", self.values(), place)
        if word == "is":
            self.waiting.pop()
            return self.made(field, self.missing(), (), place)
        if self.token.kind == "end" or word in _ORDER or self.token.text == ")":
            return self.made(field, "=", (Literal("true", False, place),), place, is_bare=True)
        raise self.wrong(
            f"after the field {field!r}, one of {' '.join(_SIGNS)} or in, not in, is missing is expected, "
            f"{_found(self.token)}{_HINTS.get(self.token.text.lower(), '')}"
        )

    def made(self, field: str, op: str, values: tuple[Literal, ...], place: int, is_bare: bool = False) -> Term:
        self.count += max(1, len(values))
        if self.count > MOST_TERMS:
            raise InvalidQuery(self.text, place + 1, f"a query has {MOST_TERMS:,} comparisons at most")
        return Term(field, op, values, self.text, place, is_bare)

    def field(self) -> str:
        token = self.token
        if token.kind in ("sign", "end") or token.keyword:
            hint = "; a field called like that is put in quotes" if token.keyword else ""
            raise self.wrong(f"a field is expected, {_found(token)}{hint}")
        if token.kind == "word" and literals.number(token.text) is not None:
            raise self.wrong(
                f"the field comes first, as in lr < {token.text}; a field called like that is put in quotes"
            )
        if not token.text:
            raise self.wrong("a field is expected, found an empty name")
        return self.waiting.pop().text

    def value(self, op: str) -> Literal:
        token = self.token
        if token.kind == "field":
            raise self.wrong("a field cannot be compared with a field; a text is put in '...' or \"...\"")
        if token.kind in ("sign", "end") or token.keyword:
            hint = "; a text called like that is put in quotes" if token.keyword else ""
            raise self.wrong(f"a value is expected after {op}, {_found(token)}{hint}")
        if token.kind == "word" and token.text.lower() == "missing":
            raise self.wrong("what a run lacks is asked for by: is missing; a text called like that is put in quotes")
        if token.kind == "word" and "*" in token.text and op in ("=", "!=", "in"):
            raise self.wrong("a pattern stands behind ~ or !~; a text with a * in it is put in quotes")
        if op in ("~", "!~") and len(token.text) > patterns.LONGEST:
            raise self.wrong(f"a pattern has {patterns.LONGEST:,} characters at most")
        self.waiting.pop()
        return Literal(token.text, token.kind == "text", token.place)

    def values(self) -> tuple[Literal, ...]:
        if not self.takes("("):
            raise self.wrong(f"( is expected after in, {_found(self.token)}; write: in (a, b)")
        found = [self.value("in")]
        while self.takes(","):
            found.append(self.value("in"))
        if not self.takes(")"):
            raise self.wrong(f", or ) is expected, {_found(self.token)}")
        return tuple(found)

    def missing(self) -> str:
        op = "is missing"
        if self.token.keyword == "not":
            self.waiting.pop()
            op = "is not missing"
        if self.token.kind != "word" or self.token.text.lower() != "missing":
            raise self.wrong(f"missing is expected after is, {_found(self.token)}; a value stands behind =")
        self.waiting.pop()
        return op

    def takes(self, sign: str) -> bool:
        if self.token.kind != "sign" or self.token.text != sign:
            return False
        self.waiting.pop()
        return True

    def wrong(self, reason: str) -> InvalidQuery:
        return InvalidQuery(self.text, self.token.place + 1, reason)

    def hint_behind(self) -> str:
        """Return what may help someone who wrote two words in a row."""
        token = self.token
        if token.kind != "word" or token.keyword:
            return ""
        is_unit = literals.seconds(f"1{token.text}") is not None
        several = "a number and its unit are one word: 3d" if is_unit else "a text of several words is put in quotes"
        return _HINTS.get(token.text.lower(), f"; {several}")


_HINTS = {
    # What other languages have for the words of this one.
    "&": "; write: and",
    "&&": "; write: and",
    "|": "; write: or",
    "||": "; write: or",
    "like": "; write: ~",
    "contains": "; write: ~ *text*",
    "matches": "; write: ~",
}


def _found(token: Token) -> str:
    if token.kind == "end":
        return "found the end"
    shown = token.text if len(token.text) <= 40 else f"{token.text[:39]}..."
    return f"found {shown!r}"


def _written(tree: Tree, above: str = "or") -> str:
    if isinstance(tree, Term):
        return _written_term(tree)
    if isinstance(tree, Not):
        inner = _written(tree.part)
        return f"not ({inner})" if isinstance(tree.part, Joined) else f"not {inner}"
    parts = [_written(part) for part in tree.parts]
    # "and" binds closer, so it needs no parentheses within "or"; all else keeps those that it was written with.
    loose = [isinstance(part, Joined) and not (tree.word == "or" and part.word == "and") for part in tree.parts]
    return f" {tree.word} ".join(f"({part})" if is_loose else part for part, is_loose in zip(parts, loose, strict=True))


def _written_term(term: Term) -> str:
    field, values = _field(term.field), [_value(literal) for literal in term.values]
    if term.op in ("in", "not in"):
        return f"{field} {term.op} ({', '.join(values)})"
    return " ".join([field, term.op, *values])


def _field(name: str) -> str:
    return name if tokens.is_word(name) and literals.number(name) is None else _quoted(name, '"')


def _value(literal: Literal) -> str:
    return _quoted(literal.text, "'") if literal.is_quoted else literal.text


def _quoted(text: str, quote: str) -> str:
    return f"{quote}{text.replace(quote, quote * 2)}{quote}"


def _terms(tree: Tree) -> Iterator[Term]:
    if isinstance(tree, Term):
        yield tree
    else:
        for part in tree.parts if isinstance(tree, Joined) else (tree.part,):
            yield from _terms(part)


def _answer(tree: Tree, table: Table, now: float) -> bytearray:
    if isinstance(tree, Term):
        return terms.answer(tree, table, now)
    if isinstance(tree, Not):
        return _answer(tree.part, table, now).translate(_FLIP)
    # As whole numbers, all runs are joined by one step of the processor's own.
    found = [int.from_bytes(_answer(part, table, now), "little") for part in tree.parts]
    joined = found[0]
    for other in found[1:]:
        joined = joined & other if tree.word == "and" else joined | other
    return bytearray(joined.to_bytes(len(table), "little"))
