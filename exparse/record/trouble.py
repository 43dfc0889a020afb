"""What cannot be recorded while the program runs: told once, and the program goes on."""

from __future__ import annotations

from exparse.record.say import warn
from exparse.store.foreign import foreign

_told: set[str] = set()


def tell(folder: str, what: str, problem: Exception) -> None:
    """Warn that something of a run is not recorded, once for each run.

    Args:
        folder: The run's folder.
        what: What is missing, as it begins a sentence: "metrics".
        problem: Why. One that a signal's handler has raised meanwhile (``TimeoutError``, say) is raised again.
    """
    hand_on(problem)
    if folder in _told:
        return
    _told.add(folder)
    name = folder.rpartition("/")[2]
    why = getattr(problem, "strerror", None) or problem
    warn(f"{what} of {name} cannot be recorded: {why}; the program goes on, and this is said once")


def hand_on(problem: Exception) -> None:
    """Raise an exception again that is no trouble of ours: what the handler of a signal raised meanwhile."""
    trace = foreign(problem)
    if trace is not None:
        raise problem.with_traceback(trace)
