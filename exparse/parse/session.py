"""One top-level parse, from its first argument to its run."""

from __future__ import annotations

import argparse
import os
import sys
from _thread import _local

from exparse.errors import ExparseError
from exparse.parse import own
from exparse.parse.asked import Asked
from exparse.parse.level import Call, Level
from exparse.record import order
from exparse.record.runner import runner
from exparse.record.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from typing import Any

    from exparse.format.document import Document

_here = _local()


def active() -> Session | None:
    """Return the parse that is under way in this thread, or None."""
    return getattr(_here, "session", None)


def below_foreign_parser() -> bool:
    """Return whether a parser is called by a sub-command action: then it is not the top level, whoever is."""
    frame: Any = sys._getframe(2)
    call = argparse._SubParsersAction.__call__.__code__
    while frame is not None:
        if frame.f_code is call:
            return True
        frame = frame.f_back
    return False


class Session(Asked):
    """One top-level parse.

    Args:
        main: The parser that was called.
        whole: Whether an argument left over is an error (``parse_args``), or handed back.
        mixed: Whether argparse parses in two passes, options first (``parse_intermixed_args``).
        namespace: The namespace that the script gave, or None.

    Attributes:
        levels: The parsers that take part, outermost first.
        commands: The sub-commands taken, outermost first.
        sources: Paths of the saved mappings laid under the command line, in order.
        changed: Names of the params that a setter has changed.
        heard: Own options as they stood on the command line, each with its value.
        is_sure: Whether it is known to be a parse of the program, and not of a library that it uses.
    """

    is_sure = True

    def __init__(self, main: Any, whole: bool, mixed: bool = False, namespace: Any = None) -> None:
        super().__init__(main._exparse)
        self.main, self.whole, self.mixed = main, whole, mixed
        self._passes = 0
        self.levels: list[Level] = []
        self.commands: list[str] = []
        self.documents: list[Document] = []
        self.sources: list[str] = []
        self.changed: set[str] = set()
        self.heard: list[tuple[str, list[str]]] = []
        self._origins: dict[int, str] = {}
        self._told: Any = None
        self._converted: dict[str, tuple[str, Any]] = {}
        self._inherits = False
        self._known_names: set[str] = set()
        self._desk: argparse.ArgumentParser | None = None
        self._watched: list[Any] = []
        self._known: set[int] = {id(main)}
        self._preset = frozenset(getattr(namespace, "__dict__", ()))
        self._earlier: Session | None = None
        self._warned: set[str] = set()
        self._below: list[tuple[str, list[str]]] = []

    def __enter__(self) -> Session:
        self._earlier, _here.session = active(), self
        return self

    def __exit__(self, *problem: object) -> None:
        _here.session = self._earlier
        for level in self.levels:
            level.put_back()
        for parser in self._watched:
            del parser._get_values, parser._get_value, parser._parse_known_args

    def ordered(self, given: Sequence[str] | None) -> list[str] | None:
        """Return the words to parse in place of what the script gave; None where they are to be parsed as given.

        Args:
            given: What the script gave as arguments; None for those of the program.
        """
        told = order.first()
        if told.words is None or (given is not None and list(given) != sys.argv[1:]):
            return None
        from exparse.parse import words

        placed = words.of_order(self.main, told)
        self._below = placed.below
        return placed.top

    def owns(self, parser: Any) -> bool:
        """Return whether a parser takes part in this parse: the top level, or a sub-command taken."""
        return id(parser) in self._known

    def _level(self, parser: Any) -> Level:
        for level in self.levels:
            if level.parser is parser:
                return level
        self.levels.append(Level(parser, self._preset if parser is self.main else frozenset()))
        if parser is self.main:
            self.levels[-1].told = self._told
            self.levels[-1].converted.update(self._converted)
        return self.levels[-1]

    # What argparse asks while it parses

    def optional(self, parser: Any, arg: str) -> Any:
        """Return what argparse is to make of an argument that is an own option; None where it is the script's."""
        if parser is not self.main or not own.may_be_own(parser, arg, self.whole):
            return None
        if self.mixed and self._passes > 1:
            # Own options came in the first pass; the second has lost the "--" that may have stood before this.
            return None
        if self._desk is None:
            self._desk = own.desk(parser, self.hear_option)
        known = arg.partition("=")[0] in self._desk._option_string_actions
        return self._desk._parse_optional(arg) if known else None

    def parse(self, parser: Any, original: Callable[..., Any], strings: list[str], namespace: Any, *more: Any) -> Any:
        """Run argparse's own parsing of one parser, with what was saved laid under it."""
        level = self._level(parser)
        level.namespace = namespace
        self._passes += parser is self.main
        if parser is self.main and not self.documents:
            self._read_defaults()
        if parser is self.main and self._passes == 1:
            self._hear_asked()
        for loaded in self.documents:
            self._lay(level, loaded)
        self._relax_command(level)
        namespace, extras = original(strings, namespace, *more)
        level.settle()
        self._take_saved_command(level)
        return namespace, extras

    def values(self, parser: Any, original: Callable[..., Any], action: argparse.Action, strings: list[str]) -> Any:
        """Make the values of an occurrence as argparse does, and take note of it."""
        if isinstance(action, own.OwnAction) or action.nargs == argparse.SUPPRESS:
            return original(action, strings)
        level = self._level(parser)
        if not action.option_strings and strings in ([], ["--"]) and action.dest in level.laid:
            level.defaulted.add(action.dest)
            return action.default
        values = original(action, strings)
        # The first "--" of a positional is gone by now, whichever Python this is: argparse removed it in place.
        texts = list(strings)
        if isinstance(action, argparse._SubParsersAction):
            self._enter(action, values[0])
            level.origins[action.dest] = "command line"
        elif action.option_strings or texts:
            level.give(Call(action, texts, values))
        return values

    def value(self, parser: Any, original: Callable[..., Any], action: argparse.Action, text: Any) -> Any:
        """Make the value of one text as argparse does, and take note of what becomes of a default."""
        made = original(action, text)
        if text is action.default:
            self._level(parser).converted[action.dest] = text, made
        return made

    def _enter(self, action: argparse._SubParsersAction[Any], command: str) -> None:
        """Take note of a sub-command; a parser of another class has to be told to ask us."""
        self.commands.append(command)
        parser: Any = action.choices.get(command)
        if parser is None:
            return
        self._known.add(id(parser))
        if not hasattr(parser, "_exparse"):
            values, value, parse = parser._get_values, parser._get_value, parser._parse_known_args
            parser._get_values = lambda *asked: self.values(parser, values, *asked)
            parser._get_value = lambda *asked: self.value(parser, value, *asked)
            parser._parse_known_args = lambda *asked: self.parse(parser, parse, *asked)
            self._watched.append(parser)

    def _take_saved_command(self, level: Level) -> None:
        """Take the sub-command that was saved, where the command line names none."""
        action, saved = self._saved_command(level)
        if action is not None and saved is not None:
            level.parser._check_value(action, saved)
            depth = self.levels.index(level)
            self._enter(action, saved)
            more = self._below[depth][1] if depth < len(self._below) else ()
            action(level.parser, level.namespace, [saved, *more])

    def _saved_command(self, level: Level) -> tuple[Any, str | None]:
        """Return the sub-command action of a parser and the name saved for it, unless one was taken already."""
        action = next((a for a in level.parser._actions if isinstance(a, argparse._SubParsersAction)), None)
        depth = self.levels.index(level)
        if action is None or len(self.commands) > depth:
            return action, None
        if depth < len(self._below):
            return action, self._below[depth][0]
        for loaded in reversed(self.documents):
            taken = (loaded.header or {}).get("command", [])
            if taken[:depth] != self.commands and loaded.header is not None:
                continue
            named = next((entry.value for entry in loaded.entries if entry.name == action.dest), None)
            found = taken[depth] if len(taken) > depth else named
            if found is not None:
                level.origins[action.dest] = self._origins[id(loaded)]
                return action, str(found)
        return action, None

    def _relax_command(self, level: Level) -> None:
        action, saved = self._saved_command(level) if self.documents else (None, None)
        if action is not None and saved is not None:
            level.relax([action])

    # Own options

    def hear_option(self, action: own.OwnAction, namespace: Any, value: Any, option: str) -> None:
        """Act on an own option, where it stands on the command line."""
        words = [option, value] if action.metavar else [option]
        try:
            if action.name == "config":
                self._take_config(value)
            else:
                self.hear(action.name, value)
        except ExparseError as problem:
            if self.whole or "exparse" in option:
                raise argparse.ArgumentError(action, str(problem)) from None
            # It may be an option of the parser that comes next: handed back as argparse hands back what is unknown.
            vars(namespace).setdefault(argparse._UNRECOGNIZED_ARGS_ATTR, []).extend(words)
            return
        self.heard.append((action.name, words))

    def recall(self, earlier: Session | None) -> None:
        """Know the defaults that an earlier parse has converted, where its namespace is parsed into once more."""
        if self._preset and earlier is not None and earlier.levels:
            self._converted = earlier.levels[0].converted

    def inherit(self, earlier: Session) -> list[str]:
        """Go on where ``parse_known_args`` left off, whose rest this parse was given.

        What the first heard of the recorder's options holds for the run, which is one. An option that this
        parser defines was the script's all along.

        Returns:
            The words that the first parser took for the recorder's and that are this parser's.
        """
        self._inherits = True
        own_actions = own.actions(self.main, self.hear_option)
        ours = {string for action in own_actions for string in action.option_strings}
        returned: list[str] = []
        self._told = earlier.levels[0].told if earlier.levels else None
        for name, words in earlier.heard:
            if words[0] not in ours:
                returned += words
            else:
                self.heard.append((name, words))
                if name != "config":
                    self.hear(name, words[-1])
        if "config" not in {word.lstrip(self.main.prefix_chars) for word in returned}:
            self.documents, self.sources = list(earlier.documents), list(earlier.sources)
            self._origins = dict(earlier._origins)
            if self.documents:
                from exparse.parse import laying

                self._known_names = laying.known_names(earlier.main)
        return returned

    def _read_defaults(self) -> None:
        for path in self.main._exparse.default_config_files:
            path = os.path.expanduser(os.fspath(path))
            if os.path.isfile(path):
                try:
                    self._add(path, "default file")
                except ExparseError as problem:
                    raise argparse.ArgumentError(None, str(problem)) from None

    def _hear_asked(self) -> None:
        """Act on the own options that do not stand on the command line: those of ``exparse run`` and of an order."""
        run_by, told = runner(), order.first()
        asked = [*(run_by.asked if run_by is not None else ()), *([("config", told.params)] if told.params else ())]
        for name, value in asked:
            try:
                if name != "config":
                    self.hear(name, value)
                elif self._inherits:
                    continue  # the parse that left its rest to this one has read it
                else:
                    self._add(value, "config", told.given if value == told.params else ())
            except ExparseError as problem:
                raise argparse.ArgumentError(None, str(problem)) from None

    def _take_config(self, where: str) -> None:
        level = self._level(self.main)
        self._lay(level, self._add(where, "config"))
        self._relax_command(level)

    def _lay(self, level: Level, loaded: Document) -> None:
        # Reading YAML costs 14 ms, which only a parse that uses a saved file pays.
        from exparse.parse import laying

        laying.lay(level, self.levels.index(level), self.commands, loaded, self._origins[id(loaded)])

    def _add(self, where: str, kind: str, given: Collection[str] = ()) -> Document:
        from exparse.parse import laying, replay

        loaded = replay.read(where, self.main._exparse.root)
        if given:
            loaded = loaded._replace(entries=[entry for entry in loaded.entries if entry.name not in given])
        strange = replay.unknown(loaded, laying.known_names(self.main) | self._known_names)
        if strange and self.whole:
            if loaded.header is None and self.is_sure:
                raise ExparseError(strange)
            self._warn(strange)
        self.documents.append(loaded)
        self.sources.append(os.path.abspath(loaded.path))
        self._origins[id(loaded)] = f"{kind} {self.sources[-1]}"
        return loaded

    def _warn(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            say(f"{self.main.prog}: warning: {text}")
