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
        seconds: Duration by the monotonic clock; None until the end.
        exit_code: What the process returned; None until it has ended, or where it cannot be known.
        error: ``type``, ``message`` and ``traceback`` of the exception that ended the run, or None.
        signal: Name of the signal that ended the run (``SIGTERM``), or None.
        more: Keys that this version does not know, kept as they are.
    """

    __slots__ = ("ended", "error", "exit_code", "more", "seconds", "signal", "started", "state")

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
    ) -> None:
        self.state, self.started, self.ended, self.seconds = state, started, ended, seconds
        self.exit_code, self.error, self.signal, self.more = exit_code, error, signal, more or {}

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
    fields = {name: getattr(status, name) for name in _KEYS}
    return json_document({"format": FORMAT_TEXT, **fields, **status.more})


_KEYS = ("state", "started", "ended", "seconds", "exit_code", "signal", "error")

_TEXT, _NUMBER = (str, type(None)), (int, float, type(None))
_KINDS: dict[str, tuple[type, ...]] = {
    "started": _TEXT,
    "ended": _TEXT,
    "signal": _TEXT,
    "seconds": _NUMBER,
    "exit_code": (int, type(None)),
    "error": (dict, type(None)),
}


def parse(text: str, path: str) -> Status:
    """Return what a ``status.json`` says.

    Raises:
        DamagedFile: If it is no such document.
        UnsupportedFormat: If it is one of another major format.
    """
    fields = read_object(text, path)
    if fields.get("state") not in WRITTEN_STATES:
        raise DamagedFile(path, f"unknown state {fields.get('state')!r}")
    known = {name: fields.pop(name, None) for name in _KEYS}
    for name, kinds in _KINDS.items():
        if not isinstance(known[name], kinds) or isinstance(known[name], bool):
            raise DamagedFile(path, f"{name} is {known[name]!r:.40}")
    return Status(**known, more=fields)


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
