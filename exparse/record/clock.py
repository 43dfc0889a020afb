"""Times as files hold them: ISO 8601 with microseconds and the offset from UTC."""

from __future__ import annotations

import time


def stamp(seconds: float) -> str:
    """Return a time, in seconds since the epoch, as text in the local zone with its offset."""
    local = time.localtime(seconds)
    offset = local.tm_gmtoff or 0
    sign, minutes = "-" if offset < 0 else "+", abs(offset) // 60
    micro = int(seconds % 1 * 1_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}.{micro:06d}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
