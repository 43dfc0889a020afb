"""What is recorded, and above all what is not: real processes, and the root that they leave."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from exparse.store.root import Root

HEAD = """
from exparse import ExParser, current_run
parser = ExParser()
parser.add_argument("--x", type=int, default=1)
parser.add_argument("--y")
"""
PARSE = HEAD + "args = parser.parse_args()\n"


def runs_of(folder: Path) -> list[Any]:
    place = Root(folder / "exruns")
    runs = [*place.runs(), *place.runs("tmp")]
    assert all(run.problem is None for run in runs), [run.problem for run in runs]
    return runs


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["--x", "bad"], 2),
        (["--unknown"], 2),
        (["--name", "a/b"], 2),
        (["--exparse-name", ".."], 2),
        (["--config", "missing"], 2),
        (["--no-record"], 0),
        (["--no-record", "--name", "n", "--tmp"], 0),
    ],
)
def test_nothing_at_all_is_made(script: Any, tmp_path: Path, argv: list[str], code: int) -> None:
    more = "parser.add_argument('--version', action='version', version='1')\nargs = parser.parse_args()\n"
    answer = script(HEAD + more, *argv)
    assert answer.returncode == code, answer.stderr
    assert sorted(os.listdir(tmp_path)) == ["home", "main.py"]


@pytest.mark.parametrize(
    "source",
    [
        HEAD,
        HEAD + "parser.print_help(); parser.format_usage(); parser.get_default('x')",
        PARSE.replace("ExParser()", "ExParser(record=False)"),
        "from exparse import *\nimport exparse\n[getattr(exparse, name) for name in exparse.__all__]",
        HEAD.replace("current_run", "current_run, Root")
        + "len(Root('exruns')); Root('exruns').names(); current_run().state",
        "import argparse\nfrom exparse import ExParser\np = argparse.ArgumentParser()\n"
        "p.add_subparsers(parser_class=ExParser).add_parser('sub').add_argument('--x')\n"
        "p.parse_args(['sub', '--x', '1']); p.parse_known_args(['sub', '--y'])",
    ],
    ids=["constructing", "asking", "record=False", "importing", "reading", "below a plain parser"],
)
def test_nothing_at_all_is_made_by(script: Any, tmp_path: Path, source: str) -> None:
    answer = script(source)
    assert answer.returncode == 0, answer.stderr
    assert sorted(os.listdir(tmp_path)) == ["home", "main.py"]


@pytest.mark.parametrize("value", ["0", "no", "off", "False"])
def test_the_environment_turns_recording_off(script: Any, tmp_path: Path, value: str) -> None:
    answer = script(PARSE + "print(args.run.recorded, args.run.name)", env={"EXPARSE_RECORD": value})
    assert answer.stdout.strip() == "False unrecorded" and not (tmp_path / "exruns").exists()


@pytest.mark.parametrize(
    "name", ["RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID"]
)
def test_ranks_other_than_0_make_none(script: Any, tmp_path: Path, name: str) -> None:
    assert script(PARSE, env={name: "1", "EXPARSE_WAIT": "0"}).returncode == 0
    assert not (tmp_path / "exruns").exists()
    assert script(PARSE, env={name: "0"}).returncode == 0
    assert len(runs_of(tmp_path)) == 1


def test_a_launchers_own_rank_comes_before_that_of_the_scheduler(script: Any, tmp_path: Path) -> None:
    assert script(PARSE, env={"RANK": "0", "SLURM_PROCID": "3"}).returncode == 0
    assert len(runs_of(tmp_path)) == 1
    assert script(PARSE, env={"RANK": "2", "SLURM_PROCID": "0", "EXPARSE_WAIT": "0"}).returncode == 0
    assert len(runs_of(tmp_path)) == 1


def test_name_and_tmp_come_from_the_environment_and_the_command_line_wins(script: Any, tmp_path: Path) -> None:
    env = {"EXPARSE_NAME": "env", "EXPARSE_TMP": "1"}
    assert script(PARSE, env=env).returncode == 0
    assert script(PARSE, "--name", "line", env=env).returncode == 0
    assert [(run.place, run.label) for run in runs_of(tmp_path)] == [("tmp", "env"), ("tmp", "line")]
    assert os.listdir(tmp_path / "exruns" / "index") == []


def test_a_bad_name_in_the_environment_is_refused_before_any_folder(script: Any, tmp_path: Path) -> None:
    answer = script(PARSE + "print('started')", env={"EXPARSE_NAME": "../out"})
    assert answer.returncode in (1, 2) and answer.stdout == "" and "EXPARSE_NAME" in answer.stderr
    assert not (tmp_path / "exruns").exists() and "Traceback" not in answer.stderr


TWO_STAGES = """
from exparse import ExParser
parser = ExParser()
parser.add_argument("--model", default="a")
first, _ = parser.parse_known_args()
parser.add_argument("--size", type=int, default=3)
second, _ = parser.parse_known_args()
parser.add_argument("--last", default="l")
args = parser.parse_args()
print(args.run.id, first.run.id, args.run.path.name)
"""


def test_two_stages_make_one_run_with_the_last_values(script: Any, tmp_path: Path) -> None:
    answer = script(TWO_STAGES, "--model", "b", "--size", "7", "--name", "n")
    assert answer.returncode == 0, answer.stderr
    (run,) = runs_of(tmp_path)
    assert run.params == {"model": "b", "size": 7, "last": "l"} and run.label == "n" and run.state == "finished"
    assert run.metadata["rest"] == [] and answer.stdout.split() == ["1", "1", run.name]


def test_an_error_in_the_second_stage_leaves_no_run(script: Any, tmp_path: Path) -> None:
    for argv in (["--size", "bad"], ["--nonsense"], ["--last"]):
        assert script(TWO_STAGES, *argv).returncode == 2
        assert not (tmp_path / "exruns").exists()


def test_a_script_whose_last_word_is_parse_known_args_is_recorded(script: Any, tmp_path: Path) -> None:
    source = HEAD + "args, rest = parser.parse_known_args()\nprint(args.run.recorded, rest)"
    assert script(source, "--x", "3", "--z", "4").stdout == "True ['--z', '4']\n"
    (run,) = runs_of(tmp_path)
    assert run.params == {"x": 3, "y": None} and run.metadata["rest"] == ["--z", "4"]


def test_two_full_parses_are_two_runs(script: Any, tmp_path: Path) -> None:
    source = PARSE + "more = parser.parse_args(['--x', '2'])\nprint(args.run.id, more.run.id, current_run().id)"
    assert script(source).stdout == "1 2 2\n"
    assert [(run.params["x"], run.state) for run in runs_of(tmp_path)] == [(1, "finished"), (2, "finished")]


# Workers

WORKERS = """
import multiprocessing, sys
from exparse import ExParser, current_run

parser = ExParser()
parser.add_argument("--x", type=int, default=1)
args = parser.parse_args()

def work(number):
    again = parser.parse_args(["--x", str(number)])
    (again.run / f"some{number}").write_text("thing")
    return number, again.run.name, current_run().name, args.run.name, args.run.recorded

def takes(args):
    return args.x, vars(args), args.run.name

if __name__ == "__main__":
    method = METHOD
    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        for line in pool.map(work, [5, 6]):
            print(*line)
        print(*pool.apply(takes, (args,)))
        pool.close()
        pool.join()
    process = context.Process(target=work, args=(7,))
    process.start(); process.join()
    print(process.exitcode, args.run.recorded)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork and no forkserver")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_make_no_run_and_have_that_of_the_program(
    script: Any, tmp_path: Path, method: str
) -> None:
    source = WORKERS.replace("METHOD", repr(method))
    answer = script(source)
    assert answer.returncode == 0, answer.stderr
    (run,) = runs_of(tmp_path)
    assert run.state == "finished" and run.params == {"x": 1}
    lines = answer.stdout.splitlines()
    assert lines[:2] == [f"{number} {run.name} {run.name} {run.name} True" for number in (5, 6)]
    assert lines[2:] == ["1 {'x': 1} " + run.name, "0 True"]
    assert all((run / f"some{number}").exists() for number in (5, 6, 7))


def test_a_process_pool_of_futures_and_threads_make_no_further_run(script: Any, tmp_path: Path) -> None:
    source = (
        PARSE
        + """
import concurrent.futures as futures, multiprocessing
def work(number):
    return current_run().name
if __name__ == "__main__":
    with futures.ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        print(*pool.map(work, range(2)))
    with futures.ThreadPoolExecutor(2) as pool:
        print(*pool.map(work, range(2)))
"""
    )
    answer = script(source)
    (run,) = runs_of(tmp_path)
    assert answer.stdout == f"{run.name} {run.name}\n" * 2, answer.stderr


def test_forked_children_that_end_raise_or_are_killed_leave_the_run_alone(script: Any, tmp_path: Path) -> None:
    source = (
        PARSE
        + """
import os, signal, sys, time, warnings
def end(): sys.exit(3)
def fail(): raise RuntimeError("in the child")
def die(): os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)
def fall(): pass
codes = []
for act in (end, fail, die, fall):
    child = os.fork()
    if child == 0:
        sys.stderr = open(os.devnull, "w")
        act()
        sys.exit(0)
    codes.append(os.waitpid(child, 0)[1])
print(args.run.status.state, codes, sorted(os.listdir(args.run.path)))
"""
    )
    answer = script(source)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("running [768, 256, 15, 0]")
    (run,) = runs_of(tmp_path)
    assert run.state == "finished" and run.status.exit_code == 0


def test_a_parse_in_a_thread_is_recorded_once(script: Any, tmp_path: Path) -> None:
    source = HEAD + (
        "import threading\nt = threading.Thread(target=lambda: print(parser.parse_args().run.id))\n"
        "t.start(); t.join(); print(current_run().id)"
    )
    answer = script(source)
    assert answer.stdout == "1\n1\n", answer.stderr
    (run,) = runs_of(tmp_path)
    assert run.state == "finished" and run.status.exit_code == 0


# The stand-in


def test_an_unrecorded_run_has_a_scratch_folder_that_goes_at_exit(script: Any, tmp_path: Path) -> None:
    source = PARSE + (
        "import os\nfile = args.run / 'deep' / 'f'\nfile.parent.mkdir()\nfile.write_text('x')\n"
        "print(args.run.path, args.run.id, args.run.name, args.run.params, os.fspath(args.run))\n"
        "raise SystemExit(3)"
    )
    answer = script(source, "--no-record", "--x", "2")
    assert answer.returncode == 3, answer.stderr
    folder = answer.stdout.split()[0]
    assert "None unrecorded {'x': 2, 'y': None}" in answer.stdout and not os.path.exists(folder)
    assert not (tmp_path / "exruns").exists()


def test_no_scratch_folder_is_made_unless_it_is_asked_for(script: Any, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    script(
        PARSE + "args.run.id; args.run.params; repr(args.run)", "--no-record", env={"TMPDIR": str(tmp_path / "scratch")}
    )
    assert os.listdir(tmp_path / "scratch") == []


# What the live run says


def test_the_live_run_says_where_and_what_it_is(script: Any, tmp_path: Path) -> None:
    source = PARSE + (
        "import exparse\nassert args.run is exparse.current_run() or args.run == exparse.current_run()\n"
        "(args.run / 'plot.png').write_text('p')\n"
        "print(args.run.id, args.run.label, args.run.params, args.run.state, args.run.path.is_absolute())"
    )
    assert script(source, "--name", "n", "--x", "5").stdout == "1 n {'x': 5, 'y': None} running True\n"
    (run,) = runs_of(tmp_path)
    assert (run / "plot.png").read_text() == "p" and run.metadata["given"] == ["x"]
    assert run.metadata["argv"] == ["--name", "n", "--x", "5"]


# Secrets

SECRET = "s3cr3t-T0k3n"
SECRETS = """
import sys
from exparse import ExParser
parser = ExParser(**BUILD)
parser.add_argument("-t", "--token", secret=True, **TOKEN)
parser.add_argument("-v", action="store_true")
parser.add_argument("--other")
sub = parser.add_subparsers(dest="c").add_parser("sub")
sub.add_argument("--pass", dest="password", secret=True)
args = parser.parse_args()
value = args.token or getattr(args, "password", None)
print(value)
if args.v:
    raise RuntimeError(f"cannot log in with {value}")
if args.other == "exit":
    sys.exit(f"bad {value}")
"""


def grep(folder: Path, text: str) -> list[str]:
    """Return every file and name below a folder that has a text in it."""
    found = []
    for at, folders, names in os.walk(folder):
        found += [os.path.join(at, name) for name in [*folders, *names] if text in name]
        for name in names:
            path = Path(at, name)
            if text.encode() in (os.readlink(path).encode() if path.is_symlink() else path.read_bytes()):
                found.append(str(path))
    return found


@pytest.mark.parametrize(
    ("argv", "token", "build"),
    [
        (["--token", SECRET], {}, {}),
        ([f"--token={SECRET}"], {}, {}),
        ([f"--tok={SECRET}"], {}, {}),
        ([f"-t{SECRET}"], {}, {}),
        ([f"-vt{SECRET}"], {}, {}),
        ([f"-vt={SECRET}"], {}, {}),
        (["-v", "-t", SECRET], {}, {}),
        (["-v"], {"default": SECRET}, {}),
        (["--other", "exit"], {"default": SECRET}, {}),
        (["--token", SECRET, "--other", "exit"], {}, {}),
        (["sub", "--pass", SECRET], {}, {}),
        (["-v", "sub", f"--pass={SECRET}"], {}, {}),
        (["--token", SECRET], {}, {"automark": ["token"]}),
        (["--token", SECRET, "--other", f"Bearer {SECRET}"], {}, {}),
        (["-v", "--config", "saved.yaml"], {}, {}),
        (["-v", "--token", SECRET], {"nargs": "+"}, {}),
        (["-v"], {"nargs": "+", "default": [SECRET]}, {}),
        (["-v", f"--token={SECRET}"], {"type": str.encode}, {}),
    ],
    ids=str,
)
def test_a_secret_reaches_the_program_and_no_file_of_ours(
    script: Any, tmp_path: Path, argv: list[str], token: dict[str, Any], build: dict[str, Any]
) -> None:
    (tmp_path / "saved.yaml").write_text(f"token: {SECRET}\n")
    told = repr(token).replace("<method 'encode' of 'str' objects>", "str.encode")
    answer = script(f"BUILD = {build!r}\nTOKEN = {told}\n{SECRETS}", *argv)
    assert SECRET in answer.stdout, answer.stderr
    assert len(runs_of(tmp_path)) == 1
    assert grep(tmp_path / "exruns", SECRET) == []


def test_forty_starts_at_once_are_forty_whole_runs(script: Any, tmp_path: Path) -> None:
    source = """
import subprocess, sys
started = [subprocess.Popen([sys.executable, "one.py", "--x", str(n)]) for n in range(40)]
print({process.wait() for process in started})
"""
    (tmp_path / "one.py").write_text(PARSE)
    assert script(source).stdout == "{0}\n"
    runs = runs_of(tmp_path)
    assert sorted(run.id for run in runs) == list(range(1, 41))
    assert sorted(run.params["x"] for run in runs) == list(range(40)) and {run.state for run in runs} == {"finished"}
    assert all((tmp_path / "exruns" / "index" / f"{run.name}.yaml").exists() for run in runs)
