"""What the scribe is asked, as bytes: length, colon, text, over and over.

Neither side has to load a parser for it, and any text passes, also one that is no valid Unicode.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TEXT, _LIST, _YES, _NO, _NOTHING = "t", "l", "y", "n", "0"


def document(ask: dict[str, Any]) -> bytes:
    """Return the bytes of a dict whose values are texts, lists of texts, booleans or None."""
    texts: list[str] = []
    for key, value in ask.items():
        if isinstance(value, bool) or value is None:
            texts += [key, _NOTHING if value is None else _YES if value else _NO, "0"]
        else:
            items = [value] if isinstance(value, str) else [str(item) for item in value]
            texts += [key, _TEXT if isinstance(value, str) else _LIST, str(len(items)), *items]
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join([b"%d:%b" % (len(part), part) for part in parts])


def parse(data: bytes) -> dict[str, Any]:
    """Return what :func:`document` was given.

    Raises:
        ValueError: If the bytes are torn or none of its own.
    """
    texts, at = [], 0
    while at < len(data):
        colon = data.index(b":", at)
        end = colon + 1 + int(data[at:colon])
        if end > len(data):
            raise ValueError("the ask is torn")
        texts.append(data[colon + 1 : end].decode("utf-8", "surrogatepass"))
        at = end
    return _values(texts)


def _values(texts: list[str]) -> dict[str, Any]:
    ask: dict[str, Any] = {}
    while texts:
        key, kind, number, *rest = texts
        items, texts = rest[: int(number)], rest[int(number) :]
        if len(items) < int(number):
            raise ValueError("the ask is torn")
        ask[key] = {_TEXT: items[0] if items else "", _LIST: items, _YES: True, _NO: False}.get(kind)
    return ask
