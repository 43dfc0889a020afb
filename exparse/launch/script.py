"""A Python program run in this process as Python itself would run it: a script, a folder, a zip, or a module."""

from __future__ import annotations

import builtins
import os
import sys

from exparse.launch import foreign, trace
from exparse.launch.foreign import NoProgram
from exparse.record import watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType, ModuleType
    from typing import Any

__all__ = ["NoProgram", "Program"]

_KEPT_MAINS: list[ModuleType] = []


class Program:
    """One program; nothing is done before :meth:`set_up`.

    Args:
        kind: ``script`` or ``module``.
        target: The script as it was named, or the module's name.
        args: Its arguments.

    Attributes:
        is_there: Whether there is something to run; Python's own words for it come with :meth:`run` where not.
    """

    def __init__(self, kind: str, target: str, args: Sequence[str]) -> None:
        self.kind, self.target, self.args = kind, target, list(args)
        self.is_there = True
        self._source: bytes | None = None
        self._is_archive = False
        self._path = ""

    def set_up(self) -> None:
        """Make this process what it is when the program begins: ``sys.argv``, ``sys.path``, ``__main__``.

        Raises:
            NoProgram: If the script cannot be read.
        """
        if self.kind == "module":
            sys.argv = ["-m", *self.args]
            _lead(os.getcwd(), always=False)
            self.is_there, path = _origin(self.target)
            self._make_main(path)
            return
        sys.argv = [self.target, *self.args]
        # Neither normalized nor real: as Python makes it.
        self._path = self.target if os.path.isabs(self.target) else os.path.join(os.getcwd(), self.target)
        self._is_archive = _is_importable(self.target)
        if self._is_archive:
            _lead(self._path, always=True)
            self.is_there, path = _origin("__main__")
            self._make_main(path)
            return
        self._source = self._read()
        _lead(os.path.dirname(os.path.realpath(self.target)), always=False)
        self._make_main(self._path)

    def _read(self) -> bytes:
        try:
            with open(self.target, "rb") as source:
                found = source.read()
        except OSError as problem:
            told = f"[Errno {problem.errno}] {problem.strerror}"
            raise NoProgram(f"{sys.executable}: can't open file {self._path!r}: {told}") from None
        foreign.check(self.target, found)
        return found

    def _make_main(self, path: str | None) -> None:
        """Put a new module in the place of ``__main__``, as it is when a program begins."""
        main = type(sys)("__main__")
        main.__dict__.update(__builtins__=builtins)
        if sys.version_info < (3, 14):
            main.__dict__["__annotations__"] = {}
        if path is not None:
            main.__file__ = path
        if self.kind == "script" and not self._is_archive:
            main.__dict__["__cached__"] = None
            main.__loader__ = _loader(self._path)
        # The one that is running goes on to be needed, and nobody else holds it.
        _KEPT_MAINS.append(sys.modules["__main__"])
        sys.modules["__main__"] = main

    def run(self) -> None:
        """Run the program to its end; what it raises passes through, with no trace of ours in what is shown of it."""
        try:
            if self.kind == "module" or self._is_archive:
                self._run_module()
            else:
                exec(self._code(), sys.modules["__main__"].__dict__)
        except BaseException as problem:
            watch.left(problem)
            if not isinstance(problem, SystemExit):
                trace.show_without_us()
            raise
        watch.left(None)

    def _code(self) -> CodeType:
        if self.target.endswith(".pyc"):
            code: Any = _loader(self._path).get_code("__main__")
        else:
            code = compile(self._source or b"", self._path, "exec", dont_inherit=True)
        self._source = None
        return code  # type: ignore[no-any-return]

    def _run_module(self) -> None:
        # What the interpreter itself calls for "-m", for a folder and for a zip.
        import runpy

        runpy._run_module_as_main(  # type: ignore[attr-defined]
            "__main__" if self._is_archive else self.target, alter_argv=not self._is_archive
        )


def _lead(folder: str, always: bool) -> None:
    """Put a folder where Python puts that of the program: in the place of ours, at the head of the path."""
    is_safe = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
    if not is_safe:
        sys.path[:1] = [folder]
    elif always:
        sys.path.insert(0, folder)


def _is_importable(path: str) -> bool:
    """Return whether a path is a folder or a zip, as Python asks it."""
    for hook in sys.path_hooks:
        try:
            hook(path)
        except ImportError:
            continue
        return True
    return False


def _origin(name: str) -> tuple[bool, str | None]:
    """Return whether a module may be there, and the file that runs as it, without importing what it lies in.

    A package may say only when it is imported where its modules lie.
    """
    spec: Any = None
    places: Any = None
    for part in range(name.count(".") + 1):
        spec = _found(".".join(name.split(".")[: part + 1]), places)
        if spec is None:
            return part > 0, None
        places = spec.submodule_search_locations
    if places is not None:
        spec = _found(f"{name}.__main__", places)
        if spec is None:
            return "." in name, None
    return True, getattr(spec, "origin", None)


def _found(name: str, places: Any) -> Any:
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec = find(name, places) if find is not None else None
        if spec is not None:
            return spec
    return None


def _loader(path: str) -> Any:
    from importlib import machinery

    kind = machinery.SourcelessFileLoader if path.endswith(".pyc") else machinery.SourceFileLoader
    return kind("__main__", path)
