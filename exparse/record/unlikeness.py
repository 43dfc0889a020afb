"""What of an equal run must be as it is now beside params and code, so that ``--needed`` takes it for the same."""

from __future__ import annotations

import os
import stat
import sys

from exparse.record.facts import mask
from exparse.record.order import order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.record import Record
    from exparse.store.run import Run

STDIN = 0
_SECRET, _PATH = "secret", "PYTHONPATH"


def of_new(record: Record, misses: list[str]) -> bool:
    """Return whether no earlier run can be known to be equal to a new one; say why.

    Args:
        record: What the new run would say.
        misses: Takes the reason.
    """
    given = set(map(str, record.facts.get("given") or ()))
    # Of what nobody gave, the code says what it is.
    from_file = bool(record.facts.get("config"))
    strange = [
        name for name, why in sorted(record.omitted.items()) if _SECRET not in why and (from_file or name in given)
    ]
    if strange:
        misses.append(f"{strange[0]} is not recorded, so no run is known to be the same")
    elif record.facts.get("by") == "argv" and _is_fed():
        misses.append("what standard input holds is not compared, so it runs (< /dev/null: it gets none)")
    else:
        return False
    return True


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


def of_outputs(run: Run) -> str:
    """Return which of the output files of a run is gone or another now; "" where none is."""
    told = run.metadata.get("outputs")
    for path, then in told.items() if isinstance(told, dict) else ():
        if not isinstance(then, dict) or not isinstance(then.get("sha256"), str):
            continue
        name = os.path.basename(path)
        if not os.path.isfile(path):
            return f"its output {name} is gone"
        from exparse.code import hashes

        if os.path.getsize(path) != then.get("bytes") or hashes.of_file(path, _never)["sha256"] != then["sha256"]:
            return f"its output {name} is not what it left"
    return ""


def _never(size: int) -> str:
    return ""
