"""The files that params name: which ones, and what they hold, of inputs at the start and of outputs at the end.

Their hashes are made by the scribe, beside the program. What it was not asked for, since a later parse named it, is
hashed at the end if it has not changed since.
"""

from __future__ import annotations

import os
import stat
import time

from exparse.code import hashes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_BYTES = 256 << 20
"""Bytes that are hashed at the end of a program, which waits for it."""

LONGEST_S = 2.0
"""What that may take in all, in seconds."""

MOST_FILES = 1_000
"""Files that are listed."""

PENDING = object()
"""Stands for what the scribe is about to say of an input."""


class Named:
    """A file that a param names.

    Attributes:
        shown: What it is called in records: secrets masked, a path in a tree laid out for the run by what it stands
            for.
        param: Name of the param.
        changed: When it changed last, in nanoseconds since the epoch; None where no plain file is there.
        told: What a record says of it so far.
    """

    __slots__ = ("changed", "param", "shown", "told")

    def __init__(self, path: str, shown: str, param: str) -> None:
        self.shown, self.param = shown, param
        self.changed: int | None = None
        self.told: dict[str, Any] = {"param": param, "bytes": None, "mtime": None}
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            self.told |= {"sha256": None, "why": hashes.NOT_THERE}
            return
        if not stat.S_ISREG(found.st_mode):
            self.told |= {"sha256": None, "why": "no plain file"}
            return
        self.changed = found.st_mtime_ns
        self.told |= {"bytes": found.st_size, "mtime": round(found.st_mtime, 6)}


class Files:
    """The files that the params of a parse name.

    Attributes:
        inputs: Those that are read, by absolute path.
        outputs: Name in records and param of those that are written, by absolute path.
        left_out: How many more there are.
    """

    __slots__ = ("inputs", "left_out", "outputs")

    def __init__(self) -> None:
        self.inputs: dict[str, Named] = {}
        self.outputs: dict[str, tuple[str, str]] = {}
        self.left_out = 0

    def add(self, path: str, shown: str, param: str, is_input: bool) -> None:
        """Take a file up.

        Args:
            path: Its absolute path.
            shown: What it is called in records.
            param: Name of the param.
            is_input: Whether it is read.
        """
        if path in (self.inputs if is_input else self.outputs):
            return
        if len(self.inputs) + len(self.outputs) >= MOST_FILES:
            self.left_out += 1
        elif is_input:
            self.inputs[path] = Named(path, shown, param)
        else:
            self.outputs[path] = shown, param

    def after(self, first: Files | None) -> Files:
        """Return what two parses name together, the first of which left its rest to this one."""
        if first is not None:
            self.inputs = {**first.inputs, **self.inputs}
            self.outputs = {**first.outputs, **self.outputs}
            self.left_out += first.left_out
        return self

    def facts(self) -> dict[str, Any]:
        """Return the keys of the metadata that are known at the start."""
        found: dict[str, Any] = {}
        if self.inputs:
            found["inputs"] = {named.shown: named.told for named in self.inputs.values()}
        if self.left_out:
            found["unlisted"] = self.left_out
        return found

    def asked(self) -> list[str]:
        """Return what the scribe is to hash (:func:`exparse.code.hashes.asked`)."""
        there = [(path, named) for path, named in self.inputs.items() if named.changed is not None]
        # A large one does not keep the others waiting.
        there.sort(key=lambda each: each[1].told["bytes"])
        return hashes.asked({path: (named.shown, int(named.changed or 0)) for path, named in there})

    def at_end(self, known: Any) -> dict[str, Any]:
        """Return the keys of the metadata that are known at the end.

        Args:
            known: What is known of inputs by now, by what they are called; the others are hashed here. None where the
                scribe is still at it.
        """
        budget = _Budget(MOST_BYTES)
        told: dict[str, Any] = {}
        if self.outputs:
            told["outputs"] = {shown: _output(path, param, budget) for path, (shown, param) in self.outputs.items()}
        if self.inputs:
            is_settled = isinstance(known, dict)
            told["inputs"] = {
                named.shown: _input(path, named, known.get(named.shown) if is_settled else PENDING, budget)
                for path, named in self.inputs.items()
            }
        return told


class _Budget:
    """How many bytes may still be read, and how long: a network's disk may give them slowly."""

    def __init__(self, most: int) -> None:
        self._left, self._deadline = most, time.monotonic() + LONGEST_S

    def stop(self, size: int) -> str:
        if time.monotonic() > self._deadline:
            return f"it took longer than {LONGEST_S:.0f} s at the end of the run"
        if size > self._left:
            return f"more than {MOST_BYTES >> 20} MB at the end of the run"
        self._left -= size
        return ""


def _output(path: str, param: str, budget: _Budget) -> dict[str, Any]:
    named = Named(path, path, param)
    return {**named.told, **hashes.of_file(path, budget.stop)}


def _input(path: str, named: Named, known: Any, budget: _Budget) -> dict[str, Any]:
    if named.changed is None:
        return named.told
    if known is PENDING:
        return {**named.told, "sha256": None, "why": hashes.PENDING}
    # The entry of an earlier attempt tells of that time's file.
    if isinstance(known, dict) and known.get("mtime", named.told["mtime"]) == named.told["mtime"]:
        return {**named.told, **known}
    return {**named.told, **hashes.of_file(path, budget.stop, named.changed)}
