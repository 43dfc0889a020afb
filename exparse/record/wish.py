"""How a run is to be recorded: what the parser's keywords, the own options and :func:`exparse.start` ask for."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.record.order import Order

LEVELS = ("fd", "sys", "off")
"""How output may be captured."""
NEEDED = ("all", "params")
"""What an earlier run may have to equal so that a new one is not needed."""
# Never in the way of the program's own output: the other level puts a pipe there (docs: "Output").
_LEVEL = "sys"


class Wish:
    """How one run is to be recorded.

    Attributes:
        label: End of the folder's name, or None.
        tmp: Whether it goes to ``tmp/``.
        zfill: Least digits of its number in its name.
        automarks: Marks at the start, checked.
        description: What it is for, in the user's words, or None.
        tags: Its tags.
        parents: Runs that it comes from: names, or folders of another root.
        capture: ``sys``, ``fd`` or ``off``.
        source: Whether a zip of the source is wanted where there is git.
        git_clean: Whether a tree that differs from its commit is refused.
        resume: Whether an equal earlier run goes on, where there is one.
        run_id: Name of the run to begin, or to go on with; None for a new one.
        within: Whether the run lies within others of the program, instead of after them.
        whole: Whether these are all its params; a later parse may add some where not.
        needed: ``""`` where the run is made in any case; ``all`` or ``params``: what an earlier run must equal so
            that it is not.
        rerun_of: The run that it repeats, as the root names it, or None.
        goes_on: Folder of the run that goes on with a next attempt, or None.
    """

    def __init__(
        self,
        label: str | None = None,
        tmp: bool = False,
        zfill: int = layout.ZFILL,
        automarks: Sequence[str] = (),
        description: str | None = None,
        tags: Sequence[str] = (),
        parents: Sequence[str] = (),
        capture: str = _LEVEL,
        source: bool = False,
        git_clean: bool = False,
        resume: bool = False,
        run_id: str | None = None,
        within: bool = False,
        whole: bool = True,
        needed: str = "",
    ) -> None:
        self.label = run_id if run_id and not layout.is_reference(run_id) else label
        self.tmp, self.zfill, self.automarks = tmp, zfill, list(automarks)
        self.description, self.tags, self.parents = description, list(dict.fromkeys(tags)), list(parents)
        self.capture, self.source, self.git_clean = capture, source, git_clean
        self.resume, self.run_id, self.within, self.whole = resume, run_id, within, whole
        self.needed = needed
        self.rerun_of: str | None = None
        self.goes_on: str | None = None

    def follow(self, before: Wish) -> None:
        """Keep what the wish of an earlier parse of the same run was told from outside the program."""
        self.tags = list(dict.fromkeys([*before.tags, *self.tags]))
        self.rerun_of, self.goes_on = before.rerun_of, before.goes_on

    def differs(self, other: Wish) -> bool:
        """Return whether a run that began as this says cannot become one that is recorded as another wish says."""
        if other.resume or other.run_id or other.needed:
            return True
        moved = other.tmp != self.tmp or (other.label is not None and other.label != self.label)
        more = (other.source and not self.source) or (other.git_clean and not self.git_clean)
        return moved or more or other.capture != self.capture

    def obey(self, told: Order) -> None:
        """Take over what whoever started the program says of its first run."""
        self.label, self.tmp = self.label or told.name, self.tmp or told.tmp
        self.tags = list(dict.fromkeys([*self.tags, *told.tags]))
        self.rerun_of, self.goes_on = told.rerun_of, told.resume
        if told.rerun_of or told.resume:
            self.needed = ""  # that such a run is there is why it is made again
        if told.rerun_of:
            self.parents = list(dict.fromkeys([*self.parents, told.rerun_of]))


def level(asked: str | None) -> str:
    """Return the level of capture: what was asked for, else ``$EXPARSE_CAPTURE``, else the usual one.

    Raises:
        ExparseError: If it is none.
    """
    named = asked or os.environ.get("EXPARSE_CAPTURE", "").strip().lower() or _LEVEL
    if named not in LEVELS:
        raise ExparseError(f"capture is {named!r}: it is one of {', '.join(LEVELS)} (EXPARSE_CAPTURE, capture=)")
    return named
