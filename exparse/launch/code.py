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

    from exparse.code.looked import Looked
    from exparse.code.trees import CodeNow, Tree
    from exparse.launch.start import Start
    from exparse.store.run import Run

RECORDED, CURRENT = "recorded", "current"
CHOICES = (RECORDED, CURRENT)
SAME = "same"
_DIFFERS = "differs"


class Code:
    """The code that is going to run; closing it gives its tree free.

    Args:
        now: How what lies here compares with what was recorded.
        tree: The tree in which the recorded code was laid out; None where it runs where it lies.
        places: Where its folders lie now.
        note: Which code runs, in a few words.
        is_as_recorded: Whether what runs is what was recorded, if anything was.
        here: Which code is here instead, and how to run it; "" where that is no news.
        is_offered: Whether what is here may be another code, which could run as well.
        is_shared: Whether others have the tree as well: then whoever had it laid out closes it.
    """

    def __init__(
        self,
        now: CodeNow,
        tree: Tree | None,
        places: Places,
        note: str,
        is_as_recorded: bool,
        here: str = "",
        is_offered: bool = False,
        is_shared: bool = False,
    ) -> None:
        self.now, self.tree, self.places, self.note = now, tree, places, note
        self.is_as_recorded, self.here, self.is_offered = is_as_recorded, here, is_offered
        self._is_shared = is_shared

    def __enter__(self) -> Code:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.tree is not None and not self._is_shared:
            self.tree.close()


def chosen(run: Run, start: Start, choice: str | None, goes_on: bool = False, looked: Looked | None = None) -> Code:
    """Return the code that is to run again; lays it out where what lies here is not it.

    Args:
        run: The run.
        start: How it was started.
        choice: One of :data:`CHOICES`; None for what lies here where that is the same, else the recorded code.
        goes_on: Whether the run itself goes on.
        looked: What was found for other runs that are only shown as well, and what holds their trees; None where this
            one is to run.

    Raises:
        ExparseError: If the recorded code is not to be had.
    """
    from exparse.code import trees

    nearby = [here(), run.root]
    now = trees.differs(run.metadata, run.folder, nearby, looked)
    if choice == CURRENT or (choice is None and now.kind == SAME and (goes_on or not _is_others(run, now))):
        return Code(now, None, _in_place(run, now, nearby), _note_in_place(now), now.kind == SAME)
    if choice is None and start.kind in (COMMAND, CODE) and not _is_recorded(run):
        note = "what is here: none was recorded beside the command itself"
        return Code(now, None, _in_place(run, now, nearby), note, True)
    try:
        # An archive is that of one run.
        looked = looked if Told(run.metadata).part("git").text("commit") else None
        tree = _laid_out(run, nearby, goes_on, looked)
    except trees.CodeNotFound as problem:
        if not _is_here(run, now, nearby):
            raise
        raise ExparseError(f"{str(problem).rstrip('.')}. To run what is here: --code {CURRENT}") from None
    pairs = [(top, tree.path) for top in (_recorded_top(run, tree.kind == "archive"), tree.top) if top]
    is_offered = now.kind != SAME and _is_here(run, now, nearby)
    note, instead = _notes_of_tree(now, is_offered)
    return Code(now, tree, Places(pairs), note, True, instead, is_offered, is_shared=looked is not None)


def _is_others(run: Run, now: CodeNow) -> bool:
    """Return whether what lies here is another user's, whose results a run in place could overwrite."""
    from exparse.code.others import Others

    return bool(now.top) and Others(str(now.top), run.metadata, run.folder).is_foreign


def _laid_out(run: Run, nearby: Sequence[str], goes_on: bool, looked: Looked | None) -> Tree:
    from exparse.code import trees

    def lay_out() -> Tree:
        return trees.lay_out(run.metadata, run.folder, nearby, goes_on)

    return looked.tree(run.metadata, run.folder, lay_out) if looked is not None else lay_out()


def here() -> str:
    """Return the working folder; ``/`` where it is gone."""
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


def _is_here(run: Run, now: CodeNow, nearby: Sequence[str]) -> bool:
    """Return whether what ``--code current`` would run is here at all."""
    if now.script_is_there or not Told(run.metadata).text("script"):
        return True
    top = _recorded_top(run)
    return bool(top) and _holder(run, top, nearby) is not None


def _note_in_place(now: CodeNow) -> str:
    if now.kind == SAME:
        return "as it was, where it lies"
    was, here = _halves(now)
    if here:
        return f"what is here: {here}; recorded: {was}"
    return f"what is here, which {'differs' if now.kind == _DIFFERS else 'may differ'}: {now.told}"


def _notes_of_tree(now: CodeNow, is_offered: bool) -> tuple[str, str]:
    """Return what is said of the code in a tree, and of what is here where that is not known to be the same."""
    was, here = _halves(now)
    note = f"{f'recorded: {was}' if was else 'the recorded code'}, in a tree of its own"
    if now.kind == SAME:
        return note, ""
    told = here or (now.told if now.kind == _DIFFERS else f"may be another: {now.told}")
    return note, f"{told} (--code {CURRENT} runs this)" if is_offered else told


def _halves(now: CodeNow) -> tuple[str, str]:
    """Return the code of then and of now in short, where it is told so: "commit 13d987e, here commit 77ab012 ..."."""
    was, _, here = now.told.partition(", here ") if now.kind == _DIFFERS else ("", "", "")
    return was.removeprefix("commit "), here.removeprefix("commit ").removeprefix("the same commit ")
