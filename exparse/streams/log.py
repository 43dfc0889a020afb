"""One log of a run, written by one process: what was flushed is in the file before the program goes on."""

from __future__ import annotations

import _thread

from exparse.store.foreign import foreign
from exparse.streams.screen import Screen
from exparse.streams.segments import HEAD, LONGEST_LINE, SEGMENT, Segments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from exparse.streams.mask import Mask

# What a program prints without flushing is written as soon as it would be without us, but in a flood: there, when
# a small part of all has come together. So little is lost by os._exit or kill -9, and 1 GB costs few calls.
AT_ONCE = 8 << 10
MOST_WAITING = 128 << 10
_SHARE = 64
_PATIENCE_S = 1.0
# Beyond this, somebody holds the lock for ever: a thread that Python has ended while it wrote.
_MOST_KEPT = 4 << 20


class Log:
    r"""Keeps bytes in a log of a run; does nothing on disk before the first one.

    Bounded on disk and in memory whatever is printed (:mod:`exparse.streams.segments`); lines that ``\r`` writes
    anew stand there once (:mod:`exparse.streams.screen`). Safe in threads, signal handlers and while Python ends.

    Args:
        path: Returns the absolute path of the log, asked at the first byte; one that is there is continued.
        secrets: Bytes that are masked.
        warn: Told once, in a few words, when the disk takes no more; the log then says nothing any more.
        head: How many bytes are kept of the beginning.
        segment: One to two times as many bytes are kept of the end.
        longest_line: From where on a line in bytes counts as written.
    """

    def __init__(
        self,
        path: Callable[[], str],
        secrets: Iterable[bytes] = (),
        warn: Callable[[str], None] | None = None,
        head: int = HEAD,
        segment: int = SEGMENT,
        longest_line: int = LONGEST_LINE,
    ) -> None:
        self.path, self._warn = path, warn
        self._sizes = head, segment, longest_line
        self._secrets = frozenset(secret for secret in secrets if secret)
        self._mask = _mask_of(self._secrets)
        self._screen: Screen | None = None
        self._segments: Segments | None = None
        self._waiting: list[bytes] = []
        self._size, self._limit, self._total = 0, AT_ONCE, 0
        self._lock, self._holder = _thread.allocate_lock(), 0
        self._get_ident = _thread.get_ident
        self._inside: set[int] = set()
        self._is_over = False
        # The short way of a text to the disk: no secrets to look for, and the disk has taken all so far.
        self._is_quick = self._mask is None

    @property
    def has_waiting(self) -> bool:
        """Whether something came that is not on disk yet."""
        return bool(self._waiting)

    def anew(self) -> Log:
        """Return a log of the same kind that has nothing yet, for a forked child."""
        return Log(self.path, self._secrets, self._warn, *self._sizes)

    def write(self, data: bytes) -> None:
        """Take bytes that are on their way to the terminal."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= self._limit:
            self.flush()

    def flush(self) -> None:
        """Have all that came so far on disk."""
        if len(self._waiting) == 1 and self._is_quick and self._put():
            return
        while self._waiting and self._write(False):
            # A signal handler may have left its words just now.
            continue

    def hide(self, secrets: Iterable[bytes]) -> None:
        """Mask more, from now on."""
        self._secrets |= {secret for secret in secrets if secret}
        self._mask, self._is_quick = _mask_of(self._secrets), False

    def close(self) -> None:
        """Take nothing any more, and give the descriptor back."""
        self._is_over, self._is_quick = True, False
        if self._segments is not None:
            self._segments.close()

    def _put(self) -> bool:
        """Write the one text that waits, the short way; return False where that cannot be, or more came meanwhile."""
        if not self._lock.acquire(False):
            return False
        self._holder = self._get_ident()
        try:
            data = self._waiting[0]
            segments, screen = self._segments, self._screen
            if segments is None or screen is None or not screen.is_plain(data) or not segments.put(data):
                return False
            del self._waiting[0]
            self._size -= len(data)
            self._total += len(data)
        except Exception as problem:
            if foreign(problem) is not None:
                raise
            return False  # the long way meets it again, and says so
        finally:
            self._holder = 0
            self._lock.release()
        return not self._waiting

    def finish(self) -> None:
        """Write all, and join head and tail; what comes later is still taken."""
        self._limit = 0
        self._write(True)

    def _write(self, last: bool) -> bool:
        """Write what waits; return False where somebody else has to do it."""
        me = self._get_ident()
        if me in self._inside or me == self._holder:
            # A signal handler that prints leaves its words to the writer that it interrupted.
            return False
        problem: Exception | None = None
        is_ours = False
        try:
            self._inside.add(me)
            is_ours = self._lock.acquire(True, _PATIENCE_S)
            if is_ours:
                self._holder = me
                self._drain_all(last)
        except Exception as raised:  # the program goes on, whatever becomes of its log
            if foreign(raised) is not None:
                raise
            problem = raised
        finally:
            if is_ours:
                self._holder = 0
                self._lock.release()
            self._inside.discard(me)
        if problem is not None:
            self._fail(problem)
        elif not is_ours:
            self._give_up()
        return is_ours and problem is None

    def _drain_all(self, last: bool) -> None:
        while self._waiting:
            self._drain()
        if last:
            self._finish()

    def _drain(self) -> None:
        count = len(self._waiting)
        data = b"".join(self._waiting[:count])
        del self._waiting[:count]
        self._size = 0
        self._total += len(data)
        self._limit = min(max(self._total // _SHARE, AT_ONCE), MOST_WAITING) if self._limit else 0
        if self._is_over:
            return
        if self._mask is not None:
            data = self._mask.feed(data)
        self._pass_on(data)

    def _pass_on(self, data: bytes) -> None:
        if not data:
            return
        if self._screen is None or self._segments is None:
            self._segments = Segments(self.path(), *self._sizes)
            self._screen = Screen(self._segments, self._sizes[2])
        self._screen.feed(data)
        self._segments.commit()

    def _finish(self) -> None:
        if self._mask is not None and not self._is_over:
            self._pass_on(self._mask.rest())
        if self._segments is not None and not self._is_over:
            self._segments.finish()

    def _give_up(self) -> None:
        """Nobody can write: forget what is too much, and a lock that nobody holds (Ctrl-C just after it was taken)."""
        if not self._holder:
            self._lock = _thread.allocate_lock()
        if self._size > _MOST_KEPT:
            self._waiting.clear()
            self._size = 0

    def _fail(self, problem: Exception) -> None:
        if isinstance(problem, RecursionError):
            return  # the program's own depth: the next line may come through
        told, self._is_over, self._is_quick = self._is_over, True, False
        # A run that was removed while it ran is no trouble: nothing of it is made anew.
        if self._warn is not None and not told and not isinstance(problem, (FileNotFoundError, NotADirectoryError)):
            self._warn(f"what is printed is no longer kept: {problem}")


def _mask_of(secrets: frozenset[bytes]) -> Mask | None:
    if not secrets:
        return None
    from exparse.streams.mask import Mask

    return Mask(secrets)
