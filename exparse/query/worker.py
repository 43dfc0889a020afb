"""A process that looks at runs and reads them for another one, which asks it on standard input, a line each time.

``{"look": 3}``: name and stamp of what lies in a part of the place (:mod:`exparse.query.stamps`).
``{"read": [...]}``: a table of these runs (:mod:`exparse.query.blocks`), those left out that are gone or ``unfit``.

Each answer is a line with its number of bytes, and then these. The first, of none, says that the process has begun.
"""

from __future__ import annotations

import json
import sys
from array import array
from typing import Any

from exparse.query import blocks, table
from exparse.query.scan import Scan
from exparse.query.stamps import Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from exparse.query.rows import Row
    from exparse.query.scan import Scanned
    from exparse.query.stamps import Stamp


def main(root: str, place: str) -> None:
    """Answer until standard input ends."""
    import gc

    # All that is made here is kept until it is sent, so there is nothing to be found.
    gc.disable()
    serve(root, place, sys.stdin.buffer, sys.stdout.buffer)


def serve(root: str, place: str, asked: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line of one stream on another."""
    look, scan = Look(f"{root}/{place}"), Scan(root, place)
    # To say that it has begun.
    answers.write(b"0\n")
    answers.flush()
    for line in asked:
        wanted = json.loads(line)
        data = looked(look, wanted["look"]) if "look" in wanted else read(scan, wanted["read"])
        answers.write(b"%d\n" % len(data))
        answers.write(data)
        answers.flush()


def looked(look: Look, part: int) -> bytes:
    """Return what was seen as bytes: a line of JSON with the names, then four numbers of 64 bits for each."""
    seen = look.part(part)
    numbers = array("q", [number for stamp in seen.values() for number in stamp])
    return json.dumps(list(seen)).encode("ascii") + b"\n" + numbers.tobytes()


def unlooked(data: bytes) -> Iterable[tuple[str, Stamp]]:
    """Return names and stamps of what :func:`looked` returned."""
    names, _, rest = data.partition(b"\n")
    numbers = array("q")
    numbers.frombytes(rest)
    each = [iter(numbers)] * 4
    return zip(json.loads(names), zip(*each, strict=True), strict=True)


def read(scan: Scan, names: list[str]) -> bytes:
    """Return a table of runs as bytes; beside it which of its rows are final, and which runs it could not hold."""
    found = [scanned for name in names if (scanned := scan.read(name))]
    found.sort(key=lambda scanned: (scanned.row.id, scanned.row.run.name))
    try:
        return _packed(scan.root, found, [])
    except blocks.Unfit:
        fit = [scanned for scanned in found if _is_fit(scanned.row)]
        kept = {scanned.row.run.name for scanned in fit}
        return _packed(scan.root, fit, [s.row.run.name for s in found if s.row.run.name not in kept])


def _packed(root: str, found: list[Scanned], unfit: list[str]) -> bytes:
    final = array("B", [scanned.is_final for scanned in found])
    more: dict[str, Any] = {"unfit": unfit}
    return blocks.pack(table.build(root, [scanned.row for scanned in found]), more, {"final": final})


def _is_fit(row: Row) -> bool:
    try:
        blocks.pack(table.build(row.run.root, [row]))
    except blocks.Unfit:
        return False
    return True
