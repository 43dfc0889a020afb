"""A parse by somebody else's parser, watched: argparse's own in every way, and what it says becomes that of the run."""

from __future__ import annotations

import argparse
import sys

from exparse.parse import collect, recording, session
from exparse.parse.adopt import Laid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.parse.settings import Settings
    from exparse.record.record import Record
    from exparse.record.runner import Runner


class Guest(session.Session):
    """One watched parse: as any other, but that a fault of ours leaves it to argparse.

    Attributes:
        fault: What went wrong in the watching, or None.
    """

    fault: Exception | None = None

    def optional(self, parser: Any, arg: str) -> Any:
        """Return None: no argument of somebody else's parser is an option of ours."""
        return None

    def parse(self, parser: Any, original: Callable[..., Any], strings: list[str], namespace: Any, *more: Any) -> Any:
        """Run argparse's own parsing of one parser, with what was saved laid under it."""
        once = _Once(original)
        return self._guarded(once, lambda: super(Guest, self).parse(parser, once, strings, namespace, *more), strings,
                             namespace, *more)  # fmt: skip

    def values(self, parser: Any, original: Callable[..., Any], action: argparse.Action, strings: list[str]) -> Any:
        """Make the values of an occurrence as argparse does, and take note of it."""
        once = _Once(original)
        return self._guarded(once, lambda: super(Guest, self).values(parser, once, action, strings), action, strings)

    def _guarded(self, once: _Once, ours: Callable[[], Any], *asked: Any) -> Any:
        if self.fault is not None:
            return once(*asked)
        try:
            return ours()
        except argparse.ArgumentError:
            raise
        except Exception as fault:
            if fault is once.problem:
                raise  # the program's own
            self.fault = fault
        return once.result if once.is_done else once(*asked)


class _Once:
    """A method of argparse, and what became of its call."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self._method = method
        self.is_done = False
        self.result: Any = None
        self.problem: Exception | None = None

    def __call__(self, *asked: Any) -> Any:
        try:
            self.result = self._method(*asked)
        except Exception as problem:
            self.problem = problem
            raise
        self.is_done = True
        return self.result


class Watched:
    """The parses of one program by parsers of somebody else's; together they say what its run is made of.

    Args:
        run_by: Who runs the program, and the run that it lends.
        settings: How the run is recorded.
    """

    def __init__(self, run_by: Runner, settings: Settings) -> None:
        self._run_by, self._settings = run_by, settings
        self._argv = [arg for arg in sys.argv[1:] if isinstance(arg, str)]
        self._earlier: tuple[Guest, Record] | None = None
        self._rest: list[str] = []
        self._handed_back: list[str] | None = None

    def is_rest(self, args: Any) -> bool:
        """Return whether arguments are the very list that an earlier parse handed back, be it empty."""
        return args is not None and args is self._handed_back

    def goes_on(self, args: list[str]) -> bool:
        """Return whether arguments are what an earlier parse handed back, or a part of it."""
        first = self._earlier[0] if self._earlier is not None else None
        if not args and first is not None:
            return not self._rest and not first.whole
        return bool(self._rest) and bool(args) and all(arg in self._rest for arg in args)

    def opened(self, parser: Any, given: Any, whole: bool, mixed: bool, is_sure: bool) -> Guest:
        """Return the session of a parse that is about to begin.

        Args:
            parser: The parser.
            given: The namespace that the script gave, or None.
            whole: Whether an argument left over is an error.
            mixed: Whether argparse parses in two passes.
            is_sure: Whether the parse is one of the program; what another has found gives way to what it finds.
        """
        with Laid(parser, {"_exparse": self._settings}):
            here = Guest(parser, whole, mixed, given)
        here.is_sure = is_sure
        return here

    def parse(self, here: Guest, original: Callable[..., Any], args: Any, given: Any) -> Any:
        """Parse as argparse does; return what argparse returns."""
        succeeded = False
        try:
            with _Asking(here.main, self._settings, here), here:
                if self._earlier is not None and args is not None and self.goes_on(list(args)):
                    here.inherit(self._earlier[0])
                here.recall(self._earlier[0] if self._earlier is not None else None)
                ordered = here.ordered(args)
                result = original(args if ordered is None else ordered, given)
            succeeded = True
        finally:
            if not succeeded and self._run_by.recorder is not None:
                self._run_by.recorder.doubt.begin()
        return result

    def record(self, here: Guest, result: Any) -> None:
        """Let the run of the program say what a parse has found.

        Args:
            here: The parse.
            result: What argparse returned.

        Raises:
            Exception: Whatever went wrong in the watching; the program's parse itself is done.
        """
        if here.fault is not None:
            raise here.fault
        namespace, rest = (result, []) if here.whole else result
        facts = {"prog": here.main.prog, "argv": self._argv, "rest": list(rest), "config": here.sources}
        record = collect.record(namespace, here.levels, here.commands, here.changed, facts)
        first = None
        if self._earlier is not None and self._earlier[0].main is not here.main:
            first = self._earlier[0]
            record = record.after(self._earlier[1])
        if self._run_by.recorder is not None or self._run_by.waits:
            recording.note_rendered(record, here, self._argv, list(rest), first)
        if here.is_sure:
            self._earlier, self._rest, self._handed_back = (here, record), list(rest), None if here.whole else rest
        recording.taken_by_guest(here, self._settings, record)


class _Asking(Laid):
    """Has somebody else's parser ask a session while it is entered."""

    def __init__(self, parser: Any, settings: Settings, here: Guest) -> None:
        values, value, parse = parser._get_values, parser._get_value, parser._parse_known_args
        super().__init__(
            parser,
            {
                "_exparse": settings,
                "_get_values": lambda *asked: here.values(parser, values, *asked),
                "_get_value": lambda *asked: here.value(parser, value, *asked),
                "_parse_known_args": lambda *asked: here.parse(parser, parse, *asked),
            },
        )
