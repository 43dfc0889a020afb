"""``params.yaml``: the resolved arguments of a run, itself a file that ``--config`` takes.

The first line is a comment with what the arguments alone do not say (:data:`HEADER`), in JSON; then
one line a param; then a comment for each param that could not be written.
"""

from __future__ import annotations

import re

from exparse.errors import DamagedFile
from exparse.format.text import count_plain, json_text, yaml_value
from exparse.format.version import FORMAT_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document

HEADER = "# exparse: "
MAX_BYTES = 1_000_000
MAX_NODES = 10_000

_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,4000})\Z").match
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:e[+-][0-9]+)?\Z").match
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z").match
_WORD = re.compile(r"[A-Za-z/_][A-Za-z0-9_./+@-]*\Z").match
_CONSTANTS = {
    "null": None,
    "true": True,
    "false": False,
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}
_AMBIGUOUS = frozenset(
    "null true false yes no on off y n nan inf none Null True False Yes No On Off Y N Nan Inf None "
    "NULL TRUE FALSE YES NO ON OFF NAN INF NONE".split()
)


def document(params: dict[str, Any], omitted: dict[str, str], header: dict[str, Any]) -> str:
    """Return the text of a ``params.yaml``.

    Args:
        params: Plain values by name; what is too large for the limits of reading goes to the comments.
        omitted: Why a param is not there, by name.
        header: What the params alone do not say: the sub-commands taken (``command``), and how to repeat
            what a value on one line cannot say (``calls``).
    """
    omitted = dict(omitted)
    lines, size, nodes = [], 0, 1
    for name, value in params.items():
        line = f"{yaml_value(name)}: {yaml_value(value)}"
        size, nodes = size + 4 * len(line), nodes + 1 + count_plain(value)
        if size > MAX_BYTES or nodes > MAX_NODES:
            size, nodes = size - 4 * len(line), nodes - 1 - count_plain(value)
            omitted[name] = "too large to be written here; keeps its default"
        else:
            lines.append(line)
    head = HEADER + json_text({"format": FORMAT_TEXT, **header})
    notes = [f"# {json_text(name)[1:-1]}: {json_text(why)[1:-1]}" for name, why in omitted.items()]
    return "\n".join([head, *(lines or ["{}"]), *notes, ""])


def read_header(text: str) -> dict[str, Any] | None:
    """Return what the first line says where exparse wrote the text, else None."""
    if not text.startswith(HEADER):
        return None
    import json

    try:
        header = json.loads(text[len(HEADER) : text.find("\n")])
    except ValueError:
        return None
    return header if isinstance(header, dict) else None


def parse(text: str, path: str) -> dict[str, Any]:
    """Return the params that a ``params.yaml`` holds, by name.

    A file as exparse writes it is read line by line, five times as fast as by a YAML library
    (``scripts/bench index``); any other goes through :func:`exparse.format.document.load`.

    Raises:
        DamagedFile: If the text is no mapping, holds what safe YAML does not, or breaks a limit.
    """
    values = _parse_own(text) if len(text) <= MAX_BYTES else None
    if values is not None:
        return values
    from exparse.format.document import load

    loaded: Document = load(text, path)
    if not loaded.entries and "{}" not in text:
        raise DamagedFile(path, "the file is empty")
    return {entry.name: entry.value for entry in loaded.entries}


def _parse_own(text: str) -> dict[str, Any] | None:
    """Return the values of a text that exparse wrote, or None where another hand may have been at work."""
    if not text.startswith(HEADER) or not text.endswith("\n"):
        return None
    values: dict[str, Any] = {}
    for line in text.split("\n"):
        if not line or line[0] == "#":
            continue
        name, colon, value = line.partition(": ")
        if not colon:
            if line == "{}" and not values:
                continue
            return None
        if not _KEY(name) or name in _AMBIGUOUS or name in values:
            return None
        try:
            values[name] = _own_value(value)
        except (ValueError, RecursionError):
            return None
    return values


def _own_value(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT(text):
        return int(text)
    if _FLOAT(text):
        return float(text)
    if text[:1] in '"[{' and "\\U" not in text and "\\ud" not in text:
        return _json(text)
    if _WORD(text) and text not in _AMBIGUOUS:
        return text
    raise ValueError("not as exparse writes it")


def _json(text: str) -> Any:
    global _json
    from json import JSONDecoder

    decoder = JSONDecoder(parse_constant=_refuse, object_pairs_hook=_unique, parse_float=_yaml_float)
    _json = decoder.decode
    return decoder.decode(text)


def _yaml_float(text: str) -> float:
    if not _FLOAT(text):
        raise ValueError(f"{text} is no float in YAML 1.1")
    return float(text)


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not YAML")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found
