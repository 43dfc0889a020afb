"""Removed runs: out of sight in one step, kept until purged, and brought back with their marks."""

from __future__ import annotations

import json
import os

from exparse.errors import DamagedFile
from exparse.store import files, layout, marks, own
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def remove(
    run: Run, borne: Iterable[str] | None = None, late: Callable[[str], Iterable[str]] | None = None
) -> list[str]:
    """Move a run to the trash; return the marks that it bore.

    Args:
        run: Which one.
        borne: Its marks, where they are known: otherwise all of ``marked/`` is looked through.
        late: Tells its marks once more by its name, after the move: what somebody put on it meanwhile is noted, too.
            All of ``marked/`` is looked through if this is None and ``borne`` is, too.

    Writes ``trash/<run>/`` and a note ``trash/<run>.json`` of where it was; removes its links, that under ``fails/``
    too.

    Raises:
        FileNotFoundError: If it is gone.
        RootError: If a link stands in the place of a folder that is written to.
        OSError: If it cannot be moved; then it is where it was.
    """
    own.check(run.root)
    look = late or ((lambda name: _marks_of(run.root, name)) if borne is None else None)
    os.makedirs(f"{run.root}/{layout.TRASH}", exist_ok=True)
    known = set(_marks_of(run.root, run.name) if borne is None else borne)
    _move(run, known)
    try:
        more = set() if look is None else set(look(run.name)) - known
    except OSError:
        more = set()  # it has been moved: what nobody can say now, `exparse check` finds
    if more and bear(Run(run.root, run.name, layout.TRASH), more):
        known |= more
    unlink(run, known)
    return sorted(known)


def _marks_of(root: str, name: str) -> list[str]:
    return [mark for mark, marked in marks.walk(root) if marked == name]


def unlink(run: Run, borne: Iterable[str]) -> None:
    """Remove the links of a run that was moved away: those of ``index/`` and ``fails/``, and of its marks."""
    files.remove_quietly(f"{run.root}/{layout.INDEX}/{run.name}.yaml")
    files.remove_quietly(_failure(run))
    for mark in borne:
        marks.drop(run.root, mark, run.name)


def bear(run: Run, more: Iterable[str]) -> bool:
    """Add marks to those that a run of the trash gets back when it is restored; return False if it is not there.

    Writes its note.

    Raises:
        OSError: If that cannot be written.
    """
    own.check(run.root)
    if not os.path.isdir(run.folder):
        return False
    note = _read_note(run)
    borne = sorted({*_checked(note.get("marks")), *more})
    place, _, failed = _note(run)
    _write_note(run, place, borne, failed)
    # It may have been brought back meanwhile: then the links have to stay, and the note has no run.
    return os.path.isdir(run.folder)


def _move(run: Run, known: set[str]) -> None:
    note, target = _note_path(run), f"{run.root}/{layout.TRASH}/{run.name}"
    # No permission to look is another error than that it is gone.
    os.lstat(run.folder)
    # A note that is there is one of another process that moves this run just now, or of one that was killed: what
    # it knows must not be lost.
    earlier = _read_note(run)
    failed = os.path.lexists(_failure(run)) or earlier.get("failed") is True
    borne = sorted(known.union(_checked(earlier.get("marks"))))
    _write_note(run, run.place, borne, failed)
    try:
        files.move(run.folder, target)
    except OSError:
        if not os.path.lexists(target):
            files.remove_quietly(note)
        raise


def _write_note(run: Run, place: str, borne: list[str], failed: bool) -> None:
    files.replace(_note_path(run), json.dumps({"place": place, "marks": borne, "failed": failed}) + "\n")


def restore(run: Run) -> Run:
    """Move a run of the trash back to where it was, with its links and marks; return it there.

    Raises:
        RootError: If a link stands in the place of a folder that is written to.
        OSError: If it cannot be moved.
    """
    own.check(run.root)
    place, borne, failed = _note(run)
    back = Run(run.root, run.name, place)
    files.make_folder(f"{run.root}/{place}")
    files.move(run.folder, back.folder)
    _link(back, borne, failed)
    return back


def finish(run: Run) -> None:
    """Put the links and marks of a run back that its note tells of: it is where it was, but its restoring was killed.

    Args:
        run: The run, in ``runs/`` or ``tmp/``.
    """
    own.check(run.root)
    _, borne, failed = _note(run)
    _link(run, borne, failed)


def _link(back: Run, borne: list[str], failed: bool) -> None:
    if failed or back.place == layout.RUNS:
        # What failed in a guarded block is not in the index, but under fails/.
        shown = layout.FAILS if failed else layout.INDEX
        files.make_folder(f"{back.root}/{shown}")
        files.link(f"../{back.place}/{back.name}/{layout.PARAMS}", f"{back.root}/{shown}/{back.name}.yaml")
    for mark in borne:
        marks.add(back.root, mark, back.name, back.place)
    files.remove_quietly(_note_path(back))


def removed(run: Run) -> float | None:
    """Return when a run of the trash was moved there, in seconds since the epoch; None where nobody knows.

    That is as old as the note of where it was: a copy of a root that does not keep times makes it younger.
    """
    try:
        return os.lstat(_note_path(run)).st_mtime
    except OSError:
        return None


def borne(run: Run) -> list[str]:
    """Return the marks that a run of the trash bore, and gets back when it is restored."""
    return _note(run)[1]


def _failure(run: Run) -> str:
    return f"{run.root}/{layout.FAILS}/{run.name}.yaml"


def _note_path(run: Run) -> str:
    return f"{run.root}/{layout.TRASH}/{run.name}.json"


def _note(run: Run) -> tuple[str, list[str], bool]:
    """Return place and marks of a removed run, and whether it stood under ``fails/``.

    A run whose note is gone goes to ``runs/`` without marks.
    """
    note = _read_note(run)
    place = layout.TMP if note.get("place") == layout.TMP else layout.RUNS
    return place, _checked(note.get("marks")), note.get("failed") is True


def _read_note(run: Run) -> dict[str, Any]:
    try:
        note = json.loads(files.read_text(_note_path(run), 1_000_000))
    except (OSError, ValueError, RecursionError, DamagedFile):
        return {}  # no note, or none that can be read
    return note if isinstance(note, dict) else {}


def _checked(said: object) -> list[str]:
    """Return the marks among what a note says; what is none would lead elsewhere."""
    found = []
    for mark in said if isinstance(said, list) else ():
        try:
            found.append(layout.check_mark(mark))
        except ValueError:
            continue
    return found
