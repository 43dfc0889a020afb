"""Looking at what a stream of Python's is given, without standing in its way.

The stream stays the object that it is, so that all who hold it (``logging``, click, rich, tqdm) are seen too:
only ``write`` and ``flush`` of the byte stream below it are laid over, by attributes of that one object. Both
call the original first, and hand its result or its exception on. Nothing of ours runs while the byte stream holds
its lock; so a signal handler may print at any time, as it may without us.

A stream that is no plain one of Python's own (a notebook's, pytest's, a class of the user's) is looked at where
text is written.
"""

from __future__ import annotations

import sys
from _io import BufferedWriter, FileIO, TextIOWrapper
from _thread import get_ident

from exparse.store.foreign import foreign

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.streams.log import Log


class Tee:
    """What stands at one stream: the logs that get what it is given.

    Args:
        target: The object whose attributes are laid over; one of the program's own is not kept alive, where that
            can be.
        stream: The stream of text above a byte stream of Python's, or None.
        encoding: What turns text into bytes there.

    Attributes:
        logs: Those that get the bytes, replaced as a whole.
        quiet: The thread whose flushes move text to the logs and no further, or 0.
    """

    def __init__(self, target: Any, stream: Any, encoding: str) -> None:
        self.logs: tuple[Log, ...] = ()
        self.quiet, self.encoding = 0, encoding
        self._stream = stream
        self._target: Callable[[], Any] = (lambda: target) if stream is not None else _weakly(target)
        self._laid: dict[str, tuple[Any, Any]] = {}

    def stream(self) -> Any:
        """Return the stream of the user's that is looked at; None for one of Python's own, or one that is gone."""
        return self._target() if self._stream is None else None

    def lay(self, name: str, function: Any) -> bool:
        """Lay a function over an attribute of the target; return whether the target takes it."""
        target = self._target()
        own = getattr(target, "__dict__", {}).get(name)
        try:
            setattr(target, name, function)
            laid = getattr(target, name) is function
        except Exception:  # a stream of the user's, which may do anything here
            return False
        if laid:
            self._laid[name] = function, own
        return laid

    def lift(self) -> None:
        """Give the target its own attributes back, where nobody has laid others over ours."""
        target = self._target()
        for name, (function, own) in self._laid.items():
            if getattr(target, "__dict__", {}).get(name) is not function:
                continue
            if own is None:
                delattr(target, name)
            else:
                setattr(target, name, own)
        self._laid.clear()

    def settle(self) -> None:
        """Have the logs hold what was printed so far; the terminal gets it when it would without us."""
        if self._stream is None:
            return
        try:
            self.quiet = get_ident()
            self._stream.flush()
        except (OSError, ValueError):
            return  # closed or broken: the program finds out by itself
        finally:
            self.quiet = 0

    def note(self, data: Any, count: object) -> None:
        """Give the logs what the stream took, when that is not all of some ``bytes``."""
        if isinstance(count, int) and count > 0:
            taken = bytes(data)[:count]
            for log in self.logs:
                log.write(taken)

    def note_text(self, text: Any) -> None:
        """Give the logs what was written as text."""
        if isinstance(text, str):
            try:
                text = text.encode("utf-8", "surrogateescape")
            except UnicodeEncodeError:
                text = text.encode("utf-8", "backslashreplace")
        if isinstance(text, (bytes, bytearray, memoryview)):
            self.note(text, len(text))
            self.flush()

    def forget(self) -> None:
        """Keep nothing alive any more."""
        self.logs, self._stream, self._target = (), None, lambda: None

    def flush(self) -> None:
        """Have all logs on disk."""
        for log in self.logs:
            log.flush()


class _End:
    """Lifts all tees when Python, at its very end, clears ``sys``.

    Only then do the streams of Python's own go, and flush for the last time: they must not be kept alive by us. Our
    own modules are cleared by then, so what destructors print so late is on the terminal alone.
    """

    def __init__(self) -> None:
        self.tees: list[Tee] = []

    def __del__(self) -> None:
        for tee in self.tees:
            tee.lift()
            tee.forget()


_NAME_IN_SYS = "_exparse_tees"


def on(stream: Any) -> Tee | None:
    """Return the tee at a stream, laid now or earlier; None where the stream lets nobody look."""
    buffer = _own_buffer(stream)
    target = stream if buffer is None else buffer
    tee = getattr(getattr(target, "__dict__", {}).get("write"), "tee", None)
    if isinstance(tee, Tee):
        return tee
    encoding = str(getattr(stream, "encoding", None) or "utf-8")
    if buffer is not None:
        tee = Tee(buffer, stream, encoding)
        laid = tee.lay("write", _bytes_write(tee, buffer)) and tee.lay("flush", _bytes_flush(tee, buffer))
    else:
        tee = Tee(stream, None, "utf-8")
        laid = hasattr(stream, "write") and tee.lay("write", _text_write(tee, stream))
    if not laid:
        tee.lift()
        return None
    if not hasattr(sys, _NAME_IN_SYS):
        setattr(sys, _NAME_IN_SYS, _End())
    getattr(sys, _NAME_IN_SYS).tees.append(tee)
    return tee


def off(tee: Tee) -> None:
    """Lift a tee that no log is at any more."""
    tee.lift()
    end = getattr(sys, _NAME_IN_SYS, None)
    if end is not None:
        end.tees[:] = [other for other in end.tees if other is not tee]


def _own_buffer(stream: Any) -> Any:
    """Return the byte stream below one that Python made at its start; None for all others.

    What the program made is left its own end: were its byte stream to refer to us and we to it, it would not be
    closed when its last user is gone. Those that Python made live as long as it does.
    """
    buffer = getattr(stream, "buffer", None) if isinstance(stream, TextIOWrapper) else None
    own = [getattr(other, "buffer", None) for other in (sys.__stdout__, sys.__stderr__)]
    is_own = type(buffer) in (BufferedWriter, FileIO) and any(buffer is other for other in own)
    return buffer if is_own else None


def _weakly(thing: Any) -> Callable[[], Any]:
    from _weakref import ref

    try:
        return ref(thing)
    except TypeError:
        return lambda: thing


# These run also while Python ends and has cleared our modules: hence no name of a module in them, and no error.


def _bytes_write(tee: Tee, buffer: Any) -> Callable[[Any], Any]:
    original, plain, at_once = buffer.write, bytes, isinstance(buffer, FileIO)
    outside, beyond = _outside, foreign

    def write(data: Any, /) -> Any:
        try:
            count = original(data)
        except BaseException as problem:
            if isinstance(problem, BlockingIOError):
                tee.note(data, problem.characters_written)
            problem.__traceback__ = outside(problem)
            raise
        try:
            if type(data) is plain and count == len(data):
                for log in tee.logs:
                    log.write(data)
            else:
                tee.note(data, count)
            if at_once:
                tee.flush()
        except BaseException as problem:  # Ctrl-C, or what a signal's handler raises: the program's
            trace = beyond(problem)
            if trace is None and isinstance(problem, Exception):
                return count  # recording never changes what a program prints
            problem.__traceback__ = trace
            raise
        return count

    write.tee = tee  # type: ignore[attr-defined]
    return write


def _bytes_flush(tee: Tee, buffer: Any) -> Callable[[], None]:
    original, get_own, outside, beyond = buffer.flush, get_ident, _outside, foreign

    def flush() -> None:
        try:
            if not tee.quiet or tee.quiet != get_own():
                original()
        except BaseException as problem:
            tee.flush()
            problem.__traceback__ = outside(problem)
            raise
        try:
            tee.flush()
        except BaseException as problem:
            trace = beyond(problem)
            if trace is None and isinstance(problem, Exception):
                return  # recording never changes what a program prints
            problem.__traceback__ = trace
            raise

    return flush


def _text_write(tee: Tee, stream: Any) -> Callable[..., Any]:
    original, outside, beyond = _original(stream), _outside, foreign

    def write(*texts: Any, **named: Any) -> Any:
        try:
            result = original(*texts, **named)
        except BaseException as problem:
            problem.__traceback__ = outside(problem)
            raise
        try:
            tee.note_text(texts[0] if texts else next(iter(named.values())))
        except BaseException as problem:
            trace = beyond(problem)
            if trace is None and isinstance(problem, Exception):
                return result  # recording never changes what a program prints
            problem.__traceback__ = trace
            raise
        return result

    write.tee = tee  # type: ignore[attr-defined]
    return write


def _outside(problem: BaseException, here: str = __file__) -> Any:
    """Return an exception's trace without the frames of this module: the program cannot tell that we are there.

    Python 3.10 keeps the frame that raises again.
    """
    trace = problem.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == here:
        trace = trace.tb_next
    return trace


def _original(stream: Any) -> Callable[..., Any]:
    """Return the stream's own ``write``, such that it does not keep the stream alive where that can be."""
    method, known = getattr(type(stream), "write", None), _weakly(stream)
    if not hasattr(method, "__get__") or "write" in getattr(stream, "__dict__", {}):
        return stream.write  # type: ignore[no-any-return]

    def write(*texts: Any, **named: Any) -> Any:
        own = known()
        return method.__get__(own, type(own))(*texts, **named)  # type: ignore[union-attr]

    return write
