"""How far a long reading is, for people who wait for it in a terminal or a notebook."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TextIO

# A bar that is gone before it can be read is noise, and most readings are over before tqdm is imported.
_PATIENCE_S = 1.0


class _Counter:
    def __init__(self, total: int, doing: str, stream: TextIO | None) -> None:
        self.total, self.doing, self.stream = total, doing, stream
        self.done, self.begun = 0, time.monotonic()
        self.bar: Any = None

    def __call__(self, more: int) -> None:
        self.done += more
        if self.bar is not None:
            self.bar.update(more)
            if self.done >= self.total:
                self.bar.close()
        elif self.done < self.total and time.monotonic() - self.begun > _PATIENCE_S:
            from tqdm.auto import tqdm

            self.bar = tqdm(
                total=self.total, initial=self.done, desc=self.doing, file=self.stream, leave=False, unit="run"
            )


def counter(total: int, doing: str, stream: TextIO | None = None) -> Callable[[int], object]:
    """Return a function that takes how many more of ``total`` runs are done; it shows them after a second.

    Args:
        total: How many there are.
        doing: What is done to them, for the bar.
        stream: The terminal; None for standard error if that is one, or for the notebook that this runs in.
    """
    is_watched = stream is not None or (sys.stderr is not None and sys.stderr.isatty()) or "ipykernel" in sys.modules
    return _Counter(total, doing, stream) if is_watched else unseen


def unseen(more: int) -> None:
    """Show nothing: nobody watches."""
