"""``exparse code``: which code a run was, and that code itself."""

from __future__ import annotations

import os

from exparse.cli import provenance, selection
from exparse.errors import ExparseError
from exparse.query.told import Told
from exparse.store import layout
from exparse.store.root import find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run

NAME = "code"
ALIASES: list[str] = []
HELP = "show which code a run was, or get it back"
COMPLETES: tuple[str, ...] = ("runs", "nothing")
EXAMPLES = """\
examples:
  exparse code last                 commit, remote, and what differed from it
  exparse code 42 --patch | git apply
  exparse code 42 --to old-tree     its files, in a folder of their own
  exparse code 42 --to .            its files, in this checkout, if it is clean
  exparse code 42 --packages > requirements.txt
"""

_BLOCK = 1 << 20


class NothingRecorded(ExparseError, LookupError):
    """A run lacks what was asked for."""

    def __init__(self, run: Run, what: str, why: str) -> None:
        super().__init__(f"run {run.id} has no {what}: {why}. `exparse code {run.id}` shows what there is")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("selector", metavar="RUN", help=selection.ONE_HELP)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--patch", action="store_true", help="print how the tree differed from the commit")
    which.add_argument("--packages", action="store_true", help="print the installed packages, as pip takes them")
    which.add_argument(
        "--to",
        metavar="DIR",
        help="write the files as they were into DIR: a new or empty folder, or the top of a clean checkout",
    )


def run(args: Namespace, to: Output) -> int:
    """Do what the options ask for."""
    root = find(args.root)
    if args.patch:
        return patch(root, args.selector, to)
    if args.packages:
        return packages(root, args.selector, to)
    if args.to is not None:
        return unpack(root, args.selector, args.to, to)
    return code(root, args.selector, to)


def code(root: Root, selector: str, to: Output) -> int:
    """Print which code a run was, and what its patch changes; return 0."""
    found = selection.one(root, selector, to)
    metadata = Told(found.metadata)
    git, changes = metadata.part("git"), provenance.patch_of(found.folder)
    told = [*provenance.facts(git, changes), *_more(found, metadata)]
    for name, value in told:
        if value:
            to.line(f"{name:<9} {value}")
    for line in provenance.diffstat(changes.changes):
        to.line(line)
    if not any(value for _, value in told):
        to.note(f"no code was recorded for run {found.id}")
    return 0


def _more(found: Run, metadata: Told) -> list[tuple[str, str]]:
    from exparse.query.shown import size

    told = [("script", metadata.text("script"))]
    source = found.path / layout.SOURCE
    if os.path.isfile(source):
        told.append(("source", f"{layout.SOURCE}, {size(os.path.getsize(source))}"))
    cells = metadata.whole("cells")
    if cells is not None:
        told.append(("cells", f"{layout.CELLS}, {selection.count(cells, 'cell')}"))
    number = metadata.whole("packages")
    told.append(("packages", "" if number is None else f"{number:,}"))
    return told


def patch(root: Root, selector: str, to: Output) -> int:
    """Print the patch of a run: byte for byte for a program, harmless on a terminal; return 0.

    Raises:
        NothingRecorded: If there is none although the tree may have differed.
    """
    found = selection.one(root, selector, to)
    git = Told(found.metadata).part("git")
    if _pass_on(found, layout.PATCH, to):
        return 0
    if git.flag("dirty") is False:
        to.note(f"run {found.id} was made from a clean tree: commit {git.text('commit')}")
        return 0
    raise NothingRecorded(found, "patch", git.text("problem") or "its script was in no repository of git")


def packages(root: Root, selector: str, to: Output) -> int:
    """Print the packages of a run, one requirement a line; return 0.

    Raises:
        NothingRecorded: If there is no such list.
    """
    found = selection.one(root, selector, to)
    if not _pass_on(found, layout.PACKAGES, to):
        raise NothingRecorded(found, "list of packages", f"{layout.PACKAGES} is missing")
    return 0


def _pass_on(found: Run, name: str, to: Output) -> bool:
    """Print a file of a run; return False where there is none."""
    from exparse.query import content

    try:
        stream = content.opened(f"{found.folder}/{name}")
    except FileNotFoundError:
        return False
    show = to.block if to.out.isatty() else to.raw
    with stream:
        for line in iter(lambda: stream.read(_BLOCK) + stream.readline(), b""):
            show(line)
    return True


def unpack(root: Root, selector: str, folder: str, to: Output) -> int:
    """Write the files of a run's code into a folder, and say what came out; return 0.

    Raises:
        CodeNotFound: If the folder is not empty and no checkout, or the code is nowhere to be had.
        NotClean: If it is a checkout in which something would be lost.
    """
    from exparse.code import onto, tree
    from exparse.launch.code import here

    found = selection.one(root, selector, to)
    if onto.is_checkout(folder):
        return _put(found, folder, to)
    laid = tree.unpack(found.metadata, found.folder, folder, [here(), found.root])
    to.path(os.path.abspath(folder))
    to.note(f"{selection.count(laid.files, 'file')} of run {found.id}{', its patch applied' if laid.patched else ''}")
    for remark in laid.notes:
        to.warn(remark)
    return 0


def _put(found: Run, folder: str, to: Output) -> int:
    from exparse.code import few, onto

    done = onto.put(found.metadata, found.folder, folder)
    to.path(os.path.abspath(folder))
    removed = f", {selection.count(len(done.removed), 'file')} removed" if done.removed else ""
    to.note(f"{selection.count(len(done.written), 'file')} of run {found.id} written{removed}; HEAD and index stay")
    if done.written or done.removed:
        new = f", but for new files: {few.named(done.added)}" if done.added else ""
        to.note(f"`git checkout .` goes back{new}")
    for remark in done.notes:
        to.warn(remark)
    return 0
