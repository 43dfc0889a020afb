"""The command as a whole: roots, help, errors and exit codes, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from making import make_root, make_run, soon

import exparse as package
from exparse.cli.main import ALIASES, VERBS, main, verbs

COMMAND = [sys.executable, "-m", "exparse"]


@pytest.mark.parametrize("verb", verbs(), ids=lambda verb: verb.NAME)
def test_every_verb_has_help_with_examples(verb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb.NAME, "--help"]) == 0
    page = capsys.readouterr().out
    assert "examples:" in page
    assert f"  exparse {verb.NAME}" in page or f"(exparse {verb.NAME}" in page
    assert verb.HELP[1:] in " ".join(page.split())


def test_no_verb_is_a_usage_error_that_shows_the_help(exparse: Any) -> None:
    answer = exparse()
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "examples:" in answer.stderr
    assert exparse("--help").returncode == 0


@pytest.mark.parametrize("before", [[], ["--root", "show"], ["--root=x"]])
def test_a_mistyped_verb_is_answered_with_those_close_to_it(before: list[str], exparse: Any) -> None:
    answer = exparse(*before, "sho", "1")
    assert answer.returncode == 2
    assert answer.stderr.splitlines()[-1] == "exparse: error: no verb 'sho'. Close to it: show"
    assert "choose from" in exparse("xyzzy").stderr


def test_the_version_is_said(exparse: Any) -> None:
    assert exparse("--version").stdout == f"exparse {package.__version__}\n"


@pytest.mark.parametrize("argv", [["nonsense"], ["ls", "--nonsense"], ["show"], ["ls", "-n", "0"], ["ls", "-n", "x"]])
def test_usage_errors_exit_with_2(argv: list[str], exparse: Any) -> None:
    answer = exparse(*argv)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("usage: exparse")


def test_an_error_is_one_line_and_exit_code_1(tmp_path: Path, exparse: Any) -> None:
    answer = exparse("ls", "--root", tmp_path / "nowhere")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith(f"exparse: error: {tmp_path / 'nowhere'}: there is no such folder.")
    assert answer.stderr.count("\n") == 1


def test_the_root_is_named_before_or_after_the_verb_or_by_the_environment(tmp_path: Path, exparse: Any) -> None:
    first, second = make_run(tmp_path / "one"), make_run(tmp_path / "two")
    assert exparse("--root", "one", "path", "1").stdout == f"{first.folder}\n"
    assert exparse("path", "1", "--root", "two").stdout == f"{second.folder}\n"
    assert exparse("--root", "one", "path", "--root", "two", "1").stdout == f"{second.folder}\n"
    assert exparse("path", "1", env={"EXPARSE_ROOT": "two"}).stdout == f"{second.folder}\n"
    assert exparse("--root", "one", "path", "1", env={"EXPARSE_ROOT": "two"}).stdout == f"{first.folder}\n"


def test_the_root_is_found_from_within_beside_and_below(root: Path, tmp_path: Path, exparse: Any) -> None:
    run = make_run(root)
    below = tmp_path / "deep" / "er"
    below.mkdir(parents=True)
    for folder in (tmp_path, root, run.path, below):
        assert exparse("path", "1", cwd=folder).stdout == f"{run.folder}\n", folder


def test_where_there_is_no_root_the_line_says_how_to_name_it(exparse: Any) -> None:
    answer = exparse("ls", cwd="/")
    assert answer.returncode == 1
    assert "--root FOLDER or EXPARSE_ROOT=FOLDER" in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_a_folder_that_holds_several_roots_asks_which(tmp_path: Path, exparse: Any) -> None:
    make_run(tmp_path / "one")
    make_run(tmp_path / "two")
    answer = exparse("ls")
    assert answer.returncode == 1
    assert "several roots here (one, two)" in answer.stderr


def test_roots_of_other_names_in_folders_above_are_not_meant(tmp_path: Path, exparse: Any) -> None:
    make_run(tmp_path / "of-a-stranger")
    (tmp_path / "mine").mkdir()
    assert "of-a-stranger" not in exparse("path", "last", cwd=tmp_path / "mine").stdout


def test_a_root_of_a_newer_format_is_refused_with_the_cure(root: Path, exparse: Any) -> None:
    make_run(root)
    (root / "exparse.json").write_text('{"format": "9.0"}')
    answer = exparse("ls")
    assert answer.returncode == 1
    assert "pip install -U exparse" in answer.stderr


def test_a_closed_pipe_ends_the_command_without_a_word(root: Path, tmp_path: Path) -> None:
    for number in range(50):
        make_run(root, {"text": "x" * 2000, "n": number})
    writer = subprocess.Popen(
        [*COMMAND, "ls", "--all", "--format", "json"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None and writer.stderr is not None
    writer.stdout.read(10)
    writer.stdout.close()
    assert writer.stderr.read() == b""
    writer.stderr.close()
    assert writer.wait() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_the_output_is_one_line(root: Path, tmp_path: Path) -> None:
    make_run(root)
    with open("/dev/full", "w") as full:
        answer = subprocess.run([*COMMAND, "ls"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True)
    assert answer.returncode == 1
    assert answer.stderr == "exparse: error: No space left on device\n"


def test_ctrl_c_exits_with_130_without_a_traceback(root: Path, tmp_path: Path) -> None:
    make_run(root)
    # The command waits for an answer that never comes, at what it takes for a terminal.
    program = (
        "import sys, exparse.cli.output as o, time\n"
        "o.Output.agrees = lambda *_: (print('asked', flush=True), time.sleep(60))\n"
        "from exparse.cli.main import main; sys.exit(main(['rm', '1']))"
    )
    asking = subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert asking.stdout is not None
    assert asking.stdout.readline() == "asked\n"
    asking.send_signal(signal.SIGINT)
    said, warned = asking.communicate()
    assert (asking.returncode, said, warned) == (130, "", "")


def test_a_fault_of_ours_leaves_a_report_and_exits_with_3(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_root(root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("exparse.cli.marks.find", lambda given: 1 / 0)
    assert main(["marks"]) == 3
    (report,) = (tmp_path / "cache" / "exparse").iterdir()
    text = report.read_text()
    assert "ZeroDivisionError" in text and "Traceback" in text
    assert f"exparse {package.__version__}" in text and "['marks']" in text
    noted = capsys.readouterr().err
    assert str(report) in noted and "Traceback" not in noted


def test_a_report_that_no_folder_takes_is_said_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from exparse.cli import report

    monkeypatch.setattr(report, "_folders", lambda: iter(["/dev/null/no/folder"]))
    assert "ZeroDivisionError: oh" in report.write(ZeroDivisionError("oh"), ["ls"])


def test_a_folder_that_cannot_be_written_is_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run(root)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(root / "marked" / "good"))

    monkeypatch.setattr("exparse.store.marks.add", refuse)
    assert main(["--root", str(root), "mark", "good", "1"]) == 1
    assert capsys.readouterr().err == f"exparse: warning: run 1: {root / 'marked' / 'good'}: Permission denied\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_terminal_cannot_encode_is_escaped(root: Path, encoding: str, tmp_path: Path) -> None:
    make_run(root, {"model": "日本"})
    make_run(root, {"model": "x"})
    answer = subprocess.run(
        [*COMMAND, "ls"], cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    expected = "日本" if encoding == "utf-8" else r"\u65e5\u672c"
    assert expected in answer.stdout.decode(encoding)
    assert answer.returncode == 0


def test_closed_streams_are_no_fault(root: Path, tmp_path: Path) -> None:
    make_run(root)
    answer = subprocess.run(["/bin/sh", "-c", f"'{sys.executable}' -m exparse ls >&- 2>&-"], cwd=tmp_path)
    assert answer.returncode == 0


def test_columns_in_the_environment_is_the_width_in_a_pipe(root: Path, exparse: Any) -> None:
    for number in range(2):
        make_run(root, {f"param{n}": f"{number}" * 30 for n in range(9)})
    assert max(map(len, exparse("ls").stdout.splitlines())) > 300
    assert max(map(len, exparse("ls", env={"COLUMNS": "72"}).stdout.splitlines())) <= 72


def test_a_listing_imports_nothing_heavy(root: Path, exparse: Any) -> None:
    make_run(root, {"lr": 1})
    program = (
        "import sys; from exparse.cli.main import main; main(['ls']); main(['show', 'last']);"
        "print(sorted({'pandas', 'numpy', 'tabulate', 'tqdm', 'yaml', 'git'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=root.parent, capture_output=True, text=True)
    assert answer.stdout.splitlines()[-1] == "[]"


pty = pytest.importorskip("pty", reason="Windows has no pseudo terminals")


def at_a_terminal(argv: list[str], folder: Path, answer: bytes = b"", columns: int = 80) -> tuple[str, int]:
    """Run the command at a pseudo terminal; return what it showed and its exit code."""
    import fcntl
    import struct
    import termios

    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execv(sys.executable, [*COMMAND, *argv])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown, end = b"", soon()
    while time.monotonic() < end:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break  # Linux says so when the other end is closed
        if not part:
            break
        shown += part
        if answer and b"[y/N]" in shown:
            os.write(terminal, answer)
            answer = b""
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return shown.decode("utf-8"), os.waitstatus_to_exitcode(status)


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
def test_at_a_terminal_of_80_columns_every_line_fits_and_nothing_is_obeyed(root: Path, tmp_path: Path) -> None:
    for number in range(3):
        values = {f"param_{name}": f"{name * 20}{number}" for name in "abcdefgh"}
        make_run(root, {"\x1b]0;title\x07": f"\x1b[2J\u202e{number}", **values}, label="a-rather-long-name-of-a-run")
    shown, code = at_a_terminal(["ls"], tmp_path)
    lines = shown.replace("\r\n", "\n").splitlines()
    assert code == 0
    assert max(map(len, lines[:5])) <= 80
    assert not any("\x1b" in line or "\x07" in line or "\u202e" in line for line in lines)
    assert "left out" in shown


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("answer", "code", "left"), [(b"y\n", 0, 0), (b"n\n", 1, 1), (b"\n", 1, 1), (b"\x04", 1, 1)])
def test_at_a_terminal_rm_asks(root: Path, tmp_path: Path, answer: bytes, code: int, left: int) -> None:
    make_run(root)
    shown, ended = at_a_terminal(["rm", "1"], tmp_path, answer)
    assert f"Move 1 run of {root} to the trash: 1? [y/N]" in shown
    assert (ended, len(os.listdir(root / "runs"))) == (code, left)


def test_every_verb_is_known_by_its_name_and_its_other_names() -> None:
    assert [verb.NAME for verb in verbs()] == list(VERBS)
    assert {alias: verb.NAME for verb in verbs() for alias in verb.ALIASES} == ALIASES


def test_a_command_loads_its_own_verb_only() -> None:
    code = "import sys; from exparse.cli.main import main; main(['ls', '--help']); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split()
    assert "exparse.cli.ls" in loaded
    assert not {"exparse.cli.diff", "exparse.cli.prune", "exparse.cli.plot", "pandas", "numpy"} & set(loaded)


def test_help_is_a_word_too(capsys: pytest.CaptureFixture[str]) -> None:
    for words, told in ((["help"], "verbs:"), (["help", "ls"], "usage: exparse ls"), (["help", "nonsense"], "")):
        main(words)
        assert told in capsys.readouterr().out
