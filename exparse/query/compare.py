"""Runs side by side: each thing that is known of them as a line with a value a run, and which of these differ."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from exparse.errors import ExparseError
from exparse.query import installed
from exparse.query.column import MISSING
from exparse.query.fields import OURS
from exparse.query.told import Told
from exparse.query.varying import METRICS, column, key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas

    from exparse.query.column import Column
    from exparse.query.rows import Row
    from exparse.query.table import Table


class _Unread:
    """What a run may have: its file cannot be read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREAD"


UNREAD: Any = _Unread()

PARAMS, CODE, PACKAGES, ENVIRONMENT = "params", "code", "packages", "environment"
MEASURED, END, LABELS = "metrics", "end", "labels"

_OF_PLACE = ("host", "user", "cwd", "script", "config", "python", "executable", "platform", "exparse", "cpu", "cores")
# Other lines than those of exparse.query.fields: in a frame no param may be called like one of them either.
_OWN = OURS.union(_OF_PLACE, ("subcommand", "gpus", "scheduler", "launcher", "patch"))
_SHORT = 10


class Line(NamedTuple):
    """One thing that is known of runs.

    Attributes:
        name: What it is called.
        values: Its value for each run; :data:`~exparse.query.column.MISSING` where a run has none, :data:`UNREAD`
            where nobody can say.
        weighs: Whether a difference in it is one of the runs; a duration differs always.
    """

    name: str
    values: list[Any]
    weighs: bool = True

    @property
    def differs(self) -> bool:
        """Whether two runs of which it is known are unlike in it; 1, 1.0, True and "1" are."""
        known = [key(value) for value in self.values if value is not UNREAD]
        return any(value != known[0] for value in known)


class Comparison(NamedTuple):
    """Runs side by side.

    Attributes:
        heads: What each run is called, no two alike: its number.
        rows: The runs.
        sections: Lines by what they are about: ``params``, ``code``, ``packages``, ``environment``, ``metrics``,
            ``end``, ``labels``.
    """

    heads: list[str]
    rows: list[Row]
    sections: dict[str, list[Line]]

    def differing(self, section: str) -> list[Line]:
        """Return the lines of a section in which the runs differ."""
        return [line for line in self.sections.get(section, ()) if line.differs]

    def without(self, patterns: Iterable[str]) -> Comparison:
        """Return the same without some lines.

        Args:
            patterns: A section as a whole (``packages``), or a glob for names of lines, alone (``seed``, ``out*``) or
                behind its section (``params.out*``).
        """
        wanted = list(patterns)
        kept = {
            section: [line for line in lines if not _is_named(section, line.name, wanted)]
            for section, lines in self.sections.items()
            if section not in wanted
        }
        return self._replace(sections=kept)

    @property
    def is_same(self) -> bool:
        """Whether the runs differ in nothing that weighs."""
        return not any(line.weighs and line.differs for lines in self.sections.values() for line in lines)


def _is_named(section: str, name: str, patterns: Iterable[str]) -> bool:
    # A glob alone is none for sections: `out*` means params, not all that was printed.
    return any(fnmatchcase(name, glob) for glob in patterns) or any(
        fnmatchcase(name, glob.removeprefix(f"{section}.")) for glob in patterns if glob.startswith(f"{section}.")
    )


def compare(rows: Sequence[Row], packages: bool = False) -> Comparison:
    """Return what is known of runs, side by side.

    Args:
        rows: At least two.
        packages: Whether the packages are among it; that takes reading a file a run.

    Reads ``metadata.json`` of each run, and ``packages.txt`` where asked. A run whose files cannot be read has no say
    in what they would tell.
    """
    rows = list(rows)
    told = [_metadata(row) for row in rows]
    there = [installed.read(row.run.folder) for row in rows] if packages else []
    sections = {
        PARAMS: _lines([_params(row) for row in rows]),
        CODE: _lines([_code(one) for one in told], ("commit", "branch", "dirty", "patch")),
        PACKAGES: _lines(there, sorted({name for known in there for name in known or ()})),
        ENVIRONMENT: _lines([_environment(one) for one in told]),
        MEASURED: _lines([row.values for row in rows]),
        END: [
            *_lines([_end(row) for row in rows], ("state", "exit_code", "error")),
            *_lines([_there({"seconds": row.seconds}) for row in rows], weighs=False),
        ],
        LABELS: _lines([_labels(row) for row in rows], ("label", "marks", "tags", "description"), weighs=False),
    }
    return Comparison(heads(rows), rows, sections)


def to_defaults(row: Row) -> Comparison:
    """Return the params of a run beside their own defaults, as its metadata say them."""
    known = _params(row)
    defaults = {name: value for name, value in row.defaults.items() if name in row.params}
    return Comparison(
        ["default", str(row.id)], [row], {PARAMS: _lines([defaults if known is not None else None, known])}
    )


def heads(rows: Sequence[Row]) -> list[str]:
    """Return the numbers of runs; with more of their path where two runs of two roots have the same."""
    found: list[str] = []
    for spelling in (lambda row: str(row.id), lambda row: row.run.name, lambda row: row.run.folder):
        found = [spelling(row) for row in rows]
        if len(set(found)) == len(found):
            break
    return found


def _metadata(row: Row) -> Told | None:
    """Return what the metadata of a run say; None where they cannot be read, which its row says."""
    try:
        return Told(row.run.metadata)
    except (ExparseError, OSError):
        return None


def _lines(known: Sequence[dict[str, Any] | None], order: Iterable[str] = (), weighs: bool = True) -> list[Line]:
    """Return a line for each name that one of the runs knows: None is a run that may have anything.

    Args:
        known: What each run has, by name.
        order: Names in their order; those of the newest runs come first without it.
        weighs: As :class:`Line` has it.
    """
    here = {name: None for part in reversed(known) for name in part or ()}
    wanted = [name for name in order if name in here] or list(here)
    return [
        Line(name, [UNREAD if part is None else part.get(name, MISSING) for part in known], weighs) for name in wanted
    ]


def _there(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None and value != ""}


def _params(row: Row) -> dict[str, Any] | None:
    # Of a damaged run nobody knows which params it had.
    return None if row.problem and not row.params else row.params


def _code(told: Told | None) -> dict[str, Any] | None:
    if told is None:
        return None
    git = told.part("git")
    facts = {name: git.text(name) for name in ("commit", "branch")}
    return _there({**facts, "dirty": git.flag("dirty"), "patch": git.part("patch").text("sha256")[:_SHORT]})


def _environment(told: Told | None) -> dict[str, Any] | None:
    if told is None:
        return None
    facts: dict[str, Any] = {"subcommand": " ".join(told.texts("command"))}
    for name in _OF_PLACE:
        # There may be several files of arguments.
        facts[name] = ", ".join(told.texts(name)) if isinstance(told.fields.get(name), list) else told.fields.get(name)
    if told.text("rerun_of"):
        # The params of the run that it repeats were laid under its own: that is how it was made, not what it was.
        own = (path for path in told.texts("config") if not path.endswith(f"{told.text('rerun_of')}/params.yaml"))
        facts["config"] = ", ".join(own)
    if isinstance(told.fields.get("gpus"), list):
        facts["gpus"] = ", ".join(told.texts("gpus")) or "none"
    for name in ("scheduler", "launcher"):
        # Without what is another number each time.
        facts[name] = " ".join(filter(None, (told.part(name).text(part) for part in ("kind", "partition", "world"))))
    facts |= {f"env.{name}": value for name, value in told.part("environment").fields.items()}
    return _there(facts)


def _end(row: Row) -> dict[str, Any]:
    return _there({"state": row.state, "exit_code": row.exit_code, "error": row.error})


def _labels(row: Row) -> dict[str, Any]:
    marks, tags = ", ".join(row.marks), ", ".join(row.tags)
    return _there({"label": row.run.label, "marks": marks, "tags": tags, "description": row.description})


def frame(comparison: Comparison) -> pandas.DataFrame:
    """Return what differs as a table: a line for each name, a column for each run.

    Params are called as they are, or ``params.<name>`` where that is a name of ours; metrics are
    ``metrics.<name>``. Columns are the runs' numbers (int), or their names where two have the same number. What a run
    does not have is ``pandas.NA``, other than None, which a param may be.
    """
    import numpy
    import pandas

    lines = [
        (_in_frame(section, line.name), line.values)
        for section in comparison.sections
        for line in comparison.differing(section)
    ]
    # Filled one by one: numpy would make more dimensions of cells that are lists.
    cells = numpy.empty((len(lines), len(comparison.heads)), dtype=object)
    for place, (_, values) in enumerate(lines):
        for at, value in enumerate(values):
            cells[place, at] = pandas.NA if value is MISSING or value is UNREAD else value
    columns: list[Any] = list(comparison.heads)
    if all(head.isdecimal() for head in columns):
        columns = [int(head) for head in columns]
    index = pandas.Index([name for name, _ in lines], dtype=object)
    found: pandas.DataFrame = pandas.DataFrame(cells, index=index, columns=columns)
    return found


def _in_frame(section: str, name: str) -> str:
    if section == PARAMS:
        return column(name, _OWN)
    return f"{METRICS}{name}" if section == MEASURED else f"packages.{name}" if section == PACKAGES else name


def varying_frame(found: Table | Sequence[Row]) -> pandas.DataFrame:
    """Return a table with one row a run: ``id``, ``name``, ``state``, and the params and metrics that vary.

    Columns are called and have types as in :meth:`exparse.query.index.Index.info`. A param or metric that some runs
    do not have varies if it does among those that have it.
    """
    import pandas

    from exparse.query.frame import FACTS, OWN, sayable, series
    from exparse.query.table import Table, of_rows

    table = found if isinstance(found, Table) else of_rows("", found)
    columns: dict[str, Any] = {
        "id": series(table.numbers),
        "name": series(table.names),
        "state": series(table.own("state").cells()),
    }
    for name in table.params:
        _add(columns, column(name, (*OWN, *FACTS)), table.param(name))
    for name in table.metrics:
        _add(columns, f"{METRICS}{name}", table.metric(name))
    varied: pandas.DataFrame = pandas.DataFrame({sayable(name): cells for name, cells in columns.items()})
    return varied


def _add(columns: dict[str, Any], title: str, cells: Column) -> None:
    from exparse.query.frame import series

    if len(cells.distinct()) > 1:
        columns[title] = series([None if cell is MISSING else cell for cell in cells.cells()])
