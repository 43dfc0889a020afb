"""What of an equal run must be as it is now beside params and code, so that ``--needed`` takes it for the same."""

from __future__ import annotations

import os
import stat
import sys

from exparse.record.facts import mask
from exparse.record.order import order
from exparse.streams import notebook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.record import Record
    from exparse.store.run import Run

STDIN = 0
_SECRET, _PATH, _DASH = "secret", "PYTHONPATH", "-"


def of_new(record: Record, has_code: bool) -> str:
    """Return why no earlier run can be known to be equal to a new one; "" where one can.

    Args:
        record: What the new run would say.
        has_code: Whether its code lies in files, or does not matter.
    """
    given = set(map(str, record.facts.get("given") or ()))
    # Of what nobody gave, the code says what it is.
    from_file = bool(record.facts.get("config"))
    strange = [
        name for name, why in sorted(record.omitted.items()) if _SECRET not in why and (from_file or name in given)
    ]
    if strange:
        return f"{strange[0]} is not recorded, so no run is known to be the same"
    if not has_code:
        return "its code is in no file (a notebook, -c, standard input), so it runs; needed=params ignores the code"
    if _may_read_standard_input(record) and _is_fed():
        return "what standard input holds is not compared, so it runs (< /dev/null: it gets none)"
    return ""


def _may_read_standard_input(record: Record) -> bool:
    """Return whether nobody knows what a program reads, or one of its params is the usual word for standard input."""
    values = record.params.values()
    return record.facts.get("by") == "argv" or any(_DASH == value or _DASH in _list(value) for value in values)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_fed() -> bool:
    """Return whether something is to be read from standard input: a file that holds something, or a pipe."""
    try:
        kind = os.fstat(STDIN)
    except OSError:
        return False
    return stat.S_ISFIFO(kind.st_mode) or (stat.S_ISREG(kind.st_mode) and kind.st_size > 0)


def has_surroundings(told: dict[str, Any], record: Record) -> bool:
    """Return whether a run had the working folder, the ``PYTHONPATH`` and the words of now.

    Args:
        told: Its metadata.
        record: What the new run would say.
    """
    here, environment = order().place(_cwd()), told.get("environment")
    path = environment.get(_PATH) if isinstance(environment, dict) else None
    now = os.environ.get(_PATH)
    if told.get("cwd") != here or path != (None if now is None else mask(now, record.secrets)):
        return False
    if told.get("script") is None and notebook.reading_shell() is not None:
        return True  # the words that a kernel was started with are no program's
    typed = [mask(word, record.secrets) for word in sys.orig_argv]
    return not isinstance(told.get("typed"), list) or _kept(told) == _kept({**told, **record.facts, "typed": typed})


def _cwd() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _kept(told: dict[str, Any]) -> list[str]:
    """Return the words of a command line that a script kept from its parser, or all of one whose parser got others.

    ``tool.py train --lr 3`` whose parser is given ``--lr 3`` does something else than ``tool.py test --lr 3``.
    """
    words, argv = _behind_program(told), told.get("argv")
    if words is None or not isinstance(argv, list):
        return []
    at = len(words) - len(argv)
    return words[:at] if at >= 0 and words[at:] == argv else words


def _behind_program(told: dict[str, Any]) -> list[str] | None:
    """Return the words behind the script, the module or the command; None where they cannot be told apart."""
    run_by, script = told.get("runner"), str(told.get("script"))
    target = run_by.get("target") if isinstance(run_by, dict) else None
    for at, word in enumerate(told["typed"]):
        is_script = target is None and os.path.basename(word) == os.path.basename(script)
        if at and (is_script or word == target or (target is None and told["typed"][at - 1] == "-m")):
            return told["typed"][at + 1 :]  # type: ignore[no-any-return]
    return None


def of_inputs(run: Run, record: Record) -> str:
    """Return which input file of a run is another now, or was not kept in mind; "" where all are the same.

    Args:
        run: The run.
        record: What the new run would say.
    """
    told = run.metadata.get("inputs") or {}
    here = record.files.inputs if record.files is not None else {}
    paths = {named.shown: path for path, named in here.items()}
    if not isinstance(told, dict) or told.keys() != paths.keys() or run.metadata.get("unlisted"):
        return "its inputs are not known to be these"
    for name, then in told.items():
        if not isinstance(then, dict) or not isinstance(then.get("sha256"), str):
            return f"its input {os.path.basename(name)} was not hashed"
        if not _holds(paths[name], then):
            return f"its input {os.path.basename(name)} held something else"
    return ""


def of_outputs(run: Run) -> str:
    """Return which of the output files of a run is gone or another now; "" where none is."""
    told = run.metadata.get("outputs")
    for path, then in told.items() if isinstance(told, dict) else ():
        if not isinstance(then, dict) or not isinstance(then.get("bytes"), int):
            continue  # the run has not written it
        name = os.path.basename(path)
        if not os.path.isfile(path):
            return f"its output {name} is gone"
        if not _holds(path, then):
            return f"its output {name} is not what it left"
    return ""


def _holds(path: str, then: dict[str, Any]) -> bool:
    """Return whether a file holds what it held then; of one that was too large to be hashed, its time tells."""
    from exparse.code import hashes

    found = os.stat(path)
    if found.st_size != then.get("bytes"):
        return False
    if not isinstance(then.get("sha256"), str):
        return round(found.st_mtime, 6) == then.get("mtime")
    return bool(hashes.of_file(path, lambda size: "")["sha256"] == then["sha256"])


def of_arguments(run: Run) -> str:
    """Return which file among the bare arguments of a run has changed since; "" where none has.

    What is code or settings by its name may not have changed since the run began; all else it may have written.
    """
    from exparse.code import loose

    argv, status = run.metadata.get("argv"), run.status
    if run.metadata.get("by") != "argv" or not isinstance(argv, list):
        return ""
    for word in map(str, argv):
        for path in (word, word.partition("=")[2]):
            changed = last_change(path)
            before = moment(status.started if loose.is_source(path) else status.ended)
            if changed is not None and (before is None or changed > before):
                return f"its argument {os.path.basename(path)} has changed since"
    return ""


def last_change(path: str) -> float | None:
    """Return when a plain file was last changed, or put in its place, in seconds since 1970; None for none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    # What is put in its place may bear an older time of its own.
    return max(found.st_mtime, found.st_ctime) if stat.S_ISREG(found.st_mode) else None


def moment(told: str | None) -> float | None:
    """Return a time that a status says in seconds since 1970; None for none."""
    from datetime import datetime

    try:
        return datetime.fromisoformat(str(told)).timestamp()
    except (ValueError, OverflowError):
        return None
