"""``params.yaml``: the resolved arguments of a run, itself a file that ``--config`` takes.

The first line is a comment with what the arguments alone do not say (:data:`HEADER`), in JSON; then
one line a param; then a comment for each param that could not be written.
"""

from __future__ import annotations

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
    from exparse.format.own_params import read

    values = read(text) if len(text) <= MAX_BYTES else None
    if values is not None:
        return values
    from exparse.format.document import load

    loaded: Document = load(text, path)
    if not loaded.entries and "{}" not in text:
        raise DamagedFile(path, "the file is empty")
    return {entry.name: entry.value for entry in loaded.entries}
