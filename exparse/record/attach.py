"""Processes that belong to another's run: ranks of its job and workers of multiprocessing. They make nothing anew."""

from __future__ import annotations

import os

from exparse.record import family, jobs, role
from exparse.record.live import LiveRun, UnrecordedRun
from exparse.record.say import warn
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.record.record import Record
    from exparse.record.role import Seat
    from exparse.record.wish import Wish
    from exparse.streams.capture import Capture


def rank(root: str, seat: Seat, record: Record, wish: Wish) -> LiveRun | UnrecordedRun:
    """Return the run of this rank's job, once rank 0 has it; its output goes to ``stdout.<rank>.log`` there.

    Args:
        root: The root, which has to be the same for all ranks.
        seat: This process's seat, not the first.
        record: What this rank's parse has to say.
        wish: How output is captured.
    """
    found = jobs.of_rank(root, seat)
    if found is None:
        why = f"rank {seat.rank} found no run of rank 0 in {root}"
        warn(f"{why}: its output is not recorded. Is the root on a disk that all ranks share? (EXPARSE_WAIT=SECONDS)")
        alone = UnrecordedRun(why, record.params)
        alone.rank = seat.rank
        return alone
    place, name = found
    run = LiveRun(root, name, place)
    run.rank = seat.rank
    family.hand_on(run.folder, wish.capture if not record.secrets else "off", seat.rank)
    if wish.capture != "off":
        _begin_to_capture(wish.capture, run, record.secrets)
    return run


def worker() -> LiveRun | None:
    """Return the run of the program that started this worker of multiprocessing, or None where it has none."""
    folder = os.environ.get(role.RUN)
    if not folder or not os.path.isdir(folder):
        return None
    place, name = os.path.split(folder)
    root, place = os.path.split(place)
    if layout.parse_run_name(name) is None or place not in (layout.RUNS, layout.TMP):
        return None
    run = LiveRun(root, name, place)
    level, _, ranked = os.environ.get(role.RUN_CAPTURE, "").partition(" ")
    run.rank = int(ranked) if ranked.isdecimal() else None
    if level == "sys":
        _begin_to_capture("sys", run, [])
    return run


_captured: list[tuple[str, Capture]] = []


def _begin_to_capture(level: str, run: LiveRun, secrets: list[str]) -> None:
    """Keep what this process prints in a run's logs: of one run at a time, the last that it was attached to."""
    try:
        from exparse.streams import capture

        if _captured and _captured[0][0] == run.folder:
            return _captured[0][1].hide(secrets)
        while _captured:
            _captured.pop()[1].stop()
        _captured.append((run.folder, capture.start(level, run.folder, run.part, secrets, warn)))
    except Exception as problem:  # recording never stops a program
        warn(f"output of {run.part} is not recorded: {type(problem).__name__}: {problem}")
