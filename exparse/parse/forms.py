"""The recorded form of a value: plain data that the option's own ``type`` turns back into an equal value.

What a type made of a text is recorded as the text wherever that alone is faithful: for texts (``type`` need
not be idempotent) and for all that YAML cannot hold. A number, a truth value, None and plain lists and
dicts are recorded as they are.
"""

from __future__ import annotations

import argparse

from exparse.format.params import MAX_NODES
from exparse.format.text import PLAIN_TYPES, is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Accumulators: the value is what was there before, and then what the command line adds.
ACCUMULATES = (
    argparse._AppendAction.__call__,
    argparse._AppendConstAction.__call__,
    argparse._ExtendAction.__call__,
    argparse._CountAction.__call__,
)
STORES = argparse._StoreAction.__call__
_APPENDS = argparse._AppendAction.__call__
_EXTENDS = argparse._ExtendAction.__call__
BOOLEANS = (argparse._StoreTrueAction, argparse._StoreFalseAction, argparse.BooleanOptionalAction)
# Positionals that take options, too: behind these nothing is one, "--" stays what it is, and not all are choices.
TAKE_ALL = (argparse.REMAINDER, argparse.PARSER)
MANY = (*TAKE_ALL, argparse.ZERO_OR_MORE, argparse.ONE_OR_MORE)


class Unwritable(Exception):
    """A value that has no recorded form; the text says what it is."""


def takes_list(action: argparse.Action) -> bool:
    """Return whether one occurrence of an option gives a list of values."""
    return type(action.nargs) is int or action.nargs in MANY


def is_of_users(action: argparse.Action) -> bool:
    """Return whether an option that takes values has an action of the user's, which alone knows what it makes."""
    return action.nargs != 0 and type(action).__call__ not in (STORES, *ACCUMULATES)


def has_effects(action: argparse.Action) -> bool:
    """Return whether an option's action may do more than give the option its value: whoever wrote it knows."""
    return getattr(type(action).__call__, "__module__", None) != argparse.__name__


def depth(action: argparse.Action) -> int | None:
    """Return how deep the texts of an option lie in its value: 0 itself, 1 a list, 2 a list of lists.

    None where the value is made of something else than the texts: flags, counts, actions of the user's.
    """
    call = type(action).__call__
    if action.nargs == 0:
        return None
    if call is STORES:
        return int(takes_list(action))
    if call is _APPENDS:
        return 1 + int(takes_list(action))
    if call is _EXTENDS and takes_list(action):
        return 1
    return None


def given(action: argparse.Action, value: Any, texts: list[str]) -> Any:
    """Return the recorded form of what one occurrence of an option gave.

    Raises:
        Unwritable: If only the option and its texts can repeat it.
    """
    if not texts and not takes_list(action):
        return const(action, value)
    if not takes_list(action):
        return leaf(action, value, texts[0])
    if type(value) is not list or len(value) != len(texts):
        raise Unwritable(kind(value))
    return [leaf(action, part, text) for part, text in zip(value, texts)]  # noqa: B905  # lengths are equal


def const(action: argparse.Action, value: Any) -> Any:
    """Return the recorded form of an option's ``const``.

    Raises:
        Unwritable: If only the option itself can repeat it.
    """
    if type(value) is str and action.type not in (None, str):
        raise Unwritable("text")
    if not is_plain(value):
        raise Unwritable(kind(value))
    return value


def leaf(action: argparse.Action, value: Any, text: str) -> Any:
    """Return the recorded form of one value made of one text.

    Raises:
        Unwritable: If YAML can hold neither.
    """
    faithful = type(value) is not str or action.type is None or action.type is str
    form = value if faithful and is_plain(value) else text
    if not is_plain(form):
        # Bytes of a file's name that are no Unicode.
        raise Unwritable("text that is no Unicode")
    return form


def untouched(value: Any, converted: tuple[str, Any] | None) -> Any:
    """Return the recorded form of a value that was not given, for reading and for recognising it at the next parse.

    Args:
        value: The value.
        converted: A default that is a text, and what the option's type has made of it; None where there is none.
            Whatever else the value is, somebody has put it there: an action, ``set_defaults``, or the script in
            its own namespace.

    Raises:
        Unwritable: If it has none.
    """
    if converted is not None and value is converted[1] and (type(value) is str or not is_plain(value)):
        value = converted[0]
    return shown(value)


def shown(value: Any) -> Any:
    """Return a plain form of a value that people recognise: a path as text, a tuple as list, an enum by its name.

    Raises:
        Unwritable: If it has none, or is too large to be looked at.
    """
    try:
        return value if is_plain(value) else _shown(value, [0])
    except RecursionError:
        raise Unwritable("value nested too deep") from None


def _shown(value: Any, looked_at: list[int]) -> Any:
    # A value whose parts are shared, or that holds itself, has more parts than there are atoms.
    looked_at[0] += 1
    if looked_at[0] > MAX_NODES:
        raise Unwritable("value too large")
    if type(value) in PLAIN_TYPES and is_plain(value):
        return value
    kinds = {cls.__name__ for cls in type(value).__mro__}
    if isinstance(value, (list, tuple)):
        return [_shown(part, looked_at) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_shown(part, looked_at) for part in value), key=repr)
    if isinstance(value, dict):
        names = [key if type(key) in (str, int) else str(_shown(key, looked_at)) for key in value]
        return {name: _shown(part, looked_at) for name, part in zip(names, value.values(), strict=True)}
    if "Enum" in kinds:
        return str(value.name)
    if (
        "PurePath" in kinds
        or isinstance(value, (str, complex))
        or kinds & {"date", "time", "timedelta", "Decimal", "UUID"}
    ):
        return str(value).encode("utf-8", "replace").decode()
    for plain in (bool, int, float):
        if isinstance(value, plain):
            return plain(value)
    raise Unwritable(kind(value))


def kind(value: Any) -> str:
    """Return what a value is, in a few words that no value can make fail."""
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    told = f"{type(value).__name__} {name}" if isinstance(name, str) else f"value of type {type(value).__name__}"
    return told.replace("\n", " ")[:100]
