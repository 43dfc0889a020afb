"""Which run started which: two variables of the environment lead from a recorded program to those that it starts."""

from __future__ import annotations

import os

from exparse.record import role
from exparse.store import layout

_PLACES = (layout.RUNS, layout.TMP)
# The process that has told which run it is; a program that takes its place (exec) has not.
_teller = 0


def parents(root: str) -> list[str]:
    """Return the run of the program that started this one, as a run of ``root`` names it; [] where none did."""
    folder, by = os.environ.get(role.RUN), os.environ.get(role.RUN_BY)
    if not folder or not by or not os.path.isdir(folder) or _teller == os.getpid():
        # A later run of this very process is no child of the one before it.
        return []
    return [named(folder, root)]


def named(folder: str, root: str) -> str:
    """Return how a run of ``root`` names another: by its name in the same root, else by its folder."""
    place, name = os.path.split(folder)
    inside = os.path.dirname(place) == root and os.path.basename(place) in _PLACES
    return name if inside and layout.parse_run_name(name) else folder


def hand_on(folder: str, level: str, rank: int = 0) -> dict[str, str | None]:
    """Tell the programs that this one starts which run it is; return what was told before, to be put back.

    Args:
        folder: The run's folder.
        level: How the output of this process is captured: workers of multiprocessing do likewise at level ``sys``;
            at level ``fd`` they print where this one does.
        rank: Rank of this process in a parallel job.
    """
    global _teller
    _teller = os.getpid()
    told = {role.RUN: folder, role.RUN_BY: role.signature(), role.RUN_CAPTURE: f"{level} {rank or ''}".rstrip()}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    return before


def put_back(before: dict[str, str | None]) -> None:
    """Undo :func:`hand_on`."""
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
