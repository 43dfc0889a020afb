"""What a JSON object says, by kind: files that others wrote may hold anything anywhere."""

from __future__ import annotations

from exparse.errors import ExparseError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.store.run import Run

_OF_STATUS = ("started", "error", "signal", "exit_code", "ended", "remarks", "attempts")


class Told:
    """An object read from a file of a run.

    Args:
        fields: What it holds; anything but a dict counts as nothing.
    """

    def __init__(self, fields: object) -> None:
        self.fields: dict[str, Any] = fields if isinstance(fields, dict) else {}

    def __bool__(self) -> bool:
        return bool(self.fields)

    def text(self, name: str) -> str:
        """Return a text or a number as text; "" for all else."""
        value = self.fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        return str(value)

    def flag(self, name: str) -> bool | None:
        """Return a truth value; None for all else."""
        value = self.fields.get(name)
        return value if isinstance(value, bool) else None

    def whole(self, name: str) -> int | None:
        """Return a whole number; None for all else."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def texts(self, name: str) -> list[str]:
        """Return a list as texts; [] for what is none."""
        value = self.fields.get(name)
        return [str(part) for part in value] if isinstance(value, list) else []

    def part(self, name: str) -> Told:
        """Return an object within; an empty one for all else."""
        return Told(self.fields.get(name))

    def parts(self, name: str) -> list[Told]:
        """Return the objects of a list; [] for what is none."""
        value = self.fields.get(name)
        return [Told(part) for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def status(run: Run) -> Told:
    """Return what a run says of its end and its attempts; nothing where its ``status.json`` cannot be read."""
    try:
        found = run.status
    except (ExparseError, OSError):
        # A row of the run says so, in its problem.
        return Told(None)
    return Told({name: getattr(found, name) for name in _OF_STATUS})
