"""How a run was started, read from its metadata: by which interpreter, what, with which arguments, and from where."""

from __future__ import annotations

import os

from exparse.errors import ExparseError
from exparse.format import params
from exparse.launch import line as lines
from exparse.launch import typed
from exparse.query.told import Told
from exparse.record.facts import MASK
from exparse.record.names import says_secret
from exparse.record.runner import KINDS
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from exparse.store.run import Run

COMMAND = KINDS[2]
_RUN = "run"
# What becomes a word of a command line, a path or a variable.
_SAID = (
    "argv", "command", "cwd", "executable", "git", "inputs", "outputs", "prog", "rendered", "rest", "runner",
    "script", "tree", "typed",
)  # fmt: skip
_KERNELS = ("ipykernel_launcher", "ipykernel", "colab_kernel_launcher")


class CannotRepeat(ExparseError):
    """A run cannot be started again.

    Attributes:
        run: The run.
    """

    def __init__(self, run: Run, why: str) -> None:
        self.run = run
        super().__init__(f"run {run.id} cannot be started again: {why}")


class Start:
    """How a run was started.

    Args:
        run: The run; its metadata are read.

    Attributes:
        python: Path of the interpreter.
        options: Its own options.
        kind: ``script``, ``module`` or ``code``; ``command`` for any other program.
        target: The script as it was named, the module, the code, or the command's first word.
        argv: The arguments as they were given; without saved files and own options where that is known.
        before: Words between what Python ran and ``argv``: a script may parse a part of its command line only, and
            ``-m cProfile`` takes the script's name.
        is_given: Whether the parser was given words of the script's own: what is said beside them may not reach it.
        given: Names of the params that the command line gave.
        rest: Arguments that the script's parser handed back.
        cwd: The working folder, "" where that is not known.
        is_by_us: Whether ``exparse run`` ran it.
        is_parsed: Whether the params are those of a parser, and not bare arguments or what the program said.
        has_saved: Whether params came from saved files that ``argv`` names, which may say something else by now.
        capture: How its output was captured.
        lost: Names of params that were not recorded, and that the code alone does not give again.
        unwritten: Those of them that stand on the command line all the same: they are no secrets.

    Raises:
        CannotRepeat: If nothing says how.
    """

    def __init__(self, run: Run) -> None:
        told = Told(run.metadata)
        self.run, self._told = run, told
        said = [told.fields.get(name) for name in _SAID] + [told.part("environment").text("PYTHONPATH")]
        if not all(map(_is_possible, _all_texts(said))):
            raise CannotRepeat(run, "its metadata hold a character that no command line and no path can")
        self.cwd, self.capture = told.text("cwd"), told.text("capture")
        self.python = told.text("executable")
        self.is_parsed = _is_parsed(told)
        self.rest, self.given = told.texts("rest"), told.texts("given")
        self.has_saved = bool(told.texts("config")) and "rendered" not in told.fields
        self.argv = told.texts("rendered" if "rendered" in told.fields else "argv")
        why = omitted(run)
        is_any = "given" not in told.fields  # an early exparse did not say
        self.lost = [name for name in why if is_any or name in self.given or _is_of_file(told, name)]
        self.unwritten = [name for name in self.lost if "secret" not in why[name]]
        runner = told.part("runner")
        self.is_by_us = bool(runner)
        words = typed.take_apart(self._line())
        if words.target in _KERNELS or told.whole("cells"):
            raise CannotRepeat(run, f"it was made in a notebook. Its cells are in {run.folder}/cells.py")
        self.options = words.options
        self.kind, self.target = words.kind, words.target
        if self.is_by_us:
            self.kind, self.target = runner.text("kind"), runner.text("target")
        self._check()
        self.before, self.is_given = list[str](), False
        self._divide(_of_runner(words.args, self.target) if self.is_by_us else words.args)

    def _divide(self, args: list[str] | None) -> None:
        """Divide the words behind the program into those that its parser had, and those before."""
        argv = self._told.texts("argv")
        if args is None or self.kind == COMMAND:
            return
        at = len(args) - len(argv)
        if at >= 0 and args[at:] == argv:
            self.before = args[:at]
        else:
            self.argv, self.is_given = args, True

    def _line(self) -> list[str]:
        """Return the whole command line; of an early exparse, which did not record it, what it must have been."""
        line = self._told.texts("typed")
        script = self._told.text("script")
        return line or ([self.python, script, *self.argv] if script else [])

    def _check(self) -> None:
        if self.kind == typed.STDIN:
            raise CannotRepeat(self.run, "its script came from standard input, which was not recorded")
        if self.kind not in (*KINDS, typed.CODE) or not self.target:
            raise CannotRepeat(self.run, "its metadata do not say how it was started")
        if MASK in self.target:
            raise CannotRepeat(self.run, "its command line held a secret, which was not recorded")

    @property
    def imports(self) -> list[str]:
        """Absolute paths that its ``PYTHONPATH`` held."""
        told = self._told.part("environment").text("PYTHONPATH")
        return [os.path.join(self.cwd, entry) for entry in told.split(os.pathsep) if entry]

    def line(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the arguments with more words behind them, and what of them had to be left out, in words.

        Args:
            words: What is asked for beside what was given then.

        Raises:
            CannotRepeat: If a secret stood among bare arguments, where its place matters.
        """
        if any(MASK in word for word in self.before):
            raise CannotRepeat(self.run, "its arguments held a secret, which was not recorded")
        kept: list[str] = []
        left: list[str] = []
        for word in self.argv:
            if MASK not in word:
                kept.append(word)
            elif word.startswith("-") and "=" in word:
                left.append(word.partition("=")[0])
            elif word == MASK and kept and kept[-1].startswith("-") and (self.is_parsed or says_secret(kept[-1])):
                left.append(kept.pop())
            elif self.is_parsed and not (self.rest or self.before or self.is_given):
                left.append("an argument")  # what is parsed are the params, not this line
            else:
                raise CannotRepeat(self.run, "its arguments held a secret, which was not recorded")
        said = [word.partition("=")[0] for word in words]
        if not self.is_parsed and (missing := [name for name in left if name not in said]):
            raise CannotRepeat(self.run, f"{missing[0]} was a secret, which was not recorded. Say it anew behind RUN")
        return [*kept, *words], left


def _of_runner(args: Sequence[str], target: str) -> list[str] | None:
    """Return the words behind the program on a command line of ``exparse run``; None where it does not say."""
    for at, word in enumerate(args):
        if word == _RUN:
            try:
                line = lines.read(args[at + 1 :])
            except lines.WrongLine:
                continue
            if line.target == target:
                return line.words
    return None


def _all_texts(value: Any) -> Iterator[str]:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += [*one, *one.values()]
        elif isinstance(one, list):
            left += one


def _is_possible(text: str) -> bool:
    """Return whether the system takes a text for a word or a path; a file of a run may hold any."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def _is_parsed(told: Told) -> bool:
    # Before format 1.2 what ``exparse.start`` recorded said no ``by``, and no parser that says no ``sources``.
    return not told.text("by") and ("sources" in told.fields or "typed" not in told.fields)


def _is_of_file(told: Told, name: str) -> bool:
    """Return whether a param came from a saved file; of a secret, nothing says where it came from."""
    source = told.part("sources").text(name)
    return bool(told.texts("config")) and (not source or source.startswith("config"))


def omitted(run: Run) -> dict[str, str]:
    """Return why params are not recorded of a run, by name; reads its ``params.yaml``."""
    try:
        return params.omitted(files.read_text(f"{run.folder}/{layout.PARAMS}", params.MAX_BYTES))
    except OSError:
        return {}  # a run without params.yaml is damaged, and that is said elsewhere
