"""The notebook's way in: a root's runs as a DataFrame, or one by one."""

from __future__ import annotations

import html
import os

from exparse.query import rows, shown, varying
from exparse.store.root import Root, meant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas

    from exparse.store.run import Run

_SHOWN = 20


class Index:
    """The runs of a root, for reading.

    Args:
        root: The root, or its folder; nothing is read before it is asked for.

    Iteration gives the runs by number (not those of ``--tmp``), ``len(index)`` counts them, ``index[42]`` and
    ``index["best:acc"]`` give the one that a number or a selector picks (:mod:`exparse.store.select`).
    Every use raises :class:`~exparse.errors.RootError` where there is no root, and nothing here writes.
    """

    def __init__(self, root: str | os.PathLike[str] | Root) -> None:
        self.root = root if isinstance(root, Root) else meant(os.path.expanduser(os.fspath(root)))

    def __repr__(self) -> str:
        return f"Index({self.root.folder!r})"

    def __len__(self) -> int:
        return len(self.root.check())

    def __bool__(self) -> bool:
        # Not by the number of runs: an Index is there even where no run is.
        return True

    def __iter__(self) -> Iterator[Run]:
        return iter(self.root.check())

    def __getitem__(self, selector: int | str) -> Run:
        """Return the run that a number or a selector picks; the newest where it picks several.

        Raises:
            RunNotFound: If it picks none; a LookupError, with names close to it.
        """
        return self.root.check()[selector]

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
            ``host`` and ``commit`` (texts or None), ``dirty`` (boolean) and ``tags`` (a list each);

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

        root = self.root.check()
        runs = root.runs() if mark is None else sorted(root.marked(mark), key=lambda run: run.id)
        return frame(list(rows.read(runs, deep=True)))

    def _repr_html_(self) -> str:
        """Return the newest runs as HTML, with the params that differ among them."""
        root = self.root.check()
        newest, total = root.newest(_SHOWN)
        read = list(rows.read(newest, rows.marks_of(root.folder)))
        params = varying.varying(read) if len(read) > 1 else varying.names(read)
        head = ["id", "state", "started", "name", "marks", *params]
        body = "".join(_line("td", [*_facts(row), *(_cell(row, name) for name in params)]) for row in read)
        title = f"<p>{total:,} runs in <code>{_safe(root.folder)}</code>{_older(total, len(read))}</p>"
        return f"{title}<table><thead>{_line('th', head)}</thead><tbody>{body}</tbody></table>"


def _older(total: int, shown_here: int) -> str:
    return f"; the newest {shown_here}:" if total > shown_here else ":"


def _facts(row: rows.Row) -> list[str]:
    started = row.local_start.isoformat(" ", "seconds") if row.local_start else ""
    return [str(row.id), row.state, started, row.run.label or "", ", ".join(row.marks)]


def _cell(row: rows.Row, name: str) -> str:
    return shown.in_short(row.params[name]) if name in row.params else ""


def _line(tag: str, cells: list[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_safe(cell)}</{tag}>' for cell in cells)}</tr>"


def _safe(text: str) -> str:
    return html.escape(shown.shortened(shown.visible(text), 200))
