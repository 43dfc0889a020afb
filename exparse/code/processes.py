"""Running other programs side by side: what they print, how they end, never longer and never more than allowed.

Importing ``subprocess`` takes longer than the git commands that are run here.
"""

from __future__ import annotations

import os
import time

from exparse.store import handles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

MOST_BYTES = 64_000_000
_MOST_ERROR_BYTES = 10_000
_PART = 1 << 18
_SPAWNS = hasattr(os, "posix_spawn")


class Child:
    """One program under way.

    Attributes:
        out: What it has printed so far.
        err: Likewise, on stderr; the first kilobytes.
        code: Its exit code, negative for a signal; None until it is gathered.
        cut: Why it was ended by us, or None: ``too long`` or ``too much``.
    """

    def __init__(self, pid: int, out: int, err: int, most: int) -> None:
        self.pid, self.most = pid, most
        self.code: int | None = None
        self.cut: str | None = None
        self.out, self.err = b"", b""
        self._parts: dict[int, list[bytes]] = {out: [], err: []}
        self._size = 0
        self._names = {out: "out", err: "err"}

    @property
    def is_good(self) -> bool:
        """Whether it ended by itself, and well."""
        return self.code == 0 and self.cut is None

    @property
    def reason(self) -> str:
        """What it says is wrong, on one line."""
        if self.cut:
            return f"git took {self.cut}"
        lines = self.err.decode("utf-8", "replace").strip().splitlines()
        told = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0] if lines else "")
        return told.partition(": ")[2] or told or f"git ended with {self.code}"

    def handles(self) -> list[int]:
        """Return the descriptors that are still read."""
        return list(self._names)

    def take(self, handle: int) -> None:
        """Read what is there."""
        part = os.read(handle, _PART)
        if not part:
            self._close(handle)
        elif self._names[handle] == "err":
            if sum(map(len, self._parts[handle])) < _MOST_ERROR_BYTES:
                self._parts[handle].append(part)
        else:
            self._parts[handle].append(part)
            self._size += len(part)
            if self._size > self.most:
                self.stop("too much")

    def _close(self, handle: int) -> None:
        setattr(self, self._names.pop(handle), b"".join(self._parts[handle]))
        os.close(handle)

    def stop(self, why: str) -> None:
        """End it, and keep what it has said."""
        self.cut = why
        try:
            os.kill(self.pid, 9)
        except ProcessLookupError:
            pass  # it was ending just now
        for handle in self.handles():
            self._close(handle)

    def finish(self, deadline: float) -> None:
        """Wait for its end, which is near; where it still prints, the deadline is over."""
        if self.handles():
            self.stop("too long")
        if self.code is None:
            try:
                self.code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            except ChildProcessError:
                # The program ignores SIGCHLD, so the system has forgotten how its children ended.
                self.code = 0 if not self.err else 1


class _Elsewhere(Child):
    """A program where there is no ``posix_spawn`` (Windows): what it prints is read when it is waited for."""

    def __init__(self, command: list[bytes], env: dict[str, str], given: int | None, most: int) -> None:
        import subprocess

        self._program = subprocess.Popen(
            [os.fsdecode(part) for part in command],
            env=env,
            stdin=subprocess.DEVNULL if given is None else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.pid, self.most = self._program.pid, most
        self.code: int | None = None
        self.cut: str | None = None
        self.out, self.err = b"", b""

    def handles(self) -> list[int]:
        """Return nothing: no descriptor of it can be waited for."""
        return []

    def finish(self, deadline: float) -> None:
        """Read what it prints until it ends, or until the deadline."""
        import subprocess

        if self.code is not None:
            return
        try:
            self.out, self.err = self._program.communicate(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.cut = "too long"
            self._program.kill()
            self.out, self.err = self._program.communicate()
        self.code = self._program.returncode
        if len(self.out) > self.most:
            self.cut, self.out = "too much", self.out[: self.most]


def start(command: list[bytes], env: dict[str, str], given: int | None = None, most: int = MOST_BYTES) -> Child:
    """Start a program.

    Args:
        command: Absolute path and arguments.
        env: Its whole environment.
        given: Descriptor of what it reads, else nothing.
        most: How many bytes it may print.

    Raises:
        OSError: If it cannot be started.
    """
    if not _SPAWNS:
        return _Elsewhere(command, env, given, most)
    out, out_end = _pipe()
    err, err_end = _pipe()
    try:
        pid = _spawn(command, env, given, out_end, err_end)
    except OSError:
        os.close(out)
        os.close(err)
        raise
    finally:
        os.close(out_end)
        os.close(err_end)
    return Child(pid, out, err, most)


def _pipe() -> tuple[int, int]:
    # A program may run without 0, 1 and 2; the ends must not get these numbers.
    reading, writing = os.pipe()
    return handles.high(reading), handles.high(writing)


def _spawn(command: list[bytes], env: dict[str, str], given: int | None, out: int, err: int) -> int:
    import _signal  # type: ignore[import-not-found]

    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    actions: list[Any] = [
        nothing if given is None else (os.POSIX_SPAWN_DUP2, given, 0),
        (os.POSIX_SPAWN_DUP2, out, 1),
        (os.POSIX_SPAWN_DUP2, err, 2),
    ]
    reset = (_signal.SIGPIPE, _signal.SIGCHLD)
    return os.posix_spawn(command[0], command, env, file_actions=actions, setsigdef=reset, setsigmask=())


def gather(children: Iterable[Child], deadline: float) -> None:
    """Read all that programs print until they have ended; end those that go on after the deadline.

    Args:
        children: Programs under way, or over.
        deadline: By the monotonic clock, in seconds.
    """
    children = list(children)
    try:
        while open_ones := {handle: child for child in children for handle in child.handles()}:
            ready = _readable(list(open_ones), deadline - time.monotonic())
            for handle in ready:
                if handle in open_ones[handle].handles():
                    open_ones[handle].take(handle)
            if not ready and time.monotonic() >= deadline:
                break
    finally:
        # Also where Ctrl-C ends the wait: nothing of it is left behind.
        for child in children:
            child.finish(deadline)


def _readable(wanted: list[int], seconds: float) -> list[int]:
    import select

    if not hasattr(select, "poll"):
        return select.select(wanted, [], [], max(0.0, seconds))[0]
    poll = select.poll()
    for handle in wanted:
        poll.register(handle, select.POLLIN | select.POLLHUP)
    return [handle for handle, _ in poll.poll(max(0.0, seconds) * 1000)]


def which(name: str, path: str | None = None) -> str | None:
    """Return the absolute path of a program, looked for in the absolute entries of ``PATH`` alone.

    A name that an empty or relative entry would find lies in the working folder: in a repository of somebody's.
    """
    for folder in (os.environ.get("PATH", os.defpath) if path is None else path).split(os.pathsep):
        found = os.path.join(folder, name)
        if os.path.isabs(folder) and os.path.isfile(found) and os.access(found, os.X_OK):
            return found
    return None
