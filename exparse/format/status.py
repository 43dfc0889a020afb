"""``status.json``: the state of a run and how it ended; replaced as a whole by the one process that owns it."""

from __future__ import annotations

from exparse.errors import DamagedFile
from exparse.format.text import json_document
from exparse.format.version import FORMAT_TEXT, check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WRITTEN_STATES = ("pending", "running", "finished", "failed", "interrupted", "killed")
STATES = (*WRITTEN_STATES, "lost", "damaged")


class Status:
    """One moment in the life of a run.

    Attributes:
        state: One of :data:`STATES`; ``lost`` and ``damaged`` are only ever derived by a reader.
        started: Start as ISO 8601 text with the offset from UTC.
        ended: End likewise; None until then.
        seconds: Duration by the monotonic clock; None until the end. In a notebook, without the time in which no cell
            ran.
        exit_code: What the process returned; None until it has ended, or where it cannot be known.
        error: ``type``, ``message`` and ``traceback`` of the exception that ended the run, or None.
        signal: Name of the signal that ended the run (``SIGTERM``), or None.
        remarks: What else is to be known of the end: ``os._exit``, an exception in a thread, not seen since.
        attempts: Earlier attempts at this run (a requeued or resumed job), oldest first: what the status said of
            each when it was over, and its ``process``.
        process: Who makes this attempt (:func:`exparse.store.liveness.this_process`); None for the first, whose
            process ``metadata.json`` names.
        more: Keys that this version does not know, kept as they are.
    """

    __slots__ = (
        "attempts",
        "ended",
        "error",
        "exit_code",
        "more",
        "process",
        "remarks",
        "seconds",
        "signal",
        "started",
        "state",
    )

    def __init__(
        self,
        state: str,
        started: str | None = None,
        ended: str | None = None,
        seconds: float | None = None,
        exit_code: int | None = None,
        error: dict[str, str] | None = None,
        signal: str | None = None,
        more: dict[str, Any] | None = None,
        remarks: list[str] | None = None,
        attempts: list[dict[str, Any]] | None = None,
        process: dict[str, Any] | None = None,
    ) -> None:
        self.state, self.started, self.ended, self.seconds = state, started, ended, seconds
        self.exit_code, self.error, self.signal, self.more = exit_code, error, signal, more or {}
        self.remarks, self.attempts, self.process = remarks or [], attempts or [], process

    @property
    def attempt(self) -> int:
        """Which attempt at the run this is, from 1."""
        return len(self.attempts) + 1

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Status):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # it is compared by what it says

    def __repr__(self) -> str:
        told = [f"{name}={getattr(self, name)!r}" for name in self.__slots__ if getattr(self, name)]
        return f"Status({', '.join(told)})"


def document(status: Status) -> str:
    """Return the text of a ``status.json``."""
    return json_document({"format": FORMAT_TEXT, **fields(status)})


def fields(status: Status) -> dict[str, Any]:
    """Return what a status says, by key; keys that few runs need only where they say something."""
    rare = {name: value for name in _RARE if (value := getattr(status, name))}
    return {**{name: getattr(status, name) for name in _KEYS}, **rare, **status.more}


_KEYS = ("state", "started", "ended", "seconds", "exit_code", "signal", "error")
_RARE = ("remarks", "process", "attempts")

_TEXT, _NUMBER = (str, type(None)), (int, float, type(None))
_KINDS: dict[str, tuple[type, ...]] = {
    "started": _TEXT,
    "ended": _TEXT,
    "signal": _TEXT,
    "seconds": _NUMBER,
    "exit_code": (int, type(None)),
    "error": (dict, type(None)),
    "remarks": (list, type(None)),
    "attempts": (list, type(None)),
    "process": (dict, type(None)),
}


def parse(text: str, path: str) -> Status:
    """Return what a ``status.json`` says.

    Raises:
        DamagedFile: If it is no such document.
        UnsupportedFormat: If it is one of another major format.
    """
    return from_fields(read_object(text, path), path)


def from_fields(said: dict[str, Any], path: str) -> Status:
    """Return what the object in a ``status.json`` says.

    Args:
        said: The object, less its format; it is used up.
        path: Where it was read, for the message.

    Raises:
        DamagedFile: If it is no status.
    """
    if said.get("state") not in WRITTEN_STATES:
        raise DamagedFile(path, f"unknown state {said.get('state')!r}")
    known = {name: said.pop(name, None) for name in (*_KEYS, *_RARE)}
    for name, kinds in _KINDS.items():
        if not isinstance(known[name], kinds) or isinstance(known[name], bool):
            raise DamagedFile(path, f"{name} is {known[name]!r:.40}")
    return Status(**known, more=said)


def read_object(text: str, path: str) -> dict[str, Any]:
    """Return the JSON object in ``text``, less its format, which is checked.

    Raises:
        DamagedFile: If the text is no JSON object.
        UnsupportedFormat: If it is one of another major format.
    """
    import json

    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise DamagedFile(path, f"no JSON: {problem}") from None
    if not isinstance(fields, dict):
        raise DamagedFile(path, "a JSON object is expected")
    check(fields.pop("format", None), path)
    return fields
