"""``exparse``: reads the command line, calls the verb, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
from functools import cache
from importlib import import_module

from exparse.cli.output import Output, standard
from exparse.errors import ExparseError, near
from exparse.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import NoReturn

VERBS = (
    "ls", "show", "log", "diff", "run", "rerun", "resume", "retry", "stop", "code", "command", "tree", "path",
    "summary", "plot", "mark", "unmark", "marks", "tag", "note", "describe", "rename", "views", "rm", "restore",
    "purge", "prune", "du", "check", "completion",
)  # fmt: skip
"""The verbs, in the order of daily use; each is a module of this room."""
ALIASES = {"list": "ls", "compare": "diff"}
_COMPLETE = "_complete"

_EXAMPLES = """\
examples:
  exparse ls                 the newest runs
  exparse show last          all that is known of the newest
  exparse log last -f        what it prints, until it ends
  exparse run train.py       record a script that knows nothing of exparse
  exparse rerun 42 --lr 0.1  once more, with its own code and one change
  exparse mark good 3 7:9    put a mark on runs
  exparse VERB --help        more about a verb

RUN is a number (42), a range (3:7), a name or its beginning, last, last~2,
@mark, best:metric, a path, or a query ('lr < 0.01'). The root is --root, that
of a RUN named by its path, $EXPARSE_ROOT, or the one that the working folder
is, holds, or lies in.
"""
# Options whose values may begin with a dash: the smallest first, a column less.
_TAKE_DASHES = ("--sort", "--columns", "--best", "--keep-best")
# Verbs whose command line ends with that of a script.
_FOR_SCRIPTS = ("rerun",)
_ROOT_HELP = "folder that holds the runs"


@cache
def verbs() -> tuple[ModuleType, ...]:
    """Return the modules of all verbs. A command that names one loads only that: all take as long as ``ls`` itself."""
    return tuple(import_module(f"exparse.cli.{name}") for name in VERBS)


def make_parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of the whole command.

    Args:
        only: The one verb that is going to be parsed; the others are known by name alone then.
    """
    parser = argparse.ArgumentParser(
        "exparse",
        description="List, show, compare, repeat, label and clean runs; record what nobody changed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"exparse {__version__}")
    parser.add_argument("--root", metavar="FOLDER", help=_ROOT_HELP)
    below = parser.add_subparsers(title="verbs", dest="verb", metavar="VERB")
    if only is None:
        for verb in verbs():
            _add(below, verb)
    else:
        _add(below, import_module(f"exparse.cli.{only}"))
    return parser


def _add(below: argparse._SubParsersAction[argparse.ArgumentParser], verb: ModuleType) -> None:
    parser = below.add_parser(
        verb.NAME,
        aliases=verb.ALIASES,
        help=verb.HELP,
        description=f"{verb.HELP[0].upper()}{verb.HELP[1:]}.",
        epilog=verb.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    # Suppressed, or it would put None over what stands before the verb.
    parser.add_argument("--root", metavar="FOLDER", default=argparse.SUPPRESS, help=_ROOT_HELP)
    verb.add_arguments(parser)
    parser.set_defaults(run=verb.run, wrong=parser.error)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Its arguments; those of this process if None.

    Returns:
        0; 1 for what the user can mend; 2 for a usage error; 130 for Ctrl-C; 3 for a fault of ours, with a
        report file.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    to = standard()
    try:
        code = _call(given, to)
        to.out.flush()
        return code
    except SystemExit as end:
        # argparse ends by itself after --help, --version and usage errors.
        return end.code if isinstance(end.code, int) else 2
    except BrokenPipeError:
        _silence(to)
        return 0
    except KeyboardInterrupt:
        return 130
    except (ExparseError, OSError) as problem:
        return _refused(problem, to)
    except Exception as problem:
        from exparse.cli import report

        to.note(f"exparse: this is a fault of exparse: {type(problem).__name__}: {problem}")
        to.note(f"exparse: please send the report in {report.write(problem, given)}")
        return 3


def _call(argv: list[str], to: Output) -> int:
    if argv[:1] == [_COMPLETE]:
        from exparse.cli import complete

        return complete.run(argv[1:], to)
    if argv[:1] == ["help"]:
        argv = [*argv[1:2], "--help"]
    word = _verb(argv)
    only = ALIASES.get(word, word)
    parser = make_parser(only if only in VERBS else None)
    if word and only not in VERBS:
        # argparse would only list them all.
        close = near(word, [*VERBS, *ALIASES])
        if close:
            parser.error(f"no verb {word!r}. Close to it: {', '.join(close)}")
    args = _parsed(parser, argv if only in _FOR_SCRIPTS else _glued(argv))
    if args.verb is None:
        parser.print_help(to.err)
        return 2
    args.root = args.root or _brought(args)
    code: int = args.run(args, to)
    return code


def _parsed(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """Return the parsed arguments; runs, or a text, may stand on both sides of options, which argparse refuses."""
    args, more = parser.parse_known_args(argv)
    if not more:
        return args
    for name in ("selectors", "words"):
        if isinstance(getattr(args, name, None), list) and not any(word.startswith("-") for word in more):
            setattr(args, name, [*getattr(args, name), *more])
            return args
    wrong: Callable[[str], NoReturn] = vars(args).get("wrong", parser.error)
    wrong(f"unrecognized arguments: {' '.join(more)}{vars(args).get('unknown', '')}")


def _brought(args: argparse.Namespace) -> str | None:
    """Return the root that the paths of runs bring which a command line names; None where it names none."""
    told = vars(args)
    named = [told["selector"]] if "selector" in told else told.get("selectors") or told.get("line", [])[:1]
    if not any(os.sep in word for word in named):
        return None
    from exparse.cli import brought

    return brought.root(named)


def _verb(argv: Sequence[str]) -> str:
    """Return the word of a command line that names its verb, "" where there is none."""
    words = iter(argv)
    word = next(words, "")
    while word.startswith("-"):
        if word in ("-h", "--help", "--version"):
            return ""
        if word == "--root":
            next(words, "")
        word = next(words, "")
    return word


def _glued(argv: Sequence[str]) -> list[str]:
    """Return the arguments with ``--sort -lr`` as ``--sort=-lr``: argparse takes ``-lr`` for an option."""
    glued: list[str] = []
    for arg in argv:
        if glued and glued[-1] in _TAKE_DASHES and arg[:1] == "-" and arg[:2] != "--" and "--" not in glued:
            glued[-1] = f"{glued[-1]}={arg}"
        else:
            glued.append(arg)
    return glued


def _refused(problem: Exception, to: Output) -> int:
    text = str(problem)
    if isinstance(problem, OSError) and not isinstance(problem, ExparseError):
        text = problem.strerror or text
        text = f"{problem.filename}: {text}" if problem.filename else text
    try:
        to.note(f"exparse: error: {text}")
    except OSError:
        # Standard output is what cannot be written.
        _silence(to)
        to.err.write(f"exparse: error: {text}\n")
    return 1


def _silence(to: Output) -> None:
    """Let what is still waiting for standard output go nowhere, or Python complains of it at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, to.out.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        # No file behind it: then nothing is written at the end.
        return
