"""The exact command line of a parse: words that give the same params without any saved file."""

from __future__ import annotations

import argparse

from exparse.parse import forms, own
from exparse.parse.wording import CannotRender, Said, default_of, is_default, of_laid, of_value, same, spelling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from exparse.parse.level import Call, Level
    from exparse.parse.secrets import Hidden
    from exparse.parse.session import Session

SEPARATOR = "--"


def rendered(
    session: Session, argv: list[str], rest: list[str], hidden: Hidden | None = None, first: Session | None = None
) -> list[str] | None:
    """Return the words that give what a parse gave; without what is secret, and without own options.

    Args:
        session: The parse, which is over.
        argv: Its command line.
        rest: What it handed back.
        hidden: What is kept out of the files.
        first: The ``parse_known_args`` that handed its rest to this parse, or None.

    Returns:
        The words; None where there are none, as far as we can tell.
    """
    try:
        words = _words(session, argv, rest, hidden)
        if first is None:
            return words
        shared = {dest for level in first.levels for dest in level.laid}
        if first._inherits or shared & {dest for level in session.levels for dest in level.by_dest()}:
            return None
        if any(level.parser._get_positional_actions() for level in first.levels):
            return None
        before = _words(first, argv, [], hidden)
        # What follows would be an argument of a last option that takes any number.
        return [*before, *words] if not _Line(first, first.levels[-1], argv, hidden).is_greedy else None
    except CannotRender:
        return None


def _words(session: Session, argv: list[str], rest: list[str], hidden: Hidden | None) -> list[str]:
    levels, commands = session.levels, session.commands
    if len(levels) != len(commands) + 1 or (rest and commands):
        # What the outer parser did not know, the one of the sub-command might.
        raise CannotRender
    words: list[str] = []
    for number in range(len(levels) - 1, -1, -1):
        below = [commands[number], *words] if number < len(commands) else None
        words = _Line(session, levels[number], argv, hidden).words(below, rest if below is None else [])
    at = session.main.fromfile_prefix_chars
    if at and any(word[:1] and word[0] in at for word in words):
        raise CannotRender
    return words


class _Line:
    """The words of one parser of a parse.

    Attributes:
        is_greedy: Whether a word behind the options would become an argument of the last of them.
    """

    def __init__(self, session: Session, level: Level, argv: list[str], hidden: Hidden | None) -> None:
        self._level, self._parser, self._argv, self._hidden = level, level.parser, argv, hidden
        self._is_top, self._mixed = level.parser is session.main, session.mixed
        self._changed = session.changed
        self._by_dest = level.by_dest()
        self._from_default_files = {
            entry.name.replace("-", "_")
            for loaded in session.documents
            if session._origins[id(loaded)].startswith("default file")
            for entry in loaded.entries
        }
        said = list(self._said())
        self._check_groups(said)
        self._check_required(said)
        self._positionals = {id(one.action): one for one in said if not one.action.option_strings}
        if len(self._positionals) != sum(not one.action.option_strings for one in said):
            raise CannotRender
        self._groups: dict[str, list[list[str]]] = {}
        self._tail: list[str] = []
        greedy: dict[str, bool] = {}
        for one in said:
            if one.action.option_strings and not self._is_secret(one):
                self._add_option(one, greedy)
        # What takes any number of arguments comes first: the option behind it ends them.
        names = sorted(self._groups, key=lambda name: not greedy[name])
        self._options = [word for name in names for words in self._groups[name] for word in words]
        self.is_greedy = bool(names) and greedy[names[-1]]

    # What is to be said

    def _said(self) -> Iterable[Said]:
        for dest in self._level.origins:
            known = self._by_dest.get(dest)
            if known is None and dest not in self._changed:
                raise CannotRender
        for dest, actions in self._by_dest.items():
            if any(isinstance(action, (argparse._SubParsersAction, own.OwnAction)) for action in actions):
                continue
            of_dest = list(self._of_dest(dest, actions))
            if of_dest and len(actions) > 1 and not all(action.option_strings for action in actions):
                raise CannotRender  # which came last is not known, and a positional without words sets its default
            yield from of_dest

    def _of_dest(self, dest: str, actions: list[argparse.Action]) -> Iterable[Said]:
        laid, calls = self._level.laid.get(dest), self._level.given.get(dest, [])
        by_file = dest in self._from_default_files
        if by_file and any(type(action).__call__ in forms.ACCUMULATES for action in actions):
            # The default file is read again, and the words would add to it.
            raise CannotRender
        if laid is not None and (
            by_file or self._is_required(actions) or not is_default(self._parser, actions, laid.value) or calls
        ):
            yield from of_laid(self._parser, actions, laid)
        if laid is None and not calls and by_file:
            default = default_of(self._parser, actions)
            yield from of_value(self._parser, actions, actions[0], default, default)
        yield from self._typed(calls)

    def _is_required(self, actions: list[argparse.Action]) -> bool:
        groups = [group for group in self._parser._mutually_exclusive_groups if group.required]
        held = [action for group in groups for action in group._group_actions]
        return any(action.required and action.option_strings or action in held for action in actions)

    def _typed(self, calls: list[Call]) -> Iterable[Said]:
        plain = (forms.STORES, argparse.BooleanOptionalAction.__call__)
        stores = all(
            type(call.action).__call__ in plain or isinstance(call.action, argparse._StoreConstAction) for call in calls
        )
        # Of what only stores, the last one holds.
        for call in calls[-1:] if stores else calls:
            texts = list(call.texts)
            if call.action.nargs not in forms.TAKE_ALL and texts[:1] == [SEPARATOR]:
                raise CannotRender
            if not _fits(call.action, len(texts)):
                raise CannotRender  # --x=-- loses its argument before Python 3.12.5
            yield Said(call.action, self._spelled(call, calls), texts)

    def _spelled(self, call: Call, calls: list[Call]) -> str | None:
        """Return how an option that takes nothing was spelled, where that says something; None for no matter how."""
        action = call.action
        if action.nargs != 0 or len(action.option_strings) < 2:
            return None
        if isinstance(action, argparse.BooleanOptionalAction):
            value = getattr(self._level.namespace, action.dest, None)
            if type(value) is bool and action.dest not in self._changed:
                return next(s for s in action.option_strings if s.startswith("--no-") is not value)
        elif type(action).__call__ in forms.ACCUMULATES or isinstance(action, argparse._StoreConstAction):
            return None
        found = [spelled for arg in self._argv for spelled in _meant(action, arg)]
        same_action = [one for one in calls if one.action is action]
        if len(found) != len(same_action):
            raise CannotRender
        return found[same_action.index(call)]

    def _check_groups(self, said: list[Said]) -> None:
        for group in self._parser._mutually_exclusive_groups:
            taken = {id(one.action) for one in said if one.action in group._group_actions}
            if len(taken) > 1:
                raise CannotRender

    def _check_required(self, said: list[Said]) -> None:
        """Refuse what a saved file let be left out, and has no value for: that is a sub-command's of the same name."""
        taken = {id(one.action) for one in said}
        free = (argparse.OPTIONAL, argparse.ZERO_OR_MORE, argparse.REMAINDER, argparse.PARSER)
        for action in self._parser._actions:
            if action.required and id(action) not in taken and (action.option_strings or action.nargs not in free):
                raise CannotRender
        for group in self._parser._mutually_exclusive_groups:
            if group.required and not any(self._counts(one) for one in said if one.action in group._group_actions):
                raise CannotRender

    def _counts(self, said: Said) -> bool:
        """Return whether a required group is content with it: a value that is the default may count as not given."""
        action = said.action
        return action.nargs == 0 or not same(getattr(self._level.namespace, action.dest, None), action.default)

    def _is_secret(self, said: Said) -> bool:
        return self._hidden is not None and any(self._hidden.masked(text) != text for text in said.texts)

    # How it is said

    def _add_option(self, said: Said, greedy: dict[str, bool]) -> None:
        action, texts = said.action, said.texts
        option = said.option or str(spelling(action))
        if "=" in option:
            raise CannotRender
        if action.nargs == argparse.REMAINDER and len(texts) != 1:
            if self._tail:
                raise CannotRender
            self._tail = [option, *texts]
            return
        words, is_greedy = [option, *texts], False
        if len(texts) == 1:
            if texts[0] == SEPARATOR:
                raise CannotRender
            words = [f"{option}={texts[0]}"]
        elif any(map(self._is_like_option, texts)):
            raise CannotRender
        else:
            is_greedy = action.nargs in (argparse.OPTIONAL, argparse.ZERO_OR_MORE, argparse.ONE_OR_MORE)
        self._groups.setdefault(action.dest, []).append(words)
        greedy[action.dest] = is_greedy

    def _is_like_option(self, text: str) -> bool:
        """Return whether argparse takes a text, where it stands alone, for an option."""
        parser = self._parser
        if not text or text[0] not in parser.prefix_chars:
            return text == SEPARATOR
        if text in parser._option_string_actions or text == SEPARATOR:
            return True
        if len(text) == 1:
            return False
        if text.partition("=")[0] in parser._option_string_actions or (self._is_top and own.may_be_own(parser, text)):
            return True
        if (parser.allow_abbrev or text[:2] != "--") and parser._get_option_tuples(text):
            return True
        if parser._negative_number_matcher.match(text):
            return bool(parser._has_negative_number_optionals)
        return " " not in text

    def words(self, below: list[str] | None, rest: list[str]) -> list[str]:
        """Return the words of this parser, and behind them those of its sub-command, or what it does not know.

        Raises:
            CannotRender: If argparse would take them for something else.
        """
        texts = self._arguments(below)
        following = [*texts, *(below or rest)]
        needs = any(map(self._is_like_option, texts)) or (bool(following) and self.is_greedy)
        if self._ends_in_remainder():
            needs = self._needs_before_remainder(texts)
        if self._tail and (below or rest or needs):
            raise CannotRender
        if needs and (self._mixed or not texts or rest or self._first_is_remainder()):
            raise CannotRender
        return [*self._options, *([SEPARATOR] if needs else []), *texts, *(below or rest), *self._tail]

    def _arguments(self, below: list[str] | None) -> list[str]:
        """Return the texts of the positionals, if argparse gives each of them its own."""
        actions = self._parser._get_positional_actions()
        texts: list[str] = []
        wanted = []
        for action in actions:
            if isinstance(action, argparse._SubParsersAction):
                wanted.append(len(below or ()))
                continue
            said = self._positionals.get(id(action))
            own_texts = said.texts if said is not None else []
            wanted.append(len(own_texts))
            if below is not None and any(isinstance(a, argparse._SubParsersAction) for a in actions[: len(wanted)]):
                if own_texts:
                    raise CannotRender
            texts += own_texts
        found = self._parser._match_arguments_partial(actions, "A" * (len(texts) + len(below or ())))
        if [*found, *[0] * (len(wanted) - len(found))] != wanted:
            raise CannotRender
        self._refuse_separators(actions)
        return texts

    def _refuse_separators(self, actions: list[argparse.Action]) -> None:
        """Refuse ``--`` as an argument: which one of several goes is another matter in each version of Python."""
        said = [self._positionals[id(action)] for action in actions if id(action) in self._positionals]
        if any(SEPARATOR in one.texts for one in said) and len(said) > 1:
            raise CannotRender
        for one in said:
            if SEPARATOR in one.texts and one.action.nargs != argparse.REMAINDER:
                raise CannotRender

    def _given_positionals(self) -> list[Said]:
        actions = self._parser._get_positional_actions()
        found = [self._positionals[id(action)] for action in actions if id(action) in self._positionals]
        return [one for one in found if one.texts]

    def _ends_in_remainder(self) -> bool:
        given = self._given_positionals()
        return bool(given) and given[-1].action.nargs in forms.TAKE_ALL

    def _first_is_remainder(self) -> bool:
        given = self._given_positionals()
        return bool(given) and given[0].action.nargs in forms.TAKE_ALL

    def _needs_before_remainder(self, texts: list[str]) -> bool:
        """Return whether ``--`` is needed before positionals of which the last takes whatever comes."""
        given = self._given_positionals()
        before = texts[: len(texts) - len(given[-1].texts)]
        if not before and texts[0] == SEPARATOR:
            return False
        # Options among what it takes are its own only behind an argument.
        return self.is_greedy or any(map(self._is_like_option, before or texts[:1]))


def _fits(action: argparse.Action, count: int) -> bool:
    """Return whether an option takes so many arguments."""
    if action.nargs is None:
        return count == 1
    return count == action.nargs if isinstance(action.nargs, int) else count > 0 or action.nargs != argparse.ONE_OR_MORE


def _meant(action: argparse.Action, arg: str) -> list[str]:
    """Return which spelling of an option an argument is, whole or abbreviated; [] for none."""
    if arg in action.option_strings:
        return [arg]
    found = [string for string in action.option_strings if arg[:2] == "--" != arg and string.startswith(arg)]
    return found[:1]
