"""How long the runs in ``tmp/`` are kept, as the root says it: ``"tmp_days": 30`` in its ``exparse.json``."""

from __future__ import annotations

import json
from math import isfinite

from exparse.errors import DamagedFile, ExparseError
from exparse.store import files, layout

KEY = "tmp_days"
DAYS = 14.0
"""What counts where the root says nothing."""


def tmp_days(root: str) -> float:
    """Return after how many days a run in ``tmp/`` may go; reads ``exparse.json``.

    Raises:
        DamagedFile: If the root says something that is no number of days: nothing may be removed by a guess.
    """
    path = f"{root}/{layout.MARKER}"
    try:
        said = json.loads(files.read_text(path, 1_000_000))
    except FileNotFoundError:
        return DAYS
    except (OSError, ValueError, RecursionError, ExparseError) as problem:
        raise DamagedFile(path, f"cannot be read: {problem}") from None
    days = said.get(KEY, DAYS) if isinstance(said, dict) else DAYS
    if isinstance(days, bool) or not isinstance(days, (int, float)) or not isfinite(days) or days < 0:
        raise DamagedFile(path, f"{KEY} is {days!r:.40}, a number of days is expected")
    return float(days)
