"""The run that is under way, as the script sees it, recorded or not."""

from __future__ import annotations

import os

from exparse.record.ending import Ending
from exparse.record.writing import Writing
from exparse.store import layout
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


class LiveRun(Ending, Writing, Run):
    """The run that this process records or belongs to; all of :class:`exparse.Run`, and what adds to it.

    Attributes:
        recorded: True.
        rank: Rank of this program in a parallel job, None or 0 for the first.
        automarks: Marks that the run was given at its start.
    """

    recorded = True

    def __init__(self, root: str | os.PathLike[str], name: str, place: str = layout.RUNS) -> None:
        super().__init__(root, name, place)
        self.rank: int | None = None
        self.automarks: list[str] = []
        self._owner = os.getpid()

    def __getstate__(self) -> dict[str, Any]:
        # Another process has its own file of metrics, and does not end the run.
        return {key: value for key, value in self.__dict__.items() if key not in ("_series", "_recorder")}

    @property
    def part(self) -> str | None:
        """Which part of the run this process is, as its files are named; None for the program itself."""
        from exparse.record.role import part

        return part(self.rank, self._owner)

    def without_secrets(self, said: Any) -> Any:
        """Return what the script says, texts and what is made of them, with the run's secrets in it masked."""
        secrets = self._recorder.record.secrets if self._recorder is not None else ()
        if not secrets:
            return said
        from exparse.record import hidden

        return hidden.masked_parts(said, secrets)


class UnrecordedRun(Ending, Writing):
    """Stands in for a run where nothing is recorded, so that scripts need no ``if``.

    All that a script adds goes to a scratch folder, which is removed when the process ends.

    Attributes:
        id: None.
        name: ``"unrecorded"``.
        params: The params that a run would have recorded.
        metadata: Empty.
        recorded: False.
        rank: Rank of this program in a parallel job whose run was not found, else None.
        reason: Why nothing is recorded.
        root: Path of the root in which :meth:`use` looks for runs, or None for the default place.
    """

    recorded = False

    def __init__(self, reason: str, params: dict[str, Any] | None = None, root: str | None = None) -> None:
        self.id: int | None = None
        self.name = "unrecorded"
        self.label: str | None = None
        self.rank: int | None = None
        self.reason, self.params, self.root = reason, params or {}, root
        self.metadata: dict[str, Any] = {}
        self._scratch: str | None = None
        self._owner = os.getpid()

    def __repr__(self) -> str:
        return f"<UnrecordedRun: {self.reason}>"

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_series"}

    def __truediv__(self, part: str | os.PathLike[str]) -> Path:
        return self.path / part

    def __fspath__(self) -> str:
        return self.folder

    @property
    def state(self) -> str:
        """``running``."""
        return "running"

    @property
    def folder(self) -> str:
        """A scratch folder of this process, as text; made at the first use, removed when the process ends."""
        if self._scratch is None or self._owner != os.getpid():
            self._scratch, self._owner = _scratch(), os.getpid()
        return self._scratch

    @property
    def path(self) -> Path:
        """The scratch folder, as a :class:`pathlib.Path`."""
        from pathlib import Path

        return Path(self.folder)


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
        _current = _of_worker() or UnrecordedRun("no run is under way in this process")
    return _current


def _of_worker() -> LiveRun | None:
    from exparse.record import role

    if not role.is_worker():
        return None
    from exparse.record import attach

    return attach.worker()


def set_current(run: LiveRun | UnrecordedRun) -> None:
    """Make a run the current one."""
    global _current
    _current = run
