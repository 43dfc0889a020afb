"""Hooks: functions of the user's that are called when a run starts and ends; a failing one is a warning.

``register_hook`` names them in the program; a root's ``exparse.json`` names them for all programs that record
there: ``{"hooks": {"finish": ["my_module:tell_me"]}}``. Whoever may write that file may run code in them.
"""

from __future__ import annotations

from exparse.errors import ExparseError
from exparse.record.say import warn
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Hook = Callable[[Any], object]

EVENTS = ("start", "finish", "fail", "preempt")
_registered: dict[str, list[Hook]] = {event: [] for event in EVENTS}


def register_hook(event: str, hook: Hook) -> Hook:
    """Have ``hook(run)`` called at an event of every run that this program records from now on.

    Args:
        event: ``start``: the run has begun, before ``parse_args`` returns. ``finish``: it ended with exit code 0.
            ``fail``: it ended in any other way that the program could notice. ``preempt``: the machine is about to
            be taken away (SIGTERM or SIGUSR1, in the main thread; the program's own handler is called after it, and
            where there is none SIGTERM ends the program as ever).
        hook: Called with the live run. An exception of its own is one warning on stderr.

    Returns:
        The hook, so that it can be registered as a decorator.

    Raises:
        ValueError: If there is no such event.
        TypeError: If the hook cannot be called.
    """
    if event not in EVENTS:
        raise ValueError(f"{event!r} is no event: {', '.join(EVENTS)}")
    if not callable(hook):
        raise TypeError(f"{hook!r} cannot be called")
    _registered[event].append(hook)
    if event == "preempt":
        from exparse.record import preempt

        preempt.watch()
    return hook


def call(event: str, run: Any, root: str | None = None) -> None:
    """Call the hooks of an event, those of the root's settings first; none can stop the program.

    Args:
        event: One of :data:`EVENTS`.
        run: What they get.
        root: Root whose settings are asked; None asks none.
    """
    for hook in [*(_of_root(root, event) if root else []), *_registered[event]]:
        try:
            hook(run)
        except Exception as problem:
            warn(f"the hook {_name(hook)} ({event}) failed: {type(problem).__name__}: {problem}")


def _of_root(root: str, event: str) -> list[Hook]:
    try:
        said = files.read_text(f"{root}/{layout.MARKER}", 1_000_000)
    except (OSError, ExparseError):
        return []  # no settings, no hooks
    if '"hooks"' not in said:
        return []
    found = []
    for name in _named(said, event):
        try:
            found.append(_load(name))
        except Exception as problem:  # a module of the user's may fail in any way
            warn(f"the hook {name} ({event}) of {root} cannot be loaded: {type(problem).__name__}: {problem}")
    return found


def _named(said: str, event: str) -> list[str]:
    import json

    try:
        named = json.loads(said)["hooks"].get(event, [])
    except (ValueError, AttributeError, KeyError, TypeError):
        return []
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def _load(name: str) -> Hook:
    module, _, function = name.partition(":")
    if not function:
        raise ValueError("it is no module:function")
    found = __import__(module, fromlist=[function])
    for part in function.split("."):
        found = getattr(found, part)
    return found  # type: ignore[return-value]  # called, it says itself that it cannot be


def _name(hook: Hook) -> str:
    return str(getattr(hook, "__qualname__", None) or repr(hook))
