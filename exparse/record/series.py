"""The writer of ``metrics.jsonl``: one line and one write a call, on the disk's side before the call returns."""

from __future__ import annotations

import os
from _thread import RLock
from time import time

from exparse.format.metrics import key_text, number_text, step_text
from exparse.record import trouble
from exparse.store import files, handles, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from exparse.record.writing import Writing

# A loop that logs a hundred thousand times a second looks after its descriptor twenty times of these; a program that
# closes all that it finds open does so once.
_LOOK_S = 0.05
_RETRY_S = 1.0
_MOST_KEYS = 10_000
_FAR = 1 << 62


class Series:
    """Appends rows to the metrics file of this process; a forked child goes on in one of its own.

    A failing disk is one warning; rows that it does not take are left out, and the next ones are tried again.

    Args:
        run: The run; nothing is opened before the first row.
    """

    def __init__(self, run: Writing) -> None:
        self._run = run
        self._keys: dict[str, str] = {}
        self._handle, self._known = -1, (0, 0)
        self._begin()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self.close()
        self._folder, part = self._run.folder, self._run.part
        stem, dot, end = layout.METRICS.rpartition(".")
        self._path = f"{self._folder}/{stem}{f'.{part}' if part else ''}{dot}{end}"
        self._failed = 0.0
        self._is_torn = self._was_open = False
        # Another thread may have held it when this process was forked. A signal's handler that logs may come in
        # while this very thread holds it.
        self._opening = RLock()

    def append(self, values: Mapping[str, Any], step: Any) -> None:
        """Append one row, whole or not at all; several threads may do so at once.

        Args:
            values: Numbers by name; none at all writes nothing.
            step: A whole number, or None.

        Raises:
            TypeError: If a value is no number, or the step is no whole number; then nothing is written.
            ValueError: If a name cannot be a metric's, or a number is beyond all range; nothing is written.
        """
        now = time()
        keys = self._keys
        if type(step) is int and -_FAR < step < _FAR:
            text = f'{{"step": {step}, "time": {now:.6f}'
        else:
            text = f'{{{step_text(step)}"time": {now:.6f}'
        for name, value in values.items():
            key = keys[name] if name in keys else self._key(name)
            # nan and the infinities are the floats that are not zero less themselves.
            if type(value) is float and value - value == 0:
                text += f"{key}{value!r}"
            else:
                text += key + number_text(value, name)
        if not values:
            return
        line = f"{text}}}\n".encode("ascii")
        if self._is_torn or self._owner != _here or not -_LOOK_S < now - self._looked < _LOOK_S:
            self._write_with_care(line, now)
            return
        try:
            written = os.write(self._handle, line)
        except OSError as problem:
            trouble.hand_on(problem)
            self._write_with_care(line, now)
        else:
            self._is_torn = written < len(line)

    def _key(self, name: object) -> str:
        text = key_text(name)
        if len(self._keys) < _MOST_KEYS:
            self._keys[str(name)] = text
        return text

    def _write_with_care(self, line: bytes, now: float) -> None:
        if not self._is_ready(now):
            return
        # What is torn is ended by the next row's first byte, so that it costs no other row.
        line = b"\n" + line if self._is_torn else line
        try:
            self._is_torn = os.write(self._handle, line) < len(line)
        except OSError as problem:
            trouble.tell(self._folder, "metrics", problem)

    def _is_ready(self, now: float) -> bool:
        """Return whether there is a descriptor that leads to our file: no other is ever written to."""
        if self._owner != os.getpid():
            self._begin()
        if handles.is_still(self._handle, self._known) or self._reopen(now):
            self._looked = now
            return True
        return False

    def _reopen(self, now: float) -> bool:
        if self._failed and abs(now - self._failed) < _RETRY_S:
            return False
        with self._opening:
            if handles.is_still(self._handle, self._known):
                return True
            try:
                # Where it was open before and is gone, the user has removed it: nothing is made anew.
                handle = os.open(self._path, files.OPEN_APPEND | (0 if self._was_open else os.O_CREAT), 0o666)
                torn = files.ends_torn(handle)
                self._handle = handles.high(handle)
                self._known = handles.identity(self._handle)
            except OSError as problem:
                self._failed = now
                trouble.tell(self._folder, "metrics", problem)
                return False
            self._was_open, self._is_torn, self._failed = True, torn, 0.0
            return True

    def close(self) -> None:
        """Give the descriptor back; a later row opens the file again."""
        handle, self._handle, self._looked = self._handle, -1, 0.0
        if handle >= 0:
            handles.give_back(handle, self._known)


_here = os.getpid()


def _after_fork() -> None:
    global _here
    _here = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
