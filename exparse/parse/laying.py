"""Laying a saved mapping under the command line of one parser: it fills what has not been given."""

from __future__ import annotations

import argparse

from exparse.parse import effects, forms
from exparse.parse.level import PENDING, Laid, usual
from exparse.parse.replay import OF_ONE_TEXT, Restorer, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.format.document import Document, Entry
    from exparse.parse.level import Level


def lay(level: Level, place: int, commands: list[str], loaded: Document, origin: str) -> None:
    """Lay a document under the command line: what it says holds where nothing is given.

    Args:
        level: The parser whose options they are.
        place: How deep it is among the sub-commands; 0 is the top.
        commands: The sub-commands taken so far.
        loaded: The document.
        origin: What it is, in words, for those who ask later where a value came from.

    Raises:
        argparse.ArgumentError: If an option that accumulates refuses its value; others do when they are made.
    """
    header = loaded.header or {}
    # What another sub-command recorded is a text to this one, as if a person had written it.
    final = loaded.header is not None and header.get("command", [])[:place] == commands[:place]
    restorer = Restorer(level.parser, loaded, final)
    known = level.by_dest() if final else names(level.parser)
    for entry in loaded.entries:
        actions = known.get(entry.name)
        if actions is None:
            # What set_defaults of another sub-command said is not what this one says.
            is_known = entry.name in level.parser._defaults or entry.name in header.get("extra", ())
            if is_known and (final or loaded.header is None):
                _lay_plain(level, entry, origin)
        elif final and header.get("places", {}).get(entry.name, place) != place:
            # The value is another parser's, which has a param of the same name.
            level.relax(actions)
        elif not getattr(actions[0], "volatile", False):
            maker = header.get("makers", {}).get(entry.name, usual(actions)) if final else usual(actions)
            action = actions[maker if 0 <= maker < len(actions) else 0]
            if not final and _says_no(action, entry):
                entry = entry._replace(value=not entry.value)
            saved = header.get("calls", {}).get(entry.name) if final else None
            if _lay_entry(level, restorer, actions, action, entry, saved):
                level.origins[action.dest] = origin
                effects.note(level, action, loaded, entry, final)


def _says_no(action: argparse.Action, entry: Entry) -> bool:
    """Return whether a key is the name of the option that switches something off: ``no-shuffle: true``."""
    if type(entry.value) is not bool or entry.name.replace("-", "_") == action.dest.replace("-", "_"):
        return False
    if isinstance(action, argparse.BooleanOptionalAction):
        return entry.name.startswith(("no-", "no_"))
    return isinstance(action, argparse._StoreFalseAction)


def _lay_plain(level: Level, entry: Entry, origin: str) -> None:
    default = level.parser._defaults.get(entry.name)
    try:
        if same(forms.shown(default), entry.value):
            return
    except forms.Unwritable:
        if default is not None:
            return
    setattr(level.namespace, entry.name, entry.value)
    level.origins[entry.name] = origin


def _lay_entry(
    level: Level, restorer: Restorer, actions: list[argparse.Action], action: argparse.Action, entry: Entry, saved: Any
) -> bool:
    """Lay one entry under its option; return whether it provides the value, unless the command line comes to."""
    aside = any(other.nargs == argparse.SUPPRESS for other in actions)
    if isinstance(action, argparse._SubParsersAction) or aside:
        # An intermixed parse has put its positionals aside; they come in its second pass.
        return False
    earlier = level.given.get(action.dest)
    if earlier and not all(type(call.action).__call__ in forms.ACCUMULATES for call in earlier):
        return False
    if any(level.alternative_given(action) for action in actions):
        return False
    level.relax(actions)
    source = restorer.document, entry.name
    there = level.laid.get(action.dest)
    if there is not None and there.source == source and there.make is None:
        # The second pass of an intermixed parse: the value was made in the first, and may have grown since.
        if not earlier:
            setattr(level.namespace, action.dest, there.value)
        return True
    # Of several options of one dest, the first that has a default sets it; one noted as the maker gave a value.
    holds = next((other for other in actions if other.default is not argparse.SUPPRESS), action)
    unsaid = saved is None and action is actions[usual(actions)]
    if unsaid and restorer.is_default(holds, entry):
        if level.laid.pop(action.dest, None) is not None:
            level.set_default(holds)
        return True

    def make() -> Laid:
        laid = _from_recipe(level, holds, action, entry, saved) if isinstance(saved, dict) else None
        laid = laid or restorer.made(action, entry, level.namespace)
        laid.action, laid.source = action, source
        setattr(level.namespace, action.dest, laid.value)
        return laid

    if type(action).__call__ is forms.STORES and not _made_at_once(level, action, make):
        level.laid[action.dest] = Laid(PENDING, None, None, action, source, make)
        setattr(level.namespace, action.dest, PENDING)
        return True
    if type(action).__call__ is not forms.STORES:
        level.laid[action.dest] = make()
    for call in earlier or ():
        call.action(level.parser, level.namespace, call.values, None)
    return True


def _made_at_once(level: Level, action: argparse.Action, make: Callable[[], Laid]) -> bool:
    """Make a saved value where that does nothing but make it, and it is right; return whether that is so.

    A type of the user's may open a file for writing, and a value that the option refuses is no error yet: both
    wait until it is known that the command line gives no other.
    """
    if action.type not in OF_ONE_TEXT:
        return False
    try:
        level.laid[action.dest] = make()
    except argparse.ArgumentError:
        return False
    return True


def _from_recipe(
    level: Level, holds: argparse.Action, action: argparse.Action, entry: Entry, saved: dict[str, Any]
) -> Laid | None:
    """Repeat the recorded occurrences of an option, from the default of the one that holds it for all of one dest.

    None where the value was edited since, or the option is gone.
    """
    calls = saved.get("calls")
    if not isinstance(calls, list) or not same(saved.get("shown"), entry.value):
        return None
    level.set_default(holds)
    positional = next((other for other in level.by_dest()[action.dest] if not other.option_strings), action)
    for option, texts in calls:
        found = level.parser._option_string_actions.get(option) if option else positional
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
