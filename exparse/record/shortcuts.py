"""Endings that pass ``atexit`` by: ``os._exit``, and another program in this process's place (``os.exec*``).

Stand-ins for the three functions that all others of :mod:`os` end in tell the recorder before they do as ever.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Listener:
    """Who is told: the recorder."""

    def leaves(self, code: int) -> None:
        """Take note that the process ends at once, with this exit code."""

    def becomes(self, program: str) -> None:
        """Take note that another program takes the place of this one."""

    def stays(self) -> None:
        """Take note that it did not: there is no such program."""


_listeners: list[Listener] = []
_is_installed = False


def listen(listener: Listener) -> None:
    """Have a listener told from now on."""
    global _is_installed
    if not _is_installed:
        # Once a process: laid over each other a thousand times they would be too deep to call.
        _is_installed = True
        os._exit = _leaving(os._exit)
        for name in ("execv", "execve"):
            if hasattr(os, name):
                setattr(os, name, _becoming(getattr(os, name)))
    _listeners.append(listener)


def forget(listener: Listener) -> None:
    """Tell a listener nothing more."""
    if listener in _listeners:
        _listeners.remove(listener)


def _leaving(original: Any) -> Any:
    def _exit(status: Any) -> Any:
        # Anything else is a mistake of the caller's, which the original says.
        if isinstance(status, int):
            for listener in reversed(_listeners):
                listener.leaves(status & 0xFF)
        return original(status)

    return _like(_exit, original)


def _becoming(original: Any) -> Any:
    def become(path: Any, *args: Any) -> Any:
        if not _is_program(path):
            # os.execvp tries each folder of PATH: only one that can succeed is told.
            return original(path, *args)
        for listener in reversed(_listeners):
            listener.becomes(os.fsdecode(path))
        try:
            return original(path, *args)
        finally:
            for listener in _listeners:
                listener.stays()

    return _like(become, original)


def _is_program(path: Any) -> bool:
    try:
        return os.access(path, os.X_OK) and not os.path.isdir(path)
    except (OSError, TypeError, ValueError):
        return False


def _like(stand_in: Callable[..., Any], original: Any) -> Any:
    stand_in.__name__, stand_in.__qualname__ = original.__name__, original.__qualname__
    stand_in.__doc__, stand_in.__module__ = original.__doc__, original.__module__
    return stand_in
