"""``exparse rerun``: real scripts, made again."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from making import Paper, make_run
from repositories import run_git, tree_of

import exparse as package_of_ours
from exparse.cli.main import main
from exparse.cli.rerun import How, rerun
from exparse.errors import ExparseError, InvalidName
from exparse.store.root import Root
from exparse.store.run import Run

TRAIN = """
import sys
from pathlib import Path
from exparse import ExParser
parser = ExParser()
parser.add_argument("data")
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--name")
parser.add_argument("--no-augment", action="store_false", dest="augment")
parser.add_argument("--pick", action="append")
group = parser.add_mutually_exclusive_group()
group.add_argument("--a", type=int)
group.add_argument("--b", type=int)
below = parser.add_subparsers(dest="command")
fit = below.add_parser("fit")
fit.add_argument("--epochs", type=int, default=1)
fit.set_defaults(call=print)
parser.add_argument("--key", secret=True)
args = parser.parse_args()
print(VERSION, vars(args))
Path("out.txt").write_text("made by the script")
sys.exit(args.a or 0)
""".lstrip()


@pytest.fixture
def train(tmp_path: Path, script: Any) -> Run:
    """Make a repository in a folder with a blank, and a run of its script."""
    folder = tmp_path / "my code"
    (folder / "src").mkdir(parents=True)
    (folder / ".gitignore").write_text("exruns\ndata\nout.txt\nwork\n")
    (folder / "src" / "data").write_text("1 2 3")
    (folder / "src" / "train.py").write_text(f"VERSION = 1\n{TRAIN}")
    run_git(folder, "init", "-q")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "all")
    argv = ["--pick", "u", "--pick", "v w", "--name", "bob", "data", "fit", "--epochs", "4"]
    source = (folder / "src" / "train.py").read_text()
    done = script(source, *argv, folder=folder / "src", name="train.py")
    assert done.returncode == 0, done.stderr
    (folder / "src" / "out.txt").unlink()
    return Root(folder / "src" / "exruns")["last"]


def again(run: Run, *words: str, ends: int = 0, answer: bool | None = None, **how: Any) -> tuple[Paper, Run]:
    """Make a run again; return what was said and the newest run."""
    to = Paper(answer=answer)
    assert rerun(Run(run.root, run.name, run.place), words, How(**how), to) == ends, to.noted
    return to, Root(run.root)["last"]


def test_a_run_is_made_again_with_what_is_said_laid_over_it(train: Run, monkeypatch: Any) -> None:
    monkeypatch.chdir(train.folder)
    words = ["--lr", "0.1", "--no-augment", "--epochs", "9", "--pick", "z", "--b", "7"]
    to, new = again(train, *words, name="two", tags=("later",))
    changed = {"lr": 0.1, "augment": False, "epochs": 9, "pick": ["u", "v w", "z"], "b": 7}
    assert new.params == {**train.params, **changed} and new.state == "finished"
    assert (new.metadata["rerun_of"], new.metadata["parents"]) == (train.name, [train.name])
    assert (new.label, new.tags, new.root) == ("two", ["later"], train.root)
    assert new.metadata["argv"] == [*train.metadata["argv"], *words], "what ps shows is what was asked"
    assert new.metadata["cwd"] == train.metadata["cwd"]
    assert "as it was, where it lies" in to.noted, to.noted
    assert "/src/train.py' --pick u --pick 'v w' --name bob data fit" in to.noted
    assert new.output("stdout").startswith(b"1 {'data': 'data', 'lr': 0.1, ")


def test_without_words_it_is_the_same_run_again(train: Run) -> None:
    to, new = again(train, strict=True)
    assert new.params == train.params and new.name != train.name
    assert "not recorded" not in to.noted, "what nobody gave is in the code"
    assert f"run {new.id} gave the same as run {train.id}" in to.noted


@pytest.mark.slow
def test_the_recorded_code_runs_and_the_checkout_stays_as_it_is(train: Run) -> None:
    folder = Path(train.root).parent
    (folder / "train.py").write_text(f"VERSION = 2\n{TRAIN}")
    before = tree_of(folder.parent, "exruns")
    to, new = again(train)
    assert new.output("stdout").startswith(b"1 {")
    assert {key: value for key, value in tree_of(folder.parent).items() if b"exruns" not in key} == {
        key: value for key, value in before.items() if b"exruns" not in key
    }
    commit = train.metadata["git"]["commit"][:7]
    assert f"\n  code     recorded: {commit}, in a tree of its own\n  here     " in to.noted
    here = next(line for line in to.noted.splitlines() if line.startswith("  here "))
    assert "train.py" in here and here.endswith("(--code current runs this)") and len(here) <= 80
    assert (new.path / "files" / "left" / "src" / "out.txt").read_text() == "made by the script"
    assert "what it left in the tree lies in" in to.noted and "src/out.txt" in to.noted
    for name in ("script", "cwd"):
        assert new.metadata[name] == train.metadata[name], "a tree is called by what it stands for"
    git = {name: new.metadata["git"][name] for name in ("top", "commit", "dirty", "branch")}
    assert git == {name: train.metadata["git"][name] for name in git}
    to, new = again(train, code="current")
    assert new.output("stdout").startswith(b"2 {") and "  code     what is here: " in to.noted
    assert "this was the recorded code" not in again(train, "--wd", "3", ends=2, code="current")[0].noted
    (folder / "train.py").write_text(f"VERSION = 3\n{TRAIN}".replace("group =", "parser.add_argument('--wd')\ngroup ="))
    to, _ = again(train, "--wd", "3", ends=2)
    assert to.noted.endswith("was recorded\nthis was the recorded code; with that of now: --code current\n")
    _, new = again(train, "--wd", "3", code="current")
    assert new.params["wd"] == "3"
    (folder / "train.py").unlink()
    to, _ = again(train, dry=True)
    assert "  here     " in to.noted and "--code current" not in to.noted, "there is nothing here that could run"


@pytest.mark.slow
def test_the_recorded_code_runs_also_from_a_folder_that_git_ignores(train: Run, monkeypatch: Any) -> None:
    folder = Path(train.root).parent.parent
    (folder / "work").mkdir()
    (folder / "work" / "data").write_text("4 5")
    subprocess.run([sys.executable, "../src/train.py", "data"], cwd=folder / "work", check=True)
    (folder / "work" / "out.txt").unlink()
    (folder / "src" / "train.py").write_text(f"VERSION = 2\n{TRAIN}")
    again(train)  # its tree has a link for the folder
    for most, place in ((0, "/my code/src/train.py'"), (5_000, " ../src/train.py ")):
        monkeypatch.setattr("exparse.code.links.MOST", most)
        to, new = again(Root(train.root)[2])
        assert new.output("stdout").startswith(b"1 {") and place in to.noted, to.noted
        assert new.metadata["cwd"] == str(folder / "work")
        assert (folder / "work" / "out.txt").exists() == (not most), "with very much in it, the folder is a link"
        (folder / "work" / "out.txt").unlink(missing_ok=True)


def test_a_usage_error_is_the_scripts_own_and_leaves_no_run(train: Run, exparse: Any) -> None:
    done = exparse("--root", train.root, "rerun", "1", "--lr", "high")
    assert (done.returncode, Root(train.root)["last"]) == (2, train)
    assert "train.py: error: argument --lr: invalid float value: 'high'" in done.stderr
    assert done.stderr.endswith("no run was recorded\n")


def test_the_exit_code_is_the_scripts(train: Run) -> None:
    _, new = again(train, "--a", "3", ends=3)
    assert (new.state, new.status.exit_code) == ("failed", 3)


def test_what_is_only_shown_or_not_agreed_to_does_not_run(train: Run, monkeypatch: Any) -> None:
    to, newest = again(train, dry=True)
    assert newest == train and "  command  " in to.noted and f"  in       {train.metadata['cwd']}" in to.noted
    text = (train.path / "metadata.json").read_text()
    (train.path / "metadata.json").write_text(
        text.replace(f'"user": {json.dumps(train.metadata["user"])}', '"user": "eve"')
    )
    with pytest.raises(ExparseError, match="nobody is at a terminal to be asked.*--yes"):
        again(train)
    to, newest = again(train, answer=False, ends=1)
    assert newest == train and to.asked == ["Run what was recorded there, with your rights?"]
    assert "run 1 was made by eve" in to.noted and to.noted.endswith("nothing was run\n")
    with pytest.raises(InvalidName):
        again(train, name="../x", yes=True)
    monkeypatch.setenv("OMP_NUM_THREADS", "77")
    with pytest.raises(ExparseError, match="--strict: run 1 is not made again as it was: .*OMP_NUM_THREADS"):
        again(train, strict=True, yes=True)
    assert Root(train.root)["last"] == train


def test_a_narrow_terminal_shows_what_runs_below_each_other(train: Run, monkeypatch: Any) -> None:
    for width in (40, 7):
        to = Paper(width)
        monkeypatch.setattr(to.err, "isatty", lambda: True)
        assert rerun(Run(train.root, train.name), [], How(dry=True), to) == 0
        lines = to.noted.splitlines()
        at = next(at for at, line in enumerate(lines) if line.lstrip().startswith("command"))
        assert lines[at + 1].startswith(" " * 11) and "fit" in " ".join(lines[at:])


def test_somebody_elses_interpreter_is_not_even_started_unasked(train: Run, tmp_path: Path) -> None:
    planted = tmp_path / "python"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/planted\n")
    planted.chmod(0o755)
    path = train.path / "metadata.json"
    user = f'"user": {json.dumps(train.metadata["user"])}'
    path.write_text(path.read_text().replace(user, '"user": "eve"').replace(sys.executable, str(planted)))
    to, _ = again(train, dry=True)
    assert "was not asked what differs now" in to.noted and f"  command  {planted} " in to.noted
    again(train, answer=False, ends=1)
    with pytest.raises(ExparseError, match="--strict"):
        again(train, dry=True, strict=True)
    assert not (tmp_path / "planted").exists()
    with pytest.raises(ExparseError, match="--strict: run 1 is not made again as it was: python differs"):
        again(train, answer=True, strict=True)
    assert (tmp_path / "planted").exists() and Root(train.root)["last"] == train


def test_options_behind_run_are_ours_unless_the_script_has_them(train: Run, capsys: Any) -> None:
    argv = ["--root", train.root, "rerun", "1", "--lr", "2", "--name", "eve", "--tag", "ours, too", "--tmp", "--yes"]
    assert main([*argv, "--", "--a", "0"]) == 0
    new = Root(train.root).runs("tmp")[-1]
    assert (new.params["name"], new.params["a"], new.label, new.tags) == ("eve", 0, None, ["ours", "too"])
    capsys.readouterr()
    assert main(["rerun", "1", "--root", train.root, "--help"]) == 0
    assert capsys.readouterr().out.startswith("usage: exparse rerun ")
    assert main(["rerun", "1", "--root", train.root, "--code"]) == 2
    assert main(["rerun", "1", "--root", train.root, "--code", "old"]) == 2
    assert "exparse rerun: error: argument --code" in capsys.readouterr().err
    assert main(["--root", train.root, "rerun", "--dry-run", "1", "--", "--yes", "--", "--name"]) == 0
    assert "epochs 4 --yes -- --name\n" in capsys.readouterr().err
    assert main(["rerun"]) == 2
    assert main(["rerun", "1", "--root", train.root, "--dry-run", "--", "--help", "--sort", "-lr"]) == 0
    assert "epochs 4 --help --sort -lr\n" in capsys.readouterr().err


def test_which_run_is_meant_is_never_guessed(train: Run, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    again(train)
    monkeypatch.chdir(train.root)
    assert main(["rerun", "1:2"]) == main(["resume", "lr = 0.5"]) == 1
    said = capsys.readouterr().err
    assert "2 runs match 1:2: 2 and 1. Name one of them" in said and "2 runs match lr = 0.5: 2 and 1" in said
    assert len(Root(train.root)) == 2
    assert main(["rerun", "--lr", "0.3", "1"]) == main(["resume", "1", "--lr", "0.3"]) == 2
    said = capsys.readouterr().err
    assert "unrecognized arguments: --lr. The script's own options stand behind RUN: exparse rerun 42" in said
    assert "unrecognized arguments: --lr 0.3. A run goes on with the params that it has; with others: exparse" in said


def test_a_path_of_a_run_brings_its_root_and_the_new_run_may_go_elsewhere(
    train: Run, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["path", train.folder]) == 0
    assert main(["rerun", train.folder, "--lr", "7", "--into", "mine"]) == 0
    (new,) = Root(tmp_path / "mine")
    assert (new.params["lr"], len(Root(train.root))) == (7, 1)
    assert new.metadata["rerun_of"] == train.folder and list(new.parents) == [train.folder]
    monkeypatch.setattr("os.access", lambda path, mode: path != train.root)
    assert main(["rerun", train.folder]) == 1
    assert f"nothing may be written in {train.root}: --into FOLDER" in capsys.readouterr().err
    assert main(["rerun", train.folder, "--dry-run"]) == 0


def test_a_root_behind_run_is_the_scripts_where_that_has_such_a_param(
    tmp_path: Path, root: Path, monkeypatch: Any, capsys: Any
) -> None:
    typed = [sys.executable, "-c", "pass"]
    facts = {"typed": typed, "executable": sys.executable, "argv": [], "sources": {}, "cwd": str(tmp_path)}
    make_run(root, {"root": "data"}, facts=facts)
    make_run(tmp_path / "other", {"lr": 1}, facts=facts)
    monkeypatch.setenv("EXPARSE_ROOT", str(root))
    assert main(["rerun", "1", "--root", str(tmp_path / "other"), "--dry-run"]) == 0
    assert f"-c pass --root {tmp_path}/other\n" in capsys.readouterr().err
    assert main(["--root", str(tmp_path / "other"), "rerun", "1", "--root", str(root), "--dry-run"]) == 0
    assert "-c pass\n" in capsys.readouterr().err


def test_an_order_is_for_one_program_and_none_that_it_starts(tmp_path: Path, root: Path, script: Any) -> None:
    script(
        """
        import subprocess, sys
        from exparse import ExParser
        parser = ExParser()
        parser.add_argument("--deep", type=int, default=0)
        args = parser.parse_args()
        again = ExParser(prog="second")
        again.add_argument("--deep", type=int, default=5)
        print(again.parse_args([]).deep)
        if args.deep == 0:
            subprocess.run([sys.executable, __file__, "--deep", "1"], check=True)
        """,
        env={"EXPARSE_ROOT": str(root)},
    )
    before = len(Root(root))
    again(Root(root)[1])
    new = Root(root).runs()[before:]
    assert [run.params for run in new] == [{"deep": 0}, {"deep": 5}, {"deep": 1}, {"deep": 5}]
    assert [run.metadata.get("rerun_of") for run in new] == [Root(root)[1].name, None, None, None]


@pytest.mark.slow
def test_a_signal_that_ends_the_script_ends_the_command(train: Run, exparse: Any) -> None:
    path = Path(train.metadata["script"])
    path.write_text("import os, signal\nfrom exparse import ExParser\nExParser().parse_known_args()\n"
                    "os.kill(os.getpid(), signal.SIGKILL)\n")  # fmt: skip
    done = exparse("--root", train.root, "rerun", "1", "--code", "current")
    assert done.returncode == -9, done.stderr
    assert Root(train.root)["last"].state == "lost"


@pytest.mark.slow
def test_a_fresh_clone_and_a_root_that_moved_are_no_matter(train: Run, tmp_path: Path) -> None:
    old = Path(train.root).parent.parent
    clone = tmp_path / "clone of it"
    run_git(tmp_path, "clone", "-q", str(old), str(clone))
    shutil.copy(old / "src" / "data", clone / "src" / "data")
    shutil.move(train.root, tmp_path / "moved")
    shutil.rmtree(old)
    os.chdir(clone)
    to, new = again(Root(tmp_path / "moved")[1])
    assert new.root == str(tmp_path / "moved") and new.metadata["cwd"] == str(clone / "src")
    assert new.metadata["script"] == str(clone / "src" / "train.py") and new.params == train_params(new)
    assert new.output("stdout").startswith(b"1 {")


def train_params(run: Run) -> dict[str, Any]:
    """Return the params of the run that a run repeats."""
    return Root(run.root)[run.metadata["rerun_of"]].params


@pytest.mark.slow
def test_a_console_script_runs_the_recorded_code_of_a_package_installed_in_place(tmp_path: Path, root: Path) -> None:
    code, env = tmp_path / "my code", tmp_path / "env"
    (code / "src" / "digits").mkdir(parents=True)
    (code / "src" / "digits" / "__init__.py").write_text(
        "from exparse import ExParser\nVERSION = 1\ndef main():\n    ExParser().parse_args()\n    print(VERSION)\n"
    )
    (code / ".gitignore").write_text("__pycache__\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        run_git(code, *words)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    (site,) = env.glob("lib/python*/site-packages")
    installed = site / "digits-1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Name: digits\nVersion: 1\n")
    told = {"url": f"file://{code}".replace(" ", "%20"), "dir_info": {"editable": True}}
    (installed / "direct_url.json").write_text(json.dumps(told))
    (site / "digits.pth").write_text(f"{code / 'src'}\n")
    (site / "ours.pth").write_text(
        f"{Path(package_of_ours.__file__).parent.parent}\n{Path(yaml.__file__).parent.parent}\n"
    )
    program = env / "bin" / "digits"
    program.write_text(f"#!{env}/bin/python\nimport sys\nfrom digits import main\nsys.exit(main())\n")
    done = subprocess.run(
        [str(env / "bin" / "python"), str(program)],
        cwd=code,
        env={**os.environ, "EXPARSE_ROOT": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "1\n", done.stderr
    run = Root(root)[1]
    assert run.metadata["git"]["top"] == str(code) and "my code" in (run.path / "packages.txt").read_text()
    package = code / "src" / "digits" / "__init__.py"
    package.write_text(package.read_text().replace("VERSION = 1", "VERSION = 2"))
    to, new = again(run)
    assert (new.state, new.output("stdout")) == ("finished", b"1\n"), to.noted
    assert new.metadata["git"]["top"] == str(code)


@pytest.mark.slow
def test_a_program_that_knows_nothing_of_us_is_made_again_and_goes_on(tmp_path: Path, exparse: Any) -> None:
    (tmp_path / "plain.py").write_text(
        "import argparse, sys\nparser = argparse.ArgumentParser()\nparser.add_argument('--lr', type=float)\n"
        "parser.add_argument('x')\nargs = parser.parse_args()\nprint(args)\nsys.exit(args.x == 'bad')\n"
    )
    assert exparse("run", "plain.py", "--lr", "1", "bad").returncode == 1
    done = exparse("rerun", "1", "--lr", "2", "good")
    root = Root(tmp_path / "exruns")
    assert (done.returncode, root["last"].params) == (0, {"lr": 2.0, "x": "good"}), done.stderr
    assert root["last"].metadata["rerun_of"] == root[1].name and "by" not in root["last"].metadata
    assert exparse("resume", "1").returncode == 1
    assert (len(root), root[1].status.attempt, root[1].params) == (2, 2, {"lr": 1.0, "x": "bad"})
    assert exparse("run", "--", sys.executable, "-c", "print('$HOME;', 1)").returncode == 0
    assert "gave the same as run 3" in exparse("rerun", "3").stderr


def test_a_run_that_is_not_needed_is_made_again_all_the_same(script: Any, tmp_path: Path) -> None:
    source = "from exparse import ExParser\nExParser(needed=True).parse_args()\n"
    script(source)
    script(source)
    root = Root(tmp_path / "exruns")
    assert len(root) == 1
    _, new = again(root[1])
    assert len(root) == 2 and new.metadata["rerun_of"] == root[1].name
