"""Who runs the program, where that is not Python itself: ``exparse run``, which records what knows nothing of us."""

from __future__ import annotations

from exparse.record import order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.record.live import LiveRun, UnrecordedRun
    from exparse.record.recorder import Recorder

KINDS = ("script", "module", "command")


class Runner:
    """How ``exparse run`` was told to run the program of this process.

    Attributes:
        kind: One of :data:`KINDS`.
        target: The script as it was named, the module's name, or the command's first word.
        asked: Own options that stood before it, each with its value ("" for one that takes none).
        program: Path of the file that a command's first word names; None for one that is found by its name.
        root: Root that was named before it, or None.
        run: The run that began with the program, by its bare arguments, or what stands in for one; None before.
        recorder: Who writes that run; None where nobody does, or another rank.
        lends: Whether a parse by one of our own parsers may still make that run its own.
        waits: Whether no run has begun with the program: it begins with the first parse, as it is known to come.
    """

    __slots__ = ("asked", "kind", "lends", "program", "recorder", "root", "run", "target", "waits")

    def __init__(
        self,
        kind: str,
        target: str,
        asked: list[tuple[str, str]],
        program: str | None = None,
        root: str | None = None,
    ) -> None:
        self.kind, self.target, self.asked, self.program, self.root = kind, target, asked, program, root
        self.run: LiveRun | UnrecordedRun | None = None
        self.recorder: Recorder | None = None
        self.lends = self.waits = False

    @property
    def is_command(self) -> bool:
        """Whether it runs a program of any kind, in a process of its own."""
        return self.kind == "command"

    def lend(self, run: LiveRun | UnrecordedRun, recorder: Recorder | None) -> None:
        """Take note of the run that began with the program: the first parse of ours takes it over."""
        self.run, self.recorder, self.lends, self.waits = run, recorder, True, False

    def take_back(self) -> bool:
        """Take the run back that began with the program: another is begun in its place, or none; return whether it is.

        What it was told from outside holds for the other one.
        """
        if self.recorder is None or not self.recorder.withdraw():
            return False
        order.taken_back()
        self.recorder = self.run = None
        return True

    def has_parsed(self, whole: bool) -> None:
        """Take note of a parse by one of our own parsers; what was saved is not for the next one after a whole one."""
        if whole:
            self.asked = [(name, value) for name, value in self.asked if name != "config"]

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
