"""What a program of ours that starts a recorded one tells it: where it records, what it repeats, which run goes on.

``exparse rerun``, ``resume`` and ``retry`` start the user's script as anybody would, and leave it this one letter in
the environment. It is for the process that they start and for nobody below it: the letter names who wrote it, and
only a child of that process takes it, or a child's child, since an interpreter may be started by a wrapper.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "EXPARSE_ORDER"
# Windows takes 32,767 characters in a variable, Linux 131,072 bytes.
_LONGEST = 30_000
_LIES_AT = "@"


class Order:
    """What the first run of a process is told by whoever started the process.

    Args:
        by: Pid of the process that gives the order.
        root: Absolute path of the root that the first run goes to; None for the script's own.
        rerun_of: The run that it repeats, as a run of that root names it; None where it repeats none.
        resume: Folder of the run that goes on with a next attempt; None for a new run.
        params: Path of a ``params.yaml`` that is laid under the command line; None for none.
        words: The words of the command line that are laid over it, wherever the parser knows them; None where the
            command line itself is to be parsed.
        given: Names of params that the command line gives by itself: of these ``params`` says nothing.
        tree: Folder in which the recorded code was laid out, or None where the code runs where it lies.
        top: The folder that ``tree`` stands for.
        git: What the repeated run's metadata say under ``git``: of the same commit, it holds for the tree as well.
        tell: Path of a file that is to name the folder of the run that begins; None to tell nobody.
        tags: Tags of the run, beside its own.
        name: Label of the run; None for the script's own.
        tmp: Whether it goes to ``tmp/``.
        path: The ``PYTHONPATH`` that it would have without what is added for the tree; None where nothing is.
    """

    def __init__(
        self,
        by: int = 0,
        root: str | None = None,
        rerun_of: str | None = None,
        resume: str | None = None,
        params: str | None = None,
        words: list[str] | None = None,
        given: list[str] | None = None,
        tree: str | None = None,
        top: str | None = None,
        git: dict[str, Any] | None = None,
        tell: str | None = None,
        tags: list[str] | None = None,
        name: str | None = None,
        tmp: bool = False,
        path: str | None = None,
    ) -> None:
        self.by, self.root, self.rerun_of, self.resume = by, root, rerun_of, resume
        self.params, self.words, self.given, self.tree, self.top = params, words, list(given or ()), tree, top
        self.git, self.tell, self.tags, self.name, self.tmp = git, tell, list(tags or ()), name, tmp
        self.path = path

    def text(self) -> str:
        """Return what stands in the letter."""
        import json

        return json.dumps(vars(self))

    def letter(self, folder: str) -> str:
        """Return the value of :data:`VARIABLE` for the process that is started: the letter, or where it lies.

        Args:
            folder: Folder that stays as long as the process: one variable takes only so much, a longer letter is
                written there.

        Raises:
            OSError: If it cannot be written.
        """
        text = self.text()
        if len(text) <= _LONGEST:
            return text
        path = os.path.join(folder, "order.json")
        with open(path, "w", encoding="ascii") as letter:
            letter.write(text)
        return _LIES_AT + path

    def place(self, path: str | None) -> str | None:
        """Return what a path in the tree stands for; any other as it is."""
        if path is None or self.tree is None or self.top is None:
            return path
        if path.startswith(self.tree + os.sep):
            # As it is named, also where a link leads out of the tree.
            return os.path.join(self.top, path[len(self.tree) + 1 :])
        real = os.path.realpath(path)
        if real == self.tree:
            return self.top
        return os.path.join(self.top, os.path.relpath(real, self.tree)) if real.startswith(self.tree + os.sep) else path

    def say(self, folder: str) -> None:
        """Tell whoever waits which run has begun; a letter box that is gone is nobody's loss."""
        if self.tell is None:
            return
        try:
            with open(self.tell, "x", encoding="utf-8", errors="surrogateescape") as box:
                box.write(folder)
        except OSError:
            return  # a second run of the process, or nobody waits any more


NOTHING = Order()
_order: Order | None = None
_began = _has_parsed = False


def order() -> Order:
    """Return what this process was told; nothing of it comes into its children."""
    global _order
    if _order is None:
        _order = _parsed(os.environ.pop(VARIABLE, "")) or NOTHING
    return _order


def first() -> Order:
    """Return what the first run of this process was told; from the second on, nothing but where its tree stands."""
    told = order()
    if not _began:
        return told
    left = {} if _has_parsed else {"params": told.params, "words": told.words, "given": told.given}
    return Order(tree=told.tree, top=told.top, git=told.git, **left)  # type: ignore[arg-type]


def begun(folder: str, by_arguments: bool = False) -> None:
    """Take note that the first run has begun, and tell whoever waits for it.

    Args:
        folder: The run's folder.
        by_arguments: Whether it is one of ``exparse run``: what is told of its parse is for the parse that comes.
    """
    global _began, _has_parsed
    _began, _has_parsed = True, not by_arguments
    order().say(folder)


def has_parsed() -> None:
    """Take note that the program has parsed: what is told of its parse is not for another one."""
    global _has_parsed
    _has_parsed = True


def taken_back() -> None:
    """Take note that the first run is none after all: the next one is."""
    global _began
    _began = False
    if _order is not None and _order.tell is not None:
        try:
            os.unlink(_order.tell)
        except OSError:
            return  # it was never told, or nobody waits any more


def _parsed(text: str) -> Order | None:
    if not text:
        return None
    import json

    try:
        if text.startswith(_LIES_AT):
            with open(text[len(_LIES_AT) :], encoding="ascii") as letter:
                text = letter.read()
        told = json.loads(text)
        found = Order(**{name: told[name] for name in vars(NOTHING) if name in told})
    except (OSError, ValueError, TypeError, LookupError):
        return None  # somebody else's variable of that name, or whoever wrote it is gone
    return found if _has_started_us(found.by) else None


def _has_started_us(pid: int) -> bool:
    """Return whether a process has started this one, itself or by a wrapper around the interpreter."""
    if os.name == "nt":
        return True  # the interpreter of an environment is a wrapper there, and nobody tells who has started that
    parent = os.getppid()
    if pid == parent:
        return True
    from exparse.store import liveness

    return pid == liveness.parent_of(parent)
