"""What cannot be recorded while the program runs: told once, and the program goes on."""

from __future__ import annotations

from exparse.record.say import warn

_told: set[tuple[str, str]] = set()


def tell(folder: str, what: str, problem: Exception) -> None:
    """Warn that something of a run is not recorded, once for each run and each ``what``.

    Args:
        folder: The run's folder.
        what: What is missing, as it begins a sentence: "metrics".
        problem: Why.
    """
    if (folder, what) in _told:
        return
    _told.add((folder, what))
    name = folder.rpartition("/")[2]
    warn(f"{what} of {name} cannot be recorded: {problem}; the program goes on, and this is said once")
