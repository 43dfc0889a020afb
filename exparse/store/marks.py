"""Marks: human labels on runs, as links ``marked/<mark...>/<run>.yaml`` that any file manager shows."""

from __future__ import annotations

import os

from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = layout.MAX_MARK_DEPTH


def add(root: str, mark: str, name: str, place: str) -> bool:
    """Put a mark on a run; return False where it bears it already.

    Args:
        root: Path of the root.
        mark: A checked mark.
        name: Name of the run.
        place: Folder of the root in which the run lies (``runs`` or ``tmp``).
    """
    folder = f"{root}/{layout.MARKED}/{mark}"
    path = f"{folder}/{name}.yaml"
    ups = "../" * (mark.count("/") + 2)
    target = f"{ups}{place}/{name}/{layout.PARAMS}"
    if files.points_to(path) == target:
        return False
    os.makedirs(folder, exist_ok=True)
    files.link(target, path)
    return True


def drop(root: str, mark: str, name: str) -> bool:
    """Take a mark off a run; return False where it did not bear it. Folders left empty go too."""
    folder = f"{root}/{layout.MARKED}/{mark}"
    gone = False
    for path in (f"{folder}/{name}.yaml", f"{folder}/{name}"):
        # The second form is exman's: a link to the run's folder.
        if os.path.islink(path) or os.path.isfile(path):
            os.unlink(path)
            gone = True
    _remove_empty(root, mark)
    return gone


def drop_everywhere(root: str, name: str) -> list[str]:
    """Take all marks off a run; return them."""
    return [mark for mark, marked in list(walk(root)) if marked == name and drop(root, mark, name)]


def _remove_empty(root: str, mark: str) -> None:
    parts = mark.split("/")
    while parts:
        try:
            os.rmdir(f"{root}/{layout.MARKED}/{'/'.join(parts)}")
        except OSError:
            return
        parts.pop()


def walk(root: str, below: str = "") -> Iterator[tuple[str, str]]:
    """Yield (mark, name of the run) for the marks in the root, links that lead nowhere included.

    Args:
        root: Path of the root.
        below: Only this mark and those below it, whatever text it is; all if empty.
    """
    stack = [below] if not below or _is_there(root, below) else []
    while stack:
        mark = stack.pop()
        for entry in entries(f"{root}/{layout.MARKED}/{mark}"):
            name = entry.name[:-5] if entry.name.endswith(".yaml") else entry.name
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and mark.count("/") < _DEEPEST:
                    stack.append(f"{mark}/{entry.name}".lstrip("/"))
            elif mark and layout.parse_run_name(name):
                yield mark, name


def _is_there(root: str, mark: str) -> bool:
    """Return whether a text leads to a folder of marks, through folders alone: no links, no way up, none hidden."""
    path = f"{root}/{layout.MARKED}"
    for part in mark.split("/"):
        path = f"{path}/{part}"
        if not part or part.startswith(".") or "\0" in part or os.path.islink(path) or not os.path.isdir(path):
            return False
    return True


def known(root: str) -> set[str]:
    """Return the marks that some link bears; quicker than :func:`walk` where a mark is on very many runs."""
    found: set[str] = set()
    stack = [""]
    while stack:
        mark = stack.pop()
        for entry in entries(f"{root}/{layout.MARKED}/{mark}"):
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and mark.count("/") < _DEEPEST:
                    stack.append(f"{mark}/{entry.name}".lstrip("/"))
            elif mark and mark not in found and layout.parse_run_name(entry.name.removesuffix(".yaml")):
                found.add(mark)
    return found


def of_runs(root: str) -> dict[str, list[str]]:
    """Return the marks of each run that bears one, sorted, by the run's name; one walk for all of them."""
    found: dict[str, set[str]] = {}
    for mark, name in walk(root):
        found.setdefault(name, set()).add(mark)
    return {name: sorted(borne) for name, borne in found.items()}


def entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what lies in a folder of marks; [] where there is none."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
