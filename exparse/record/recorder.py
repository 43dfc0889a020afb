"""The object that writes one live run: published at the start, told to the end, taken over by a later parse."""

from __future__ import annotations

import atexit
import os
import time

from exparse.format import metadata, params, status
from exparse.format.status import Status
from exparse.record import clock, durable, facts
from exparse.record.live import LiveRun
from exparse.record.say import warn
from exparse.record.watch import Watch, watch_signals
from exparse.store import files, layout, marks, publish

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_AT_ONCE_S = 1.0


class Record:
    """What a parse has to say of a run.

    Attributes:
        params: Plain values by name.
        omitted: Why a param is not there, by name.
        header: What the params alone do not say (:func:`exparse.format.params.document`).
        facts: Keys of ``metadata.json`` that only the parser knows.
        secrets: Texts that must stand in no file.
    """

    __slots__ = ("facts", "header", "omitted", "params", "secrets")

    def __init__(
        self,
        params: dict[str, Any],
        omitted: dict[str, str],
        header: dict[str, Any],
        facts: dict[str, Any],
        secrets: list[str],
    ) -> None:
        self.params, self.omitted, self.header = params, omitted, header
        self.facts, self.secrets = facts, secrets

    def after(self, first: Record) -> Record:
        """Return what two parses have to say together, the first of which left its rest to this one."""
        params = {**first.params, **self.params}
        omitted = {**{k: v for k, v in first.omitted.items() if k not in params}, **self.omitted}
        header = {**first.header, **self.header}
        for key, value in first.header.items():
            if isinstance(value, dict) and isinstance(self.header.get(key), dict):
                header[key] = {**value, **self.header[key]}
        given = sorted({*first.facts["given"], *self.facts["given"]})
        facts = {**self.facts, "argv": first.facts["argv"], "given": given}
        return Record(params, omitted, header, facts, [*first.secrets, *self.secrets])

    def params_text(self) -> str:
        """Return the text of ``params.yaml``."""
        return params.document(self.params, self.omitted, self.header)


class Recorder:
    """Writes one run from its start to its end; only the process that made it ever writes.

    Args:
        root: Absolute path of the root.
        record: What the parse has to say.
    """

    def __init__(self, root: str, record: Record) -> None:
        self.root, self.record = root, record
        self.owner = os.getpid()
        self.began = time.time()
        self._clock = time.monotonic()
        self.started = clock.stamp(self.began)
        self._signals = False
        self._metadata: dict[str, Any] = {}
        self._flushed: Any = None
        self._doubt: tuple[float, int] | None = None

    def start(self, label: str | None, tmp: bool, zfill: int, automarks: list[str]) -> LiveRun:
        """Publish the run.

        Raises:
            RootError: If the root cannot be written; nothing is left of the run then.
        """
        self.tmp, self._automarks = tmp, automarks
        self.number, self.name = publish.publish(
            self.root, self._contents, time.localtime(self.began), label, tmp, zfill, automarks
        )
        place = layout.TMP if tmp else layout.RUNS
        self.folder = f"{self.root}/{place}/{self.name}"
        names = [f"{self.folder}/{name}" for name in (layout.PARAMS, layout.METADATA, layout.STATUS)]
        folders = [
            self.folder,
            f"{self.root}/{place}",
            f"{self.root}/{layout.INDEX}",
            f"{self.root}/{layout.COUNTER}",
        ]
        self._flushed = durable.flush_beside(names + folders)
        self._watch_end()
        self.run = self._live(place)
        return self.run

    def _live(self, place: str) -> LiveRun:
        run = LiveRun(self.root, self.name, place)
        run._read["params"] = self.record.params
        return run

    def _contents(self, number: int, name: str) -> dict[str, str]:
        label = layout.parse_run_name(name)
        told = {"id": number, "name": name, "label": label[1] if label else None}
        self._metadata = {
            **told,
            "uuid": os.urandom(16).hex(),
            "started": self.started,
            **facts.of_this_process(),
        }
        return {
            layout.PARAMS: self.record.params_text(),
            layout.METADATA: metadata.document({**self._metadata, **self.record.facts}),
            layout.STATUS: status.document(Status("running", self.started)),
        }

    def is_there(self) -> bool:
        """Return whether the run's folder is still where it was made."""
        return os.path.isdir(self.folder)

    def take_over(self, record: Record, automarks: list[str]) -> LiveRun:
        """Let a later parse have the last word on this run's params and marks; the run stays the same.

        Raises:
            OSError: If the files cannot be replaced.
        """
        self.record, self._doubt = record, None
        files.replace(f"{self.folder}/{layout.PARAMS}", record.params_text())
        told = metadata.document({**self._metadata, **record.facts})
        files.replace(f"{self.folder}/{layout.METADATA}", told)
        if automarks != self._automarks and not self.tmp:
            for mark in self._automarks:
                marks.drop(self.root, mark, self.name)
            for mark in automarks:
                marks.add(self.root, mark, self.name, layout.RUNS)
        self._automarks = automarks
        self.run._read["params"] = record.params
        self.run._read.pop("metadata", None)
        return self.run

    def _watch_end(self) -> None:
        self._watch = process_watch()
        try:
            self._signals = watch_signals(f"{self.folder}/{layout.KILLED}")
        except (OSError, ValueError, RuntimeError) as problem:
            warn(f"signals that end this run will not be told: {problem}")
        atexit.register(self._at_exit)

    def _at_exit(self) -> None:
        if os.getpid() != self.owner:
            return
        try:
            ending = self._watch.ending()
            if self._ended_by_doubt() and self.withdraw():
                # The program ended of a usage error or --help in a second parse: nothing was run.
                return
            self.finish(*ending)
        except Exception as problem:  # recording never changes how a program ends
            warn(f"the end of run {self.number} was not recorded: {problem}")

    def doubt(self) -> None:
        """Take note that a later parse failed: if the program ends of that, there was no run."""
        self._doubt = time.monotonic(), self._watch.asked_for

    def _ended_by_doubt(self) -> bool:
        """Return whether the program ends of a parse that failed: at once, and by nobody else's ``sys.exit``."""
        if self._doubt is None or self._watch.returned():
            return False
        when, asked_for = self._doubt
        return time.monotonic() - when < _AT_ONCE_S and self._watch.asked_for == asked_for

    def withdraw(self) -> bool:
        """Take the run back, unless the program has left something in it; return whether it is gone."""
        ours = {layout.PARAMS, layout.METADATA, layout.STATUS, layout.KILLED}
        if not ours.issuperset(os.listdir(self.folder)):
            return False
        durable.wait(self._flushed)
        atexit.unregister(self._at_exit)
        publish.withdraw(self.root, self.name, self.folder)
        return True

    def finish(self, state: str, exit_code: int | None, problem: BaseException | None) -> None:
        """Write how the run ended.

        Args:
            state: ``finished``, ``failed``, ``interrupted`` or ``killed``.
            exit_code: What the process returns, None where that is not known.
            problem: The exception that ended it, or None.

        Raises:
            OSError: If the status cannot be written.
        """
        durable.wait(self._flushed)
        if not self.is_there():
            return  # removed while it ran: nothing is made anew
        ended = clock.stamp(time.time())
        seconds = round(time.monotonic() - self._clock, 6)
        error = facts.of_exception(problem, self.record.secrets) if problem is not None else None
        told = Status(state, self.started, ended, seconds, exit_code, error)
        files.replace(f"{self.folder}/{layout.STATUS}", status.document(told))
        if self._signals:
            files.remove_quietly(f"{self.folder}/{layout.KILLED}")


_watch: Watch | None = None


def process_watch() -> Watch:
    """Return the one watch of this process, started at the first call."""
    global _watch
    if _watch is None:
        _watch = Watch()
        _watch.start()
    return _watch
