"""``exparse run``: a script that knows nothing of us, a module or any command, recorded."""

from __future__ import annotations

import sys

from exparse.errors import ExparseError, InvalidName
from exparse.launch import line as lines
from exparse.record.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Collection, Sequence
    from types import ModuleType

    from exparse.cli.output import Output
    from exparse.launch.line import Line
    from exparse.launch.script import Program
    from exparse.launch.watching import Watching
    from exparse.parse.asked import Asked
    from exparse.parse.settings import Settings

NAME = "run"
ALIASES: list[str] = []
HELP = "run a script, a module or any command, and record it"
COMPLETES: tuple[str, ...] = ()
EXAMPLES = """\
examples:
  exparse run train.py --lr 0.1           a script on plain argparse: its params
  exparse run --name long train.py --lr 0.1
  exparse run --config 42 train.py        with the values of run 42
  exparse run -m package.train --lr 0.1
  exparse run -- ./simulate -n 5          any command: its arguments and output
  exparse run --needed train.py --lr 0.1  nothing, where that has been done

Options of ours stand before the script and never reach it; all that stands
behind it is the script's. The first parse of argparse gives the params; of a
script on something else, or on nothing, the bare arguments are recorded.
"""
# Named, so that nobody takes them for imports that nothing uses.
_LOADED: list[ModuleType] = []
_USAGE = "exparse run [options] (SCRIPT | -m MODULE | -- COMMAND) [arguments]"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of the verb, for its help: :mod:`exparse.launch.line` reads them."""
    parser.usage = _USAGE
    for name, (metavar, text) in lines.OPTIONS.items():
        if metavar is None:
            parser.add_argument(f"--{name}", action="store_true", help=text)
        elif name in lines.GLUED:
            parser.add_argument(
                f"--{name}", metavar=f"={metavar}", nargs="?", choices=lines.CHOICES.get(name), help=text
            )
        else:
            parser.add_argument(f"--{name}", metavar=metavar, choices=lines.CHOICES.get(name), help=text)
    parser.add_argument("-m", metavar="MODULE", dest="module", help="run a module, as python -m does")
    parser.add_argument("script", metavar="SCRIPT", nargs="?", help="script, folder or zip with __main__.py")
    parser.add_argument("arguments", nargs="...", help="its arguments, or a command behind --")


def run(args: Namespace, to: Output) -> int:
    """Refuse: this verb's command line is no argparse's, and :func:`main` reads it before it comes to this."""
    raise ExparseError("exparse run is started by its own command line: exparse run SCRIPT")


def main(words: Sequence[str], root: str | None, loaded: Collection[str]) -> int:
    """Run what a command line asks for, in this process; it ends as the program ends.

    Args:
        words: What stands behind ``exparse run``.
        root: What ``--root`` before the verb said, or None.
        loaded: Names of the modules that were loaded before any of ours.

    Returns:
        The exit code; where a signal ended a command, this process ends by the same.
    """
    try:
        line = lines.read(words)
        if line.kind == "help":
            return _help()
        line.root = line.root or root
        asked, settings = _asked(line)
    except (lines.WrongLine, InvalidName) as problem:
        return _wrong(problem)
    if line.kind == "command":
        return _command(line, asked, settings)
    try:
        program, watching = _begun(line, asked, settings, loaded)
    except ExparseError as problem:
        return _refused(problem)
    except KeyboardInterrupt:
        return 130
    try:
        program.run()
    finally:
        watching.miss()
    # Not by way of sys.exit, which the program may have put something else in the place of.
    raise SystemExit(0)


def _help() -> int:
    from exparse.cli.main import main as whole

    return whole([NAME, "--help"])


def _wrong(problem: Exception) -> int:
    say(f"usage: {_USAGE}")
    say(f"exparse run: error: {problem}")
    return 2


def _refused(problem: ExparseError) -> int:
    from exparse.launch.script import NoProgram

    if isinstance(problem, NoProgram):
        say(str(problem))
        return 2
    say(f"exparse: error: {problem}")
    return 1


def _asked(line: Line) -> tuple[Asked, Settings]:
    from exparse.parse.asked import Asked
    from exparse.parse.settings import Settings

    settings = Settings(root=line.root, capture=line.capture, source=line.source)
    asked = Asked(settings)
    for name, value in line.asked:
        if name != "config":
            asked.hear(name, value)
    asked.check_environment()
    return asked, settings


def _command(line: Line, asked: Asked, settings: Settings) -> int:
    from exparse.launch import child, command

    try:
        code = command.run([line.target, *line.words], asked, settings)
    except child.CannotStart as problem:
        say(f"exparse: error: {problem}")
        return problem.exit_code
    except ExparseError as problem:
        return _refused(problem)
    child.die_as(code)


def _load_what_reads(asked: Asked) -> None:
    """Load what reads an order or earlier runs, where any is to be read: a script may lie beside a ``json.py``."""
    from exparse.record import order

    # Of `python -m exparse` the working folder leads the path, as that of the program will.
    folder = sys.path.pop(0)
    try:
        is_sought = asked.resume or asked.run_id or asked.needed
        if order.order() is not order.NOTHING or is_sought:
            import datetime
            import json

            _LOADED.extend((datetime, json))
        if is_sought:
            from exparse.launch import waiting
            from exparse.record import attempts, needed

            _LOADED.extend((attempts, needed, waiting))
    finally:
        sys.path.insert(0, folder)


def _begun(line: Line, asked: Asked, settings: Settings, loaded: Collection[str]) -> tuple[Program, Watching]:
    """Return the program, all made ready for it and its run begun, and who looks at its parses."""
    # All of ours is loaded before the program's folder leads the path, or while it does not.
    from exparse.launch import bare
    from exparse.launch.aside import stand_aside
    from exparse.launch.script import Program
    from exparse.record.runner import Runner

    _load_what_reads(asked)
    program = Program(line.kind, line.target, line.words)
    program.set_up()
    run_by = Runner(line.kind, line.target, line.asked, root=line.root)
    if program.is_there:
        bare.begin_here(run_by, asked, settings)
    folder = sys.path.pop(0)
    try:
        # Costs what the look at code and packages takes anyway, which is under way beside it by now.
        from exparse.launch.watching import Watching
    finally:
        sys.path.insert(0, folder)
    watching = Watching(run_by, settings)
    if program.is_there:
        watching.begin()
    stand_aside(loaded)
    return program, watching
