"""One job, one run: rank 0 says which run the job has, the other ranks find it, a requeued job finds its own again.

``<root>/.jobs/<digest>.json`` names a run; replaced as a whole by rank 0 alone. Only parallel jobs and those of a
scheduler have one.
"""

from __future__ import annotations

import os
import time

from exparse.record import place, surroundings
from exparse.record.runner import runner
from exparse.store import fate, files, layout, liveness
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.role import Seat

WAIT_S = 10.0
_LOOK_S = 0.02
# A job's entry that is older than this process by more is never taken for its own.
_LATEST_S = 60.0
# How long a better one is waited for where there is one that may be an earlier job's.
_DOUBT_S = 1.0
_WAIT = "EXPARSE_WAIT"


def announce(root: str, seat: Seat | None, told: dict[str, Any], argv: list[str]) -> None:
    """Say which run a job has, for its other ranks and for the job when it is started anew.

    Args:
        root: The root.
        seat: This process's seat, which is the first, or None.
        told: ``place`` and ``name`` of the run.
        argv: The command line, which tells the programs of one job apart.

    Raises:
        OSError: If it cannot be written.
    """
    from exparse.format.text import json_document

    paths = []
    if seat is not None:
        paths.append(_path(root, _rank_key(seat)))
    key = _restart_key(argv)
    if key is not None:
        paths.append(_path(root, key))
    if not paths:
        return
    files.make_folder(f"{root}/{layout.JOBS}")
    restarts = _restarts(seat)
    for path in paths:
        files.replace(path, json_document({**told, "restarts": restarts, "time": time.time()}))


def of_rank(root: str, seat: Seat) -> tuple[str, str] | None:
    """Return place and name of the run of this rank's job; a late rank 0 is waited for, a bounded time.

    Args:
        root: The root.
        seat: This process's seat, not the first.
    """
    began = liveness.began() or time.time()
    path, now = _path(root, _rank_key(seat)), time.monotonic()
    until, doubtful_until = now + _longest(), now + min(_longest(), _DOUBT_S)
    while True:
        said = _read(path)
        now = time.monotonic()
        if said is not None and _is_ours(root, said, seat, began, now >= doubtful_until):
            return str(said["place"]), str(said["name"])
        if now >= until:
            return None
        time.sleep(_LOOK_S)


def is_restarted(seat: Seat | None) -> bool:
    """Return whether launcher or scheduler have started this job before."""
    return bool(_restarts(seat))


def before_restart(root: str, seat: Seat | None, argv: list[str]) -> tuple[str, str] | None:
    """Return place and name of the run that this job had before it was started anew, or None."""
    restarts = _restarts(seat)
    key = _restart_key(argv)
    by_launcher = seat is not None and seat.kind == "torchrun" and seat.restarts
    path = _path(root, _rank_key(seat)) if by_launcher and seat else _path(root, key) if key and restarts else None
    said = _read(path) if path else None
    if said is None or said.get("restarts") == restarts:
        return None
    return str(said["place"]), str(said["name"])


def _restarts(seat: Seat | None) -> int:
    """Return how often launcher or scheduler have started this job anew."""
    environ = os.environ
    told = [seat.restarts if seat else 0]
    told += [int(text) for name in ("SLURM_RESTART_COUNT",) if (text := environ.get(name, "")).isdecimal()]
    # These say only that, not how often: the time makes each other than the one before.
    if environ.get("RESTARTED") == "1" or environ.get("LSB_RESTART", "").upper() == "Y":
        told.append(int(time.time()))
    return max(told)


def _is_ours(root: str, said: dict[str, Any], seat: Seat, began: float, at_last: bool) -> bool:
    """Return whether an entry is of this job, not of an earlier one that had the same name.

    One that was there before this process may be either: if its run is over, a better one is waited for first.
    """
    run = Run(root, str(said["name"]), str(said["place"]))
    written = said.get("time")
    if (
        said.get("restarts", 0) < seat.restarts
        or not isinstance(written, (int, float))
        or not os.path.isdir(run.folder)
    ):
        return False
    return written >= began or run.state in fate.UNDER_WAY or (at_last and written > began - _LATEST_S)


def _longest() -> float:
    try:
        return min(max(float(os.environ.get(_WAIT, WAIT_S)), 0.0), 3600.0)
    except ValueError:
        return WAIT_S


def _rank_key(seat: Seat) -> str:
    return f"{seat.job} {_program()}"


def _restart_key(argv: list[str]) -> str | None:
    told = surroundings.scheduler()
    if told is None:
        return None
    return f"{told['kind']} {told['job']} {told.get('step')} {_program()} {argv!r}"


def _program() -> str | None:
    run_by = runner()
    return run_by.target if run_by is not None and run_by.is_command else place.main_script()


def _path(root: str, key: str) -> str:
    import hashlib

    return f"{root}/{layout.JOBS}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:24]}.json"


def _read(path: str) -> dict[str, Any] | None:
    import json

    try:
        said = json.loads(files.read_text(path, 100_000))
    except (OSError, ValueError):
        return None  # not yet there, or being replaced on a network's disk
    known = isinstance(said, dict) and said.get("place") in (layout.RUNS, layout.TMP)
    return said if known and layout.parse_run_name(str(said.get("name"))) else None
