"""``params.yaml``: the resolved arguments of a run, itself a file that ``--config`` takes.

The first line is a comment with what the arguments alone do not say (:data:`HEADER`), in JSON; then
one line a param; then a comment for each param that could not be written.
"""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.format import version
from exparse.format.text import count_plain, is_key, json_text, yaml_value
from exparse.format.version import FORMAT_TEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document

HEADER = "# exparse: "
MAX_BYTES = 1_000_000
MAX_NODES = 10_000


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
        count = count_plain(value)
        line = f"{yaml_value(name)}: {yaml_value(value)}" if count > 0 and is_key(name) else ""
        if not line or size + 4 * len(line) > MAX_BYTES or nodes + 1 + count > MAX_NODES:
            omitted[name] = "too large to be written here; keeps its default"
        else:
            size, nodes = size + 4 * len(line), nodes + 1 + count
            lines.append(line)
    head = HEADER + json_text({"format": FORMAT_TEXT, **header})
    notes = [f"# {json_text(name)[1:-1]}: {json_text(why)[1:-1]}" for name, why in omitted.items()]
    return "\n".join([head, *(lines or ["{}"]), *notes, ""])


def omitted(text: str) -> dict[str, str]:
    """Return why params are not among those of a ``params.yaml``, by name; {} where exparse did not write it."""
    if not text.startswith(HEADER):
        return {}
    notes = [line[2:].partition(": ") for line in text.split("\n")[1:] if line.startswith("# ")]
    return {_unescaped(name): _unescaped(why) for name, colon, why in notes if colon}


def _unescaped(text: str) -> str:
    import json

    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        # A person's own comment.
        return text


def read_header(text: str, path: str) -> dict[str, Any] | None:
    """Return what the first line says where exparse wrote the text, else None.

    Raises:
        DamagedFile: If the line has been changed such that it says nothing that exparse writes.
        UnsupportedFormat: If it is one of another major format.
    """
    if not text.startswith(HEADER):
        return None
    import json

    try:
        header = json.loads(text[len(HEADER) :].partition("\n")[0])
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or "format" not in header:
        return None
    version.check(header["format"], path)
    _check_header(header, path)
    return header


def _check_header(header: dict[str, Any], path: str) -> None:
    right = all(_are_texts(header.get(key, [])) for key in ("command", "extra"))
    right = right and all(_are_numbers(header.get(key, {})) for key in ("places", "makers"))
    if not right or not all(_are_recipes(header.get(key, {})) for key in ("calls", "effects")):
        raise DamagedFile(path, "not what exparse writes there; remove this comment to use the values alone", 1)


def _are_texts(thing: object) -> bool:
    return isinstance(thing, list) and all(isinstance(part, str) for part in thing)


def _are_numbers(thing: object) -> bool:
    return isinstance(thing, dict) and all(type(part) is int for part in thing.values())


def _are_recipes(thing: object) -> bool:
    return isinstance(thing, dict) and all(map(_is_recipe, thing.values()))


def _is_recipe(recipe: object) -> bool:
    calls = recipe.get("calls") if isinstance(recipe, dict) else None
    return isinstance(calls, list) and all(
        isinstance(call, list) and len(call) == 2 and isinstance(call[0], (str, type(None))) and _are_texts(call[1])
        for call in calls
    )


def parse(text: str, path: str) -> dict[str, Any]:
    """Return the params that a ``params.yaml`` holds, by name.

    A file as exparse writes it is read line by line, five times as fast as by a YAML library
    (``scripts/bench index``); any other goes through :func:`exparse.format.document.load`.

    Raises:
        DamagedFile: If the text is no mapping, holds what safe YAML does not, or breaks a limit.
        UnsupportedFormat: If it is one of another major format.
    """
    from exparse.format.own_params import read

    if text.startswith(HEADER):
        said = version.said_in(text.partition("\n")[0])
        if said:
            version.check(said, path)
    values = read(text) if len(text) <= MAX_BYTES else None
    if values is not None:
        return values
    from exparse.format.document import load

    loaded: Document = load(text, path)
    if not loaded.entries and "{}" not in text:
        raise DamagedFile(path, "the file is empty")
    return {entry.name: entry.value for entry in loaded.entries}
