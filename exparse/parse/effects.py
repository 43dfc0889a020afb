"""What an action of the script's own does beside its value, done once more where the value comes from a saved file."""

from __future__ import annotations

import argparse
import copy

from exparse.parse.level import Effect
from exparse.parse.replay import same
from exparse.record.say import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document, Entry
    from exparse.parse.level import Level


def note(level: Level, action: argparse.Action, loaded: Document, entry: Entry, is_final: bool) -> None:
    """Have the recorded occurrences of an option happen again at the end of the parse, if nothing else gives it.

    Args:
        level: The parser whose option it is.
        action: The option.
        loaded: What the value is laid from.
        entry: The value.
        is_final: Whether it was recorded by this very parser.
    """
    level.effects.pop(action.dest, None)
    saved = (loaded.header or {}).get("effects", {}).get(entry.name) if is_final else None
    if saved is None or not same(saved.get("shown"), entry.value):
        return  # there is none, or somebody has edited the value since
    recorded = frozenset(one.name for one in loaded.entries)
    source = id(loaded), entry.name
    level.effects[action.dest] = Effect(
        saved["calls"], source, lambda: _repeat(level, action, saved["calls"], recorded)
    )


def _repeat(level: Level, action: argparse.Action, calls: list[Any], recorded: frozenset[str]) -> None:
    """Call an option's action as it was called, and keep of what it sets that of which nothing is known.

    The values are those of then, whatever has become of a file that the action reads.
    """
    parser, namespace = level.parser, level.namespace
    before = {dest: _own(value) for dest, value in getattr(namespace, "__dict__", {}).items()}
    aside = argparse.Namespace(**before)
    if action.default is argparse.SUPPRESS:
        vars(aside).pop(action.dest, None)
    else:
        setattr(aside, action.dest, _own(parser._defaults.get(action.dest, action.default)))
    positional = next((other for other in level.by_dest()[action.dest] if not other.option_strings), None)
    try:
        for option, texts in calls:
            found = parser._option_string_actions.get(option) if option else positional
            if found is None or found.dest != action.dest:
                return
            found(parser, aside, argparse.ArgumentParser._get_values(parser, found, list(texts)), option)
    except (Exception, SystemExit) as problem:
        name = "/".join(action.option_strings) or action.dest
        why = f"{type(problem).__name__}: {problem}"
        say(f"{parser.prog}: warning: the action of {name} failed, and its value is that of then ({why})")
        return
    missing = object()
    for dest, value in vars(aside).items():
        is_known = dest in recorded or dest in level.given or dest == action.dest
        if not is_known and value is not before.get(dest, missing):
            setattr(namespace, dest, value)


def _own(value: Any) -> Any:
    """Return a list or mapping that an action may change without harm; anything else as it is."""
    return copy.deepcopy(value) if type(value) in (list, dict) else value
