"""``exparse command``: the exact command line of runs, ready for a shell."""

from __future__ import annotations

import os
import shlex

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.launch import typed
from exparse.launch.start import COMMAND, Start, omitted
from exparse.query.told import Told
from exparse.record.facts import MASK
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator, Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "command"
ALIASES: list[str] = []
HELP = "print the exact command line of runs, ready for a shell"
COMPLETES: tuple[str, ...] = ("runs",)
EXAMPLES = """\
examples:
  exparse command 42         the words that give the params of run 42, whatever
                             they came from
  exparse command 42 --argv  what was typed then
  exparse command @paper > all.sh

Values of saved files are spelled out, options of the recorder are left out.
Any POSIX shell reads the line. What is on standard error tells what the line
does not say: the folder that it was run in, secrets to be filled in.
"""
_PLACE = {typed.MODULE: ["-m"], typed.CODE: ["-c"], COMMAND: ["--"]}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selectors", metavar="RUN", nargs="+", help=selection.RUN_HELP)
    parser.add_argument("--argv", action="store_true", help="what was typed, as it was")


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    return command(find(args.root), args.selectors, args.argv, to)


def command(root: Root, selectors: Sequence[str], as_typed: bool, to: Output) -> int:
    """Print a line for each run that the selectors pick; return 1 where one picked none, or has no command line."""
    runs, is_well = selection.picked(root, selectors, to)
    for found in runs:
        try:
            words, notes = _typed(found) if as_typed else _exact(found)
        except (ExparseError, OSError) as problem:
            to.warn(str(problem))
            is_well = False
            continue
        to.text(" ".join(quoted(word, to.encoding) for word in words))
        for note in notes:
            to.note(f"run {found.id}: {note}")
    return 0 if is_well else 1


def quoted(word: str, encoding: str = "utf-8") -> str:
    """Return a word as every POSIX shell reads it: in single quotes, by ``printf`` what cannot be shown or written.

    Args:
        word: The word.
        encoding: That of the stream to which it goes.
    """
    if _can_be_seen(word.replace("\n", ""), encoding):
        return shlex.quote(word)
    data = word.rstrip("\n").encode("utf-8", "surrogateescape" if _is_of_bytes(word) else "replace")
    # A shell takes line ends off the end of what a command prints.
    ends = word[len(word.rstrip("\n")) :]
    return f"\"$(printf '{''.join(map(_escaped, data))}')\"{shlex.quote(ends) if ends else ''}"


def _can_be_seen(word: str, encoding: str) -> bool:
    try:
        word.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return word.isprintable()


def _is_of_bytes(word: str) -> bool:
    try:
        word.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _escaped(byte: int) -> str:
    # Also what printf, quotes, or the history of an interactive shell would take for something of theirs.
    return chr(byte) if 32 <= byte < 127 and byte not in b"\\'%!-" else f"\\{byte:03o}"


def _typed(run: Run) -> tuple[list[str], list[str]]:
    told = Told(run.metadata)
    words = told.texts("typed") or [told.text("script") or told.text("prog"), *told.texts("argv")]
    return words, list(_notes(run, told, words))


def _exact(run: Run) -> tuple[list[str], list[str]]:
    """Return the words that do once more what a run did, and what has to be said beside them."""
    start, told = Start(run), Told(run.metadata)
    python = (told.texts("typed") or [start.python])[0]
    program = ["exparse", "run"] if start.is_by_us else [python, *start.options]
    place = [*_PLACE.get(start.kind, []), start.target, *start.before]
    notes = []
    if start.has_saved:
        # Before format 1.2, and where no words give the params: they are a saved file themselves.
        path = f"{run.folder}/{layout.PARAMS}"
        saved = ["--config" if start.is_by_us else "--exparse-config", path]
        words = [*program, *saved, *place] if start.is_by_us else [*program, *place, *saved]
        words += start.rest
        notes.append("params came from saved files and are not known as words: the line names its params.yaml")
        return words, [*notes, *_notes(run, told, words)]
    words = [*program, *place, *start.argv]
    return words, list(_notes(run, told, words))


def _notes(run: Run, told: Told, words: Sequence[str]) -> Iterator[str]:
    cwd = told.text("cwd")
    if cwd and not _is_here(cwd):
        yield f"it was started in {cwd}: cd {quoted(cwd)}"
    given = set(told.texts("given"))
    secrets = [name for name in omitted(run) if name in given]
    if secrets:
        yield f"not recorded, to be filled in: {', '.join(secrets)}"
    elif any(MASK in word for word in words):
        yield f"a secret is to be filled in where {MASK} stands"
    launcher = told.part("launcher")
    if launcher:
        seat = f"rank {launcher.text('rank')} of {launcher.text('world')}"
        yield f"it was {seat} of a job of {launcher.text('kind')}: the line starts that one process"


def _is_here(folder: str) -> bool:
    try:
        return os.path.samefile(folder, os.getcwd())
    except (OSError, ValueError):  # gone, or with characters that no path has
        return False
