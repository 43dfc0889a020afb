"""The object that writes one live run: published at the start, told to the end, taken over by a later parse."""

from __future__ import annotations

import atexit
import os
import sys
import time

from exparse.code import spawn
from exparse.errors import RootError
from exparse.format import metadata, params, status
from exparse.format.status import Status
from exparse.record import (
    clock,
    durable,
    facts,
    family,
    findings,
    hooks,
    jobs,
    look,
    nesting,
    role,
    shortcuts,
    signals,
)
from exparse.record.leaving import LONGEST_S, Leaving
from exparse.record.live import LiveRun
from exparse.record.record import Record
from exparse.record.runner import runner
from exparse.record.say import say, warn
from exparse.record.watch import process_watch
from exparse.record.wish import Wish
from exparse.store import fate, files, layout, liveness, marks, publish
from exparse.streams import capture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.record.notebook import Notebook
    from exparse.store.run import Run


class Recorder(Leaving):
    """Writes one run from its start to its end; only the process that made it ever writes.

    Args:
        root: Absolute path of the root.
        record: What the parse has to say.
        wish: How the run is to be recorded.

    Attributes:
        attempt: Which attempt at the run this is, from 1.
        ended_by: Name of the signal that ended the command that is recorded, or None.
    """

    def __init__(self, root: str, record: Record, wish: Wish) -> None:
        self.root, self.record, self.wish = root, record, wish
        self.owner = os.getpid()
        self.began = time.time()
        self._clock = time.monotonic()
        self.started = clock.stamp(self.began)
        self.remarks: list[str] = []
        self._seat = role.seat()
        self.attempt, self._printed = 1, 0
        self._earlier: list[dict[str, Any]] = []
        self._signals = self._over = self._warned = self._end_warned = self._made_root = False
        self.ended_by: str | None = None
        self._metadata: dict[str, Any] = {}
        self._flushed: Any = None
        self._look: look.Look | None = None
        self._capture: capture.Capture | None = None
        self._notebook: Notebook | None = None
        self._doubt: tuple[float, int] | None = None
        self._code: tuple[dict[str, Any] | None] | None = None

    # The start

    def start(self) -> LiveRun:
        """Publish the run, or go on with an earlier one, and begin to record.

        Raises:
            ExparseError: If the run must not be: a tree that is not clean, an earlier run that does not fit.
            RootError: If the root cannot be written; nothing is left of the run then.
        """
        wish = self.wish
        if wish.git_clean:
            findings.check_clean(self.code())
        if wish.run_id:
            from exparse.record.turns import Turn

            with Turn(self.root, wish.run_id):
                self._find_or_publish()
        else:
            self._find_or_publish()
        self._begin()
        return self.run

    def _find_or_publish(self) -> None:
        wish = self.wish
        found = self._sought()
        if found is not None:
            return self._go_on(found)
        self.place = layout.TMP if wish.tmp else layout.RUNS
        self._made_root = not os.path.isdir(self.root)
        how = time.localtime(self.began), wish.label, wish.tmp, wish.zfill, wish.automarks
        self.number, self.name = publish.publish(self.root, self._contents, *how)
        self.folder = f"{self.root}/{self.place}/{self.name}"

    def code(self) -> dict[str, Any] | None:
        """Return the state of the code now, asked of git once; None without git."""
        if self._code is None:
            self._code = (findings.code(self.root, self.record.secrets),)
        return self._code[0]

    def _sought(self) -> Run | None:
        wish, told = self.wish, self.record.facts
        if not (wish.resume or wish.run_id or wish.goes_on or jobs.is_restarted(self._seat)):
            return None
        from exparse.record import attempts

        plain = params.parse(self.record.params_text(), layout.PARAMS)
        return attempts.sought(self.root, wish, self._seat, plain, told | {"script": facts.script()}, self.code)

    def _go_on(self, run: Run) -> None:
        from exparse.record import about, attempts

        self.place, self.number, self.name, self.folder = run.place, run.id, run.name, run.folder
        self._metadata = run.metadata
        try:
            self.attempt, self._earlier = attempts.claim(run)
            self._printed = len(run.output("stderr"))
            self._write_status(self._status("running"))
        except OSError as problem:
            attempts.release(self.folder, self.attempt)
            raise RootError(
                self.folder, f"cannot go on here: {publish.reason(problem)}", "Begin a new run"
            ) from problem
        parents = [*self.wish.parents, *family.parents(self.root)]
        about.quietly(run, "its words", about.of_attempt, run, facts.words(self.wish, self.record.secrets), parents)
        if self.wish.resume or self.wish.run_id:
            say(f"exparse: run {run.id} goes on, attempt {self.attempt}")

    def _contents(self, number: int, name: str) -> dict[str, str]:
        self._metadata = facts.of_run(number, name, self.started, self.root, self.wish, self._seat, self.record.secrets)
        self._metadata["parents"] = [*self.wish.parents, *family.parents(self.root)]
        return {
            layout.PARAMS: self.record.params_text(),
            layout.METADATA: metadata.document({**self._metadata, **self.record.facts}),
            layout.STATUS: status.document(self._status("running")),
        }

    def _begin(self) -> None:
        """Begin what records beside the program; nothing of it can stop the program any more."""
        self.run = LiveRun(self.root, self.name, self.place)
        self.run._read = {"params": self.record.params}
        self.run._recorder, self.run.automarks = self, list(self.wish.automarks)
        names = [f"{self.folder}/{name}" for name in (layout.PARAMS, layout.METADATA, layout.STATUS)]
        above = [f"{self.root}/{name}" for name in (self.place, layout.INDEX, layout.COUNTER)]
        self._flushed = durable.flush_beside([*names, self.folder, *above])
        self._watch = process_watch()
        self._follow()
        for begin in (self._announce, self._look_around, self._watch_signals, self._capture_output, self._see_cells):
            try:
                begin()
            except Exception as problem:  # recording never stops a program that has begun
                warn(f"run {self.number} is recorded in part: {type(problem).__name__}: {problem}")
        atexit.register(self._at_exit)
        shortcuts.listen(self)
        # A worker that is started anew does not know what is secret.
        level = self.wish.capture if not self.record.secrets else "off"
        self._nested = nesting.enter(self.run, level)
        hooks.call("start", self.run, self.root)

    def _follow(self) -> None:
        """Take the place of the run of an earlier parse: what is printed from now on is this one's."""
        global _latest
        earlier = _latest
        if self.wish.within:
            return
        _latest = self
        if earlier is not None and earlier.owner == self.owner and not earlier._over:
            earlier.give_way(self.record.secrets)

    def _announce(self) -> None:
        jobs.announce(self.root, self._seat, {"place": self.place, "name": self.name}, self.record.facts["argv"])

    def _look_around(self) -> None:
        beat = {}
        if "heartbeat" in self._metadata:
            beat = {"beat": [f"{self.folder}/{layout.KILLED}", fate.BEAT_S, self.owner, liveness.start_of(self.owner)]}
        if self.attempt > 1:
            # The code is the same, or that of the first attempt is what the run tells.
            if beat:
                spawn.start({**beat, "only_beat": True})
            return
        what = self.folder, self.root, self.record.secrets, self.wish.source, self.record.files, self.began
        self._look = look.around({**findings.ask(*what), **beat})

    def _watch_signals(self) -> None:
        self._signals = signals.watch(f"{self.folder}/{layout.KILLED}")

    def _capture_output(self) -> None:
        if self.wish.capture != "off":
            part = role.part(self._seat.rank if self._seat else None)
            how = self.wish.capture, self.folder, part, self.record.secrets, self._warn_once
            run_by = runner()
            self._capture = capture.start(*how, is_all=run_by is not None and run_by.is_command)

    def _see_cells(self) -> None:
        if "IPython" in sys.modules:
            from exparse.record import notebook

            self._notebook = notebook.of_run(self.folder, self.record.secrets, self._warn_once)

    def is_there(self) -> bool:
        """Return whether the run's folder is still where it was made."""
        return os.path.isdir(self.folder)

    def take_over(self, record: Record, wish: Wish) -> LiveRun:
        """Let a later parse have the last word on this run's params, words and marks; the run stays the same.

        Raises:
            OSError: If the files cannot be replaced.
        """
        before, self.wish = self.wish, wish
        wish.follow(before)
        self.record, self._doubt = record, None
        if record.secrets:
            nesting.hide_from_workers()
            if self._notebook is not None:
                self._notebook.hide(record.secrets)
            if self._capture is not None:
                self._capture.hide(record.secrets)
        if self.attempt > 1:
            # What the first attempt was made of is what the run is made of.
            self.run._read = {"params": record.params}
            return self.run
        self._metadata.update(facts.words(self.wish, self.record.secrets))
        files.replace(f"{self.folder}/{layout.PARAMS}", record.params_text())
        files.replace(f"{self.folder}/{layout.METADATA}", metadata.document({**self._metadata, **record.facts}))
        if wish.automarks != before.automarks and not wish.tmp:
            for mark in before.automarks:
                marks.drop(self.root, mark, self.name)
            for mark in wish.automarks:
                marks.add(self.root, mark, self.name, layout.RUNS)
        self.run.automarks = list(wish.automarks)
        self.run._read = {"params": record.params}
        return self.run

    # The end

    def _at_exit(self) -> None:
        if os.getpid() != self.owner or self._over:
            return
        try:
            state, code, problem = self._of_cells() or self._watch.ending()
            if self._ended_by_doubt(problem) and self.withdraw():
                # The program ended of a usage error or --help in a second parse: nothing was run.
                return
            self.finish(state, code, problem, last=True)
        except KeyboardInterrupt:
            self._try(self._fold)  # whoever interrupts this does not want to wait
        except Exception as problem:  # recording never changes how a program ends
            self._warn(problem)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as problem:
            self._warn(problem)

    def _warn(self, problem: Exception) -> None:
        self._warned = True
        if not self._end_warned:
            self._end_warned = True
            warn(f"the end of run {self.number} was not recorded: {problem}")

    def _warn_once(self, text: str) -> None:
        if not self._warned:
            self._warned = True
            warn(text)

    def finish(self, state: str, exit_code: int | None, problem: BaseException | None, last: bool = False) -> None:
        """Write how the run ended, and give the process back all that was changed in it.

        Args:
            state: ``finished``, ``failed``, ``interrupted`` or ``killed``.
            exit_code: What the process returns, None where that is not known.
            problem: The exception that ended it, or None.
            last: Whether the program ends as well.

        Raises:
            OSError: If the status cannot be written.
        """
        if self._over or os.getpid() != self.owner:
            return
        self._over = True
        try:
            hooks.call("finish" if state == "finished" else "fail", self.run, self.root)
        finally:
            try:
                # Removed while it ran: nothing is made anew.
                if self.is_there():
                    self._write_status(self._ended(state, exit_code, problem))
            finally:
                self._give_back(last)
            self._try(self._settle)
            if self._look is not None and not isinstance(problem, KeyboardInterrupt):
                # Importing zipfile evaluates text on the way, and Python then forgets that it is to end by SIGINT
                # (run_eval_code_obj in CPython's pythonrun.c).
                ask = self._look.ask
                self._try(lambda: findings.complete_source(self.folder, ask))

    def finish_quietly(self, state: str, exit_code: int | None, problem: BaseException | None) -> None:
        """Write how the run ended; what cannot be written is a warning."""
        self._try(lambda: self.finish(state, exit_code, problem))

    def _give_back(self, last: bool = False) -> None:
        self._over = True
        atexit.unregister(self._at_exit)
        shortcuts.forget(self)
        nesting.leave(self._nested)
        self.run.end_series()
        self._stop_capture(last)
        if self._notebook is not None:
            self._notebook.end()

    def _stop_capture(self, last: bool = False) -> None:
        if self._capture is not None:
            self._try(lambda stopped=self._capture: stopped.stop(last))  # type: ignore[misc]
            self._capture = None

    def _settle(self) -> None:
        """Fold what was found beside the run into its metadata, once the run is over."""
        try:
            durable.wait(self._flushed)
            if self._look is not None:
                self._look.wait(LONGEST_S)
        finally:
            self._fold()

    def _fold(self) -> None:
        if not self.is_there():
            return
        if self._signals:
            files.remove_quietly(f"{self.folder}/{layout.KILLED}")
        if self.attempt > 1:
            from exparse.record import attempts

            attempts.release(self.folder, self.attempt)
        if self._notebook is not None:
            self._metadata.update(self._notebook.facts(self._metadata))
        if self._look is not None:
            self._look.share(self.folder)
            told = {**self._metadata, **self.record.facts}
            findings.fold(self.folder, told, self._look.facts(), self.record.files)
        elif self.record.files is not None or self._notebook is not None:
            findings.fold(self.folder, self._metadata, None, self.record.files)

    def _status(self, state: str) -> Status:
        own = liveness.this_process() if self._earlier else None
        return Status(state, self.started, remarks=self.remarks, attempts=self._earlier, process=own)

    def _ended(self, state: str, exit_code: int | None, problem: BaseException | None) -> Status:
        told = self._status(state)
        told.ended, told.exit_code, told.signal = clock.stamp(time.time()), exit_code, self.ended_by
        cells = self._notebook
        told.seconds = round(time.monotonic() - self._clock - (cells.idle_s() if cells is not None else 0.0), 6)
        told.error = facts.of_exception(problem, self.record.secrets) if problem is not None else None
        raised = cells.remarks() if cells is not None else []
        told.remarks = [*self.remarks, *raised, *findings.thread_errors(self.folder, self._printed)]
        return told

    def _write_status(self, told: Status) -> None:
        files.replace(f"{self.folder}/{layout.STATUS}", status.document(told))


_latest: Recorder | None = None


def known_secrets() -> list[str]:
    """Return the secrets of the last parse of this process, also when its run is over."""
    return _latest.record.secrets if _latest is not None else []


def end_in_notebook(secrets: list[str]) -> None:
    """End the run of a notebook's parse where the next parse records none.

    Args:
        secrets: What that parse knows for secrets.
    """
    latest = _latest
    if latest is not None and latest._notebook is not None and latest.owner == os.getpid() and not latest._over:
        latest.give_way(secrets)
