"""Ending runs that are under way: a signal for the process that records each, if it is surely that one.

A pid is used again. So the process is held fast first where the system can do that, then looked at
(:mod:`exparse.store.liveness`), and only then signalled.
"""

from __future__ import annotations

import os
import signal
import time
from typing import NamedTuple

from exparse.errors import ExparseError
from exparse.store import fate, liveness
from exparse.store.run import Run, forget

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_LOOK_S = 0.05
# By how much a process may seem younger than its run: the age of a process is told in whole seconds.
_SLACK_S = 5.0
_SCHEDULERS = {"slurm": "scancel", "pbs": "qdel", "lsf": "bkill", "sge": "qdel"}
# These end a program that does nothing about them; a process that is halted meets them only once it goes on.
ENDS = frozenset(
    number
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGABRT", "SIGKILL")
    if (number := getattr(signal, name, None)) is not None
)


class NotHere(ExparseError):
    """A run that cannot be stopped from here; it says how else."""


class Target(NamedTuple):
    """A run under way on this machine, and its process.

    Attributes:
        run: The run.
        process: Who records it (:func:`exparse.store.liveness.this_process`).
        is_command: Whether that is ``exparse run``, with the recorded command below it.
    """

    run: Run
    process: dict[str, Any]
    is_command: bool


def target(run: Run) -> Target | None:
    """Return what is to be signalled for a run; None where it is over.

    Raises:
        NotHere: If its process is another machine's, its pid another process's by now, or nobody knows whether it is
            still there.
    """
    if run.state not in fate.UNDER_WAY:
        return None
    metadata = run.metadata
    process = run.status.process or metadata.get("process")
    dead = liveness.is_dead(process)
    if dead is None or not isinstance(process, dict):
        raise NotHere(f"run {run.id} is not stopped: {_elsewhere(process, metadata)}")
    if dead:
        return None
    if process.get("start") is None and _is_younger(process["pid"], run):
        raise NotHere(f"run {run.id} is not stopped: its process has gone, {process['pid']} is another one now")
    runner = metadata.get("runner")
    return Target(run, process, isinstance(runner, dict) and runner.get("kind") == "command")


def _elsewhere(process: object, metadata: dict[str, Any]) -> str:
    told = process if isinstance(process, dict) else {}
    host, pid = told.get("host") or metadata.get("host"), told.get("pid")
    scheduler = metadata.get("scheduler")
    if isinstance(scheduler, dict) and scheduler.get("kind") in _SCHEDULERS:
        return f"it is on {host}, in a job: {_SCHEDULERS[scheduler['kind']]} {scheduler.get('job')}"
    if host == liveness.host():
        return f"its process {pid} is in a container or namespace of its own: kill it there"
    return f"it is on another machine: ssh {host} kill {pid}"


def _is_younger(pid: int, run: Run) -> bool:
    """Return whether a process began after the run that it is said to make; asked where the system told no start."""
    age, taken = _age(pid), run.seconds
    return age is not None and taken is not None and age < taken - _SLACK_S


def _age(pid: int) -> int | None:
    """Return for how many seconds a process has been there; None where nobody tells."""
    import subprocess

    asked = ["ps", "-o", "etime=", "-p", str(pid)]
    try:
        told = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    # [[days-]hours:]minutes:seconds
    words = told.decode("ascii", "replace").replace("-", ":").split(":")
    if not all(word.strip().isdecimal() for word in words):
        return None  # there is no such process
    return sum(int(word) * unit for word, unit in zip(reversed(words), (1, 60, 3600, 86400), strict=False))


def send(aim: Target, number: int) -> bool:
    """Signal a run's process; return False where it has gone meanwhile.

    Raises:
        NotHere: If that process is another user's.
    """
    pid = aim.process["pid"]
    try:
        held = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        held = -1  # gone, or a system that knows no such thing
    try:
        if liveness.is_dead(aim.process) is not False:
            return False
        _signal(held, pid, number)
        if number in ENDS - {getattr(signal, "SIGKILL", None)} and hasattr(signal, "SIGCONT"):
            _signal(held, pid, signal.SIGCONT)
    except ProcessLookupError:
        return False
    except PermissionError:
        raise NotHere(f"run {aim.run.id} is not stopped: its process {pid} is another user's") from None
    finally:
        if held >= 0:
            os.close(held)
    return True


def _signal(held: int, pid: int, number: int) -> None:
    if held >= 0 and hasattr(signal, "pidfd_send_signal"):
        signal.pidfd_send_signal(held, number)
    else:
        os.kill(pid, number)


def wait(aims: Iterable[Target], seconds: float) -> list[Target]:
    """Wait until runs are over, their last words included; return those that are not after so many seconds."""
    until, left = time.monotonic() + seconds, list(aims)
    while True:
        left = [aim for aim in left if liveness.is_dead(aim.process) is False]
        if not left or time.monotonic() >= until:
            return left
        time.sleep(_LOOK_S)


def kill(aim: Target, patience: float = 2.0) -> None:
    """End a run's process by SIGKILL, of a command first the command itself, so that its end is recorded.

    Raises:
        NotHere: If the process is another user's.
    """
    if aim.is_command:
        below = [one for pid in _below(aim.process["pid"]) if (one := _identified(pid)) is not None]
        for process in below:
            send(Target(aim.run, process, False), signal.SIGKILL)
        if below and not wait([aim], patience):
            return
    send(aim, getattr(signal, "SIGKILL", signal.SIGTERM))


def _identified(pid: int) -> dict[str, Any] | None:
    start = liveness.start_of(pid)
    return None if start is None else {**liveness.this_machine(), "pid": pid, "start": start}


def _below(pid: int) -> list[int]:
    """Return the processes that a recorder started, without the monitor of a terminal, which is a fork of it."""
    found: list[int] = []
    for child in _children(pid):
        found += _children(child) if _words(child) == _words(pid) else [child]
    return found


def _words(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as told:
            return told.read()
    except OSError:
        return b""


def _children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as told:
            return [int(word) for word in told.read().split()]
    except OSError:
        return []  # no such file here: the recording process alone is known


def outcome(run: Run) -> str:
    """Return what a run that was stopped says of its end: ``killed (SIGTERM)``."""
    forget(run)
    if run.problem:
        return "damaged"
    told = run.status
    more = told.signal or (f"exit code {told.exit_code}" if told.exit_code is not None else "")
    return f"{told.state} ({more})" if more else told.state
