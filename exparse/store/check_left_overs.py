"""What killed processes left in a root: staging, drafts, halves of purges, notes and entries that lead nowhere."""

from __future__ import annotations

import json
import os
import re
import time
from functools import partial

from exparse.errors import DamagedFile
from exparse.store import absence, counter, files, layout, liveness, own, purge, removal, trash
from exparse.store.finding import Finding, entries
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

WAIT_S = 24 * 3600.0
"""How long something in the making is left alone, whoever made it."""

# From the note of a run to its folder, on the slowest disk.
_MOVE_S = 60.0

# While a number is claimed, a listing may show neither its old name nor the new one.
_LOOKS = 3

DRAFT = re.compile(r"\.(.+)\.([0-9]{1,9})\.[0-9a-f]{8}\Z")
"""What :func:`exparse.store.files.draft` gives: the file that was to be, and the pid of who wrote it."""

_STAGED = re.compile(r"(?:[0-9]+|withdrawn)-([0-9]{1,9})-[0-9a-f]{16}\Z")
_COUNTED = re.compile(r"counter-[0-9a-f]{16}\Z")
_ENTRY = re.compile(r"[0-9a-f]{24}\.json\Z")
_NAMES_LOCK = "names.lock"
_GO = "--repair removes it"
_NOT_OURS = "Move it elsewhere: it is none of exparse's"


def look(root: str) -> Iterator[Finding]:
    """Yield what is left over in ``.staging/``, ``.counter/``, ``.jobs/``, ``trash/`` and beside the links."""
    yield from _staging(root)
    yield from _counter(root)
    yield from _jobs(root)
    yield from _trash(root)
    for folder in ("", layout.INDEX, layout.FAILS, layout.RUNS, layout.TMP, layout.TRASH, layout.JOBS):
        yield from drafts(root, folder)


def drafts(root: str, folder: str, dead_pid: int | None = None) -> Iterator[Finding]:
    """Yield the drafts right in a folder of the root that nobody goes on with.

    Args:
        root: Path of the root.
        folder: The folder, below the root.
        dead_pid: The pid of a process that is known to have ended: its drafts are left over, however new.
    """
    for entry in entries(f"{root}/{folder}" if folder else root):
        known = DRAFT.match(entry.name)
        if known and (int(known[2]) == dead_pid or _is_abandoned(entry.path, int(known[2]))):
            path = f"{folder}/{entry.name}".lstrip("/")
            mend = partial(_remove, root, folder, entry.name)
            yield Finding("draft", path, f"a draft of {known[1]} that was never finished", _GO, mend)


def _is_abandoned(path: str, pid: int | None) -> bool:
    """Return whether something in the making is a day old, and no process of that pid is here."""
    if pid is not None and liveness.start_of(pid) is not None:
        return False
    return _is_old(path)


def _is_old(path: str, longest: float = WAIT_S) -> bool:
    try:
        return time.time() - os.lstat(path).st_mtime > longest
    except OSError:
        return False


def _remove(root: str, folder: str, name: str) -> None:
    problems = removal.remove(f"{root}/{folder}" if folder else root, name)
    if problems:
        raise OSError(problems[0])


def _staging(root: str) -> Iterator[Finding]:
    for entry in entries(f"{root}/{layout.STAGING}"):
        path = f"{layout.STAGING}/{entry.name}"
        staged, lifted = _STAGED.match(entry.name), entry.name.startswith(removal.LEFT_OVER)
        if staged or lifted or _COUNTED.match(entry.name):
            if _is_abandoned(entry.path, int(staged[1]) if staged else None) and _owner_is_gone(entry.path):
                mend = partial(_remove, root, layout.STAGING, entry.name)
                yield Finding("staging", path, "a start or an end that was killed left it", _GO, mend)
        elif not DRAFT.match(entry.name):
            yield Finding("foreign", path, "exparse puts no such thing here", _NOT_OURS)


def _owner_is_gone(path: str) -> bool:
    """Return whether nothing speaks for a living owner: one on another machine cannot be asked."""
    said = _read(f"{path}/{layout.METADATA}")
    process = None if said is None else said.get("process")
    return said is not None and (not isinstance(process, dict) or liveness.is_dead(process) is True)


def _counter(root: str) -> Iterator[Finding]:
    # In this order: a number that is claimed meanwhile raises what is looked at last.
    try:
        highest = counter.highest_number(root)
    except OSError:
        return  # a folder that cannot be listed is a finding of its own
    for _ in range(_LOOKS):
        found = entries(f"{root}/{layout.COUNTER}")
        said = [int(entry.name) for entry in found if _is_count(entry.name)]
        if said:
            break
    for entry in found:
        if not _is_count(entry.name):
            yield Finding("foreign", f"{layout.COUNTER}/{entry.name}", "only a number belongs here", _NOT_OURS)
    if highest > max(said, default=0):
        what = f"it stands at {max(said)}, and there is a run {highest}" if said else "it is lost"
        mend = partial(_count_anew, root)
        yield Finding("counter", layout.COUNTER, what, "--repair sets it to the highest number of a run", mend)


def _is_count(name: str) -> bool:
    return name.isascii() and name.isdecimal() and len(name) < 19 and str(int(name)) == name


def _count_anew(root: str) -> None:
    own.check(root, layout.COUNTER)
    highest = counter.highest_number(root)
    files.make_folder(f"{root}/{layout.COUNTER}")
    try:
        # Where several files lie there, the largest number counts: so this never turns a newer claim back.
        files.write_new(f"{root}/{layout.COUNTER}/{highest}", "")
    except FileExistsError:
        return


def _jobs(root: str) -> Iterator[Finding]:
    for entry in entries(f"{root}/{layout.JOBS}"):
        path = f"{layout.JOBS}/{entry.name}"
        if entry.name == _NAMES_LOCK or DRAFT.match(entry.name):
            continue
        if not _ENTRY.match(entry.name) or not entry.is_file(follow_symlinks=False):
            yield Finding("foreign", path, "exparse puts no such thing here", _NOT_OURS)
        elif _has_lost_its_run(root, _read(entry.path)):
            mend = partial(_forget_job, root, path)
            yield Finding("job", path, "the run of this job is gone", _GO, mend)


def _has_lost_its_run(root: str, said: dict[str, Any] | None) -> bool:
    """Return whether what an entry says names no run, or one that is certainly gone."""
    if said is None:
        return False
    place, name = said.get("place"), said.get("name")
    if place not in (layout.RUNS, layout.TMP) or not isinstance(name, str) or not layout.parse_run_name(name):
        return True
    if os.path.isdir(f"{root}/{place}/{name}"):
        return False
    return os.path.isdir(f"{root}/{layout.TRASH}/{name}") or absence.doubt(root, name, place) is None


def _forget_job(root: str, path: str) -> None:
    # The job may have begun anew since.
    if _has_lost_its_run(root, _read(f"{root}/{path}")):
        os.unlink(f"{root}/{path}")


def _trash(root: str) -> Iterator[Finding]:
    found = entries(f"{root}/{layout.TRASH}")
    folders = {entry.name for entry in found if entry.is_dir(follow_symlinks=False)}
    notes = {entry.name for entry in found if entry.is_file(follow_symlinks=False)}
    for entry in found:
        path, name = f"{layout.TRASH}/{entry.name}", entry.name.removesuffix(".json")
        if entry.name.startswith(removal.LEFT_OVER):
            mend = partial(_purge_on, root, entry.name)
            yield Finding("trash", path, "a purge that was killed left it", "--repair, or exparse purge, ends it", mend)
        elif entry.name in folders and layout.parse_run_name(entry.name):
            if f"{entry.name}.json" not in notes:
                yield Finding("trash", path, "nothing says where it was", "exparse restore puts it into runs/")
        elif entry.name in notes and layout.parse_run_name(name) and entry.name != name:
            if name not in folders and not _is_being_moved(root, name, entry.path):
                yield _lone_note(root, path, name)
        elif not entry.name.startswith("."):
            yield Finding("foreign", path, "it is no run", _NOT_OURS)


def _lone_note(root: str, path: str, name: str) -> Finding:
    is_back = any(os.path.isdir(f"{root}/{place}/{name}") for place in absence.PLACES)
    note = _read(f"{root}/{path}")
    place = layout.TMP if note is not None and note.get("place") == layout.TMP else layout.RUNS
    # Marks that nothing else knows may be in it; what is in it beside them is derived.
    is_needed = not is_back and (note is None or note.get("marks"))
    why = absence.doubt(root, name, place) if is_needed else None
    if why:
        cure = "Put the folder of the runs back in its place; if they are gone for good, remove the note by hand"
        return Finding("trash", path, f"the run of this note is not to be found: {why}", cure)
    mend = partial(_forget_note, root, name)
    return Finding("trash", path, "the run of this note is not in the trash", _GO, mend)


def _is_being_moved(root: str, name: str, note: str) -> bool:
    """Return whether a run may be on its way to the trash just now: its note is written first."""
    there = any(os.path.isdir(f"{root}/{place}/{name}") for place in (layout.RUNS, layout.TMP))
    return there and not _is_old(note, _MOVE_S)


def _purge_on(root: str, name: str) -> None:
    problems = purge.finish(root, name)
    if problems:
        raise OSError(problems[0])


def _forget_note(root: str, name: str) -> None:
    if os.path.lexists(f"{root}/{layout.TRASH}/{name}"):
        return
    for back in absence.PLACES:
        if os.path.isdir(f"{root}/{back}/{name}"):
            # Only the note still knows the marks of a run whose restoring was killed.
            trash.finish(Run(root, name, back))
            return
    os.unlink(f"{root}/{layout.TRASH}/{name}.json")


def _read(path: str) -> dict[str, Any] | None:
    """Return what a file says: nothing where it is gone or damaged; None where it cannot be read."""
    try:
        said = json.loads(files.read_text(path, 1_000_000))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError, DamagedFile):
        return {}
    except OSError:
        return None
    return said if isinstance(said, dict) else {}
