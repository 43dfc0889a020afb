"""Another label for a run that is over: its folder's name changes behind number and time, and its links follow."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from exparse.errors import DamagedFile, ExparseError
from exparse.store import absence, files, keeping, layout, marks, own
from exparse.store.names import stem
from exparse.store.run import Run

_MOST_ENTRY = 100_000


class Borne(NamedTuple):
    """What in a root goes by the names of its runs, beside their folders.

    Attributes:
        marks: The marks of each run, by its name.
        jobs: The files below ``.jobs/`` that name a run, by its name.
    """

    marks: dict[str, list[str]]
    jobs: dict[str, list[str]]


def borne(root: str) -> Borne:
    """Return what goes by the names of runs; one look at ``marked/`` and ``.jobs/`` for any number of them."""
    jobs: dict[str, list[str]] = {}
    for path in _entries(f"{root}/{layout.JOBS}"):
        said = _read(path)
        if said is not None:
            jobs.setdefault(str(said.get("name")), []).append(path)
    return Borne(marks.of_runs(root), jobs)


def rename(run: Run, label: str | None, known: Borne | None = None) -> Run:
    """Give a run another label; return it under its new name.

    Args:
        run: The run, in ``runs/`` or ``tmp/``.
        label: The label; None for none.
        known: What :func:`borne` returned, for several runs of a root after each other.

    Moves the folder in one step, and makes its links in ``index/``, ``fails/`` and ``marked/`` anew: the new ones
    before, the old ones removed after, so that no mark is lost whatever happens between. The entry of a job below
    ``.jobs/`` is written anew. The files of the run stay as they are: its metadata say the name that it began with.

    Raises:
        InvalidName: If it cannot be a label, or is a selector of other runs.
        ExparseError: If the run is under way, lies in the trash, or a folder of the new name is there; a RootError
            if a link stands in the place of a folder of links.
        OSError: If it cannot be moved; then it has its old name.
    """
    if label is not None:
        layout.check_label(label, "the label")
    name = stem(run.name) if label is None else f"{stem(run.name)}-{label}"
    _check(run)
    if name == run.name:
        return run
    known = borne(run.root) if known is None else known
    new = Run(run.root, name, run.place)
    if os.path.lexists(new.folder):
        raise ExparseError(f"{new.folder} is there already, so run {run.id} keeps its name. Move one of them away")
    links = [*_own_links(run), *(f"{layout.MARKED}/{mark}" for mark in known.marks.get(run.name, ()))]
    try:
        _lay(new, links)
        files.move(run.folder, new.folder)
    except OSError:
        _remove(new, links)
        raise
    _remove(run, links)
    for path in known.jobs.get(run.name, ()):
        _tell(path, new)
    return new


def _check(run: Run) -> None:
    if run.place == layout.TRASH:
        raise ExparseError(f"run {run.id} is in the trash: exparse restore {run.id}, then rename it")
    if absence.is_gone(run.folder):
        raise ExparseError(f"run {run.id} is gone: {run.folder}")
    own.check(run.root, layout.INDEX, layout.FAILS, layout.MARKED)
    state = keeping.under_way(run)
    if state is not None:
        raise ExparseError(f"run {run.id} is {state}, and its process writes under its old name. Wait for its end")


def _own_links(run: Run) -> list[str]:
    return [place for place in (layout.INDEX, layout.FAILS) if os.path.lexists(_path(run, place))]


def _path(run: Run, folder: str) -> str:
    return f"{run.root}/{folder}/{run.name}.yaml"


def _lay(run: Run, folders: list[str]) -> None:
    for folder in folders:
        target = f"{'../' * (folder.count('/') + 1)}{run.place}/{run.name}/{layout.PARAMS}"
        files.link(target, _path(run, folder))


def _remove(run: Run, folders: list[str]) -> None:
    for folder in folders:
        files.remove_quietly(_path(run, folder))
        # A mark as exman makes it: a link to the run's folder.
        if os.path.islink(f"{run.root}/{folder}/{run.name}"):
            files.remove_quietly(f"{run.root}/{folder}/{run.name}")


def _tell(path: str, run: Run) -> None:
    """Name a run anew in the entry of its job, unless that has another by now."""
    said = _read(path)
    if said is None or stem(str(said.get("name"))) != stem(run.name):
        return
    try:
        files.replace(path, json.dumps({**said, "name": run.name}, indent=2) + "\n")
    except OSError:
        # The job, should it ever be started again, begins a run of its own.
        return


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return [entry.path for entry in found if entry.name.endswith(".json") and not entry.name.startswith(".")]
    except OSError:
        return []


def _read(path: str) -> dict[str, Any] | None:
    try:
        said = json.loads(files.read_text(path, _MOST_ENTRY))
    except (OSError, ValueError, RecursionError, DamagedFile):
        return None
    return said if isinstance(said, dict) else None
