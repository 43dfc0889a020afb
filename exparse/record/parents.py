"""Using what another run has left: it becomes a parent, and its file is opened for reading."""

from __future__ import annotations

import os

from exparse.errors import ExparseError, near
from exparse.record import about, inside
from exparse.store import files, layout, select
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.writing import Writing

_UNDER_WAY = ("running", "pending")


def use(run: Writing, other: Run | str | int | os.PathLike[str], name: str | None, mode: str) -> Any:
    """Make another run a parent of a live one; open one of its files (:meth:`exparse.record.writing.Writing.use`).

    Raises:
        ExparseError: If it is still running, is this run, or has no such file.
        RunNotFound: If there is no such run.
        ValueError: If the mode is not one of reading.
    """
    if mode not in ("r", "rt", "rb"):
        raise ValueError(f"the file of another run is only read: mode 'rb' or 'r', not {mode!r}")
    parent = _found(run, other)
    if parent.folder == run.folder:
        raise ExparseError(f"run {parent.name} cannot use itself; open its own file with run.open({name!r})")
    if parent.state in _UNDER_WAY:
        raise ExparseError(
            f"run {parent.name} is still {parent.state}, so its files may change yet. Wait for its end, or use another"
        )
    stream = _opened(parent, name, mode) if name is not None else None
    said = {"parent": parent.name if _is_same_root(run, parent) else str(parent.path)}
    about.quietly(run, "parents", _say_once, run, said if name is None else {**said, "file": name})
    return parent if stream is None else stream


def _say_once(run: Writing, said: dict[str, str]) -> None:
    known = run.about
    if said["parent"] not in known.parents or said.get("file", "") not in ("", *known.used.get(said["parent"], ())):
        about.say(run.folder, said)


def _is_same_root(run: Writing, parent: Run) -> bool:
    root = getattr(run, "root", None)
    return root is not None and os.path.realpath(root) == os.path.realpath(parent.root)


def _found(run: Writing, other: Run | str | int | os.PathLike[str]) -> Run:
    """Return the run that is meant, as it is now."""
    if isinstance(other, Run):
        return Run(os.path.abspath(other.root), other.name, other.place)
    if isinstance(other, (str, os.PathLike)):
        at_path = _at_path(os.path.abspath(os.fspath(other)))
        if at_path is not None:
            return at_path
    elif not isinstance(other, int) or isinstance(other, bool):
        raise TypeError(f"a run, a number, a selector or a path is expected, not {other!r:.60}")
    root = _root_of(run)
    # "last" is the newest of the others.
    others = [run_ for run_ in select.listed(root, (layout.RUNS, layout.TMP)) if run_.folder != run.folder]
    selector = os.fspath(other) if not isinstance(other, int) else str(other)
    found = select.pick(root, selector, runs=others)
    if len(found) > 1:
        names = ", ".join(run_.name for run_ in found[:5])
        raise ExparseError(f"{selector!r} picks {len(found)} runs ({names}), and one is used at a time. Name one")
    return found[0]


def _at_path(path: str) -> Run | None:
    above, name = os.path.split(path)
    root, place = os.path.split(above)
    known = place in (layout.RUNS, layout.TMP, layout.TRASH) and layout.parse_run_name(name)
    return Run(root, name, place) if known and os.path.isdir(path) else None


def _root_of(run: Writing) -> str:
    root = getattr(run, "root", None)
    if root is None:
        from exparse.record import place

        root = place.resolve(None)
    return str(root)


def _opened(parent: Run, name: str, mode: str) -> Any:
    path = inside.path(parent.folder, layout.FILES, name)
    try:
        handle, _ = files.open_plain(path)
    except (FileNotFoundError, NotADirectoryError):
        known = parent.files
        close = near(name, known) or list(known)[:3]
        hint = f"Close to it: {', '.join(close)}" if close else "It has left no files"
        raise ExparseError(f"run {parent.name} has no file {name!r}. {hint}") from None
    return os.fdopen(handle, "rb") if mode == "rb" else os.fdopen(handle, "r", encoding="utf-8")
