"""Whether the process that wrote a run is still there, judged by facts that a new process cannot share by chance.

A pid alone proves nothing: it is used again, it means something else in a container, and it outlives a
reboot. So a process is its host, the boot of that host, the namespace of its pids, its pid and its start time.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def this_process() -> dict[str, Any]:
    """Return the identity of this process: ``host``, ``boot``, ``namespace``, ``pid``, ``start``; None if unknown."""
    pid = os.getpid()
    return {**this_machine(), "pid": pid, "start": start_of(pid)}


def this_machine() -> dict[str, Any]:
    """Return the identity of this machine since its last start: ``host``, ``boot``, ``namespace`` of pids."""
    return {"host": host(), "boot": _first_line("/proc/sys/kernel/random/boot_id"), "namespace": _namespace()}


def host() -> str:
    """Return the name of this machine."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "unknown")


def _first_line(path: str) -> str | None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(handle, 4096).decode("ascii", "replace").partition("\n")[0]
    except OSError:
        return None
    finally:
        os.close(handle)


def _namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def start_of(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None where there is none, or no /proc."""
    line = _first_line(f"/proc/{pid}/stat")
    if not line:
        return None
    # The second field is the program's name in brackets, which may itself hold spaces and brackets.
    fields = line.rpartition(")")[2].split()
    # A zombie has ended: its parent has only not asked yet.
    return int(fields[19]) if fields[0] not in "ZX" else None


def parent_of(pid: int) -> int | None:
    """Return the pid of a process's parent; None where nobody tells."""
    line = _first_line(f"/proc/{pid}/stat")
    if line:
        return int(line.rpartition(")")[2].split()[1])
    import subprocess

    try:
        asked = ["ps", "-o", "ppid=", "-p", str(pid)]
        told = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=False).stdout
        return int(told)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def began() -> float | None:
    """Return when this process started, in seconds since the epoch; None without /proc."""
    start, up = start_of(os.getpid()), _first_line("/proc/uptime")
    if start is None or not up:
        return None
    return time.time() - float(up.split()[0]) + start / os.sysconf("SC_CLK_TCK")


def is_dead(process: object) -> bool | None:
    """Return whether the process that ``process`` identifies has ended; None where this machine cannot tell.

    Args:
        process: What :func:`this_process` returned there and then.
    """
    if not isinstance(process, dict) or type(process.get("pid")) is not int:
        return None
    here = this_machine()
    if process.get("host") != here["host"]:
        return None
    if process.get("boot") != here["boot"]:
        return True
    if process.get("namespace") != here["namespace"]:
        return None
    if process.get("start") is None:
        return _is_gone(process["pid"])
    return bool(start_of(process["pid"]) != process["start"])


def _is_gone(pid: int) -> bool | None:
    if sys.platform == "win32" or not 0 < pid < 1 << 31:
        # os.kill(pid, 0) would end the process there.
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
