"""From start to stop: which logs there are, what is in them, and that everything is given back."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest
from streams.conftest import Bench

from exparse.store import logs as on_disk
from exparse.streams import capture

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="forks, terminals and these signals are POSIX's")


def logs(bench: Bench) -> dict[str, bytes]:
    names = [path.name for path in bench.run.iterdir() if on_disk.parse_name(path.name)]
    return {name: bench.log(name) for name in sorted(names)}


def test_nothing_printed_makes_no_file(bench: Bench) -> None:
    assert bench.piped("", "sys").code == 0
    assert not list(bench.run.iterdir())


@pytest.mark.parametrize("level", ["sys", pytest.param("fd", marks=POSIX)])
def test_what_was_printed_before_is_not_in_the_log(bench: Bench, level: str) -> None:
    bench.file.write_text(
        "import sys\nprint('before')\n"
        "from exparse.streams import capture\n"
        f"c = capture.start({level!r}, {str(bench.run)!r})\n"
        "print('within')\nc.stop()\nprint('after')\n"
    )
    done = subprocess.run(bench.command(), env=bench.environment(None), capture_output=True, check=True)
    assert done.stdout.split() == [b"before", b"within", b"after"]
    assert bench.log() == b"within\n"


@pytest.mark.parametrize("level", ["sys", pytest.param("fd", marks=POSIX)])
def test_a_capture_within_another_is_in_both(bench: Bench, level: str) -> None:
    inner = bench.folder / "inner"
    inner.mkdir()
    source = f"""
        from exparse.streams import capture
        print('one'); print('err one', file=sys.stderr)
        c = capture.start({level!r}, {str(inner)!r})
        print('two'); print('err two', file=sys.stderr)
        c.stop()
        print('three')
    """
    outcome = bench.piped(source, level)
    assert outcome.stdout == b"one\ntwo\nthree\n" and outcome.code == 0
    assert bench.log() == b"one\ntwo\nthree\n" and bench.log("stderr.log") == b"err one\nerr two\n"
    assert on_disk.read(f"{inner}/stdout.log") == b"two\n"
    assert on_disk.read(f"{inner}/stderr.log") == b"err two\n"


def test_stop_gives_back_what_was_laid_over(bench: Bench) -> None:
    source = f"""
        from exparse.streams import capture
        before = [dict(vars(s.buffer)) for s in (sys.stdout, sys.stderr)]
        c = capture.start("sys", {str(bench.run)!r})
        print("x")
        c.stop()
        assert [dict(vars(s.buffer)) for s in (sys.stdout, sys.stderr)] == before
    """
    assert bench.piped(source, None).code == 0
    assert bench.log() == b"x\n"


@POSIX
@pytest.mark.parametrize("level", ["sys", "fd"])
@pytest.mark.parametrize("how", ["kill -9", "segfault", "os._exit", "exec"])
def test_what_was_flushed_is_there_however_the_program_ends(bench: Bench, level: str, how: str) -> None:
    end = {
        "kill -9": "os.kill(os.getpid(), 9)",
        "segfault": "import faulthandler; faulthandler._sigsegv()",
        "os._exit": "os._exit(0)",
        "exec": "os.execv('/bin/true', ['true'])",
    }[how]
    bench.piped(f"for i in range(2000): print('line', i)\nprint(end='50%\\r60%')\nsys.stdout.flush()\n{end}", level)
    bench.settle()
    assert bench.log() == b"".join(b"line %d\n" % i for i in range(2000)) + b"60%"


@POSIX
def test_a_program_killed_while_it_prints_leaves_a_log_that_is_a_beginning(bench: Bench) -> None:
    source = "i = 0\nwhile True:\n    print('line', i, flush=True)\n    i += 1"
    for tenth in range(8):
        bench.write(source)
        with subprocess.Popen(
            bench.command(), env=bench.environment("sys"), stdout=subprocess.PIPE, cwd=bench.folder
        ) as process:
            assert process.stdout is not None
            first = process.stdout.read(100)
            time.sleep(tenth / 100)
            os.kill(process.pid, signal.SIGKILL)
            shown = first + process.stdout.read()
        kept = bench.log()
        lines = kept.splitlines()
        assert lines == [b"line %d" % i for i in range(len(lines))] and kept.endswith(b"\n")
        # At most the line that was under way is missing.
        assert shown.splitlines()[-1] in (lines[-1], b"line %d" % len(lines))
        (bench.run / "stdout.log").unlink()


@POSIX
def test_forked_children_have_logs_of_their_own(bench: Bench) -> None:
    outcome = bench.piped(
        """
        print("parent", flush=True)
        pid = os.fork()
        if not pid:
            print("child")
            sys.exit()
        os.waitpid(pid, 0)
        print("pid", pid)
        """,
        "sys",
    )
    pid = outcome.stdout.split()[-1].decode()
    assert logs(bench) == {"stdout.log": f"parent\npid {pid}\n".encode(), f"stdout.p{pid}.log": b"child\n"}


@POSIX
def test_workers_have_logs_by_their_number(bench: Bench) -> None:
    bench.piped(
        """
        import multiprocessing as mp
        def inner(): print("inner")
        def work(n):
            print("work", n)
            if n == 2:
                p = mp.get_context("fork").Process(target=inner); p.start(); p.join()
                if not os.fork(): print("own fork"); sys.stdout.flush(); os._exit(0)
                os.wait()
        ps = [mp.get_context("fork").Process(target=work, args=(n,)) for n in (1, 2, 3)]
        [p.start() for p in ps]; [p.join() for p in ps]
        """,
        "sys",
    )
    found = logs(bench)
    fork = next(name for name in found if name.startswith("stdout.p"))
    assert found.pop(fork) == b"own fork\n"
    assert found == {
        "stdout.w1.log": b"work 1\n",
        "stdout.w2.log": b"work 2\n",
        "stdout.w3.log": b"work 3\n",
        "stdout.w2.1.log": b"inner\n",
    }


@POSIX
def test_a_rank_and_its_children_are_called_by_the_rank(bench: Bench) -> None:
    bench.piped(
        f"""
        import multiprocessing as mp
        from exparse.streams import capture
        c = capture.start("sys", {str(bench.run)!r}, "3")
        def work(): print("work")
        print("rank")
        p = mp.get_context("fork").Process(target=work); p.start(); p.join()
        c.stop()
        """,
        None,
    )
    assert logs(bench) == {"stdout.3.log": b"rank\n", "stdout.3.w1.log": b"work\n"}


@POSIX
def test_what_waits_in_the_parent_is_not_written_twice_by_us(bench: Bench) -> None:
    bench.piped(
        """
        sys.stdout.buffer.write(b"waits in the byte stream; ")
        if not os.fork(): os._exit(0)
        os.wait()
        print("end")
        """,
        "sys",
    )
    assert logs(bench) == {"stdout.log": b"waits in the byte stream; end\n"}


@POSIX
def test_below_all_children_are_in_the_one_log(bench: Bench) -> None:
    bench.piped(
        """
        import subprocess
        subprocess.run(["echo", "a subprocess"])
        if not os.fork(): os.write(1, b"a fork\\n"); os._exit(0)
        os.wait()
        os.write(2, b"low\\n")
        """,
        "fd",
    )
    assert logs(bench) == {"stdout.log": b"a subprocess\na fork\n", "stderr.log": b"low\n"}


@POSIX
def test_below_the_last_words_of_c_are_kept(bench: Bench) -> None:
    source = "import ctypes; c = ctypes.CDLL(None); c.printf(b'from C\\n')\nimport faulthandler; faulthandler.enable()"
    assert bench.piped(source, "fd").stdout == b"from C\n"
    assert bench.log() == b"from C\n"
    bench.piped("import faulthandler; faulthandler.enable(); faulthandler._sigsegv()", "fd")
    bench.settle()
    assert b"Fatal Python error: Segmentation fault" in bench.log("stderr.log")


@POSIX
def test_a_child_that_lives_on_holds_up_nobody(bench: Bench) -> None:
    bench.write("import subprocess; subprocess.Popen(['sh', '-c', 'sleep 1; echo late']); print('end')")
    with open(bench.folder / "out", "wb") as out:
        started = time.monotonic()
        subprocess.run(bench.command(), env=bench.environment("fd"), stdout=out, check=True)
        took = time.monotonic() - started
    assert (bench.folder / "out").read_bytes() == b"end\n" and bench.log() == b"end\n"
    while bench.log() != b"end\nlate\n":
        assert time.monotonic() - started < 60, bench.log()
        time.sleep(0.05)
    assert (bench.folder / "out").read_bytes() == b"end\nlate\n", took


@POSIX
def test_nobody_meets_the_keeper(bench: Bench) -> None:
    source = """
        try: os.wait()
        except ChildProcessError: print("no children")
    """
    assert bench.piped(source, "fd").stdout == b"no children\n"


@POSIX
def test_a_window_that_grows_is_seen_below(bench: Bench) -> None:
    import fcntl
    import pty
    import struct
    import termios

    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    bench.write(
        """
        import time
        print(os.get_terminal_size().columns, flush=True)
        while os.get_terminal_size().columns == 80: time.sleep(.01)
        print(os.get_terminal_size().columns, flush=True)
        """
    )
    with subprocess.Popen(bench.command(), env=bench.environment("fd"), stdout=inner, stderr=inner) as process:
        assert os.read(outer, 100) == b"80\r\n"
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", 24, 132, 0, 0))
        assert os.read(outer, 100) == b"132\r\n"
        assert process.wait(60) == 0
    os.close(outer)
    os.close(inner)


@pytest.mark.parametrize("level", ["sys", pytest.param("fd", marks=POSIX)])
def test_secrets_are_masked_in_all_logs(bench: Bench, level: str) -> None:
    bench.file.write_text(
        "import os, sys\n"
        "from exparse.streams import capture\n"
        f"c = capture.start({level!r}, {str(bench.run)!r}, None, ['hünter2', 'two words'])\n"
        "print('pass hün', end='', flush=True); print('ter2 and two words', flush=True)\n"
        "print('hünter2', file=sys.stderr)\n"
        "c.stop()\n",
        encoding="utf-8",
    )
    environment = {**bench.environment(None), "PYTHONUTF8": "1"}
    done = subprocess.run(bench.command(), env=environment, capture_output=True, check=True)
    assert "hünter2 and two words" in done.stdout.decode()
    assert logs(bench) == {"stdout.log": b"pass ****** and ******\n", "stderr.log": b"******\n"}


class _Odd:
    """A stream as users write them: it knows only ``write``."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def write(self, text: object) -> int:
        self.seen.append(text)
        return 7


class _Slots:
    __slots__ = ("seen",)

    def __init__(self) -> None:
        self.seen: list[str] = []

    def write(self, text: str) -> None:
        self.seen.append(text)


@pytest.mark.parametrize("make", [io.StringIO, _Odd, lambda: io.TextIOWrapper(io.BytesIO(), "utf-16", "surrogatepass")])
def test_streams_of_the_users_are_looked_at_where_text_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: type
) -> None:
    stream = make()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", None)
    kept = capture.start("sys", str(tmp_path))
    assert stream.write("one\n") in (4, 7)
    print("grün \udcff")
    kept.stop()
    stream.write("after\n")
    assert (tmp_path / "stdout.log").read_bytes() == "one\ngrün ".encode() + b"\xff\n"
    assert "write" not in vars(stream)


def test_a_stream_that_lets_nobody_look_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = _Slots()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", 5)
    kept = capture.start("sys", str(tmp_path))
    print("x")
    kept.stop(last=True)
    assert stream.seen == ["x", "\n"] and not [path for path in tmp_path.iterdir() if on_disk.parse_name(path.name)]


def test_a_stream_of_the_users_goes_when_its_last_user_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = io.BytesIO()
    stream = io.TextIOWrapper(below, "utf-8")
    with monkeypatch.context() as within:
        within.setattr(sys, "stdout", stream)
        kept = capture.start("sys", str(tmp_path))
        print("words")
    known = weakref.ref(stream)
    del stream
    assert known() is None and below.closed
    kept.stop()
    assert (tmp_path / "stdout.log").read_text() == "words\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device is Linux's")
def test_a_full_disk_below_the_run_is_one_warning(bench: Bench) -> None:
    bench.file.write_text(
        "import os, resource, sys\nfrom exparse.streams import capture\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4, resource.RLIM_INFINITY))\n"
        f"c = capture.start('sys', {str(bench.run)!r}, warn=lambda text: os.write(2, b'warned: ' + text.encode()))\n"
        "for i in range(9): print(i, flush=True)\n"
        "c.stop(last=True)\n"
    )
    done = subprocess.run(bench.command(), env=bench.environment(None), capture_output=True, check=True)
    assert done.stdout.split() == [b"%d" % i for i in range(9)]
    assert done.stderr.count(b"warned") == 1 and b"File too large" in done.stderr


def test_a_run_that_was_removed_is_not_made_anew(bench: Bench) -> None:
    outcome = bench.piped("import shutil; shutil.rmtree('the run'); print('x'); print('y', file=sys.stderr)", "sys")
    assert outcome.stdout == b"x\n" and outcome.stderr == b"y\n" and outcome.code == 0
    assert not bench.run.exists()


@POSIX
def test_a_daemon_that_closes_all_it_finds_keeps_its_files(bench: Bench) -> None:
    outcome = bench.piped(
        """
        print("one", flush=True)
        os.closerange(3, 1024)
        files = [os.open("own", os.O_RDWR | os.O_CREAT) for _ in range(300)]
        print("two", flush=True)
        os.lseek(files[0], 0, 0)
        print(os.read(files[0], 100))
        """,
        "sys",
    )
    assert outcome.stdout == b"one\ntwo\nb''\n" and outcome.code == 0
    assert bench.log() == outcome.stdout


@POSIX
def test_files_that_the_program_opens_get_the_numbers_they_would(bench: Bench) -> None:
    source = "print(1, flush=True); print(2, file=sys.stderr); print(os.open(os.devnull, 0), os.open(os.devnull, 0))"
    assert bench.piped(source, None).stdout == bench.piped(source, "sys").stdout == bench.piped(source, "fd").stdout


@POSIX
@pytest.mark.parametrize("level", ["sys", "fd"])
def test_memory_stays_flat_in_a_flood(bench: Bench, level: str) -> None:
    source = """
        import resource
        line = "x" * 99
        for _ in range(50_000): print(line)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(1_000_000): print(line)
        print("grown", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, file=sys.stderr)
    """
    bench.write(source)
    with open(os.devnull, "wb") as nowhere, subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=nowhere) as cat:
        done = subprocess.run(
            bench.command(), env=bench.environment(level), stdout=cat.stdin, stderr=subprocess.PIPE, check=True
        )
        assert cat.stdin is not None
        cat.stdin.close()
    # Kilobytes on Linux: far less than the 100 MB that were printed.
    assert int(done.stderr.split()[-1]) < 8_000
    bench.settle()
    assert 9 << 20 < len(bench.log()) < 11 << 20


@pytest.mark.parametrize("option", ["-s", "--capture=sys", "--capture=fd", "--capture=tee-sys"])
def test_under_pytest_tests_see_what_they_print(bench: Bench, option: str) -> None:
    (bench.folder / "test_it.py").write_text(
        "import sys\nfrom exparse.streams import capture\n"
        "def test_it(capsys):\n"
        f"    c = capture.start('sys', {str(bench.run)!r})\n"
        "    print('within'); print('err', file=sys.stderr)\n"
        "    c.stop()\n"
        "    assert capsys.readouterr() == ('within\\n', 'err\\n')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", option, str(bench.folder)]
    done = subprocess.run(command, env=bench.environment(None), cwd=bench.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert logs(bench) == {"stdout.log": b"within\n", "stderr.log": b"err\n"}


def test_in_a_notebook_what_a_cell_prints_is_kept_and_shown(bench: Bench) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    book = nbformat.v4.new_notebook()
    book.cells = [
        nbformat.v4.new_code_cell(
            f"import sys\nfrom exparse.streams import capture\nc = capture.start('sys', {str(bench.run)!r})\nprint('one')"
        ),
        nbformat.v4.new_code_cell("print('two'); print('err', file=sys.stderr)\nc.stop()\nprint('three')"),
    ]
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute()
    shown = [output["text"] for cell in book.cells for output in cell.outputs if output["name"] == "stdout"]
    assert "".join(shown) == "one\ntwo\nthree\n"
    assert logs(bench) == {"stdout.log": b"one\ntwo\n", "stderr.log": b"err\n"}
