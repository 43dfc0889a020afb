"""ExParser: ``argparse.ArgumentParser``, and every run is recorded."""

from __future__ import annotations

import argparse

from exparse.parse import outermost, own, session
from exparse.parse.flags import Flags
from exparse.parse.settings import Settings
from exparse.store.layout import ZFILL

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from typing import Any


class _SubParsers(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Argparse's sub-command action, which tells its parsers that they are no top level."""

    def add_parser(self, name: str, **kwargs: Any) -> Any:
        parser = super().add_parser(name, **kwargs)
        settings = getattr(parser, "_exparse", None)
        if settings is not None:
            settings.is_sub = True
        return parser


class ExParser(Flags, argparse.ArgumentParser):
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
        capture: What is kept of the output: ``"fd"`` all that the process and its children write to stdout and
            stderr, ``"sys"`` what Python code prints, ``"off"`` nothing. None for ``$EXPARSE_CAPTURE``, else
            ``"sys"``.
        source: True keeps the source files that the program imported in the run, also where git has them.
        git_clean: True refuses to start while the code differs from the commit; ``--git-dirty`` overrides it.
        tags: Tags of every run; ``--tag`` and ``$EXPARSE_TAGS`` add to them.
        needed: True ends the program well, before its own code, where an equal run has finished: the same params,
            script, code and input files. ``"params"`` does not look at the code.
        **kwargs: As ``argparse.ArgumentParser`` takes them.

    Raises:
        ValueError: If ``capture`` or ``needed`` is none of those, or a tag is none that can be recorded.

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
        capture: str | None = None,
        source: bool = False,
        git_clean: bool = False,
        tags: Sequence[str] = (),
        needed: bool | str = False,
        **kwargs: Any,
    ) -> None:
        self._exparse = Settings(
            root, automark, default_config_files, record, zfill, capture, source, git_clean, None, tags, needed
        )
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
        return outermost.parse(self, parse, args, given, whole, mixed, self._check)

    def _check(self, here: session.Session, parsed: Any) -> None:
        outermost.check(here, parsed)

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

    def _get_value(self, action: argparse.Action, arg_string: Any) -> Any:
        here = session.active()
        if here is None or not here.owns(self):
            return super()._get_value(action, arg_string)
        return here.value(self, super()._get_value, action, arg_string)

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
