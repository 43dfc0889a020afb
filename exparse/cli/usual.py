"""The columns of a listing for which nobody asked by name, and what was asked to change about them."""

from __future__ import annotations

from fnmatch import fnmatchcase

from exparse.cli.columns import ALWAYS, ASKED, KNOWN, unique
from exparse.errors import ExparseError
from exparse.query import varying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exparse.cli.columns import Columns, Fact
    from exparse.query.rows import Row

_MOST_METRICS = 4  # that come before the params, where room is scarce
_FOR_PEOPLE = {"id": ALWAYS, "state": ALWAYS, "age": 1, "duration": 5, "name": 2, "marks": 3}
_FOR_PROGRAMS = ("id", "name", "label", "state", "started", "seconds", "marks", "place", "problem")
# The first metric and the first param that differs are what a list of runs is looked at for.
_MEASURED, _VARYING = 4, 5
_IDLE = 10_000  # what is the same in all of the runs comes last

VARYING, NON_DEFAULT, ALL, NONE = "varying", "non-default", "all", "none"
PARAMS = (VARYING, NON_DEFAULT, ALL, NONE)


class MixedColumns(ExparseError, ValueError):
    """Columns were chosen and changed at once."""

    def __init__(self, wanted: Iterable[str]) -> None:
        text = ",".join(wanted)
        super().__init__(
            f"--columns {text}: names choose the columns (state,lr), +NAME and -NAME change the usual ones "
            "(+commit,-age). Give the one or the other"
        )


def is_changed(row: Row, name: str) -> bool:
    """Return whether a param of a run is not what it is by default.

    A param whose default the run does not tell counts as changed: nobody can say that it is not, and what is
    shown for nothing does less harm than what is hidden.
    """
    if name not in row.defaults:
        return True
    value, default = row.params[name], row.defaults[name]
    if isinstance(value, bool) or isinstance(default, bool):
        return value is not default
    # 1 given as 1.0 is what the option's own type made of it.
    return bool(value != default) and varying.key(value) != varying.key(default)


def non_default(rows: Sequence[Row]) -> list[str]:
    """Return the names of the params that are not what they are by default in some of the rows.

    Damaged rows have no say.
    """
    sound = [row for row in rows if row.problem is None]
    return [name for name in varying.names(sound) if any(name in r.params and is_changed(r, name) for r in sound)]


def of_params(rows: Sequence[Row], mode: str) -> list[str]:
    """Return the names of the params that one of :data:`PARAMS` means among the rows."""
    if mode == NONE:
        return []
    if mode == NON_DEFAULT:
        return non_default(rows)
    # Of one run everything is worth seeing: there is nothing that it could differ from.
    return varying.varying(rows) if mode == VARYING and len(rows) > 1 else varying.names(rows)


def for_people(
    there: Columns, rows: Sequence[Row], params: Iterable[str], metrics: Iterable[str], asked: Iterable[Fact]
) -> list[Fact]:
    """Return the columns that people get unless they name some.

    Args:
        there: The columns that the runs have.
        rows: The runs.
        params: Names of the params to show.
        metrics: Names of the metrics likewise.
        asked: Columns that are sorted or filtered by: they are shown, however narrow the terminal.
    """
    own = [there.own(name)._replace(rank=rank) for name, rank in _FOR_PEOPLE.items()]
    program = there.own("program")._replace(rank=_VARYING + 1)
    own += [there.own("place")] if len({row.run.place for row in rows}) > 1 else []
    own += [program] if len(set(map(program.value, rows)) - {None}) > 1 else []
    measured = [there.metrics[name]._replace(rank=_MEASURED + 2 * n) for n, name in enumerate(metrics)]
    measured = [fact._replace(rank=fact.rank + _IDLE) if _is_constant(fact, rows) else fact for fact in measured]
    varied = [there.params[name]._replace(rank=_VARYING + 2 * n) for n, name in enumerate(params)]
    facts = [*own, *measured[:_MOST_METRICS], *varied, *measured[_MOST_METRICS:]]
    return _with_asked(facts, len(own), asked)


def _is_constant(fact: Fact, rows: Sequence[Row]) -> bool:
    found = [varying.key(value) for row in rows if (value := fact.value(row)) is not None]
    return len(rows) > 1 and len(set(found)) < 2


def _with_asked(facts: list[Fact], after: int, asked: Iterable[Fact]) -> list[Fact]:
    """Return the columns with those that were asked for, which stand behind our own and go last."""
    shown_here = {fact.key for fact in facts}
    wanted = {fact.key: fact._replace(rank=ASKED) for fact in asked}
    if wanted.pop(KNOWN["seconds"].key, None):
        # It is what duration says already.
        wanted[KNOWN["duration"].key] = KNOWN["duration"]._replace(rank=ASKED)
    facts = [f._replace(rank=ASKED) if f.key in wanted and f.rank > ASKED else f for f in facts]
    more = [fact for key, fact in wanted.items() if key not in shown_here]
    return [*facts[:after], *more, *facts[after:]]


def for_programs(there: Columns, params: Iterable[str], metrics: Iterable[str]) -> list[Fact]:
    """Return the columns that programs get unless some are named."""
    own = [there.own(name) for name in _FOR_PROGRAMS]
    return [*own, *(there.params[name] for name in params), *(there.metrics[name] for name in metrics)]


def changed(there: Columns, facts: Iterable[Fact], changes: Sequence[str]) -> list[Fact]:
    """Return the columns with those of ``+NAME`` behind them and without those of ``-NAME``.

    Raises:
        UnknownField: If a name is none.
        MixedColumns: If one has neither sign.
    """
    if not all(text.startswith(("+", "-")) and text[1:] for text in changes):
        raise MixedColumns(changes)
    found = list(facts)
    for text in changes:
        if text[0] == "-":
            left = [fact for fact in found if not fnmatchcase(fact.name, text[1:])]
            keys = {fact.key for fact in (there.named(text[1:]) if len(left) == len(found) else ())}
            found = [fact for fact in left if fact.key not in keys]
        else:
            more = [fact._replace(rank=min(fact.rank, ASKED)) for fact in there.named(text[1:])]
            keys = {fact.key for fact in more}
            # One that stands there already is asked for, too: it does not go for want of room.
            raised = [f._replace(rank=min(f.rank, ASKED)) if f.key in keys else f for f in found]
            found = unique([*raised, *more])
    return found


def are_changes(wanted: Iterable[str] | None) -> bool:
    """Return whether names of columns change the usual ones instead of choosing others."""
    return any(text.startswith(("+", "-")) for text in wanted or ())
