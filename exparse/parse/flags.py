"""``volatile=`` and ``secret=`` in ``add_argument``, wherever argparse has that method."""

from __future__ import annotations

import argparse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Flags(argparse._ActionsContainer):
    """Adds ``volatile=`` and ``secret=`` to ``add_argument``, in parsers and in groups."""

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Add an argument as argparse does.

        Args:
            *args: As argparse takes them.
            **kwargs: As argparse takes them, and two more: ``volatile=True`` records the value but never takes
                it from a saved file; ``secret=True`` keeps the value out of every file that exparse writes, and
                ``secret=False`` says that it is none, whatever its name or its shape.
        """
        flags = {name: kwargs.pop(name) for name in ("volatile", "secret") if self._is_ours(name, kwargs)}
        action = super().add_argument(*args, **kwargs)
        for name, value in flags.items():
            if value is not None:
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


class _Group(Flags, argparse._ArgumentGroup):
    pass


class _Alternatives(Flags, argparse._MutuallyExclusiveGroup):
    pass


def _adopt(group: Any, kind: type) -> Any:
    """Give a group that argparse has made the class of ours; one of a class of the user's stays as it is."""
    if type(group) in (argparse._ArgumentGroup, argparse._MutuallyExclusiveGroup):
        group.__class__ = kind
    return group
