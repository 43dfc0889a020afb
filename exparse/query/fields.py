"""What can be asked of a run by name: facts of ours, params, values of summaries and metrics."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from exparse.query.varying import METRICS, PREFIX

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.query.column import Column
    from exparse.query.table import Table


class Field(NamedTuple):
    """A fact of ours.

    Attributes:
        name: Its name.
        kind: ``number``, ``text``, ``time`` (seconds since the epoch), ``seconds`` (a duration), ``flag`` or ``words``
            (a list of texts).
        told: What it is, for people.
    """

    name: str
    kind: str
    told: str


FIELDS = {
    field.name: field
    for field in (
        Field("id", "number", "number of the run"),
        Field("name", "text", "name of the run's folder"),
        Field("label", "text", "what --name called it"),
        Field("state", "text", "running, finished, failed, interrupted, killed, lost, pending or damaged"),
        Field("place", "text", "runs or tmp"),
        Field("started", "time", "when it started"),
        Field("age", "seconds", "how long ago it started"),
        Field("seconds", "seconds", "how long it took, or has taken by now"),
        Field("exit_code", "number", "what the process returned"),
        Field("error", "text", "why it ended badly"),
        Field("problem", "text", "what is wrong with its files"),
        Field("host", "text", "name of the machine"),
        Field("user", "text", "who ran it"),
        Field("script", "text", "path of the main script"),
        Field("program", "text", "name of the script, package or command"),
        Field("cwd", "text", "working folder"),
        Field("python", "text", "version of the interpreter"),
        Field("commit", "text", "commit that was checked out"),
        Field("branch", "text", "branch that was checked out"),
        Field("dirty", "flag", "whether the tree differed from the commit"),
        Field("job", "text", "the scheduler's job"),
        Field("rerun_of", "text", "name of the run that it repeats"),
        Field("attempts", "number", "how often it was begun"),
        Field("tags", "words", "its tags"),
        Field("marks", "words", "its marks"),
        Field("description", "text", "what it is about"),
        Field("fails", "flag", "whether it failed within run.safe()"),
    )
}
ALIASES = {"duration": "seconds", "mark": "marks", "tag": "tags"}
OURS = frozenset((*FIELDS, *ALIASES))
"""Names that always mean a fact of ours: a param that is called so is ``params.<name>`` beside them."""


class Meaning(NamedTuple):
    """What a name stands for in a table.

    Attributes:
        kind: ``own``, ``param`` or ``metric``.
        name: Its name among those.
    """

    kind: str
    name: str


def meaning(table: Table, name: str) -> Meaning | None:
    """Return what a name stands for: a fact of ours, else a param, else a metric; None where it is none of them.

    ``params.lr`` and ``metrics.acc`` say which they mean.
    """
    if name in OURS:
        return Meaning("own", ALIASES.get(name, name))
    params, metrics = table.params, table.metrics
    if name in params:
        return Meaning("param", name)
    if name in metrics:
        return Meaning("metric", name)
    if name.startswith(PREFIX) and name.removeprefix(PREFIX) in params:
        return Meaning("param", name.removeprefix(PREFIX))
    if name.startswith(METRICS) and name.removeprefix(METRICS) in metrics:
        return Meaning("metric", name.removeprefix(METRICS))
    return None


def values(table: Table, what: Meaning) -> Column:
    """Return the column of what a name stands for; a fact of ours as :data:`FIELDS` describes it."""
    if what.kind == "param":
        return table.param(what.name)
    if what.kind == "metric":
        return table.metric(what.name)
    return _OWN[what.name](table) if what.name in _OWN else table.own(what.name)


def cells(table: Table, name: str) -> list[Any]:
    """Return what a name stands for, for each run; :data:`exparse.query.column.MISSING` where it has none.

    Raises:
        KeyError: If the name stands for nothing.
    """
    found = meaning(table, name)
    if found is None:
        raise KeyError(name)
    return values(table, found).cells()


def names(table: Table) -> list[str]:
    """Return all names that stand for something, for hints."""
    return [*FIELDS, *ALIASES, *table.params, *table.metrics]


def _encoded(cells: list[Any]) -> Column:
    # The names above are wanted where no column is: a list of the newest runs begins 3 ms sooner.
    from exparse.query import column

    return column.encode(cells)


def _started(table: Table) -> Column:
    return _encoded(table.starts())


def _age(table: Table) -> Column:
    now = time.time()
    return _encoded([None if start is None else now - start for start in table.starts()])


_OWN = {
    "id": lambda table: _encoded(table.numbers),
    "name": lambda table: _encoded(table.names),
    "label": lambda table: _encoded(table.labels),
    "marks": lambda table: table.marks,
    "fails": lambda table: table.fails,
    "started": _started,
    "age": _age,
}
