"""Who runs the program, where that is not Python itself: ``exparse run``, which records what knows nothing of us."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KINDS = ("script", "module", "command")


class Runner:
    """How ``exparse run`` was told to run the program of this process.

    Attributes:
        kind: One of :data:`KINDS`.
        target: The script as it was named, the module's name, or the command's first word.
        asked: Own options that stood before it, each with its value ("" for one that takes none).
    """

    __slots__ = ("asked", "kind", "target")

    def __init__(self, kind: str, target: str, asked: list[tuple[str, str]]) -> None:
        self.kind, self.target, self.asked = kind, target, asked

    def facts(self) -> dict[str, Any]:
        """Return what ``metadata.json`` says under ``runner``."""
        return {"kind": self.kind, "target": self.target}


_runner: Runner | None = None


def runner() -> Runner | None:
    """Return who runs the program of this process; None where Python does."""
    return _runner


def set_runner(runner: Runner | None) -> None:
    """Say who runs the program of this process."""
    global _runner
    _runner = runner
