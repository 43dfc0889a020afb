"""``exparse show``: all that is known of a run, on one page."""

from __future__ import annotations

import shlex

from exparse.cli import selection
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.cli.output import Output
    from exparse.query.rows import Row
    from exparse.query.usage import File
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "show"
ALIASES: list[str] = []
HELP = "show all that is known of runs"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse show last             the newest run
  exparse show 42 paper-final   a number and a name
  exparse show @good --format json
"""
MOST_FILES = 40


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help="number, 3:7, name, last, @mark, best:metric, path")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return show(find(args.root), args.selectors, args.format, to)


def show(root: Root, selectors: Sequence[str], form: str, to: Output) -> int:
    """Print a page for each run that the selectors pick, or a JSON list; return 1 where one picked none."""
    from exparse.cli.export import as_json
    from exparse.query import rows

    runs, all_known = selection.picked(root, selectors, to)
    found = list(rows.read(runs, rows.marks_of(root.folder)))
    if form == "json":
        to.text(as_json([_as_object(row) for row in found]))
    for row in found if form == "text" else ():
        if row is not found[0]:
            to.line()
        for line in _page(row):
            to.line(line)
    return 0 if all_known else 1


def _as_object(row: Row) -> dict[str, object]:
    from exparse.query import usage
    from exparse.query.rows import started_text

    status = _status(row)
    return {
        "id": row.id,
        "name": row.run.name,
        "label": row.run.label,
        "place": row.run.place,
        "path": row.run.folder,
        "state": row.state,
        "problem": row.problem,
        "started": started_text(row),
        "seconds": row.seconds,
        "exit_code": status.get("exit_code"),
        "signal": status.get("signal"),
        "error": status.get("error"),
        "marks": row.marks,
        "metadata": _metadata(row.run),
        "params": row.params,
        "files": [file._asdict() for file in usage.files(row.run.folder)],
    }


def _page(row: Row) -> Iterator[str]:
    from exparse.query import shown, usage

    called = f"  {row.run.label}" if row.run.label else ""
    yield f"run {row.id}{called}"
    for name, value in _facts(row):
        if value:
            yield f"  {name:<9} {value}"
    yield from _traceback(row)
    yield from _params(row)
    files = list(usage.files(row.run.folder))
    yield f"files ({shown.size(sum(file.size for file in files))})"
    yield from _files(files)


def _facts(row: Row) -> Iterator[tuple[str, str]]:
    from exparse.query import shown

    metadata = _metadata(row.run)
    took = f" after {shown.duration(row.seconds)}" if row.seconds is not None else ""
    yield "folder", row.run.folder
    yield "state", f"{row.state}{took}{_ended(row)}"
    yield "problem", row.problem or ""
    yield "started", _started(row)
    yield "marks", ", ".join(row.marks)
    yield "command", _command(metadata)
    yield "config", _words(metadata.get("config"))
    yield "cwd", _words(metadata.get("cwd"))
    yield "host", _place(metadata)
    yield "python", f"{_words(metadata.get('python'))}  {_words(metadata.get('executable'))}".strip()


def _ended(row: Row) -> str:
    status = _status(row)
    error, signal, code = status.get("error"), status.get("signal"), status.get("exit_code")
    if isinstance(error, dict):
        return f": {_words(error.get('type'))}: {_words(error.get('message'))}"
    if signal:
        return f" by {signal}"
    return f", exit code {code}" if code else ""


def _started(row: Row) -> str:
    from exparse.query import shown

    if row.started is None:
        return ""
    return f"{row.started.isoformat(' ', 'seconds')}, {shown.age(row.age)} ago"


def _command(metadata: dict[str, Any]) -> str:
    argv = metadata.get("argv")
    if not isinstance(argv, list):
        return ""
    return shlex.join(str(part) for part in [metadata.get("script") or metadata.get("prog") or "", *argv])


def _place(metadata: dict[str, Any]) -> str:
    process = metadata.get("process")
    pid = process.get("pid") if isinstance(process, dict) else None
    user, host = _words(metadata.get("user")), _words(metadata.get("host"))
    return f"{user}@{host}{f', pid {pid}' if pid else ''}" if host else ""


def _words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None else str(value)


def _traceback(row: Row) -> Iterator[str]:
    error = _status(row).get("error")
    if isinstance(error, dict) and error.get("traceback"):
        yield "traceback"
        for line in str(error["traceback"]).rstrip().splitlines():
            yield f"  {line}"


def _params(row: Row) -> Iterator[str]:
    from exparse.query.shown import in_words, visible, width

    given = _metadata(row.run).get("given")
    given = set(map(str, given)) if isinstance(given, list) else set()
    yield "params (* set on the command line)" if given else "params"
    names = {name: visible(name) for name in row.params}
    longest = min(max(map(width, names.values()), default=0), 30)
    for name, seen in names.items():
        space = " " * (longest - width(seen))
        yield f"{'*' if name in given else ' '} {seen}{space}  {in_words(row.params[name])}".rstrip()


def _files(files: Sequence[File]) -> Iterator[str]:
    from exparse.query import shown

    for file in files[:MOST_FILES]:
        yield f"  {file.kind or shown.size(file.size):>9}  {file.name}"
    if len(files) > MOST_FILES:
        yield f"  and {len(files) - MOST_FILES:,} more"


def _metadata(run: Run) -> dict[str, Any]:
    from exparse.errors import ExparseError

    try:
        return run.metadata
    except (ExparseError, OSError):
        # The page says in its head what is wrong with the run.
        return {}


def _status(row: Row) -> dict[str, Any]:
    from exparse.errors import ExparseError

    try:
        status = row.run.status
    except (ExparseError, OSError):
        # As above.
        return {}
    return {"error": status.error, "signal": status.signal, "exit_code": status.exit_code}
