"""One run, read: a folder with a number, a name, params, metadata and a status."""

from __future__ import annotations

import os

from exparse.errors import DamagedFile, ExparseError
from exparse.store import layout
from exparse.store.contents import Contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from exparse.format.status import Status


class Run(Contents):
    """A run that lies in a root. Reading is lazy, is done once, and writes nothing.

    Attributes:
        root: Path of the root, as text.
        place: Folder of the root in which it lies: ``runs``, ``tmp`` or ``trash``.
        name: Name of its folder.
        id: Its number.
        label: What ``--name`` gave it, or None.

    ``run / "plot.png"`` is a path inside it.
    """

    def __init__(self, root: str | os.PathLike[str], name: str, place: str = layout.RUNS) -> None:
        parsed = layout.parse_run_name(name)
        if parsed is None:
            raise ValueError(f"{name!r} is no name of a run")
        self.root, self.name, self.place = os.fspath(root), name, place
        self.id, self.label = parsed
        self._read: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Run {self.name} in {self.root}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return (self.root, self.place, self.name) == (other.root, other.place, other.name)

    def __hash__(self) -> int:
        return hash((self.root, self.place, self.name))

    def __truediv__(self, part: str | os.PathLike[str]) -> Path:
        return self.path / part

    def __fspath__(self) -> str:
        return self.folder

    @property
    def folder(self) -> str:
        """The run's folder, as text."""
        return f"{self.root}/{self.place}/{self.name}"

    @property
    def path(self) -> Path:
        """The run's folder, as an absolute :class:`pathlib.Path`."""
        from pathlib import Path

        return Path(self.folder).absolute()

    @property
    def params(self) -> dict[str, Any]:
        """The resolved arguments, by name; reads ``params.yaml``.

        Raises:
            DamagedFile: If the file is missing or cannot be read as params.
        """
        from exparse.format import params

        found: dict[str, Any] = self._load("params", layout.PARAMS, params.parse)
        return found

    @property
    def metadata(self) -> dict[str, Any]:
        """Facts about the execution (:mod:`exparse.format.metadata`); reads ``metadata.json``.

        While the run is under way, what was found out beside its start is not in there yet: then it is taken from
        ``facts.json``.

        Raises:
            DamagedFile: If the file is missing or cannot be read as metadata.
            UnsupportedFormat: If a newer exparse wrote it.
        """
        from exparse.format import metadata

        found: dict[str, Any] = self._load("metadata", layout.METADATA, metadata.parse)
        # What is found out last is there, so all is: one more look is only for runs that have not ended properly.
        return found if "git" in found else {**found, **self._facts()}

    def _facts(self) -> dict[str, Any]:
        if "facts" in self._read:
            return self._read["facts"]  # type: ignore[no-any-return]
        found = self._read_facts()
        if found:
            self._read["facts"] = found
        return found

    def _read_facts(self) -> dict[str, Any]:
        from exparse.store import files

        try:
            text = files.read_text(f"{self.folder}/{layout.FACTS}")
        except (OSError, DamagedFile):
            return {}
        import json

        try:
            facts = json.loads(text)
        except (ValueError, RecursionError):
            # The run has its metadata without them.
            return {}
        return {key: value for key, value in facts.items() if key != "format"} if isinstance(facts, dict) else {}

    def _said_at_start(self) -> dict[str, Any]:
        return self.metadata

    @property
    def status(self) -> Status:
        """What ``status.json`` says, with ``lost`` and ``killed`` derived where it cannot know.

        A run whose process is gone from this machine without a word was killed if the operating system's
        handler left word of a signal (``killed.txt``), else it is lost. What other machines run is judged by
        the last change of its files (:mod:`exparse.store.fate`).

        Raises:
            DamagedFile: If the file is missing or cannot be read as a status.
            UnsupportedFormat: If a newer exparse wrote it.
        """
        from exparse.format import status

        found: Status = self._load("status", layout.STATUS, status.parse)
        if found.state in ("running", "pending") and "derived" not in self._read:
            from exparse.store import fate

            self._read["status"] = fate.judge(self.folder, self.metadata, found, self._reread)
            self._read["derived"] = True
        return self._read["status"]  # type: ignore[no-any-return]

    def _reread(self) -> Status:
        from exparse.format import status

        self._read.pop("status")
        return self._load("status", layout.STATUS, status.parse)  # type: ignore[no-any-return]

    @property
    def state(self) -> str:
        """One of :data:`exparse.format.status.STATES`; ``damaged`` where a file of the run cannot be read."""
        return "damaged" if self.problem else self.status.state

    @property
    def problem(self) -> str | None:
        """What is wrong with the run's files, or None."""
        if "problem" not in self._read:
            try:
                self.params, self.metadata, self.status  # noqa: B018  # each reads its file
                self._read["problem"] = None
            except (ExparseError, OSError) as problem:
                self._read["problem"] = str(problem)
        return self._read["problem"]  # type: ignore[no-any-return]

    @property
    def seconds(self) -> float | None:
        """Duration in seconds; up to now for a run under way; None where it is not known."""
        status = self.status
        if status.seconds is not None or status.state != "running" or not status.started:
            return status.seconds
        from datetime import datetime, timezone

        try:
            started = datetime.fromisoformat(status.started)
            return max(0.0, (datetime.now(timezone.utc) - started).total_seconds())
        except (ValueError, TypeError):
            # No time, or one without its zone: then nobody knows how long it has been.
            return None

    def _load(self, what: str, name: str, parse: Any) -> Any:
        if what not in self._read:
            path = f"{self.folder}/{name}"
            self._read[what] = parse(self._text(path), path)
        return self._read[what]

    def _text(self, path: str) -> str:
        from exparse.store.files import read_text

        try:
            return read_text(path)
        except FileNotFoundError:
            raise DamagedFile(path, "the file is missing") from None
        except OSError as problem:
            raise DamagedFile(path, problem.strerror or str(problem)) from None


def give(run: Run, **read: Any) -> None:
    """Have a run take what has been read of it already: ``params``, ``metadata``, ``status`` or ``facts``."""
    run._read.update(read)


def forget(run: Run) -> None:
    """Have a run forget what it has read: the next use reads it anew."""
    run._read.clear()
