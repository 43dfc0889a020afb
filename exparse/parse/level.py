"""One parser during one parse: what it was given, and what was laid under it."""

from __future__ import annotations

import argparse

from exparse.parse import forms
from exparse.parse.replay import KEEP, Restorer, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document, Entry


class Call:
    """One occurrence of an option on the command line: the action, its texts, and the values made of them."""

    __slots__ = ("action", "texts", "values")

    def __init__(self, action: argparse.Action, texts: list[str], values: Any) -> None:
        self.action, self.texts, self.values = action, texts, values

    def recipe(self) -> list[Any]:
        """Return what repeats it: the option's first spelling (None for a positional) and the texts."""
        strings = self.action.option_strings
        return [strings[0] if strings else None, self.texts]


class Laid:
    """A value laid under the command line, with its recorded form and, where only that repeats it, its recipe."""

    __slots__ = ("form", "recipe", "value")

    def __init__(self, value: Any, form: Any, recipe: list[Any] | None = None) -> None:
        self.value, self.form, self.recipe = value, form, recipe


class Level:
    """One parser during one parse.

    Attributes:
        parser: The parser.
        namespace: The namespace it fills.
        given: Occurrences on the command line, by dest.
        laid: What a saved mapping provides, by dest.
        defaulted: Positionals that argparse met without an argument, to which the laid value is given back.
    """

    def __init__(self, parser: Any) -> None:
        self.parser = parser
        self.namespace: Any = None
        self.given: dict[str, list[Call]] = {}
        self.laid: dict[str, Laid] = {}
        self.defaulted: set[str] = set()
        self._relaxed: list[Any] = []
        self._names: dict[str, list[argparse.Action]] | None = None

    def dests(self) -> set[str]:
        """Return the names of the params that this parser defines."""
        return {action.dest for action in self.parser._actions if action.dest != argparse.SUPPRESS}

    def lay(self, loaded: Document) -> None:
        """Lay a document under the command line: fill what has not been given.

        Raises:
            argparse.ArgumentError: If an option refuses its value.
        """
        restorer = Restorer(self.parser, loaded)
        header = loaded.header or {}
        for entry in loaded.entries:
            actions = names(self.parser).get(entry.name)
            if actions is None:
                if entry.name in self.parser._defaults or entry.name in header.get("extra", ()):
                    self._lay_plain(entry)
            elif not getattr(actions[0], "volatile", False):
                self._lay_entry(restorer, actions, entry, header.get("calls", {}).get(entry.name))

    def _lay_plain(self, entry: Entry) -> None:
        default = self.parser._defaults.get(entry.name)
        try:
            if same(forms.shown(default), entry.value):
                return
        except forms.Unwritable:
            if default is not None:
                return
        setattr(self.namespace, entry.name, entry.value)

    def _lay_entry(self, restorer: Restorer, actions: list[argparse.Action], entry: Entry, saved: Any) -> None:
        # Several options of one dest: the one that takes a value knows best what to make of it.
        action = next((action for action in actions if action.nargs != 0), actions[0])
        if isinstance(action, argparse._SubParsersAction) or action.nargs == argparse.SUPPRESS:
            # An intermixed parse has put its positionals aside; they come in its second pass.
            return
        earlier = self.given.get(action.dest)
        if earlier and not all(type(call.action).__call__ in forms.ACCUMULATES for call in earlier):
            return
        if any(self._alternative_given(action) for action in actions):
            return
        self.relax(actions)
        laid = self._from_recipe(action, entry, saved) if isinstance(saved, dict) else None
        if laid is None:
            value, form = restorer.restore(action, entry)
            if value is KEEP:
                if action.dest in self.laid:
                    self.laid.pop(action.dest)
                    self._set_default(action)
                return
            laid = Laid(value, form)
            setattr(self.namespace, action.dest, value)
        self.laid[action.dest] = laid
        for call in earlier or ():
            call.action(self.parser, self.namespace, call.values, None)

    def _from_recipe(self, action: argparse.Action, entry: Entry, saved: dict[str, Any]) -> Laid | None:
        """Repeat the recorded occurrences of an option; None where the value was edited since, or the option is gone."""
        calls = saved.get("calls")
        if not isinstance(calls, list) or not same(saved.get("shown"), entry.value):
            return None
        self._set_default(action)
        for option, texts in calls:
            found = self.parser._option_string_actions.get(option) if option else action
            if found is None or found.dest != action.dest:
                return None
            values = argparse.ArgumentParser._get_values(self.parser, found, list(texts))
            found(self.parser, self.namespace, values, option)
        return Laid(getattr(self.namespace, action.dest), entry.value, calls)

    def _set_default(self, action: argparse.Action) -> None:
        if action.default is not argparse.SUPPRESS:
            setattr(self.namespace, action.dest, self.parser._defaults.get(action.dest, action.default))
        elif hasattr(self.namespace, action.dest):
            delattr(self.namespace, action.dest)

    def relax(self, actions: list[argparse.Action]) -> None:
        """Let what a saved mapping provides be left out of the command line, until :meth:`put_back`."""
        groups = self.parser._mutually_exclusive_groups
        held = [group for group in groups if any(action in group._group_actions for action in actions)]
        for thing in [*actions, *held]:
            if thing.required:
                thing.required = False
                self._relaxed.append(thing)

    def put_back(self) -> None:
        """Make everything required again that was: the next parse knows nothing of this one."""
        for thing in self._relaxed:
            thing.required = True

    def _alternatives(self, action: argparse.Action) -> list[argparse.Action]:
        groups = [g._group_actions for g in self.parser._mutually_exclusive_groups if action in g._group_actions]
        return [other for group in groups for other in group if other is not action]

    def _alternative_given(self, action: argparse.Action) -> bool:
        taken = {id(call.action) for calls in self.given.values() for call in calls}
        return any(id(other) in taken for other in self._alternatives(action))

    def give(self, call: Call) -> None:
        """Take note of an occurrence; a laid value that it excludes, or replaces, goes."""
        self.given.setdefault(call.action.dest, []).append(call)
        for other in self._alternatives(call.action) if self.laid else ():
            if other.dest in self.laid:
                self.laid.pop(other.dest)
                self._set_default(other)
        if type(call.action).__call__ not in forms.ACCUMULATES:
            self.laid.pop(call.action.dest, None)

    def lay_again(self) -> None:
        """Give the positionals that were left out what was laid for them."""
        for dest in self.defaulted:
            if dest in self.laid and dest not in self.given:
                setattr(self.namespace, dest, self.laid[dest].value)


def names(parser: Any) -> dict[str, list[argparse.Action]]:
    """Return the options of a parser by every name that a saved mapping may use: dest, or a long option's name."""
    found: dict[str, list[argparse.Action]] = {}
    actions = [action for action in parser._actions if _stores(action)]
    for action in actions:
        found.setdefault(action.dest, []).append(action)
    for action in actions:
        for string in (action.dest, *action.option_strings):
            bare = string.lstrip(parser.prefix_chars)
            for name in (bare, bare.replace("-", "_"), bare.replace("_", "-")):
                if len(bare) > 1 or string == action.dest:
                    found.setdefault(name, [action])
    return found


def _stores(action: argparse.Action) -> bool:
    shows = (argparse._HelpAction, argparse._VersionAction)
    return action.dest != argparse.SUPPRESS and not isinstance(action, shows)


def known_names(parser: Any) -> set[str]:
    """Return every name that a saved mapping may use for a parser or any of its sub-parsers."""
    known = {*names(parser), *parser._defaults}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in {id(sub): sub for sub in action.choices.values()}.values():
                known |= known_names(sub)
    return known
