"""A run in a notebook: a cell's end is not the program's, and nobody but the cells says how the run went.

The kernel goes on whatever a cell raises, so a run ends as the last cell that ran in it did: at the next run of a
parse, or when the kernel is shut down.
"""

from __future__ import annotations

import time

from exparse.errors import DamagedFile
from exparse.record import facts
from exparse.record.cells import Cells
from exparse.record.ending import state_of
from exparse.record.watch import shown
from exparse.store import layout
from exparse.streams import notebook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_MOST_REMARKS, _LONGEST_REMARK = 10, 200
_refused = 0
# What one parse knows for a secret stands in the text of a cell, which later runs keep, too.
_secrets: set[str] = set()
# Numbers of cells that could not be run, as far as runs were there to see it.
_broken: set[int] = set()


def refused() -> None:
    """Take note that a parse failed: the ``SystemExit`` that its cell ends with says nothing about a run."""
    global _refused
    _refused += 1


def of_run(folder: str, secrets: list[str], warn: Callable[[str], None]) -> Notebook | None:
    """Return what a run sees of the notebook from now on; None outside of one.

    Args:
        folder: The run's folder; ``cells.py`` is written there.
        secrets: Texts that must stand in no file.
        warn: Told, in a few words, when cells are no longer kept.
    """
    if notebook.reading_shell() is None:
        return None
    found = Notebook(folder, secrets, warn)
    found.begin()
    return found


class Notebook:
    """What one run sees of the notebook that it is made in.

    Args:
        folder: The run's folder.
        secrets: Texts that must stand in no file.
        warn: Told, in a few words, when cells are no longer kept.
    """

    def __init__(self, folder: str, secrets: list[str], warn: Callable[[str], None]) -> None:
        _secrets.update(secrets)
        self._cells: Cells | None = Cells(f"{folder}/{layout.CELLS}", sorted(_secrets, key=len, reverse=True))
        self._warn = warn
        self._own = notebook.running_cell()
        # A cell that was put to the file and is running still: another run may begin in it, or it is no Python.
        self._is_added = False
        self._problem: BaseException | None = None
        self._at = 0  # the number of the cell that raised it
        self._raised: list[str] = []
        self._has_ended = False
        self._shown, self._refused = shown(), _refused
        self._idle_s, self._idle_since = 0.0, 0.0
        self._leave: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Keep the cells so far, the one that runs now included, and listen to those that follow."""
        cells = enumerate(notebook.history())
        told: list[tuple[int | None, str]] = [cell for cell in cells if cell[0] and cell[0] not in _broken]
        if self._own is not None and not self._own[1]:
            told.append((None, self._own[0]))
        self._leave = [notebook.before_each_cell(self._before), notebook.after_each_cell(self._after)]
        if told:
            self._keep(lambda cells: cells.begin(told))

    def _keep(self, act: Callable[[Cells], object]) -> None:
        if self._cells is None:
            return
        try:
            act(self._cells)
        except FileNotFoundError:
            self._cells = None  # the run was removed
        except (OSError, DamagedFile) as problem:
            self._cells = None
            self._warn(f"cells are no longer kept: {problem}")

    def _before(self, info: Any = None) -> None:
        if self._idle_since:
            self._idle_s += time.monotonic() - self._idle_since
        self._idle_since = 0.0
        self._own = None
        self._shown, self._refused = shown(), _refused
        text = getattr(info, "raw_cell", None)
        # What an editor asks the kernel on its own account is in no history.
        self._is_added = bool(text) and getattr(info, "store_history", True)
        if self._is_added:
            self._keep(lambda cells: cells.add(len(notebook.history()), str(text)))

    def _after(self, result: Any = None) -> None:
        self._idle_since = time.monotonic()
        counts, self._is_added = self._is_added or self._own is not None, False
        own, self._own = self._own, None
        before, self._shown = self._shown, None
        if getattr(result, "error_before_exec", None) is not None:
            # Nothing of it ran.
            if counts and own is None:
                _broken.add(len(notebook.history()) - 1)
                self._keep(lambda cells: cells.drop())
            return
        problem = getattr(result, "error_in_exec", None)
        if problem is None and shown() is not before:
            # %run shows what the script raised, and goes on.
            problem = shown()
        is_refusal = isinstance(problem, SystemExit) and self._refused != _refused
        # "exit" is the last cell of a terminal, and no part of the run.
        is_goodbye = problem is None and own is None and getattr(notebook.shell(), "exit_now", False)
        if counts and not is_refusal and not is_goodbye:
            self._pass_over()
            self._problem, self._has_ended = problem, True
            self._at = len(notebook.history()) - 1

    def _pass_over(self) -> None:
        """Keep in mind what a cell has raised: the last one that runs says how the run ended."""
        if self._problem is None:
            return
        told = facts.of_exception(self._problem, sorted(_secrets, key=len, reverse=True))
        message = f"{told['type']}: {told['message']}".splitlines()[0].removesuffix(": ")
        self._raised.append(f"In [{self._at}] raised {message[:_LONGEST_REMARK]}")

    def hide(self, secrets: list[str]) -> None:
        """Mask more."""
        _secrets.update(secrets)
        self._keep(lambda cells: cells.hide(secrets))

    def give_way(self, secrets: list[str]) -> tuple[str, int | None, BaseException | None]:
        """Let another run begin in the cell that runs now; return state, exit code and exception of this one's end.

        Args:
            secrets: What the other run knows for secrets.
        """
        if self._is_added:
            self._is_added = False
            self._keep(lambda cells: cells.drop())
        self.hide(secrets)
        return state_of(self._problem)

    def ending(self) -> tuple[str, int | None, BaseException | None] | None:
        """Return state, exit code and exception of the run, now that the kernel ends; None where no cell can say."""
        return state_of(self._problem) if self._has_ended else None

    def remarks(self) -> list[str]:
        """Return what earlier cells have raised, the first few of them."""
        more = len(self._raised) - _MOST_REMARKS
        return [*self._raised[:_MOST_REMARKS], *([f"{more} more cells raised"] if more > 0 else [])]

    def idle_s(self) -> float:
        """Return for how long, in seconds, no cell has run since the run began."""
        return self._idle_s + (time.monotonic() - self._idle_since if self._idle_since else 0.0)

    def end(self) -> None:
        """Listen no more."""
        for leave in self._leave:
            leave()
        self._leave.clear()
        self._problem = self._shown = None

    def facts(self, before: dict[str, Any]) -> dict[str, int]:
        """Return what the metadata say of the cells: their number; {} where none are kept.

        Args:
            before: What the metadata say, of earlier attempts at the run as well.
        """
        kept = self._cells.kept if self._cells is not None else 0
        return {"cells": before.get("cells", 0) + kept} if kept else {}
