"""Running a program with argparse's parser and with ours, and telling what came of it."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from exparse import ExParser

Build = Callable[[Any], Any]


class Plain(argparse.ArgumentParser):
    """argparse's own parser, in a class of its own: sub-parsers are made of it too."""


class Silent(ExParser):
    """ExParser whose help and usage show the script's options only, so that texts can be compared."""

    show_own_options = False


class Hidden(Silent):
    """Records nothing, for tests that run in the process of the tests."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"record": False, **kwargs})


def plain(value: Any) -> Any:
    """Return a value with its type, where namespaces of both classes are the same."""
    if isinstance(value, argparse.Namespace):
        return "Namespace", {key: plain(part) for key, part in vars(value).items()}
    if isinstance(value, argparse.ArgumentParser):
        return "parser", value.prog
    if type(value) in (list, tuple):
        return type(value).__name__, [plain(part) for part in value]
    return type(value).__name__, repr(value)


def outcome(act: Callable[[], Any]) -> tuple[Any, ...]:
    """Return how a call ends: its value, or the exception with its text and exit code, and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            ended: tuple[Any, ...] = ("value", plain(act()))
        except SystemExit as problem:
            ended = ("exit", repr(problem.code))
        except Exception as problem:
            # Where argparse shows a group or a type by its repr, only the address and the class may differ.
            said = re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "<object>", str(problem))
            ended = ("raised", type(problem).__name__, said)
    return (*ended, out.getvalue(), err.getvalue())


def run(kind: Any, program: Callable[[Any, list[str]], Any], argv: Sequence[str]) -> tuple[Any, ...]:
    """Run a program, which takes a class and a command line, with one of the classes."""
    before = sys.argv
    sys.argv = ["prog", *argv]
    try:
        return outcome(lambda: program(kind, list(argv)))
    finally:
        sys.argv = before
