"""The root itself: its marker and folders, what does not belong there, names that differ in case only, modes."""

from __future__ import annotations

import json
import os
import stat
from functools import partial

from exparse.errors import DamagedFile, ExparseError, UnsupportedFormat
from exparse.format import version
from exparse.store import expiry, files, layout, marks
from exparse.store.finding import Finding, entries, runs_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NOT_OURS = "Move it elsewhere: it is none of exparse's"
_PLACES = (layout.RUNS, layout.TMP)
_GROUP_READS = stat.S_IRGRP | stat.S_IXGRP


def look(root: str) -> Iterator[Finding]:
    """Yield what is wrong with the root as a whole, and with the names in ``runs/`` and ``tmp/``."""
    yield from _marker(root)
    yield from _folders(root)
    yield from _foreign(root)
    yield from _twice(root)
    yield from _twins(root)
    yield from _modes(root)


def _marker(root: str) -> Iterator[Finding]:
    path = f"{root}/{layout.MARKER}"
    try:
        said = json.loads(files.read_text(path, 1_000_000))
        if not isinstance(said, dict):
            raise DamagedFile(path, "a JSON object is expected")
        if not version.is_version(said.get("format")):
            raise DamagedFile(path, "it does not say the format of the root")
        if not version.check(said["format"], path):
            what = f"root format {said['format']} is newer than {version.FORMAT_TEXT}, which this exparse knows in full"
            yield Finding("root", layout.MARKER, what, "Upgrade: pip install -U exparse")
        expiry.tmp_days(root)
    except FileNotFoundError:
        what = "the file that says that this is a root is missing"
        yield Finding("root", layout.MARKER, what, "The next script that records here writes it")
    except UnsupportedFormat as problem:
        yield Finding("root", layout.MARKER, f"root format {problem.found}", "Upgrade: pip install -U exparse")
    except (OSError, ValueError, RecursionError, ExparseError) as problem:
        why = "too deep" if isinstance(problem, RecursionError) else str(problem).removeprefix(f"{path}: ")
        cure = f'Write it anew: {{"format": "{version.FORMAT_TEXT}"}}'
        yield Finding("root", layout.MARKER, f"damaged: {why}", cure)


def _folders(root: str) -> Iterator[Finding]:
    for name in sorted((*layout.FOLDERS, layout.COUNTER, layout.JOBS, layout.TRASH, layout.FAILS, layout.VIEWS)):
        path = f"{root}/{name}"
        if os.path.islink(path):
            what = "a link stands in the place of this folder"
            through = "Runs are read through it; nothing is repaired or purged behind it"
            yield Finding(
                "root", name, what, through if name in _PLACES else "Put a folder there: nothing is written to it"
            )
        elif os.path.lexists(path) and not os.path.isdir(path):
            yield Finding("root", name, "a file stands in the place of this folder", "Move it elsewhere")
        elif os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            yield Finding("root", name, "the folder cannot be looked into", f"Ask its owner for: chmod u+rwx {name}")
        elif name in layout.FOLDERS and not os.path.isdir(path):
            yield Finding("root", name, "the folder is missing", "--repair makes it", partial(_make, path))


def _make(path: str) -> None:
    files.make_folder(path)


def _foreign(root: str) -> Iterator[Finding]:
    for entry in entries(root):
        if entry.name not in layout.OWN and not entry.name.startswith("."):
            yield Finding("foreign", entry.name, "it does not belong into a root", _NOT_OURS)
    for place in _PLACES:
        for entry in entries(f"{root}/{place}"):
            if entry.name.startswith("."):
                continue
            path = f"{place}/{entry.name}"
            if not layout.parse_run_name(entry.name):
                yield Finding("foreign", path, "it is no run", _NOT_OURS)
            elif not entry.is_dir(follow_symlinks=False):
                what = "a link stands in the place of a run" if entry.is_symlink() else "a file stands in its place"
                yield Finding("foreign", path, what, "Move the run's folder here: links are not followed")


def _twice(root: str) -> Iterator[Finding]:
    """Yield the runs that have the number of another, wherever in the root they lie."""
    known: dict[int, str] = {}
    for place in (*_PLACES, layout.TRASH):
        for name in runs_in(root, place):
            number = (layout.parse_run_name(name) or (0, None))[0]
            path = f"{place}/{name}"
            other = known.setdefault(number, path)
            if other != path:
                cure = "Pick it by its name; a copy is better kept in another root"
                yield Finding("name", path, f"{other} has the same number", cure)


def _twins(root: str) -> Iterator[Finding]:
    """Yield marks that are one where a file system knows no case."""
    cure = "Where case does not count (macOS, Windows) they are one: choose one of them"
    for mark, other in twins({mark for mark, _ in marks.walk(root)}):
        yield Finding("twin", f"{layout.MARKED}/{mark}", f"the mark {other} differs only in case", cure)


def twins(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that differ only in case or in how Unicode composes them, each with the first such."""
    import unicodedata

    known: dict[str, str] = {}
    for name in sorted(names):
        plain = name if name.isascii() else unicodedata.normalize("NFC", name)
        other = known.setdefault(plain.casefold(), name)
        if other != name:
            yield name, other


def _modes(root: str) -> Iterator[Finding]:
    """Yield what the group cannot use in a root that the group may write to."""
    if os.name == "nt" or not _mode(root) & stat.S_IWGRP:
        return
    for name in (*layout.FOLDERS, layout.COUNTER, layout.JOBS, layout.TRASH):
        path = f"{root}/{name}"
        if os.path.isdir(path) and not os.path.islink(path) and not _mode(path) & stat.S_IWGRP:
            cure = f"chmod g+rwx {name}, and umask 002 for all who record here"
            yield Finding("mode", name, "the group may write to the root, but not here", cure)
    for place in _PLACES:
        for name in runs_in(root, place):
            if _mode(f"{root}/{place}/{name}") & _GROUP_READS != _GROUP_READS:
                cure = f"chmod -R g+rX {place}/{name}, and umask 002 for who recorded it"
                yield Finding("mode", f"{place}/{name}", "the group cannot read this run", cure)


def _mode(path: str) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0o777  # gone meanwhile
