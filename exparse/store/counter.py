"""Numbers of runs: unique, growing, never used twice, claimed without a lock and without a scan.

The counter is the *name* of the one file in ``.counter/``: ``rename("41", "42")`` has exactly one
winner, who owns number 42, and costs the same with ten runs and with a million. Whoever loses looks
one number further. A listing that is out of date (NFS caches it for seconds) only makes the chase
longer. Where the counter is lost it is made anew from the folders; a folder renamed into place has
one winner too.
"""

from __future__ import annotations

import os
import time

from exparse.errors import RootError
from exparse.store import files, layout

_CHASE = 4096
_ROUNDS = 60


def claim(root: str) -> int:
    """Return a number that no other run of this root has, had, or will have.

    Raises:
        OSError: If the counter cannot be moved.
        RootError: If it moves away for ever, which means a damaged ``.counter``.
    """
    folder = f"{root}/{layout.COUNTER}"
    for turn in range(_ROUNDS):
        latest = _latest(folder)
        if latest is None and turn:
            latest = _rebuild(root, folder)
        if latest is not None:
            claimed = _chase(folder, latest)
            if claimed:
                return claimed
        if turn:
            time.sleep(0.002 * turn)
    raise RootError(folder, "the counter cannot be moved", "Remove this folder: it is made anew from the runs")


def _latest(folder: str) -> int | None:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return None
    # Only what a claim leaves behind counts: 007 or digits of another script would never be found again.
    return max((int(name) for name in names if name.isdecimal() and str(int(name)) == name), default=None)


def _chase(folder: str, number: int) -> int | None:
    for latest in range(number, number + _CHASE):
        source, target = f"{folder}/{latest}", f"{folder}/{latest + 1}"
        try:
            os.rename(source, target)
            return latest + 1
        except FileNotFoundError:
            continue
        except OSError:
            # Perhaps done, although reported as failed; then a number is lost, which is harmless.
            if os.path.lexists(source):
                raise
    return None


def _rebuild(root: str, folder: str) -> int | None:
    """Make the counter from what lies in the root; return where it starts, or None where another was first."""
    highest = highest_number(root)
    draft = f"{root}/{layout.STAGING}/counter-{os.urandom(8).hex()}"
    try:
        os.mkdir(draft)
    except OSError:
        # Nobody else has this name: where it is there, it was made although that was reported as failed.
        if not os.path.isdir(draft):
            raise
    files.write_new(f"{draft}/{highest}", "")
    try:
        if os.name == "nt" and os.path.isdir(folder):
            os.rmdir(folder)
        files.move(draft, folder)
    except OSError:
        files.remove_tree(draft)
        if _latest(folder) is None:
            raise
        return None
    return highest


def highest_number(root: str) -> int:
    """Return the highest number that a run in this root has, wherever it lies; 0 where there is none."""
    highest = 0
    for place in (layout.RUNS, layout.TMP, layout.TRASH, layout.INDEX, layout.STAGING):
        try:
            names = os.listdir(f"{root}/{place}")
        except FileNotFoundError:
            continue
        for name in names:
            number = name.partition("-")[0]
            if number.isdecimal():
                highest = max(highest, int(number))
    return highest
