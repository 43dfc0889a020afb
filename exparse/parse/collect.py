"""From a parsed namespace to what is recorded of it; no value can make this fail."""

from __future__ import annotations

import argparse

from exparse.format.text import is_plain, yaml_value
from exparse.parse import forms, secrets
from exparse.parse.level import usual
from exparse.record.recorder import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.level import Call, Level

_DEFAULT = "keeps its default at the next parse"


def values_of(namespace: Any, levels: list[Level]) -> dict[str, Any]:
    """Return the params of a namespace by name, also where it is of a class of the user's without ``__dict__``."""
    try:
        return dict(vars(namespace))
    except TypeError:
        dests = [dest for level in levels for dest in (*level.by_dest(), *level.parser._defaults)]
        missing = object()
        found = {dest: getattr(namespace, dest, missing) for dest in dests}
        return {dest: value for dest, value in found.items() if value is not missing}


def record(
    namespace: Any, levels: list[Level], commands: list[str], changed: set[str], facts: dict[str, Any]
) -> Record:
    """Return what is to be recorded of a successful parse.

    Args:
        namespace: What the parse returned.
        levels: The parsers that took part, outermost first.
        commands: The sub-commands taken, outermost first.
        changed: Names of the params that a setter has changed since.
        facts: Keys of ``metadata.json`` that only the parser knows; ``argv`` and ``rest`` lose their secrets.
    """
    values = values_of(namespace, levels)
    hidden = secrets.texts(levels, values)
    collected = _Collected(levels, changed, hidden)
    for dest, value in values.items():
        collected.add(dest, value)
    header = {"command": commands, **collected.header}
    given = sorted({dest for level in levels for dest in level.given})
    lines = {name: [secrets.masked(str(arg), hidden) for arg in facts[name]] for name in ("argv", "rest")}
    facts = {**facts, **lines, "command": commands, "given": given}
    told = {key: value for key, value in header.items() if value}
    return Record(collected.params, collected.omitted, told, facts, hidden)


class _Collected:
    """Params as they are recorded, one by one.

    Attributes:
        params: Recorded forms by name.
        omitted: Why a param is not there, by name.
        header: What the forms alone do not say (:func:`exparse.format.params.document`).
    """

    def __init__(self, levels: list[Level], changed: set[str], hidden: list[str]) -> None:
        self.params: dict[str, Any] = {}
        self.omitted: dict[str, str] = {}
        self.header: dict[str, Any] = {"calls": {}, "extra": [], "places": {}, "makers": {}}
        self._levels, self._changed, self._hidden = levels, changed, hidden
        self._defined = [level.by_dest() for level in levels]

    def add(self, dest: str, value: Any) -> None:
        """Take one param up."""
        place = self._place(dest)
        level, actions = (self._levels[place], self._defined[place][dest]) if place is not None else (None, [])
        if any(getattr(action, "secret", False) for action in actions):
            self.omitted[dest] = "secret, not recorded"
            return
        try:
            form, recipe = (forms.shown(value), None) if dest in self._changed else _form(level, actions, dest, value)
        except Exception as problem:  # a value may fail in any way when it is looked at
            why = str(problem) if isinstance(problem, forms.Unwritable) else f"cannot be read: {type(problem).__name__}"
            self.omitted[dest] = f"{why}; {_DEFAULT}"
            return
        if self._hidden and secrets.are_in(self._hidden, form, recipe):
            self.omitted[dest] = "holds a secret, not recorded"
            return
        self.params[dest] = form
        if recipe is not None:
            self.header["calls"][dest] = {"shown": form, "calls": recipe}
        self._note_maker(dest, level, actions)
        if place is not None and sum(dest in found for found in self._defined) > 1:
            self.header["places"][dest] = place
        if not actions and not any(dest in level.parser._defaults for level in self._levels):
            self.header["extra"].append(dest)

    def _note_maker(self, dest: str, level: Level | None, actions: list[argparse.Action]) -> None:
        """Note which of several options of one dest made the value, where a reader would take another."""
        if level is None or len(actions) < 2:
            return
        laid = level.laid.get(dest)
        made_by = level.given[dest][-1].action if dest in level.given else laid.action if laid is not None else None
        if made_by in actions and actions.index(made_by) != usual(actions):
            self.header["makers"][dest] = actions.index(made_by)

    def _place(self, dest: str) -> int | None:
        """Return which of the parsers a value comes from: the innermost that sets it, given or by default."""
        found = [place for place, actions in enumerate(self._defined) if dest in actions]
        for place in reversed(found):
            level = self._levels[place]
            by_default = any(action.default is not argparse.SUPPRESS for action in self._defined[place][dest])
            if by_default or dest in level.given or dest in level.laid:
                return place
        return found[-1] if found else None


def _form(level: Level | None, actions: list[argparse.Action], dest: str, value: Any) -> tuple[Any, list[Any] | None]:
    """Return the recorded form of one param, and the recipe where only that repeats it."""
    laid = level.laid.get(dest) if level else None
    occurred = level.given.get(dest, []) if level else []
    if not occurred:
        if laid is not None:
            return laid.form, laid.recipe
        defaults = (action for action in actions if action.default is not argparse.SUPPRESS)
        return forms.untouched(next(defaults, None), value), None
    try:
        several = len({id(call.action) for call in occurred}) > 1 and laid is None
        if several and type(occurred[-1].action).__call__ in forms.ACCUMULATES:
            raise forms.Unwritable("value of several options")
        form = _given(occurred, laid.form if laid else None, value)
        if any(_looks_like_default(action, form, value) for action in actions):
            raise forms.Unwritable("value that looks like the default")
        return form, None
    except forms.Unwritable:
        recipe = [call.recipe() for call in occurred]
        if laid is not None:
            if laid.recipe is None:
                raise
            recipe = [*laid.recipe, *recipe]
        return _shown(occurred, value), recipe


def _looks_like_default(action: argparse.Action, form: Any, value: Any) -> bool:
    """Return whether a reader would take a given value for the default, which is another: (1, 2) for [1, 2]."""
    default = action.default
    if type(value) is type(default) or default is None or default is argparse.SUPPRESS:
        return False
    try:
        return yaml_value(form) == yaml_value(forms.shown(default))
    except forms.Unwritable:
        return False


def _shown(occurred: list[Call], value: Any) -> Any:
    try:
        return forms.shown(value)
    except forms.Unwritable as problem:
        texts = [text for call in occurred for text in call.texts if is_plain(text)]
        return texts or [str(problem)]


def _given(occurred: list[Call], base: Any, value: Any) -> Any:
    last = occurred[-1]
    call = type(last.action).__call__
    if call is forms.STORES and value is not last.values:
        # Another action has put something else there since.
        return forms.shown(value)
    if call is forms.STORES:
        return forms.given(last.action, value, last.texts)
    if call in forms.ACCUMULATES and type(value) is list:
        return _accumulated(occurred, base, value)
    if isinstance(last.action, argparse._StoreConstAction):
        return forms.const(last.action, value)
    if not is_plain(value):
        raise forms.Unwritable(forms.kind(value))
    return value


def _accumulated(occurred: list[Call], base: Any, value: list[Any]) -> list[Any]:
    """Return the form of a list that grew: what was there before, then one part for each occurrence."""
    added: list[Any] = []
    for call in occurred:
        if type(call.action).__call__ not in forms.ACCUMULATES:
            raise forms.Unwritable("list of several makers")
        if isinstance(call.action, argparse._AppendConstAction):
            added.append(forms.const(call.action, call.action.const))
        else:
            part = forms.given(call.action, call.values, call.texts)
            added += part if isinstance(call.action, argparse._ExtendAction) else [part]
    before = value[: len(value) - len(added)] if len(value) >= len(added) else []
    shown = base if isinstance(base, list) else forms.shown(before)
    return [*shown, *added]
