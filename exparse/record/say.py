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
