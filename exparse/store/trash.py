"""Removed runs: out of sight in one step, kept until purged, and brought back with their marks."""

from __future__ import annotations

import json
import os

from exparse.errors import DamagedFile
from exparse.store import files, layout, marks
from exparse.store.run import Run


def remove(run: Run) -> list[str]:
    """Move a run to the trash; return the marks that it bore.

    Writes ``trash/<run>/`` and a note ``trash/<run>.json`` of where it was; removes its links, that under ``fails/``
    too.

    Raises:
        OSError: If it cannot be moved; then it is where it was.
    """
    os.makedirs(f"{run.root}/{layout.TRASH}", exist_ok=True)
    borne = sorted(mark for mark, name in marks.walk(run.root) if name == run.name)
    note = f"{run.root}/{layout.TRASH}/{run.name}.json"
    failed = os.path.lexists(_failure(run))
    files.replace(note, json.dumps({"place": run.place, "marks": borne, "failed": failed}) + "\n")
    try:
        files.move(run.folder, f"{run.root}/{layout.TRASH}/{run.name}")
    except OSError:
        files.remove_quietly(note)
        raise
    files.remove_quietly(f"{run.root}/{layout.INDEX}/{run.name}.yaml")
    files.remove_quietly(_failure(run))
    for mark in borne:
        marks.drop(run.root, mark, run.name)
    return borne


def restore(run: Run) -> Run:
    """Move a run of the trash back to where it was, with its links and marks; return it there.

    Raises:
        OSError: If it cannot be moved.
    """
    place, borne, failed = _note(run)
    back = Run(run.root, run.name, place)
    files.make_folder(f"{run.root}/{place}")
    files.move(run.folder, back.folder)
    if failed or place == layout.RUNS:
        # What failed in a guarded block is not in the index, but under fails/.
        shown = layout.FAILS if failed else layout.INDEX
        files.make_folder(f"{run.root}/{shown}")
        files.link(f"../{place}/{run.name}/{layout.PARAMS}", f"{run.root}/{shown}/{run.name}.yaml")
    for mark in borne:
        marks.add(run.root, mark, run.name, place)
    files.remove_quietly(f"{run.root}/{layout.TRASH}/{run.name}.json")
    return back


def _failure(run: Run) -> str:
    return f"{run.root}/{layout.FAILS}/{run.name}.yaml"


def _note(run: Run) -> tuple[str, list[str], bool]:
    """Return place and marks of a removed run, and whether it stood under ``fails/``.

    A run whose note is gone goes to ``runs/`` without marks.
    """
    path = f"{run.root}/{layout.TRASH}/{run.name}.json"
    try:
        note = json.loads(files.read_text(path))
        place = layout.TMP if note["place"] == layout.TMP else layout.RUNS
        return place, [layout.check_mark(mark) for mark in note["marks"]], note.get("failed") is True
    except (OSError, ValueError, KeyError, TypeError, DamagedFile):
        return layout.RUNS, [], False
