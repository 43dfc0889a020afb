"""What is started so that a run is made again, from what its metadata say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from making import make_run

from exparse.code.trees import CodeNow
from exparse.errors import ExparseError
from exparse.launch import consent
from exparse.launch.code import Code
from exparse.launch.places import Places
from exparse.launch.plan import Plan, again
from exparse.launch.start import CannotRepeat, Start
from exparse.store import liveness
from exparse.store.root import Root
from exparse.store.run import Run

PYTHON = sys.executable


def planned(run: Run, *words: str, places: Places | None = None) -> Plan:
    """Return the plan of a run whose code lies where it lay."""
    code = Code(CodeNow(None, "same", "", True), None, places or Places([]), "", True)
    return Plan(run, Start(run), code, words)


def run_of(root: Path, folder: Path, *typed: str, values: dict[str, Any] | None = None, **facts: Any) -> Run:
    """Make a run of ``folder/t.py`` as ``python TYPED`` records it."""
    (folder / "t.py").touch()
    more = facts.get("argv", [])
    typed = typed if not more or list(typed[-len(more) :]) == more else (*typed, *more)
    told = {
        "typed": ["python", *typed],
        "executable": PYTHON,
        "cwd": str(folder),
        "script": str(folder / "t.py"),
        "argv": list(typed[1:]),
        "sources": {},
        **facts,
    }
    return make_run(root, {"lr": 0.5} if values is None else values, facts=told)


def test_a_script_is_started_as_it_was_with_more_words_behind(root: Path, odd_folder: Path) -> None:
    plan = planned(run_of(root, odd_folder, "-X", "dev", "t.py", "--lr", "1", argv=["--lr", "1"]), "--lr", "2")
    assert plan.argv == [PYTHON, "-X", "dev", "t.py", "--lr", "1", "--lr", "2"]
    assert plan.cwd == str(odd_folder) and plan.notes == []
    assert plan.order.words == ["--lr", "2"] and plan.order.params == f"{plan.run.folder}/params.yaml"
    assert plan.order.root == str(root)


def test_a_module_and_code_on_the_command_line_are_started_as_they_were(root: Path, tmp_path: Path) -> None:
    assert planned(run_of(root, tmp_path, "-um", "pkg.t", argv=["x"])).argv == [PYTHON, "-u", "-m", "pkg.t", "x"]
    code = "print('a b')"
    assert planned(run_of(root, tmp_path, "-c", code, argv=[], script=None)).argv == [PYTHON, "-c", code]


def test_a_recorded_line_is_data_and_no_shell_reads_it(root: Path, tmp_path: Path) -> None:
    hostile = ["$(touch planted)", "; touch planted", "a\nb", "-rf", "`x`", "", "--=\t"]
    plan = planned(run_of(root, tmp_path, "t.py", argv=hostile))
    assert plan.argv == [PYTHON, "t.py", *hostile]
    assert "'$(touch planted)' '; touch planted' 'a\nb' -rf" in plan.command


def test_nothing_that_is_recorded_sets_a_variable(root: Path, tmp_path: Path) -> None:
    variables = {"LD_PRELOAD": "/tmp/x.so", "PYTHONSTARTUP": "/tmp/x.py", "PYTHONPATH": "/tmp/x"}
    plan = planned(run_of(root, tmp_path, "t.py", environment=variables))
    given = plan.environment(str(tmp_path))
    assert {name: given.get(name) for name in variables} == {name: os.environ.get(name) for name in variables}
    assert plan.order.by == os.getpid()


def test_what_has_moved_is_started_where_it_lies_now(root: Path, tmp_path: Path) -> None:
    now = tmp_path / "now"
    (now / "src").mkdir(parents=True)
    (now / "t.py").touch()
    then = "/home/ada/digits"
    run = run_of(root, tmp_path, "../t.py", cwd=f"{then}/src", script=f"{then}/t.py", argv=[])
    plan = planned(run, places=Places([(then, str(now))]))
    assert (plan.argv, plan.cwd) == ([PYTHON, "../t.py"], str(now / "src"))
    (now / "src").rmdir()
    plan = planned(run, places=Places([(then, str(now))]))
    assert (plan.argv, plan.cwd) == ([PYTHON, str(now / "t.py")], str(tmp_path))
    assert "working folder /home/ada/digits/src is gone" in plan.notes[0]


def test_another_interpreter_runs_it_where_its_own_is_gone(root: Path, tmp_path: Path) -> None:
    assert planned(run_of(root, tmp_path, "t.py", executable="/nowhere/python")).python == sys.executable


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"typed": ["python", "-"]}, "standard input"),
        ({"typed": ["python", "-m", "ipykernel_launcher", "-f", "x.json"]}, "cells.py"),
        ({"cells": 3}, "cells.py"),
        ({"typed": ["python"], "script": None}, "do not say how"),
        ({"typed": ["python", "gone.py"]}, "gone.py is not here"),
        ({"typed": [], "script": None}, "do not say how"),
        ({"by": "argv", "argv": ["******", "x"]}, "a secret"),
        ({"argv": ["a\0b"]}, "a character that no command line and no path can"),
        ({"rest": ["--key", "******"], "argv": ["--key", "******"]}, "a secret"),
        ({"typed": ["python", "t.py", "******", "--lr", "1"], "argv": ["--lr", "1"]}, "a secret"),
        ({"by": "argv", "argv": ["--api-key", "******"]}, "--api-key was a secret"),
        ({"cwd": "/a\ud800"}, "a character that no command line and no path can"),
        ({"executable": "/a\0b"}, "a character that no command line and no path can"),
        ({"inputs": {"/a\ud800": {"bytes": 1}}}, "a character that no command line and no path can"),
    ],
)
def test_what_cannot_be_started_again_says_why(facts: dict[str, Any], why: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotRepeat, match="run 1 cannot be started again") as problem:
        planned(run_of(root, tmp_path, "t.py", **facts))
    assert why in str(problem.value)


@pytest.mark.parametrize(
    ("typed", "argv", "line"),
    [
        (["t.py", "train", "--lr", "3"], ["--lr", "3"], ["t.py", "train", "--lr", "3"]),
        (["t.py", "--z", "1"], ["--lr", "5"], ["t.py", "--z", "1"]),
        (["-m", "cProfile", "t.py", "--lr", "3"], ["--lr", "3"], ["-m", "cProfile", "t.py", "--lr", "3"]),
        (
            ["-m", "exparse", "--root", "run", "run", "--tag", "a", "t.py", "train", "--lr", "3"],
            ["--lr", "3"],
            ["-m", "exparse", "run", "t.py", "train", "--lr", "3"],
        ),
    ],
    ids=["a part", "others", "profiled", "exparse run"],
)
def test_a_script_that_parses_other_words_than_its_own_gets_all_that_it_had(
    typed: list[str], argv: list[str], line: list[str], root: Path, tmp_path: Path
) -> None:
    runner = {"runner": {"kind": "script", "target": "t.py"}} if "exparse" in typed else {}
    run = run_of(root, tmp_path, typed=["python", *typed], argv=argv, given=["lr"], **runner)
    plan = planned(run, "--lr", "7")
    assert plan.argv == [PYTHON, *line, "--lr", "7"]
    assert (plan.order.words, plan.order.given) == (None, ["lr"])
    assert bool(plan.hints) == (argv == ["--lr", "5"]), "what the script makes up may take no words of mine"


KNOWN = """
import sys, {0}
parser = {0}.{1}()
parser.add_argument("--lr", type=float)
parser.add_argument("--pick", action="append", default=[])
parser.add_argument("-v", action="count", default=0)
print(parser.parse_known_args(sys.argv[{2}:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "words", "first"),
    [
        (KNOWN.format("exparse", "ExParser", 1), [], ["--more"]),
        (KNOWN.format("exparse", "ExParser", 2), [], ["train"]),
        (KNOWN.format("argparse", "ArgumentParser", 1), ["-m", "exparse", "run"], ["--more"]),
    ],
    ids=["rest", "part", "plain"],
)
def test_what_the_line_says_is_not_laid_under_it_as_well(
    code: str, words: list[str], first: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exparse.cli.main import main

    (tmp_path / "t.py").write_text(code)
    line = [PYTHON, *words, "t.py", *first, "--pick", "a", "-v", "--lr", "1"]
    assert subprocess.run(line, cwd=tmp_path).returncode == 0
    monkeypatch.chdir(tmp_path)
    assert main(["--root", "exruns", "rerun", "1", "--code", "current", "--lr", "7"]) == 0
    assert main(["--root", "exruns", "rerun", "2", "--code", "current"]) == 0
    for made in Root(tmp_path / "exruns").runs():
        assert made.params["pick"] == ["a"] and made.params["v"] == 1, made
        assert made.params["lr"] == (1 if made.id == 1 else 7)


def test_a_tree_goes_before_what_is_installed_and_is_closed_whatever_happens(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lib").mkdir()
    then = "/home/ada/digits"
    closed: list[int] = []
    tree: Any = SimpleNamespace(path=str(tmp_path), top=then, kind="git", close=lambda: closed.append(1))
    code = Code(CodeNow(None, "differs", "", True), tree, Places([(then, str(tmp_path))]), "", True)
    monkeypatch.setattr("exparse.launch.plan.chosen", lambda *_: code)
    facts = {"cwd": then, "script": f"{then}/t.py", "environment": {"PYTHONPATH": "lib"}, "git": {"commit": "1" * 40}}
    run = run_of(root, tmp_path, "-E", "t.py", **facts)
    monkeypatch.setenv("PYTHONPATH", "/mine")
    with again(run, [], None) as plan:
        assert plan.env == {"PYTHONPATH": f"/mine{os.pathsep}{tmp_path}/lib"} and plan.order.path == "/mine"
        assert (plan.order.tree, plan.order.top, plan.order.git) == (str(tmp_path), then, facts["git"])
        assert "takes no PYTHONPATH" in plan.notes[0] and not closed
    assert closed == [1]
    (tmp_path / "t.py").unlink()
    with pytest.raises(CannotRepeat):
        again(run, [], None)
    assert closed == [1, 1]


def test_a_run_of_the_first_format_says_enough(root: Path, tmp_path: Path) -> None:
    (tmp_path / "t.py").touch()
    facts = {"cwd": str(tmp_path), "script": str(tmp_path / "t.py"), "argv": ["--lr", "1"], "executable": PYTHON}
    plan = planned(make_run(root, {"lr": 1.0}, facts=facts))
    assert plan.argv == [PYTHON, str(tmp_path / "t.py"), "--lr", "1"] and plan.order.words == []


def test_a_secret_is_never_passed_on_and_its_absence_is_told(root: Path, tmp_path: Path) -> None:
    argv = ["--token", "******", "--key=******", "--lr", "1"]
    run = run_of(root, tmp_path, "t.py", argv=argv, given=["token", "key", "lr"])
    (run.path / "params.yaml").write_text('# exparse: {"format": "1.2", "command": []}\nlr: 1.0\n# token: secret\n')
    plan = planned(Run(run.root, run.name))
    assert plan.argv == [PYTHON, "t.py", "--lr", "1"]
    assert "not passed on: token" in plan.notes[0]
    assert planned(Run(run.root, run.name), "--token=new").notes == []


@pytest.mark.parametrize(
    ("facts", "told", "is_whole"),
    [
        ({"given": ["lr"]}, "", False),
        ({"given": ["log"]}, "log", True),
        ({"given": ["key"]}, "key", False),
        ({"given": [], "config": ["/c.yaml"], "rendered": []}, "key", False),
        ({"given": [], "config": ["/c.yaml"], "sources": {"log": "config /c.yaml"}}, "log, key", False),
    ],
)
def test_what_was_not_recorded_is_asked_for_only_where_it_was_given(
    facts: dict[str, Any], told: str, is_whole: bool, root: Path, tmp_path: Path
) -> None:
    usual = {"argv": ["--log", "x"], "sources": {"log": "default"}, "command": ["fit"]}
    run = run_of(root, tmp_path, "t.py", **{**usual, **facts})
    lines = ["lr: 1.0", "# log: an open file; keeps its default at the next parse", "# key: secret, not recorded"]
    (run.path / "params.yaml").write_text('# exparse: {"format": "1.2", "command": []}\n' + "\n".join(lines) + "\n")
    plan = planned(Run(run.root, run.name), "--lr", "2")
    assert (plan.notes == []) == (not told) and (not told or f"not passed on: {told};" in plan.notes[0])
    assert (plan.order.words is None) == is_whole, "only the line itself says what the file was"
    assert bool(plan.hints) == is_whole


def test_only_what_a_parser_recorded_is_laid_under_the_line(root: Path, tmp_path: Path) -> None:
    for facts in ({"by": "start"}, {"by": "argv"}, {"sources": "left out by exparse.start before 1.2"}):
        if "by" not in facts:
            run = run_of(root, tmp_path, "t.py", "1")
            text = (run.path / "metadata.json").read_text()
            (run.path / "metadata.json").write_text(text.replace('"sources"', '"others"'))
            run = Run(run.root, run.name)
        else:
            run = run_of(root, tmp_path, "t.py", "1", **facts)
        plan = planned(run, "2")
        assert (plan.order.params, plan.order.words) == (None, None), facts
        assert plan.hints == ["no options are known of it: yours are put behind the recorded arguments"]


def test_arguments_that_were_handed_back_are_parsed_where_they_stood(root: Path, tmp_path: Path) -> None:
    facts = {"rest": ["--foo", "5"], "argv": ["d", "--foo", "5"]}
    plan = planned(run_of(root, tmp_path, "t.py", **facts), "--lr", "1")
    assert plan.order.words is None and plan.argv[2:] == ["d", "--foo", "5", "--lr", "1"]
    saved = planned(run_of(root, tmp_path, "t.py", config=["/old.yaml"], **facts), "--lr", "1")
    assert saved.order.words == ["--foo", "5", "--lr", "1"], "the saved file may say something else by now"


@pytest.mark.parametrize(
    ("runner", "facts", "line"),
    [
        (("script", "t.py"), {}, ["t.py", "x"]),
        (("script", "t.py"), {"capture": "fd"}, ["--capture", "fd", "t.py", "x"]),
        (("module", "pkg.t"), {}, ["-m", "pkg.t", "x"]),
        (("command", "ls"), {"capture": "fd", "by": "argv"}, ["--", "ls", "x"]),
        (("command", "./go.sh"), {"capture": "off", "by": "argv"}, ["--capture", "off", "--", "./go.sh", "x"]),
    ],
)
def test_what_exparse_run_has_run_goes_through_it_again(
    runner: tuple[str, str], facts: dict[str, str], line: list[str], root: Path, tmp_path: Path
) -> None:
    told = {"runner": {"kind": runner[0], "target": runner[1]}, "argv": ["x"], **facts}
    run = run_of(root, tmp_path, "-m", "exparse", "run", "--tag", "a", runner[1], "x", **told)
    assert planned(run).argv == [PYTHON, "-m", "exparse", "run", *line]


def test_what_somebody_else_made_or_another_machine_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    here = liveness.host()
    assert consent.stranger(make_run(root, facts={"user": "ada", "host": here})) is None
    assert consent.stranger(make_run(root, facts={"user": "eve", "host": here})) == "made by eve"
    assert consent.stranger(make_run(root, facts={"user": "ada", "host": "mars"})) == "made on mars"
    assert "nobody knows whom" in str(consent.stranger(make_run(root, facts={"user": None, "host": None})))


def test_files_that_somebody_else_may_write_are_not_mine_whatever_they_say(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "ada")
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch(0o755)
    run = make_run(root, facts={"user": "ada", "host": liveness.host(), "executable": str(python)})
    assert consent.stranger(run) is None
    told = []
    for path, mode in ((run.path, 0o777), (run.path / "params.yaml", 0o666), (python, 0o757), (python.parent, 0o777)):
        before = path.stat().st_mode
        path.chmod(mode)
        told.append(str(consent.stranger(run)))
        path.chmod(before)
    assert [text.partition(", but ")[2] for text in told] == [
        "its folder may be written by anybody",
        "its params.yaml may be written by anybody",
        f"its interpreter {python} may be written by anybody",
        f"its interpreter {python.parent} may be written by anybody",
    ]
    loose = tmp_path / "loose"
    loose.touch()
    loose.chmod(0o666)
    (run.path / "code.patch").symlink_to(loose)
    assert "its code.patch may be written by anybody" in str(consent.stranger(run))
    (run.path / "code.patch").unlink()
    with monkeypatch.context() as few:
        few.setattr(consent, "_MOST_FILES", 1)
        assert "more than a run has" in str(consent.stranger(run))
    owner = run.path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert "its folder belongs to" in str(consent.stranger(run))


def test_a_group_is_somebody_else_unless_it_is_of_one_user_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import grp

    monkeypatch.setenv("USER", "ada")
    run = make_run(root, facts={"user": "ada", "host": liveness.host()})
    run.path.chmod(0o770)
    mine = consent._name_of(os.geteuid())
    monkeypatch.setattr(os, "stat", group_of(os.stat))
    for name, members, told in ((mine, [], None), (mine, ["eve"], "group"), ("lab", [], "group lab")):
        monkeypatch.setattr(grp, "getgrgid", lambda _, n=name, m=members: SimpleNamespace(gr_name=n, gr_mem=m))
        found = consent.stranger(run)
        assert found is None if told is None else "may be written by the " + told in str(found)


def group_of(stat: Any) -> Any:
    """Return what asks for a file, each of which belongs to a group that is not the system's."""
    return lambda path, **more: SimpleNamespace(
        st_uid=(found := stat(path, **more)).st_uid, st_mode=found.st_mode, st_gid=1234
    )


def test_code_that_was_never_recorded_is_refused_and_the_way_out_named(root: Path, tmp_path: Path) -> None:
    from exparse.launch import plan

    with pytest.raises(ExparseError, match="neither a commit nor the sources.*--code current"):
        plan.again(run_of(root, tmp_path, "t.py"), [], None)
    elsewhere = {"script": "/gone/sub/t.py", "cwd": "/gone", "git": {"commit": "1" * 40, "top": "/gone"}}
    with pytest.raises(ExparseError) as refused:
        plan.again(run_of(root, tmp_path, "t.py", **elsewhere), [], None)
    assert "--code current" not in str(refused.value), "there is no such script here"
    with plan.again(run_of(root, tmp_path, "t.py"), [], "current") as found:
        assert found.order.rerun_of == found.run.name and found.argv == [PYTHON, "t.py"]
    with plan.on(run_of(root, tmp_path, "-c", "pass", argv=[], script=None), None) as found:
        assert found.order.resume == found.run.folder


def test_a_script_below_the_top_of_a_repository_without_a_commit_is_found(root: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    facts = {"cwd": str(tmp_path), "git": {"commit": None, "top": str(tmp_path)}}
    run = run_of(root, tmp_path / "sub", "sub/t.py", **facts)
    with again(run, [], "current") as plan:
        assert plan.argv == [PYTHON, "sub/t.py"] and plan.cwd == str(tmp_path)


def test_a_script_whose_commit_is_nowhere_is_found_in_the_repository_of_the_working_folder(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    (clone / ".git").mkdir(parents=True)
    (clone / ".git" / "HEAD").touch()
    (clone / "src").mkdir()
    (clone / "src" / "t.py").touch()
    gone = {"git": {"commit": "1" * 40, "top": "/gone"}, "script": "/gone/src/t.py", "cwd": "/gone/src"}
    run = run_of(root, tmp_path, "t.py", **gone)
    monkeypatch.chdir(clone)
    with again(run, [], "current") as plan:
        assert (plan.argv, plan.cwd) == ([PYTHON, "t.py"], str(clone / "src"))
