"""Which of a run's input files are no longer there, or hold something else."""

from __future__ import annotations

import os
import time
from datetime import datetime

from exparse.code import hashes
from exparse.launch.unlike import Unlike
from exparse.query import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exparse.query.told import Told

MOST = 8
"""Files that are told one by one."""

_LONGEST_S = 1.0  # what hashing may take in all
_SHORT = 10
_NEAR_S = 1e-5  # recorded times are cut to microseconds


def unlike(inputs: Told, moved: Callable[[str], str]) -> Iterator[Unlike]:
    """Yield which inputs differ now: by size and time, and where only the time is another, by what they hold.

    Args:
        inputs: What the metadata say under ``inputs``.
        moved: Returns where a path of then lies now.
    """
    deadline = time.monotonic() + _LONGEST_S
    found = [_unlike(path, inputs.part(path), moved(path), deadline) for path in inputs.fields]
    told = [each for each in found if each is not None]
    yield from told[:MOST]
    if len(told) > MOST:
        yield Unlike("inputs", "", f"and {len(told) - MOST:,} more that differ")


def _unlike(recorded: str, was: Told, path: str, deadline: float) -> Unlike | None:
    what, size, digest = f"input {os.path.basename(recorded)}", was.whole("bytes"), was.text("sha256")
    if size is None:
        return None  # it was none that could be looked at
    seconds = was.fields.get("mtime")
    before = f"{shown.size(size)}, {when(seconds)}"
    try:
        now = os.stat(path)
    except (OSError, ValueError):
        return Unlike(what, before, f"gone: {path}")
    after = f"{shown.size(now.st_size)}, {when(now.st_mtime)}"
    if now.st_size != size:
        return Unlike(what, f"{size:,} bytes", f"{now.st_size:,} bytes")
    if isinstance(seconds, (int, float)) and now.st_mtime - _NEAR_S < seconds < now.st_mtime + _NEAR_S:
        return None
    if not digest:
        return Unlike(what, before, f"{after}; nobody knows if it holds the same")
    held = hashes.of_file(path, lambda size: "it takes too long" if time.monotonic() > deadline else "")
    if held["sha256"] is None:
        return Unlike(what, before, f"{after}; not compared: {held['why']}")
    return None if held["sha256"] == digest else Unlike(what, _hash(digest, before), _hash(held["sha256"], after))


def _hash(digest: str, about: str) -> str:
    return f"sha256 {digest[:_SHORT]}, {about}"


def when(seconds: object) -> str:
    """Return a time on the clock of this machine, to the second; "?" for what is none."""
    if not isinstance(seconds, (int, float)):
        return "?"
    try:
        return datetime.fromtimestamp(seconds).isoformat(" ", "seconds")
    except (ValueError, OverflowError, OSError):
        return "?"
