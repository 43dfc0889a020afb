"""How a run ended, in words that every list and page share."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.query.told import Told

# What faulthandler puts before the name of what it handles.
_FATAL = "Fatal Python error: "
_LONGEST = 200


def by_signal(status: Told) -> str:
    """Return the signal that ended a run, a crash with what it was: ``SIGABRT (Aborted)``; "" where none did."""
    signal, error = status.text("signal"), status.part("error")
    if not signal:
        return ""
    said = error.text("message").removeprefix(_FATAL) if error.text("type") == signal else ""
    return f"{signal} ({said})" if said else signal


def error(status: Told) -> str:
    """Return the exception that ended a run, as Python writes it: ``ValueError: boom``, ``KeyboardInterrupt``."""
    told = status.part("error")
    return ": ".join(filter(None, (told.text("type"), told.text("message").strip())))


def ended(status: Told) -> str:
    """Return how a run ended, to stand behind its state: ``: ValueError: boom``, `` by SIGTERM``, or ""."""
    signal, raised, code = by_signal(status), error(status), status.whole("exit_code")
    if signal:
        return f" by {signal}"
    if raised:
        return f": {raised}"
    return f", exit code {code}" if code else ""


def why(status: Told) -> str | None:
    """Return in one short line why a run ended badly: its signal, error or exit code; None where it did not."""
    code = status.whole("exit_code")
    found = by_signal(status) or error(status) or (f"exit code {code}" if code else "")
    first = found.partition("\n")[0].rstrip()
    return (first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…") or None
