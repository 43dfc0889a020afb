"""Laying a saved mapping under the command line of one parser: it fills what has not been given."""

from __future__ import annotations

import argparse

from exparse.parse import forms
from exparse.parse.level import Laid, usual
from exparse.parse.replay import KEEP, Restorer, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document, Entry
    from exparse.parse.level import Level


def lay(level: Level, place: int, loaded: Document) -> None:
    """Lay a document under the command line: fill what has not been given.

    Args:
        level: The parser whose options they are.
        place: How deep it is among the sub-commands; 0 is the top.
        loaded: The document.

    A value that its option refuses is noted in ``level.refused``: the command line may give another.
    """
    restorer = Restorer(level.parser, loaded)
    header = loaded.header or {}
    known = names(level.parser) if loaded.header is None else level.by_dest()
    for entry in loaded.entries:
        actions = known.get(entry.name)
        if actions and header.get("places", {}).get(entry.name, place) != place:
            # The value is another parser's, which has a param of the same name.
            level.relax(actions)
            continue
        if actions is None:
            if entry.name in level.parser._defaults or entry.name in header.get("extra", ()):
                _lay_plain(level, entry)
        elif not getattr(actions[0], "volatile", False):
            maker = header.get("makers", {}).get(entry.name, usual(actions))
            action = actions[maker if 0 <= maker < len(actions) else 0]
            if loaded.header is None and _says_no(action, entry):
                entry = entry._replace(value=not entry.value)
            level.refused.pop(action.dest, None)
            try:
                _lay_entry(level, restorer, actions, action, entry, header.get("calls", {}).get(entry.name))
            except argparse.ArgumentError as problem:
                level.refused[action.dest] = problem


def _says_no(action: argparse.Action, entry: Entry) -> bool:
    """Return whether a key is the name of the option that switches something off: ``no-shuffle: true``."""
    if type(entry.value) is not bool or entry.name.replace("-", "_") == action.dest.replace("-", "_"):
        return False
    if isinstance(action, argparse.BooleanOptionalAction):
        return entry.name.startswith(("no-", "no_"))
    return isinstance(action, argparse._StoreFalseAction)


def _lay_plain(level: Level, entry: Entry) -> None:
    default = level.parser._defaults.get(entry.name)
    try:
        if same(forms.shown(default), entry.value):
            return
    except forms.Unwritable:
        if default is not None:
            return
    setattr(level.namespace, entry.name, entry.value)


def _lay_entry(
    level: Level, restorer: Restorer, actions: list[argparse.Action], action: argparse.Action, entry: Entry, saved: Any
) -> None:
    if isinstance(action, argparse._SubParsersAction) or action.nargs == argparse.SUPPRESS:
        # An intermixed parse has put its positionals aside; they come in its second pass.
        return
    earlier = level.given.get(action.dest)
    if earlier and not all(type(call.action).__call__ in forms.ACCUMULATES for call in earlier):
        return
    if any(level.alternative_given(action) for action in actions):
        return
    level.relax(actions)
    laid = _from_recipe(level, action, entry, saved) if isinstance(saved, dict) else None
    if laid is None:
        value, form = restorer.restore(action, entry)
        if value is KEEP:
            if action.dest in level.laid:
                level.laid.pop(action.dest)
                level.set_default(action)
            return
        laid = Laid(value, form)
        setattr(level.namespace, action.dest, value)
    level.laid[action.dest] = laid
    for call in earlier or ():
        call.action(level.parser, level.namespace, call.values, None)


def _from_recipe(level: Level, action: argparse.Action, entry: Entry, saved: dict[str, Any]) -> Laid | None:
    """Repeat the recorded occurrences of an option; None where the value was edited since, or the option is gone."""
    calls = saved.get("calls")
    if not isinstance(calls, list) or not same(saved.get("shown"), entry.value):
        return None
    level.set_default(action)
    for option, texts in calls:
        found = level.parser._option_string_actions.get(option) if option else action
        if found is None or found.dest != action.dest:
            return None
        values = argparse.ArgumentParser._get_values(level.parser, found, list(texts))
        found(level.parser, level.namespace, values, option)
    return Laid(getattr(level.namespace, action.dest), entry.value, calls)


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
