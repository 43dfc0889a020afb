"""Keeping secret values out of bytes: patches, sources, requirements."""

from __future__ import annotations

from exparse.format.text import json_text, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MASK = "******"
# Shorter ones are found in any text, and a file full of asterisks helps nobody.
_SHORTEST = 4


def masked(data: bytes, secrets: list[str]) -> bytes:
    """Return ``data`` with every secret in it masked."""
    for shown in _forms(secrets):
        try:
            data = data.replace(shown.encode("utf-8", "surrogateescape"), MASK.encode())
        except UnicodeEncodeError:
            continue  # half of a UTF-16 pair: no file holds it
    return data


def masked_facts(value: Any, secrets: list[str]) -> Any:
    """Return texts, lists and dicts with every secret in their texts masked."""
    if isinstance(value, str):
        for shown in _forms(secrets):
            value = value.replace(shown, MASK)
        return value
    if isinstance(value, list):
        return [masked_facts(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: masked_facts(item, secrets) for key, item in value.items()}
    return value


def _forms(secrets: list[str]) -> list[str]:
    """Return how secrets may stand in a text: as they are, and as Python and JSON write them in quotes."""
    long = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return list(dict.fromkeys([form for secret in long for form in _written(secret)]))


def _written(secret: str) -> tuple[str, ...]:
    python = repr(secret)[1:-1], repr(f"'{secret}\"")[3:-2]
    return secret, *python, quoted(secret)[1:-1], json_text(secret)[1:-1]
