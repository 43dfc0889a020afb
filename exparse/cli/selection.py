"""Which runs a command line means: what is picked is done, what is not found is said."""

from __future__ import annotations

import argparse
import os
import shlex
import time
from typing import NamedTuple

from exparse.errors import ExparseError, InvalidQuery, MarkNotFound, NothingAnswers, RunNotFound, near
from exparse.format.status import STATES
from exparse.store import layout, marks, select
from exparse.store.names import Names
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Sequence

    from exparse.cli.output import Output
    from exparse.query.language import Query
    from exparse.query.rows import Row
    from exparse.query.table import Table
    from exparse.store.root import Root

EVERYWHERE = (layout.RUNS, layout.TMP)
RUN_HELP = "number (42), range (3:7), name, last, last~2, @mark, best:metric, path, or a query ('lr < 0.01')"
"""The help of RUN, in every verb that takes several."""
ONE_HELP = RUN_HELP.replace(" range (3:7),", "")
"""Likewise, in a verb that takes one."""
_MOST_TAGGED = 1000
_MOST_NAMED = 5
_OPERATORS = frozenset(("=", "==", "!=", "<", "<=", ">", ">=", "~", "!~"))
# More than this many runs are read sooner through the index than one by one.
_FEW = 200


class Wanted(NamedTuple):
    """Which runs a command line asks for.

    Attributes:
        selectors: Numbers, names, queries and the like; each adds runs.
        where: Queries that all of them must answer to.
        marks: Marks that they bear, all of them.
        tags: Tags that they have, all of them.
        states: States of which they are in one; empty for any.
        since: A query that tells when they started, or None.
    """

    selectors: tuple[str, ...] = ()
    where: tuple[Query, ...] = ()
    marks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: Query | None = None

    def __bool__(self) -> bool:
        return any(self)

    @property
    def queries(self) -> list[Query]:
        """What all runs must answer to, the selectors aside."""
        from exparse.query import language

        asked = [f"mark = {_quoted(mark)}" for mark in self.marks]
        asked += [f"tag = {_quoted(tag)}" for tag in self.tags]
        asked += [f"state in ({', '.join(map(_quoted, self.states))})"] if self.states else []
        return [*map(language.parse, asked), *([self.since] if self.since else []), *self.where]


class Found(NamedTuple):
    """The runs that were meant.

    Attributes:
        rows: The runs, by number.
        all_known: Whether each selector picked one.
    """

    rows: list[Row]
    all_known: bool


def places(asked: Wanted, tmp: bool = False) -> tuple[str, ...]:
    """Return the folders of the root in which the runs lie that a command line means, in every verb alike.

    Args:
        asked: Which runs it asks for. What is named, and what bears a mark, is found in ``tmp/``, too.
        tmp: Whether ``--tmp`` was given: then only runs there are meant.
    """
    if tmp:
        return (layout.TMP,)
    return EVERYWHERE if asked.selectors or asked.marks else (layout.RUNS,)


def add_filters(parser: ArgumentParser) -> None:
    """Declare the options that narrow a selection down; :func:`wanted` reads them."""
    group = parser.add_argument_group("which runs")
    group.add_argument(
        "--where",
        metavar="QUERY",
        action="append",
        default=[],
        help="only runs that answer to it: 'lr < 0.01 and acc > 0.9'",
    )
    group.add_argument("--mark", metavar="MARK", action="append", default=[], help="only runs that bear this mark")
    group.add_argument("--tag", metavar="TAG", action="append", default=[], help="only runs that have this tag")
    group.add_argument(
        "--state", metavar="STATES", action="extend", default=[], type=_states,
        help="only runs in one of these states: failed,lost",
    )  # fmt: skip
    group.add_argument(
        "--since", metavar="TIME", type=_since, help="only runs that started since then: 3d, 2h, 2026-11-01, today"
    )


def wanted(args: Namespace) -> Wanted:
    """Return which runs the options of :func:`add_filters`, and ``selectors`` if the verb has them, ask for.

    Raises:
        InvalidQuery: If ``--where`` says no query.
        ExparseError: If the shell tore a query apart.
    """
    from exparse.query import language

    told = vars(args)
    selectors = tuple(told.get("selectors") or ())
    if len(selectors) > 1 and not _OPERATORS.isdisjoint(selectors):
        raise ExparseError(f"put the query in quotes: {shlex.quote(' '.join(selectors))}")
    return Wanted(
        selectors,
        tuple(map(language.parse, args.where)),
        tuple(args.mark),
        tuple(args.tag),
        tuple(args.state),
        args.since,
    )


def _states(text: str) -> list[str]:
    states = [part.strip() for part in text.split(",") if part.strip()]
    for state in states:
        if state not in STATES:
            close = near(state, STATES)
            hint = f"Close to it: {', '.join(close)}" if close else f"There are {', '.join(STATES)}"
            raise argparse.ArgumentTypeError(f"no state {state!r}. {hint}")
    if not states:
        raise argparse.ArgumentTypeError("a state is expected")
    return states


def _since(text: str) -> Query:
    from exparse.query import language, literals

    if literals.interval(text, time.time()) is not None:
        return language.parse(f"started >= {_quoted(text)}")
    if literals.seconds(text) is not None and not text.strip().isdecimal():
        return language.parse(f"age <= {_quoted(text)}")
    raise argparse.ArgumentTypeError(f"a date or an age is expected (3d, 2h, 2026-11-01, today), not {text!r}")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def found(root: Root, asked: Wanted, to: Output, where: Iterable[str] | None = None) -> Found:
    """Return the runs that are asked for, as rows by number; see :func:`table_of`."""
    table, all_known = table_of(root, asked, to, where)
    return Found(table.rows(), all_known)


def table_of(root: Root, asked: Wanted, to: Output, where: Iterable[str] | None = None) -> tuple[Table, bool]:
    """Return the runs that are asked for as a table by number, and whether each selector picked one.

    Args:
        root: Where they lie.
        asked: Which ones; where it asks for nothing, all.
        to: Where warnings and progress go.
        where: Folders of the root in which they may lie; None for those of :func:`places`.

    Raises:
        InvalidQuery: If a query asks what no run can answer.
        MarkNotFound: If no run bears a mark that is asked for.
    """
    from exparse.query import language

    _check_marks(root, asked.marks)
    choice = _Choice(root, places(asked) if where is None else tuple(where), to)
    for selector in asked.selectors:
        choice.add(selector)
    table = choice.table() if asked.selectors else choice.whole
    try:
        return language.narrowed(table, asked.queries), choice.all_known
    except InvalidQuery:
        # A field that the runs named here lack is no mistake where others have it.
        if not asked.selectors:
            raise
        answering = language.narrowed(choice.whole, asked.queries)
        there = {(run.place, run.name) for run in answering.runs()}
        fewer = [at for at, run in enumerate(table.runs()) if (run.place, run.name) in there]
        return table.take(fewer), choice.all_known


def _check_marks(root: Root, asked: Sequence[str]) -> None:
    if not asked:
        return
    known = marks.known(root.folder)
    for mark in asked:
        name = mark.strip("/")
        if not any(other == name or other.startswith(f"{name}/") for other in known):
            problem = MarkNotFound(mark, root.folder, near(mark, known))
            hint = _tagged(root, f"@{mark}")
            raise ExparseError(f"{problem}{hint}") if hint else problem


class _Choice:
    """Runs that selectors pick one after another; the root is read when the first of them needs it."""

    def __init__(self, root: Root, places: tuple[str, ...], to: Output) -> None:
        self.root, self.places, self.to = root, places, to
        self.runs: dict[tuple[str, str], Run] = {}
        self.all_known = True
        self._names = Names(root.folder, places)
        self._table: Table | None = None

    @property
    def whole(self) -> Table:
        """All runs of the places."""
        from exparse.query import current

        if self._table is None:
            self._table = current.table(self.root.folder, self.places, self.to.counter)
        return self._table

    def add(self, selector: str) -> None:
        """Take what a selector picks; what picks none is a warning, with names close to it."""
        for run in self._picked(selector):
            self.runs[run.place, run.name] = run

    def _picked(self, selector: str) -> list[Run]:
        try:
            return self._pick(selector)
        except RunNotFound as problem:
            hint = "" if isinstance(problem, NothingAnswers) else _elsewhere(self.root, selector, self.places)
            # That one lies in its place all the same says it all.
            is_there = layout.TRASH in self.places and hint
            self.to.warn(hint.strip().replace("Run", "run", 1) if is_there else f"{problem}{hint}")
            self.all_known = False
            return []

    def _pick(self, selector: str) -> list[Run]:
        if is_query(selector):
            return self._answering(selector)
        if selector.startswith("best:"):
            from exparse.query.best import best

            place = best(self.whole, selector[5:])
            if place is None:
                wanted = selector[5:].removeprefix("-").partition("~")[0]
                raise RunNotFound(selector, self.root.folder, near(wanted, [*self.whole.metrics, *self.whole.params]))
            return self.whole.runs([place])
        newest = _newest(self.root, selector, self.places)
        return [newest] if newest else select.pick(self.root.folder, selector, self.places, self._names)

    def _answering(self, selector: str) -> list[Run]:
        from exparse.query import language

        query = language.parse(selector)
        found = [place for place, holds in enumerate(query.matches(self.whole)) if holds]
        if not found:
            raise NothingAnswers(selector, self.root.folder, len(self.whole), query.hint)
        return self.whole.runs(found)

    def table(self) -> Table:
        """Return what was picked, by number; a few runs are read for themselves."""
        from exparse.query import rows, table

        if self._table is None and len(self.runs) <= _FEW:
            read = rows.read(self.runs.values(), rows.marks_of(self.root.folder))
            return table.of_rows(self.root.folder, list(read))
        where = self.whole.own("place").cells()
        names = enumerate(zip(where, self.whole.names, strict=True))
        return self.whole.take([place for place, known in names if known in self.runs])


def is_query(selector: str) -> bool:
    """Return whether a selector is a query, and no path that happens to look like one."""
    if selector.isalnum() or os.path.lexists(selector):
        return False
    from exparse.query import language

    return language.looks_like(selector)


def picked(
    root: Root, selectors: Iterable[str], to: Output, places: Iterable[str] = EVERYWHERE
) -> tuple[list[Run], bool]:
    """Return the runs that the selectors pick, each once, in their order, and whether every selector picked one.

    A selector that picks none is a warning, with names close to it.
    """
    choice = _Choice(root, tuple(places), to)
    for selector in selectors:
        choice.add(selector)
    return list(choice.runs.values()), choice.all_known


def one(root: Root, selector: str, to: Output) -> Run:
    """Return the run that a selector picks; of several the newest, which is said.

    Raises:
        RunNotFound: If it picks none, with names close to it.
    """
    runs = _all_of(root, selector, to)
    chosen = max(runs, key=lambda run: run.id)
    if len(runs) > 1:
        to.note(f"{count(len(runs))} match {selector}: this is the newest, {chosen.id}")
    return chosen


def only(root: Root, selector: str, to: Output) -> Run:
    """Return the one run that a selector picks, for what is not to be done to the wrong one.

    Raises:
        RunNotFound: If it picks none, with names close to it.
        ExparseError: If it picks several; names some.
    """
    runs = _all_of(root, selector, to)
    if len(runs) > 1:
        newest = numbers(sorted(runs, key=lambda run: run.id, reverse=True), _MOST_NAMED)
        raise ExparseError(f"{count(len(runs))} match {selector}: {newest}. Name one of them")
    return runs[0]


def _all_of(root: Root, selector: str, to: Output) -> list[Run]:
    try:
        return _Choice(root, EVERYWHERE, to)._pick(selector)
    except NothingAnswers:
        raise
    except RunNotFound as problem:
        hint = _elsewhere(root, selector, EVERYWHERE)
        if hint:
            raise ExparseError(f"{problem}{hint}") from None
        raise


def _newest(root: Root, selector: str, places: Sequence[str]) -> Run | None:
    """Return the run that ``last`` means, found without a look at all the others; None for other selectors."""
    newest = root.newest(1)[0] if selector == "last" and layout.RUNS in places else []
    return newest[0] if newest else None


def _elsewhere(root: Root, selector: str, places: tuple[str, ...]) -> str:
    """Return a hint where a selector would pick runs of the trash, or runs that are not in it."""
    other = EVERYWHERE if layout.TRASH in places else (layout.TRASH,)
    try:
        runs = select.pick(root.folder, selector, other)
    except RunNotFound:
        return _marked(root, selector) or _tagged(root, selector)
    number = runs[0].id
    if layout.TRASH in places:
        return f" Run {number} is not in the trash: it is still there"
    return f" Run {number} is in the trash: exparse restore {number}"


def _marked(root: Root, selector: str) -> str:
    """Return a hint where a selector looks for a name, and is a mark."""
    name = selector.strip("/")
    is_mark = name and any(mark == name or mark.startswith(f"{name}/") for mark in marks.known(root.folder))
    return f" {selector!r} is a mark: @{name}" if is_mark else ""


def _tagged(root: Root, selector: str) -> str:
    """Return a hint where a selector looks for a mark, and is a tag; the newest runs are asked."""
    tag = selector.removeprefix("@")
    if tag == selector or not any(tag in _tags(run) for run in root.newest(_MOST_TAGGED)[0]):
        return ""
    return f" {tag!r} is a tag, no mark: `exparse ls --tag {tag}` lists the runs that have it."


def _tags(run: Run) -> list[str]:
    try:
        return run.tags
    except (ExparseError, OSError):
        # A damaged run has none.
        return []


def numbers(runs: Iterable[Run], most: int = 12) -> str:
    """Return the runs' numbers in words: ``3``, ``3, 4 and 7``, or the first few of many."""
    texts = [str(run.id) for run in runs]
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most:,} more"
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def count(number: int, noun: str = "run") -> str:
    """Return a number with its noun: ``1 run``, ``2,000 runs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
