r"""A table as bytes, for the cache and between processes: columns as they lie in memory, behind one line of JSON.

::

    exparse-table 1 <crc32 of all that follows, 8 hex digits> <bytes of the header>\n
    {"byteorder": "little", "root": ..., "columns": [...], ...}   the header: what lies where
    ...                                                           the arrays, and JSON lists of values

It is data and nothing else: no text in it is ever evaluated, and what is damaged is no table.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from typing import Any

from exparse.query.column import MISSING, Coded, Column, Numbers
from exparse.query.table import STORED, Table
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 2
"""Of what lies in such bytes; another one is not read. Also goes up when a run is read in another way."""

_NAME = b"exparse-table"
_LONGEST_LINE = 80
_PARTS = ("own", "params", "metrics")


class Unfit(Exception):
    """A value has no place in JSON, so its table has none in bytes."""


class _Packer:
    """Collects pieces of bytes and tells where each will lie."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.size = 0

    def add(self, data: bytes) -> list[int]:
        """Take a piece; return its place and its size."""
        place = self.size
        # Arrays begin where the processor likes it.
        padded = data + bytes(-len(data) % 8)
        self.pieces.append(padded)
        self.size += len(padded)
        return [place, len(data)]

    def add_json(self, value: Any) -> list[int]:
        """Take a value as JSON; return its place and its size."""
        return self.add(json.dumps(value, separators=(",", ":")).encode("ascii"))


def pack(table: Table, more: dict[str, Any] | None = None, arrays: dict[str, array[int]] | None = None) -> bytes:
    """Return a table as bytes, without marks and fails.

    Args:
        table: The table.
        more: What else stands in the header.
        arrays: What else is kept, by name.

    Raises:
        Unfit: If a value is none that JSON gives back as it is.
    """
    packer = _Packer()
    columns = [
        [part, name, *_packed(packer, reader(name))]
        for part, names, reader in (
            ("own", STORED, table.own),
            ("params", table.params, table.param),
            ("metrics", table.metrics, table.metric),
        )
        for name in names
    ]
    header = {
        **(more or {}),
        "byteorder": sys.byteorder,
        "root": table.root,
        "names": packer.add_json(table.names),
        "columns": columns,
        "arrays": {name: [kept.typecode, *packer.add(kept.tobytes())] for name, kept in (arrays or {}).items()},
    }
    head = json.dumps(header, separators=(",", ":")).encode("ascii")
    pieces = [head, bytes(-len(head) % 8), *packer.pieces]
    check = 0
    for piece in pieces:
        check = zlib.crc32(piece, check)
    return b"".join([b"%s %d %08x %d\n" % (_NAME, VERSION, check, len(head)), *pieces])


def _packed(packer: _Packer, cells: Column) -> list[Any]:
    if isinstance(cells, Numbers):
        gaps = None if cells.gaps is None else packer.add(cells.gaps)
        return ["numbers", cells.numbers.typecode, packer.add(cells.numbers.tobytes()), gaps]
    cells = cells.compact()
    values = cells.values[1:]
    if not all(map(_is_plain, values)):
        raise Unfit
    return ["codes", cells.codes.typecode, packer.add(cells.codes.tobytes()), packer.add_json(values)]


def _is_plain(value: Any) -> bool:
    """Return whether JSON gives a value back as it is."""
    if value is None or type(value) in (str, bool, int, float):
        return True
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) is dict and all(type(key) is str for key in value) and all(map(_is_plain, value.values()))


def unpack(data: bytes) -> tuple[Table, dict[str, Any], dict[str, array[int]]] | None:
    """Return the table in some bytes, the rest of the header and the other arrays; None where there is no whole one.

    Columns are taken out of the bytes when they are first used.
    """
    line, ended, _ = data[:_LONGEST_LINE].partition(b"\n")
    words = line.split()
    if not ended or len(words) != 4 or words[:2] != [_NAME, b"%d" % VERSION] or not words[3].isdigit():
        return None
    body = memoryview(data)[len(line) + 1 :]
    if b"%08x" % zlib.crc32(body) != words[2]:
        return None
    try:
        header = json.loads(bytes(body[: int(words[3])]))
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("byteorder") != sys.byteorder:
        return None
    pieces = body[int(words[3]) + -int(words[3]) % 8 :]
    try:
        return _table(header, pieces) if _is_sound(header, pieces) else None
    except (ValueError, LookupError, TypeError, AttributeError):
        # The sum is right, so another exparse wrote it, and in another way.
        return None


def _is_sound(header: dict[str, Any], pieces: memoryview) -> bool:
    """Return whether a header tells of all columns that a table has, each as long as there are runs."""
    names = _json(pieces, header["names"])
    own = []
    for part, name, kind, typecode, (_, size), beside in header["columns"]:
        own += [name] if part == "own" else []
        if kind not in ("numbers", "codes") or size != len(names) * _WIDTHS[typecode]:
            return False
        if kind == "numbers" and beside is not None and beside[1] != len(names):
            return False
    return own == list(STORED) and all(map(layout.parse_run_name, names))


_WIDTHS = {code: array(code).itemsize for code in "BHIdq"}


def _table(header: dict[str, Any], pieces: memoryview) -> tuple[Table, dict[str, Any], dict[str, array[int]]]:
    parts: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
    for part, name, *packed in header.pop("columns"):
        parts[part][name] = _unpacker(pieces, packed)
    names = _json(pieces, header.pop("names"))
    arrays = {name: _array(pieces, kind, at) for name, (kind, *at) in header.pop("arrays").items()}
    return Table(header.pop("root"), names, *parts.values()), header, arrays


def _unpacker(pieces: memoryview, packed: list[Any]) -> Callable[[], Column]:
    kind, typecode, at, beside = packed

    def unpacked() -> Column:
        cells = _array(pieces, typecode, at)
        if kind == "numbers":
            return Numbers(cells, None if beside is None else bytes(_piece(pieces, beside)))
        return Coded(cells, [MISSING, *_json(pieces, beside)])

    return unpacked


def _piece(pieces: memoryview, at: list[int]) -> memoryview:
    return pieces[at[0] : at[0] + at[1]]


def _json(pieces: memoryview, at: list[int]) -> Any:
    return json.loads(bytes(_piece(pieces, at)))


def _array(pieces: memoryview, typecode: str, at: list[int]) -> array[Any]:
    cells = array(typecode)
    cells.frombytes(_piece(pieces, at))
    return cells
