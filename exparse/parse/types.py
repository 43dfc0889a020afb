"""Types for ``add_argument(type=...)`` that scripts keep writing by hand."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TRUE = frozenset(("true", "t", "yes", "y", "on", "1"))
_FALSE = frozenset(("false", "f", "no", "n", "off", "0"))
_NONE = frozenset(("none", "null"))


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
    return convert
