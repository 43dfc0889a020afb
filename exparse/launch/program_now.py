"""Whether the program of a command is still the one that ran: what git ignores, or lies elsewhere, is no code of it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import datetime

from exparse.code import processes, sources
from exparse.code.repository import GitProblem, Repository, find_top
from exparse.errors import DamagedFile
from exparse.launch.start import COMMAND
from exparse.launch.unlike import Unlike
from exparse.query.told import Told
from exparse.record.unlikeness import last_change, moment
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from exparse.store.run import Run

_LONGEST_S = 5.0


def unlike(run: Run, told: Told, moved: Callable[[str], str], tree: str | None) -> Iterator[Unlike]:
    """Yield the program of a command, where its file has changed since the run began, or is gone.

    Args:
        run: The run.
        told: What its metadata say.
        moved: Returns where a path of then lies now.
        tree: Folder in which the recorded code is laid out; None where there is none.

    Of what belongs to the code, the code tells: what git does not ignore, what lies in the tree, and what was kept in
    ``source.zip``.
    """
    runner = told.part("runner")
    if runner.text("kind") != COMMAND:
        return
    name, script = runner.text("target"), told.text("script")
    path = moved(script) if script else shutil.which(name)
    what, was = f"program {name}", _time(run.status.started)
    if path is None or not os.path.isfile(path):
        yield Unlike(what, was, f"gone: {path}" if path else "not found")
        return
    changed, began = last_change(path), moment(run.status.started)
    if began is None or changed is None or changed <= began or _is_code(run, script, os.path.realpath(path), tree):
        return
    yield Unlike(what, was, f"changed {datetime.fromtimestamp(changed).isoformat(' ', 'seconds')}")


def _time(started: str | None) -> str:
    seconds = moment(started)
    return f"ran {datetime.fromtimestamp(seconds).isoformat(' ', 'seconds')}" if seconds is not None else ""


def _is_code(run: Run, script: str, path: str, tree: str | None) -> bool:
    """Return whether a program belongs to the code of its run, whose changes are told by themselves."""
    if tree is not None and path.startswith(os.path.realpath(tree) + os.sep):
        return True
    top = find_top(os.path.dirname(path))
    return _is_known_to_git(top, path) if top is not None else _is_kept(run, script)


def _is_known_to_git(top: str, path: str) -> bool:
    """Return whether git tracks a file, or would tell that it is new."""
    name = os.path.relpath(path, top)
    try:
        listed = Repository(top).start("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", name)
        processes.gather([listed], time.monotonic() + _LONGEST_S)
    except GitProblem:
        return False
    return listed.is_good and bool(listed.out)


def _is_kept(run: Run, script: str) -> bool:
    try:
        return bool(script) and os.path.basename(script) in sources.read(f"{run.folder}/{layout.SOURCE}")
    except (OSError, DamagedFile):
        return False
