"""Whether the program of a command is still the one that ran: what git ignores, or lies elsewhere, is no code of it."""

from __future__ import annotations

import os
import shutil
import time

from exparse.code import processes
from exparse.code.repository import GitProblem, Repository, find_top
from exparse.launch.inputs_now import when
from exparse.launch.start import COMMAND
from exparse.launch.unlike import Unlike
from exparse.query.told import Told
from exparse.record.unlikeness import last_change, moment

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

    Of what belongs to the code, the code tells: what lies in the tree, or in the repository of the run, where git does
    not ignore it.
    """
    runner = told.part("runner")
    if runner.text("kind") != COMMAND:
        return
    name, script = runner.text("target"), told.text("script")
    path = moved(script) if script else shutil.which(name)
    began = moment(run.status.started)
    what, was = f"program {name}", f"ran {when(began)}" if began is not None else ""
    if path is None or not os.path.isfile(path):
        yield Unlike(what, was, f"gone: {path}" if path else "not found")
        return
    git = told.part("git")
    top = os.path.realpath(moved(git.text("top"))) if git.text("commit") and git.text("top") else ""
    changed = last_change(path)
    if began is None or changed is None or changed <= began or _is_code(os.path.realpath(path), top, tree):
        return
    yield Unlike(what, was, f"changed {when(changed)}")


def _is_code(path: str, top: str, tree: str | None) -> bool:
    """Return whether a program belongs to the code of its run, whose changes are told by themselves.

    Args:
        path: Where it lies, links resolved.
        top: Where the repository of the run lies now, links resolved; "" where no commit was recorded.
        tree: Folder in which the recorded code is laid out, or None.
    """
    if tree is not None and path.startswith(os.path.realpath(tree) + os.sep):
        return True
    return bool(top) and find_top(os.path.dirname(path)) == top and _is_known_to_git(top, path)


def _is_known_to_git(top: str, path: str) -> bool:
    """Return whether git tracks a file, or would tell that it is new."""
    name = os.path.relpath(path, top)
    try:
        listed = Repository(top).start("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", name)
        processes.gather([listed], time.monotonic() + _LONGEST_S)
    except GitProblem:
        return False
    return listed.is_good and bool(listed.out)
