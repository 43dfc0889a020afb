"""Cells of IPython: each lays its own function over ``write``, and afterwards puts back what was there before."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# What runs a cell holds its text under this name, from Jupyter, a terminal and the command line alike.
_RUNS_CELLS, _TEXT = "run_cell_async", "raw_cell"


def before_each_cell(function: Callable[..., None]) -> Callable[[], None]:
    """Have a function called as each cell begins; return what ends that. Outside of IPython nothing happens."""
    return _at("pre_run_cell", function)


def after_each_cell(function: Callable[..., None]) -> Callable[[], None]:
    """Have a function called with the result of each cell; return what ends that."""
    return _at("post_run_cell", function)


def _at(event: str, function: Callable[..., None]) -> Callable[[], None]:
    found = shell()
    if found is None:
        return lambda: None
    found.events.register(event, function)

    def end() -> None:
        try:
            found.events.unregister(event, function)
        except ValueError:
            return  # the user has taken all of them away

    return end


def shell() -> Any:
    """Return the shell of IPython that this process has, or None."""
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)
    found = get_ipython() if get_ipython is not None else None
    return found if hasattr(found, "events") else None


def reading_shell() -> Any:
    """Return the shell that what runs here was typed into; None for one that a program opened within itself."""
    found = shell()
    is_embedded = any(kind.__name__ == "InteractiveShellEmbed" for kind in type(found).__mro__)
    return None if is_embedded else found


def running_cell() -> tuple[str, bool] | None:
    """Return the text of the cell that called this, and whether it counts in the shell's history; None outside."""
    frame: Any = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == _RUNS_CELLS and _TEXT in frame.f_code.co_varnames:
            told = frame.f_locals
            return str(told.get(_TEXT, "")), bool(told.get("store_history"))
        frame = frame.f_back
    return None


def history() -> list[str]:
    """Return the texts of the shell's cells so far, as they were typed; the place of one is its number, 0 is none."""
    manager = getattr(shell(), "history_manager", None)
    return [str(text) for text in getattr(manager, "input_hist_raw", None) or [""]]
