"""Facts about this process and how it ended, cheap enough for the start of every script."""

from __future__ import annotations

import os
import sys

from exparse.record import family, surroundings
from exparse.record.markers import may_hold
from exparse.record.order import order
from exparse.record.place import main_script
from exparse.record.runner import runner
from exparse.store import fate, layout, liveness
from exparse.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.role import Seat
    from exparse.record.wish import Wish

MASK = "******"
_LONGEST_TRACE = 100_000
_LONGEST_MESSAGE = 10_000


def of_run(
    number: int, name: str, started: str, root: str, wish: Wish, seat: Seat | None, secrets: list[str]
) -> dict[str, Any]:
    """Return all of ``metadata.json`` that is known at the start of a run, but what the parser says.

    Args:
        number: Number of the run.
        name: Name of its folder.
        started: When it started.
        root: The root that it is recorded in.
        wish: How it is recorded.
        seat: Its place in a parallel job, or None.
        secrets: Texts that must stand in no file.
    """
    label = layout.parse_run_name(name)
    told = {
        "id": number,
        "name": name,
        "label": label[1] if label else None,
        "uuid": os.urandom(16).hex(),
        "started": started,
        **words(wish, secrets),
        "parents": parents(wish, root),
        "capture": wish.capture,
        **of_this_process(root, seat, secrets),
    }
    only_here = {"run_id": wish.run_id, "rerun_of": wish.rerun_of}
    return {**told, **{name: value for name, value in only_here.items() if value}}


def parents(wish: Wish, root: str) -> list[str]:
    """Return the runs that a run comes from: those that were named, and the one whose program has started this one."""
    return [*wish.parents, *family.parents(root)]


def words(wish: Wish, secrets: list[str]) -> dict[str, Any]:
    """Return what the user says of a run at its start."""
    said = wish.description
    return {"description": mask(said, secrets) if said else None, "tags": wish.tags}


def of_this_process(root: str, seat: Seat | None, secrets: list[str]) -> dict[str, Any]:
    """Return the keys of ``metadata.json`` that say where and by what a run is executed.

    Args:
        root: The root that it is recorded in.
        seat: Its place in a parallel job, or None.
        secrets: Texts that must stand in no file.
    """
    process = liveness.this_process()
    told = {
        "script": script(),
        "cwd": order().place(_cwd()),
        "typed": [mask(arg, secrets) for arg in sys.orig_argv],
        "python": "{}.{}.{}".format(*sys.version_info),
        "executable": sys.executable,
        "platform": sys.platform,
        "host": process["host"],
        "user": _user(),
        **surroundings.machine(),
        "environment": _without_secrets(_variables(), secrets),
        "process": process,
        "exparse": __version__,
    }
    scheduler = surroundings.scheduler()
    if scheduler:
        told["scheduler"] = _without_secrets(scheduler, secrets)
    run_by = runner()
    if run_by is not None:
        told["runner"] = run_by.facts()
    if order().tree is not None:
        told["tree"] = order().tree
    if seat is not None:
        told["launcher"] = {"kind": seat.kind, "rank": seat.rank, "world": seat.world}
    if scheduler or surroundings.is_on_network(root):
        # Other machines read there, and cannot look at this process.
        told["heartbeat"] = fate.BEAT_S
    return told


def _variables() -> dict[str, str]:
    """Return the variables that are recorded; of what was added for a tree laid out for this run, nothing is."""
    found, told = surroundings.variables(), order().path
    if told is not None:
        return {**found, "PYTHONPATH": told} if told else {k: v for k, v in found.items() if k != "PYTHONPATH"}
    return found


def script() -> str | None:
    """Return the path of the main script; of one that runs from a tree laid out for it, the path that it stands for."""
    run_by = runner()
    if run_by is not None and run_by.is_command:
        return order().place(run_by.program)
    return order().place(main_script())


def _without_secrets(told: dict[str, Any], secrets: list[str]) -> dict[str, Any]:
    """Return texts by name, with all masked that is known for a secret or has the shape of one."""
    kept = {name: mask(value, secrets) for name, value in told.items()}
    if not may_hold("\n".join(kept.values())):
        return kept
    from exparse.record import hidden

    return {name: hidden.masked(value) for name, value in kept.items()}


def _cwd() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _user() -> str:
    named = os.environ.get("LOGNAME") or os.environ.get("USER") or os.environ.get("USERNAME")
    if named or not hasattr(os, "getuid"):
        return named or "unknown"
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def of_exception(problem: BaseException, secrets: list[str]) -> dict[str, str]:
    """Return ``type``, ``message`` and ``traceback`` of an exception, secrets masked."""
    if isinstance(problem, SystemExit):
        return {"type": "SystemExit", "message": mask(str(problem.code), secrets)[:_LONGEST_MESSAGE], "traceback": ""}
    kind = type(problem)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(problem)
    except Exception as second:
        message = f"(its text could not be made: {type(second).__name__})"
    try:
        trace = _trace(problem)
    except Exception as second:
        trace = f"(its trace could not be made: {type(second).__name__})"
    return {
        "type": name,
        "message": mask(message, secrets)[:_LONGEST_MESSAGE],
        "traceback": mask(trace, secrets)[-_LONGEST_TRACE:],
    }


def _trace(problem: BaseException) -> str:
    if isinstance(problem, KeyboardInterrupt):
        # Importing traceback evaluates text on the way (namedtuple in tokenize), and Python then forgets that it is
        # to end by SIGINT (run_eval_code_obj in CPython's pythonrun.c).
        lines, step = [], problem.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            lines.append(f'  File "{code.co_filename}", line {step.tb_lineno}, in {code.co_name}\n')
            lines += _line_of(code.co_filename, step.tb_lineno)
            step = step.tb_next
        return "".join(["Traceback (most recent call last):\n", *lines, "KeyboardInterrupt\n"])
    import traceback

    return "".join(traceback.format_exception(type(problem), problem, problem.__traceback__))


def _line_of(path: str, number: int) -> list[str]:
    """Return a line of a source file as a trace shows it; none where it cannot be had."""
    try:
        with open(path, encoding="utf-8", errors="replace") as source:
            for _ in range(number - 1):
                source.readline(_LONGEST_MESSAGE)
            line = source.readline(_LONGEST_MESSAGE).strip()
    except (OSError, ValueError):
        return []
    return [f"    {line}\n"] if line else []


def mask(text: str, secrets: list[str]) -> str:
    """Return a text with every secret in it masked."""
    for secret in secrets:
        if len(secret) > 3 or text == secret:
            # An exception shows a text as Python writes it: with quotes and backslashes escaped.
            for shown in (secret, repr(secret)[1:-1], repr(f"'{secret}\"")[3:-2]):
                text = text.replace(shown, MASK)
    return text
