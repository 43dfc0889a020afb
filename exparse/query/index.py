"""The notebook's way in: a root's runs as a DataFrame, or one by one."""

from __future__ import annotations

import copy
import html
import os
from typing import Any

from exparse.errors import NothingAnswers, RunNotFound, near
from exparse.query import bars, best, current, language, rows, shown, varying
from exparse.store import layout, select
from exparse.store.names import Names
from exparse.store.root import Root, meant
from exparse.store.run import Run
from exparse.store.select import parse_best

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas

    from exparse.query.language import Query
    from exparse.query.table import Table

_SHOWN = 20
_MOST_METRICS = 6


class Index:
    """The runs of a root, for reading.

    Args:
        root: The root, or its folder; nothing is read before it is asked for.

    Iteration gives the runs by number (not those of ``--tmp``), ``len(index)`` counts them, ``index[42]`` and
    ``index["best:acc"]`` give the one that a number or a selector picks (:mod:`exparse.store.select`).
    :meth:`where` and :meth:`marked` give an Index of fewer runs; they chain, and nothing is read before runs or a
    frame are asked for. Every use raises :class:`~exparse.errors.RootError` where there is no root, and nothing here
    writes into it.
    """

    def __init__(self, root: str | os.PathLike[str] | Root) -> None:
        self.root = root if isinstance(root, Root) else meant(os.path.expanduser(os.fspath(root)))
        self._queries: tuple[Query, ...] = ()
        self._places: tuple[str, ...] = (layout.RUNS,)

    def __repr__(self) -> str:
        asked = "".join(f".where({str(query)!r})" for query in self._queries)
        return f"Index({self.root.folder!r}){asked}"

    def __len__(self) -> int:
        return len(self.table()) if self._queries else len(self.root.check())

    def __bool__(self) -> bool:
        # Not by the number of runs: an Index is there even where no run is.
        return True

    def __iter__(self) -> Iterator[Run]:
        if not self._queries:
            return iter(self.root.check())
        table = self.table()
        return iter(table.runs())

    def __getitem__(self, selector: int | str | Run) -> Run:
        """Return the run that a number or a selector picks; the newest where it picks several. A run is itself.

        ``index["lr < 0.01 and acc > 0.9"]`` asks a query. Of an Index of fewer runs, one of these is picked.

        Raises:
            RunNotFound: If it picks none; a LookupError, with names close to it.
        """
        if not isinstance(selector, (int, str)):
            if isinstance(selector, Run):
                return selector
            raise TypeError(f"a number, a selector or a run is expected, not {selector!r:.60}")
        text, root = str(selector), self.root.check()
        if text.startswith("best:"):
            return self.best(text[5:])
        if language.looks_like(text) and not os.path.lexists(text):
            there = list(self.where(text))
            if there:
                return there[-1]
            raise NothingAnswers(text, root.folder, len(self))
        if not self._queries:
            return root[text]
        return select.pick(root.folder, text, self._places, Names.of(root.folder, self))[-1]

    def where(self, query: str) -> Index:
        """Return the runs that answer to a query, such as ``lr < 0.01 and not state in (failed, lost)``.

        The language is described on the page "Queries" of the documentation; the command takes the same.

        Raises:
            InvalidQuery: If it is none; at the first use, if it asks for what no run has.
        """
        fewer = Index(self.root)
        fewer._queries = (*self._queries, language.parse(query))
        fewer._places = self._places
        return fewer

    def marked(self, mark: str) -> Index:
        """Return the runs that bear a mark, or one below it (``user`` finds ``user/bob``), those of ``--tmp`` too."""
        quoted = mark.strip("/").replace("'", "''")
        fewer = self.where(f"mark = '{quoted}'")
        fewer._places = (layout.RUNS, layout.TMP)
        return fewer

    def table(self) -> Table:
        """Return the runs as columns, without pandas: what all else here starts from."""
        return self._table(None)

    def _table(self, beside: Callable[[], object] | None) -> Table:
        table = current.table(self.root.check().folder, self._places, bars.counter, beside)
        return language.narrowed(table, self._queries)

    def rows(self) -> list[dict[str, Any]]:
        """Return one dict a run, by number, oldest first, without pandas.

        Returns:
            Keys ``id`` (int), ``name`` (of the run's folder), ``label``, ``path`` (of that folder, text), ``state``,
            ``started`` (:class:`~datetime.datetime` or None), ``seconds`` (float or None), ``marks``, ``tags``
            (lists), ``description``, ``problem``, ``exit_code``, ``error``, ``host``, ``user``, ``script``, ``cwd``,
            ``python``, ``commit``, ``branch``, ``dirty``, ``job``, ``attempts``, ``program``, ``rerun_of``, ``fails``,
            and ``params`` and ``metrics``, dicts of the run's own params and values.
        """
        with current.without_search():
            return [_as_dict(row) for row in self.table().rows()]

    def best(self, name: str, back: int = 0) -> Run:
        """Return the run with the largest ``name``, a value of the summary or the last value of a metric.

        Args:
            name: ``acc`` for the largest, ``-loss`` for the smallest. Params and facts of ours will do, too.
            back: 1 for the second best, and so on.

        Raises:
            RunNotFound: If no run has such a number; a LookupError.
        """
        table = self.table()
        place = best.best(table, f"{name}~{back}" if back else name)
        if place is not None:
            return table.runs([place])[0]
        if self._queries and not len(table):
            raise NothingAnswers(" and ".join(map(str, self._queries)), self.root.folder, len(self.root))
        wanted = parse_best(name).name
        raise RunNotFound(f"best:{name}", self.root.folder, near(wanted, [*table.metrics, *table.params]))

    def varying(self) -> pandas.DataFrame:
        """Return what differs among the runs: ``id``, ``name`` and ``state``, the params and metrics that vary.

        The types are those of :meth:`info`, and so are the names of the columns.
        """
        from exparse.query.compare import varying_frame

        return varying_frame(self.table())

    def compare(self, *selectors: int | str | Run) -> pandas.DataFrame:
        """Return what differs between runs, a row each, with a column for each run.

        Args:
            selectors: Two runs or more: numbers, what else picks one (``"last"``, ``"best:acc"``), or runs.

        Returns:
            Index: names of params, of metrics as ``metrics.<name>``, and of facts; columns: the runs' numbers (int).

        Raises:
            RunNotFound: If one of them picks none.
            TypeError: If there are fewer than two.
        """
        from exparse.query import compare

        if len(selectors) < 2:
            raise TypeError(f"compare takes two runs or more, not {len(selectors)}")

        runs = [self[selector] for selector in selectors]
        found = list(rows.read(runs, rows.marks_of(self.root.folder)))
        return compare.frame(compare.compare(found))

    def metrics(self, *names: str) -> pandas.DataFrame:
        """Return all that was logged by all runs, one row a value.

        Args:
            names: Only these metrics; all where none is named.

        Returns:
            Columns ``id`` (int64), ``name`` (of the metric), ``step`` (Int64), ``time`` (datetime64[ns, UTC]) and
            ``value`` (float64), by run and then in the order of time.

        Reads all ``metrics*.jsonl`` of the runs.
        """
        from exparse.query.frame import metrics_frame

        return metrics_frame(self.table(), names)

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write :meth:`info` as a Parquet file, which other programs read with the types kept.

        ``info().to_parquet()`` of pandas refuses the paths in ``root``, and columns of mixed values.

        Args:
            path: Where; replaced in one step. ``root`` is text in it, lists and objects are JSON.

        Raises:
            ExparseError: If pyarrow is not installed; ``pip install exparse[parquet]``; or if the path is a folder, or
                lies among the files of a root.
        """
        from exparse.query.parquet import write
        from exparse.store import outside

        target = outside.check(os.fspath(path))
        write(self.info(), target)

    def info(self, mark: str | None = None) -> pandas.DataFrame:
        """Return one row a run, by number, oldest first.

        Args:
            mark: Only the runs that bear this mark, or one below it (``user`` finds ``user/bob``).

        Returns:
            Columns ``id`` (int64), ``name`` (of the run's folder), ``time`` (datetime64[ns], the start on
            the clock of where it ran), ``root`` (:class:`pathlib.Path` of the run's folder) and ``state``;

            then one for each param, with the type that its values have: int64, float64 and bool where every
            run has it; Int64, float64 with nan and boolean where some lack it or it is None there; object
            with texts, lists and None otherwise. Nothing is guessed from texts. A param that is called like a
            column of ours, or begins with ``metrics.``, stands in ``params.<name>``;

            then ``started`` (datetime64[ns, UTC]), ``seconds`` (float64, up to now for a run under way),
            ``host`` and ``commit`` (texts or None), ``dirty`` (boolean), ``tags`` and ``marks`` (a list each),
            ``label``, ``description``, ``error`` (texts or None) and ``exit_code`` (Int64);

            then ``metrics.<name>`` for each value of the summaries, an object in one as ``metrics.outer.inner``,
            and for each metric that is not in them, its last value; the types are as those of params.

            A run whose files cannot be read is a row with state ``damaged`` and gaps.

        Raises:
            RootError: If there is no root.
            MarkNotFound: If no run bears the mark; a KeyError, with marks close to it.

        Reads ``params.yaml``, ``metadata.json``, ``status.json``, ``about.jsonl``, ``summary.json`` and the last
        64 KiB of ``metrics.jsonl`` of each run.
        """
        from exparse.query.frame import frame

        index = self if mark is None else self.marked(mark)
        if mark is not None:
            # To say which marks are close to it, where no run bears it.
            self.root.check().marked(mark)
        with current.without_search():
            return frame(index._table(_import_pandas))

    def _repr_html_(self) -> str:
        """Return the newest runs as HTML, with the params that differ among them."""
        root = self.root.check()
        if self._queries:
            table = self.table()
            total = len(table)
            read = table.rows(range(max(0, total - _SHOWN), total))
        else:
            newest, total = root.newest(_SHOWN)
            read = list(rows.read(newest, rows.marks_of(root.folder)))
        params = varying.varying(read) if len(read) > 1 else varying.names(read)
        measured = list(dict.fromkeys(name for row in reversed(read) for name in row.values))[:_MOST_METRICS]
        head = ["id", "state", "started", "name", "marks", *measured, *params]
        cells = [[*(_cell(row.values, m) for m in measured), *(_cell(row.params, p) for p in params)] for row in read]
        body = "".join(_line("td", [*_facts(row), *told]) for row, told in zip(read, cells, strict=True))
        title = f"<p>{total:,} runs in <code>{_safe(root.folder)}</code>{_older(total, len(read))}</p>"
        return f"{title}<table><thead>{_line('th', head)}</thead><tbody>{body}</tbody></table>"


def _import_pandas() -> None:
    """Import what every frame needs, while other processes look at the runs."""
    import pandas  # noqa: F401


def _as_dict(row: rows.Row) -> dict[str, Any]:
    told = {
        "id": row.id,
        "name": row.run.name,
        "label": row.run.label,
        "path": row.run.folder,
        **{name: getattr(row, name) for name in ("state", "started", "seconds")},
        "marks": list(row.marks),
        "tags": list(row.tags),
        **{name: getattr(row, name) for name in ("description", "problem", "exit_code", "error")},
        **row.facts._asdict(),
        "fails": row.fails,
    }
    # Lists and objects are shared by the runs of a table, and with what is remembered: here they are the caller's own.
    return {**told, "params": copy.deepcopy(row.params), "metrics": copy.deepcopy(row.values)}


def _older(total: int, shown_here: int) -> str:
    return f"; the newest {shown_here}:" if total > shown_here else ":"


def _facts(row: rows.Row) -> list[str]:
    started = row.local_start.isoformat(" ", "seconds") if row.local_start else ""
    return [str(row.id), row.state, started, row.run.label or "", ", ".join(row.marks)]


def _cell(values: dict[str, Any], name: str) -> str:
    return shown.in_short(values[name]) if name in values else ""


def _line(tag: str, cells: list[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_safe(cell)}</{tag}>' for cell in cells)}</tr>"


def _safe(text: str) -> str:
    return html.escape(shown.shortened(shown.visible(text), 200))
