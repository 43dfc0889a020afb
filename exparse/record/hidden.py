"""Secrets among the params of a run that no parser knows: by their names, and by the shape of their values."""

from __future__ import annotations

from exparse.record import names, shapes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SHORTEST = 4


def keep_back(params: dict[str, Any], argv: list[str]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Take secrets out of params.

    Args:
        params: Plain values by name; mappings among them are looked through.
        argv: The command line.

    Returns:
        The params that may be recorded, why each other is not, and the texts of all secrets.
    """
    kept: dict[str, Any] = {}
    omitted: dict[str, str] = {}
    secrets = {found for arg in argv for found in _in_text(arg)}
    for name, value in params.items():
        found = _of(name, value)
        if found:
            omitted[name] = "holds a secret, not recorded"
            secrets.update(found)
        else:
            kept[name] = value
    return kept, omitted, sorted(secrets, key=len, reverse=True)


def _of(name: str, value: Any) -> list[str]:
    """Return the secrets in a value that stands under a name."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _of(key, part)]
    if isinstance(value, list):
        return [found for part in value for found in _of(name, part)]
    if not isinstance(value, str):
        return []
    whole = names.says_secret(name) or (names.is_just_token(name) and shapes.is_token(value))
    return [value] if whole and len(value) >= _SHORTEST else _in_text(value)


def _in_text(text: str) -> list[str]:
    return [text[start:end] for start, end in shapes.spans(text)]
