"""Secret values: which texts they are, and keeping them out of what is recorded."""

from __future__ import annotations

import argparse
import os

from exparse.format.params import MAX_BYTES
from exparse.format.text import json_text
from exparse.record.facts import MASK, mask
from exparse.record.markers import may_hold

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from exparse.parse.level import Level

# Without any of these in a name there is nothing to be found, and what would look is not even loaded.
NAME_HINTS = ("pass", "secret", "key", "token")
# What people write where a password may be left out.
_NO_SECRETS = frozenset("none null true false yes no on off auto env ask prompt empty dummy -".split())
_MOST_PARTS = 10_000
_SHORTEST_LINE_OF_KEY = 20


def _hints(name: str) -> bool:
    """Return whether a name, or several, may be one of a secret; as good as always it is not."""
    name = name.lower()
    return any(hint in name for hint in NAME_HINTS)


class Hidden:
    """What is to be kept out of the files of one run.

    Attributes:
        texts: Secrets to be masked wherever they stand, longest first.
        words: Further ones, found by the name of their option and like any other word (``--password test``):
            masked as arguments only, since masking them everywhere would spoil the output and the patch.
        params: Names of the params that are secret as a whole, with why they are.
        allowed: Texts of options that say ``secret=False``.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.words: set[str] = set()
        self.params: dict[str, str] = {}
        self.allowed: list[str] = []

    def are_in(self, form: Any, recipe: list[Any] | None) -> bool:
        """Return whether a param says a secret: a header made of a token, a value that a setter copied."""
        if not self.texts:
            return False
        text = json_text([form, recipe])
        return any(json_text(secret)[1:-1] in text for secret in self.texts if len(secret) > 3 or form == secret)

    def masked(self, arg: str) -> str:
        """Return an argument of a command line with every secret in it masked, however it is attached."""
        if not self.texts and not self.words:
            return arg
        option, equals, value = arg.partition("=")
        if equals and (value in self.words or value in self.texts):
            return f"{self.masked_text(option)}={MASK}"
        is_short = len(arg) > 2 and arg[0] in "-+/" and arg[1] != arg[0]
        if is_short and (arg[2:] in self.words or arg[2:] in self.texts):
            return arg[:2] + MASK
        return MASK if arg in self.words else self.masked_text(arg)

    def masked_text(self, text: str) -> str:
        """Return a text with every secret in it masked; of a URL all but the secret stays."""
        from exparse.record import shapes

        parts, begun = [], 0
        for start, end in shapes.spans(text):
            if not self._allows(text[start:end]):
                parts += [text[begun:start], MASK]
                begun = end
        return mask("".join([*parts, text[begun:]]), self.texts)

    def _allows(self, text: str) -> bool:
        return any(text in allowed for allowed in self.allowed)

    def close(self, texts: Iterable[str], guessed: Iterable[str]) -> None:
        """Take up what was found: texts that an option says are secret, and texts that only look like it."""
        found = {*texts, *(text for text in guessed if not self._allows(text))}
        self.texts = sorted(found - {""}, key=len, reverse=True)


def find(
    levels: list[Level],
    values: dict[str, Any],
    changed: set[str],
    lines: list[list[str]],
    earlier: Hidden | None = None,
) -> Hidden:
    """Return the secrets of a parse: by ``secret=True``, by the name of an option, and by shape.

    Args:
        levels: The parsers that took part.
        values: The params.
        changed: Names of the params that a setter has changed.
        lines: Command lines; the last holds what no parser knew, where names are all there is to go by.
        earlier: The secrets of the parse that left its rest, and maybe its namespace, to this one.
    """
    hidden = Hidden()
    declared: set[str] = set()
    if earlier is not None:
        hidden.params, hidden.words, hidden.allowed = dict(earlier.params), set(earlier.words), list(earlier.allowed)
        declared.update(earlier.texts)
    guessed: set[str] = set()
    free: set[str] = set()
    named = _hints(" ".join([name for level in levels for action in level.parser._actions for name in _names(action)]))
    for level in levels:
        for action in level.parser._actions:
            says = getattr(action, "secret", None)
            if says is True:
                declared |= _told(level, action, values) | _texts_in(action.default)
                hidden.params[action.dest] = "secret, not recorded"
            elif says is False:
                hidden.allowed += _told(level, action, values)
                free.add(action.dest)
            elif named:
                _guess(hidden, guessed, level, action, values, changed)
    _guess_in_words(hidden, guessed, lines[-1])
    for dest, value in values.items():
        # The command line of another program, which this one starts.
        if type(value) is list and dest not in free and _guess_in_words(hidden, guessed, value):
            hidden.params.setdefault(dest, "holds a secret, not recorded")
    _guess_by_shape(guessed, levels, values, lines)
    hidden.close(declared, guessed)
    return hidden


def _names(action: argparse.Action) -> list[str]:
    """Return the names of an option: its dest, and its long spellings."""
    return [action.dest, *(string for string in action.option_strings if len(string) > 2)]


def _told(level: Level, action: argparse.Action, values: dict[str, Any]) -> set[str]:
    """Return the texts of an option: those that the command line gave, and those in its value."""
    given = {text for call in level.given.get(action.dest, ()) for text in call.texts}
    return given | _texts_in(values.get(action.dest))


def _texts_in(value: Any, depth: int = 0) -> set[str]:
    """Return the texts in a secret value: itself, its parts (a few levels deep), bytes as what they spell."""
    kind = type(value)  # what isinstance asks of a value of the user's may fail
    if issubclass(kind, str):
        return {str.__str__(value)}
    if issubclass(kind, bytes):
        return {value.decode("utf-8", "replace")}
    if issubclass(kind, (int, float, complex)) and kind is not bool:
        return {repr(value)}
    parts = value.values() if issubclass(kind, dict) else value if issubclass(kind, (list, tuple, set)) else ()
    return {text for part in parts for text in _texts_in(part, depth + 1)} if depth < 4 else set()


def _guess(
    hidden: Hidden,
    guessed: set[str],
    level: Level,
    action: argparse.Action,
    values: dict[str, Any],
    changed: set[str],
) -> None:
    """Take up what an option holds whose name says that it is a secret."""
    from exparse.record import names, shapes

    spelled = _names(action)
    certain = any(map(names.says_secret, spelled))
    if not (certain or any(map(names.is_just_token, spelled))) or not _holds_text(action, values.get(action.dest)):
        return
    dest = action.dest
    if dest in level.given or dest in level.laid or dest in changed or dest in level.preset:
        found = _told(level, action, values)
    else:
        # A default stands in the code, for all to read, unless the environment gave it.
        found = _texts_in(values.get(dest)) & set(os.environ.values())
    found = {text for text in found if _may_be_secret(text) and (certain or shapes.is_token(text))}
    if found:
        hidden.params[dest] = "secret by its name, not recorded; secret=False in add_argument has it recorded"
    for text in found:
        if _is_plain_word(text, dest):
            hidden.words.add(text)
        else:
            guessed.add(text)


def _holds_text(action: argparse.Action, value: Any) -> bool:
    """Return whether an option is one for texts, and its value is no number, path or the like."""
    if action.nargs == 0 or action.choices is not None or action.type in (int, float, bool):
        return False
    return value is not None and not issubclass(type(value), (bool, int, float, complex, os.PathLike))


def _may_be_secret(text: str) -> bool:
    if not text or text.lower() in _NO_SECRETS or (text[0] == "$" and text.strip("${}").isidentifier()):
        return False
    try:
        return not os.path.exists(os.path.expanduser(text))
    except (OSError, ValueError):
        return True


def _is_plain_word(text: str, name: str) -> bool:
    """Return whether a text is so like any other that it must not be masked wherever it stands."""
    if len(text) < 6 or text.lower() in name.lower():
        return True
    one_case = text.isalpha() and (text.islower() or text.isupper() or text.istitle())
    return (one_case and len(text) < 9) or (text.isdigit() and len(text) < 9)


def _guess_in_words(hidden: Hidden, guessed: set[str], words: list[Any]) -> bool:
    """Take up what a command line of another program holds, ``--password x`` or ``--password=x``; was there any?"""
    options = [
        (number, word) for number, word in enumerate(words[:_MOST_PARTS]) if type(word) is str and word[:1] == "-"
    ]
    found = False
    for number, word in options:
        option, equals, value = word.partition("=")
        if not _hints(option):
            continue
        from exparse.record import names

        if not equals:
            value = words[number + 1] if number + 1 < len(words) else ""
            value = "" if type(value) is not str or value[:1] == "-" else value
        if names.says_secret(option) and _may_be_secret(value):
            (hidden.words if _is_plain_word(value, option) else guessed).add(value)
            found = True
    return found


def _guess_by_shape(guessed: set[str], levels: list[Level], values: dict[str, Any], lines: list[list[str]]) -> None:
    texts = [arg for line in lines for arg in line]
    for value in values.values():
        texts += _strings_in(value)
    texts += [action.default for level in levels for action in level.parser._actions if type(action.default) is str]
    if not may_hold("\n".join(texts)):
        return
    from exparse.record import shapes

    for text in filter(may_hold, texts):
        for start, end in shapes.spans(text):
            guessed.update(_everywhere(text, start, end))


def _everywhere(text: str, start: int, end: int) -> list[str]:
    """Return what is to be masked wherever it stands for a secret that stands in a text."""
    secret = text[start:end]
    if text[start - 1 : start] == ":" and text[end : end + 1] == "@" and _is_plain_word(secret, text[:start]):
        # postgres://postgres:postgres@localhost
        return [text[start - 1 : end + 1]]
    # The lines of a key may be shown one by one.
    return [secret, *(line for line in secret.split("\n") if len(line) >= _SHORTEST_LINE_OF_KEY)]


def _strings_in(value: Any) -> list[str]:
    """Return the texts in a value: its own, or those of a path, of plain lists and dicts."""
    if value is None or type(value) in (bool, int, float):
        return []
    found: list[str] = []
    left, looked_at = [value], 0
    while left and looked_at < _MOST_PARTS:
        part = left.pop()
        looked_at += 1
        if issubclass(type(part), str):
            # What is longer is not recorded.
            found += [str.__str__(part)] if len(part) <= MAX_BYTES else []
        elif type(part) in (list, tuple, set, frozenset, dict) and len(part) < _MOST_PARTS:
            # What has more parts is not recorded.
            left += [*part, *part.values()] if type(part) is dict else part
        elif "PurePath" in [cls.__name__ for cls in type(part).__mro__]:
            found.append(str(part))
    return found
