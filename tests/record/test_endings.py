"""Every way to end: the program ends as without us, and the run says how."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from making import soon

from exparse.store.root import Root

PARSE = """
from {module} import {name} as ArgumentParser
parser = ArgumentParser()
parser.add_argument("--x", type=int, default=1)
args = parser.parse_args()
"""
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="these signals are POSIX's")
CLASSES = {"ours": ("exparse", "ExParser"), "plain": ("argparse", "ArgumentParser")}

# Source after the parse; state, exit code and error's type that the run is to say.
ENDINGS: dict[str, tuple[str, str, int | None, str | None]] = {
    "falls off the end": ("print('end')", "finished", 0, None),
    "last line in a block": ("for i in range(3):\n    pass", "finished", 0, None),
    "last line is a with": ("import io\nwith io.StringIO() as s:\n    s.write('x')", "finished", 0, None),
    "sys.exit()": ("import sys; sys.exit()", "finished", 0, None),
    "sys.exit(0)": ("import sys; sys.exit(0)", "finished", 0, None),
    "sys.exit(None)": ("import sys; sys.exit(None)", "finished", 0, None),
    "sys.exit(3)": ("import sys; sys.exit(3)", "failed", 3, None),
    "sys.exit(256)": ("import sys; sys.exit(256)", "finished", 0, None),
    "sys.exit(-1)": ("import sys; sys.exit(-1)", "failed", 255, None),
    "sys.exit(2**80)": ("import sys; sys.exit(2**80)", "failed", 255, None),
    "sys.exit(True)": ("import sys; sys.exit(True)", "failed", 1, None),
    "sys.exit(text)": ("import sys; sys.exit('no data')", "failed", 1, "SystemExit"),
    "sys.exit(float)": ("import sys; sys.exit(2.5)", "failed", 1, None),
    "sys.exit in main()": (
        "import sys\ndef main():\n    return 4\nif __name__ == '__main__':\n    sys.exit(main())",
        "failed",
        4,
        None,
    ),
    "sys.exit(main()) of None": ("import sys\ndef main():\n    pass\nsys.exit(main())", "finished", 0, None),
    "raise SystemExit": ("raise SystemExit", "finished", 0, None),
    "raise SystemExit(5)": ("raise SystemExit(5)", "failed", 5, None),
    "raise SystemExit(text)": ("raise SystemExit('text')", "failed", 1, "SystemExit"),
    "raise SystemExit deep": ("def f():\n    raise SystemExit(6)\nf()", "failed", 6, None),
    "raise from an except": (
        "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise SystemExit(7) from e",
        "failed",
        7,
        None,
    ),
    "raise in a finally": ("try:\n    raise SystemExit(1)\nfinally:\n    raise SystemExit(8)", "failed", 8, None),
    "subclass of SystemExit": ("class E(SystemExit): pass\nraise E(9)", "failed", 9, None),
    "sys.exit held by a class": ("import sys\nclass Shell:\n    quit = sys.exit\nShell().quit(3)", "failed", 3, None),
    "sys.exit called wrongly": ("import sys\nsys.exit(1, 2)", "failed", 1, "TypeError"),
    "sys.exit with a keyword": ("import sys\nsys.exit(status=1)", "failed", 1, "TypeError"),
    "sys.exit in a lambda": ("import sys\n(lambda: sys.exit(3))()", "failed", 3, None),
    "sys.exit shown": (
        "import sys\nprint(sys.exit, sys.exit.__doc__, sys.exit.__name__, callable(sys.exit))",
        "finished",
        0,
        None,
    ),
    "exit()": ("exit(2)", "failed", 2, None),
    "parser.exit": ("parser.exit(4, 'bye\\n')", "failed", 4, None),
    "parser.error": ("parser.error('bad combination')", "failed", 2, None),
    "a caught SystemExit": ("import sys\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    pass", "finished", 0, None),
    "a kept SystemExit": ("try:\n    raise SystemExit(3)\nexcept SystemExit as e:\n    kept = e", "finished", 0, None),
    "kept, then another": (
        "try:\n    raise SystemExit(3)\nexcept SystemExit as e:\n    kept = e\nraise SystemExit(0)",
        "finished",
        0,
        None,
    ),
    "a caught exit in a function": (
        "import sys\ndef f():\n    try:\n        sys.exit(3)\n    except SystemExit:\n        return 1\nf()",
        "finished",
        0,
        None,
    ),
    "exception": ("raise ValueError('no good')", "failed", 1, "ValueError"),
    "exception deep": ("def f(n):\n    return f(n - 1) if n else 1 / 0\nf(50)", "failed", 1, "ZeroDivisionError"),
    "exception of the script's": ("class Mine(Exception): pass\nraise Mine('x')", "failed", 1, "__main__.Mine"),
    "exception without text": (
        "class Bad(Exception):\n    def __str__(self): raise RuntimeError\nraise Bad()",
        "failed",
        1,
        "__main__.Bad",
    ),
    "exception group": (
        "import asyncio\nasync def f():\n    raise KeyError('k')\nasyncio.run(f())",
        "failed",
        1,
        "KeyError",
    ),
    "a caught exception": ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass", "finished", 0, None),
    "KeyboardInterrupt raised": ("raise KeyboardInterrupt", "interrupted", 130, "KeyboardInterrupt"),
    "recursion": ("def f(): f()\nf()", "failed", 1, "RecursionError"),
    "out of memory": ("raise MemoryError", "failed", 1, "MemoryError"),
    "exception in a thread": (
        "import threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()",
        "finished",
        0,
        None,
    ),
    "exit in a thread": (
        "import threading, sys\nt = threading.Thread(target=lambda: sys.exit(3))\nt.start()\nt.join()",
        "finished",
        0,
        None,
    ),
    "a daemon thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "finished",
        0,
        None,
    ),
    "a late thread": (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(0.1,)).start()",
        "finished",
        0,
        None,
    ),
    "an error in atexit": ("import atexit\natexit.register(int, 'x')", "finished", 0, None),
    "exit in atexit": ("import atexit, sys\natexit.register(sys.exit, 3)", "finished", 0, None),
    "a trace of a caught exit": (
        "import sys, traceback\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    traceback.print_exc()",
        "finished",
        0,
        None,
    ),
    "an excepthook": (
        "import sys\nsys.excepthook = lambda *a: print('hook', a[0].__name__)\n1 / 0",
        "failed",
        1,
        "ZeroDivisionError",
    ),
    "no stderr": ("import sys\nsys.stderr = None\nsys.exit(3)", "failed", 3, None),
    "another stderr": ("import sys, io\nsys.stderr = io.StringIO()\nsys.exit(3)", "failed", 3, None),
    "closed streams": ("import sys\nsys.stdout.close()\nsys.stderr.close()", "finished", 0, None),
    "closed descriptors": ("import os\nos.close(0); os.close(1); os.close(2)", "finished", 0, None),
    "abandoned folder": (
        "import os, shutil, tempfile\nd = tempfile.mkdtemp()\nos.chdir(d)\nos.rmdir(d)",
        "finished",
        0,
        None,
    ),
    "patched sys.exit": ("import sys\nold = sys.exit\nsys.exit = lambda *a: old(*a)\nsys.exit(4)", "failed", 4, None),
    "logging": ("import logging\nlogging.basicConfig()\nlogging.error('x')\nraise SystemExit(4)", "failed", 4, None),
}
# Ends that Python's own clean-up does not see: the reader derives the state.
SUDDEN: dict[str, tuple[str, str]] = {
    "os._exit": ("import os; os._exit(3)", "failed"),
    "os._exit(0)": ("import os; os._exit(0)", "finished"),
    "SIGABRT": ("import os; os.abort()", "killed"),
    "SIGSEGV": ("import faulthandler; faulthandler._sigsegv()", "killed"),
    "SIGFPE": ("import faulthandler; faulthandler._sigfpe()", "killed"),
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "lost"),
    "SIGTERM": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", "killed"),
    "SIGHUP": ("import os, signal; os.kill(os.getpid(), signal.SIGHUP)", "killed"),
    "exec": ("import os, sys; os.execv(sys.executable, [sys.executable, '-c', 'raise SystemExit(3)'])", "finished"),
    "execvp": ("import os; os.execvp('sh', ['sh', '-c', 'exit 3'])", "finished"),
    "no such exec": ("import os\ntry: os.execvp('no-such', ['x'])\nexcept OSError: os._exit(4)", "failed"),
}


def ran(script: Any, kind: str, source: str, folder: Path, **more: Any) -> tuple[int, str, str]:
    """Run a script with one of the classes; return exit code, stdout and stderr, freed of what must differ."""
    module, name = CLASSES[kind]
    answer = script(PARSE.format(module=module, name=name) + source, folder=folder, **more)
    usage = [line for line in answer.stderr.splitlines() if not line.lstrip().startswith(("usage:", "["))]
    text = "\n".join(usage).replace(str(folder), "FOLDER")
    return answer.returncode, answer.stdout, text


def only_run(folder: Path) -> Any:
    (run,) = Root(folder / "exruns").runs()
    assert run.problem is None, run.problem
    return run


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_ends_as_ever_and_the_run_says_how(script: Any, tmp_path: Path, ending: str) -> None:
    source, state, code, error = ENDINGS[ending]
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    assert ran(script, "ours", source, ours) == ran(script, "plain", source, plain)
    status = only_run(ours).status
    assert (status.state, status.error and status.error["type"]) == (state, error), status
    assert code is None or status.exit_code == code
    assert status.ended and status.seconds is not None and status.seconds >= 0
    assert not (only_run(ours).path / "killed.txt").exists()
    if error and error != "SystemExit":
        assert error.rpartition(".")[2] in status.error["traceback"] and "main.py" in status.error["traceback"]


@POSIX
@pytest.mark.parametrize("ending", SUDDEN)
def test_an_end_without_clean_up_is_told_by_the_reader(script: Any, tmp_path: Path, ending: str) -> None:
    source, state = SUDDEN[ending]
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    code, out, err = ran(script, "ours", source, ours)
    plain_code, plain_out, plain_err = ran(script, "plain", source, plain)
    assert (code, out) == (plain_code, plain_out)
    assert err.splitlines()[:1] == plain_err.splitlines()[:1]
    run = only_run(ours)
    assert run.state == state
    if state == "killed":
        assert run.status.signal == ending


WAITING = {
    "time.sleep": "import time; print('ready', flush=True); time.sleep(60)",
    "a read": "import sys; print('ready', flush=True); sys.stdin.read()",
    "a lock": "import threading; l = threading.Lock(); l.acquire(); print('ready', flush=True); l.acquire()",
    "a child": "import subprocess; print('ready', flush=True); subprocess.run(['sleep', '5'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)",
    "a loop": "print('ready', flush=True)\nwhile True: pass",
    "a regular expression": "import re; print('ready', flush=True); re.match(r'(a+)+$', 'a' * 60 + 'b')",
}


def struck(folder: Path, source: str, number: int, kind: str = "ours", **more: Any) -> subprocess.Popen[str]:
    """Start a script, wait until it is ready, and send it a signal; return its ended process."""
    folder.mkdir(exist_ok=True)
    module, name = CLASSES[kind]
    (folder / "main.py").write_text(PARSE.format(module=module, name=name) + source)
    command = [sys.executable, "main.py"]
    streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=folder, text=True, start_new_session=True, **streams, **more)
    assert process.stdout and process.stdout.readline() == "ready\n"
    process.send_signal(number)
    try:
        process.said = process.communicate(timeout=20)  # type: ignore[attr-defined]
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return process


@POSIX
@pytest.mark.parametrize("waiting", WAITING)
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_program_at_once_wherever_it_is(tmp_path: Path, waiting: str, name: str) -> None:
    number = getattr(signal, name)
    process = struck(tmp_path, WAITING[waiting], number)
    assert process.returncode == -number and process.said == ("", "")  # type: ignore[attr-defined]
    run = only_run(tmp_path)
    assert (run.state, run.status.signal) == ("killed", name)


@POSIX
def test_a_real_interrupt_is_an_interrupted_run(tmp_path: Path) -> None:
    process = struck(tmp_path / "ours", WAITING["time.sleep"], signal.SIGINT)
    plain = struck(tmp_path / "plain", WAITING["time.sleep"], signal.SIGINT, "plain")
    assert process.returncode == plain.returncode
    assert process.said[1].splitlines()[-1] == "KeyboardInterrupt"  # type: ignore[attr-defined]
    assert only_run(tmp_path / "ours").status.state == "interrupted"


HANDLER = """
import signal, sys, time
def handle(number, frame):
    print("handled", number, flush=True)
    ACT
"""
SETS = "signal.signal(signal.SIGTERM, handle)\n"
# Not by print: who reads the line may send the signal before print is left, and then Python itself lets no handler print.
# Not one long sleep: a signal that comes just before it is handled when it is over.
READY = "import os\nos.write(1, b'ready\\n')\nfor _ in range(600): time.sleep(0.05)\n"


@POSIX
@pytest.mark.parametrize("before", [True, False], ids=["before the parse", "after it"])
@pytest.mark.parametrize(("act", "code", "state"), [("sys.exit(7)", 7, "failed"), ("raise KeyError(1)", 1, "failed")])
def test_the_users_own_handler_is_called_and_has_its_way(
    tmp_path: Path, before: bool, act: str, code: int, state: str
) -> None:
    parse = PARSE.format(module="exparse", name="ExParser")
    parts = [HANDLER.replace("ACT", act), *([SETS, parse] if before else [parse, SETS]), READY]
    (tmp_path / "main.py").write_text("".join(parts))
    command = [sys.executable, "main.py"]
    process = subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stdout.readline() == "ready\n"
    process.terminate()
    out = process.communicate(timeout=20)[0]
    assert process.returncode == code and out == "handled 15\n"
    assert only_run(tmp_path).status.state == state and only_run(tmp_path).status.exit_code == code


LATER = """
import os, signal, time
def handle(number, frame):
    print("handled", number, flush=True)
signal.signal(signal.SIGTERM, handle)
WHAT
os.kill(os.getpid(), signal.SIGTERM)
time.sleep(0.05)
print("on", flush=True)
"""
FORK = """
if os.fork():
    os.wait()
    os._exit(0)
"""


@POSIX
@pytest.mark.parametrize(
    "what", ["", "parser.parse_args([])", FORK, "parser.parse_args([])" + FORK], ids=["alone", "parse", "fork", "both"]
)
def test_a_handler_set_after_the_parse_stays_in_place(script: Any, tmp_path: Path, what: str) -> None:
    answer = script(PARSE.format(module="exparse", name="ExParser") + LATER.replace("WHAT", what))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "handled 15\non\n", "")


@POSIX
def test_forks_right_after_many_parses_have_no_thread_beside_them(script: Any, tmp_path: Path) -> None:
    source = (
        "import os\nfor n in range(30):\n    for m in range(n % 3):\n        parser.parse_args([])\n"
        "    child = os.fork()\n    if not child:\n        os._exit(0)\n    os.waitpid(child, 0)\n"
    )
    answer = script(PARSE.format(module="exparse", name="ExParser") + source, python=("-W", "error"))
    assert (answer.returncode, answer.stderr) == (0, "")


@POSIX
def test_a_child_that_a_signal_ends_says_nothing_about_the_run(script: Any, tmp_path: Path) -> None:
    source = (
        "import os, signal, time\nchild = os.fork()\nif not child:\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        "print(os.waitpid(child, 0)[1], (args.run / 'killed.txt').read_text() == '', flush=True)\nos._exit(0)"
    )
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert answer.stdout == "15 True\n" and answer.returncode == 0
    assert only_run(tmp_path).state == "finished"


@POSIX
def test_the_second_run_of_a_process_is_the_one_that_a_signal_ends(script: Any, tmp_path: Path) -> None:
    source = "import os, signal\nparser.parse_args([])\nos.kill(os.getpid(), signal.SIGTERM)"
    assert script(PARSE.format(module="exparse", name="ExParser") + source).returncode == -15
    runs = Root(tmp_path / "exruns").runs()
    assert runs[1].state == "killed"


@POSIX
def test_a_program_that_closes_all_it_finds_keeps_its_own_files(script: Any, tmp_path: Path) -> None:
    source = (
        "import os\nos.closerange(3, 4096)\nkept = [os.open('f', os.O_CREAT | os.O_RDWR) for n in range(300)]\n"
        "parser.parse_args([])\nprint(all(os.fstat(handle) for handle in kept))\n"
    )
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "True\n", "")


@POSIX
def test_a_program_that_has_no_descriptors_left_ends_as_ever_and_its_run_says_so(script: Any, tmp_path: Path) -> None:
    # No time between: what is flushed beside the start is still under way.
    source = "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))\nprint('on')"
    for _ in range(5):
        answer = script(PARSE.format(module="exparse", name="ExParser") + source)
        assert (answer.returncode, answer.stdout) == (0, "on\n"), answer.stderr
    assert [run.state for run in Root(tmp_path / "exruns").runs()] == ["finished"] * 5


@pytest.mark.parametrize("call", ["open", "rename", "stat"])
def test_an_error_that_passes_at_the_end_leaves_no_run_lost(script: Any, tmp_path: Path, call: str) -> None:
    source = (
        "import errno, os\nfailed = []\n"
        "def fails_once(real):\n"
        "    def call(path, *more, **named):\n"
        "        at = [os.fspath(part) for part in (path, *more) if isinstance(part, (str, os.PathLike))]\n"
        "        if not failed and any('status.json' in part or part == os.fspath(args.run.path) for part in at):\n"
        "            failed.append(at)\n"
        "            raise OSError(errno.EIO, 'Input/output error', at[0])\n"
        "        return real(path, *more, **named)\n"
        "    return call\n"
        f"for name in {{'open': ['open'], 'rename': ['rename', 'replace'], 'stat': ['stat']}}[{call!r}]:\n"
        "    setattr(os, name, fails_once(getattr(os, name)))\n"
        "import atexit; atexit._run_exitfuncs(); print(len(failed))\n"
    )
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "1\n", "")
    assert only_run(tmp_path).state == "finished"


@POSIX
def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    source = (
        "import signal, time; print('ready', flush=True); time.sleep(0.3); print(repr(signal.getsignal(signal.SIGHUP)))"
    )
    process = struck(tmp_path, source, signal.SIGHUP, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert process.returncode == 0 and "SIG_IGN" in process.said[0]  # type: ignore[attr-defined]
    assert only_run(tmp_path).state == "finished"


@POSIX
def test_children_get_the_signals_as_ever(script: Any, tmp_path: Path) -> None:
    source = (
        "import subprocess, sys, signal\n"
        "print(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT))\n"
        "print(subprocess.run([sys.executable, '-c', 'import signal; print(signal.getsignal(15))'], capture_output=True).stdout)"
    )
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    assert ran(script, "ours", source, ours) == ran(script, "plain", source, plain)


@pytest.mark.parametrize(("way", "code"), [("-m", 3), ("-c", 3), ("stdin", 3), ("runpy", 3)])
def test_each_way_to_start_is_recorded(tmp_path: Path, way: str, code: int) -> None:
    text = PARSE.format(module="exparse", name="ExParser") + "import sys; sys.exit(args.x)\n"
    (tmp_path / "main.py").write_text(text)
    argv = ["--x", "3"]
    command = {
        "-m": [sys.executable, "-m", "main", *argv],
        "-c": [sys.executable, "-c", text, *argv],
        "stdin": [sys.executable, "-", *argv],
        "runpy": [sys.executable, "-c", "import runpy; runpy.run_path('main.py', run_name='__main__')", *argv],
    }[way]
    answer = subprocess.run(command, input=text, cwd=tmp_path, capture_output=True, text=True)
    assert answer.returncode == code, answer.stderr
    run = only_run(tmp_path)
    assert run.state == "failed" and run.status.exit_code == code and run.params == {"x": 3}


UNSEEN = {
    "-m": ([sys.executable, "-m", "main"], ""),
    "-c": ([sys.executable, "-c", "import runpy; runpy.run_path('main.py', run_name='__main__')"], ""),
    "another stderr": ([sys.executable, "main.py"], "import sys, io; sys.stderr = io.StringIO()\n"),
}


@pytest.mark.parametrize("way", UNSEEN)
def test_an_exit_code_that_cannot_be_seen_is_not_guessed(tmp_path: Path, way: str) -> None:
    command, more = UNSEEN[way]
    source = PARSE.format(module="exparse", name="ExParser") + more + "raise SystemExit(3)\n"
    (tmp_path / "main.py").write_text(source)
    assert subprocess.run(command, cwd=tmp_path).returncode == 3
    assert only_run(tmp_path).status.exit_code in (3, None), "a run that failed says that it succeeded"


REMOVED = {
    "run": "shutil.rmtree(args.run.path)",
    "runs": "shutil.rmtree(args.run.path.parent)",
    "root": "shutil.rmtree(args.run.path.parent.parent)",
    "trash": "os.makedirs(args.run.path.parents[1] / 'trash', exist_ok=True); os.rename(args.run.path, args.run.path.parents[1] / 'trash' / args.run.name)",
}


@pytest.mark.parametrize("what", REMOVED)
@pytest.mark.parametrize(("end", "code"), [("", 0), ("sys.exit(3)", 3), ("1 / 0", 1)])
def test_what_was_removed_while_it_ran_is_not_made_anew(
    script: Any, tmp_path: Path, what: str, end: str, code: int
) -> None:
    # What looks around beside the program writes into the folder: a tree cannot be removed in the same moment.
    ready = "while not (args.run.path / 'facts.json').exists(): time.sleep(0.01)"
    source = f"import shutil, os, sys, time\n{ready}\n{REMOVED[what]}\n{end}"
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert answer.returncode == code and "exparse: warning" not in answer.stderr
    root = tmp_path / "exruns"
    assert root.exists() == (what != "root")
    assert not (root / "runs").exists() or os.listdir(root / "runs") == []


@POSIX
def test_a_disk_that_is_full_at_the_end_changes_nothing_but_a_warning(script: Any, tmp_path: Path) -> None:
    source = "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\nsys.exit(5)"
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert answer.returncode == 5
    assert answer.stderr.count("\n") == 1 and answer.stderr.startswith("exparse: warning: the end of run 1")
    run = only_run(tmp_path)
    assert run.state == "lost" and not [name for name in os.listdir(run.path) if name.startswith(".")]


@POSIX
@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams_at_the_start_are_no_trouble(tmp_path: Path, closed: tuple[int, ...]) -> None:
    (tmp_path / "main.py").write_text(
        PARSE.format(module="exparse", name="ExParser") + "import os\nopen('made', 'w').write(str(args.x))\n"
    )
    shut = "; ".join(f"exec {number}>&-" for number in closed)
    answer = subprocess.run(
        ["sh", "-c", f"{shut}; exec '{sys.executable}' main.py --x 4"], cwd=tmp_path, capture_output=True
    )
    assert answer.returncode == 0 and answer.stderr == b"" and (tmp_path / "made").read_text() == "4"
    run = only_run(tmp_path)
    assert run.state == "finished" and run.params == {"x": 4}


@POSIX
def test_a_broken_pipe_ends_the_program_as_ever(tmp_path: Path) -> None:
    codes = {}
    for kind, (module, name) in CLASSES.items():
        folder = tmp_path / kind
        folder.mkdir()
        (folder / "main.py").write_text(PARSE.format(module=module, name=name) + "for i in range(100000): print(i)\n")
        line = f"'{sys.executable}' main.py 2>err | head -1 >/dev/null; echo ${{PIPESTATUS[0]}}"
        codes[kind] = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True).stdout
    assert codes["ours"] == codes["plain"]
    assert only_run(tmp_path / "ours").status.error["type"] == "BrokenPipeError"


def test_the_state_of_the_process_is_as_argparse_leaves_it(script: Any, tmp_path: Path) -> None:
    source = """
import gc, locale, os, sys, threading, warnings, signal
old = os.umask(0); os.umask(old)
print(oct(old), os.getcwd() == os.path.dirname(os.path.abspath(__file__)), locale.setlocale(locale.LC_ALL), sys.excepthook is sys.__excepthook__)
print(len(warnings.filters) > 0, sys.gettrace(), sys.getprofile(), gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit())
print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__, threading.excepthook is threading.__excepthook__)
print(sorted(set(os.environ) - {"PWD", "EXPARSE_RUN", "EXPARSE_RUN_BY", "EXPARSE_RUN_CAPTURE"}), sys.argv[1:], [thread.name for thread in threading.enumerate()])
print(sys.exit.__name__, sys.exit.__module__, sys.getswitchinterval(), sys.flags.dev_mode)
"""
    ours, plain = tmp_path / "ours", tmp_path / "plain"
    assert ran(script, "ours", source, ours) == ran(script, "plain", source, plain)


@pytest.mark.parametrize(
    "python", [("-W", "error"), ("-X", "dev"), ("-I",), ("-O",), ("-OO",), ("-B",), ("-X", "utf8")], ids=" ".join
)
@pytest.mark.parametrize("end", ["pass", "raise SystemExit(3)", "1 / 0"])
def test_strict_interpreters_have_nothing_to_say(
    script: Any, tmp_path: Path, python: tuple[str, ...], end: str
) -> None:
    source = f"import sys\nsys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})\n"
    answer = script(source + PARSE.format(module="exparse", name="ExParser") + end, python=python)
    said = [line for line in answer.stderr.splitlines() if "Warning" in line or "exparse" in line]
    assert said == [] and answer.returncode == {"pass": 0, "1 / 0": 1}.get(end, 3), answer.stderr
    assert only_run(tmp_path).status.exit_code == answer.returncode


def test_no_files_and_descriptors_are_left_open(script: Any, tmp_path: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system has no /proc")
    source = "import os, time\nfor n in range(20): parser.parse_args([])\n"
    # What flushes to the disk beside the program holds a file for a moment.
    source += "for n in range(500):\n    if len(os.listdir('/proc/self/fd')) <= 12: break\n    time.sleep(0.01)\n"
    source += "print(len(os.listdir('/proc/self/fd')))"
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert int(answer.stdout) <= 12, "each parse leaves descriptors open"


@POSIX
def test_fifty_parses_in_one_process_are_fifty_whole_runs(script: Any, tmp_path: Path) -> None:
    answer = script(
        PARSE.format(module="exparse", name="ExParser") + "for n in range(49): parser.parse_args(['--x', str(n)])"
    )
    assert answer.returncode == 0, answer.stderr
    runs = Root(tmp_path / "exruns").runs()
    assert len({run.id for run in runs}) == 50 and {run.state for run in runs} == {"finished"}


def test_a_clock_set_back_gives_no_negative_duration(script: Any, tmp_path: Path) -> None:
    source = "import time\ntime.time = lambda: 1.0"
    assert script(PARSE.format(module="exparse", name="ExParser") + source).returncode == 0
    status = only_run(tmp_path).status
    assert status.seconds >= 0 and status.state == "finished"


def test_nothing_of_the_programs_is_touched_when_it_ends(script: Any, tmp_path: Path) -> None:
    source = """
class Lazy:
    @property
    def __class__(self):
        print("woken up")
        raise RuntimeError("outside of its context")
    def __eq__(self, other):
        print("compared")
    def __getattr__(self, name):
        print("asked for", name)
        raise RuntimeError
kept = [Lazy(), {"a": Lazy()}]
raise SystemExit(3)
"""
    answer = script(PARSE.format(module="exparse", name="ExParser") + source)
    assert (answer.returncode, answer.stdout, answer.stderr) == (3, "", "")
    assert only_run(tmp_path).status.exit_code == 3


@pytest.mark.parametrize("end", ["raise ValueError(text)", "sys.exit(text)"])
def test_a_message_of_any_length_leaves_a_run_that_can_be_read(script: Any, tmp_path: Path, end: str) -> None:
    source = f"import sys\ntext = 'é' * 30_000_000\nsys.stderr = open('err', 'w')\n{end}"
    assert script(PARSE.format(module="exparse", name="ExParser") + source).returncode == 1
    run = only_run(tmp_path)
    assert run.state == "failed" and (run.path / "status.json").stat().st_size < 2_000_000
    assert run.status.error["message"].startswith("é")


@POSIX
@pytest.mark.slow
def test_ctrl_c_while_the_end_waits_for_git_ends_the_wait_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "main.py").write_text(PARSE.format(module="exparse", name="ExParser") + "print('end', flush=True)\n")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "git").write_text("#!/bin/sh\ntouch asked\nsleep 3\nexit 1\n")
    (tools / "git").chmod(0o755)
    env = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    with subprocess.Popen(
        [sys.executable, "main.py"], cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None and program.stdout.readline() == b"end\n"
        status = next((tmp_path / "exruns" / "runs").iterdir()) / "status.json"
        until = soon()
        while '"running"' in status.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        program.send_signal(signal.SIGINT)
        assert program.communicate(timeout=60) == (b"", b"") and program.returncode == 0
    run = only_run(tmp_path)
    assert (run.state, run.status.exit_code) == ("finished", 0) and not (run.path / "killed.txt").exists()
