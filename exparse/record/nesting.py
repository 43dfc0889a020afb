"""Runs of one process that lie within each other: which one is current, and what the programs that it starts are told.

As a rule the inner run ends first. Where one does not (two runs without a block, runs of several threads), what was
before it is what the next inner one goes back to: no run that is over ever becomes the current one again.
"""

from __future__ import annotations

import _thread
import os

from exparse.record import family, role
from exparse.record.live import current_run, set_current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.record.live import LiveRun, UnrecordedRun


class Level:
    """One run among those that are under way, and what was current before it."""

    __slots__ = ("before", "run", "told")

    def __init__(self, run: LiveRun, before: LiveRun | UnrecordedRun, told: dict[str, str | None]) -> None:
        self.run, self.before, self.told = run, before, told


_levels: list[Level] = []
_lock = _thread.allocate_lock()


def enter(run: LiveRun, capture: str) -> Level:
    """Make a run the current one, and tell the programs that this one starts.

    Args:
        run: The run.
        capture: How the output of this process is captured (:func:`exparse.record.family.hand_on`).
    """
    with _lock:
        level = Level(run, current_run(), family.hand_on(run.folder, capture))
        set_current(run)
        _levels.append(level)
    return level


def hide_from_workers() -> None:
    """Have workers that are started from now on record nothing of what they print: they know no secrets."""
    if os.environ.get(role.RUN_CAPTURE):
        os.environ[role.RUN_CAPTURE] = "off"


def leave(level: Level) -> None:
    """Go back to what was before a run, or have the run within it go back there."""
    with _lock:
        if level not in _levels:
            return
        place = _levels.index(level)
        del _levels[place]
        if place < len(_levels):
            _levels[place].before, _levels[place].told = level.before, level.told
            return
        family.put_back(level.told)
        if current_run() is level.run:
            set_current(level.before)
