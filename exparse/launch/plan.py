"""What is going to be started so that a run is made again: a command, where, with which code, told what."""

from __future__ import annotations

import os
import shlex
import sys

from exparse.launch import imports
from exparse.launch.code import Code, chosen
from exparse.launch.start import COMMAND, CannotRepeat, Start
from exparse.launch.typed import CODE, MODULE, SCRIPT
from exparse.launch.unlike import few
from exparse.query.told import Told
from exparse.record.facts import MASK
from exparse.record.order import VARIABLE, Order
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from exparse.code.looked import Looked
    from exparse.store.run import Run

_US = ("-m", "exparse", "run")
# How output is captured where nobody says.
_CAPTURE, _CAPTURES = "sys", {COMMAND: "fd"}


class Plan:
    """A run that is about to be made again, or to go on; nothing is started yet. Closing it gives its tree free.

    Attributes:
        run: The run.
        argv: The command; it is given to the system as a list, never to a shell.
        cwd: Its working folder.
        env: Variables that it gets beside those of this process.
        order: What the run that begins is told.
        code: Which code runs.
        notes: What is not as it was, or cannot be known, in sentences.
        hints: What becomes of the words that are laid over it, where that is not plain.
        is_added: Whether any are; only the script can say whether it takes them.
    """

    def __init__(self, run: Run, start: Start, code: Code, words: Sequence[str]) -> None:
        self.run, self.code = run, code
        self.notes: list[str] = []
        self.hints: list[str] = []
        self.env: dict[str, str] = {}
        self.cwd = self._folder(start)
        python = self._interpreter(start)
        line, left = start.line(words)
        self._tell_left(start, left, words)
        self.argv = [python, *start.options, *self._program(start), *start.before, *line]
        self.order = self._order(start, words)
        self._tell_added(start, words)
        self._find_modules(start)

    def __enter__(self) -> Plan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.code.__exit__(kind, problem, trace)

    @property
    def python(self) -> str:
        """The interpreter."""
        return self.argv[0]

    @property
    def command(self) -> str:
        """The command as one types it."""
        return shlex.join(self.argv)

    def environment(self, folder: str) -> dict[str, str]:
        """Return the whole environment of what is started; the letter says that this process started it.

        Args:
            folder: Where the letter may be laid down.
        """
        self.order.by = os.getpid()
        return {**os.environ, **self.env, VARIABLE: self.order.letter(folder)}

    def record_in(self, root: str) -> None:
        """Have the run that begins go to another root; from there, the one that it repeats is named by its folder."""
        self.order.root = os.path.abspath(root)
        if self.order.rerun_of is not None and os.path.realpath(root) != os.path.realpath(self.run.root):
            self.order.rerun_of = os.path.abspath(self.run.folder)

    def _folder(self, start: Start) -> str:
        moved = self.code.places.now(start.cwd) if start.cwd else None
        for folder in (moved, start.cwd):
            if folder and os.path.isdir(folder):
                return folder
        here = os.getcwd()
        gone = f"its working folder {start.cwd} is gone" if start.cwd else "nothing says what its working folder was"
        self.notes.append(f"{gone}: it runs here, in {here}")
        return here

    def _interpreter(self, start: Start) -> str:
        if os.path.isabs(start.python) and os.access(start.python, os.X_OK) and os.path.isfile(start.python):
            return start.python
        return sys.executable  # that it is another one is among what differs

    def _program(self, start: Start) -> list[str]:
        if start.is_by_us:
            usual = _CAPTURES.get(start.kind, _CAPTURE)
            level = ["--capture", start.capture] if start.capture not in ("", usual) else []
            return [*_US, *level, *self._of_runner(start)]
        if start.kind == MODULE:
            return ["-m", start.target]
        return ["-c", start.target] if start.kind == CODE else [self._script(start)]

    def _of_runner(self, start: Start) -> list[str]:
        if start.kind == COMMAND:
            return ["--", self._script(start) if os.sep in start.target else start.target]
        return ["-m", start.target] if start.kind == MODULE else [self._script(start)]

    def _script(self, start: Start) -> str:
        """Return the path of the script as it was named, where that leads to it from the working folder."""
        was = os.path.normpath(os.path.join(start.cwd, start.target))
        now = self.code.places.moved(was)
        if start.kind == SCRIPT and not os.path.exists(now):
            raise CannotRepeat(self.run, f"its script {now} is not here")
        # As the system goes from there: the way up from a linked folder is not the one that the words say.
        named = os.path.realpath(os.path.join(self.cwd, start.target))
        is_plain = named == os.path.realpath(now) and not start.target.startswith("-")
        return start.target if is_plain else now

    def _order(self, start: Start, words: Sequence[str]) -> Order:
        order = Order(root=os.path.abspath(self.run.root))
        tree = self.code.tree
        if tree is not None:
            order.tree, order.top = os.path.realpath(tree.path), tree.top
            order.git = dict(Told(self.run.metadata).part("git").fields) or None if tree.kind == "git" else None
        if not start.is_parsed:
            return order
        order.params = os.path.abspath(f"{self.run.folder}/{layout.PARAMS}")
        # What was handed back, and where it stood, is known only to a parse of the whole line; so is what could not
        # be recorded, and what a script does with the words that it does not give to its parser.
        is_whole = not any(MASK in word for word in start.argv)
        is_in_part = bool(start.before) or start.is_given
        if start.has_saved or not (start.rest or is_in_part or (start.unwritten and is_whole)):
            order.words = [*start.rest, *words]
        else:
            # What it says is not to be laid under itself: two options of one list would be four.
            order.given = start.given
        if any(MASK in word for word in start.rest):
            raise CannotRepeat(self.run, "its arguments held a secret, which was not recorded")
        return order

    def _tell_left(self, start: Start, left: list[str], words: Sequence[str]) -> None:
        said = {_name(word) for word in words}
        names = list(dict.fromkeys([*start.lost, *([] if start.lost else left)]))
        names = [name for name in names if _name(name) not in said]
        if names:
            self.notes.append(f"not recorded, so not passed on: {few(names, 5)}; say it anew if the script needs it")

    def _tell_added(self, start: Start, words: Sequence[str]) -> None:
        if words and not start.is_parsed:
            self.hints.append("no options are known of it: yours are put behind the recorded arguments")
        elif words and start.is_given:
            self.hints.append("its parser was given words that the script made: what you say may not reach it")
        elif words and self.order.words is None and Told(self.run.metadata).texts("command"):
            self.hints.append("its arguments are parsed as they stood: what you say reaches its sub-command alone")
        self.is_added = bool(words)

    def _find_modules(self, start: Start) -> None:
        if self.code.tree is None:
            return
        given = os.environ.get(imports.VARIABLE, "")
        path = imports.path(self.run.folder, self.code.places, given, start.imports)
        if path is None:
            return
        self.env[imports.VARIABLE], self.order.path = path, given
        if {"-E", "-I"} & set(start.options):
            self.notes.append("its interpreter takes no PYTHONPATH (-E, -I): packages installed in place are as now")


def _name(word: str) -> str:
    return word.partition("=")[0].lstrip("-").replace("-", "_")


def again(run: Run, words: Sequence[str], code: str | None) -> Plan:
    """Return the plan of a new run that repeats one.

    Args:
        run: The run.
        words: Words of the script's command line that are laid over what was recorded.
        code: ``recorded``, ``current``, or None (:func:`exparse.launch.code.chosen`).

    Raises:
        ExparseError: If it cannot be made again; says why.
    """
    found = plan(run, words, code)
    found.order.rerun_of = run.name
    return found


def on(run: Run, code: str | None, looked: Looked | None = None) -> Plan:
    """Return the plan of a next attempt at a run; see :func:`again`, and :func:`exparse.launch.code.chosen`."""
    found = plan(run, (), code, goes_on=True, looked=looked)
    found.order.resume = os.path.abspath(run.folder)
    return found


def plan(run: Run, words: Sequence[str], code: str | None, goes_on: bool = False, looked: Looked | None = None) -> Plan:
    """Return what starts the program of a run once more; whoever calls says whether it repeats the run or goes on."""
    start = Start(run)
    found = chosen(run, start, code, goes_on, looked)
    try:
        return Plan(run, start, found, words)
    except BaseException:
        found.__exit__(None, None, None)
        raise
