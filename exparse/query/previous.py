"""The run before a run: the one that somebody wants to know the difference to."""

from __future__ import annotations

from exparse.errors import ExparseError
from exparse.store import layout, select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.store.run import Run

MOST_LOOKED_AT = 5000
"""How many earlier runs are asked for their script."""


def previous(run: Run) -> Run | None:
    """Return the last run of the same script with a smaller number; None where there is none among the nearest.

    Reads ``metadata.json`` of the runs before it, one by one, until one is found.
    """
    script = _script(run)
    earlier = [other for other in select.listed(run.root, {layout.RUNS, run.place}) if other.id < run.id]
    return next((other for other in reversed(earlier[-MOST_LOOKED_AT:]) if _script(other) == script), None)


def _script(run: Run) -> object:
    """Return what tells scripts apart: the path, else the program's name; of what cannot be read the run itself."""
    try:
        metadata = run.metadata
    except (ExparseError, OSError):
        return run
    return metadata.get("script") or metadata.get("prog")
