"""Which packages were there: ``packages.txt`` of a run, read as names and versions."""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_BYTES = 8_000_000


def read(folder: str) -> dict[str, str] | None:
    """Return the version of each package by its name; for one that came from elsewhere, where from.

    Args:
        folder: Folder of the run.

    Returns:
        Versions by name, names as installers compare them (lower case, dashes); None where there is no such list,
        or it cannot be read.
    """
    try:
        text = files.read_text(f"{folder}/{layout.PACKAGES}", _MOST_BYTES)
    except (OSError, DamagedFile):
        return None
    return of_lines(text.splitlines())


def of_lines(lines: Iterable[str]) -> dict[str, str]:
    """Return the same from the lines of such a list."""
    return dict(filter(None, map(_package, lines)))


def _package(line: str) -> tuple[str, str] | None:
    """Return name and version that a line of requirements says; None for one that says nothing."""
    line = line.strip()
    if line.startswith("-e "):
        path, _, comment = line[3:].partition("  # ")
        name, _, version = comment.partition("==")
        # Without a name it is known by where it lies.
        return _folded(name or path), f"{version} {path}".strip()
    if not line or line.startswith("#"):
        return None
    for sign in (" @ ", "=="):
        name, found, rest = line.partition(sign)
        if found:
            return _folded(name), rest
    return _folded(line), ""


def _folded(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(".", "-")
