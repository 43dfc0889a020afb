"""ExParser: ``argparse.ArgumentParser``, and every run is recorded."""

from __future__ import annotations

import argparse
import sys

from exparse.errors import ExparseError, InvalidName
from exparse.parse import namespace, own, recording, session
from exparse.record import place
from exparse.record.say import say
from exparse.store.layout import ZFILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Any


class _Settings:
    """What the constructor and the ``register_`` methods say of recording."""

    __slots__ = (
        "automark",
        "default_config_files",
        "is_sub",
        "record",
        "root",
        "setters",
        "validators",
        "zfill",
    )

    def __init__(self) -> None:
        self.root: str | os.PathLike[str] | None = None
        self.automark: Sequence[str] = ()
        self.default_config_files: Sequence[str | os.PathLike[str]] = ()
        self.record, self.zfill, self.is_sub = True, ZFILL, False
        self.setters: list[Callable[[Any], object]] = []
        self.validators: list[tuple[Callable[[Any], object], str]] = []


class _Flags(argparse._ActionsContainer):
    """Adds ``volatile=`` and ``secret=`` to ``add_argument``, in parsers and in groups."""

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Add an argument as argparse does.

        Args:
            *args: As argparse takes them.
            **kwargs: As argparse takes them, and two more: ``volatile=True`` records the value but never takes
                it from a saved file; ``secret=True`` keeps the value out of every file that exparse writes.
        """
        flags = {name: kwargs.pop(name) for name in ("volatile", "secret") if self._is_ours(name, kwargs)}
        action = super().add_argument(*args, **kwargs)
        for name, value in flags.items():
            setattr(action, name, bool(value))
        return action

    def _is_ours(self, name: str, kwargs: dict[str, Any]) -> bool:
        """Return whether a keyword is for us: an action of the user's may take one of the same name."""
        init = getattr(kwargs.get("action"), "__init__", None)
        code = getattr(init, "__code__", None)
        taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
        return name in kwargs and name not in taken

    def add_argument_group(self, *args: Any, **kwargs: Any) -> Any:
        """Add a group as argparse does; its ``add_argument`` takes ``volatile`` and ``secret`` too."""
        return _adopt(super().add_argument_group(*args, **kwargs), _Group)

    def add_mutually_exclusive_group(self, **kwargs: Any) -> Any:
        """Add a group as argparse does; its ``add_argument`` takes ``volatile`` and ``secret`` too."""
        return _adopt(super().add_mutually_exclusive_group(**kwargs), _Alternatives)


class _Group(_Flags, argparse._ArgumentGroup):
    pass


class _Alternatives(_Flags, argparse._MutuallyExclusiveGroup):
    pass


def _adopt(group: Any, kind: type) -> Any:
    """Give a group that argparse has made the class of ours; one of a class of the user's stays as it is."""
    if type(group) in (argparse._ArgumentGroup, argparse._MutuallyExclusiveGroup):
        group.__class__ = kind
    return group


class _SubParsers(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Argparse's sub-command action, which tells its parsers that they are no top level."""

    def add_parser(self, name: str, **kwargs: Any) -> Any:
        parser = super().add_parser(name, **kwargs)
        settings = getattr(parser, "_exparse", None)
        if settings is not None:
            settings.is_sub = True
        return parser


class ExParser(_Flags, argparse.ArgumentParser):
    """``argparse.ArgumentParser``, and every successful parse of a program is recorded as a run.

    All that argparse does works as ever; ``vars(args)`` holds the same names and values. Beside them
    ``args.run`` is the live run: ``args.run / "plot.png"`` is a path inside its folder.

    Args:
        *args: As ``argparse.ArgumentParser`` takes them.
        root: Folder that holds the runs; else ``$EXPARSE_ROOT``, else ``exruns`` beside the main script (in the
            working folder where there is no script, or it lies in an installed package, a ``bin`` folder or a
            zip, or its folder cannot be written).
        automark: Marks at the start: ``["user", "const"]`` marks a run ``user/<value of user>/const``.
        default_config_files: YAML files with defaults, found from the working folder; missing ones are passed
            over, later ones win.
        record: False records nothing.
        zfill: Least digits of the run's number in its name.
        **kwargs: As ``argparse.ArgumentParser`` takes them.

    A parser whose class says ``show_own_options = False`` keeps the recorder's options out of help and usage.

    Writes ``<root>/runs/<run>/`` (or ``<root>/tmp/<run>/``) and ``<root>/index/<run>.yaml`` once a parse of the
    top-level parser has succeeded; nothing before. See ``docs/format.rst``.
    """

    show_own_options = True

    def __init__(
        self,
        *args: Any,
        root: str | os.PathLike[str] | None = None,
        automark: Sequence[str] = (),
        default_config_files: Sequence[str | os.PathLike[str]] = (),
        record: bool = True,
        zfill: int = ZFILL,
        **kwargs: Any,
    ) -> None:
        settings = self._exparse = _Settings()
        settings.root, settings.automark, settings.record, settings.zfill = root, automark, record, zfill
        settings.default_config_files = default_config_files
        super().__init__(*args, **kwargs)
        self.register("action", "parsers", _SubParsers)

    def register_setter(self, setter: Callable[[Any], object]) -> None:
        """Have ``setter(namespace)`` change the namespace after each successful parse; the result is recorded.

        Raises:
            TypeError: If it cannot be called.
        """
        self._exparse.setters.append(_callable(setter))

    def register_validator(self, validator: Callable[[Any], object], message: str = "validation error") -> None:
        """Have ``validator(namespace)`` judge each parse, after the setters and before anything is written.

        Args:
            validator: Passes by True or None. Anything else, or an exception, is a usage error (exit code 2);
                an ``argparse.ArgumentError`` that it raises speaks for itself.
            message: What the error says; ``{name}`` stands for the value of a param.

        Raises:
            TypeError: If it cannot be called.
        """
        self._exparse.validators.append((_callable(validator), message))

    def _add_container_actions(self, container: Any) -> None:
        super()._add_container_actions(container)
        inherited = getattr(container, "_exparse", None)
        if inherited is not None:
            self._exparse.setters += inherited.setters
            self._exparse.validators += inherited.validators

    # Parsing: each way in is argparse's own, inside one session for the outermost call.

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, and record the run."""
        return self._outermost(super().parse_args, args, namespace, whole=True)

    def parse_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, and record the run."""
        return self._outermost(super().parse_intermixed_args, args, namespace, whole=True, mixed=True)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, and record the run; a later full parse has the last word on its params."""
        return self._outermost(super().parse_known_args, args, namespace, whole=False)

    def parse_known_intermixed_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does, and record the run; a later full parse has the last word on its params."""
        return self._outermost(super().parse_known_intermixed_args, args, namespace, whole=False, mixed=True)

    def _outermost(self, parse: Callable[..., Any], args: Any, given: Any, whole: bool, mixed: bool = False) -> Any:
        if session.active() or session.below_foreign_parser():
            return parse(args, given)
        argv = list(sys.argv[1:] if args is None else args)
        # An iterator gives its arguments once.
        args = None if args is None else list(argv)
        if whole and argv[:1] == ["mark"] and argv == sys.argv[1:] and not self._get_positional_actions():
            # The script's own parser would refuse such a command line.
            self._mark(argv)
        namespace.detach(given)
        succeeded = False
        try:
            with session.Session(self, whole, mixed) as here:
                first = recording.handed_on(argv) if args is not None else None
                if first is not None:
                    args = [*here.inherit(first), *args]
                result = parse(args, given)
                parsed, rest = (result, []) if whole else result
                self._check(here, parsed)
            succeeded = True
        finally:
            if not succeeded:
                recording.doubt_provisional()
                namespace.attach_again(given)
        try:
            recording.begin(here, parsed, list(rest), argv)
        except ExparseError as problem:
            recording.refuse(self.prog, problem)
        return result

    def _check(self, here: session.Session, parsed: Any) -> None:
        try:
            here.check_label()
            recording.check(here, parsed)
        except (argparse.ArgumentError, InvalidName) as problem:
            if not self.exit_on_error:
                raise
            self.error(str(problem))

    def _mark(self, argv: list[str]) -> None:
        from exparse.parse import marking

        try:
            code, said, warned = marking.mark(self.prog, place.resolve(self._exparse.root), argv)
        except OSError as problem:
            recording.refuse(self.prog, problem)
        for line in warned:
            say(line)
        for line in said:
            sys.stdout.write(f"{line}\n")
        self.exit(code)

    # What argparse asks itself while it parses

    def _parse_known_args(self, arg_strings: Any, namespace: Any, *more: Any) -> Any:
        here, parse = session.active(), super()._parse_known_args
        if here is None or not here.owns(self):
            return parse(arg_strings, namespace, *more)
        return here.parse(self, parse, arg_strings, namespace, *more)

    def _parse_optional(self, arg_string: str) -> Any:
        here = session.active()
        own_option = here.optional(self, arg_string) if here is not None else None
        return super()._parse_optional(arg_string) if own_option is None else own_option

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        here = session.active()
        if here is None or not here.owns(self):
            return super()._get_values(action, arg_strings)
        return here.values(self, super()._get_values, action, arg_strings)

    # Help

    def format_help(self) -> str:
        """Return the help text; that of a top-level parser shows the recorder's options in a group."""
        if not self._shows_own():
            return super().format_help()
        with own.Shown(self):
            return super().format_help()

    def format_usage(self) -> str:
        """Return the usage; that of a top-level parser shows the recorder's options."""
        if not self._shows_own():
            return super().format_usage()
        with own.Shown(self):
            return super().format_usage()

    def _shows_own(self) -> bool:
        here = session.active()
        if not self.show_own_options or self._exparse.is_sub or (here and here.main is not self):
            return False
        return here is not None or not session.below_foreign_parser()


def _callable(thing: Any) -> Any:
    if not callable(thing):
        raise TypeError(f"{thing!r} cannot be called")
    return thing
