"""What users of exprec do: the scenarios of a migration, each in a real process.

Of the comparison of runs, the code of one run is here; the rest comes with the dashboard.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy
import pytest
from repositories import run_git

from exparse import Index, Root


def begun(body: str, *keywords: str, params: str = "") -> str:
    """Return a program that does ``body`` within a run, as exprec's users write it."""
    head = f"import exparse\nwith exparse.start({', '.join([params or '{}', *keywords])}) as run:\n"
    return head + "".join(f"    {line}\n" for line in body.splitlines())


def command(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exparse", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def family(word: str, run: object, cwd: Path) -> str:
    """Return what the page of a run says of its parents or children."""
    lines = command("show", run, cwd=cwd).stdout.splitlines()
    return " ".join(line for line in lines if line.startswith(f"  {word} "))


def only(folder: Path) -> Any:
    (run,) = Root(folder / "exruns")
    return run


def test_1_a_block_is_a_run_with_its_output_code_packages_and_machine(script: Any, tmp_path: Path) -> None:
    """Without git the source that was imported is kept; with it, commit and patch (scenario 8)."""
    (tmp_path / "model.py").write_text("layers = 3\n")
    (tmp_path / "unused.py").write_text("other = 1\n")
    body = "import sys, model\nprint('hi')\nprint('careful', file=sys.stderr)"
    done = script(begun(body, "description='My title'", "tags=['a', 'b-1']"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "hi\n", "careful\n")
    run = only(tmp_path)
    assert run.state == "finished" and run.description == "My title" and run.tags == ["a", "b-1"]
    assert run.output() == b"hi\n" and run.output("stderr") == b"careful\n"
    both = command("log", 1, "--all", cwd=tmp_path).stdout
    assert "hi\n" in both and "careful\n" in both
    assert "numpy==" in (run / "packages.txt").read_text()
    told = run.metadata
    assert told["process"]["pid"] > 0 and told["python"].count(".") == 2 and told["platform"] and told["git"] is None
    assert datetime.fromisoformat(told["started"]) <= datetime.fromisoformat(run.status.ended)
    assert command("code", 1, "--to", "old", cwd=tmp_path).returncode == 0
    assert {path.name for path in (tmp_path / "old").iterdir()} == {"main.py", "model.py"}


def test_2_an_exception_is_recorded_and_goes_on_its_way(script: Any, tmp_path: Path) -> None:
    done = script(begun("raise ValueError('no such data')"))
    assert done.returncode == 1 and done.stderr.rstrip().endswith("ValueError: no such data")
    run = only(tmp_path)
    assert run.state == "failed"
    assert (run.status.error["type"], run.status.error["message"]) == ("ValueError", "no such data")
    assert "raise ValueError('no such data')" in run.status.error["traceback"]
    assert "ValueError: no such data" in command("show", 1, cwd=tmp_path).stdout


def test_3_scalars_with_and_without_a_step_under_any_name(script: Any, tmp_path: Path) -> None:
    body = """\
for i in range(10):
    run.log({"2x": 2 * i, "train/loss": 1 / (i + 1)}, step=i)
run.log(free=1.5)
run.log({"a, b": float("nan")})"""
    assert script(begun(body)).returncode == 0
    run = only(tmp_path)
    curve = run.metrics().query("name == '2x'")
    assert list(curve["value"]) == [2.0 * i for i in range(10)] and list(curve["step"]) == list(range(10))
    (row,) = Index(tmp_path / "exruns").info().to_dict("records")
    assert row["metrics.2x"] == 18 and row["metrics.train/loss"] == 0.1 and row["metrics.free"] == 1.5
    page = command("show", 1, cwd=tmp_path).stdout
    assert all(name in page for name in ("2x", "train/loss", "free", "a, b"))
    assert command("ls", "--columns", "metrics.*", cwd=tmp_path).stdout.count("18") == 1


def test_3_many_scalars_are_all_there(script: Any, tmp_path: Path) -> None:
    assert script(begun("for i in range(100_000): run.log(loss=i, step=i)")).returncode == 0
    frame = only(tmp_path).metrics()
    assert len(frame) == 100_000 and frame["value"].sum() == 99_999 * 50_000


def test_4_images_are_kept_at_each_step(script: Any, tmp_path: Path) -> None:
    body = """\
import numpy
for step in range(2):
    run.image("val/im", numpy.full((4, 6, 3), 255 * step, dtype=numpy.uint8), step)"""
    assert script(begun(body)).returncode == 0
    run = only(tmp_path)
    assert run.images == {"val/im": [0, 1]}
    for step in range(2):
        assert (run / "images" / "val" / "im" / f"{step}.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert "val/im" in command("show", 1, cwd=tmp_path).stdout


def test_5_a_file_of_another_run_makes_it_a_parent(script: Any, tmp_path: Path) -> None:
    """``open(name, uuid=A)`` is ``use(A, name)``; A is a number, a name, a selector or a path."""
    script(begun("with run.open('sub/dir/f.txt', 'w') as file: file.write('from A')", "name='A'"))
    read = "with run.use('A', 'sub/dir/f.txt', 'r') as file: print(file.read())"
    assert script(begun(read, "name='B'")).stdout == "from A\n"
    first, second = Root(tmp_path / "exruns")
    assert second.parents == [first.name]
    assert family("parents", "B", tmp_path).endswith("A") and family("children", "A", tmp_path).endswith(" 2")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("run.use('A', 'sub/dir/g.txt')", "has no file 'sub/dir/g.txt'"),
        ("run.use('nobody', 'f.txt')", "nobody"),
        ("run.use('A', '../params.yaml')", "InvalidName"),
        ("run.use('A', '/etc/passwd')", "InvalidName"),
        ("run.open('../x', 'w')", "InvalidName"),
        ("run.open('/etc/passwd')", "InvalidName"),
        ("run.open('never written')", "FileNotFoundError"),
        ("with exparse.start({}) as inner: inner.use(run, 'f.txt')", "still running"),
    ],
)
def test_5_what_may_not_be_read_is_a_clear_error(body: str, error: str, script: Any, tmp_path: Path) -> None:
    script(begun("with run.open('sub/dir/f.txt', 'w') as file: file.write('from A')", "name='A'"))
    done = script(begun(body))
    assert done.returncode == 1 and error in done.stderr.splitlines()[-1]
    assert not (Root(tmp_path / "exruns")[2] / "x").exists()


def test_6_tags_have_a_rule_and_a_name_of_ones_own_is_one_runs(script: Any, tmp_path: Path) -> None:
    """``name=`` may be given again, since runs have numbers; ``run_id=`` is for those who want one run of a name."""
    assert script(begun("pass", "tags=['a', 'b-1']", "run_id='mine'", params="{'lr': 1}")).returncode == 0
    bad = script(begun("pass", "tags=['Bad Tag']"))
    assert bad.returncode == 1 and "'Bad Tag'" in bad.stderr.splitlines()[-1]
    taken = script(begun("pass", "run_id='mine'", params="{'lr': 2}"))
    assert taken.returncode == 1 and "lr (1, now 2)" in taken.stderr
    assert only(tmp_path).tags == ["a", "b-1"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with a program of two files, one of which is not Python."""
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "main.py").write_text(begun("print(open('data.cfg').read())"))
    (folder / "data.cfg").write_text("first")
    (folder / "gone.sh").write_text("echo\n")
    run_git(folder, "init", "-q")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "first")
    return folder


def test_8_the_code_of_a_run_is_told_with_what_was_added_and_removed(repository: Path) -> None:
    (repository / "gone.sh").unlink()
    (repository / "new.py").write_text("x = 1\n")
    (repository / "data.cfg").write_text("second")
    assert subprocess.run([sys.executable, "main.py"], cwd=repository, capture_output=True).stdout == b"second\n"
    said = command("code", 1, cwd=repository).stdout
    assert "dirty" in said and all(name in said for name in ("gone.sh", "new.py", "data.cfg"))
    patch = command("code", 1, "--patch", cwd=repository).stdout
    assert "-first" in patch and "+second" in patch and "deleted file" in patch and "new file" in patch


def test_10_code_comes_back_into_a_folder_of_its_own(repository: Path) -> None:
    """exprec removed all Python files of the working folder first."""
    (repository / "data.cfg").write_text("second")
    subprocess.run([sys.executable, "main.py"], cwd=repository, capture_output=True, check=True)
    (repository / "data.cfg").write_text("third")
    (repository / "mine.py").write_text("kept = True\n")
    for taken in (".", "exruns"):
        done = command("code", 1, "--to", taken, cwd=repository)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert (repository / "data.cfg").read_text() == "third" and (repository / "mine.py").exists()
    assert command("code", 1, "--to", "../as it was", cwd=repository).returncode == 0
    back = repository.parent / "as it was"
    assert (back / "data.cfg").read_text() == "second"
    assert {path.name for path in back.iterdir()} == {"main.py", "data.cfg", "gone.sh"}
    again = subprocess.run([sys.executable, "main.py"], cwd=back, capture_output=True, text=True)
    assert again.stdout == "second\n"
    # Into the user's own tree only when nothing in it could be lost.
    (repository / "mine.py").unlink()
    run_git(repository, "commit", "-qam", "third")
    assert command("code", 1, "--to", ".", cwd=repository).returncode == 0
    assert (repository / "data.cfg").read_text() == "second"
    assert run_git(repository, "status", "--porcelain") == b" M data.cfg\n"
    assert command("code", 1, "--to", ".", cwd=repository).returncode == 1


def test_11_a_killed_run_is_not_running(script: Any, tmp_path: Path) -> None:
    body = "import os, signal\nprint('before', flush=True)\nrun.log(loss=1)\nos.kill(os.getpid(), signal.SIGKILL)"
    assert script(begun(body)).returncode == -signal.SIGKILL
    run = only(tmp_path)
    assert run.state == "lost" and run.output() == b"before\n" and len(run.metrics()) == 1
    assert "lost" in command("ls", cwd=tmp_path).stdout


# What was wrong with exprec


@pytest.mark.parametrize(
    ("body", "keywords", "state", "code"),
    [
        ("raise SystemExit(0)", "", "finished", 0),
        ("raise KeyboardInterrupt", "", "interrupted", -signal.SIGINT),
        ("raise KeyboardInterrupt", "ignore=[KeyboardInterrupt]", "interrupted", 0),
        ("raise FileNotFoundError", "ignore=OSError", "failed", 0),
        ("raise OSError", "ignore=(FileNotFoundError,)", "failed", 1),
    ],
)
def test_an_ending_is_what_it_is_also_where_it_is_ignored(
    body: str, keywords: str, state: str, code: int, script: Any, tmp_path: Path
) -> None:
    """exprec: exit 0 failed, Ctrl-C succeeded and went unheard, and subclasses were not ignored."""
    assert script(begun(body, *filter(None, [keywords]))).returncode == code
    assert only(tmp_path).state == state


def test_a_wrong_word_of_what_to_ignore_is_refused_at_the_start(script: Any, tmp_path: Path) -> None:
    """The readme of exprec names exceptions by text, and its code never found them."""
    done = script(begun("print('went on')", "ignore=['KeyboardInterrupt']"))
    assert done.returncode == 1 and done.stdout == "" and "'KeyboardInterrupt'" in done.stderr.splitlines()[-1]
    assert done.stderr.splitlines()[-1].startswith("TypeError") and not (tmp_path / "exruns").exists()


def test_words_said_from_both_sides_at_once_are_all_kept(tmp_path: Path) -> None:
    """exprec's recorder and its pages overwrote each other's words."""
    body = "import sys\nprint('ready', flush=True)\nfor i in range(20): run.tag(f's{i}')\nsys.stdin.read()"
    (tmp_path / "main.py").write_text(begun(body))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "main.py"], cwd=tmp_path, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "ready\n"
        argv = [sys.executable, "-m", "exparse", "tag"]
        others = [subprocess.Popen([*argv, f"c{i}", "1"], cwd=tmp_path, stdout=subprocess.PIPE) for i in range(4)]
        assert [other.communicate(timeout=60) and other.returncode for other in others] == [0] * 4
        assert command("describe", 1, "from the side", cwd=tmp_path).returncode == 0
        process.communicate(timeout=60)
    run = only(tmp_path)
    assert sorted(run.tags) == sorted([*(f"s{i}" for i in range(20)), *(f"c{i}" for i in range(4))])
    assert run.description == "from the side" and run.state == "finished"


def test_scalars_that_are_no_numbers_are_refused_and_others_stay(script: Any, tmp_path: Path) -> None:
    """exprec's CSV files broke at commas, None and nan."""
    body = """\
run.log({"x": 1.0})
for wrong in (None, "low", [1]):
    try:
        run.log({"x": wrong})
    except TypeError as problem:
        print("no:", problem)
run.log({"x": float("inf")})"""
    done = script(begun(body))
    assert done.stdout.count("no:") == 3
    assert list(only(tmp_path).metrics()["value"]) == [1.0, numpy.inf]


def test_output_of_child_processes_is_there_for_the_asking(script: Any, tmp_path: Path) -> None:
    body = "import subprocess, sys\nprint('parent', flush=True)\nsubprocess.run([sys.executable, '-c', 'print(7)'])"
    assert script(begun(body, "capture='fd'")).stdout == "parent\n7\n"
    assert only(tmp_path).output() == b"parent\n7\n"


def test_a_repository_without_a_commit_and_a_folder_elsewhere(script: Any, tmp_path: Path) -> None:
    """exprec died without a commit, and its runs were found from one working folder only."""
    folder, elsewhere = tmp_path / "repo", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    run_git(folder, "init", "-q")
    assert script(begun("print('hi')"), folder=folder, cwd=elsewhere).returncode == 0
    run = only(folder)
    assert run.metadata["git"]["commit"] is None and (run / "source.zip").is_file()
    assert list(elsewhere.iterdir()) == []
    assert command("--root", folder / "exruns", "log", 1, cwd=elsewhere).stdout == "hi\n"


def test_one_broken_run_hides_no_other_and_nothing_tells_the_network_card(script: Any, tmp_path: Path) -> None:
    for _ in range(2):
        script(begun("pass"))
    first, second = Root(tmp_path / "exruns")
    (first / "metadata.json").write_text("{")
    said = json.loads(command("ls", "--format", "json", cwd=tmp_path).stdout)
    assert [run["state"] for run in said] == ["damaged", "finished"]
    import uuid

    mac = f"{uuid.getnode():012x}"
    assert mac not in (second / "metadata.json").read_text()
