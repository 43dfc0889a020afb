"""What differs now from what a run's files say: each thing is told, and nothing where nothing differs."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from making import START, damage, make_run
from repositories import run_git

from exparse.code import hashes, packages
from exparse.code.machine import Machine
from exparse.launch import inputs_now, interpreter, packages_now, present
from exparse.launch.places import Places
from exparse.record import surroundings
from exparse.store import liveness
from exparse.store.run import Run

VERSION = "{}.{}.{}".format(*sys.version_info)


def as_now(root: Path, cwd: Path, values: dict[str, Any] | None = None, started: datetime = START, **facts: Any) -> Run:
    """Make a run as if it had been made here and now; facts are laid over that."""
    own = interpreter.look_at(sys.executable)
    assert own is not None
    machine = Machine(asks=False).facts(0)
    told = {
        **{"host": liveness.host(), "platform": sys.platform, "executable": sys.executable, "python": VERSION},
        **{"script": str(cwd / "train.py"), "cpu": machine["cpu"], "gpus": machine["gpus"]},
        "environment": surroundings.variables(),
    }
    run = make_run(root, values, started=started, facts={**told, **facts})
    (run.path / "packages.txt").write_text("\n".join(packages.requirements([str(cwd), *own.path])))
    return run


def differing(run: Run, cwd: Path, code: Any = None, python: str = sys.executable, **more: Any) -> dict[str, Any]:
    found = present.differences(run, code, python, str(cwd), **more)
    return {what: (was, now) for what, was, now in found}


def test_nothing_is_told_where_nothing_differs_or_nothing_is_known(tmp_path: Path) -> None:
    run = as_now(tmp_path / "exruns", tmp_path)
    assert present.differences(run, None, sys.executable, str(tmp_path)) == []
    same: Any = SimpleNamespace(kind="same", told="")
    assert present.differences(run, same, sys.executable, str(tmp_path)) == []
    bare = {"host": None, "python": None, "script": None}
    assert present.differences(make_run(tmp_path / "old", facts=bare), None, sys.executable, str(tmp_path)) == []


def test_code_interpreter_machine_and_launcher_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {
        **{"python": "3.9.1", "executable": "/old/python", "host": "node7", "platform": "beos", "cpu": "Z80"},
        **{"gpus": ["A100", "A100"], "launcher": {"kind": "torchrun", "rank": 0, "world": 4}},
        "scheduler": {"kind": "slurm", "job": "1", "partition": "gpu"},
        "environment": {"CUDA_VISIBLE_DEVICES": "0,1", "OWN_ONE": "1", "PYTHONHASHSEED": "******", "TZ": ""},
    }
    run = as_now(tmp_path / "exruns", tmp_path, **facts)
    for name in surroundings.ALLOWED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("VIRTUAL_ENV", "/no/matter")
    monkeypatch.setenv("OWN_ONE", "2")
    monkeypatch.setattr(Machine, "facts", lambda self, deadline: {"cpu": "EPYC", "gpus": []})
    code: Any = SimpleNamespace(kind="differs", told="commit 13d987e, here 77ab012 with 2 files changed")
    assert differing(run, tmp_path, code) == {
        "code": ("commit 13d987e", "77ab012 with 2 files changed"),
        "interpreter": ("/old/python", sys.executable),
        "python": ("3.9.1", VERSION),
        "host": ("node7", liveness.host()),
        "platform": ("beos", sys.platform),
        "cpu": ("Z80", "EPYC"),
        "gpus": ("2 x A100", "none"),
        "CUDA_VISIBLE_DEVICES": ("0,1", "not set"),
        "OWN_ONE": ("1", "******"),
        "TZ": ("", "not set"),
        "OMP_NUM_THREADS": ("not set", "4"),
        "launcher": ("torchrun with 4 processes", "one process"),
        "scheduler": ("slurm, gpu", "none"),
    }
    unknown: Any = SimpleNamespace(kind="unknown", told="its patch is masked")
    assert differing(run, tmp_path, unknown)["code"] == ("", "its patch is masked")
    damage(run, "metadata.json")
    assert "cannot be read" in differing(Run(run.root, run.name), tmp_path)["metadata"][1]


def test_packages_of_another_version_gone_and_new_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = as_now(tmp_path / "exruns", tmp_path)
    site = tmp_path / "site"
    for name in ("torch-2.3.0", "same-1.0", "Fresh_One-1.0", "exparse-9.9", "kept-3.0"):
        (site / f"{name}.dist-info").mkdir(parents=True)
    (run.path / "packages.txt").write_text(
        "torch==2.1.0\nSame==1.0\n-e /src/tool  # tool==0.1\nexparse==0.1\nkept @ git+https://******@host/kept\n"
    )
    assert list(packages_now.unlike(run.folder, [str(site)])) == [
        ("package torch", "2.1.0", "2.3.0"),
        ("package tool", "0.1 /src/tool", "not installed"),
        ("packages", "", "1 new: fresh-one"),
    ]
    (run.path / "packages.txt").write_text("".join(f"p{number}==1\n" for number in range(20)))
    found = list(packages_now.unlike(run.folder, []))
    assert len(found) == packages_now.MOST + 1 and found[-1] == ("packages", "", "and 12 more that differ")
    (run.path / "packages.txt").unlink()
    assert list(packages_now.unlike(run.folder, [str(site)])) == []


@pytest.mark.skipif(os.name != "posix", reason="a shell stands in for interpreters")
def test_another_interpreter_is_asked_and_may_not_answer(tmp_path: Path) -> None:
    link = tmp_path / "a python"
    link.symlink_to(sys.executable)
    found = interpreter.look_at(str(link))
    assert found is not None and found.version == VERSION and found.path and "" not in found.path
    own = interpreter.look_at(sys.executable)
    assert not interpreter.is_ours(str(link)) and own is not None and own.path == [*filter(None, sys.path[1:])]
    run = as_now(tmp_path / "exruns", tmp_path)
    assert differing(run, tmp_path, python=str(link))["interpreter"] == (sys.executable, str(link))
    shell = shutil.which("sh")
    for answer in ("exit 1", "echo '[1]'", "echo '['", "echo [[]]", "printf '\\377'", "echo \"__import__('os')\""):
        fake = tmp_path / "fake"
        fake.write_text(f"#!{shell}\n{answer}\n")
        fake.chmod(0o755)
        assert interpreter.look_at(str(fake)) is None, answer
    assert interpreter.look_at(str(tmp_path / "gone")) is None
    assert differing(run, tmp_path, python=str(fake))["python"] == (VERSION, f"{fake} does not say")


def test_inputs_are_judged_by_what_they_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("same", "touched", "changed", "grown", "gone", "large", "moved", "odd", "vast")
    inputs: dict[str, Any] = {}
    for name in names:
        path = tmp_path / name
        path.write_text(name)
        found = hashes.of_file(str(path), lambda size: "")
        inputs[str(path)] = {"param": "data", "mtime": round(path.stat().st_mtime, 6), **found}
    inputs[str(tmp_path / "large")]["sha256"] = None
    inputs[str(tmp_path / "vast")] |= {"mtime": 10**400}  # more than any float holds; others may write anything
    inputs[str(tmp_path / "gone")]["bytes"] = 10**400
    inputs[str(tmp_path / "odd")] = {"param": "data", "bytes": None, "mtime": None, "sha256": None, "why": "a pipe"}
    run = as_now(tmp_path / "exruns", tmp_path, {"data": [str(tmp_path / name) for name in names]}, inputs=inputs)
    for name in ("touched", "large"):
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "changed").write_text("CHANGED")
    os.utime(tmp_path / "changed", (1, 1))
    (tmp_path / "grown").write_text("grown larger")
    (tmp_path / "gone").unlink()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "moved").rename(tmp_path / "elsewhere" / "moved")
    places = Places([(str(tmp_path), str(tmp_path / "elsewhere"))])
    told = differing(run, tmp_path, places=places)
    assert set(told) == {"input changed", "input grown", "input gone", "input large"}
    assert told["input grown"] == ("5 bytes", "12 bytes") and told["input gone"][1].endswith("/gone")
    assert all(text.startswith("sha256 ") for text in told["input changed"])
    assert told["input large"][1].endswith("nobody knows if it holds the same")
    monkeypatch.setattr(inputs_now, "MOST", 1)
    assert differing(run, tmp_path)["inputs"] == ("", "and 4 more that differ")
    monkeypatch.setattr(inputs_now, "_LONGEST_S", -1)
    assert "it takes too long" in differing(run, tmp_path)["input touched"][1]


def test_an_input_is_looked_for_where_the_program_will(tmp_path: Path) -> None:
    path = tmp_path / "train.txt"
    path.write_text("1")
    found = hashes.of_file(str(path), lambda size: "")
    inputs = {str(path): {"param": "data", "mtime": round(path.stat().st_mtime, 6), **found}}
    places = Places([(str(tmp_path), "/clone")])
    relative = as_now(tmp_path / "exruns", tmp_path, {"data": "train.txt"}, inputs=inputs)
    told = differing(relative, tmp_path, places=places)
    assert told["input train.txt"][1] == "gone: /clone/train.txt", "that it is still where it was helps nobody"
    assert "input train.txt" not in differing(relative, tmp_path)
    absolute = as_now(tmp_path / "exruns", tmp_path, {"data": str(path)}, inputs=inputs)
    assert "input train.txt" not in differing(absolute, tmp_path, places=places), "there it is read all the same"


def test_a_program_that_git_ignores_and_that_was_built_anew_is_told(tmp_path: Path) -> None:
    names = ("build/sim", "kept.sh", "new.sh")
    (tmp_path / "build").mkdir()
    (tmp_path / ".gitignore").write_text("build\n")
    for name in names:
        (tmp_path / name).write_text("#!/bin/sh\n")
    run_git(tmp_path, "init", "-q")
    run_git(tmp_path, "add", "kept.sh")

    commit = "1" * 40

    def program(name: str, began: datetime, script: str | None = None, **more: Any) -> dict[str, Any]:
        facts = {
            "runner": {"kind": "command", "target": name},
            "script": str(tmp_path / name) if script is None else script,
            "git": {"commit": commit, "top": str(tmp_path)},
        }
        return differing(as_now(tmp_path / "exruns", tmp_path, started=began, **facts), tmp_path, **more)

    now = datetime.now(timezone.utc)
    before, after = now - timedelta(hours=1), now + timedelta(hours=1)
    assert [set(program(name, before)) for name in names] == [{"program build/sim"}, set(), set()], (
        "code tells of itself"
    )
    commit = ""
    assert [set(program(name, before)) for name in names] == [{f"program {name}"} for name in names], (
        "none was recorded"
    )
    commit = "1" * 40
    was, here = program("build/sim", before)["program build/sim"]
    assert was.startswith("ran 20") and here.startswith("changed 20")
    assert program("build/sim", after) == {}
    moved = Places([(str(tmp_path), "/clone")])
    assert program("build/sim", after, places=moved)["program build/sim"][1] == "gone: /clone/build/sim"
    assert program("no-such-program", after, script="")["program no-such-program"][1] == "not found"
    laid = tmp_path / "tree"
    laid.mkdir()
    (laid / "sim").write_text("#!/bin/sh\n")
    (laid / "linked").symlink_to(tmp_path / "build" / "sim")
    shutil.rmtree(tmp_path / ".git")
    places = Places([(str(tmp_path), str(laid))])
    assert program("sim", before, places=places, tree=str(laid)) == {}
    assert set(program("linked", before, places=places, tree=str(laid))) == {"program linked"}
