"""The first top-level parse of a program that has never heard of us, recorded as ExParser would record it.

The methods of ``argparse.ArgumentParser`` are looked through until that parse has succeeded; then they are argparse's
own again. The parse itself is argparse's: no option of ours, the script's namespace in the script's class, its errors,
its exit codes. What fails of ours is one warning, and the run stays what it was: one by its bare arguments.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys

from exparse.launch import trace
from exparse.parse import session
from exparse.parse.guest import Watched
from exparse.record import role
from exparse.record.say import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.parse.settings import Settings
    from exparse.record.runner import Runner

# By name: whether an argument left over is an error, and whether argparse parses in two passes.
_WAYS_IN = {
    "parse_args": (True, False),
    "parse_intermixed_args": (True, True),
    "parse_known_args": (False, False),
    "parse_known_intermixed_args": (False, True),
}


class Watching:
    """Looks through argparse's ways in, from :meth:`begin` to the end of the first top-level parse.

    Args:
        run_by: Who runs the program, and the run that it lends.
        settings: How the run is recorded.
    """

    def __init__(self, run_by: Runner, settings: Settings) -> None:
        self._watched, self._run_by = Watched(run_by, settings), run_by
        self._has_seen = False
        self._owner = os.getpid()
        self._methods: dict[str, tuple[Any, Any]] = {}

    def begin(self) -> None:
        """Take the place of argparse's own methods."""
        for name, (whole, mixed) in _WAYS_IN.items():
            original = argparse.ArgumentParser.__dict__[name]
            ours = self._through(original, whole, mixed)
            self._methods[name] = original, ours
            setattr(argparse.ArgumentParser, name, ours)

    def end(self) -> None:
        """Give argparse its methods back, unless somebody else has changed them since."""
        for name, (original, ours) in self._methods.items():
            if argparse.ArgumentParser.__dict__.get(name) is ours:
                setattr(argparse.ArgumentParser, name, original)
        self._methods.clear()

    def miss(self) -> None:
        """Say what was asked for and came to nothing, because the program never parsed by argparse."""
        if self._has_seen or not (self._run_by.lends or self._run_by.waits):
            return
        if any(name == "config" for name, _ in self._run_by.asked):
            warn("--config had no effect: the program did not parse its arguments by argparse")
        if self._run_by.waits:
            warn("not recorded: the program ended before it parsed its arguments, which it did the last time")

    def _through(self, original: Callable[..., Any], whole: bool, mixed: bool) -> Callable[..., Any]:
        @functools.wraps(original)
        def parse(self_: Any, args: Any = None, namespace: Any = None) -> Any:
            if hasattr(type(args), "__next__"):
                args = list(args)  # as argparse does it; an iterator gives its words only once
            if not self._is_watched(self_, args):
                return original(self_, args, namespace)
            try:
                return self._parse(self_, functools.partial(original, self_), args, namespace, whole, mixed)
            except BaseException as problem:
                # The program may show it.
                trace.strip(problem)
                raise

        return parse

    def _is_watched(self, parser: Any, args: Any) -> bool:
        """Return whether a parse is one of the program itself; that this is asked harms no parse."""
        try:
            return bool(self._methods) and self._is_the_programs(parser, args)
        except Exception as problem:
            self._give_up(problem)
            return False

    def _is_the_programs(self, parser: Any, args: Any) -> bool:
        if hasattr(parser, "_exparse") or session.active() or session.below_foreign_parser():
            return False
        if os.getpid() != self._owner or role.is_worker():
            return False
        if args is None:
            return True
        if not isinstance(args, (list, tuple)):
            return False
        given, words = list(args), sys.argv[1:]
        is_tail = given == words[len(words) - len(given) :] and bool(given or not words)
        return is_tail or self._watched.goes_on(given)

    def _parse(self, parser: Any, original: Callable[..., Any], args: Any, given: Any, whole: bool, mixed: bool) -> Any:
        self._has_seen = True
        # A parse of no words may be that of a library: the program's may still come.
        is_sure = args is None or len(args) > 0 or self._watched.is_rest(args)
        try:
            here = self._watched.opened(parser, given, whole, mixed, is_sure)
        except Exception as problem:
            self._give_up(problem)
            return original(args, given)
        result = self._watched.parse(here, original, args, given)
        try:
            self._watched.record(here, result)
        except Exception as problem:
            self._give_up(problem)
        if whole and is_sure:
            self.end()
        return result

    def _give_up(self, problem: Exception) -> None:
        self.end()
        warn(f"its arguments are recorded, not its params: {type(problem).__name__}: {problem}")
