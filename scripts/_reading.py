"""What reading a root takes: frames, lists and queries, with and without what is remembered of it."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

METRICS = 5
QUERY = "option_1 < 0.5 and m1 > 0.2 and state = finished"

_INFO = """
import resource, sys, time
from exparse import Index
assert len(Index(sys.argv[1]).info()) >= int(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
# The same again in a living process, ten runs added each time.
_AGAIN = """
import os, shutil, statistics, sys, time
from exparse import Index
root, turns = sys.argv[1], int(sys.argv[2])
index, runs = Index(root), f"{root}/runs"
rows = len(index.info())
model = max(os.listdir(runs))
number = int(model.partition("-")[0])
taken = []
for turn in range(turns):
    made = [f"{runs}/{number + n:06d}-2027-01-01-00-00-00" for n in range(1, 11)]
    for folder in made:
        shutil.copytree(f"{runs}/{model}", folder)
    begun = time.perf_counter()
    assert len(index.info()) == rows + 10
    taken.append(time.perf_counter() - begun)
    for folder in made:
        shutil.rmtree(folder)
    index.info()
print(statistics.median(taken))
"""


def made_root(folder: Path, runs: int) -> Path:
    """Make a root of finished runs with 20 params and 5 metrics each, all files as a recorder leaves them, once."""
    from exparse.format import metadata, params, status, summary
    from exparse.store import publish

    root = folder / f"root-{runs}"
    if root.exists():
        return root
    publish.prepare(str(root))
    started = "2026-11-21T05:40:12.000000+00:00"
    told = status.document(status.Status("finished", started, started, 12.5, 0))
    facts = _facts(started)
    for number in range(1, runs + 1):
        name = f"{number:06d}-2026-11-21-05-40-12"
        values = {f"option_{i}": v for i, v in enumerate([number % 7, number / 1000, f"m{number % 5}", None] * 5)}
        own = {**facts, "id": number, "name": name, "uuid": f"{number:032x}", "defaults": dict.fromkeys(values)}
        measured = {f"m{i}": (number * (i + 1) % 997) / 997 for i in range(METRICS)}
        run = root / "runs" / name
        run.mkdir()
        (run / "params.yaml").write_text(params.document(values, {}, {}))
        (run / "metadata.json").write_text(metadata.document(own))
        (run / "status.json").write_text(told)
        (run / "summary.json").write_text(summary.document(measured))
        lines = [{"step": step, "time": 1763712012.5 + step, **measured} for step in range(10)]
        (run / "metrics.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        (run / "stdout.log").write_text("done\n")
        os.symlink(f"../runs/{name}/params.yaml", root / "index" / f"{name}.yaml")
    counter = root / ".counter"
    counter.mkdir()
    (counter / str(runs)).touch()
    return root


def _facts(started: str) -> dict[str, object]:
    words = ["python", "train.py", *(f"--option-{i}" for i in range(20))]
    process = {"host": "h", "boot": "b19e203b-ce7f-42cc-96df-d6d0024a1c97", "namespace": "pid:[1]", "pid": 1}
    git = {"commit": "4da66b38e418253f6ecf2f05ecce3b5f7386b503", "branch": "main", "dirty": False, "remote": None}
    names = [f"option_{i}" for i in range(20)]
    return {
        **{"label": None, "started": started, "description": None, "tags": [], "parents": [], "capture": "sys"},
        **{"script": "/home/ada/train.py", "cwd": "/home/ada", "typed": words, "python": "3.11.7", "host": "h"},
        **{"platform": "linux", "user": "ada", "cores": 2, "memory": 25276502016, "environment": {"LANG": "C.UTF-8"}},
        **{"process": process, "argv": words[2:], "given": names, "sources": dict.fromkeys(names, "command line")},
        **{"git": git, "packages": 60, "source": None, "cpu": "AMD EPYC", "gpus": []},
    }


def index(root: Path, size: int, env: dict[str, str], pairs: int, tell: Callable[[str], None]) -> None:
    """All runs into a frame, pandas' own import included: nothing remembered, all remembered, and ten runs more."""
    turns = max(3, pairs // (1 + size // 5000))
    plain = [_seconds([sys.executable, "-c", "import pandas"], env) for _ in range(turns)]
    first = [_info(root, size, env, forget=True) for _ in range(max(3, turns // 2))]
    _info(root, size, env)
    known = [_info(root, size, env) for _ in range(turns)]
    again = subprocess.run(
        [sys.executable, "-c", _AGAIN, str(root), str(turns)], env=env, capture_output=True, text=True, check=True
    )
    tell(
        f"index, {size:,} runs: info() {_median(known):.2f} s, first read {_median(first):.2f} s, "
        f"ten runs added in a living process {float(again.stdout) * 1e3:.0f} ms; "
        f"memory {_megabytes(known):.0f} MB, first read {_megabytes(first):.0f} MB; "
        f"import pandas {statistics.median(plain):.2f} s"
    )


def ls(size: int, env: dict[str, str], pairs: int, tell: Callable[[str], None]) -> None:
    """The newest 20 runs, and the 20 best of those that answer to a query, by the command."""
    turns = max(3, pairs // (1 + size // 50_000))
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "newest": [sys.executable, "-m", "exparse", "ls"],
        "query": [sys.executable, "-m", "exparse", "ls", "--where", QUERY, "--sort=-m0"],
        "complete": [sys.executable, "-m", "exparse", "_complete", "runs", str(size)[:3]],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(turns + 1):
        for name, command in commands.items():
            taken = _seconds(command, env)
            if turn:
                found[name].append(taken)
    told = {name: statistics.median(taken) for name, taken in found.items()}
    tell(
        f"ls, {size:,} runs: newest 20 {told['newest']:.3f} s, --where and --sort {told['query']:.3f} s, "
        f"completion of a number {told['complete']:.3f} s; python alone {told['python']:.3f} s"
    )


def _info(root: Path, size: int, env: dict[str, str], forget: bool = False) -> tuple[float, int]:
    if forget:
        shutil.rmtree(env["EXPARSE_CACHE"], ignore_errors=True)
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _INFO, str(root), str(size)], env=env, capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begun, int(done.stdout)


def _median(rows: list[tuple[float, int]]) -> float:
    return statistics.median(row[0] for row in rows)


def _megabytes(rows: list[tuple[float, int]]) -> float:
    return max(row[1] for row in rows) / 1024


def _seconds(command: list[str], env: dict[str, str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begun
