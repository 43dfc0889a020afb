"""The words behind RUN: options of ours among those of a script, which may have options of the same names."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

_HELP = "--help"
_END = "--"


def taken(
    words: Sequence[str],
    declare: Callable[[argparse.ArgumentParser], None],
    args: argparse.Namespace,
    scripts: Collection[str],
) -> list[str]:
    """Act on the long options of ours that stand behind RUN; return the others, which are for the script.

    Args:
        words: What stands behind RUN and before a ``--``.
        declare: Declares our options.
        args: Takes what they say.
        scripts: Names of the script's params: an option of the same name is the script's.

    Raises:
        SystemExit: If one of ours lacks its value, or has a wrong one.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    declare(parser)
    parser.error = args.wrong  # type: ignore[method-assign]
    known = {
        text: action
        for action in parser._actions
        for text in action.option_strings
        if text.startswith("--") and text[2:].replace("-", "_") not in scripts
    }
    ours, theirs = _divided(list(words), known)
    for name, value in vars(parser.parse_args(ours)).items():
        earlier = getattr(args, name, None)
        setattr(args, name, [*earlier, *value] if isinstance(earlier, list) else value)
    return theirs


def _divided(words: list[str], known: dict[str, argparse.Action]) -> tuple[list[str], list[str]]:
    ours: list[str] = []
    theirs: list[str] = []
    while words:
        word = words.pop(0)
        action = known.get(word.partition("=")[0])
        if action is None:
            theirs.append(word)
            continue
        ours.append(word)
        if action.nargs != 0 and "=" not in word and words:
            ours[-1] = f"{word}={words.pop(0)}"
    return ours, theirs


def divided(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what stands before the first ``--``, and what behind it is the script's whatever it looks like."""
    at = list(words).index(_END) if _END in words else len(words)
    return list(words[:at]), list(words[at + 1 :])


def asks_help(words: Sequence[str]) -> bool:
    """Return whether our own help is asked for behind RUN."""
    return _HELP in words or "-h" in words
