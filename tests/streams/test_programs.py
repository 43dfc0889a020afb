"""The program cannot tell: a table of programs, each run with and without a capture, on pipe, file and terminal."""

from __future__ import annotations

import importlib.util
import re
import sys

import pytest
from streams.conftest import Bench, Outcome
from streams.specification import collapsed

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="shells, terminals and forks are POSIX's")

PROGRAMS = {
    "print": "print('one'); print('two', file=sys.stderr)",
    "nothing": "",
    "no end of line": "print('a', end=''); print('b', end='', file=sys.stderr)",
    "write": "sys.stdout.write('x'); sys.stdout.writelines(['y', 'z\\n'])",
    "what print returns": "print(sys.stdout.write('abc'), sys.stdout.buffer.write(b'de'), sys.stdout.flush())",
    "bytes": "sys.stdout.buffer.write(bytes(range(256)) * 50); sys.stdout.buffer.writelines([b'a', b'b'])",
    "bytes of other kinds": (
        "import array\n"
        "sys.stdout.buffer.write(memoryview(b'mem')); sys.stdout.buffer.write(bytearray(b'ba'))\n"
        "sys.stdout.buffer.write(array.array('d', [1.5])); sys.stdout.buffer.flush()"
    ),
    "raw": "sys.stdout.flush(); sys.stdout.buffer.raw.write(b'raw\\n')",
    "broken utf-8": "sys.stdout.buffer.write(b'\\xff\\xfe\\x80\\n'); print('\\udcff'.encode('utf-8', 'surrogateescape'))",
    "surrogate": "print('\\ud800')",
    "what sys.stdout is": (
        "for s in (sys.stdout, sys.stderr):\n"
        "    print(type(s), s.name, s.mode, s.encoding, s.errors, s.newlines, s.line_buffering, s.write_through,\n"
        "          s.isatty(), s.fileno(), s.closed, s.readable(), s.writable(), s.seekable(),\n"
        "          type(s.buffer), s.buffer.name, s.buffer.mode, s.buffer.closed, s is getattr(sys, '__%s__' % s.name[1:-1]))\n"
        "    print(os.isatty(s.fileno()), s)"
    ),
    "many returns": "for i in range(20000): print('%6d' % i, end='\\r')\nprint()",
    "flush": "for i in range(200): print(i, flush=True)",
    "order": "for i in range(100): print('o', i); sys.stdout.flush(); print('e', i, file=sys.stderr)",
    "flood": "for i in range(30000): print('line', i, 'x' * 60)",
    "one long line": "print('x' * 300000)",
    "logging before": (
        "import logging; logging.basicConfig(level=10); logging.info('one'); logging.getLogger('a').warning('two')"
    ),
    "logging to stdout": "import logging; logging.basicConfig(stream=sys.stdout, level=10); logging.debug('x')",
    "warnings": "import warnings; warnings.warn('careful')",
    "traceback": "print('start')\ndef f(): raise ValueError('bad')\nf()",
    "exit text": "sys.exit('no data')",
    "exit 3": "print('x'); sys.exit(3)",
    "os._exit": "print('lost'); os._exit(4)",
    "os._exit after flush": "print('kept', flush=True); os._exit(4)",
    "abort": "print('x', flush=True); os.abort()",
    "sigkill": "print('x', flush=True); import signal; os.kill(os.getpid(), signal.SIGKILL)",
    "closed by the program": "print('x'); sys.stdout.close(); print('y', file=sys.stderr)",
    "print to a closed one": "sys.stdout.close(); print('y')",
    "fd closed": "print('x', flush=True); os.close(1); print('y')",
    "redirected fd": "fd = os.open('own', os.O_CREAT | os.O_WRONLY); os.dup2(fd, 1); print('into a file')",
    "replaced by StringIO": "import io; sys.stdout = io.StringIO(); print('x'); sys.stderr.write(sys.stdout.getvalue())",
    "redirect_stdout": (
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()) as s: print('in')\nprint('out', repr(s.getvalue()))"
    ),
    "own tee": (
        "class Tee:\n"
        "    def __init__(self, s): self.s = s; self.n = 0\n"
        "    def write(self, t): self.n += 1; return self.s.write(t)\n"
        "    def flush(self): self.s.flush()\n"
        "sys.stdout = Tee(sys.stdout); print('x', 'y'); sys.stderr.write(str(sys.stdout.n))"
    ),
    "wrapped anew": "import io; sys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'latin-1'); print('\\xe9')",
    "detached": "import io; sys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-16'); print('x')",
    "reopened": "sys.stdout = open(sys.stdout.fileno(), 'w', buffering=1, closefd=False); print('x')",
    "reconfigured": "sys.stdout.reconfigure(encoding='ascii', errors='replace', line_buffering=True); print('\\xe9')",
    "no stdout": "sys.stdout = None; print('x')",
    "one for both": "sys.stderr = sys.stdout; print('a'); print('b', file=sys.stderr)",
    "atexit": "atexit.register(print, 'bye'); atexit.register(lambda: sys.stderr.write('err bye')); print('hello')",
    "printing destructor": (
        "class A:\n    def __del__(self, out=sys.stdout): out.write('gone\\n')\na = A(); print('x')"
    ),
    "error in atexit": "def f(): raise ValueError('late')\natexit.register(f); print('x')",
    "subprocess": "import subprocess; print('a', flush=True); subprocess.run([sys.executable, '-c', 'print(1)'])",
    "os.system": "print('a', flush=True); os.system('echo from a shell; echo err >&2')",
    "os.write": "os.write(1, b'low\\n'); os.write(2, b'err\\n')",
    "fork": (
        "print('parent', flush=True)\n"
        "pid = os.fork()\nif not pid:\n    print('child'); sys.exit(5)\n"
        "print(os.waitpid(pid, 0)[1])"
    ),
    "fork with words waiting": "print('waiting')\nif not os.fork(): sys.exit()\nos.wait()",
    "threads": (
        # With a lock of its own: without one, Python itself loses some of what threads print.
        "import threading\nlock = threading.Lock()\n"
        "def work(n):\n    for i in range(500):\n        with lock: print(n, i, 't' * 30)\n"
        "ts = [threading.Thread(target=work, args=(n,)) for n in range(4)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]"
    ),
    "a handler that prints": (
        "import signal\n"
        "signal.signal(signal.SIGALRM, lambda *a: sys.stdout.write('.' * 8))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)\n"
        "for i in range(20000): sys.stdout.write('.' * 8)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0); sys.stdout.flush(); sys.stderr.write('ok')"
    ),
    "deep recursion": "def f(n):\n    if n: return f(n - 1)\n    print('deep')\nf(900)",
    "faulthandler": "import faulthandler; faulthandler.enable(); print('x', flush=True); faulthandler._sigsegv()",
    "exec": "print('a', flush=True); os.execv('/bin/echo', ['echo', 'b'])",
    "input": "print(repr(sys.stdin.read()))",
    "descriptors": "print(open(os.devnull).fileno(), os.open(os.devnull, os.O_RDONLY))",
    "wait": "try: os.wait()\nexcept ChildProcessError: print('no children')",
    "last words of a daemon thread": (
        "import threading, time\nprint('x')\n"
        "threading.Thread(target=lambda: [time.sleep(.001) for _ in iter(int, 1)], daemon=True).start()"
    ),
}


def compare(name: str, plain: Outcome, ours: Outcome) -> None:
    assert told(name, ours) == told(name, plain)


def told(name: str, outcome: Outcome) -> Outcome:
    """Return what must be the same, without what differs from run to run."""
    stdout, stderr, code = outcome
    if name == "threads":
        stdout = b"\n".join(sorted(stdout.splitlines()))
    if name == "a handler that prints":
        stdout = b""
    if sys.version_info < (3, 11):
        stdout, stderr = without_our_frames(stdout), without_our_frames(stderr)
    return Outcome(*(re.sub(rb"0x[0-9a-fA-F]+", b"0x", text) for text in (stdout, stderr)), code)


def without_our_frames(text: bytes) -> bytes:
    """Leave out the lines of a traceback that Python 3.10 adds for a function that raises again."""
    text = re.sub(rb'  File "[^"]*streams/tee.py", line [^\n]*\n    [^\n]*\n', b"", text)
    return re.sub(rb"Traceback \(most recent call last\):\r?\n(?! )", b"", text)


every_program = pytest.mark.parametrize("name", PROGRAMS)


@POSIX
@every_program
@pytest.mark.parametrize("level", ["sys", "fd"])
def test_a_program_on_pipes_cannot_tell(bench: Bench, name: str, level: str) -> None:
    compare(name, bench.piped(PROGRAMS[name], None), bench.piped(PROGRAMS[name], level))


@POSIX
@every_program
def test_an_unbuffered_program_cannot_tell(bench: Bench, name: str) -> None:
    compare(name, bench.piped(PROGRAMS[name], None, ("-u",)), bench.piped(PROGRAMS[name], "sys", ("-u",)))


@POSIX
@every_program
@pytest.mark.parametrize("level", ["sys", "fd"])
def test_a_program_that_writes_to_files_cannot_tell(bench: Bench, name: str, level: str) -> None:
    compare(name, bench.in_file(PROGRAMS[name], None), bench.in_file(PROGRAMS[name], level))


@POSIX
@every_program
@pytest.mark.parametrize("level", ["sys", "fd"])
def test_a_program_on_a_terminal_cannot_tell(bench: Bench, name: str, level: str) -> None:
    compare(name, bench.on_terminal(PROGRAMS[name], None), bench.on_terminal(PROGRAMS[name], level))


@POSIX
@every_program
def test_a_developer_of_python_cannot_tell(bench: Bench, name: str) -> None:
    strict = ("-X", "dev", "-W", "error")
    compare(name, bench.piped(PROGRAMS[name], None, strict), bench.piped(PROGRAMS[name], "sys", strict))


# What a log does not hold at level sys, since no byte stream of Python's gets it.
NOT_SEEN = {
    "raw": "written below the stream that is looked at",
    "reopened": "a stream of the program's own, made later",
    "fd closed": "the terminal never gets it",
    "redirected fd": "goes into a file of the program's",
    "detached": "the error of the old stream at the end is C's",
    "faulthandler": "written in C",
    "subprocess": "another process",
    "os.system": "another process",
    "os.write": "below Python's streams",
    "exec": "another program",
    "fork": "the child has a log of its own",
    "fork with words waiting": "the child has a log of its own",
    "abort": "Python in C says where, in the mode for developers",
    "threads": "lines of threads may change places",
    "printing destructor": "Python has cleared all modules by then",
}


@POSIX
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - NOT_SEEN.keys()))
@pytest.mark.parametrize("python", [(), ("-u",)], ids=["buffered", "unbuffered"])
def test_the_logs_hold_what_the_terminal_saw(bench: Bench, name: str, python: tuple[str, ...]) -> None:
    outcome = bench.piped(PROGRAMS[name], "sys", python)
    logs = [collapsed(text) for text in (outcome.stdout, outcome.stderr)]
    if name == "one for both":
        assert bench.log() == logs[0]
    else:
        assert [bench.log(), bench.log("stderr.log")] == logs


# Two pipes, or what one program of another sees: order among different writers is not that of one log.
@POSIX
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - {"printing destructor"}))
def test_the_logs_below_hold_what_anybody_wrote(bench: Bench, name: str) -> None:
    outcome = bench.piped(PROGRAMS[name], "fd")
    bench.settle()
    assert [bench.log(), bench.log("stderr.log")] == [collapsed(text) for text in (outcome.stdout, outcome.stderr)]


@POSIX
@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - {"printing destructor"}))
def test_a_log_of_a_terminal_holds_both_in_their_order(bench: Bench, name: str) -> None:
    shown = bench.on_terminal(PROGRAMS[name], "fd").stdout
    bench.settle()
    assert bench.log().replace(b"\r\n", b"\n") == collapsed(shown).replace(b"\r\n", b"\n")
    assert bench.log("stderr.log") == b""


LINES = {
    # The reader is gone before the first word: else it would be chance which word meets that.
    "nobody reads": '{ while [ ! -e gone ]; do sleep 0.01; done; "$@"; echo $? >code; } | { exec <&-; : >gone; }',
    "full disk": '"$@" >/dev/full; echo $? >code',
    "full disk for errors": '"$@" 2>/dev/full; echo $? >code',
    "null": '"$@" >/dev/null; echo $? >code',
    "no stdout": '"$@" >&-; echo $? >code',
    "no stderr": '"$@" 2>&-; echo $? >code',
    "neither": '"$@" >&- 2>&-; echo $? >code',
    "both to one pipe": '"$@" 2>&1; echo $? >code',
    "appended": 'echo before >out; "$@" >>out 2>&1; echo $? >code; cat out',
    "one file, two openings": '"$@" >out 2>err; echo $? >code; cat out err',
    "read-only descriptor": '"$@" 1</dev/null; echo $? >code',
}
SAID = {
    "little": "print('one'); print('two'); print('err', file=sys.stderr)",
    "much": "for i in range(20000): print('line', i)\nprint('err', file=sys.stderr)",
    "flushed": "for i in range(100): print('line', i, flush=True)\nprint('err', file=sys.stderr)",
    "traceback": "print('x'); 1 / 0",
}


@POSIX
@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("said", SAID)
def test_a_broken_or_missing_end_is_the_programs_own(bench: Bench, line: str, said: str) -> None:
    found = []
    for level in (None, "sys"):
        outcome = bench.in_shell(SAID[said], level, LINES[line])
        found.append((outcome, (bench.folder / "code").read_bytes()))
        (bench.folder / "gone").unlink(missing_ok=True)
    (plain, plain_code), (ours, our_code) = found
    assert our_code == plain_code
    compare(said, plain, ours)


@POSIX
@pytest.mark.parametrize("level", ["sys", "fd"])
@pytest.mark.parametrize("said", ["little", "much", "flushed"])
def test_the_first_line_reaches_who_wants_no_more(bench: Bench, level: str, said: str) -> None:
    outcome = bench.in_shell(SAID[said], level, '{ "$@"; echo $? >code; } | head -1')
    assert outcome.stdout in (b"one\n", b"line 0\n")
    assert (bench.folder / "code").read_text() in ("0\n", "1\n", "120\n")


# That nobody reads is learnt late there: by a broken pipe at the next word but one.
@POSIX
@pytest.mark.parametrize("line", sorted(LINES.keys() - {"nobody reads"}))
@pytest.mark.parametrize("said", SAID)
def test_a_missing_end_is_the_programs_own_below_too(bench: Bench, line: str, said: str) -> None:
    found = []
    for level in (None, "fd"):
        outcome = bench.in_shell(SAID[said], level, LINES[line])
        found.append((outcome, (bench.folder / "code").read_bytes()))
    (plain, plain_code), (ours, our_code) = found
    assert our_code == plain_code
    compare(said, plain, ours)


@POSIX
def test_a_broken_pipe_reaches_a_program_below_too(bench: Bench) -> None:
    endless = "while True: print('y')"
    outcome = bench.in_shell(endless, "fd", '{ "$@"; echo $? >code; } | head -1')
    assert outcome.stdout == b"y\n" and (bench.folder / "code").read_text() == "1\n"


LIBRARIES = {
    "tqdm": "import tqdm, time\nfor _ in tqdm.tqdm(range(50), mininterval=0): time.sleep(.001)\ntqdm.tqdm.write('x')",
    "rich": "import rich.progress\nfor _ in rich.progress.track(range(30), refresh_per_second=1000): pass",
    "click": "import click; click.echo('x'); click.secho('y', fg='red'); click.echo(b'z'); click.echo('e', err=True)",
}


@POSIX
@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("level", ["sys", "fd"])
def test_what_libraries_show_arrives_and_is_kept(bench: Bench, name: str, level: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed here")
    plain, ours = bench.piped(LIBRARIES[name], None), bench.piped(LIBRARIES[name], level)
    assert ours.code == plain.code == 0 and ours.stdout == plain.stdout
    assert ours.stderr.split(b"\r")[0] == plain.stderr.split(b"\r")[0]
    assert bench.log() + bench.log("stderr.log")
    shown = bench.on_terminal(LIBRARIES[name], level)
    assert shown.code == 0 and shown.stdout
