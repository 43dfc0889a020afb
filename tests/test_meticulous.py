"""What users of meticulous do: the scenarios of a migration, each in a real process."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from repositories import run_git

from exparse import Index, Root, Run

# The program of meticulous' users: a plain parser, which the recorder adds its options to.
SCRIPT = """
    import argparse, sys
    import exparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--model", default="mlp")
    exparse.add_arguments(parser)
    args = parser.parse_args()
    run = exparse.from_parser(parser)
    assert run.args == args
    print("training with", args.lr)
    print("slow disk", file=sys.stderr)
"""


def source(more: str = "", **replaced: str) -> str:
    text = SCRIPT
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text + "".join(f"\n    {line}" for line in more.splitlines()) + "\n"


def command(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exparse", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def table(folder: Path, *columns: str) -> list[dict[str, str]]:
    """Return what ``exparse ls`` lists in the columns that are asked for, as its CSV says it."""
    done = command("ls", "--all", "--format", "csv", "--columns", ",".join(columns), cwd=folder)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    return [{name: value for name, value in row.items() if name != "id" or "id" in columns} for row in rows]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with a commit, in which a script is committed as soon as it has been written there."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "main.py").write_text("# nothing yet\n")
    run_git(folder, "init", "-q")
    commit(folder, "First try\n\nwith a body")
    return folder


def commit(folder: Path, message: str, text: str | None = None) -> str:
    if text is not None:
        (folder / "main.py").write_text(text)
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", message)
    return run_git(folder, "rev-parse", "HEAD").decode().strip()


def dedented(text: str) -> str:
    import textwrap

    return textwrap.dedent(text)


def test_1_a_numbered_run_with_args_defaults_commit_and_separate_streams(repository: Path) -> None:
    """``RUNNING`` is ``running``, ``SUCCESS`` is ``finished``; ``default_args.json`` is ``defaults`` in the metadata."""
    text = dedented(source("print('ready', flush=True)\nsys.stdin.read()"))
    sha = commit(repository, "Train\n\nwith a body", text)
    argv = [sys.executable, "main.py", "--lr", "0.3", "--description", "a first look"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=repository, text=True, **pipes) as process:  # type: ignore[call-overload]
        while process.stdout.readline() != "ready\n":
            assert process.poll() is None, process.stderr.read()
        assert table(repository, "id", "state") == [{"id": "1", "state": "running"}]
        process.communicate(timeout=60)
    assert process.returncode == 0
    (run,) = Root(repository / "exruns")
    assert run.state == "finished" and run.id == 1 and run.description == "a first look"
    assert run.params == {"lr": 0.3, "model": "mlp"}
    assert run.metadata["defaults"] == {"lr": 0.1, "model": "mlp"}
    assert run.metadata["git"]["commit"] == sha and run.metadata["git"]["message"] == "Train"
    assert run.metadata["argv"] == argv[2:]
    assert datetime.fromisoformat(run.status.ended) >= datetime.fromisoformat(run.metadata["started"])
    assert run.output() == b"training with 0.3\nready\n" and run.output("stderr") == b"slow disk\n"


# How the script ends; the state, its exit code as the shell sees it, the traceback's last line, and what the table says.
ENDINGS = {
    "raise ValueError('boom')": ("failed", 1, "ValueError: boom", "ValueError: boom"),
    "sys.exit(0)": ("finished", 0, "", ""),
    "sys.exit(3)": ("failed", 3, "", "exit code 3"),
    "raise SystemExit(3)": ("failed", 3, "", "exit code 3"),
    "import os; os._exit(3)": ("failed", 3, "", "exit code 3"),
    "import os, signal; os.kill(os.getpid(), signal.SIGINT)": (
        "interrupted",
        -2,
        "KeyboardInterrupt",
        "KeyboardInterrupt",
    ),
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": (
        "lost",
        -9,
        "",
        "its process is gone without a word: SIGKILL, out of memory, or a disk that took its last words no more",
    ),
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": ("killed", -15, "", "SIGTERM"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_2_how_it_ended_is_told_right_and_the_shell_sees_no_difference(
    ending: str, script: Any, tmp_path: Path
) -> None:
    """meticulous said SUCCESS for ``raise SystemExit(3)``, ERROR for ``sys.exit(0)`` and RUNNING after ``kill -9``."""
    state, code, error, told = ENDINGS[ending]
    assert script(source(ending)).returncode == code
    (run,) = Root(tmp_path / "exruns")
    assert run.state == state
    assert table(tmp_path, "state", "error") == [{"state": state, "error": told}]
    if error:
        assert run.status.error["traceback"].rstrip().splitlines()[-1] == error
        assert error in command("show", 1, cwd=tmp_path).stdout
    else:
        assert run.status.error is None


def test_3_an_id_of_ones_own_is_gone_on_with_or_refused_for_what_differs(script: Any, repository: Path) -> None:
    """``--experiment-id foo`` is ``--run-id foo``: the folder has a number all the same."""
    commit(repository, "Train", dedented(source()))
    assert script(source(), "--run-id", "foo", folder=repository).returncode == 0
    assert script(source(), "--run-id", "foo", folder=repository).returncode == 0
    (run,) = Root(repository / "exruns")
    assert run.label == "foo" and run.status.attempt == 2
    assert run.output() == b"training with 0.1\n" * 2 and run.output("stderr") == b"slow disk\n" * 2
    other = script(source(), "--run-id", "foo", "--lr", 0.2, folder=repository)
    assert other.returncode == 1 and "lr (0.1, now 0.2)" in other.stderr and other.stdout == ""
    (repository / "more.py").write_text("x = 1\n")
    commit(repository, "More")
    other = script(source(), "--run-id", "foo", folder=repository)
    assert other.returncode == 1 and "was made by commit" in other.stderr and other.stdout == ""
    assert run.output() == b"training with 0.1\n" * 2, "what was refused has written nothing"


def test_4_resume_goes_on_with_an_equal_run_or_begins_one(script: Any, repository: Path) -> None:
    commit(repository, "Train", dedented(source()))
    for argv in ([], ["--lr", 0.2], ["--resume"], ["--resume", "--lr", 0.3]):
        assert script(source(), *argv, folder=repository).returncode == 0
    told = [(run.params["lr"], run.status.attempt) for run in Root(repository / "exruns")]
    assert told == [(0.1, 2), (0.2, 1), (0.3, 1)]


def test_5_a_dirty_tree_is_refused_where_one_asks_for_it(script: Any, repository: Path) -> None:
    """Not by default, since the patch is kept. ``--norecord`` is ``--no-record``; files go to a scratch folder."""
    clean = source("with run.open('a/b.txt', 'w') as file: file.write('x')\nprint(run.open('a/b.txt').read())")
    clean = clean.replace("from_parser(parser)", "from_parser(parser, git_clean=True)")
    done = script(clean, folder=repository)
    assert done.returncode == 1 and done.stdout == "" and "differs from commit" in done.stderr
    assert not (repository / "exruns").exists()
    done = script(clean, "--no-record", folder=repository)
    assert done.returncode == 0 and done.stdout == "training with 0.1\nx\n"
    assert sorted(path.name for path in repository.iterdir()) == [".git", "main.py"]
    assert script(clean, "--git-dirty", folder=repository).returncode == 0
    (run,) = Root(repository / "exruns")
    assert run.metadata["git"]["dirty"] is True and "+print" not in run.files and run.files == {"a/b.txt": 1}


def test_6_the_summary_merges_and_both_keys_are_in_the_table(script: Any, tmp_path: Path) -> None:
    script(source("run.summary({'loss': 1})\nrun.summary(acc=2)"))
    assert table(tmp_path, "metrics.*") == [{"metrics.loss": "1", "metrics.acc": "2"}]
    frame = Index(tmp_path / "exruns").info()
    assert list(frame["metrics.loss"]) == [1] and list(frame["metrics.acc"]) == [2]


SWEEP = [("mlp", 0.1, 0.5), ("mlp", 0.2, 0.6), ("mlp", 0.3, 0.9), ("cnn", 0.4, 0.7), ("cnn", 0.5, 0.8)]


@pytest.fixture
def sweep(script: Any, tmp_path: Path) -> Path:
    """Make five runs with different lr, of two models, each with an accuracy."""
    more = f"run.summary(acc={ {lr: acc for _, lr, acc in SWEEP} }[args.lr])"
    for model, lr, _ in SWEEP:
        assert script(source(more), "--model", model, "--lr", lr).returncode == 0
    return tmp_path


def heads(folder: Path, *argv: object) -> list[str]:
    done = command("ls", "--all", "--format", "csv", "--metrics", "none", *argv, cwd=folder)
    assert done.returncode == 0, done.stderr
    return next(csv.reader(io.StringIO(done.stdout)))


def test_7_arguments_that_vary_that_were_changed_or_none(sweep: Path, script: Any) -> None:
    """meticulous: ``--args truncated|non-default|none``; the first two crash on the pandas of today."""
    fixed = heads(sweep, "--params", "none")
    assert [head for head in heads(sweep, "--params", "varying", "1:3") if head not in fixed] == ["lr"]
    assert [head for head in heads(sweep, "--params", "non-default", "1") if head not in fixed] == []
    assert [head for head in heads(sweep, "--params", "non-default", "5") if head not in fixed] == ["lr", "model"]
    assert {"lr", "model"} <= set(heads(sweep, "--params", "all", "1:3"))
    assert "lr" not in fixed
    assert "model" not in fixed


def test_8_filter_sort_tail_columns_and_export(sweep: Path) -> None:
    """meticulous printed unfiltered data with exit code 0 where its filter failed."""
    asked = ["--where", "lr > 0.2", "--sort=-acc", "-n", "2", "--columns", "lr,acc"]
    for name, form in (("t.csv", "csv"), ("t.md", "markdown"), ("t.tex", "latex"), ("t.json", "json")):
        done = command("ls", *asked, "--format", form, "-o", name, cwd=sweep)
        assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO((sweep / "t.csv").read_text())))
    assert [(row["id"], row["lr"], float(row["metrics.acc"])) for row in rows] == [("3", "0.3", 0.9), ("5", "0.5", 0.8)]
    told = json.loads((sweep / "t.json").read_text())
    assert [row["params"]["lr"] for row in told] == [0.3, 0.5]
    assert (sweep / "t.md").read_text().count("|") > 8
    assert "tabular" in (sweep / "t.tex").read_text()
    for wrong in ("lr >", "lrr > 0.2", "__import__('os').system('touch x')"):
        bad = command("ls", "--where", wrong, "--format", "csv", cwd=sweep)
        assert (bad.returncode, bad.stdout) == (1, "")
        assert bad.stderr.count("\n") == 1
    assert not (sweep / "x").exists()


def test_9_groups_have_count_mean_and_deviation(sweep: Path) -> None:
    """meticulous averaged floats and failed on texts; it had no deviation."""
    done = command("summary", "--by", "model", "--metrics", "acc", "--format", "json", cwd=sweep)
    assert done.returncode == 0, done.stderr
    shown = command("summary", "--by", "model", "--metrics", "acc", cwd=sweep).stdout
    assert "0.67" in shown
    frame = Index(sweep / "exruns").info().groupby("model")["metrics.acc"].agg(["count", "mean", "std"])
    for group in json.loads(done.stdout)["groups"]:
        told, wanted = group["metrics"]["acc"], frame.loc[group["keys"]["model"]]
        assert (told["count"], told["mean"], told["std"]) == pytest.approx(tuple(wanted))
    assert frame["count"].to_dict() == {"mlp": 3, "cnn": 2}


def test_10_a_loop_of_runs_each_with_its_own_end_and_output(script: Any, tmp_path: Path) -> None:
    """meticulous swallowed whatever left the block; here one names what the loop is to survive."""
    loop = """
        import exparse

        for k in range(3):
            with exparse.start({"k": k}, ignore=(ArithmeticError,)) as run:
                print("this is", k)
                run.summary(k=k // (k != 1))
    """
    done = script(loop)
    assert done.returncode == 0 and done.stdout == "this is 0\nthis is 1\nthis is 2\n"
    runs = list(Root(tmp_path / "exruns"))
    assert [run.state for run in runs] == ["finished", "failed", "finished"]
    assert [run.params for run in runs] == [{"k": 0}, {"k": 1}, {"k": 2}]
    assert [run.output() for run in runs] == [b"this is 0\n", b"this is 1\n", b"this is 2\n"]
    assert runs[1].status.error["type"] == "ZeroDivisionError", "a class stands for those below it"


def test_11_a_column_of_ones_own(script: Any, tmp_path: Path) -> None:
    """meticulous' reader was a class to derive from. Here runs are read in a loop, and ``Index`` may be derived from."""

    class Weighed(Index):
        def info(self, mark: str | None = None) -> pd.DataFrame:
            frame = super().info(mark)
            return frame.assign(weight=[(root / "files" / "w").stat().st_size for root in frame.root])

    for number in (1, 2):
        script(source(f"with run.open('w', 'w') as file: file.write('x' * {number})"))
    index = Weighed(tmp_path / "exruns")
    assert list(index.info()["weight"]) == [1, 2]
    assert [run.files["w"] for run in index] == [1, 2] and isinstance(index[1], Run)


# What was wrong with meticulous


@pytest.mark.parametrize("is_there", [False, True], ids=["a new name", "a run to go on with"])
def test_a_race_for_an_id_of_ones_own_is_one_run(is_there: bool, script: Any, tmp_path: Path) -> None:
    """meticulous' starts raced for a number and died; here they may also ask for one name at once."""
    text = "import sys, exparse\nparser = exparse.ExParser()\nif {}: print('ready', flush=True), sys.stdin.read()\n"
    text += "print(parser.parse_args().run.id)\n"
    if is_there:
        script(text.format(False), "--run-id", "foo")
    (tmp_path / "main.py").write_text(text.format(True))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    argv = [sys.executable, "main.py", "--run-id", "foo"]
    started = [subprocess.Popen(argv, cwd=tmp_path, **pipes) for _ in range(8)]  # type: ignore[call-overload]
    assert [process.stdout.readline() for process in started] == ["ready\n"] * 8
    for process in started:
        process.stdin.close()
        process.stdin = None
    said = [process.communicate(timeout=60) for process in started]
    (run,) = Root(tmp_path / "exruns")
    went = [out for (out, _), process in zip(said, started, strict=True) if process.returncode == 0]
    assert went and set(went) == {"1\n"} and run.status.attempt == len(went) + is_there
    for (_, err), process in zip(said, started, strict=True):
        assert process.returncode in (0, 1) and err.count("error: ") == process.returncode, err
        assert err.count("\n") <= 1, err


def test_the_users_repository_is_left_alone(script: Any, repository: Path) -> None:
    head = commit(repository, "Train", dedented(source()))
    (repository / "notes.txt").write_text("untracked")
    before = run_git(repository, "status", "--porcelain"), sorted(path.name for path in repository.iterdir())
    index = (repository / ".git" / "index").read_bytes()
    assert script(source(), folder=repository).returncode == 0
    assert (repository / ".git" / "index").read_bytes() == index
    assert run_git(repository, "rev-parse", "HEAD").decode().strip() == head
    assert run_git(repository, "status", "--porcelain") == before[0]
    assert sorted(path.name for path in repository.iterdir()) == sorted([*before[1], "exruns"])
    (run,) = Root(repository / "exruns")
    assert run.metadata["git"]["commit"] == head and "+untracked" in (run / "code.patch").read_text()


def test_without_git_runs_are_recorded_and_read(script: Any, tmp_path: Path) -> None:
    assert script(source(), env={"PATH": str(tmp_path)}).returncode == 0
    assert table(tmp_path, "state", "commit") == [{"state": "finished", "commit": ""}]
    assert (tmp_path / "exruns" / "runs" / Root(tmp_path / "exruns")[1].name / "source.zip").is_file()


def test_required_options_commands_and_positionals_are_parsed_once(script: Any, tmp_path: Path) -> None:
    """meticulous parsed again with the positionals alone to learn the defaults."""
    text = """
        import argparse, exparse

        def counted(text):
            print("typed", text)
            return int(text)

        parser = argparse.ArgumentParser()
        parser.add_argument("--req", type=counted, required=True)
        parser.add_argument("first")
        train = parser.add_subparsers(dest="command", required=True).add_parser("train")
        train.add_argument("--epochs", type=int, default=3)
        run = exparse.from_parser(parser)
        print(run.params, run.metadata["defaults"])
    """
    done = script(text, "--req", 5, "x", "train", "--epochs", 4)
    params = {"req": 5, "first": "x", "command": "train", "epochs": 4}
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "typed 5" and done.stdout.count("typed") == 1
    (run,) = Root(tmp_path / "exruns")
    assert run.params == params and run.metadata["defaults"]["epochs"] == 3
    missing = script(text, "x", "train")
    assert missing.returncode == 2 and "required: --req" in missing.stderr and len(Root(tmp_path / "exruns")) == 1


def test_the_users_own_description_and_resume_stay_the_users(script: Any, tmp_path: Path) -> None:
    own = "parser.add_argument('--description'); parser.add_argument('--resume', type=int)\n    exparse.add_arguments"
    text = source().replace("exparse.add_arguments", own)
    argv = ["--description", "mine", "--resume", 7, "--exparse-description", "ours"]
    assert script(text, *argv).returncode == 0
    (run,) = Root(tmp_path / "exruns")
    assert run.params == {"lr": 0.1, "model": "mlp", "description": "mine", "resume": 7}
    assert run.description == "ours" and run.status.attempt == 1


def test_values_that_json_cannot_hold_are_recorded_and_come_back(script: Any, tmp_path: Path) -> None:
    text = """
        import argparse, enum, pathlib
        import exparse

        class Color(enum.Enum):
            RED = "red"

        parser = argparse.ArgumentParser()
        parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("a b"))
        parser.add_argument("--color", type=Color, default=Color.RED)
        parser.add_argument("--scale", type=complex, default=1j)
        run = exparse.from_parser(parser)
        print(run.args)
    """
    first = script(text, "--data", "x y/z", "--scale", "2+3j")
    again = script(text, "--config", 1)
    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    assert first.stdout == again.stdout and "(2+3j)" in first.stdout
    assert [run.state for run in Root(tmp_path / "exruns")] == ["finished", "finished"]


def test_a_folder_without_metadata_hides_no_other(script: Any, tmp_path: Path) -> None:
    for _ in range(3):
        script(source())
    (Root(tmp_path / "exruns")[2] / "metadata.json").unlink()
    (tmp_path / "exruns" / "runs" / "my notes").mkdir()
    assert [row["state"] for row in table(tmp_path, "state")] == ["finished", "damaged", "finished"]
    assert list(Index(tmp_path / "exruns").info()["state"]) == ["finished", "damaged", "finished"]


def test_dots_in_a_name_and_standard_output_are_left_as_they_are(script: Any, tmp_path: Path) -> None:
    text = source(lr="opt.lr").replace("args.opt.lr", "vars(args)['opt.lr']")
    script(text, "--opt.lr", 0.5)
    script(text)
    assert [row["opt.lr"] for row in table(tmp_path, "opt.lr")] == ["0.5", "0.1"]
    done = command("ls", "--format", "json", cwd=tmp_path)
    assert [run["params"]["opt.lr"] for run in json.loads(done.stdout)] == [0.5, 0.1]


def test_streams_are_those_that_the_program_had(script: Any, tmp_path: Path) -> None:
    more = "print(sys.stdout is sys.__stdout__, sys.stdout.fileno(), sys.stdout.isatty(), sys.stdout.encoding)"
    assert script(source(more)).stdout.splitlines()[1] == "True 1 False utf-8"
    assert Root(tmp_path / "exruns")[1].output().endswith(b"utf-8\n")


def test_going_on_keeps_the_first_start_and_command(script: Any, tmp_path: Path) -> None:
    script(source(), "--run-id", "foo")
    before = Root(tmp_path / "exruns")[1].metadata
    script(source(), "--lr", "0.1", "--resume")
    run = Root(tmp_path / "exruns")[1]
    assert run.metadata == before and run.metadata["argv"] == ["--run-id", "foo"]
    assert run.status.attempts[0]["started"] == before["started"] != run.status.started


def test_what_a_later_attempt_says_is_said_of_the_run(script: Any, tmp_path: Path) -> None:
    script(source(), "--run-id", "foo", "--description", "first", "--tag", "a")
    script(source(), "--run-id", "foo", "--description", "second", "--tag", "b", "--tag", "a")
    script(source(), "--run-id", "foo")
    (run,) = Root(tmp_path / "exruns")
    assert run.description == "second" and run.tags == ["a", "b"] and run.status.attempt == 3
    assert len((run / "about.jsonl").read_text().splitlines()) == 2
