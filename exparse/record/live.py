"""The run that is under way, as the script sees it, recorded or not."""

from __future__ import annotations

import os

from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


class LiveRun(Run):
    """The run that this process records; all of :class:`exparse.Run`, and ``recorded`` is True."""

    recorded = True


class UnrecordedRun:
    """Stands in for a run where nothing is recorded, so that scripts need no ``if``.

    Attributes:
        id: None.
        name: ``"unrecorded"``.
        params: The params that a run would have recorded.
        recorded: False.
        reason: Why nothing is recorded.
    """

    recorded = False

    def __init__(self, reason: str, params: dict[str, Any] | None = None) -> None:
        self.id: int | None = None
        self.name = "unrecorded"
        self.label: str | None = None
        self.reason, self.params = reason, params or {}
        self._folder: str | None = None
        self._owner = os.getpid()

    def __repr__(self) -> str:
        return f"<UnrecordedRun: {self.reason}>"

    def __truediv__(self, part: str | os.PathLike[str]) -> Path:
        return self.path / part

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def state(self) -> str:
        """``running``."""
        return "running"

    @property
    def path(self) -> Path:
        """A scratch folder of this process, made at the first use and removed when the process ends."""
        from pathlib import Path

        if self._folder is None or self._owner != os.getpid():
            self._folder, self._owner = _scratch(), os.getpid()
        return Path(self._folder)


def _scratch() -> str:
    import atexit
    import shutil
    import tempfile

    from exparse.record.role import is_worker

    folder, owner = tempfile.mkdtemp(prefix="exparse-unrecorded-"), os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    if is_worker():
        # A worker of multiprocessing ends by os._exit, which skips atexit; this is its own way to clean up.
        from multiprocessing.util import Finalize

        Finalize(None, remove, exitpriority=0)
    else:
        atexit.register(remove)
    return folder


_current: LiveRun | UnrecordedRun | None = None


def current_run() -> LiveRun | UnrecordedRun:
    """Return the run of this process: the last one that a parse began, or a stand-in where none is recorded."""
    global _current
    if _current is None:
        _current = UnrecordedRun("no arguments were parsed in this process")
    return _current


def set_current(run: LiveRun | UnrecordedRun) -> None:
    """Make a run the current one."""
    global _current
    _current = run
