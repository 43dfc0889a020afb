"""Runs read one after another, as quickly as their files allow: what many of them have in common is understood once."""

from __future__ import annotations

import os
import time
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple

from exparse.errors import ExparseError
from exparse.format import about, own_json, own_params, status
from exparse.format.version import check, said_in
from exparse.query import ending, told
from exparse.query.rows import UNKNOWN, Facts, Row
from exparse.store import fate, files, layout, liveness, values
from exparse.store.run import Run, forget, give

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.format.own_json import Known


_MOST_HEADS = 1000


class Scanned(NamedTuple):
    """What was read of a run.

    Attributes:
        row: The run, without its marks and without ``fails``, which do not lie in its folder.
        is_final: Whether its row stays the same as long as its files do. A run under way has a duration that grows, and
            may be found lost; what is damaged may be mended in place.
    """

    row: Row
    is_final: bool


class Scan:
    """Reads runs of one place of a root; a reader for many of them, not for many threads.

    Args:
        root: Path of the root.
        place: Folder of the root: ``runs``, ``tmp`` or ``trash``.
    """

    def __init__(self, root: str, place: str = layout.RUNS) -> None:
        self.root, self.place = root, place
        self._params: dict[str, tuple[str, Any]] = {}
        self._facts: Known = {}
        self._heads: set[str] = set()

    def read(self, name: str) -> Scanned | None:
        """Return what the files of a run say; None where it is gone.

        Reads ``params.yaml``, ``metadata.json``, ``status.json``, ``about.jsonl``, ``summary.json`` and the last
        64 KiB of ``metrics.jsonl``.
        """
        run = Run(self.root, name, self.place)
        folder = run.folder
        try:
            names = os.listdir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            # Not ours to read: the row says why.
            names = []
        written = self._give(run, folder, names)
        problem = run.problem
        is_final = problem is None and _is_final(run, written) and not _is_measured(folder, names)
        found = Scanned(_row(run, problem, folder, names), is_final)
        # 100,000 metadata take half a gigabyte.
        forget(run)
        return found

    def _give(self, run: Run, folder: str, names: list[str]) -> str | None:
        """Give the run what can be read quickly; return the state that it wrote itself, or None."""
        written = None
        try:
            text = files.read_text(f"{folder}/{layout.PARAMS}", own_params.MOST)
            self._check_head(text.partition("\n")[0], f"{folder}/{layout.PARAMS}")
            params = own_params.read(text, self._params)
            if params is not None:
                give(run, params=params)
            facts = self._object(f"{folder}/{layout.METADATA}")
            if facts is not None and type(facts.get("id")) is int:
                give(run, metadata=facts)
            if layout.FACTS not in names:
                give(run, facts={})
            fields = self._object(f"{folder}/{layout.STATUS}")
            if fields is not None:
                found = status.from_fields(fields, folder)
                written = found.state
                give(run, status=found)
        except (OSError, ExparseError):
            # The run reads it once more, with care, and tells what is wrong.
            return None
        return written

    def _check_head(self, head: str, path: str) -> None:
        if head in self._heads:
            return
        said = said_in(head)
        if said:
            check(said, path)
        if len(self._heads) < _MOST_HEADS:
            self._heads.add(head)

    def _object(self, path: str) -> dict[str, Any] | None:
        found = own_json.read(files.read_text(path), self._facts)
        if found is not None:
            check(found.pop("format", None), path)
        return found


def _is_final(run: Run, written: str | None) -> bool:
    if written not in fate.UNDER_WAY:
        return written is not None or run.status.state not in (*fate.UNDER_WAY, "lost", "killed")
    # Its process cannot come back; a new attempt at the run replaces its status.
    # By the state that is told: a process that ends just now may still be told as running.
    return run.status.state not in fate.UNDER_WAY and (
        liveness.is_dead(run.status.process or run.metadata.get("process")) is True
    )


def _is_measured(folder: str, names: list[str]) -> bool:
    """Return whether another process of the run may still be logging: ranks go on when the program itself has ended."""
    for name in names:
        if name.startswith("metrics.") and name.endswith(".jsonl") and name != layout.METRICS:
            try:
                if time.time() - os.lstat(f"{folder}/{name}").st_mtime < fate.QUIET_S:
                    return True
            except OSError:
                # Gone meanwhile.
                return True
    return False


def _row(run: Run, problem: str | None, folder: str, names: list[str]) -> Row:
    facts = _metadata(run)
    said = about.parse(b"", facts) if layout.ABOUT not in names else _said(run)
    state = "damaged" if problem else run.status.state
    code, error, attempts = (None, None, None) if problem else _end(run)
    return Row(
        run,
        state,
        started(facts, run.name),
        None if problem else _seconds(run),
        (),
        _params(run),
        problem,
        _facts(facts, attempts),
        tuple(said.tags),
        said.description,
        values.read(folder, names),
        False,
        code,
        error,
        _object(facts.get("defaults")),
    )


def _end(run: Run) -> tuple[int | None, str | None, int]:
    found = run.status
    if found.state == "finished" and not found.exit_code and not found.error:
        return found.exit_code, None, found.attempt
    why = ending.why(told.status(run))
    if why is None and found.remarks and found.state == "lost":
        why = str(found.remarks[0])
    return found.exit_code, why, found.attempt


def _params(run: Run) -> dict[str, Any]:
    try:
        return run.params
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return {}


def _metadata(run: Run) -> dict[str, Any]:
    try:
        return run.metadata
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return {}


def _said(run: Run) -> about.About:
    try:
        return run.about
    except (ExparseError, OSError):
        # The row says so already, in its problem.
        return about.About()


def _seconds(run: Run) -> float | None:
    try:
        seconds = float(run.seconds)  # type: ignore[arg-type]  # None raises as well
    except (TypeError, OverflowError):
        return None
    return seconds if isfinite(seconds) else None


def started(facts: dict[str, Any], name: str) -> datetime | None:
    """Return the start of a run: aware where its metadata say it, naive local time where only its name does."""
    said: Any = facts.get("started")
    for text in (said, None):
        try:
            return datetime.fromisoformat(text or _stamp(name))
        except (TypeError, ValueError):
            continue
    return None


def _stamp(name: str) -> str:
    """Return the local start time in a run's name as ISO 8601, to the second."""
    year, month, day, *clock = name.split("-")[1:7]
    return f"{year}-{month}-{day}T{':'.join(clock)}"


def _facts(said: dict[str, Any], attempts: int | None) -> Facts:
    if not said:
        return UNKNOWN
    git, job = _object(said.get("git")), _object(said.get("scheduler")).get("job")
    dirty = git.get("dirty")
    return Facts(
        _text(said.get("host")),
        _text(said.get("user")),
        _text(said.get("script")),
        _text(said.get("cwd")),
        _text(said.get("python")),
        _text(git.get("commit")),
        _text(git.get("branch")),
        dirty if isinstance(dirty, bool) else None,
        str(job) if isinstance(job, (str, int)) else None,
        attempts,
        _program(said),
        _text(said.get("rerun_of")),
    )


def _program(said: dict[str, Any]) -> str | None:
    """Return the name of a run's script, of a package's ``__main__.py`` the package's; of a command the command's."""
    script = _text(said.get("script")) or _text(_object(said.get("runner")).get("target")) or _text(said.get("prog"))
    if not script:
        return None
    folder, name = os.path.split(script)
    return os.path.basename(folder) or name if name == "__main__.py" else name or script


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
