"""What users of exman do: the scenarios of a migration, each in a real process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from repositories import run_git, tree_of

from exparse import ExParser, Index, Root

SCRIPT = """
    from pathlib import Path
    from exparse import ExParser, boolean, optional, simpleroot

    parser = ExParser(root=simpleroot(__file__), default_config_files=["local.cfg"], automark=AUTOMARK)
    parser.add_argument("--arg1", type=int, default=1)
    parser.add_argument("--arg2", type=boolean, default=True)
    parser.add_argument("--ratio", type=float, default=0.5)
    parser.add_argument("--limit", type=optional(int), default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--gpu", type=int, default=0, volatile=True)
    parser.add_argument("--user", default="nobody")
    parser.add_argument("--param", default="ok")
    parser.register_validator(lambda p: p.param != "x", "got {param}")
    args = parser.parse_args()
    (args.run / "plot.png").write_text("a picture")
    print("arg1 is", args.arg1, vars(args))
"""


def source(automark: list[str] | None = None, more: str = "") -> str:
    return SCRIPT.replace("AUTOMARK", repr(automark or [])) + "\n" + more


def command(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exparse", *map(str, argv)], cwd=cwd, capture_output=True, text=True, timeout=60
    )


def test_1_a_run_is_a_folder_with_params_and_a_relative_index_link(script: Any, tmp_path: Path) -> None:
    assert script(source(), "--arg1", 10, "--arg2", "F").returncode == 0
    (run,) = Root(tmp_path / "exruns")
    params = yaml.safe_load((run / "params.yaml").read_text())
    assert params["arg1"] == 10 and params["arg2"] is False
    assert run.id == 1 and run.name.startswith("000001-") and run.metadata["id"] == 1 and run.metadata["started"]
    link = tmp_path / "exruns" / "index" / f"{run.name}.yaml"
    assert os.readlink(link) == f"../runs/{run.name}/params.yaml" and link.resolve().is_file()


def test_2_a_tmp_run_is_in_no_index_and_uses_up_a_number(script: Any, tmp_path: Path) -> None:
    for argv in ([], ["--tmp"], []):
        assert script(source(), *argv).returncode == 0
    root = Root(tmp_path / "exruns")
    assert [run.id for run in root] == [1, 3] and [run.id for run in root.runs("tmp")] == [2]
    assert sorted(path.name[:6] for path in (tmp_path / "exruns" / "index").iterdir()) == ["000001", "000003"]


def test_3_a_config_restores_every_value_and_type_but_the_volatile(script: Any, tmp_path: Path) -> None:
    argv = ["--arg1", 7, "--arg2", "no", "--ratio", "1e-3", "--limit", "none", "--sizes", 3, 4, "--gpu", 5]
    script(source(), *argv)
    link = next((tmp_path / "exruns" / "index").iterdir())
    script(source(), "--config", link)
    script(source(), "--config", link, "--arg1", 5)
    first, again, changed = Root(tmp_path / "exruns")
    assert first.params["gpu"] == 5
    assert again.params == {**first.params, "gpu": 0} and again.id == 2
    assert changed.params == {**first.params, "gpu": 0, "arg1": 5}
    assert first.params["limit"] is None and first.params["sizes"] == [3, 4] and first.params["ratio"] == 0.001


@pytest.mark.parametrize("how", ["script", "command"])
def test_4_marks_are_put_from_the_script_and_by_the_command(how: str, script: Any, tmp_path: Path) -> None:
    script(source())
    for _ in range(2):
        if how == "script":
            done = script(source(), "mark", "good", 1, 7)
        else:
            done = command("mark", "good", 1, 7, cwd=tmp_path)
        assert done.returncode == 1 and "'7'" in done.stderr and "Traceback" not in done.stderr
    root = Root(tmp_path / "exruns")
    assert len(root) == 1 and root.marks() == {"good": [root[1].name]}
    frame = Index(tmp_path / "exruns").info("good")
    assert list(frame["id"]) == [1]
    with pytest.raises(KeyError, match="goood"):
        Index(tmp_path / "exruns").info("goood")


def test_4_mark_belongs_to_the_script_where_it_takes_positionals(script: Any, tmp_path: Path) -> None:
    done = script(
        "from exparse import ExParser\np = ExParser()\np.add_argument('words', nargs='*')\nprint(p.parse_args().words)",
        "mark", "good", "1",
    )  # fmt: skip
    assert done.stdout == "['mark', 'good', '1']\n"


def test_5_twenty_launches_at_once_are_twenty_runs(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("from exparse import ExParser\nExParser().parse_args()\n")
    started = [subprocess.Popen([sys.executable, "main.py"], cwd=tmp_path) for _ in range(20)]
    assert [process.wait(60) for process in started] == [0] * 20
    runs = list(Root(tmp_path / "exruns"))
    assert len({run.id for run in runs}) == 20 and all(run.state == "finished" for run in runs)
    assert len(list((tmp_path / "exruns" / "index").glob("*.yaml"))) == 20


def test_6_marks_at_the_start_and_defaults_of_the_machine(script: Any, tmp_path: Path) -> None:
    (tmp_path / "local.cfg").write_text("user: bob\n")
    assert script(source(["user", "const"])).returncode == 0
    (run,) = Root(tmp_path / "exruns")
    assert run.params["user"] == "bob"
    assert (tmp_path / "exruns" / "marked" / "user" / "bob" / "const" / f"{run.name}.yaml").resolve().is_file()
    for prefix in ("user", "user/bob", "user/bob/const", "user/bob/"):
        assert list(Index(tmp_path / "exruns").info(prefix)["id"]) == [1]


def test_7_a_failure_is_a_state_with_its_trace_and_passes_through(script: Any, tmp_path: Path) -> None:
    done = script(source(more="    raise ValueError('x')"))
    assert done.returncode == 1 and "ValueError: x" in done.stderr
    (run,) = Root(tmp_path / "exruns")
    assert run.state == "failed" and run.status.error["message"] == "x"
    assert "raise ValueError('x')" in run.status.error["traceback"]
    assert (run / "plot.png").is_file(), "what a failed run left stays where it was"


def test_7_an_interrupt_is_a_state_and_still_ends_the_program(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "from exparse import ExParser\nimport time\nExParser().parse_args()\nprint('ready', flush=True)\ntime.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "main.py"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    (run,) = Root(tmp_path / "exruns")
    assert run.state == "interrupted" and "KeyboardInterrupt" in run.status.error["traceback"]


def test_7_a_guarded_block_that_fails_moves_the_link_and_keeps_the_output(script: Any, tmp_path: Path) -> None:
    """exman moved the folder to ``fails/``, after which ``args.root`` pointed nowhere; here a link is moved."""
    (tmp_path / "local.cfg").write_text("user: bob\n")
    more = "    with args.run.safe():\n        print('in the block')\n        raise ValueError('x')"
    done = script(source(["user"], more))
    assert done.returncode == 1 and done.stderr.rstrip().endswith("ValueError: x")
    (run,) = Root(tmp_path / "exruns")
    assert run.state == "failed" and "raise ValueError('x')" in run.status.error["traceback"]
    assert run.output().endswith(b"in the block\n") and (run / "plot.png").is_file()
    links = [
        str(path.relative_to(tmp_path / "exruns"))
        for path in (tmp_path / "exruns").rglob("*.yaml")
        if path.is_symlink()
    ]
    assert links == [f"fails/{run.name}.yaml"]
    assert yaml.safe_load((tmp_path / "exruns" / "fails" / f"{run.name}.yaml").read_text())["user"] == "bob"
    assert list(Index(tmp_path / "exruns").info()["state"]) == ["failed"]


@pytest.mark.parametrize(
    ("ending", "state", "code"),
    [("raise KeyboardInterrupt", "interrupted", -signal.SIGINT), ("exit(0)", "finished", 0)],
)
def test_7_an_interrupt_and_a_good_exit_in_a_guarded_block_are_no_failures(
    ending: str, state: str, code: int, script: Any, tmp_path: Path
) -> None:
    """exman swallowed the first, and took the second for a failure."""
    done = script(source(more=f"    with args.run.safe():\n        {ending}\n    print('went on')"))
    assert done.returncode == code and "went on" not in done.stdout
    (run,) = Root(tmp_path / "exruns")
    assert run.state == state and not (tmp_path / "exruns" / "fails").exists()
    assert (tmp_path / "exruns" / "index" / f"{run.name}.yaml").exists()


def test_8_a_validator_is_a_usage_error_before_any_folder(script: Any, tmp_path: Path) -> None:
    done = script(source(), "--param", "x")
    assert done.returncode == 2 and done.stderr.endswith("error: got x\n")
    assert not (tmp_path / "exruns").exists()


def test_9_a_dirty_tree_is_refused_or_its_patch_restores_it(script: Any, tmp_path: Path) -> None:
    """exman's ``git_assert_clean=True`` is ``git_clean=True``; its diff lacked new files, and git found it corrupt."""
    folder = tmp_path / "repo"
    clean = source().replace("simpleroot(__file__)", "simpleroot(__file__), git_clean=True")
    folder.mkdir()
    run_git(folder, "init", "-q")
    assert "no commit" in script(clean, folder=folder).stderr and not (folder / "exruns").exists()
    (folder / "data.bin").write_bytes(bytes(range(256)))
    (folder / "old.txt").write_text("no newline at the end")
    run_git(folder, "add", "-A")
    run_git(folder, "commit", "-qm", "first")
    assert script(clean, folder=folder).returncode == 0
    (folder / "data.bin").write_bytes(bytes(range(255, -1, -1)))
    (folder / "old.txt").unlink()
    (folder / "new.txt").write_text("nobody added this")
    done = script(clean, folder=folder)
    assert done.returncode == 1 and "Traceback" not in done.stderr and "differs from commit" in done.stderr
    assert len(Root(folder / "exruns")) == 1
    assert script(clean, "--git-dirty", folder=folder).returncode == 0
    run = Root(folder / "exruns")[2]
    commit = run_git(folder, "rev-parse", "HEAD").decode().strip()
    assert run.metadata["git"]["commit"] == commit and run.metadata["git"]["dirty"] is True
    run_git(tmp_path, "clone", "-q", str(folder), "again")
    run_git(tmp_path / "again", "checkout", "-q", commit)
    run_git(tmp_path / "again", "apply", str(run / "code.patch"))
    there = {path: found for path, found in tree_of(folder).items() if not path.startswith(b"exruns/")}
    assert tree_of(tmp_path / "again") == there


def test_10_removing_leaves_nothing_dangling_and_can_be_undone(script: Any, tmp_path: Path) -> None:
    for _ in range(3):
        script(source())
    root = Root(tmp_path / "exruns")
    root.mark("good", *root)
    done = command("rm", "--yes", "--force", 2, 9, cwd=tmp_path)
    assert done.returncode == 1 and "'9'" in done.stderr
    assert [run.id for run in root] == [1, 3] and [run.id for run in root.runs("trash")] == [2]
    for link in [*(tmp_path / "exruns" / "index").iterdir(), *(tmp_path / "exruns" / "marked" / "good").iterdir()]:
        assert link.resolve().is_file()
    assert command("restore", 2, cwd=tmp_path).returncode == 0
    assert [run.id for run in root] == [1, 2, 3] and len(root.marks()["good"]) == 3


def test_11_the_frame_has_types_and_paths(script: Any, tmp_path: Path) -> None:
    script(source(), "--arg1", 3)
    script(
        source().replace(
            "args = parser.parse_args()", "parser.add_argument('--later', type=int); args = parser.parse_args()"
        ),
        "--later",
        4,
    )
    frame = Index(tmp_path / "exruns").info()
    assert frame["time"].dtype == "datetime64[ns]" and frame["id"].dtype == "int64"
    assert frame["arg1"].dtype == "int64" and frame["arg2"].dtype == "bool" and frame["ratio"].dtype == "float64"
    assert list(frame["sizes"]) == [[1, 2], [1, 2]]
    assert pd.isna(frame["later"][0]) and frame["later"][1] == 4
    for _, ex in frame.iterrows():
        assert isinstance(ex.root, Path) and (ex.root / "plot.png").read_text() == "a picture"
        assert ex.param == "ok"


def test_setters_change_what_is_recorded(root: Path) -> None:
    parser = ExParser(root=root)
    parser.add_argument("--model", default="cnn")
    parser.add_argument("--out")

    def name_output(args: Any) -> None:
        args.out = args.out or f"out-{args.model}"

    parser.register_setter(name_output)
    args = parser.parse_args(["--model", "rnn"])
    assert args.out == "out-rnn" and args.run.params == {"model": "rnn", "out": "out-rnn"}
    assert vars(parser.parse_args(["--config", "1"])) == vars(args)
    parser.register_setter(lambda args: setattr(args, "model", "lstm"))
    assert parser.parse_args([]).run.params["model"] == "lstm"
    with pytest.raises(TypeError):
        parser.register_setter("no function")  # type: ignore[arg-type]


def test_validators_of_sub_commands_and_parents_run_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import argparse

    def no_seven(args: Any) -> None:
        if args.n == 7:
            raise argparse.ArgumentError(None, "seven is not allowed")

    parent = ExParser(add_help=False)
    parent.add_argument("--n", type=int, default=0)
    parent.register_validator(no_seven)
    parser = ExParser(prog="prog", root=root)
    sub = parser.add_subparsers(dest="cmd").add_parser("go", parents=[parent])
    sub.register_validator(lambda args: args.n < 100, "{n} is too large")
    assert parser.parse_args(["go", "--n", "5"]).n == 5
    for value, said in (("7", "seven is not allowed"), ("100", "100 is too large")):
        with pytest.raises(SystemExit) as end:
            parser.parse_args(["go", "--n", value])
        assert end.value.code == 2 and said in capsys.readouterr().err
    assert len(Root(root)) == 1


def test_a_root_keeps_out_of_git_by_itself(script: Any, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "repo")], check=True)
    script(source(), folder=tmp_path / "repo")
    said = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path / "repo", capture_output=True, text=True)
    assert said.stdout == "?? main.py\n"


def test_metadata_say_what_exman_kept_among_the_params(script: Any, tmp_path: Path) -> None:
    script(source(), "--name", "foo")
    (run,) = Root(tmp_path / "exruns")
    told = json.loads((run / "metadata.json").read_text())
    assert told["label"] == "foo" and told["argv"] == ["--name", "foo"] and told["cwd"] == str(tmp_path)
    assert not {"id", "time", "root", "tmp", "name"} & set(run.params)
