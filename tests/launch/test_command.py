"""``exparse run -- command``: any program is run as if nothing stood before it, and recorded."""

from __future__ import annotations

import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from exparse.launch import child
from exparse.store import liveness
from exparse.store.root import Root
from exparse.store.run import Run
from tests.making import soon

NO_INPUT = {"stdin": subprocess.DEVNULL}
RUN = [sys.executable, "-m", "exparse", "run"]
# A log keeps of a line that "\\r" writes anew the last state alone.
ALL_BYTES = bytes(set(range(256)) - {13})
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals, terminals and sh are those of POSIX")
pytestmark = posix


def ran(folder: Path, *words: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Return how ``exparse run`` ended with these words behind it."""
    options: dict[str, object] = {
        "capture_output": True,
        "timeout": 60,
        **({} if "input" in more else NO_INPUT),
        **more,
    }
    return subprocess.run([*RUN, *words], cwd=folder, **options)  # type: ignore[call-overload,no-any-return]


def only(folder: Path) -> Run:
    """Return the one run that was made in a folder."""
    (run,) = Root(folder / "exruns").runs()
    return run


def test_a_command_is_recorded_with_its_words_its_output_and_its_exit_code(odd_folder: Path) -> None:
    words = ["-x", "", 'it\'s "one"', "two\nlines", "--name", "*", "$HOME"]
    say = "import os, sys; os.write(1, sys.stdin.buffer.read()); os.write(2, os.fsencode(sys.argv[1])); sys.exit(255)"
    ended = ran(odd_folder, "--name", "bytes", "--tag", "a,b", "--", sys.executable, "-c", say, *words,
                input=ALL_BYTES * 300)  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (255, ALL_BYTES * 300, b"-x")
    run = only(odd_folder)
    assert (run.state, run.status.exit_code, run.label, run.tags) == ("failed", 255, "bytes", ["a", "b"])
    assert run.params == {"args": ["-c", say, *words]}
    assert (run.path / "stdout.log").read_bytes() == ended.stdout
    assert (run.path / "stderr.log").read_bytes() == b"-x"
    told = run.metadata
    assert (told["by"], told["runner"]) == ("argv", {"kind": "command", "target": sys.executable})
    assert (told["prog"], told["script"]) == (Path(sys.executable).name, sys.executable)
    assert told["argv"] == ["-c", say, *words] and told["cwd"] == str(odd_folder)


def test_a_signal_that_ends_the_command_ends_us_and_is_the_runs(tmp_path: Path) -> None:
    ended = ran(tmp_path, "--", "sh", "-c", "echo before; kill -9 $$")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, b"before\n")
    run = only(tmp_path)
    assert (run.state, run.status.signal, run.status.exit_code) == ("killed", "SIGKILL", None)
    assert run.metadata["script"] is None


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1"])
def test_signals_for_us_alone_reach_the_command_which_decides(tmp_path: Path, name: str) -> None:
    waits = f"trap 'echo heard; exit 7' {name[3:]}; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen([*RUN, "--", "sh", "-c", waits], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(signal.Signals[name])
        assert process.stdout.read() == "heard\n"
    assert process.returncode == 7
    assert (only(tmp_path).state, only(tmp_path).status.exit_code) == ("failed", 7)


def test_a_command_that_cannot_be_started_leaves_no_run_and_no_root(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("echo\n")
    (tmp_path / "odd").write_text("no first line\n")
    (tmp_path / "odd").chmod(0o755)
    (tmp_path / "lost").write_text("#!/nowhere/at/all\n")
    (tmp_path / "lost").chmod(0o755)
    expected = {"nosuch-command": 127, "./nosuch": 127, "./plain": 126, "./odd": 126, "./lost": 127, "/": 126}
    for word, code in expected.items():
        ended = ran(tmp_path, "--", word)
        assert (ended.returncode, ended.stdout) == (code, b""), word
        assert ended.stderr.startswith(f"exparse: error: {word}: ".encode()) and ended.stderr.count(b"\n") == 1
        assert not Root(tmp_path / "exruns").runs() if (tmp_path / "exruns").exists() else True
    assert ran(tmp_path, "--").returncode == 2


def test_a_pipe_that_closes_ends_what_writes_and_one_that_ends_is_read_to_its_end(tmp_path: Path) -> None:
    run = " ".join(map(repr, RUN))
    ended = subprocess.run(
        f"yes | {run} -- head -1; {run} --no-record -- yes | head -2; {run} -- cat </dev/null; {run} -- sh -c true <&-",
        shell=True, capture_output=True, text=True, cwd=tmp_path, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "y\ny\ny\n", "")
    assert [run.state for run in Root(tmp_path / "exruns").runs()] == ["finished"] * 3


def test_what_a_command_starts_is_its_runs_child_and_knows_its_folder(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import exparse\nexparse.ExParser().parse_args()\n")
    ended = ran(
        tmp_path, "--name", "outer", "--", "sh", "-c", f"printf %s $EXPARSE_RUN; {shlex.quote(sys.executable)} main.py"
    )
    outer, inner = Root(tmp_path / "exruns").runs()
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, os.fsencode(outer.path), b"")
    assert inner.metadata["parents"] == [outer.name] and outer.metadata["parents"] == []
    assert outer.state == inner.state == "finished"


def test_where_nothing_is_to_be_recorded_the_command_runs_all_the_same(tmp_path: Path) -> None:
    for words, more in (["--no-record"], {}), ([], {"EXPARSE_RECORD": "0"}):
        ended = ran(tmp_path, *words, "--", "sh", "-c", "echo on; exit 3", env={**os.environ, **more})
        assert (ended.returncode, ended.stdout) == (3, b"on\n")
    (tmp_path / "file").touch()
    broken = {**os.environ, "EXPARSE_ROOT": str(tmp_path / "file")}
    assert ran(tmp_path, "--", "echo", "on", env=broken).stdout == b""
    assert ran(tmp_path, "--", "echo", "on", env={**broken, "EXPARSE_RECORD": "try"}).stdout == b"on\n"
    assert not (tmp_path / "exruns").exists()


@pytest.mark.slow
def test_an_equal_command_goes_on_where_that_is_asked_for_and_another_does_not(tmp_path: Path) -> None:
    for word in ("echo", "echo", "printf"):
        assert ran(tmp_path, "--resume", "--", word, "x").returncode == 0
    first, second = Root(tmp_path / "exruns").runs()
    assert (first.status.attempt, second.status.attempt) == (2, 1)
    assert (first.path / "stdout.log").read_text() == "x\nx\n"


@pytest.mark.slow
def test_the_command_outlives_our_death_and_its_output_is_kept(tmp_path: Path) -> None:
    says = "echo ready; sleep 1; echo last"
    with subprocess.Popen([*RUN, "--", "sh", "-c", says], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.kill()
        assert process.stdout.read() == "last\n"
    run = only(tmp_path)
    assert run.state == "lost"
    until = soon()
    while (run.path / "stdout.log").read_text() != "ready\nlast\n" and time.monotonic() < until:
        time.sleep(0.05)
    assert (run.path / "stdout.log").read_text() == "ready\nlast\n"


def test_secrets_among_the_words_stand_in_no_file(tmp_path: Path) -> None:
    ended = ran(tmp_path, "--", "echo", "--password", "hunter22", "--api-key=qwertz99", "hunter22", "plain")
    assert ended.stdout == b"--password hunter22 --api-key=qwertz99 hunter22 plain\n"
    run = only(tmp_path)
    assert run.params == {"args": ["--password", "******", "--api-key=******", "******", "plain"]}
    held = b"".join(path.read_bytes() for path in run.path.rglob("*") if path.is_file())
    assert b"hunter22" not in held and b"qwertz99" not in held and b"plain" in held


IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
ASKS = """
import os, sys, termios, time
print([os.isatty(n) for n in (0, 1, 2)], os.ttyname(0) == os.ttyname(2), os.tcgetpgrp(1) == os.getpgrp())
print(os.get_terminal_size(), flush=True)
print(open("/dev/tty").readline().strip(), flush=True)
kind = termios.tcgetattr(1); kind[3] &= ~(termios.ICANON | termios.ECHO); termios.tcsetattr(1, termios.TCSANOW, kind)
print("raw", flush=True)
print(repr(os.read(0, 1)), flush=True)
try:
    print("? ", flush=True)
    # Not input(): Python's own does not see an interrupt that comes between its prompt and its read.
    while True: time.sleep(0.05)
except KeyboardInterrupt: print("interrupted"); sys.exit(4)
"""


class Terminal:
    """A terminal with a command on it, recorded; ``ours`` is where the person is, ``its`` the other end."""

    def __init__(self, folder: Path) -> None:
        self.folder, (self.ours, self.its) = folder, os.openpty()
        self._open = [self.ours, self.its]
        self.said = b""

    def start(
        self, *words: str, before: tuple[str, ...] = (), options: tuple[str, ...] = ()
    ) -> subprocess.Popen[bytes]:
        """Start a command, by way of the words before; it leads a session of its own here."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", IN_TERMINAL, *before, *RUN, *options, "--", *words],
            stdin=self.its, stdout=self.its, stderr=self.its, cwd=self.folder, start_new_session=True,
        )  # fmt: skip
        return self.process

    def read(self, patience: float = 1.0) -> bool:
        """Read what there is; return False where nothing comes for so many seconds, or nothing can."""
        if self._open and select.select([self.ours], [], [], patience)[0]:
            try:
                self.said += os.read(self.ours, 1 << 16)
            except OSError:
                return False  # nobody holds the other end any more
            return True
        return False

    def read_until(self, awaited: bytes) -> None:
        """Read until something was said since the last key."""
        until = soon()
        while awaited not in self.said.rpartition(b"\x00")[2] and time.monotonic() < until:
            self.read()
        assert awaited in self.said.rpartition(b"\x00")[2], self.said

    def type(self, key: bytes) -> None:
        """Press keys."""
        self.said += b"\x00"
        os.write(self.ours, key)

    def resize(self, lines: int, columns: int) -> None:
        """Give the window a size."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.its, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for_stop(self) -> None:
        """Wait until the command has stopped, and we with it."""
        found, until = 0, soon()
        while not found and time.monotonic() < until:
            self.read(0.05)
            found, status = os.waitpid(self.process.pid, os.WUNTRACED | os.WNOHANG)
        assert found and os.WIFSTOPPED(status), self.said

    def close(self) -> None:
        """Take the terminal away."""
        while self._open:
            os.close(self._open.pop())


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """Make a terminal; what runs on it ends with the test."""
    made = Terminal(tmp_path)
    yield made
    made.process.kill()
    made.process.wait()
    made.close()


def test_a_terminal_is_a_terminal_for_the_command_and_its_keys_are_the_commands(
    terminal: Terminal, tmp_path: Path
) -> None:
    import termios

    terminal.resize(31, 97)
    before = termios.tcgetattr(terminal.its)
    process = terminal.start(sys.executable, "-c", ASKS)
    for awaited, key in ((b"lines=31)", b"typed\n"), (b"raw", b"k"), (b"? ", b"\x03"), (b"interrupted\r", b"")):
        terminal.read_until(awaited)
        terminal.type(key)
    assert process.wait(30) == 4
    lines = terminal.said.replace(b"\x00", b"").replace(b"\r\n", b"\n").splitlines()
    assert lines[:2] == [b"[True, True, True] True True", b"os.terminal_size(columns=97, lines=31)"]
    assert termios.tcgetattr(terminal.its) == before
    run = only(tmp_path)
    assert (run.state, run.status.exit_code) == ("failed", 4)
    log = (run.path / "stdout.log").read_bytes()
    assert log.startswith(b"[True, True, True] True True\n") and b"raw\n" in log and b"b'k'\n" in log


def room_of_a_terminal() -> int:
    """Return how many bytes a terminal takes that nobody reads."""
    import tty

    ours, its = os.openpty()
    tty.setraw(its)
    os.set_blocking(its, False)
    taken = refused = 0
    while refused < 10:
        try:
            taken += os.write(its, bytes(500))
        except BlockingIOError:
            refused += 1
            time.sleep(0.01)
    os.close(ours)
    os.close(its)
    return taken


def test_what_is_printed_first_and_last_is_shown_as_it_is(terminal: Terminal, tmp_path: Path) -> None:
    """Also where the command has ended before the person's terminal has taken all of it."""
    count = int(1.4 * room_of_a_terminal()) // len(b"12345678\r\n")
    process = terminal.start("sh", "-c", f"yes 12345678 | head -n {count}; : >done")
    until = soon()
    while not (tmp_path / "done").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.3)  # long enough to see the end, not so long that what still waits is given up
    while terminal.read():
        continue
    assert process.wait(30) == 0
    assert terminal.said == b"12345678\r\n" * count


def test_a_command_that_is_stopped_gives_the_terminal_back_and_goes_on_with_it(terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.its)
    process = terminal.start("sh", "-c", "echo ready; read x; echo got $x; read x; echo got $x; exit 6")
    for key in (b"one", b"two"):
        terminal.read_until(b"ready" if key == b"one" else b"got one")
        terminal.type(b"\x1a") if key == b"one" else process.send_signal(signal.SIGTSTP)
        terminal.wait_for_stop()
        assert termios.tcgetattr(terminal.its) == before
        process.send_signal(signal.SIGCONT)
        terminal.type(key + b"\n")
    terminal.read_until(b"got two")
    assert process.wait(30) == 6


COUNTS = """
import os, signal, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
signal.signal(signal.SIGWINCH, lambda *_: os.write(1, b"%d %d\\n" % os.get_terminal_size(1)))
print("ready", flush=True)
while not heard: time.sleep(0.05)
time.sleep(0.3)
print("heard", len(heard), flush=True)
while True: time.sleep(0.05)
"""


@pytest.mark.parametrize("options", [("--capture", "off"), ()], ids=["without us", "through us"])
def test_keys_reach_a_command_once_where_the_terminal_is_not_its_own(
    terminal: Terminal, options: tuple[str, ...]
) -> None:
    # Standard input is no terminal: then the command stays in our group.
    before = ("sh", "-c", 'exec "$@" </dev/null', "sh")
    process = terminal.start(sys.executable, "-c", COUNTS, before=before, options=options)
    terminal.read_until(b"ready")
    terminal.resize(40, 111)
    terminal.read_until(b"111 40")
    terminal.type(b"\x03")
    terminal.read_until(b"heard 1\r")
    process.send_signal(signal.SIGQUIT)
    assert process.wait(30) == -signal.SIGQUIT


def test_a_program_that_ctrl_z_stops_stops_us_and_both_go_on(terminal: Terminal) -> None:
    # The leader of a session has nobody who could continue it: the system stops nothing there.
    words = [
        sys.executable,
        "-c",
        "from exparse.launch import child; print(child.run(['sh', '-c', 'echo ready; read x']))",
    ]
    shell = f"set -m; {shlex.join(words)}; echo stopped; fg; echo over"
    terminal.start("bash", "-c", shell, options=("--no-record",))
    terminal.read_until(b"ready")
    terminal.type(b"\x1a")
    terminal.read_until(b"stopped\r")
    terminal.type(b"x\n")
    terminal.read_until(b"over\r")
    assert b"\n0\r\nover" in terminal.said


def test_keys_that_a_command_does_not_read_hold_up_nobody(terminal: Terminal, tmp_path: Path) -> None:
    process = terminal.start("sh", "-c", "stty -echo; echo ready; while [ ! -e go ]; do sleep 0.05; done; exit 5")
    terminal.read_until(b"ready")
    os.set_blocking(terminal.ours, False)
    refused = 0
    while refused < 30:
        try:
            os.write(terminal.ours, b"a line that was pasted\n" * 100)
            refused = 0
        except BlockingIOError:
            refused += 1
            time.sleep(0.01)
    (tmp_path / "go").touch()
    assert process.wait(30) == 5


def test_a_terminal_that_goes_away_ends_all_of_a_command_that_it_would(terminal: Terminal, tmp_path: Path) -> None:
    process = terminal.start("sh", "-c", "sleep 60 & echo $! >pid; echo ready; wait; echo on")
    terminal.read_until(b"ready")
    terminal.close()
    assert process.wait(30) == -signal.SIGHUP
    until, pid = soon(), int((tmp_path / "pid").read_text())
    while liveness.start_of(pid) is not None and time.monotonic() < until:
        time.sleep(0.02)
    assert liveness.start_of(pid) is None
    assert (only(tmp_path).state, only(tmp_path).status.signal) == ("killed", "SIGHUP")


def test_where_ends_of_children_are_ignored_a_command_on_a_terminal_has_its_exit_code(
    terminal: Terminal, tmp_path: Path
) -> None:
    process = terminal.start("sh", "-c", "exit 5", before=("bash", "-c", """trap '' CHLD; exec "$@" """, "bash"))
    assert process.wait(30) == 5
    assert only(tmp_path).status.exit_code == 5


@pytest.mark.slow
def test_a_command_with_a_terminal_of_its_own_that_is_killed_is_recorded_so(terminal: Terminal, tmp_path: Path) -> None:
    from exparse.cli.main import main

    process = terminal.start("sh", "-c", "trap '' HUP; echo $$ >pid; echo ready; exec sleep 60")
    terminal.read_until(b"ready")
    assert main(["--root", str(tmp_path / "exruns"), "stop", "last", "--signal", "KILL"]) == 0
    assert process.wait(30) == -signal.SIGKILL
    assert liveness.start_of(int((tmp_path / "pid").read_text())) is None
    run = only(tmp_path)
    assert (run.state, run.status.signal) == ("killed", "SIGKILL")


def test_signals_that_come_with_a_commands_end_do_not_end_who_waits_for_it() -> None:
    waits = "from exparse.launch import child; print(child.run(['sh', '-c', {!r}]), child.was_told_to_end())"
    says = "kill -INT $PPID; kill -TERM $PPID; exit 3"
    ended = subprocess.run([sys.executable, "-c", waits.format(says)], capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "3 True\n", "")


def test_a_child_gets_the_folder_the_environment_and_the_descriptors_that_it_is_to_have(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "tell"
    program.write_text('#!/bin/sh\npwd >out; echo "$0 $A" >>out; cat /dev/fd/$FD >>out; exit 6\n')
    program.chmod(0o755)
    (tmp_path / "text").write_text("of a file\n")
    handle = os.open(tmp_path / "text", os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        before = signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, [])
        env = {"PATH": f"{tmp_path}/nowhere:{tmp_path}/bin:/bin:/usr/bin", "A": "b", "FD": str(handle)}
        assert child.run(["tell"], cwd=str(tmp_path / "bin"), env=env) == 6
        assert (signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, [])) == before
    finally:
        os.close(handle)
    assert os.getcwd() == str(tmp_path)
    assert (tmp_path / "bin" / "out").read_text() == f"{tmp_path}/bin\n{program} b\nof a file\n"


def test_a_signal_is_named_also_where_python_has_no_name_for_it() -> None:
    assert child.signal_name(signal.SIGSEGV) == "SIGSEGV"
    assert child.signal_name(41) == "signal 41"
