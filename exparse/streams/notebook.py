"""Cells of IPython: each lays its own function over ``write``, and afterwards puts back what was there before."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_EVENT = "pre_run_cell"


def before_each_cell(function: Callable[..., None]) -> Callable[[], None]:
    """Have a function called as each cell begins; return what ends that. Outside of IPython nothing happens."""
    shell = _shell()
    if shell is None:
        return lambda: None
    shell.events.register(_EVENT, function)

    def end() -> None:
        try:
            shell.events.unregister(_EVENT, function)
        except ValueError:
            return  # the user has taken all of them away

    return end


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    get_ipython = getattr(ipython, "get_ipython", None)
    shell = get_ipython() if get_ipython is not None else None
    return shell if hasattr(shell, "events") else None
