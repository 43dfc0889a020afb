"""The object that writes one live run: published at the start, told to the end, taken over by a later parse."""

from __future__ import annotations

import atexit
import os
import sys
import time

from exparse.errors import RootError
from exparse.format import metadata, params, status
from exparse.format.status import Status
from exparse.record import (
    clock,
    durable,
    facts,
    findings,
    hooks,
    jobs,
    leaving,
    look,
    nesting,
    role,
    shortcuts,
    signals,
)
from exparse.record.live import LiveRun
from exparse.record.record import Record
from exparse.record.runner import runner
from exparse.record.say import Voice, say, warn
from exparse.record.watch import process_watch
from exparse.record.wish import Wish
from exparse.store import files, layout, liveness, marks, publish
from exparse.streams import capture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.record.notebook import Notebook
    from exparse.store.run import Run


# How long the end of a program waits for what is still being found out beside it.
_LONGEST_S = 2.0


class Recorder:
    """Writes one run from its start to its end; only the process that made it ever writes.

    Args:
        root: Absolute path of the root.
        record: What the parse has to say.
        wish: How the run is to be recorded.

    Attributes:
        attempt: Which attempt at the run this is, from 1.
        doubt: Whether the program ends of a parse that failed after the run had begun.
        ended_by: Name of the signal that ended the command that is recorded, or None.
        notebook: What a notebook adds to the run, or None.
    """

    def __init__(self, root: str, record: Record, wish: Wish) -> None:
        self.root, self.record, self.wish = root, record, wish
        self.owner = os.getpid()
        self.began, self._clock = time.time(), time.monotonic()
        self.started = clock.stamp(self.began)
        self.remarks: list[str] = []
        self._seat = role.seat()
        self.attempt, self._printed = 1, 0
        self._earlier: list[dict[str, Any]] = []
        self._signals = self._over = self._made_root = False
        self.ended_by: str | None = None
        self._metadata: dict[str, Any] = {}
        self._flushed: Any = None
        self._look: look.Look | None = None
        self._capture: capture.Capture | None = None
        self.notebook: Notebook | None = None
        self._voice = Voice()
        self._shortcut = leaving.Shortcut(self._end_early, self._stay)

    # The start

    def start(self) -> LiveRun:
        """Publish the run, or go on with an earlier one, and begin to record.

        Raises:
            ExparseError: If the run must not be: a tree that is not clean, an earlier run that does not fit.
            RootError: If the root cannot be written; nothing is left of the run then.
        """
        wish = self.wish
        if wish.git_clean:
            findings.check_clean(self._code())
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

    def _code(self) -> dict[str, Any] | None:
        return findings.code(self.root, self.record.secrets)

    def _sought(self) -> Run | None:
        wish, told = self.wish, self.record.facts
        if not (wish.resume or wish.run_id or wish.goes_on or jobs.is_restarted(self._seat)):
            return None
        from exparse.record import attempts

        plain = params.parse(self.record.params_text(), layout.PARAMS)
        return attempts.sought(self.root, wish, self._seat, plain, told | {"script": facts.script()}, self._code)

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
        words, parents = facts.words(self.wish, self.record.secrets), facts.parents(self.wish, self.root)
        about.quietly(run, "its words", about.of_attempt, run, words, parents)
        if self.wish.resume or self.wish.run_id:
            say(f"exparse: run {run.id} goes on, attempt {self.attempt}")

    def _contents(self, number: int, name: str) -> dict[str, str]:
        self._metadata = facts.of_run(number, name, self.started, self.root, self.wish, self._seat, self.record.secrets)
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
        self.doubt = leaving.Doubt(self._watch)
        if not self.wish.within:
            leaving.follow(self)
        for begin in (self._announce, self._look_around, self._watch_signals, self._capture_output, self._see_cells):
            try:
                begin()
            except Exception as problem:  # recording never stops a program that has begun
                warn(f"run {self.number} is recorded in part: {type(problem).__name__}: {problem}")
        atexit.register(self._at_exit)
        shortcuts.listen(self._shortcut)
        # A worker that is started anew does not know what is secret.
        level = self.wish.capture if not self.record.secrets else "off"
        self._nested = nesting.enter(self.run, level)
        hooks.call("start", self.run, self.root)

    def _announce(self) -> None:
        jobs.announce(self.root, self._seat, {"place": self.place, "name": self.name}, self.record.facts["argv"])

    def _look_around(self) -> None:
        beat = look.beat(self.folder, self.owner) if "heartbeat" in self._metadata else {}
        if self.attempt > 1:
            # The code is the same, or that of the first attempt is what the run tells.
            return look.only_beat(beat)
        what = self.folder, self.root, self.record.secrets, self.wish.source, self.record.files, self.began
        self._look = look.around({**findings.ask(*what), **beat})

    def _watch_signals(self) -> None:
        self._signals = signals.watch(f"{self.folder}/{layout.KILLED}")

    def _capture_output(self) -> None:
        if self.wish.capture != "off":
            part = role.part(self._seat.rank if self._seat else None)
            how = self.wish.capture, self.folder, part, self.record.secrets, self._voice.warn
            run_by = runner()
            self._capture = capture.start(*how, is_all=run_by is not None and run_by.is_command)

    def _see_cells(self) -> None:
        if "IPython" in sys.modules:
            from exparse.record import notebook

            self.notebook = notebook.of_run(self.folder, self.record.secrets, self._voice.warn)

    def is_there(self) -> bool:
        """Return whether the run's folder is still where it was made."""
        return leaving.is_there(self.folder)

    def take_over(self, record: Record, wish: Wish) -> LiveRun:
        """Let a later parse have the last word on this run's params, words and marks; the run stays the same.

        Raises:
            OSError: If the files cannot be replaced.
        """
        before, self.wish = self.wish, wish
        wish.follow(before)
        self.record = record
        self.doubt.end()
        if record.secrets:
            nesting.hide_from_workers()
            if self.notebook is not None:
                self.notebook.hide(record.secrets)
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
            cells = self.notebook.ending() if self.notebook is not None else None
            state, code, problem = cells or self._watch.ending()
            if self.doubt.is_why(problem) and self.withdraw():
                # The program ended of a usage error or --help in a second parse: nothing was run.
                return
            self.finish(state, code, problem, last=True)
        except KeyboardInterrupt:
            self._try(self._fold)  # whoever interrupts this does not want to wait
        except Exception as problem:  # recording never changes how a program ends
            self._voice.warn_of_end(self.number, problem)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as problem:
            self._voice.warn_of_end(self.number, problem)

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
                    told = self._ended(state, exit_code, problem)
                    leaving.insist(lambda: self._write_status(told), lambda: self._give_back(last))
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

    def give_way(self, secrets: list[str]) -> None:
        """Let the run of a later parse take the place of this one, which in a notebook is over by that.

        Args:
            secrets: What the later parse knows for secrets.
        """
        if os.getpid() != self.owner or self._over:
            return
        if self.notebook is not None:
            self.finish_quietly(*self.notebook.give_way(secrets))
        self._stop_capture()

    def withdraw(self) -> bool:
        """Take the run back, unless the program has left something in it; return whether it is gone."""
        self._wait_beside()
        if self.attempt > 1 or not findings.OURS.issuperset(os.listdir(self.folder)):
            return False
        self._give_back()
        leaving.take_back(self.root, self.name, self.folder, self._made_root)
        return True

    def _end_early(self, state: str, code: int | None, remark: str) -> bool:
        """Write an end after which no function of ``atexit`` is called; return whether the run was under way."""
        if os.getpid() != self.owner or self._over:
            return False
        self.remarks.append(remark)
        self._over = True
        self._try(lambda: self._write_status(self._ended(state, code, None)))
        self._try(self._settle)
        return True

    def _stay(self) -> None:
        """Take an early end back: the process is still this program."""
        self.remarks.pop()
        self._over = False
        self._try(lambda: self._write_status(self._status("running")))
        self._try(self._watch_signals)

    def _give_back(self, last: bool = False) -> None:
        self._over = True
        atexit.unregister(self._at_exit)
        shortcuts.forget(self._shortcut)
        nesting.leave(self._nested)
        self.run.end_series()
        self._stop_capture(last)
        durable.wait(self._flushed)
        if self.notebook is not None:
            self.notebook.end()

    def _stop_capture(self, last: bool = False) -> None:
        if self._capture is not None:
            self._try(lambda stopped=self._capture: stopped.stop(last))  # type: ignore[misc]
            self._capture = None

    def _settle(self) -> None:
        """Fold what was found beside the run into its metadata, once the run is over."""
        try:
            self._wait_beside()
        finally:
            self._fold()

    def _wait_beside(self) -> None:
        durable.wait(self._flushed)
        if self._look is not None:
            self._look.wait(_LONGEST_S)

    def _fold(self) -> None:
        if not self.is_there():
            return
        if self._signals:
            files.remove_quietly(f"{self.folder}/{layout.KILLED}")
        if self.attempt > 1:
            from exparse.record import attempts

            attempts.release(self.folder, self.attempt)
        if self.notebook is not None:
            self._metadata.update(self.notebook.facts(self._metadata))
        if self._look is not None:
            self._look.share(self.folder)
            told = {**self._metadata, **self.record.facts}
            findings.fold(self.folder, told, self._look.facts(), self.record.files)
        elif self.record.files is not None or self.notebook is not None:
            findings.fold(self.folder, self._metadata, None, self.record.files)

    def _status(self, state: str) -> Status:
        own = liveness.this_process() if self._earlier else None
        return Status(state, self.started, remarks=self.remarks, attempts=self._earlier, process=own)

    def _ended(self, state: str, exit_code: int | None, problem: BaseException | None) -> Status:
        told = self._status(state)
        told.ended, told.exit_code, told.signal = clock.stamp(time.time()), exit_code, self.ended_by
        cells = self.notebook
        told.seconds = round(time.monotonic() - self._clock - (cells.idle_s() if cells is not None else 0.0), 6)
        told.error = facts.of_exception(problem, self.record.secrets) if problem is not None else None
        raised = cells.remarks() if cells is not None else []
        told.remarks = [*self.remarks, *raised, *findings.thread_errors(self.folder, self._printed)]
        return told

    def _write_status(self, told: Status) -> None:
        files.replace(f"{self.folder}/{layout.STATUS}", status.document(told))
