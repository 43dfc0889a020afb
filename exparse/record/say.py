"""One line on stderr: the only words that the recorder ever says in a script."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """Write a line on stderr, if there is one that takes it."""
    try:
        sys.stderr.write(f"{line}\n")
    except Exception:
        # Closed, missing, broken, or an object of the user's: there is nobody to tell, and the program goes on.
        return


def warn(text: str) -> None:
    """Say that something is not recorded; the program is not changed by it."""
    say(f"exparse: warning: {text}")


class Voice:
    """What is said of one run while it goes on, and at its end: one trouble is told once."""

    def __init__(self) -> None:
        self._has_warned = self._has_told_end = False

    def warn(self, text: str) -> None:
        """Say that something is not recorded, unless something was said of this run before."""
        if not self._has_warned:
            self._has_warned = True
            warn(text)

    def warn_of_end(self, number: int, problem: Exception) -> None:
        """Say why the end of the run was not recorded, whatever was said before."""
        self._has_warned = True
        if not self._has_told_end:
            self._has_told_end = True
            warn(f"the end of run {number} was not recorded: {problem}")
