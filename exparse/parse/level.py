"""One parser during one parse: what it was given, and what was laid under it."""

from __future__ import annotations

import argparse

from exparse.parse import forms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.parse.collect import Told


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
    """What lies under the command line for one param.

    Attributes:
        value: The value; :data:`PENDING` until it is made.
        form: Its recorded form.
        recipe: How to repeat it, where only that does.
        action: The option that makes it.
        source: What it was read from: the document, and the key.
        make: Makes it, or None once that is done. An option's type is called only for a value that is used: it
            may open a file for writing.
    """

    __slots__ = ("action", "form", "make", "recipe", "source", "value")

    def __init__(
        self,
        value: Any,
        form: Any,
        recipe: list[Any] | None = None,
        action: argparse.Action | None = None,
        source: tuple[int, str] | None = None,
        make: Callable[[], Laid] | None = None,
    ) -> None:
        self.value, self.form, self.recipe = value, form, recipe
        self.action, self.source, self.make = action, source, make


class Effect:
    """What an action of the script's own did beside its value, and is to do again.

    Attributes:
        calls: The occurrences of its option, as :meth:`Call.recipe` tells them.
        source: What they were read from: the document, and the key.
        repeat: Does it.
    """

    __slots__ = ("calls", "repeat", "source")

    def __init__(self, calls: list[Any], source: tuple[int, str], repeat: Callable[[], None]) -> None:
        self.calls, self.source, self.repeat = calls, source, repeat


# Stands in the namespace for a saved value until the parse has shown whether it is used; no default is that.
PENDING = object()


def usual(actions: list[argparse.Action]) -> int:
    """Return which of several options of one dest is taken for a saved value: the first that takes a value."""
    return next((number for number, action in enumerate(actions) if action.nargs != 0), 0)


class Level:
    """One parser during one parse.

    Attributes:
        parser: The parser.
        namespace: The namespace it fills.
        given: Occurrences on the command line, by dest.
        laid: What a saved mapping provides, by dest.
        effects: What actions did for the values of a saved mapping, by dest.
        preset: Names of the params that stood in the namespace that the script gave.
        told: What the record says beside the params, and before that what the record of the parse said that left
            its rest to this one (:class:`exparse.parse.collect.Told`).
        origins: Which saved mapping provides a param, in words, by dest.
        defaulted: Positionals that argparse met without an argument, to which the laid value is given back.
        converted: Defaults that are texts, and what the types of their options have made of them, by dest.
    """

    def __init__(self, parser: Any, preset: frozenset[str] = frozenset()) -> None:
        self.parser, self.preset = parser, preset
        self.namespace: Any = None
        self.given: dict[str, list[Call]] = {}
        self.laid: dict[str, Laid] = {}
        self.effects: dict[str, Effect] = {}
        self._repeated: set[tuple[int, str]] = set()
        self.origins: dict[str, str] = {}
        self.told: Told | None = None
        self.defaulted: set[str] = set()
        self.converted: dict[str, tuple[str, Any]] = {}
        self._relaxed: list[Any] = []

    def by_dest(self) -> dict[str, list[argparse.Action]]:
        """Return the options that set each param, in the order of their definition."""
        found: dict[str, list[argparse.Action]] = {}
        for action in self.parser._actions:
            if action.dest != argparse.SUPPRESS:
                found.setdefault(action.dest, []).append(action)
        return found

    def set_default(self, action: argparse.Action) -> None:
        """Give a param the value that it has when nothing is said of it."""
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
        for dest, laid in self.laid.items():
            if laid.value is PENDING and getattr(self.namespace, dest, None) is PENDING:
                # The parse failed before it came to this value.
                delattr(self.namespace, dest)

    def _alternatives(self, action: argparse.Action) -> list[argparse.Action]:
        groups = [g._group_actions for g in self.parser._mutually_exclusive_groups if action in g._group_actions]
        return [other for group in groups for other in group if other is not action]

    def alternative_given(self, action: argparse.Action) -> bool:
        """Return whether the command line gave an option that excludes this one."""
        taken = {id(call.action) for calls in self.given.values() for call in calls}
        return any(id(other) in taken for other in self._alternatives(action))

    def give(self, call: Call) -> None:
        """Take note of an occurrence; a laid value that it excludes, or replaces, goes."""
        self.given.setdefault(call.action.dest, []).append(call)
        self.effects.pop(call.action.dest, None)
        for other in self._alternatives(call.action) if self.laid or self.effects else ():
            self.effects.pop(other.dest, None)
            if other.dest in self.laid:
                self.laid.pop(other.dest)
                self.origins.pop(other.dest, None)
                self.set_default(other)
        if type(call.action).__call__ not in forms.ACCUMULATES:
            self.laid.pop(call.action.dest, None)

    def settle(self) -> None:
        """Make the saved values that are used, and give positionals that were left out theirs.

        Raises:
            argparse.ArgumentError: If an option refuses its value.
        """
        for dest, laid in list(self.laid.items()):
            if laid.make is not None:
                self.laid[dest] = laid.make()
        for dest in self.defaulted:
            if dest in self.laid and dest not in self.given:
                setattr(self.namespace, dest, self.laid[dest].value)
        for effect in list(self.effects.values()):
            if effect.source not in self._repeated:  # an intermixed parse has two passes
                self._repeated.add(effect.source)
                effect.repeat()
