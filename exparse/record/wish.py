"""How a run is to be recorded: what the parser's keywords, the own options and :func:`exparse.start` ask for."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LEVELS = ("sys", "fd", "off")
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
    ) -> None:
        self.label = run_id if run_id and not layout.is_reference(run_id) else label
        self.tmp, self.zfill, self.automarks = tmp, zfill, list(automarks)
        self.description, self.tags, self.parents = description, list(dict.fromkeys(tags)), list(parents)
        self.capture, self.source, self.git_clean = capture, source, git_clean
        self.resume, self.run_id, self.within, self.whole = resume, run_id, within, whole


def level(asked: str | None) -> str:
    """Return the level of capture: what was asked for, else ``$EXPARSE_CAPTURE``, else the usual one.

    Raises:
        ExparseError: If it is none.
    """
    named = asked or os.environ.get("EXPARSE_CAPTURE", "").strip().lower() or _LEVEL
    if named not in LEVELS:
        raise ExparseError(f"capture is {named!r}: it is one of {', '.join(LEVELS)} (EXPARSE_CAPTURE, capture=)")
    return named
