"""The names of everything in a root; ``docs/format.rst`` is the page for people."""

from __future__ import annotations

import time

from exparse.errors import InvalidName

MARKER = "exparse.json"
IGNORE = ".gitignore"
RUNS, INDEX, MARKED, TMP, TRASH = "runs", "index", "marked", "tmp", "trash"
# Readers pass over names with a leading dot: what lies there is not a run, or not yet.
COUNTER, STAGING, JOBS = ".counter", ".staging", ".jobs"
FOLDERS = (RUNS, INDEX, MARKED, TMP, STAGING)
# Made when the first run is put there.
FAILS = "fails"
# Links by value, made by `exparse views`.
VIEWS = "views"
OWN = frozenset((MARKER, IGNORE, COUNTER, JOBS, TRASH, FAILS, VIEWS, *FOLDERS))

PARAMS, METADATA, STATUS = "params.yaml", "metadata.json", "status.json"
SUMMARY, METRICS, ABOUT, NOTES = "summary.json", "metrics.jsonl", "about.jsonl", "notes.md"
FACTS = "facts.json"
PATCH, PACKAGES, SOURCE = "code.patch", "packages.txt", "source.zip"
CELLS = "cells.py"
LOGS = ("stdout.log", "stderr.log")
IMAGES, FILES = "images", "files"
KILLED = "killed.txt"

DEFAULT_ROOT = "exruns"
ZFILL = 6

_ALNUM = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NAME = _ALNUM | frozenset("._-")
_LONGEST = 100
MAX_MARK_DEPTH = 16
MAX_PATH_DEPTH = 16
_NOT_IN_LEVEL = frozenset('\\:*?"<>|')
# File systems take 255 bytes; a draft beside the file needs some for itself.
_LONGEST_LEVEL = 200
_WIDTHS = [4, 2, 2, 2, 2, 2]
_RESERVED = frozenset((RUNS, INDEX, MARKED, TMP, TRASH))


def check_name(text: str, what: str = "the name") -> str:
    """Return ``text`` if it may become a part of a path.

    Raises:
        InvalidName: Otherwise.
    """
    if not isinstance(text, str) or not _is_name(text):
        raise InvalidName(what, text)
    return text


def check_label(text: str, what: str = "the name") -> str:
    """Return ``text`` if it may be a run's label: a name that is no selector of another run.

    Raises:
        InvalidName: Otherwise.
    """
    check_name(text, what)
    if is_reference(text) or text == "last":
        raise InvalidName(what, text, "it picks a run already, as a number, a run's whole name or 'last' does")
    return text


def is_reference(text: str) -> bool:
    """Return whether a text names one run that is there: by its number, or by the name of its folder."""
    return (text.isascii() and text.isdecimal()) or parse_run_name(text) is not None


def _is_name(text: str) -> bool:
    return text[:1] in _ALNUM and len(text) <= _LONGEST and _NAME.issuperset(text) and text[-1] != "."


def check_mark(text: str) -> str:
    """Return ``text`` if it is a mark: one or more names with slashes between, the whole no number.

    Raises:
        InvalidName: Otherwise.
    """
    parts = text.split("/") if isinstance(text, str) else []
    if not parts:
        raise InvalidName("the mark", text, "it is no text")
    if text.isdecimal():
        raise InvalidName("the mark", text, "it is a number, as runs have; the mark comes first, then the runs")
    if len(parts) > MAX_MARK_DEPTH:
        raise InvalidName("the mark", text, f"more than {MAX_MARK_DEPTH} levels")
    for part in parts:
        check_name(part, "the mark")
    if parts[0] in _RESERVED:
        raise InvalidName("the mark", text, f"{parts[0]} is the name of a folder of the root")
    return text


def check_path(text: str, what: str = "the name") -> str:
    """Return ``text`` if it may name a file below a run's folder: levels with slashes between.

    Other than the name of a run or a mark, a level may hold letters of any script, spaces and most signs: it is
    the user's own file that keeps its name. Not allowed is what leads elsewhere, hides, or cannot be typed or
    copied to other file systems.

    Raises:
        InvalidName: Otherwise.
    """
    levels = text.split("/") if isinstance(text, str) else []
    if not levels:
        raise InvalidName(what, text, "it is no text")
    if len(levels) > MAX_PATH_DEPTH:
        raise InvalidName(what, text, f"more than {MAX_PATH_DEPTH} levels")
    for level in levels:
        why = _why_no_level(level)
        if why:
            raise InvalidName(what, text, why)
    return text


def _why_no_level(level: str) -> str | None:
    if not level:
        return "it is empty, or has an empty level: a path inside the run is meant, such as model.pt or train/loss"
    if not level.isprintable() or not _NOT_IN_LEVEL.isdisjoint(level):
        return 'it holds a control character or one of \\ : * ? " < > |'
    if level[0] in ".-~ " or level[-1] in ". ":
        return "a level starts with a dot, a dash, a tilde or a space, or ends with a dot or a space"
    if len(level.encode()) > _LONGEST_LEVEL:
        return f"a level has more than {_LONGEST_LEVEL} bytes"
    return None


def run_name(number: int, started: time.struct_time, label: str | None, zfill: int) -> str:
    """Return the name of a run's folder: number, local start time, and the label if there is one."""
    stamp = time.strftime("%Y-%m-%d-%H-%M-%S", started)
    name = f"{number:0{zfill}d}-{stamp}"
    return f"{name}-{label}" if label else name


def parse_run_name(name: str) -> tuple[int, str | None] | None:
    """Return number and label of a run's folder name, or None where it is no such name."""
    parts = name.split("-", 7)
    if not parts[0] or list(map(len, parts[1:7])) != _WIDTHS:
        return None
    digits = "".join(parts[:7])
    if not (digits.isascii() and digits.isdecimal()):
        return None
    label = parts[7] if len(parts) > 7 else None
    return (int(parts[0]), label) if label is None or _is_name(label) else None
