"""Types for ``add_argument(type=...)`` that scripts keep writing by hand."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TRUE = frozenset(("true", "t", "yes", "y", "on", "1"))
_FALSE = frozenset(("false", "f", "no", "n", "off", "0"))
_NONE = frozenset(("none", "null"))

_FUNCTION = type(lambda: None)

STANDARD = "-"
"""What stands for standard input and output in the place of a file's name."""


def boolean(text: str) -> bool:
    """Return the truth value that a text says: t/true, y/yes, on, 1 or f/false, n/no, off, 0, in any case.

    Raises:
        ValueError: If it says neither; argparse makes ``invalid boolean value`` of it.
    """
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(f"{text!r} is neither true nor false")


def optional(type: Callable[[str], Any]) -> Callable[[str], Any]:  # the word of argparse
    """Return a type that makes None of ``none`` and ``null`` in any case, and what ``type`` makes of all else."""

    def convert(text: str) -> Any:
        return None if text.strip().lower() in _NONE else type(text)

    convert.__name__ = f"optional {getattr(type, '__name__', repr(type))}"
    convert.inner = type  # type: ignore[attr-defined]  # for those who ask what it is that is optional
    return convert


def unwrapped(kind: Any) -> Any:
    """Return the type that :func:`optional` was given, any other as it is; nothing of the user's is asked."""
    return vars(kind).get("inner", kind) if type(kind) is _FUNCTION else kind


def names_file(kind: Any) -> bool:
    """Return whether a type is :func:`input_file` or :func:`output_file`, also where it is optional."""
    inner = unwrapped(kind)
    return inner is input_file or inner is output_file


def input_file(text: str) -> str:
    """Return the path of a file that the program reads, as it was typed; its content is hashed beside the program.

    ``metadata.json`` names it under ``inputs``, with its size, the time of its last change and its SHA-256. ``-`` is
    standard input, of which nothing is recorded.

    Raises:
        argparse.ArgumentTypeError: If there is no such file, or it cannot be read: a usage error.
    """
    if text == STANDARD:
        return text
    from argparse import ArgumentTypeError

    if os.path.isdir(text):
        raise ArgumentTypeError(f"{text!r} is a folder, a file is expected")
    if not os.path.exists(text):
        raise ArgumentTypeError(f"there is no file {text!r}{_here(text)}")
    if not os.access(text, os.R_OK):
        raise ArgumentTypeError(f"{text!r} cannot be read: permission denied")
    return text


def output_file(text: str) -> str:
    """Return the path of a file that the program writes, as it was typed; at the end its content is hashed.

    ``metadata.json`` names it under ``outputs``, as it is when the run ends. It need not be there before. ``-`` is
    standard output, of which nothing is recorded here.

    Raises:
        argparse.ArgumentTypeError: If it is a folder: a usage error.
    """
    from argparse import ArgumentTypeError

    if not text:
        raise ArgumentTypeError("the name of a file is expected, and this is an empty text")
    if os.path.isdir(text) or text.endswith(("/", os.sep)):
        raise ArgumentTypeError(f"{text!r} is a folder, a file is expected")
    return text


def _here(text: str) -> str:
    """Return where a relative path leads from, for a message."""
    try:
        return "" if os.path.isabs(text) else f" in {os.getcwd()}"
    except OSError:
        return " (the working folder is gone)"
