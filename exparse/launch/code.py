"""Which code runs again: what lies here, or what was recorded, in a tree of its own."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.launch.places import Places
from exparse.launch.start import COMMAND
from exparse.launch.typed import CODE
from exparse.query.told import Told
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from exparse.code.trees import CodeNow, Tree
    from exparse.launch.start import Start
    from exparse.store.run import Run

RECORDED, CURRENT = "recorded", "current"
CHOICES = (RECORDED, CURRENT)
SAME = "same"


class Code:
    """The code that is going to run; closing it gives its tree free.

    Args:
        now: How what lies here compares with what was recorded.
        tree: The tree in which the recorded code was laid out; None where it runs where it lies.
        places: Where its folders lie now.
        note: Which code runs, in a sentence.
        is_as_recorded: Whether what runs is what was recorded, if anything was.
    """

    def __init__(self, now: CodeNow, tree: Tree | None, places: Places, note: str, is_as_recorded: bool) -> None:
        self.now, self.tree, self.places, self.note = now, tree, places, note
        self.is_as_recorded = is_as_recorded

    def __enter__(self) -> Code:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.tree is not None:
            self.tree.close()


def chosen(run: Run, start: Start, choice: str | None, goes_on: bool = False) -> Code:
    """Return the code that is to run again; lays it out where what lies here is not it.

    Args:
        run: The run.
        start: How it was started.
        choice: One of :data:`CHOICES`; None for what lies here where that is the same, else the recorded code.
        goes_on: Whether the run itself goes on.

    Raises:
        ExparseError: If the recorded code is not to be had.
    """
    from exparse.code import trees

    nearby = [_here(), run.root]
    now = trees.differs(run.metadata, run.folder, nearby)
    if choice == CURRENT or (choice is None and now.kind == SAME):
        return Code(now, None, _in_place(run, now, nearby), _note_in_place(now), now.kind == SAME)
    if choice is None and start.kind in (COMMAND, CODE) and not _is_recorded(run):
        note = "what is here: none was recorded beside the command itself"
        return Code(now, None, _in_place(run, now, nearby), note, True)
    try:
        tree = trees.lay_out(run.metadata, run.folder, nearby, goes_on)
    except trees.CodeNotFound as problem:
        raise ExparseError(f"{str(problem).rstrip('.')}. To run what is here: --code {CURRENT}") from None
    pairs = [(top, tree.path) for top in (_recorded_top(run, tree.kind == "archive"), tree.top) if top]
    return Code(now, tree, Places(pairs), _note_of_tree(now), True)


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:
        return os.sep


def _is_recorded(run: Run) -> bool:
    return bool(Told(run.metadata).part("git").text("commit")) or os.path.isfile(f"{run.folder}/{layout.SOURCE}")


def _recorded_top(run: Run, is_archive: bool = False) -> str:
    """Return the folder below which the run's code lay: its repository, or where its script was."""
    told = Told(run.metadata)
    git = told.part("git")
    # Of a repository without a commit, the sources of the script's folder were kept.
    if git.text("commit") and not is_archive:
        return git.text("top")
    return os.path.dirname(told.text("script")) or told.text("cwd")


def _in_place(run: Run, now: CodeNow, nearby: Sequence[str]) -> Places:
    top = _recorded_top(run)
    here = now.top or (_holder(run, top, nearby) if top else None)
    return Places([(top, here)] if top and here and here != top else [])


def _holder(run: Run, top: str, nearby: Sequence[str]) -> str | None:
    """Return the first repository nearby in which the script lies where it lay below its own; None for none.

    Of a commit that is nowhere to be had, what is here can still be run.
    """
    from exparse.code.repository import find_top

    script = Told(run.metadata).text("script")
    if not script or os.path.exists(script) or Places([(top, top)]).now(script) is None:
        return None
    below = os.path.relpath(script, top)
    found = (find_top(folder) or folder for folder in nearby)
    return next((folder for folder in found if os.path.isfile(os.path.join(folder, below))), None)


def _note_in_place(now: CodeNow) -> str:
    if now.kind == SAME:
        return "as it was, where it lies"
    return f"what is here, which {'differs' if now.kind == 'differs' else 'may differ'} ({now.told})"


def _note_of_tree(now: CodeNow) -> str:
    if now.kind == SAME:
        return "the recorded code, in a tree of its own"
    says = "differs" if now.kind == "differs" else "may be another"
    return f"the recorded one, in a tree of its own; what is here (--code {CURRENT}) {says}: {now.told}"
