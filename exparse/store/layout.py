"""The names of everything in a root; ``docs/format.rst`` is the page for people."""

from __future__ import annotations

import re
import time

from exparse.errors import InvalidName

MARKER = "exparse.json"
IGNORE = ".gitignore"
RUNS, INDEX, MARKED, TMP, TRASH = "runs", "index", "marked", "tmp", "trash"
# Readers pass over names with a leading dot: what lies there is not a run, or not yet.
COUNTER, STAGING = ".counter", ".staging"
FOLDERS = (RUNS, INDEX, MARKED, TMP, STAGING)
OWN = frozenset((MARKER, IGNORE, COUNTER, TRASH, *FOLDERS))

PARAMS, METADATA, STATUS = "params.yaml", "metadata.json", "status.json"
SUMMARY = "summary.json"
KILLED = "killed.txt"

DEFAULT_ROOT = "exruns"
ZFILL = 6

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z").match
_RUN = re.compile(r"([0-9]+)-[0-9]{4}(?:-[0-9]{2}){5}(?:-(.+))?\Z").match
_RESERVED = frozenset((RUNS, INDEX, MARKED, TMP, TRASH))


def check_name(text: str, what: str = "the name") -> str:
    """Return ``text`` if it may become a part of a path.

    Raises:
        InvalidName: Otherwise.
    """
    if not isinstance(text, str) or not _NAME(text) or text.endswith("."):
        raise InvalidName(what, text)
    return text


def check_mark(text: str) -> str:
    """Return ``text`` if it is a mark: one or more names with slashes between, the whole no number.

    Raises:
        InvalidName: Otherwise.
    """
    parts = text.split("/")
    if len(parts) > 16 or text.isdecimal():
        raise InvalidName("the mark", text)
    for part in parts:
        check_name(part, "the mark")
    if parts[0] in _RESERVED:
        raise InvalidName("the mark", text)
    return text


def run_name(number: int, started: time.struct_time, label: str | None, zfill: int) -> str:
    """Return the name of a run's folder: number, local start time, and the label if there is one."""
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S", started)
    name = f"{number:0{zfill}d}-{stamp}"
    return f"{name}-{label}" if label else name


def parse_run_name(name: str) -> tuple[int, str | None] | None:
    """Return number and label of a run's folder name, or None where it is no such name."""
    match = _RUN(name)
    if match is None or (match[2] and not _NAME(match[2])):
        return None
    return int(match[1]), match[2]
