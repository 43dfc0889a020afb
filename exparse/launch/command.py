"""``exparse run -- command``: a run of any program, by its arguments, its output and its end."""

from __future__ import annotations

import os
import signal

from exparse.launch import bare, child, own_terminal
from exparse.record import role
from exparse.record.begin import begin
from exparse.record.live import LiveRun, UnrecordedRun, set_current
from exparse.record.record import Record
from exparse.record.runner import Runner, set_runner
from exparse.streams import passing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from exparse.parse.asked import Asked
    from exparse.parse.settings import Settings
    from exparse.record.recorder import Recorder

_USUAL_CAPTURE = "fd"


def run(words: Sequence[str], asked: Asked, settings: Settings) -> int:
    """Run a command and record it; it has the terminal, and the signals that come.

    Args:
        words: The command and its arguments, as they are; no shell reads them.
        asked: What the own options before it, and the environment, ask of the recorder.
        settings: Where it is recorded, and how its output is captured (``fd`` unless something else is asked for).

    Returns:
        The command's exit code; if a signal ended it, the signal's number, negative
        (:func:`exparse.launch.child.die_as` ends this process likewise).

    Raises:
        CannotStart: If there is no such command; there is no run then.
        ExparseError: If it must be recorded and cannot be.
    """
    path = child.find(words[0] if words else "")
    script = os.path.abspath(path) if os.sep in words[0] else None
    set_runner(Runner("command", words[0], [], program=script))
    told = bare.record(words, _typed(words))
    passing.keeps_masters = own_terminal.is_possible()
    live, recorder = _begun(told, asked, settings)
    try:
        captured = recorder._capture if recorder is not None else None
        master = captured.master() if captured is not None else None
        if captured is not None and master is not None:
            code = own_terminal.run(words, master, captured.settle)
        else:
            code = child.run(words, resized=_resize)
    except child.CannotStart:
        if recorder is not None:
            recorder.withdraw()
        raise
    if recorder is not None:
        _finish(recorder, code)
    return code


def _typed(words: Sequence[str]) -> list[str]:
    import sys

    typed = sys.orig_argv
    return typed if list(words) == typed[-len(words) :] else list(words)


def _begun(told: Record, asked: Asked, settings: Settings) -> tuple[LiveRun | UnrecordedRun, Recorder | None]:
    if not asked.recording or not settings.record:
        return UnrecordedRun("--no-record", told.params), None
    live, recorder = begin(settings.root, told, bare.wish(asked, settings, whole=True, capture=_USUAL_CAPTURE))
    set_current(live)
    if os.environ.get(role.RUN_BY):
        # The command itself has the seat that a launcher gave us, if it asks for one.
        os.environ[role.RUN_BY] = str(os.getpid())
    return live, recorder


def _finish(recorder: Recorder, code: int) -> None:
    """Write how the command ended; what cannot be written is a warning."""
    if code >= 0:
        recorder.finish_quietly("failed" if code else "finished", code, None)
        return
    recorder.ended_by = child.signal_name(-code)
    state = "interrupted" if -code == signal.SIGINT else "killed"
    recorder.finish_quietly(state, None, None)


def _resize() -> None:
    """Give the command's terminal the size of ours before it is told that this has changed."""
    from exparse.streams import terminal

    try:
        handle = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return  # no terminal of ours
    try:
        for other in (1, 2):
            if os.isatty(other):
                terminal.copy_size(handle, other)
    finally:
        os.close(handle)
