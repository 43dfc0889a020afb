"""A plan carried out: its program started and waited for, what it recorded, what it left in its tree."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import NamedTuple

from exparse.launch import child
from exparse.store import layout
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from exparse.launch.plan import Plan

LEFT = "left"
"""Folder among a run's files for what the program left in a tree that is not its own."""
_BOX = "run"


class Gone(NamedTuple):
    """How it went.

    Attributes:
        code: Exit code of the program; the number of the signal that ended it, negative.
        run: The run that it recorded; None where it recorded none.
        left: What it left in the tree, as it lies now.
        where: The folder in which that lies.
    """

    code: int
    run: Run | None
    left: list[str]
    where: str


def go(plan: Plan) -> Gone:
    """Start the program of a plan and wait for its end.

    Raises:
        ExparseError: If it cannot be started.
    """
    tree, resumed = plan.code.tree, plan.order.resume
    if tree is not None and resumed is not None:
        tree.bring_in(os.path.join(resumed, layout.FILES, LEFT))
    folder = tempfile.mkdtemp(prefix="exparse-")
    plan.order.tell = os.path.join(folder, _BOX)
    try:
        code = child.run(plan.argv, plan.cwd, plan.environment(folder))
        run = _told(plan.order.tell)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    left, where = _moved_out(plan, run)
    return Gone(code, run, left, where)


def _told(box: str) -> Run | None:
    """Return the run whose folder stands in the letter box; None where none began, or it was taken back."""
    try:
        with open(box, encoding="utf-8", errors="surrogateescape") as letter:
            folder = letter.read()
    except OSError:
        return None  # none began, or nobody can say which: the program has run all the same
    above, name = os.path.split(folder)
    root, place = os.path.split(above)
    return Run(root, name, place) if os.path.isdir(folder) else None


def _moved_out(plan: Plan, run: Run | None) -> tuple[list[str], str]:
    tree = plan.code.tree
    if tree is None:
        return [], ""
    if run is None:
        # Nowhere to put it: it stays, and whoever takes the tree next moves it out of the way.
        return tree.left_behind(), tree.path
    where = os.path.join(run.folder, layout.FILES, LEFT)
    try:
        return tree.move_out(where), where
    except OSError:
        # No room, as a rule. What is left stays in the tree, and nobody deletes it.
        return tree.left_behind(), tree.path
