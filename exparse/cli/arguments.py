"""Types of options that several verbs share."""

from __future__ import annotations

import argparse

from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")


def natural(text: str) -> int:
    """Return a number from 1 on."""
    if not text.isdecimal() or int(text[:18]) < 1:
        raise argparse.ArgumentTypeError(f"a number from 1 on is expected, not {text!r}")
    return int(text[:18])


def comma_separated(text: str) -> list[str]:
    """Return the parts between commas, the empty ones left out."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise argparse.ArgumentTypeError("a name is expected")
    return parts


def read_by(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return the type of an option from a function that raises an ExparseError: then it is an error of usage."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except ExparseError as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None

    return checked
