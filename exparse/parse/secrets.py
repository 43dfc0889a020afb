"""Secret values: which texts they are, and keeping them out of what is recorded."""

from __future__ import annotations

from exparse.format.text import json_text
from exparse.record.facts import MASK, mask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.level import Level


def texts(levels: list[Level], values: dict[str, Any]) -> list[str]:
    """Return the texts of all secret values, longest first: those given, those in force, and the defaults."""
    found: set[str] = set()
    for level in levels:
        for action in level.parser._actions:
            if getattr(action, "secret", False):
                found |= {text for call in level.given.get(action.dest, ()) for text in call.texts}
                found.update(_texts_in(values.get(action.dest)))
                found.update(_texts_in(action.default))
    return sorted(found - {""}, key=len, reverse=True)


def _texts_in(value: Any, depth: int = 0) -> list[str]:
    """Return the texts in a secret value: itself, its parts (a few levels deep), bytes as what they spell."""
    if isinstance(value, str):
        return [str(value)]
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    if isinstance(value, (int, float, complex)) and not isinstance(value, bool):
        return [repr(value)]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
    return [text for part in parts for text in _texts_in(part, depth + 1)] if depth < 4 else []


def are_in(secrets: list[str], form: Any, recipe: list[Any] | None) -> bool:
    """Return whether a param says a secret: a header made of a token, a value that a setter copied."""
    text = json_text([form, recipe])
    return any(json_text(secret)[1:-1] in text for secret in secrets if len(secret) > 3 or form == secret)


def masked(arg: str, secrets: list[str]) -> str:
    """Return an argument of a command line with every secret in it masked, however it is attached to its option."""
    option, equals, value = arg.partition("=")
    if equals and value in secrets:
        return f"{option}={MASK}"
    if len(arg) > 2 and arg[2:] in secrets and arg[0] in "-+/":
        return arg[:2] + MASK
    return mask(arg, secrets)
