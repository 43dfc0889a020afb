"""Secrets among the params of a run that no parser knows: by their names, and by the shape of their values."""

from __future__ import annotations

from exparse.record import names, shapes
from exparse.record.facts import MASK, mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_SHORTEST = 4


def keep_back(
    params: dict[str, Any], argv: list[str], known: Iterable[str] = ()
) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Take secrets out of params.

    Args:
        params: Plain values by name; mappings among them are looked through.
        argv: The command line.
        known: Texts that are known for secrets already.

    Returns:
        The params that may be recorded, why each other is not, and the texts of all secrets.
    """
    kept: dict[str, Any] = {}
    omitted: dict[str, str] = {}
    secrets = {*known, *(found for arg in argv for found in _in_text(arg))}
    marked = [text for text in known if len(text) >= _SHORTEST]
    for name, value in params.items():
        found = _of(name, value, marked)
        if found:
            omitted[name] = "holds a secret, not recorded"
            secrets.update(found)
        else:
            kept[name] = value
    return kept, omitted, sorted(secrets, key=len, reverse=True)


def _of(name: str, value: Any, known: list[str]) -> list[str]:
    """Return the secrets in a value that stands under a name."""
    if isinstance(value, dict):
        return [found for key, part in value.items() for found in _of(key, part, known)]
    if isinstance(value, list):
        return [found for part in value for found in _of(name, part, known)]
    if not isinstance(value, str):
        return []
    whole = names.says_secret(name) or (names.is_just_token(name) and shapes.is_token(value))
    if whole and len(value) >= _SHORTEST:
        return [value]
    return [*_in_text(value), *(secret for secret in known if secret in value)]


def _in_text(text: str) -> list[str]:
    return [text[start:end] for start, end in shapes.spans(text)]


def masked(text: str) -> str:
    """Return a text with all in it masked that has the shape of a secret."""
    parts, begun = [], 0
    for start, end in shapes.spans(text):
        parts += [text[begun:start], MASK]
        begun = end
    return "".join([*parts, text[begun:]])


def line(argv: list[str], secrets: list[str]) -> list[str]:
    """Return a command line without secrets: the given ones, and what stands behind an option named as one."""
    told, is_secret = [], False
    for arg in argv:
        option, equals, _ = arg.partition("=")
        says = option[:1] == "-" and names.says_secret(option)
        if is_secret and arg[:1] != "-":
            told.append(MASK)
        elif says and equals:
            told.append(f"{option}={MASK}")
        else:
            told.append(mask(arg, secrets))
        is_secret = says and not equals
    return told


def masked_parts(said: Any, secrets: list[str]) -> Any:
    """Return texts, and lists and dicts of them, with the given secrets masked; anything else as it is."""
    if isinstance(said, str):
        return mask(said, secrets)
    if type(said) is dict:
        return {name: masked_parts(part, secrets) for name, part in said.items()}
    if type(said) in (list, tuple):
        return [masked_parts(part, secrets) for part in said]
    return said
