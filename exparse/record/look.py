"""The look around that a run takes at its start: code, packages, machine. Runs of a process, close in time, share one.

A program that parses a thousand times, or begins a run for each fold, has one tree, one set of packages and one
machine: the first run has them looked for (:mod:`exparse.code.spawn`), those that begin soon after copy what it found.
"""

from __future__ import annotations

import os
import time

from exparse.code import spawn
from exparse.errors import DamagedFile
from exparse.format import metadata
from exparse.store import fate, files, layout, liveness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_FRESH_S = 5.0
_SHARED = (layout.PATCH, layout.PACKAGES, layout.SOURCE)
_latest: Look | None = None


class Look:
    """What is found for the runs of one process that began at about the same time.

    Args:
        ask: What is to be found out, and the folder of the run that has it done (:func:`exparse.code.spawn.start`).
    """

    def __init__(self, ask: dict[str, Any]) -> None:
        self.ask, self.folder = ask, ask["folder"]
        self._owner, self._began = os.getpid(), time.monotonic()
        self._facts: dict[str, Any] | None = None
        self._is_slow = False
        self._scribe = spawn.start(ask)

    def serves(self, ask: dict[str, Any]) -> bool:
        """Return whether what is found here answers another question, too."""
        return (
            self._owner == os.getpid()
            and time.monotonic() - self._began < _FRESH_S
            and os.path.isdir(self.folder)
            and all(self.ask.get(key) == ask.get(key) for key in ("root", "where", "script", "source", "inputs"))
            and set(ask["secrets"]) <= set(self.ask["secrets"])
        )

    def wait(self, seconds: float) -> None:
        """Wait until all is found, at most so many seconds."""
        if self._scribe is not None:
            # Waited for in vain once: a repository so slow is not waited for at each run's end.
            self._is_slow = not self._scribe.wait(0.0 if self._is_slow else seconds)

    def facts(self) -> dict[str, Any]:
        """Return keys of the metadata that were found; {} where nothing was, or not yet."""
        if self._facts is None:
            path = f"{self.folder}/{layout.FACTS}"
            try:
                self._facts = metadata.parse_facts(files.read_text(path), path)
            except (OSError, DamagedFile):
                # The first run may have folded them meanwhile, in another thread.
                return self._facts or {}
        return self._facts

    def share(self, folder: str) -> None:
        """Copy what was found for the first run into the folder of another."""
        if folder == self.folder:
            return
        for name in _SHARED:
            target = f"{folder}/{name}"
            if os.path.exists(f"{self.folder}/{name}") and not os.path.lexists(target):
                _copy(f"{self.folder}/{name}", target)


def forget(folder: str) -> None:
    """Take note that a run is taken back: what was found for it is gone, whatever comes to lie at its path."""
    global _latest
    if _latest is not None and _latest.folder == folder:
        _latest = None


def around(ask: dict[str, Any]) -> Look:
    """Return the look that finds out what is asked: one that was begun just now, or a new one."""
    global _latest
    if _latest is None or not _latest.serves(ask):
        _latest = Look(ask)
    else:
        only_beat(ask)
    return _latest


def beat(folder: str, owner: int) -> dict[str, Any]:
    """Return what is asked for a run whose readers on other machines are to see that its process lives.

    Args:
        folder: The run's folder.
        owner: Pid of the process.
    """
    return {"beat": [f"{folder}/{layout.KILLED}", fate.BEAT_S, owner, liveness.start_of(owner)]}


def only_beat(ask: dict[str, Any]) -> None:
    """Have the signs of life begin, where :func:`beat` asks for them, and nothing be looked for."""
    if ask.get("beat"):
        spawn.start({"beat": ask["beat"], "only_beat": True})


def _copy(source: str, target: str) -> None:
    """Copy a file of ours, whole or not at all."""
    with open(source, "rb") as file:
        files.replace_bytes(target, file.read())
