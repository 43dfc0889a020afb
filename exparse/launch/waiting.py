"""Whether the run of a program may begin with its parse instead of with the program.

Who asks for an earlier run that the new one equals (``--needed``, ``--resume``, ``--run-id``) is told by the params. A
run that begins before they are known has taken a number, and is taken back where there is such a run.
"""

from __future__ import annotations

from exparse.errors import ExparseError
from exparse.record import facts, place
from exparse.store import layout, select
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from exparse.record.record import Record
    from exparse.record.runner import Runner

_MOST = 500


def is_parse_known_to_come(record: Record, run_by: Runner, root: str | os.PathLike[str] | None, tmp: bool) -> bool:
    """Return whether the newest run of this program with these very arguments was made by a parse.

    Args:
        record: What there is to say of the program before its parse.
        run_by: Who runs it.
        root: The root, or None for the one that is meant.
        tmp: Whether the run goes to ``tmp/``.

    Reads the ``metadata.json`` of the newest runs, up to that one. Where it lies further back, a number is spent.
    """
    try:
        folder = place.resolve(root)
    except OSError:
        return False  # whoever begins the run says so
    where = layout.TMP if tmp else layout.RUNS
    now = {"argv": record.facts["argv"], "script": facts.script(), "runner": run_by.facts()}
    for name in reversed(select.last_names(folder, _MOST, where)):
        try:
            known = Run(folder, name, where).metadata
        except (ExparseError, OSError):
            continue  # damaged, or removed meanwhile
        if all(known.get(key) == value for key, value in now.items()):
            return known.get("by") != "argv"
    return False
