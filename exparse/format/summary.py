"""``summary.json``: the values that a script found worth to be kept of a run; merged, and replaced as a whole.

Plain JSON, with ``"nan"``, ``"inf"`` and ``"-inf"`` for the numbers that JSON has no word for.
"""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.format.metrics import ODD
from exparse.format.text import json_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 32
# What other readers of JSON take for the same number is far less; this is what Python itself reads back.
_LARGEST = 1 << 1023


def plain(value: Any, where: str, depth: int = 0) -> Any:
    """Return the plain value that a summary holds for ``value``: scalars of numpy and torch become Python's.

    Args:
        value: What the script gave.
        where: Its name, for the message: ``acc``, ``acc[0]``.
        depth: How deep it lies.

    Raises:
        TypeError: If it is no None, bool, int, float, str, nor a list or dict of these.
        ValueError: If it is nested too deep, or an integer beyond the range of a float.
    """
    if depth > MAX_DEPTH:
        raise ValueError(f"the summary {where[:60]!r} is nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {_key(key, where): plain(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{place}]", depth + 1) for place, item in enumerate(value)]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (int, float)):
        return _number(int(value) if isinstance(value, int) else float(value), where)
    return _item(value, where)


def _number(value: int | float, where: str) -> int | float:
    if isinstance(value, int) and not -_LARGEST < value < _LARGEST:
        raise ValueError(f"the summary {where[:60]!r} is an integer too large for a float")
    return value


def _item(value: Any, where: str) -> Any:
    try:
        item = value.item()
    except (AttributeError, TypeError, ValueError, RuntimeError):
        item = None
    if not isinstance(item, (bool, int, float, str)):
        raise TypeError(
            f"the summary {where[:60]!r} is a {type(value).__name__}; "
            "a summary holds numbers, texts, None, and lists and dicts of these"
        )
    return plain(item, where)


def _key(key: object, where: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key in the summary {where[:60]!r} is {key!r:.40}; keys are texts")
    return str(key)


def document(values: dict[str, Any]) -> str:
    """Return the text of a ``summary.json`` of plain values."""
    return json_document(_named(values)) if values else "{}\n"


def parse(text: str, path: str) -> dict[str, Any]:
    """Return what a ``summary.json`` says.

    Raises:
        DamagedFile: If it is no JSON object.
    """
    import json

    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DamagedFile(path, f"no JSON: {problem}") from None
    if not isinstance(values, dict):
        raise DamagedFile(path, "a JSON object is expected")
    return {name: _unnamed(value) for name, value in values.items()}


def _named(value: Any) -> Any:
    """Return a value in which nan and the infinities are texts."""
    if isinstance(value, dict):
        return {key: _named(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_named(item) for item in value]
    if isinstance(value, float) and value - value != 0:
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return value


def _unnamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unnamed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unnamed(item) for item in value]
    return ODD.get(value, value) if isinstance(value, str) else value
