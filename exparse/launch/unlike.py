"""One thing that is not as it was when a run was made."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Unlike(NamedTuple):
    """One thing that is not as it was.

    Attributes:
        what: What differs: ``code``, ``python``, ``package torch``, ``input data.csv``, ...
        was: What the run's files say, or "".
        now: What it is now, or "".
    """

    what: str
    was: str
    now: str


def few(names: Sequence[str], most: int = 3) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
