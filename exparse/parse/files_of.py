"""Which files the params of a parse name: those of options whose type is ``input_file`` or ``output_file``."""

from __future__ import annotations

import os

from exparse.parse.types import STANDARD, input_file, names_file, unwrapped
from exparse.record.inputs import Files
from exparse.record.order import order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from exparse.parse.level import Level
    from exparse.parse.secrets import Hidden

_DEEPEST = 4


def files(levels: list[Level], values: dict[str, Any], hidden: Hidden) -> Files | None:
    """Return the files that params name; None where no option is of these types.

    Args:
        levels: The parsers that took part.
        values: The params.
        hidden: What is kept out of records: params that are secret name no files, secrets in paths are masked.
    """
    found: Files | None = None
    for level in levels:
        for action in level.parser._actions:
            if not names_file(action.type) or action.dest in hidden.params or action.dest not in values:
                continue
            found = found or Files()
            for text in _texts(values[action.dest]):
                _add(found, text, action.dest, unwrapped(action.type) is input_file, hidden)
    return found


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value: a text, a path that a setter made of it, a list of these."""
    kind = type(value)  # what isinstance asks of a value of the user's may fail
    if issubclass(kind, str):
        yield str.__str__(value)
    elif kind in (list, tuple) and depth < _DEEPEST:
        for part in value:
            yield from _texts(part, depth + 1)
    elif "PurePath" in [cls.__name__ for cls in kind.__mro__]:
        yield str(value)


def _add(found: Files, text: str, param: str, is_input: bool, hidden: Hidden) -> None:
    if text == STANDARD or not text or "\0" in text:
        return
    try:
        path = os.path.abspath(text)
    except OSError:
        return  # the working folder is gone, and nobody knows what it names
    found.add(path, hidden.masked_text(order().place(path) or path), param, is_input)
