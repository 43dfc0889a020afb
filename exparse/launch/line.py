"""The command line of ``exparse run``: own options, then what is to be run, then words that are none of ours."""

from __future__ import annotations

from exparse.errors import ExparseError, near
from exparse.record.wish import LEVELS, NEEDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

OPTIONS: dict[str, tuple[str | None, str]] = {
    "name": ("NAME", "label of the run, the end of its folder's name"),
    "tag": ("TAG", "a tag, or several with commas between; repeatable"),
    "description": ("TEXT", "what the run is about"),
    "tmp": (None, "record below tmp/, not in the index"),
    "config": ("FILE-OR-RUN", "values from a YAML file or an earlier run, laid under the script's command line"),
    "no-record": (None, "record nothing"),
    "needed": ("all|params", "run nothing where an equal run has finished; params: whatever the code"),
    "resume": (None, "go on with the latest equal run, or start a new one"),
    "run-id": ("NAME", "go on with the run of that name, or start it"),
    "git-clean": (None, "refuse to start unless all of the code is committed"),
    "git-dirty": (None, "start although the code is not committed"),
    "capture": ("fd|sys|off", "what is kept of the output: subprocesses too, what Python code prints, nothing"),
    "source": (None, "keep the source files that the script imports, also where git has them"),
}
"""Own options by name: how the value shows in help (None for an option without), and what the option is."""
# Their value stands behind "=" only: the word that follows is the script.
GLUED = ("needed",)
CHOICES = {"capture": LEVELS, "needed": NEEDED}
"""What the value of an option is one of."""


class WrongLine(ExparseError):
    """A command line that cannot be read: a usage error."""


class Line:
    """What ``exparse run`` is asked to do.

    Attributes:
        kind: ``script``, ``module`` or ``command``; ``help`` where only help is wanted.
        target: The script, the module or the command's first word; "" for help.
        words: What follows it, as it is.
        asked: Own options of the recorder, each with its value ("" for one that takes none), in order.
        root: What ``--root`` said, or None.
        capture: What ``--capture`` said, or None.
        source: Whether ``--source`` was given.
    """

    __slots__ = ("asked", "capture", "kind", "root", "source", "target", "words")

    def __init__(self) -> None:
        self.kind = self.target = ""
        self.words: list[str] = []
        self.asked: list[tuple[str, str]] = []
        self.root: str | None = None
        self.capture: str | None = None
        self.source = False

    def hear(self, name: str, value: str) -> None:
        """Take note of an own option."""
        if name == "root":
            self.root = value
        elif name == "capture":
            self.capture = value
        elif name == "source":
            self.source = True
        else:
            self.asked.append((name, value))


def read(words: Sequence[str]) -> Line:
    """Return what stands behind ``exparse run``.

    Raises:
        WrongLine: If there is nothing to run, or an option that there is not.
    """
    line, left = Line(), list(words)
    while left:
        word = left.pop(0)
        if word in ("-h", "--help"):
            line.kind = "help"
            return line
        if word == "--":
            return _ends(line, "command", left, "a command")
        if word.startswith("-m") and not word.startswith("--"):
            return _ends(line, "module", [word[2:], *left] if word != "-m" else left, "a module")
        if not word.startswith("-") or word == "-":
            return _ends(line, "script", [word, *left], "a script")
        _take(line, word, left)
    raise WrongLine("the following arguments are required: a script, -m MODULE, or -- COMMAND")


def _ends(line: Line, kind: str, left: list[str], what: str) -> Line:
    if not left or not left[0]:
        raise WrongLine(f"{what} is missing")
    if left == ["-"] or (kind == "script" and left[0] == "-"):
        raise WrongLine("a script is named by its file: standard input is none that could be run again")
    line.kind, line.target, line.words = kind, left[0], left[1:]
    return line


def _take(line: Line, word: str, left: list[str]) -> None:
    """Take one own option, and its value from what is left."""
    option, equals, value = word.partition("=")
    name = option.removeprefix("--").removeprefix("exparse-")
    if not option.startswith("--") or name not in (*OPTIONS, "root"):
        close = near(option, [f"--{known}" for known in (*OPTIONS, "root")])
        hint = f". Close to it: {', '.join(close)}" if close else ""
        raise WrongLine(f"unrecognized arguments: {option} (the script's own options stand behind it){hint}")
    metavar = OPTIONS[name][0] if name != "root" else "FOLDER"
    if metavar is None:
        if equals:
            raise WrongLine(f"argument --{name}: ignored explicit argument {value!r}")
    elif not equals and name not in GLUED:
        if not left:
            raise WrongLine(f"argument --{name}: expected one argument")
        value = left.pop(0)
    if name in CHOICES and (equals or name not in GLUED) and value not in CHOICES[name]:
        raise WrongLine(f"argument --{name}: invalid choice: {value!r} (choose from {', '.join(CHOICES[name])})")
    line.hear(name, value)
