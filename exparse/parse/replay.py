"""Laying a saved mapping under a command line: what each value becomes through the option that it is for."""

from __future__ import annotations

import argparse
import os

from exparse.errors import DamagedFile, ExparseError, RunNotFound, near
from exparse.format import document
from exparse.format.params import MAX_BYTES
from exparse.format.text import yaml_value
from exparse.parse import forms, recording
from exparse.parse.level import Laid
from exparse.parse.types import boolean
from exparse.record import place
from exparse.store import files, layout, select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.format.document import Document, Entry

# What exman wrote among the params of a run.
_EXMAN = frozenset(
    ("root", "safe_experiment", "tmp", "git_dirty", "name", "config_file", "commit", "dirty", "time", "id")
)
# Types that make something of one text and nothing else; a type of the user's may make anything.
OF_ONE_TEXT = (None, str, int, float, complex, bool)


def read(where: str, root: str | os.PathLike[str] | None) -> Document:
    """Return what ``--config`` names: a file, a run's folder, or a selector of one run.

    Args:
        where: What it said.
        root: The root that the parser was given, where selectors look; None for the default one.

    Raises:
        ExparseError: If there is no such thing, or it cannot be read.
    """
    path = _path(where, root)
    try:
        if path != where:
            # A file of a run, where nothing but a plain file has any business.
            text = files.read_text(os.path.realpath(path), MAX_BYTES)
        else:
            with open(path, "rb") as stream:
                text = stream.read(MAX_BYTES + 1).decode("utf-8-sig")
    except OSError as problem:
        raise DamagedFile(path, problem.strerror or str(problem)) from None
    except UnicodeDecodeError as problem:
        raise DamagedFile(path, f"no UTF-8 at byte {problem.start}") from None
    loaded = document.load(text, path)
    return loaded if loaded.header is not None else _without_exman(loaded)


def _path(where: str, given: str | os.PathLike[str] | None) -> str:
    if os.path.isdir(where):
        return os.path.join(where, layout.PARAMS)
    if os.path.lexists(where):
        pointed = None if os.path.islink(where) else files.points_to(where)
        return os.path.join(os.path.dirname(where), pointed) if pointed else where
    try:
        root = place.resolve(given)
    except OSError:
        raise ExparseError(f"there is no file {where!r}, and the working folder is gone") from None
    # The run that this very program began in its first stage is not the "last" that anybody means.
    begun = recording.begun_folder()
    try:
        runs = select.pick(root, where, runs=[run for run in select.listed(root) if run.folder != begun])
    except RunNotFound as problem:
        hint = f" Close to it: {', '.join(problem.close)}." if problem.close else ""
        raise ExparseError(f"there is no file {where!r}, and no run of that name or number in {root}.{hint}") from None
    if len(runs) > 1:
        raise ExparseError(
            f"{where!r} picks {len(runs)} runs of {root} ({runs[0].name}, {runs[1].name}, ...); name one"
        )
    return os.path.join(runs[0].folder, layout.PARAMS)


def _without_exman(loaded: Document) -> Document:
    names = {entry.name for entry in loaded.entries}
    if not {"id", "time", "root", "tmp"} <= names:
        return loaded
    return loaded._replace(entries=[entry for entry in loaded.entries if entry.name not in _EXMAN])


def unknown(loaded: Document, known: set[str]) -> str | None:
    """Return what is wrong with the keys of a document that no option answers to, or None."""
    known = known.union((loaded.header or {}).get("extra", ()))
    strange = [entry for entry in loaded.entries if entry.name not in known]
    if not strange:
        return None
    if loaded.header is not None:
        return f"{loaded.path}: this script has no {', '.join(repr(entry.name) for entry in strange)}; left out"
    entry = strange[0]
    close = near(entry.name.replace("-", "_"), {name.replace("-", "_") for name in known})
    hint = f" (close to it: {', '.join(close)})" if close else ""
    return f"{loaded.path}, line {entry.line}: unrecognized key {entry.name!r}{hint}"


def same(form: Any, other: Any) -> bool:
    """Return whether two recorded forms are equal, types included."""
    return yaml_value(form) == yaml_value(other)


def _stores_const(action: argparse.Action) -> bool:
    return isinstance(action, argparse._StoreConstAction) and not isinstance(action, forms.BOOLEANS)


class Restorer:
    """Turns the entries of one document into values of options.

    Args:
        parser: The parser whose options they are.
        loaded: The document.
        final: Whether its values are final; else they are what a person wrote, for the option's type.

    Attributes:
        document: Identity of the document.
    """

    def __init__(self, parser: Any, loaded: Document, final: bool) -> None:
        self._parser, self._loaded, self._final = parser, loaded, final
        self.document = id(loaded)

    def made(self, action: argparse.Action, entry: Entry, namespace: Any) -> Laid:
        """Return what an entry is through its option.

        Raises:
            argparse.ArgumentError: If the option's type or choices refuse it; names file, line and key.
        """
        try:
            if not self._final and forms.is_of_users(action):
                return self._typed(action, entry, namespace)
            if not self._final and _stores_const(action):
                return self._const(action, entry.value)
            return Laid(*self._restore(action, entry.value, entry.text))
        except argparse.ArgumentError as problem:
            message = problem.message
        except (ValueError, TypeError) as problem:
            message = str(problem)
        raise argparse.ArgumentError(action, f"{message} ({self._loaded.path}, line {entry.line}, key {entry.name!r})")

    def _typed(self, action: argparse.Action, entry: Entry, namespace: Any) -> Laid:
        """Call an action of the user's with what a person wrote, as if it had been typed."""
        parts = entry.text if isinstance(entry.text, list) else [entry.text]
        texts = [part if isinstance(part, str) else str(part) for part in parts]
        calls = [texts] if forms.takes_list(action) else [[text] for text in texts]
        option = action.option_strings[0] if action.option_strings else None
        for call in calls:
            values = argparse.ArgumentParser._get_values(self._parser, action, list(call))
            action(self._parser, namespace, values, option)
        value = getattr(namespace, action.dest)
        return Laid(value, entry.value, [[option, call] for call in calls])

    def is_default(self, action: argparse.Action, entry: Entry) -> bool:
        """Return whether an entry is the recorded form of the option's default, which then stays as it is."""
        if action.default is argparse.SUPPRESS:
            return False
        try:
            # What a person wrote goes through the type, even where it looks like the default.
            return (self._final or action.type is None) and same(forms.shown(action.default), entry.value)
        except forms.Unwritable:
            return False

    def _restore(self, action: argparse.Action, value: Any, text: Any) -> tuple[Any, Any]:
        if isinstance(action, forms.BOOLEANS):
            return self._flag(value)
        depth = forms.depth(action)
        if depth is not None:
            return self._grown(action, value, text, depth) or self._at_depth(action, value, text, depth)
        if isinstance(action, argparse._CountAction) and type(value) is not int and value is not None:
            raise ValueError(f"invalid count: {value!r}")
        if isinstance(action, argparse._AppendConstAction) and not self._final and type(value) is not list:
            raise ValueError(f"expected a list, not {value!r}")
        return value, value

    def _flag(self, value: Any) -> tuple[Any, Any]:
        if type(value) is str and not self._final:
            value = boolean(value)
        if not self._final and type(value) is not bool and value is not None:
            raise ValueError(f"expected true or false, not {value!r}")
        return value, value

    def _const(self, action: argparse.Action, said: Any) -> Laid:
        """Take true, false or the constant itself for an option that stores a constant."""
        same_dest = (other.default for other in self._parser._actions if other.dest == action.dest)
        default = next((value for value in same_dest if value is not argparse.SUPPRESS), argparse.SUPPRESS)
        if said is True or said == action.const:
            value, calls = action.const, [[next(iter(action.option_strings), None), list[str]()]]
        elif said is False and default is not argparse.SUPPRESS:
            value, calls = default, []
        else:
            raise ValueError(f"expected true, false or {action.const!r}, not {said!r}")
        try:
            return Laid(value, forms.const(action, value))
        except forms.Unwritable:
            return Laid(value, said, calls)

    def _grown(self, action: argparse.Action, value: Any, text: Any, depth: int) -> tuple[Any, Any] | None:
        """Return a list that grew from the option's default: that part is kept as it is, never converted."""
        default = action.default
        if type(action).__call__ not in forms.ACCUMULATES or not isinstance(default, list) or not self._final:
            return None
        known = forms.shown(default)
        if type(value) is not list or not default or not same(value[: len(default)], known):
            return None
        added, form = self._at_depth(action, value[len(default) :], text[len(default) :], depth)
        return [*default, *added], [*known, *form]

    def _at_depth(self, action: argparse.Action, value: Any, text: Any, depth: int) -> tuple[Any, Any]:
        if depth == 0 or value is None:
            return self._leaf(action, value, text)
        if type(value) is not list:
            if self._final:
                return value, value
            value, text = [value], [text]
        if not value and not self._final and action.nargs == argparse.ONE_OR_MORE and depth == 1:
            raise ValueError("expected at least one argument")
        # Before Python 3.12.5 --x=-- gives a list of nothing, whatever it is to hold.
        is_odd = self._final and not value
        of_one = depth == int(forms.takes_list(action))
        if type(action.nargs) is int and of_one and len(value) != action.nargs and not is_odd:
            raise ValueError(f"expected {action.nargs} arguments, not {len(value)}")
        pairs = [self._at_depth(action, v, t, depth - 1) for v, t in zip(value, text, strict=True)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    def _leaf(self, action: argparse.Action, value: Any, text: Any) -> tuple[Any, Any]:
        if type(value) in (list, dict) and not self._final and action.type in OF_ONE_TEXT:
            raise ValueError(f"expected one value, not a {'list' if type(value) is list else 'mapping'}")
        said = value if type(value) is str else self._said(action, value, text)
        if said is None:
            if value is not None and action.nargs not in forms.TAKE_ALL:
                self._parser._check_value(action, value)
            return value, value
        converted = self._parser._get_value(action, said)
        if action.nargs not in forms.TAKE_ALL:
            self._parser._check_value(action, converted)
        return converted, forms.leaf(action, converted, said)

    def _said(self, action: argparse.Action, value: Any, text: Any) -> str | None:
        """Return the text that the option's type is to get for a value that is no text; None where it is final."""
        if value is None or type(value) in (list, dict):
            return None
        if type(text) is str and text != yaml_value(value):
            # Not how we write it (012, 1:30, no): a person did, and means what stands there.
            return text
        if self._final:
            return repr(float(value)) if action.type is float and type(value) is int else None
        if type(value) is action.type or (action.type is None and type(value) is type(action.default)):
            return None
        return text if type(text) is str else str(value)
