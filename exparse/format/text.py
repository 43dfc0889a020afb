"""Plain values as text: JSON for the machine's files, YAML for ``params.yaml``.

Written by hand since a starting script pays for it: importing ``json`` costs 2 ms and
``yaml`` 14 ms, this module 0.2 ms (``scripts/bench startup`` measures the whole).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MAX_DEPTH = 64
# Far above what is ever written; a value that holds the same part many times over is no longer walked there.
_MOST_NODES = 100_000
# A YAML reader looks for the colon after a key no further than 1,024 characters.
_LONGEST_KEY = 1_000
PLAIN_TYPES = (str, int, float, bool, type(None))
# int(text) refuses more than 4,300 digits: what cannot be read back is not written.
_LARGEST = 1 << 14000
_LARGEST_KEY = 1 << 3000

# Words that some YAML reader, 1.1 or 1.2, takes for something else than text.
_WORDS = frozenset(
    case(word)
    for word in ("null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "none")
    for case in (str.lower, str.upper, str.capitalize)
)
_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/")
_BARE = _FIRST | frozenset("0123456789.+@-")
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _is_clean(text: str) -> bool:
    return text.isascii() and text.isprintable() and '"' not in text and "\\" not in text


def _json_escape(char: str) -> str:
    code = ord(char)
    if char in _NAMED:
        return _NAMED[char]
    if 31 < code < 127:
        return char
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _yaml_escape(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isprintable():
        return char
    code = ord(char)
    # A pair of \u escapes is one character in JSON and two in YAML: hence \U beyond 16 bits.
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted(text: str) -> str:
    """Return ``text`` in double quotes as YAML reads it; JSON too, but for escapes beyond 16 bits."""
    return f'"{text}"' if _is_clean(text) else f'"{"".join(map(_yaml_escape, text))}"'


def is_bare(text: str) -> bool:
    """Return whether a text needs no quotes in YAML, by a rule that is stricter than YAML's own."""
    return text[:1] in _FIRST and _BARE.issuperset(text) and text not in _WORDS


def _float(value: float) -> str:
    if not is_finite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 takes 1e-05 for a text: a float has a dot there.
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else text


def is_finite(value: float) -> bool:
    """Return whether a number is neither nan nor infinite; the module math is a library to be loaded."""
    return value - value == 0


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    return _float(value) if type(value) is float else str(value)


def yaml_value(value: object, nested: bool = False) -> str:
    """Return a plain value as YAML on one line, such that any safe reader gets an equal value back.

    Args:
        value: None, bool, int, float, str, or lists and dicts of these; see :func:`is_plain`.
        nested: Whether the text stands inside a list or a dict, where texts are always quoted.
    """
    if type(value) is str:
        return value if not nested and is_bare(value) else quoted(value)
    if type(value) is list:
        return f"[{', '.join([yaml_value(item, True) for item in value])}]"
    if type(value) is dict:
        items = [f"{yaml_value(key, True)}: {yaml_value(item, True)}" for key, item in value.items()]
        return f"{{{', '.join(items)}}}"
    return _scalar(value)


def count_plain(value: Any, depth: int = 0, most: int = _MOST_NODES) -> int:
    """Return how many YAML nodes a plain value takes; -1 where some part of it is not plain, or above ``most``.

    Plain are None, bool, int, float, str, lists, and dicts whose keys are int or text that is no
    longer than YAML allows; exactly these types, no subclasses, nested no deeper than :data:`MAX_DEPTH`.
    """
    kind = type(value)
    if kind is list:
        return _count_parts(value, depth, most)
    if kind is dict:
        return _count_parts([*value, *value.values()], depth, most) if all(map(is_key, value)) else -1
    if kind is int and not -_LARGEST < value < _LARGEST:
        return -1
    if kind is str and not value.isascii() and not _is_unicode(value):
        return -1
    return 1 if kind in PLAIN_TYPES else -1


def _is_unicode(text: str) -> bool:
    """Return whether a text is free of halves of UTF-16, as undecodable bytes of an argument become.

    libyaml refuses them, escaped or not.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_key(name: object) -> bool:
    """Return whether YAML holds this as the key of a mapping."""
    if type(name) is str:
        return count_plain(name) > 0 and (len(name) < 90 or len(quoted(name)) <= _LONGEST_KEY)
    return type(name) is int and -_LARGEST_KEY < name < _LARGEST_KEY


def _count_parts(parts: list[Any], depth: int, most: int) -> int:
    if depth >= MAX_DEPTH - 2:
        return -1
    total = 1
    for part in parts:
        count = count_plain(part, depth + 1, most - total)
        total += count
        if count < 0 or total > most:
            return -1
    return total


def is_plain(value: object) -> bool:
    """Return whether YAML and JSON hold this value such that it comes back equal, types included."""
    return count_plain(value) > 0


def json_text(value: object) -> str:
    """Return JSON of a tree of None, bool, int, float, str, list, tuple and dict, in ASCII, on one line.

    Texts that are no valid Unicode (surrogate-escaped arguments) keep their escapes; nan and inf become null.
    """
    if isinstance(value, str):
        return f'"{value}"' if _is_clean(value) else f'"{"".join(map(_json_escape, value))}"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join([json_text(item) for item in value])}]"
    if isinstance(value, dict):
        return f"{{{', '.join([f'{json_text(str(key))}: {json_text(item)}' for key, item in value.items()])}}}"
    if isinstance(value, float):
        return repr(value) if is_finite(value) else "null"
    return _scalar(value)


def json_document(fields: dict[str, object]) -> str:
    """Return a JSON object with one key a line, as the machine's files are written."""
    lines = [f"  {json_text(key)}: {json_text(value)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
