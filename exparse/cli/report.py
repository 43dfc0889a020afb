"""A fault of exparse itself, written down for those who mend it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback

from exparse.format.version import FORMAT_TEXT
from exparse.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def write(problem: BaseException, argv: Sequence[str]) -> str:
    """Write a report and return its path, or where it cannot be written, the report itself.

    Writes ``bug-<time>-<pid>.txt`` in the user's cache folder, else in the folder for temporary files.
    """
    text = describe(problem, argv)
    name = f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    for folder in _folders():
        try:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "x", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:
            # Read-only or full: the next folder may do.
            continue
        return os.path.join(folder, name)
    return text


def describe(problem: BaseException, argv: Sequence[str]) -> str:
    """Return versions, the command line and the traceback."""
    versions = [
        f"exparse {__version__}, root format {FORMAT_TEXT}",
        f"Python {sys.version}",
        platform.platform(),
    ]
    return "\n".join([*versions, f"arguments: {list(argv)!r}", "", *traceback.format_exception(problem)])


def _folders() -> Iterator[str]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    yield os.path.join(cache, "exparse")
    yield tempfile.gettempdir()
