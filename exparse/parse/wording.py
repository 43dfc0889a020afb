"""From the value of a param back to words of a command line that give it."""

from __future__ import annotations

import argparse

from exparse.parse import forms
from exparse.parse.types import unwrapped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.parse.level import Laid

_APPENDS = argparse._AppendAction.__call__
_APPENDS_CONST = argparse._AppendConstAction.__call__
_COUNTS = argparse._CountAction.__call__
_EITHER = argparse.BooleanOptionalAction.__call__
_NO_DEFAULT = object()
_PLAIN = (None, str, int, float, complex, bool)


class CannotRender(Exception):
    """A value that no words of the command line give, as far as we can tell."""


class Said:
    """One occurrence of an option or a positional, as it is to stand on a command line.

    Attributes:
        action: What it is an occurrence of.
        option: How the option is spelled; None for a positional.
        texts: What follows it.
    """

    __slots__ = ("action", "option", "texts")

    def __init__(self, action: argparse.Action, option: str | None, texts: list[str]) -> None:
        self.action, self.option, self.texts = action, option, texts


def spelling(action: argparse.Action) -> str | None:
    """Return the first long spelling of an option, else its first one; None for a positional."""
    strings = action.option_strings
    return next((string for string in strings if string[:2] == string[:1] * 2), strings[0] if strings else None)


def same(value: Any, other: Any) -> bool:
    """Return whether two values are equal, with the types of all their parts; nan is equal to nan."""
    if type(value) is not type(other):
        return False
    if type(value) in (list, tuple):
        # strict= costs nothing here, and the lengths are compared first.
        return len(value) == len(other) and all(map(same, value, other))
    if type(value) is dict:
        return list(map(repr, value)) == list(map(repr, other)) and all(map(same, value.values(), other.values()))
    try:
        return bool(value == other) or (value != value and other != other)
    except Exception:  # the value's own code
        return False


def default_of(parser: Any, actions: list[argparse.Action]) -> Any:
    """Return what a dest is when nothing is said of it, before a text is converted; a mark of our own for nothing."""
    own = next((action.default for action in actions if action.default is not argparse.SUPPRESS), _NO_DEFAULT)
    return parser._defaults.get(actions[0].dest, own)


def is_default(parser: Any, actions: list[argparse.Action], value: Any) -> bool:
    """Return whether a bare command line gives a value."""
    default = default_of(parser, actions)
    if type(default) is not str:
        return same(default, value)
    # A default that is a text goes through the type of the option that has it.
    holder = next((action for action in actions if action.default == default), actions[0])
    if not _is_harmless(holder.type):
        return False
    return same(_converted(parser, holder, default), value)


def of_laid(parser: Any, actions: list[argparse.Action], laid: Laid) -> list[Said]:
    """Return the words that give what lies under the command line for one param.

    Args:
        parser: The parser.
        actions: All that set this param, in the order of their definition.
        laid: What a saved file provides for it.

    Raises:
        CannotRender: If none do.
    """
    action = laid.action
    if action is None:
        raise CannotRender
    if laid.recipe is None:
        return of_value(parser, actions, action, laid.value, laid.form)
    return [Said(parser._option_string_actions[option] if option else action, option, texts)
            for option, texts in laid.recipe]  # fmt: skip


def of_value(parser: Any, actions: list[argparse.Action], action: argparse.Action, value: Any, form: Any) -> list[Said]:
    """Return the words that give a value through an action, by its kind.

    Raises:
        CannotRender: If none do.
    """
    call = type(action).__call__
    if call is _EITHER:
        return [_yes_or_no(action, value)]
    if call is _COUNTS:
        return _counted(parser, actions, action, value)
    if call in (_APPENDS, _APPENDS_CONST, argparse._ExtendAction.__call__):
        return _grown(parser, actions, action, value, form)
    if isinstance(action, argparse._StoreConstAction):
        return [Said(_constant(actions, argparse._StoreConstAction, value), None, [])]
    if call is forms.STORES:
        return [Said(action, None, _texts(parser, action, value, form))]
    raise CannotRender


def _yes_or_no(action: argparse.Action, value: Any) -> Said:
    if type(value) is not bool:
        raise CannotRender
    found = [string for string in action.option_strings if string.startswith("--no-") is not value]
    if not found:
        raise CannotRender
    return Said(action, found[0], [])


def _counted(parser: Any, actions: list[argparse.Action], action: argparse.Action, value: Any) -> list[Said]:
    before = default_of(parser, actions)
    start = before if type(before) is int else 0
    if type(value) is not int or value < start or (before is not None and type(before) is not int):
        raise CannotRender
    return [Said(action, None, []) for _ in range(value - start)]


def _constant(actions: list[argparse.Action], kind: type[argparse.Action], value: Any) -> argparse.Action:
    """Return the option of a kind that gives its constant: store_true is a kind of store_const."""
    for action in actions:
        if type(action).__call__ is kind.__call__ and same(action.const, value):
            return action
    raise CannotRender


def _grown(parser: Any, actions: list[argparse.Action], action: argparse.Action, value: Any, form: Any) -> list[Said]:
    """Return one occurrence for each part that a list has beyond the default."""
    before = default_of(parser, actions)
    known = before if type(before) is list else []
    if type(value) is not list or type(form) is not list or len(form) != len(value):
        raise CannotRender
    if (before is not None and type(before) is not list and before is not _NO_DEFAULT) or not same(
        value[: len(known)], known
    ):
        raise CannotRender
    added, shown = value[len(known) :], form[len(known) :]
    call = type(action).__call__
    if call is argparse._ExtendAction.__call__ and forms.takes_list(action):
        return [Said(action, None, _all_texts(parser, action, added, shown))] if added or not known else []
    if call is argparse._ExtendAction.__call__ or (not added and not known):
        raise CannotRender
    if call is _APPENDS_CONST:
        return [Said(_constant(actions, argparse._AppendConstAction, part), None, []) for part in added]
    return [Said(action, None, _texts(parser, action, part, text)) for part, text in zip(added, shown, strict=True)]


def _texts(parser: Any, action: argparse.Action, value: Any, form: Any) -> list[str]:
    """Return the texts of one occurrence that give a value."""
    if forms.takes_list(action):
        if type(value) is not list or type(form) is not list:
            raise CannotRender
        return _all_texts(parser, action, value, form)
    try:
        return [_text(parser, action, value, form)]
    except CannotRender:
        if action.nargs == argparse.OPTIONAL and action.option_strings and same(action.const, value):
            return []
        raise


def _all_texts(parser: Any, action: argparse.Action, values: list[Any], shown: list[Any]) -> list[str]:
    texts = [_text(parser, action, value, form) for value, form in zip(values, shown, strict=True)]
    if type(action.nargs) is int and len(texts) != action.nargs:
        raise CannotRender
    if not texts and (action.nargs == argparse.ONE_OR_MORE or not action.option_strings):
        raise CannotRender
    return texts


def _text(parser: Any, action: argparse.Action, value: Any, form: Any) -> str:
    """Return a text of which the option's type makes a value."""
    if not _is_harmless(action.type):
        if type(form) is str:
            return form  # the text that the type was given
        if form is None or type(form) is bool or isinstance(action.type, argparse.FileType):
            raise CannotRender
    for text in _candidates(form):
        if same(_converted(parser, action, text), value):
            return text
    raise CannotRender


def _is_harmless(kind: Any) -> bool:
    """Return whether a type only makes a value.

    One of the user's may do more (open a file): it is asked again only where it made a number, a list or a dict.
    """
    kind = unwrapped(kind)
    return any(kind is known for known in _PLAIN) or getattr(kind, "__module__", None) == "exparse.parse.types"


def _candidates(form: Any) -> list[str]:
    if type(form) is str:
        return [form]
    if type(form) is bool:
        return [str(form), str(form).lower(), "1" if form else "0", "1" if form else ""]
    if form is None:
        return ["None", "null", ""]
    if type(form) is float:
        return [repr(form)]
    if type(form) in (list, dict):
        from exparse.format.text import json_text

        told = [json_text(form), repr(form)]
        return [*told, ",".join(map(str, form))] if type(form) is list else told
    return [str(form)]


def _converted(parser: Any, action: argparse.Action, text: str) -> Any:
    try:
        return parser._get_value(action, text)
    except Exception:  # the type's own code; where it refuses, nothing is equal to what comes of it
        return CannotRender
