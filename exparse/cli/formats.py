"""The names of the formats of a listing, known to the command before it loads what writes them."""

from __future__ import annotations

from exparse.errors import ExparseError

DRAWN = ("table", "plain")
FOR_PROGRAMS = ("json", "csv", "parquet")
TEXTS = ("table", "json", "csv", "markdown", "latex", "html", "plain")
FORMATS = (*TEXTS, "parquet")
SUFFIXES = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".htm": "html",
    ".parquet": "parquet",
    ".txt": "plain",
}


def by_name(path: str) -> str:
    """Return the format that the end of a file's name stands for.

    Raises:
        ExparseError: If it stands for none.
    """
    end = next((end for end in SUFFIXES if path.casefold().endswith(end)), None)
    if end is None:
        raise ExparseError(f"{path}: this name tells no format. Add --format, or end it with {', '.join(SUFFIXES)}")
    return SUFFIXES[end]
