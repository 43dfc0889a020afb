"""Removed runs: out of sight in one step, kept until purged, and brought back with their marks."""

from __future__ import annotations

import json
import os

from exparse.errors import DamagedFile
from exparse.store import files, layout, marks
from exparse.store.run import Run


def remove(run: Run) -> list[str]:
    """Move a run to the trash; return the marks that it bore.

    Writes ``trash/<run>/`` and a note ``trash/<run>.json`` of where it was; removes its links.

    Raises:
        OSError: If it cannot be moved; then it is where it was.
    """
    os.makedirs(f"{run.root}/{layout.TRASH}", exist_ok=True)
    borne = sorted(mark for mark, name in marks.walk(run.root) if name == run.name)
    note = f"{run.root}/{layout.TRASH}/{run.name}.json"
    files.replace(note, json.dumps({"place": run.place, "marks": borne}) + "\n")
    try:
        files.move(run.folder, f"{run.root}/{layout.TRASH}/{run.name}")
    except OSError:
        files.remove_quietly(note)
        raise
    files.remove_quietly(f"{run.root}/{layout.INDEX}/{run.name}.yaml")
    for mark in borne:
        marks.drop(run.root, mark, run.name)
    return borne


def restore(run: Run) -> Run:
    """Move a run of the trash back to where it was, with its links and marks; return it there.

    Raises:
        OSError: If it cannot be moved.
    """
    place, borne = _note(run)
    back = Run(run.root, run.name, place)
    files.make_folder(f"{run.root}/{place}")
    files.move(run.folder, back.folder)
    if place == layout.RUNS:
        files.make_folder(f"{run.root}/{layout.INDEX}")
        files.link(f"../{place}/{run.name}/{layout.PARAMS}", f"{run.root}/{layout.INDEX}/{run.name}.yaml")
    for mark in borne:
        marks.add(run.root, mark, run.name, place)
    files.remove_quietly(f"{run.root}/{layout.TRASH}/{run.name}.json")
    return back


def _note(run: Run) -> tuple[str, list[str]]:
    """Return place and marks of a removed run; a run whose note is gone goes to ``runs/`` without marks."""
    path = f"{run.root}/{layout.TRASH}/{run.name}.json"
    try:
        note = json.loads(files.read_text(path))
        place = layout.TMP if note["place"] == layout.TMP else layout.RUNS
        return place, [layout.check_mark(mark) for mark in note["marks"]]
    except (OSError, ValueError, KeyError, TypeError, DamagedFile):
        return layout.RUNS, []
