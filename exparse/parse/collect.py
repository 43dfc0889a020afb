"""From a parsed namespace to what is recorded of it; no value can make this fail."""

from __future__ import annotations

import argparse

from exparse.format.text import is_plain, json_text
from exparse.parse import forms
from exparse.record.facts import MASK, mask
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


def record(namespace: Any, levels: list[Level], commands: list[str], facts: dict[str, Any]) -> Record:
    """Return what is to be recorded of a successful parse.

    Args:
        namespace: What the parse returned.
        levels: The parsers that took part, outermost first.
        commands: The sub-commands taken, outermost first.
        facts: Keys of ``metadata.json`` that only the parser knows; ``argv`` and ``rest`` lose their secrets.
    """
    params: dict[str, Any] = {}
    omitted: dict[str, str] = {}
    calls: dict[str, Any] = {}
    extra: list[str] = []
    values = values_of(namespace, levels)
    secrets = _secrets(levels, values)
    places: dict[str, int] = {}
    defined = [level.by_dest() for level in levels]
    for dest, value in values.items():
        place = _place(levels, defined, dest)
        level, actions = (levels[place], defined[place][dest]) if place is not None else (None, [])
        if place is not None and sum(dest in found for found in defined) > 1:
            places[dest] = place
        if any(getattr(action, "secret", False) for action in actions):
            omitted[dest] = "secret, not recorded"
            continue
        try:
            params[dest], recipe = _form(level, actions, dest, value)
        except Exception as problem:  # a value may fail in any way when it is looked at
            why = str(problem) if isinstance(problem, forms.Unwritable) else f"cannot be read: {type(problem).__name__}"
            omitted[dest] = f"{why}; {_DEFAULT}"
            continue
        if secrets and _holds(secrets, params[dest], recipe):
            del params[dest]
            omitted[dest] = "holds a secret, not recorded"
            continue
        if recipe is not None:
            calls[dest] = {"shown": params[dest], "calls": recipe}
        if not actions and not any(dest in level.parser._defaults for level in levels):
            extra.append(dest)
    header = {"command": commands, "calls": calls, "extra": extra, "places": places}
    facts = {**facts, "command": commands, "given": sorted({d for level in levels for d in level.given})}
    facts["argv"] = [_masked(str(arg), secrets) for arg in facts["argv"]]
    facts["rest"] = [_masked(str(arg), secrets) for arg in facts["rest"]]
    return Record(params, omitted, {key: value for key, value in header.items() if value}, facts, secrets)


def _place(levels: list[Level], defined: list[dict[str, list[argparse.Action]]], dest: str) -> int | None:
    """Return which of the parsers a param's value comes from: the innermost that sets it, given or by default."""
    found = [place for place, actions in enumerate(defined) if dest in actions]
    for place in reversed(found):
        set_by_default = any(action.default is not argparse.SUPPRESS for action in defined[place][dest])
        if set_by_default or dest in levels[place].given or dest in levels[place].laid:
            return place
    return found[-1] if found else None


def _form(level: Level | None, actions: list[argparse.Action], dest: str, value: Any) -> tuple[Any, list[Any] | None]:
    """Return the recorded form of one param, and the recipe where only that repeats it."""
    laid = level.laid.get(dest) if level else None
    occurred = level.given.get(dest, []) if level else []
    if not occurred:
        if laid is not None:
            return laid.form, laid.recipe
        first = next(iter(actions), None)
        return forms.untouched(first, value), None
    try:
        return _given(occurred, laid.form if laid else None, value), None
    except forms.Unwritable:
        recipe = [call.recipe() for call in occurred]
        if laid is not None:
            if laid.recipe is None:
                raise
            recipe = [*laid.recipe, *recipe]
        return _shown(occurred, value), recipe


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
        # A setter, or another action, has put something else there since.
        return forms.shown(value)
    if call in forms.ACCUMULATES and type(value) is list:
        return _accumulated(occurred, base, value)
    if forms.depth(last.action) == 1 and call is not forms.ACCUMULATES[0] or forms.depth(last.action) == 0:
        return forms.given(last.action, value, last.texts)
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


def _secrets(levels: list[Level], values: dict[str, Any]) -> list[str]:
    """Return the texts of all secret values, longest first: those given, those in force, and the defaults."""
    found: set[str] = set()
    for level in levels:
        for action in level.parser._actions:
            if getattr(action, "secret", False):
                found |= {text for call in level.given.get(action.dest, ()) for text in call.texts}
                found.update(_texts_of(values.get(action.dest)))
                found.update(_texts_of(action.default))
    return sorted(found - {""}, key=len, reverse=True)


def _texts_of(value: Any, depth: int = 0) -> list[str]:
    """Return the texts in a secret value: itself, its parts (a few levels deep), bytes as what they spell."""
    if isinstance(value, str):
        return [str(value)]
    if isinstance(value, bytes):
        return [value.decode("utf-8", "replace")]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple, set)) else ()
    return [text for part in parts for text in _texts_of(part, depth + 1)] if depth < 4 else []


def _holds(secrets: list[str], form: Any, recipe: list[Any] | None) -> bool:
    """Return whether a param says a secret: a header made of a token, a value that a setter copied."""
    text = json_text([form, recipe])
    return any(json_text(secret)[1:-1] in text for secret in secrets if len(secret) > 3 or form == secret)


def _masked(arg: str, secrets: list[str]) -> str:
    option, equals, value = arg.partition("=")
    if equals and value in secrets:
        return f"{option}={MASK}"
    if len(arg) > 2 and arg[2:] in secrets and arg[0] in "-+/":
        return arg[:2] + MASK
    return mask(arg, secrets)
