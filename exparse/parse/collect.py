"""From a parsed namespace to what is recorded of it; no value can make this fail."""

from __future__ import annotations

import argparse
import sys

from exparse.format.text import count_plain, is_plain, yaml_value
from exparse.parse import forms, secrets
from exparse.parse.level import usual
from exparse.record.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.level import Call, Level
    from exparse.record.inputs import Files

_DEFAULT = "keeps its default at the next parse"
_UNKNOWN = object()
_MOST_PARTS, _LONGEST_DEFAULT = 1_000, 10_000
_LONGEST_SHOWN = 300


def values_of(namespace: Any, levels: list[Level]) -> dict[str, Any]:
    """Return the params of a namespace by name; of another thing than a namespace, what the parsers have put there."""
    if isinstance(namespace, argparse.Namespace):
        return dict(vars(namespace))
    dests = [dest for level in levels for dest in (*level.by_dest(), *level.parser._defaults)]
    preset = levels[0].preset if levels else ()
    dests += [name for name in getattr(namespace, "__dict__", ()) if name not in preset]
    found = {dest: getattr(namespace, dest, _UNKNOWN) for dest in dests}
    return {dest: value for dest, value in found.items() if value is not _UNKNOWN}


def record(
    namespace: Any, levels: list[Level], commands: list[str], changed: set[str], facts: dict[str, Any]
) -> Record:
    """Return what is to be recorded of a successful parse.

    Args:
        namespace: What the parse returned.
        levels: The parsers that took part, outermost first.
        commands: The sub-commands taken, outermost first.
        changed: Names of the params that a setter has changed since.
        facts: Keys of ``metadata.json`` that only the parser knows: ``argv``, ``rest``, and more; ``argv``,
            ``rest`` and a ``description`` lose their secrets. ``typed``, ``command``, ``given``, ``defaults``,
            ``sources`` and ``inputs`` are added.
    """
    values = values_of(namespace, levels)
    lines = {"argv": facts["argv"], "typed": sys.orig_argv, "rest": facts["rest"]}
    lines = {name: [str(arg) for arg in line] for name, line in lines.items()}
    earlier = levels[0].told if levels else None
    told_lines = [[facts.get("description") or ""], *lines.values()]
    hidden = secrets.find(levels, values, changed, told_lines, earlier.hidden if earlier else None)
    collected = _Collected(levels, changed, hidden)
    for dest, value in values.items():
        collected.add(dest, value)
    header = {"command": commands, **collected.header}
    given = sorted({dest for level in levels for dest in level.given})
    facts = {**facts, **{name: [hidden.masked(arg) for arg in line] for name, line in lines.items()}}
    if facts.get("description"):
        facts["description"] = hidden.masked_text(facts["description"])
    now = Told(collected.sources, collected.defaults, hidden).after(earlier)
    if levels:
        levels[0].told = now
    facts.update(command=commands, given=given, defaults=now.defaults, sources=now.sources)
    told = {key: value for key, value in header.items() if value}
    files = _files(levels, values, hidden)
    if files is not None:
        facts.update(files.facts())
    return Record(collected.params, collected.omitted, told, facts, hidden.texts, files)


def _files(levels: list[Level], values: dict[str, Any], hidden: secrets.Hidden) -> Files | None:
    # As long as nobody has loaded the types, no option can have one.
    types = sys.modules.get("exparse.parse.types")
    if types is None or not any(types.names_file(action.type) for level in levels for action in level.parser._actions):
        return None
    from exparse.parse import files_of

    return files_of.files(levels, values, hidden)


class Told:
    """What a record says beside the params, kept for the parse that goes on with the rest of this one.

    Attributes:
        sources: Where each value comes from, by name.
        defaults: Recorded forms of the defaults by name.
        hidden: What is kept out of the files.
    """

    __slots__ = ("defaults", "hidden", "sources")

    def __init__(self, sources: dict[str, str], defaults: dict[str, Any], hidden: secrets.Hidden) -> None:
        self.sources, self.defaults, self.hidden = sources, defaults, hidden

    def after(self, first: Told | None) -> Told:
        """Return what two parses have to say together."""
        if first is None:
            return self
        # What the first parse has put into the namespace came from where that one says.
        new = {name: said for name, said in self.sources.items() if said != "namespace" or name not in first.sources}
        return Told({**first.sources, **new}, {**first.defaults, **self.defaults}, self.hidden)


class _Collected:
    """Params as they are recorded, one by one.

    Attributes:
        params: Recorded forms by name.
        omitted: Why a param is not there, by name.
        header: What the forms alone do not say (:func:`exparse.format.params.document`).
        defaults: Recorded forms of the defaults by name.
        sources: Where each value comes from, by name.
    """

    def __init__(self, levels: list[Level], changed: set[str], hidden: secrets.Hidden) -> None:
        self.params: dict[str, Any] = {}
        self.omitted: dict[str, str] = {}
        self.header: dict[str, Any] = {"calls": {}, "effects": {}, "extra": [], "places": {}, "makers": {}}
        self.defaults: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self._levels, self._changed, self._hidden = levels, changed, hidden
        self._defined = [level.by_dest() for level in levels]

    def add(self, dest: str, value: Any) -> None:
        """Take one param up."""
        place = self._place(dest)
        level, actions = (self._levels[place], self._defined[place][dest]) if place is not None else (None, [])
        if dest in self._hidden.params:
            self.omitted[dest] = self._hidden.params[dest]
            return
        source = self._source(dest, level)
        if source is not None:
            self.sources[dest] = source
        try:
            form, recipe = (forms.shown(value), None) if dest in self._changed else _form(level, actions, dest, value)
        except Exception as problem:  # a value may fail in any way when it is looked at
            why = str(problem) if isinstance(problem, forms.Unwritable) else f"cannot be read: {type(problem).__name__}"
            self.omitted[dest] = f"{why}; {_DEFAULT}"
            return
        if self._hidden.are_in(form, recipe) and not self._is_allowed(actions):
            self.omitted[dest] = _without_secret(form, self._hidden)
            return
        self.params[dest] = form
        self._note_default(dest, level, actions, form if source == "default" else _UNKNOWN)
        if recipe is not None:
            self.header["calls"][dest] = {"shown": form, "calls": recipe}
        else:
            self._note_effect(dest, level, form)
        self._note_maker(dest, level, actions)
        if place is not None and sum(dest in found for found in self._defined) > 1:
            self.header["places"][dest] = place
        if not actions and not any(dest in level.parser._defaults for level in self._levels):
            self.header["extra"].append(dest)

    def _note_effect(self, dest: str, level: Level | None, form: Any) -> None:
        """Note the occurrences of an option whose action is the script's own, and may have done anything."""
        occurred = level.given.get(dest, []) if level is not None else []
        calls = [call.recipe() for call in occurred if forms.has_effects(call.action)]
        if not calls and not occurred and level is not None and dest in level.effects:
            calls = level.effects[dest].calls
        if calls and is_plain(calls) and not self._hidden.are_in(None, calls):
            self.header["effects"][dest] = {"shown": form, "calls": calls}

    @staticmethod
    def _is_allowed(actions: list[argparse.Action]) -> bool:
        return any(getattr(action, "secret", None) is False for action in actions)

    def _source(self, dest: str, level: Level | None) -> str | None:
        """Return where a value comes from, or None where an action of another param has put it there."""
        if dest in self._changed:
            return "setter"
        if level is not None and dest in level.given:
            return "command line"
        for other in [level] if level is not None else self._levels:
            if dest in other.origins:
                return other.origins[dest]
            if dest in other.preset:
                return "namespace"
        by_default = level is not None or any(dest in other.parser._defaults for other in self._levels)
        return "default" if by_default else None

    def _note_default(self, dest: str, level: Level | None, actions: list[argparse.Action], form: Any) -> None:
        """Note the default of a param; one that is too large, or cannot be read, has none."""
        if form is _UNKNOWN and level is not None:
            own = next((a.default for a in actions if a.default is not argparse.SUPPRESS), _UNKNOWN)
            form = level.parser._defaults.get(dest, own)
        if form is _UNKNOWN:
            return
        try:
            form = forms.shown(form)
        except forms.Unwritable as problem:
            form = str(problem)
        except Exception:  # the default's own code
            return
        if 0 < count_plain(form, most=_MOST_PARTS) and (type(form) is not str or len(form) <= _LONGEST_DEFAULT):
            if not self._hidden.are_in(form, None):
                self.defaults[dest] = form

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


def _without_secret(form: Any, hidden: secrets.Hidden) -> str:
    """Return why a param is not there, and what it says beside its secret."""
    why = "holds a secret, not recorded"
    if type(form) is not str:
        return why
    rest = hidden.masked_text(form)
    return f"{why}: {rest[:_LONGEST_SHOWN]}" if rest.strip("*") and not hidden.are_in(rest, None) else why


def _form(level: Level | None, actions: list[argparse.Action], dest: str, value: Any) -> tuple[Any, list[Any] | None]:
    """Return the recorded form of one param, and the recipe where only that repeats it."""
    laid = level.laid.get(dest) if level else None
    occurred = level.given.get(dest, []) if level else []
    if not occurred:
        if laid is not None:
            return laid.form, laid.recipe
        return forms.untouched(value, level.converted.get(dest) if level else None), None
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
