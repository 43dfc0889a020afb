"""Reading many runs with all processors: parts of the work, done by this process and by others that it starts.

The others are new interpreters, not forks: a notebook's process has threads, and perhaps a graphics card. Where none
can be started, this process does all of it.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from typing import Any

from exparse.query import worker
from exparse.query.stamps import PARTS, Look

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from subprocess import Popen
    from threading import Thread

    from exparse.query.stamps import Stamp

MANY_TO_LOOK_AT = 6_000
MANY_TO_READ = 1_500
"""So many runs are worth another process, which takes about 30 ms to begin."""
_MOST_WORKERS = 7
# Runs that are asked for at a time: large parts cost less, small ones leave no processor idle at the end.
_CHUNK, _LEAST_CHUNK, _CHUNKS = 2000, 250, 16
# The longest that reading a chunk may take, on a network's disk that is slow.
_PATIENCE_S = 120.0
_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from exparse.query.worker import main; main(sys.argv[2], sys.argv[3])"
)


class Crew:
    """Processes that look at and read the runs of one place, this one among them.

    Args:
        root: Path of the root.
        place: Folder of the root.

    To be used as a context: at its end the other processes end.
    """

    def __init__(self, root: str, place: str) -> None:
        self.root, self.place = root, place
        self._workers: list[_Worker] = []
        self._is_started = False

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for other in self._workers:
            other.end()

    def start(self) -> None:
        """Start the other processes, once; they begin while this one goes on."""
        if self._is_started:
            return
        self._is_started = True
        for _ in range(min(processors() - 1, _MOST_WORKERS)):
            try:
                self._workers.append(_Worker(self.root, self.place))
            except OSError:
                # No more processes, memory or descriptors: then with those that there are.
                return

    def look(self, beside: Callable[[], object] | None = None) -> dict[str, Stamp]:
        """Return the stamp of each folder in the place, by name; names of other things than runs may be among them.

        Args:
            beside: What this process has to do anyway; the others look meanwhile.
        """
        own = Look(f"{self.root}/{self.place}")
        if len(own) >= MANY_TO_LOOK_AT:
            self.start()
        seen: dict[str, Stamp] = {}

        def take(data: bytes) -> None:
            seen.update(worker.unlooked(data))

        self._share(
            [{"look": part} for part in range(PARTS)],
            lambda asked: seen.update(own.part(asked["look"])),
            take,
            beside,
        )
        return seen

    def read(self, names: list[str], done: Callable[[int], object]) -> list[bytes]:
        """Return tables of runs as bytes, in any order; see :func:`exparse.query.worker.read`.

        Args:
            names: The runs.
            done: Told how many more have been read.
        """
        from exparse.query.scan import Scan

        scan = Scan(self.root, self.place)
        size = min(_CHUNK, max(_LEAST_CHUNK, len(names) // _CHUNKS))
        chunks = [{"read": names[first : first + size]} for first in range(0, len(names), size)]
        found: list[bytes] = []
        read = _Told(found, len(names), size, done)
        self._share(chunks, lambda asked: read(worker.read(scan, asked["read"])), read, None)
        return found

    def _share(
        self,
        asked: Iterable[dict[str, Any]],
        own: Callable[[dict[str, Any]], object],
        take: Callable[[bytes], object],
        beside: Callable[[], object] | None,
    ) -> None:
        waiting = deque(asked)
        threads = [other.go_through(waiting) for other in self._workers]
        if beside is not None:
            beside()
        while waiting:
            try:
                mine = waiting.popleft()
            except IndexError:
                # Another process was quicker.
                break
            own(mine)
            self._take(take)
        for other, thread in zip(self._workers, threads, strict=True):
            # One that has not even begun is not waited for: nothing is left for it.
            if other.is_asked and thread is not None:
                other.wait(thread)
        self._take(take)
        for other in self._workers:
            # What a process that died did not finish.
            for left in other.unanswered():
                own(left)

    def _take(self, take: Callable[[bytes], object]) -> None:
        for other in self._workers:
            for data in other.answers():
                take(data)


class _Told:
    """Keeps tables, and tells how many runs are read."""

    def __init__(self, found: list[bytes], total: int, size: int, done: Callable[[int], object]) -> None:
        self.found, self.size, self.done, self.left = found, size, done, total

    def __call__(self, data: bytes) -> None:
        self.found.append(data)
        more = min(self.size, self.left)
        self.left -= more
        self.done(more)


class _Worker:
    """Another process, and the thread that waits for it.

    Attributes:
        is_asked: Whether it may be at work.
    """

    def __init__(self, root: str, place: str) -> None:
        self.process = _start([root, place])
        self.is_asked = False
        self._has_begun = False
        self._thread: Thread | None = None
        self._answers: deque[bytes] = deque()
        self._unanswered: list[dict[str, Any]] = []

    def go_through(self, waiting: deque[dict[str, Any]]) -> Thread | None:
        """Take what is asked from a queue until none is left; return the thread that does so, None for none."""
        from threading import Thread

        thread = Thread(target=self._go_through, args=(waiting, self._thread), daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # No more threads: then this process does all of it.
            return None
        self._thread = thread
        return thread

    def _go_through(self, waiting: deque[dict[str, Any]], before: Thread | None) -> None:
        import json

        if before is not None:
            # It may still be waiting for the process to begin; two must not talk to it at once.
            before.join()

        if not self._has_begun:
            self._has_begun = _answer(self.process) is not None
        while self._has_begun:
            self.is_asked = True
            try:
                asked = waiting.popleft()
            except IndexError:
                break
            data = _asked(self.process, json.dumps(asked).encode("ascii") + b"\n")
            if data is None:
                self._unanswered.append(asked)
                self._has_begun = False
                break
            self._answers.append(data)
        self.is_asked = False

    def wait(self, thread: Thread) -> None:
        """Wait for the answer that is still to come, but not for a process that was stopped."""
        thread.join(_PATIENCE_S)
        if thread.is_alive():
            self.end()
            thread.join()

    def answers(self) -> list[bytes]:
        """Return the answers that have come since the last call."""
        return [self._answers.popleft() for _ in range(len(self._answers))]

    def unanswered(self) -> list[dict[str, Any]]:
        """Return what it was asked and did not answer, once."""
        left, self._unanswered = self._unanswered, []
        return left

    def end(self) -> None:
        """End the process, at once: it only reads."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                continue  # it had not read all that it was asked


def _asked(process: Popen[bytes] | None, line: bytes) -> bytes | None:
    """Return what a process answers to a line; None where it is gone."""
    if process is None or process.stdin is None:
        return None
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except (OSError, ValueError):
        return None
    return _answer(process)


def _answer(process: Popen[bytes] | None) -> bytes | None:
    if process is None or process.stdout is None:
        return None
    try:
        size = process.stdout.readline()
        data = process.stdout.read(int(size))
    except (OSError, ValueError):
        return None
    return data if len(data) == int(size) else None


def _start(arguments: list[str]) -> Popen[bytes] | None:
    import json
    import subprocess

    path = sys.executable
    if not path or getattr(sys, "frozen", False) or not os.path.basename(path).lower().startswith(("python", "pypy")):
        # An interpreter that is part of another program would start that program.
        return None
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    known = [folder for folder in sys.path if os.path.isabs(folder)]
    ways = [*known, *([] if home in known else [home])]
    options = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else [])]
    options += ["-X", f"pycache_prefix={sys.pycache_prefix}"] if sys.pycache_prefix else []
    return subprocess.Popen(
        [path, *options, "-c", _PROGRAM, json.dumps(ways), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
