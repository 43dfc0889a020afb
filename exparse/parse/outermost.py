"""The outermost parse of a program: argparse's own, inside one session, and then the run."""

from __future__ import annotations

import argparse
import sys

from exparse.errors import ExparseError, InvalidName
from exparse.parse import namespace, recording, session
from exparse.record import arguments, place
from exparse.record.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def parse(
    parser: Any,
    original: Callable[..., Any],
    args: Any,
    given: Any,
    whole: bool,
    mixed: bool = False,
    checked: Callable[..., None] | None = None,
) -> Any:
    """Parse as argparse does, and record the run; below another parse, only parse.

    Args:
        parser: The parser that is called.
        original: Its own way to parse, which takes arguments and namespace.
        args: What the script gave as arguments, or None.
        given: What the script gave as namespace, or None.
        whole: Whether an argument left over is an error, or handed back.
        mixed: Whether argparse parses in two passes.
        checked: What judges a successful parse before anything is written; :func:`check` unless given.

    Returns:
        What ``original`` returns.
    """
    if session.active() or session.below_foreign_parser():
        return original(args, given)
    is_given, argv = args is not None, list(arguments.of_program() if args is None else args)
    # An iterator gives its arguments once, and argparse itself would take those of a notebook's kernel.
    args = list(argv) if is_given or argv != sys.argv[1:] else None
    recording.begin_anew(parser, argv, whole)
    if whole and argv[:1] == ["mark"] and argv == sys.argv[1:] and not parser._get_positional_actions():
        # The script's own parser would refuse such a command line.
        _mark(parser, argv)
    namespace.detach(given)
    succeeded = False
    try:
        with session.Session(parser, whole, mixed, given) as here:
            here.recall(recording.earlier())
            ordered = here.ordered(args)
            args = args if ordered is None else ordered
            first = recording.handed_on(parser, argv) if is_given or ordered is not None else None
            if first is not None:
                args = [*here.inherit(first), *args]
            result = original(args, given)
            parsed, rest = (result, []) if whole else result
            (checked or check)(here, parsed)
        succeeded = True
    finally:
        if not succeeded:
            recording.doubt_provisional()
            namespace.attach_again(given)
    try:
        recording.begin(here, parsed, list(rest), argv)
    except ExparseError as problem:
        recording.refuse(parser.prog, problem)
    return result


def check(here: session.Session, parsed: Any) -> None:
    """Run setters and validators, and refuse what may not be recorded: a usage error, before anything is written."""
    try:
        here.check_environment()
        recording.check(here, parsed)
    except (argparse.ArgumentError, InvalidName) as problem:
        if not here.main.exit_on_error:
            raise
        here.main.error(str(problem))


def _mark(parser: Any, argv: list[str]) -> None:
    from exparse.parse import marking

    try:
        code, said, warned = marking.mark(parser.prog, place.resolve(parser._exparse.root), argv)
    except OSError as problem:
        recording.refuse(parser.prog, problem)
    for line in warned:
        say(line)
    for line in said:
        sys.stdout.write(f"{line}\n")
    parser.exit(code)
