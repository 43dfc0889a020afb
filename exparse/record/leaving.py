"""Ends of a run beside that of its program: without ``atexit``, by another program, or as if it had never begun."""

from __future__ import annotations

import os
import time

from exparse.record import look, shortcuts
from exparse.store import layout, publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from exparse.record.recorder import Recorder
    from exparse.record.watch import Watch

_AT_ONCE_S = 1.0


class Shortcut(shortcuts.Listener):
    """Has the end of a run written where its process leaves without ``atexit``, or becomes another program.

    Args:
        end: Writes an end: state, exit code and a remark; returns whether the run was under way.
        go_on: Takes that end back.
    """

    def __init__(self, end: Callable[[str, int | None, str], bool], go_on: Callable[[], None]) -> None:
        self._end, self._go_on = end, go_on
        self._has_become = False

    def leaves(self, code: int) -> None:
        """Take note of ``os._exit``."""
        self._end("failed" if code else "finished", code, "os._exit")

    def becomes(self, program: str) -> None:
        """Take note of ``os.exec*``: what the other program does is not this run's."""
        self._has_become = self._end("finished", None, f"replaced by {program} (exec)")

    def stays(self) -> None:
        """Take note that there was no such program to exec: the run is under way."""
        if self._has_become:
            self._has_become = False
            self._go_on()


class Doubt:
    """Whether a program ends of a parse that failed after its run had begun: then there was no run.

    Args:
        watch: Knows how the process ends.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._began: tuple[float, int] | None = None

    def begin(self) -> None:
        """Take note that a parse failed."""
        self._began = time.monotonic(), self._watch.asked_for

    def end(self) -> None:
        """Take note that a later parse succeeded."""
        self._began = None

    def is_why(self, problem: BaseException | None) -> bool:
        """Return whether that parse ends the program: at once, and nobody else called ``sys.exit``.

        Args:
            problem: The exception that the program ends of, or None.
        """
        if self._began is None or self._watch.returned() or not isinstance(problem, (SystemExit, type(None))):
            return False
        return time.monotonic() - self._began[0] < _AT_ONCE_S and self._watch.asked_for == self._began[1]


def is_there(folder: str) -> bool:
    """Return whether a run is there, and whole: one that is just being removed is not.

    Where the system cannot say, writing into its folder will tell.
    """
    try:
        for name in (layout.PARAMS, layout.METADATA, layout.STATUS):
            os.stat(f"{folder}/{name}")
        return True
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def insist(write: Callable[[], object], make_room: Callable[[], object]) -> None:
    """Write an end, once more where it fails: an error that passes shall leave no run "lost".

    Args:
        write: What is to be done.
        make_room: Called before it is tried again: gives descriptors back, of which the program may have none left.

    Raises:
        OSError: If it fails again.
    """
    try:
        write()
    except OSError:
        make_room()
        write()


def take_back(root: str, name: str, folder: str, has_made_root: bool) -> None:
    """Remove a run as if it had never begun, and a root that was made for it.

    Args:
        root: Absolute path of the root.
        name: The run's name.
        folder: The run's folder.
        has_made_root: Whether the root was not there before the run.
    """
    publish.withdraw(root, name, folder)
    look.forget(folder)
    if has_made_root:
        from exparse.store import unmaking

        unmaking.unmake(root)


_latest: Recorder | None = None


def follow(recorder: Recorder) -> None:
    """Let the run of a new parse take the place of that of the last: what is printed from now on is the new one's."""
    global _latest
    earlier, _latest = _latest, recorder
    if earlier is not None:
        earlier.give_way(recorder.record.secrets)


def known_secrets() -> list[str]:
    """Return the secrets of the last parse of this process, also when its run is over."""
    return _latest.record.secrets if _latest is not None else []


def end_in_notebook(secrets: list[str]) -> None:
    """End the run of a notebook's parse where the next parse records none.

    Args:
        secrets: What that parse knows for secrets.
    """
    if _latest is not None and _latest.notebook is not None:
        _latest.give_way(secrets)
