"""A root: the folder that holds runs, and what one can do with it."""

from __future__ import annotations

import errno
import os
from itertools import islice

from exparse.errors import DamagedFile, MarkNotFound, RootError, near
from exparse.format import version
from exparse.store import absence, files, layout, marks, own, select, trash
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WAYS = "Name a root: --root FOLDER or EXPARSE_ROOT=FOLDER; a script that uses ExParser makes one when it runs"
_MANY = "Choose one: --root FOLDER or EXPARSE_ROOT=FOLDER"
_MOST_LOOKED_INTO = 2_000


class Root:
    """A folder that holds runs.

    Args:
        path: The folder. It need not be there: then it holds no runs. Nothing is made.

    Iteration gives its runs by number; ``len(root)`` counts them; ``root["best:acc"]`` and ``root[42]`` give one.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.folder = os.path.abspath(os.fspath(path))

    def __repr__(self) -> str:
        return f"Root({self.folder!r})"

    @property
    def path(self) -> Path:
        """The folder, as an absolute :class:`pathlib.Path`."""
        from pathlib import Path

        return Path(self.folder)

    def check(self, is_damaged_allowed: bool = False) -> Root:
        """Return this root if it can be read.

        Args:
            is_damaged_allowed: Whether its ``exparse.json`` may say nothing that can be understood.

        Raises:
            RootError: If there is no such folder, or it is no root.
            DamagedFile: If its ``exparse.json`` says no format.
            UnsupportedFormat: If a newer exparse made it.
        """
        if not is_root(self.folder):
            raise RootError(self.folder, _why_no_root(self.folder), _WAYS)
        _check_runs(f"{self.folder}/{layout.RUNS}")
        marker = f"{self.folder}/{layout.MARKER}"
        if os.path.lexists(marker):
            try:
                version.check_root(files.read_text(marker, 1_000_000), marker)
            except DamagedFile:
                if not is_damaged_allowed:
                    raise
        return self

    def names(self, place: str = layout.RUNS) -> list[str]:
        """Return the names of the runs by number; ``place`` is ``runs``, ``tmp`` or ``trash``. One scan, no reading."""
        return select.names(self.folder, place)

    def runs(self, place: str = layout.RUNS) -> list[Run]:
        """Return the runs by number; ``place`` is ``runs``, ``tmp`` or ``trash``. One scan, no reading."""
        return [Run(self.folder, name, place) for name in self.names(place)]

    def newest(self, count: int, place: str = layout.RUNS) -> tuple[list[Run], int]:
        """Return the newest runs by number, and how many runs there are in all. Takes no look at the others."""
        names, total = select.newest(self.folder, count, place)
        return [Run(self.folder, name, place) for name in names], total

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs())

    def __len__(self) -> int:
        return len(self.names())

    def select(self, *selectors: str) -> list[Run]:
        """Return the runs that selectors pick (:mod:`exparse.store.select`), in their order, each once.

        Raises:
            RunNotFound: For the first selector that picks none.
        """
        return select.select(self.folder, selectors)

    def __getitem__(self, selector: int | str) -> Run:
        """Return the one run that a number or a selector picks; the newest where it picks several.

        Raises:
            RunNotFound: If it picks none.
        """
        return select.pick(self.folder, str(selector))[-1]

    def marks(self) -> dict[str, list[str]]:
        """Return the names of the runs that bear each mark, both sorted; links that lead nowhere are left out."""
        found: dict[str, set[str]] = {}
        there = {*self.names(), *self.names(layout.TMP)}
        for mark, name in marks.walk(self.folder):
            if name in there:
                found.setdefault(mark, set()).add(name)
        return {mark: sorted(found[mark]) for mark in sorted(found)}

    def marked(self, mark: str) -> list[Run]:
        """Return the runs that bear a mark, or one below it (``user`` finds ``user/bob``), by number.

        Raises:
            MarkNotFound: If no run does.
        """
        wanted, known = mark.strip("/"), self.marks()
        chosen = {n for m, bearers in known.items() if m == wanted or m.startswith(f"{wanted}/") for n in bearers}
        if not chosen:
            raise MarkNotFound(mark, self.folder, near(mark, known))
        return [run for place in (layout.RUNS, layout.TMP) for run in self.runs(place) if run.name in chosen]

    def mark(self, mark: str, *runs: Run) -> int:
        """Put a mark on runs; return how many did not bear it before. Writes ``marked/<mark>/<run>.yaml``.

        One that is moved to the trash meanwhile gets the mark when it is restored.

        Raises:
            InvalidName: If the mark is none; then nothing is written.
            FileNotFoundError: If a run is gone, or has another name by now; the others before it bear the mark.
            RootError: If a link stands in the place of ``marked/``.
        """
        layout.check_mark(mark)
        own.check(self.folder, layout.MARKED)
        return sum(self._mark(mark, run) for run in runs)

    def _mark(self, mark: str, run: Run) -> bool:
        is_new = marks.add(self.folder, mark, run.name, run.place)
        # Looked at after the link is there: who moves it away now sees the link, who did so before is seen here.
        if absence.is_gone(f"{self.folder}/{run.place}/{run.name}"):
            is_noted = trash.bear(Run(self.folder, run.name, layout.TRASH), [mark])
            if is_noted or absence.is_gone(f"{self.folder}/{run.place}/{run.name}"):
                marks.drop(self.folder, mark, run.name)
            if not is_noted:
                raise FileNotFoundError(errno.ENOENT, "it is gone, or has another name by now", run.folder)
        return is_new

    def unmark(self, mark: str, *runs: Run) -> int:
        """Take a mark off runs; return how many bore it.

        Raises:
            InvalidName: If the mark is none.
            RootError: If a link stands in the place of ``marked/``.
        """
        layout.check_mark(mark)
        own.check(self.folder, layout.MARKED)
        return sum(marks.drop(self.folder, mark, run.name) for run in runs)

    def remove(self, run: Run) -> None:
        """Move a run to the trash, whatever its state and marks; :meth:`restore` brings it back."""
        trash.remove(run)

    def restore(self, run: Run) -> Run:
        """Bring a run of the trash back, with its marks; return it where it is now."""
        return trash.restore(run)


def _check_runs(folder: str) -> None:
    """Refuse a root whose runs cannot be seen: "no runs" would be wrong. One without any need not have the folder.

    Raises:
        RootError: If it is a link that leads nowhere, no folder, or not ours to look into.
    """
    if os.path.isdir(folder):
        if not os.access(folder, os.R_OK | os.X_OK):
            raise RootError(folder, os.strerror(errno.EACCES), "Ask whose runs they are for leave to read them")
    elif os.path.islink(folder):
        raise RootError(folder, "this link leads nowhere", "Is the disk there that holds the runs?")
    elif os.path.lexists(folder):
        raise RootError(folder, "this is no folder", "Something else stands where the runs were")


def _why_no_root(folder: str) -> str:
    try:
        os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return "there is no such folder"
    except OSError as problem:
        return f"this folder cannot be read: {problem.strerror}"
    return "this folder is no root of exparse"


def is_root(folder: str) -> bool:
    """Return whether a folder is a root: it has the marker, or the folders of a root that lost it."""
    if os.path.isfile(f"{folder}/{layout.MARKER}"):
        return True
    return all(os.path.isdir(f"{folder}/{name}") for name in (layout.RUNS, layout.INDEX))


def find(given: str | None = None, start: str | None = None, is_damaged_allowed: bool = False) -> Root:
    """Return the root that is meant: the one given, ``$EXPARSE_ROOT``, or what this folder is, holds, or lies in.

    Args:
        given: What ``--root`` said.
        start: Folder to start from; the working folder if None.
        is_damaged_allowed: Whether its ``exparse.json`` may say nothing that can be understood.

    Raises:
        RootError: If there is none, or a folder holds several.
        DamagedFile: If its ``exparse.json`` says no format.
        UnsupportedFormat: If a newer exparse made it.
    """
    named = given or os.environ.get("EXPARSE_ROOT")
    if named:
        return meant(os.path.expanduser(named)).check(is_damaged_allowed)
    try:
        folder = start = os.path.abspath(start or os.getcwd())
    except OSError as problem:
        raise RootError(".", f"the working folder cannot be read: {problem.strerror}", _WAYS) from None
    while True:
        for held in (folder, f"{folder.rstrip('/')}/{layout.DEFAULT_ROOT}"):
            if is_root(held):
                return Root(held).check(is_damaged_allowed)
        # Further up, only what has the usual name: a stranger's root in /tmp is not meant by all who work there.
        others = (_held(folder) or _held_by_scripts(folder)) if folder == start else []
        if len(others) > 1:
            raise RootError(folder, f"several roots here ({', '.join(others[:5])})", _MANY)
        if others:
            return Root(f"{folder}/{others[0]}").check(is_damaged_allowed)
        parent = os.path.dirname(folder)
        if parent == folder:
            return _far_below(start).check(is_damaged_allowed)
        folder = parent


def _far_below(start: str) -> Root:
    """Return the one root of the usual name deeper below a folder: ``src/package/exruns``, for scripts in packages."""
    found: list[str] = []
    folders = [start]
    # The list grows while it is gone through: the nearest first.
    for folder in islice(folders, _MOST_LOOKED_INTO):
        try:
            with os.scandir(folder) as entries:
                shown = [entry for entry in entries if not entry.name.startswith(".")]
                below = sorted(entry.path for entry in shown if entry.is_dir(follow_symlinks=False))
        except OSError:
            continue  # not ours to read
        found += [path for path in below if os.path.basename(path) == layout.DEFAULT_ROOT and is_root(path)]
        folders += [path for path in below if path not in found]
    if len(found) == 1:
        return Root(found[0])
    names = [os.path.relpath(path, start) for path in found]
    if names:
        raise RootError(start, f"several roots below ({', '.join(names[:5])})", _MANY)
    raise RootError(start, "no root here, in a folder below, or in one above", _WAYS)


def meant(folder: str) -> Root:
    """Return the root that a folder is, or the usual one in it: ``scripts`` stands for ``scripts/exruns``."""
    held = f"{folder.rstrip('/')}/{layout.DEFAULT_ROOT}"
    return Root(held if is_root(held) and not is_root(folder) else folder)


def _held_by_scripts(folder: str) -> list[str]:
    """Return the roots of the usual name two levels below: ``scripts/exruns``, for a script run from above."""
    try:
        with os.scandir(folder) as entries:
            held = [f"{entry.name}/{layout.DEFAULT_ROOT}" for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted(name for name in held if os.path.isfile(f"{folder}/{name}/{layout.MARKER}"))


def _held(folder: str) -> list[str]:
    """Return the names of the roots right below a folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted(e.name for e in entries if os.path.isfile(f"{e.path}/{layout.MARKER}"))
    except OSError:
        return []
