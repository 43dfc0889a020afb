"""What ``parse_args`` returns: argparse's Namespace, with the run beside its attributes, not among them."""

from __future__ import annotations

import argparse
import sys
from _weakref import ref

from exparse.record.live import LiveRun, UnrecordedRun, current_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_runs: dict[int, tuple[Any, LiveRun | UnrecordedRun]] = {}


class _RunOfNamespace:
    """Gives ``args.run``; not a data descriptor, so that a param of that name comes first."""

    def __get__(self, namespace: Namespace | None, owner: type | None = None) -> Any:
        if namespace is None:
            return self
        found = _runs.get(id(namespace))
        return found[1] if found and found[0]() is namespace else current_run()


class Namespace(argparse.Namespace):
    """Argparse's Namespace: equal, printed, copied and pickled as such; :attr:`run` is the live run.

    A pickle of it is one of ``argparse.Namespace``, so that checkpoints load where exparse is not installed.
    Only on the way to a worker of multiprocessing the class is kept, so that ``args.run`` works there.
    """

    run = _RunOfNamespace()

    def __dir__(self) -> list[str]:
        # As of argparse's own: who goes through all that there is finds params and methods.
        return [name for name in super().__dir__() if name != "run" or name in vars(self)]

    def __copy__(self) -> Namespace:
        return self._like(dict(vars(self)))

    def __deepcopy__(self, memo: dict[int, Any]) -> Namespace:
        import copy

        twin = self._like({})
        memo[id(self)] = twin
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin

    def _like(self, values: dict[str, Any]) -> Namespace:
        twin = Namespace()
        vars(twin).update(values)
        found = _runs.get(id(self))
        if found and found[0]() is self:
            attach(twin, found[1])
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        pickler = sys._getframe(1).f_globals.get("__name__")
        kind: type[argparse.Namespace] = argparse.Namespace
        if pickler == "multiprocessing.reduction":
            kind = Namespace
        return kind, (), dict(vars(self))


def attach(namespace: Any, run: LiveRun | UnrecordedRun) -> None:
    """Give a plain namespace its run; one of a class of the user's stays as it is."""
    if type(namespace) is argparse.Namespace:
        namespace.__class__ = Namespace
    if type(namespace) is Namespace:
        key, runs = id(namespace), _runs
        # At the very end of a program the name of a module's own variable leads nowhere: hence the local one.
        runs[key] = ref(namespace, lambda _: runs.pop(key, None)), run


def detach(namespace: Any) -> None:
    """Make a plain namespace of ours argparse's own again: while it is parsed into, it must have no ``run``."""
    if type(namespace) is Namespace:
        namespace.__class__ = argparse.Namespace  # type: ignore[assignment]  # its base, with the same layout


def attach_again(namespace: Any) -> None:
    """Undo :func:`detach` for a namespace that has a run from an earlier parse."""
    found = _runs.get(id(namespace))
    if found and found[0]() is namespace and type(namespace) is argparse.Namespace:
        namespace.__class__ = Namespace
