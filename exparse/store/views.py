"""Views: trees of links to runs, ``views/by/model/<model>/<run>``, laid by values and brought up to date when asked."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from exparse.errors import DamagedFile, ExparseError, InvalidName
from exparse.format import version
from exparse.store import files, layout, own, pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from exparse.store.pattern import Level, Pattern

MEMORY = ".exparse-view.json"
MOST = 100
"""Views that one folder has at most."""
_MOST_MEMORY = 1_000_000


class View(NamedTuple):
    """A pattern, and which runs it is for.

    Attributes:
        pattern: Its text.
        filters: What was asked of the runs, as the command line said it.
    """

    pattern: str
    filters: dict[str, Any]


class Changes(NamedTuple):
    """What bringing a folder up to date came to.

    Attributes:
        added: How many links were made.
        removed: How many were removed.
        links: How many there are now.
        foreign: Paths of what lies between the links and is none of them; it was left alone.
        in_the_way: Paths at which a link should be, and could not be laid: something else lies there, or above.
    """

    added: int
    removed: int
    links: int
    foreign: list[str]
    in_the_way: list[str]


def remembered(folder: str) -> tuple[list[View], str | None]:
    """Return the views of a folder, and how its links lead to the root; nothing for a folder without any.

    Raises:
        DamagedFile: If its memory cannot be read.
        UnsupportedFormat: If a newer exparse wrote it.
    """
    path = f"{folder}/{MEMORY}"
    try:
        text = files.read_text(path, _MOST_MEMORY)
    except (FileNotFoundError, NotADirectoryError):
        return [], None
    said_format = version.said_in(text)
    if said_format:
        version.check(said_format, path)
    try:
        said = json.loads(text)
        views = [View(str(view["pattern"]), dict(view["filters"])) for view in said["views"]]
        way = str(said["root"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise DamagedFile(path, "it does not say which views lie here; remove it, and make them again") from None
    if len(views) > MOST:
        raise DamagedFile(path, f"it names {len(views):,} views, {MOST} is the most; remove it, and make them again")
    for view in views:
        try:
            pattern.parse(view.pattern)
        except InvalidName as problem:
            raise DamagedFile(path, f"{problem}; remove the file, and make the views again") from None
    return views, way


def remember(root: str, folder: str, views: Iterable[View]) -> None:
    """Write down the views of a folder; made if it is missing. Writes ``.exparse-view.json``.

    Raises:
        ExparseError: If they are more than :data:`MOST`.
        OSError: If it cannot be written.
    """
    views = list(views)
    if len(views) > MOST:
        raise ExparseError(f"{folder} has {MOST} views already. Remove one: exparse views PATTERN --remove")
    os.makedirs(folder, exist_ok=True)
    told = [{"pattern": view.pattern, "filters": view.filters} for view in views]
    said = {"format": version.FORMAT_TEXT, "root": _way(root, folder), "views": told}
    files.replace(f"{folder}/{MEMORY}", json.dumps(said, indent=2) + "\n")


def forget(folder: str) -> None:
    """Remove the memory of a folder whose views are gone, and the folder if nothing else lies there."""
    files.remove_quietly(f"{folder}/{MEMORY}")
    try:
        os.rmdir(folder)
    except OSError:
        return  # something of the user's lies there


def check_place(root: str, folder: str) -> None:
    """Refuse a folder that holds something else of the root.

    Raises:
        ExparseError: If it lies in the root, and not in ``views/``.
        RootError: If it is ``views/``, or lies below, and a link stands in the place of that.
    """
    if f"{os.path.abspath(folder)}{os.sep}".startswith(f"{root}{os.sep}{layout.VIEWS}{os.sep}"):
        own.check(root, layout.VIEWS)
    real, base = os.path.realpath(folder), os.path.realpath(root)
    place = f"{base}{os.sep}{layout.VIEWS}"
    inside = real == base or real.startswith(f"{base}{os.sep}")
    if inside and real != place and not real.startswith(f"{place}{os.sep}"):
        raise ExparseError(f"{folder} is a folder of the root itself. Choose one outside of it, or below {place}")


def update(
    root: str, folder: str, wanted: dict[str, str], shapes: Iterable[Pattern], way_before: str | None = None
) -> Changes:
    """Make the links in a folder those that are wanted: new ones are added, and those of ours that are stale removed.

    Args:
        root: The root.
        folder: Where the views lie.
        wanted: For the path of each link below the folder, the run that it leads to, as ``runs/<name>``.
        shapes: The patterns whose links lie here. A link is one of ours where one of them could have made it and
            it leads to a run of this root; anything else is left alone.
        way_before: What :func:`remembered` returned beside the views: where the links lead that are there already.

    Raises:
        ExparseError: If a path is to be both a link and a folder.
        OSError: If something cannot be written.
    """
    used = _folders(wanted)
    both = next((path for path in wanted if path in used), None)
    if both is not None:
        raise ExparseError(f"{both} would be a link and a folder: two of the patterns here do not go together")
    way = _way(root, folder)
    found, foreign = _look(folder, [each.levels for each in shapes], [way, way_before or way])
    stale = {path for path, leads in found.items() if leads != _target(path, wanted.get(path), way)}
    for path in stale:
        files.remove_quietly(f"{folder}/{path}")
    lacking = {path: run for path, run in wanted.items() if path not in found or path in stale}
    made, in_the_way = _lay(folder, lacking, way)
    _remove_empty(folder, {os.path.dirname(path) for path in stale} - used)
    beside = [path for path in foreign if os.path.dirname(path) in used and path not in wanted and path not in used]
    renewed = len(stale.intersection(made))
    return Changes(len(made) - renewed, len(stale) - renewed, len(wanted) - len(in_the_way), beside, in_the_way)


def dangling(root: str, folder: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each link of ours that leads to no run, and the run as ``runs/<name>``; no link is followed."""
    way = _way(root, folder)
    waiting = [""]
    while waiting:
        above = waiting.pop()
        for entry in _entries(f"{folder}/{above}"):
            path = f"{above}/{entry.name}" if above else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
                continue
            run = _dangles(root, folder, path, way)
            if run is not None:
                yield path, run


def _dangles(root: str, folder: str, path: str, way: str) -> str | None:
    leads = _leads(f"{folder}/{path}")
    if leads is None or not _is_ours(path, leads, [way]):
        return None
    run = leads.removeprefix(f"{'../' * path.count('/')}{way}/")
    return None if os.path.isdir(f"{root}/{run}") else run


def drop(root: str, folder: str, path: str) -> None:
    """Remove a link of :func:`dangling` if it still leads to no run, and the folders that are empty then."""
    if _dangles(root, folder, path, _way(root, folder)) is not None:
        files.remove_quietly(f"{folder}/{path}")
        _remove_empty(folder, [os.path.dirname(path)])


def _way(root: str, folder: str) -> str:
    """Return how one comes from a folder to the root, through real folders alone."""
    return os.path.relpath(os.path.realpath(root), os.path.realpath(folder)).replace(os.sep, "/")


def _target(path: str, run: str | None, way: str) -> str | None:
    return None if run is None else f"{'../' * path.count('/')}{way}/{run}"


def _folders(paths: Iterable[str]) -> set[str]:
    """Return the folders that paths lead through."""
    found: set[str] = set()
    for path in paths:
        folder = os.path.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = os.path.dirname(folder)
    return found


def _look(folder: str, shapes: list[tuple[Level, ...]], ways: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return where each link of ours leads, by its path, and the paths of what else lies there."""
    found: dict[str, str] = {}
    foreign: list[str] = []
    stack = [("", shapes)]
    while stack:
        above, fitting = stack.pop()
        depth = above.count("/") + bool(above)
        for entry in _entries(f"{folder}/{above}"):
            path = f"{above}/{entry.name}" if above else entry.name
            fits = [shape for shape in fitting if len(shape) > depth and pattern.fits(shape[depth], entry.name)]
            if entry.is_dir(follow_symlinks=False):
                deeper = [shape for shape in fits if len(shape) > depth + 1]
                if deeper:
                    stack.append((path, deeper))
                else:
                    foreign.append(path)
                continue
            leads = _leads(entry.path) if any(len(shape) == depth + 1 for shape in fits) else None
            if leads is not None and _is_ours(path, leads, ways):
                found[path] = leads
            else:
                foreign.append(path)
    return found, foreign


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from [entry for entry in found if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return


def _leads(path: str) -> str | None:
    """Return where a link leads, or a small file that stands for one where there are no links."""
    try:
        return os.readlink(path)
    except OSError:
        pass  # no link: perhaps a pointer file
    try:
        return files.read_text(path, 4096).rstrip("\n")
    except (OSError, DamagedFile):
        return None


def _is_ours(path: str, leads: str, ways: list[str]) -> bool:
    """Return whether a link leads to a run of the root as ours do, and names it."""
    for way in ways:
        place, _, name = leads.removeprefix(f"{'../' * path.count('/')}{way}/").partition("/")
        if place in (layout.RUNS, layout.TMP) and layout.parse_run_name(name):
            return name in os.path.basename(path) or "~" in path
    return False


def _lay(folder: str, wanted: dict[str, str], way: str) -> tuple[list[str], list[str]]:
    made: list[str] = []
    in_the_way: list[str] = []
    known: dict[str, bool] = {"": True}
    for path, run in wanted.items():
        target = str(_target(path, run, way))
        if not _is_folder(folder, os.path.dirname(path), known):
            in_the_way.append(path)
        elif os.path.lexists(f"{folder}/{path}"):
            # Another process may have laid it just now.
            if _leads(f"{folder}/{path}") != target:
                in_the_way.append(path)
        else:
            _link(folder, path, target)
            made.append(path)
    return made, in_the_way


def _link(folder: str, path: str, target: str) -> None:
    try:
        files.link(target, f"{folder}/{path}")
    except FileNotFoundError:
        # Another process took the folder for one that is empty and not needed any more.
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        files.link(target, f"{folder}/{path}")


def _is_folder(folder: str, path: str, known: dict[str, bool]) -> bool:
    """Return whether a folder of a view is there, or has been made; never through a link."""
    if path not in known:
        whole = f"{folder}/{path}"
        above = _is_folder(folder, os.path.dirname(path), known)
        known[path] = above and not os.path.islink(whole) and (os.path.isdir(whole) or _can_make(whole))
    return known[path]


def _can_make(path: str) -> bool:
    if not os.path.lexists(path):
        files.make_folder(path)
    # Another process may have made it meanwhile.
    return os.path.isdir(path) and not os.path.islink(path)


def _remove_empty(folder: str, paths: Iterable[str]) -> None:
    for path in sorted(paths, key=len, reverse=True):
        while path:
            try:
                os.rmdir(f"{folder}/{path}")
            except OSError:
                break  # something lies in it, or it went before
            path = os.path.dirname(path)


def wanted(each: Pattern, places: Iterable[str], runs: list[str], values: dict[str, Sequence[Any]]) -> dict[str, str]:
    """Return the links that a pattern makes: the run that each leads to, by its path.

    Args:
        each: The pattern.
        places: Folder of the root in which each run lies.
        runs: Name of each run.
        values: Value of each field for each run.
    """
    paths = pattern.paths(each, runs, values)
    return {path: f"{place}/{name}" for path, place, name in zip(paths, places, runs, strict=True)}
