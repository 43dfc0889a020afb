"""The columns of a listing: facts of ours and the runs' params, by the names that ``--columns`` takes."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from exparse.query import fields, shown, varying
from exparse.query.rows import started_text
from exparse.query.unknown import METRIC, UnknownField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exparse.query.rows import Row

ALWAYS, ASKED = -2, -1
"""Ranks of columns that stay however narrow the terminal, and of those that somebody asked for in other words."""


class Fact(NamedTuple):
    """One column.

    Attributes:
        name: Its heading; params that are called like a fact of ours have ``params.`` in front.
        value: What it is for a row; None where the row does not have it.
        text: The same in words.
        param: The param's own name, or None for what is none.
        metric: The metric's own name, or None for what is none.
        rank: Where there is no room for all columns, those with the highest rank go first.
    """

    name: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    param: str | None = None
    metric: str | None = None
    rank: int = 0

    @property
    def is_own(self) -> bool:
        """Whether it is a fact of ours."""
        return self.param is None and self.metric is None

    @property
    def key(self) -> tuple[str, str | None, str | None]:
        """What two columns share that show the same; for people ``name`` and ``label`` are one."""
        return (self.name if self.is_own else "", self.param, self.metric)

    def cells(self, rows: Sequence[Row]) -> list[str]:
        """Return what it is for each row in words; metrics have the digits that tell these rows apart."""
        if self.metric is None:
            return [self.text(row) for row in rows]
        there = [row for row in rows if self.metric in row.values]
        texts = iter(shown.measured(row.values[self.metric] for row in there))
        return [next(texts) if self.metric in row.values else "" for row in rows]

    def full(self, row: Row) -> str:
        """Return what it is for a row in words, no number rounded."""
        if self.param is not None:
            return shown.in_words(row.params[self.param]) if self.param in row.params else ""
        if self.metric is not None:
            return shown.in_words(row.values[self.metric]) if self.metric in row.values else ""
        # To the minute is rounded, too.
        return str(self.value(row) or "") if self.name == "started" else self.text(row)

    def bare(self, row: Row) -> str:
        """Return what it is for a row as a program reads it: times in seconds, nothing for None."""
        found = self.value(row)
        if found is None:
            return ""
        return ", ".join(found) if self.is_own and isinstance(found, list) else shown.in_words(found)


def _fact(name: str, value: Callable[[Row], Any], text: Callable[[Any], str] = shown.in_words) -> Fact:
    def words(row: Row) -> str:
        found = value(row)
        return "" if found is None else text(found)

    return Fact(name, value, words)


def _param(name: str) -> Fact:
    def words(row: Row) -> str:
        return shown.in_short(row.params[name]) if name in row.params else ""

    return Fact(varying.column(name, fields.OURS), lambda row: row.params.get(name), words, name)


def _metric(name: str, for_people: bool, params: Iterable[str]) -> Fact:
    def words(row: Row) -> str:
        return shown.in_short(row.values[name]) if name in row.values else ""

    # A heading of eight letters more would cost people the next column.
    is_clear = for_people and name not in fields.OURS and name not in params
    head = name if is_clear else f"{varying.METRICS}{name}"
    return Fact(head, lambda row: row.values.get(name), words, metric=name)


def metrics(rows: Sequence[Row]) -> list[str]:
    """Return the names of the values that the rows have, those of the newest finished rows first."""
    return varying.measured(rows)


def _state(row: Row) -> str:
    return f"{row.state} (fails)" if row.fails and row.state != "failed" else row.state


def _here(row: Row) -> str:
    """Return when a run started, to the minute, on the clock of who reads it."""
    return "" if row.started is None else shown.moment(row.started)


def _joined(marks: Iterable[str]) -> str:
    return ", ".join(marks)


_SHARED = [
    _fact("id", lambda row: row.id),
    Fact("state", lambda row: row.state, lambda row: _state(row)),
    _fact("age", lambda row: row.age, shown.age),
    _fact("duration", lambda row: row.seconds, shown.duration),
    _fact("label", lambda row: row.run.label),
    _fact("marks", lambda row: list(row.marks), _joined),
    Fact("started", started_text, lambda row: _here(row)),
    _fact("seconds", lambda row: row.seconds),
    _fact("place", lambda row: row.run.place),
    _fact("problem", lambda row: row.problem),
    _fact("exit_code", lambda row: row.exit_code),
    _fact("error", lambda row: row.error),
    _fact("host", lambda row: row.facts.host),
    _fact("user", lambda row: row.facts.user),
    _fact("script", lambda row: row.facts.script),
    _fact("program", lambda row: row.facts.program),
    _fact("cwd", lambda row: row.facts.cwd),
    _fact("python", lambda row: row.facts.python),
    _fact("commit", lambda row: row.facts.commit),
    _fact("branch", lambda row: row.facts.branch),
    _fact("dirty", lambda row: row.facts.dirty),
    _fact("job", lambda row: row.facts.job),
    _fact("rerun_of", lambda row: row.facts.rerun_of),
    _fact("attempts", lambda row: row.facts.attempts),
    _fact("tags", lambda row: list(row.tags), _joined),
    _fact("description", lambda row: row.description),
    _fact("fails", lambda row: row.fails),
]
_FOLDER = _fact("name", lambda row: row.run.name)
# People know a run by what they called it; a program needs the name that is unique.
_CALLED = _fact("name", lambda row: row.run.label)
KNOWN = {fact.name: fact for fact in [*_SHARED, _FOLDER]}
# `duration` is a column of its own here: the same in words.
ALIASES = {name: meant for name, meant in fields.ALIASES.items() if name not in KNOWN}


class Columns:
    """The columns that runs have, by name.

    Args:
        params: Names of their params.
        metrics: Names of the values that they measured.
        for_people: Whether a person reads them; a program gets names that are unique.
        is_empty: Whether there are no runs: then nothing is known of the params, and no name can be wrong.
        further: Returns the names of the params and metrics of other runs, for names that these ones do not know:
            what is empty for them is no error.
    """

    def __init__(
        self,
        params: Sequence[str],
        metrics: Sequence[str],
        for_people: bool,
        is_empty: bool = False,
        further: Callable[[], tuple[Sequence[str], Sequence[str]]] | None = None,
    ) -> None:
        self.for_people, self.is_empty = for_people, is_empty
        self.params = {name: _param(name) for name in params}
        self.metrics = {name: _metric(name, for_people, self.params) for name in metrics}
        self._further = further

    def _learn(self) -> None:
        """Take the names of other runs, too."""
        if self._further is None:
            return
        params, metrics = self._further()
        self._further = None
        self.params = {**self.params, **{name: _param(name) for name in params if name not in self.params}}
        more = {name: _metric(name, self.for_people, self.params) for name in metrics if name not in self.metrics}
        self.metrics = {**self.metrics, **more}

    def own(self, name: str) -> Fact:
        """Return a fact of ours."""
        return _CALLED if name == "name" and self.for_people else KNOWN[name]

    def named(self, wanted: str) -> list[Fact]:
        """Return the columns that a name or glob asks for: facts, else params, else metrics.

        Raises:
            UnknownField: If it asks for nothing that is there.
        """
        found = self.known(wanted)
        if not found:
            self._learn()
            found = self.known(wanted)
        if not found and not self.is_empty:
            there = [*self.params.values(), *self.metrics.values()]
            raise UnknownField(wanted, [*KNOWN, *(fact.name for fact in there)], "column")
        return found

    def known(self, wanted: str) -> list[Fact]:
        """Return the columns that a name or glob asks for; none where there are none."""
        wanted = ALIASES.get(wanted, wanted)
        if wanted in KNOWN:
            return [self.own(wanted)]
        found = [f for name, f in self.params.items() if _answers(wanted, f.name, f"{varying.PREFIX}{name}")]
        return found or self.measured(wanted)

    def measured(self, wanted: str) -> list[Fact]:
        """Return the columns of metrics that a name or glob asks for, with or without ``metrics.``."""
        return [f for name, f in self.metrics.items() if _answers(wanted, name, f"{varying.METRICS}{name}")]

    def metric(self, wanted: str) -> list[Fact]:
        """Return the columns of :meth:`measured`.

        Raises:
            UnknownField: If there are none.
        """
        found = self.measured(wanted)
        if not found:
            self._learn()
            found = self.measured(wanted)
        if not found and not self.is_empty:
            raise UnknownField(wanted, self.metrics, METRIC)
        return found

    def chosen(self, wanted: Iterable[str]) -> list[Fact]:
        """Return the columns that names and globs ask for, in their order, the number first.

        Raises:
            UnknownField: If one asks for nothing that is there.
        """
        facts = [KNOWN["id"]._replace(rank=ALWAYS)]
        for name in wanted:
            facts += [f._replace(rank=ALWAYS) if f.name == "state" else f for f in self.named(name)]
        return unique(facts)


def _answers(wanted: str, *spellings: str) -> bool:
    return any(spelling == wanted or fnmatchcase(spelling, wanted) for spelling in spellings)


def unique(facts: Iterable[Fact]) -> list[Fact]:
    """Return the columns, each once, where it stands first."""
    found: dict[tuple[str, str | None, str | None], Fact] = {}
    for fact in facts:
        found.setdefault(fact.key, fact)
    return list(found.values())
