"""``exparse run``: the program is run as Python runs it, and its first parse becomes the run's params."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from running import ran, run, runs_in

from exparse.cli.main import main

PLAIN = """
    import argparse, sys
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--config")
    below = parser.add_subparsers(dest="verb")
    fit = below.add_parser("fit")
    fit.add_argument("files", nargs="*")
    args = parser.parse_args()
    print(args, type(args).__module__, argparse.ArgumentParser.parse_args.__module__)
"""
ENDS = """
    import sys, os, atexit, threading, inspect, pickle, warnings
    def foo(): return 1
    class Kept: pass
    class Dying:
        def __del__(self): print("gone", __name__)
    dying = Dying()
    print(sys.argv, sys.path[0], sorted(globals()), __file__, __spec__, __builtins__, __cached__, __loader__.name)
    print(inspect.getsource(foo), pickle.loads(pickle.dumps(Kept())).__class__, sys.modules["__main__"].foo is foo)
    atexit.register(print, "at exit", flush=True)
    how = sys.argv[1]
    threading.Thread(target=print, args=("thread",)).start()
    warnings.warn("mind")
    if how == "text": sys.exit("said")
    if how == "number": sys.exit(300)
    if how == "int": raise KeyboardInterrupt
    if how == "chain":
        try: 1 / 0
        except ZeroDivisionError as problem: raise RuntimeError("second") from problem
    if how == "hook":
        def hook(kind, problem, trace): print(kind, trace.tb_frame.f_code.co_name, sys.last_traceback is trace)
        sys.excepthook = hook
        {}["x"]
    if how == "no hook": del sys.excepthook; 1 / 0
    if how == "bad hook": sys.excepthook = None; 1 / 0
    if how == "leave": os._exit(9)
    if how == "patched": sys.exit = lambda *code: print("patched", code)
"""
STATES = {
    "text": ("failed", 1),
    "number": ("failed", 44),
    "int": ("interrupted", 130),
    "chain": ("failed", 1),
    "hook": ("failed", 1),
    "no hook": ("failed", 1),
    "bad hook": ("failed", 1),
    "leave": ("failed", 9),
    "patched": ("finished", 0),
}


def written(folder: Path, source: str, name: str = "main.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


@pytest.mark.parametrize("how", STATES)
def test_a_script_ends_as_under_python_itself(how: str, tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    written(folder, ENDS, "sub/main.py")
    plain = ran([sys.executable, "sub/main.py", how], folder)
    ours = run("sub/main.py", how, folder=folder)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    [told] = runs_in(folder / "sub" / "exruns")
    assert (told.state, told.status.exit_code) == STATES[how]
    assert told.params == {"args": [how]}
    assert told.metadata["by"] == "argv"
    assert told.metadata["runner"] == {"kind": "script", "target": "sub/main.py"}
    error = told.status.error
    assert error is None or "exparse" not in error["traceback"]
    assert how != "text" or (error or {})["message"] == "said"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals of this kind")
def test_ctrl_c_ends_the_process_by_the_signal(tmp_path: Path) -> None:
    written(tmp_path, "import signal\nsignal.raise_signal(signal.SIGINT)\n")
    ended = run("main.py", folder=tmp_path)
    assert ended.returncode == -signal.SIGINT
    assert "exparse" not in ended.stderr
    assert runs_in(tmp_path / "exruns")[0].state == "interrupted"


@pytest.mark.parametrize(
    ("source", "words"),
    [("print(1\n", ["main.py"]), ("", ["nope.py"]), ("", ["-m", "nope"]), ("", ["-m", "json"]), ("", ["data"])],
)
def test_what_cannot_be_run_is_told_in_pythons_words(source: str, words: list[str], tmp_path: Path) -> None:
    written(tmp_path, source)
    (tmp_path / "data").mkdir()
    plain, ours = ran([sys.executable, *words], tmp_path), run(*words, folder=tmp_path)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert ours.returncode
    assert bool(source) == (tmp_path / "exruns").exists()


def test_a_plain_parse_gives_the_params_and_keeps_its_namespace(tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    ended = run("--name", "x", "main.py", "--lr", "3", "--config", "c", "fit", "f", folder=tmp_path)
    assert ended.stdout == "Namespace(lr=3.0, config='c', verb='fit', files=['f']) argparse argparse\n"
    [told] = runs_in(tmp_path / "exruns")
    assert told.params == {"lr": 3.0, "config": "c", "verb": "fit", "files": ["f"]}
    assert (told.label, told.state, "by" in told.metadata) == ("x", "finished", False)
    assert told.metadata["command"] == ["fit"]
    assert told.metadata["sources"]["lr"] == "command line"
    assert told.metadata["runner"] == {"kind": "script", "target": "main.py"}
    assert told.output("stdout") == ended.stdout.encode()


def test_a_saved_mapping_is_laid_under_the_command_line(tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    (tmp_path / "c.yaml").write_text("lr: 7\nverb: fit\n")
    ended = run("--config", "c.yaml", "main.py", folder=tmp_path)
    assert ended.stdout.startswith("Namespace(lr=7.0, config=None, verb='fit', files=[])") and ended.stderr == ""
    [told] = runs_in(tmp_path / "exruns")
    assert told.params["lr"] == 7.0
    refused = run("--config", "nope.yaml", "main.py", folder=tmp_path)
    assert refused.returncode == 2
    assert len(runs_in(tmp_path / "exruns")) == 1


@pytest.mark.parametrize("words", [["--help"], ["--lr", "x"], ["--nope"]])
def test_a_usage_error_and_help_leave_no_folder(words: list[str], tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    plain, ours = ran([sys.executable, "main.py", *words], tmp_path), run("main.py", *words, folder=tmp_path)
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "main.py"]


def test_one_run_whichever_parser_and_however_many_stages(tmp_path: Path) -> None:
    source = """
        import argparse, exparse, sys
        library = argparse.ArgumentParser(); library.add_argument("--mine"); library.parse_args([])
        library.parse_args(["--mine", "x"])
        first = argparse.ArgumentParser(add_help=False); first.add_argument("--a"); _, rest = first.parse_known_args()
        second = argparse.ArgumentParser(); second.add_argument("--b")
        args = second.parse_args(rest)
        other = argparse.ArgumentParser(); other.add_argument("--late"); other.parse_known_args()
        if args.b == "ours":
            parser = exparse.ExParser(); parser.add_argument("--a"); parser.add_argument("--b")
            print(parser.parse_args().run.id, exparse.from_parser(second, rest).id)
    """
    written(tmp_path, source)
    run("main.py", "--b", "2", "--a", "1", folder=tmp_path)
    ended = run("main.py", "--a", "1", "--b", "ours", folder=tmp_path)
    told = runs_in(tmp_path / "exruns")
    assert [one.params for one in told[:2]] == [{"a": "1", "b": "2"}, {"a": "1", "b": "ours"}]
    assert ended.stdout == "2 3\n", ended.stderr


def test_exparse_start_is_a_run_within(tmp_path: Path) -> None:
    written(tmp_path, "import exparse\nwith exparse.start({'k': 1}): pass\n")
    assert not run("main.py", "a", folder=tmp_path).returncode
    outer, inner = runs_in(tmp_path / "exruns")
    assert inner.metadata["parents"] == [outer.name]
    assert (outer.params, inner.params) == ({"args": ["a"]}, {"k": 1})


def test_own_options_of_an_exparser_have_the_last_word(tmp_path: Path) -> None:
    written(tmp_path, "import exparse\np = exparse.ExParser()\np.add_argument('--k')\np.parse_args()\n")
    for words in (["--tmp"], ["--name", "b"], ["--no-record"], ["--nope"]):
        run("--name", "a", "main.py", *words, folder=tmp_path)
    assert [one.label for one in runs_in(tmp_path / "exruns")] == ["b"]
    assert [one.params for one in runs_in(tmp_path / "exruns", "tmp")] == [{"k": None}]


@pytest.mark.slow
def test_a_run_that_waits_for_its_parse_knows_the_words_that_give_its_params(tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    for lr in (1, 2):
        (tmp_path / "c.yaml").write_text(f"lr: {lr}")
        run("--needed=params", "--config", "c.yaml", "main.py", "fit", folder=tmp_path)
    made = runs_in(tmp_path / "exruns")
    assert [one.metadata["rendered"] for one in made] == [[f"--lr={lr}.0", "fit"] for lr in (1, 2)]


@pytest.mark.slow
def test_the_root_that_stands_before_the_script_is_meant_whatever_the_script_says(tmp_path: Path) -> None:
    written(tmp_path, "import exparse\np = exparse.ExParser(root='mine')\np.add_argument('--k')\np.parse_args()\n")
    for words in ([], [], ["--name", "b"]):
        run("--root", "said", "main.py", *words, folder=tmp_path)
    told = runs_in(tmp_path / "said")
    assert [one.label for one in told] == [None, None, "b"] and not (tmp_path / "mine").exists()
    assert told[1].id == 2, "the run that began with the program is the one of the parse"


def test_what_the_program_lays_over_argparse_and_an_object_of_its_own_stay_its(tmp_path: Path) -> None:
    source = """
        import argparse
        original = argparse.ArgumentParser.parse_args
        def own(self, *args, **named): return original(self, *args, **named)
        argparse.ArgumentParser.parse_args = own
        class Settings: pass
        settings = Settings(); settings.connection = 'db'
        parser = argparse.ArgumentParser(); parser.add_argument("--x"); parser.parse_args(namespace=settings)
        print(argparse.ArgumentParser.parse_args is own, vars(settings))
    """
    written(tmp_path, source)
    plain, ours = ran([sys.executable, "main.py", "--x", "1"], tmp_path), run("main.py", "--x", "1", folder=tmp_path)
    assert (ours.stdout, ours.stderr) == (plain.stdout, "")
    assert [one.params for one in runs_in(tmp_path / "exruns")] == [{"x": "1"}]


def test_a_secret_among_bare_arguments_is_masked(tmp_path: Path) -> None:
    written(tmp_path, "import sys\nprint(sys.argv[2])\n")
    run("main.py", "--password", "hunter22", "as=hunter22", folder=tmp_path)
    [told] = runs_in(tmp_path / "exruns")
    assert told.params == {"args": ["--password", "******", "as=******"]}
    assert not [path for path in told.path.iterdir() if b"hunter22" in path.read_bytes()]


def test_no_record_try_and_a_root_that_cannot_be(tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    (tmp_path / "file").write_text("")
    for words, env in ((["--no-record"], {}), ([], {"EXPARSE_RECORD": "0"})):
        ended = run(*words, "main.py", "--lr", "1", folder=tmp_path, env=env)
        assert (ended.returncode, ended.stderr) == (0, "")
    refused = ran([sys.executable, "-m", "exparse", "--root", "file", "run", "main.py"], tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("exparse: error: ")
    tried = run("--root", "file", "main.py", folder=tmp_path, env={"EXPARSE_RECORD": "try"})
    assert tried.returncode == 0
    assert tried.stdout.startswith("Namespace")
    assert not (tmp_path / "exruns").exists()


def test_a_module_of_the_programs_is_found_before_one_that_only_we_have_loaded(tmp_path: Path) -> None:
    written(tmp_path, "x = 1\n", "argparse.py")
    written(tmp_path, "import argparse\nprint(argparse.x)\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert run("../main.py", folder=elsewhere).stdout == "1\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.parametrize("words", [["pool.py"], ["-m", "inner.pool"]])
def test_workers_of_multiprocessing_find_the_program(words: list[str], tmp_path: Path) -> None:
    source = """
        import argparse, multiprocessing
        class Kept:
            def __init__(self, value): self.value = value
        def work(kept): return Kept(kept.value + 1)
        if __name__ == "__main__":
            parser = argparse.ArgumentParser(); parser.add_argument("--n", type=int); n = parser.parse_args().n
            for method in ("spawn", "fork"):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    print([kept.value for kept in pool.map(work, [Kept(n)])])
    """
    written(tmp_path, source, "pool.py")
    written(tmp_path, source, "inner/pool.py")
    assert run(*words, "--n", "4", folder=tmp_path).stdout == "[5]\n[5]\n"
    told = [run_ for root in (tmp_path, tmp_path / "inner") for run_ in runs_in(root / "exruns")]
    assert [run_.params for run_ in told] == [{"n": 4}]


def test_a_fault_of_ours_leaves_the_parse_to_argparse(tmp_path: Path) -> None:
    written(tmp_path, PLAIN)
    broken = """
        import sys
        from exparse.parse import level
        def fails(*_): raise RuntimeError("ours")
        level.Level.give = fails
        sys.argv = ["exparse", "run", "main.py", "--lr", "2", "fit", "a"]
        from exparse.cli.start import main
        sys.exit(main())
    """
    written(tmp_path, broken, "broken.py")
    ended = subprocess.run([sys.executable, "broken.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.stdout.startswith("Namespace(lr=2.0, config=None, verb='fit', files=['a'])")
    assert ended.stderr == "exparse: warning: its arguments are recorded, not its params: RuntimeError: ours\n"
    [told] = runs_in(tmp_path / "exruns")
    assert told.params == {"args": ["--lr", "2", "fit", "a"]}


@pytest.mark.parametrize("parser", ["argparse.ArgumentParser()", "__import__('exparse').ExParser()"])
def test_ranks_of_a_job_are_one_run(tmp_path: Path, parser: str) -> None:
    written(tmp_path, PLAIN.replace("argparse.ArgumentParser()", parser))
    job = {"WORLD_SIZE": "2", "MASTER_ADDR": "here", "MASTER_PORT": "1"}
    for rank in "01":
        ended = run("main.py", "--lr", "5", folder=tmp_path, env={**job, "RANK": rank})
        assert (ended.returncode, ended.stderr) == (0, "")
    [told] = runs_in(tmp_path / "exruns")
    assert told.params["lr"] == 5.0
    assert json.loads((told.path / "metadata.json").read_text())["launcher"]["world"] == 2


def test_a_config_that_nobody_reads_is_told(tmp_path: Path) -> None:
    written(tmp_path, "print(1)\n")
    ended = run("--config", "c.yaml", "main.py", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "1\n")
    assert "--config had no effect" in ended.stderr


def test_an_exception_of_a_parse_that_the_program_catches_shows_no_frame_of_ours(tmp_path: Path) -> None:
    source = """
        import argparse, traceback
        def known(text): return {}[text]
        parser = argparse.ArgumentParser(); parser.add_argument("--x", type=known)
        try: parser.parse_args()
        except KeyError: traceback.print_exc()
    """
    written(tmp_path, source)
    plain, ours = ran([sys.executable, "main.py", "--x", "a"], tmp_path), run("main.py", "--x", "a", folder=tmp_path)
    if sys.version_info >= (3, 11):
        assert ours.stderr == plain.stderr
    else:  # what is raised again there keeps the frame that does it
        assert ours.stderr.count("exparse") == 1
    assert "in known" in plain.stderr


def test_the_path_is_pythons_own_also_where_no_folder_leads_it(tmp_path: Path) -> None:
    written(tmp_path, "import sys\nprint(sys.path)\n")
    env = {"PYTHONSAFEPATH": "1"}  # Python 3.10 does not know it
    plain, ours = ran([sys.executable, "main.py"], tmp_path, env), run("main.py", folder=tmp_path, env=env)
    assert (ours.stdout, ours.stderr) == (plain.stdout, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_that_nobody_reads_is_told_as_by_python_itself(tmp_path: Path) -> None:
    written(tmp_path, "print(1)\n")
    said = []
    for words in (["main.py"], ["-m", "exparse", "run", "main.py"]):
        end, other = os.pipe()
        os.close(end)
        ended = subprocess.run(
            [sys.executable, "-u", *words], cwd=tmp_path, stdout=other, stderr=subprocess.PIPE, text=True, timeout=60
        )
        os.close(other)
        said.append((ended.returncode, ended.stderr))
    assert said[0] == said[1] and "BrokenPipeError" in said[0][1]


@pytest.mark.slow
def test_what_has_been_done_takes_no_number(tmp_path: Path) -> None:
    written(tmp_path, f"import os\nif os.path.exists('broken'): 1 / 0\n{textwrap.dedent(PLAIN)}")
    run("main.py", "--lr", "1", folder=tmp_path)
    counter = sorted((tmp_path / "exruns" / ".counter").iterdir())
    again = run("--needed=params", "main.py", "--lr", "1", folder=tmp_path)
    assert (again.returncode, again.stdout) == (0, "") and "run 1 has done this" in again.stderr
    (tmp_path / "broken").touch()
    broken = run("--needed=params", "main.py", "--lr", "1", folder=tmp_path)
    assert broken.returncode == 1 and "warning: not recorded: the program ended before it parsed" in broken.stderr
    assert sorted((tmp_path / "exruns" / ".counter").iterdir()) == counter
    (tmp_path / "broken").unlink()
    (tmp_path / "main.py").write_text("import sys\nprint(sys.argv)\n")
    run("main.py", "--lr", "1", folder=tmp_path)
    assert run("--needed=params", "main.py", "--lr", "1", folder=tmp_path).stderr == ""
    told = [one.params for one in runs_in(tmp_path / "exruns")]
    assert told == [{"lr": 1.0, "config": None, "verb": None}, *[{"args": ["--lr", "1"]}] * 2], "it parses no more"


@pytest.mark.slow
def test_a_module_is_recorded_also_where_only_its_package_knows_where_it_lies(tmp_path: Path) -> None:
    for folder, name, text in (
        ("pkg", "__init__", "__path__.append(__file__.replace('pkg/__init__.py', 'other'))"),
        ("other", "tool", "print(__name__, __file__.endswith('other/tool.py'))"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.py").write_text(text)
    ended = run("-m", "pkg.tool", folder=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "__main__ True\n", "")
    (made,) = runs_in(tmp_path / "exruns")
    assert made.state == "finished"


@pytest.mark.slow
def test_a_run_goes_on_beside_a_file_that_is_called_like_a_module_of_pythons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json").mkdir()
    for name in ("json/__init__", "json/decoder", "datetime"):
        (tmp_path / f"{name}.py").write_text("MINE = True")
    (tmp_path / "t.py").write_text(
        "import argparse, json.decoder, datetime\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--lr', default=1)\n"
        "print(json.decoder.MINE, datetime.MINE, parser.parse_args())"
    )
    for option in ("--run-id=one", "--resume"):
        ended = run(option, "t.py", folder=tmp_path)
        assert ended.stdout == "True True Namespace(lr=1)\n" and "rror" not in ended.stderr, ended.stderr
    monkeypatch.chdir(tmp_path)
    assert main(["rerun", "last", "--code", "current"]) == 0
    made = runs_in(tmp_path / "exruns")[-1]
    assert (made.output("stdout"), made.output("stderr")) == (b"True True Namespace(lr=1)\n", b"")
