"""Every system call of a start fails once, or is the last one: what is left is whole, and the next start works."""

from __future__ import annotations

import compileall
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

import exparse
from exparse.store import publish
from exparse.store.root import Root

STRACE = shutil.which("strace")
CHECKOUT = Path(__file__).resolve().parents[2]
CALLS = (
    "openat,mkdir,mkdirat,rename,renameat,symlink,symlinkat,unlink,unlinkat,rmdir,fsync,write,close,newfstatat,fstat,"
    "stat,lstat,readlink,getdents64,lseek,fcntl,access"
)
# What a disk refuses that was made read-only; stdout stays writable.
CHANGING = ("mkdir", "rename", "symlink", "unlink", "rmdir", "fsync")
SCRIPT = """
from exparse import ExParser
parser = ExParser()
parser.add_argument("--x", type=int, default=1)
args = parser.parse_args()
print("done", flush=True)
"""
_CALL = re.compile(r"(?:(?P<pid>\d+)\s+)?(?P<name>[a-z0-9_]+)\(")


def _strace_works() -> bool:
    if STRACE is None or not sys.platform.startswith("linux"):
        return False
    return subprocess.run([STRACE, "-o", "/dev/null", "true"], capture_output=True).returncode == 0


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not _strace_works(), reason="strace is missing, or may not trace here"),
]


class Point(NamedTuple):
    """The ``count``-th call of a name in one thread, ``inside`` parse_args or after it.

    ``so_far`` counts the calls of the thread up to and with this one, by name.
    """

    name: str
    count: int
    inside: bool
    line: str
    so_far: Counter[str]


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Compile exparse once: a start that finds a module compiled opens fewer files than the one before it did."""
    compileall.compile_dir(str(Path(exparse.__file__).parent), quiet=2)


class Bench:
    """A script with a root, put back to how it was before each start."""

    def __init__(self, folder: Path, fresh: bool) -> None:
        self.folder, self.root, self.fresh = folder, folder / "exruns", fresh
        self.script, self.log, self.model = folder / "main.py", folder / "trace.log", folder / "model"
        self.script.write_text(SCRIPT)
        self.env = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(CHECKOUT)}
        self.start()  # what is compiled now need not be compiled again: the count of calls stays the same
        if fresh:
            shutil.rmtree(self.root)
        else:
            self.start()
            shutil.copytree(self.root, self.model, symlinks=True)

    def put_back(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        if not self.fresh:
            shutil.copytree(self.model, self.root, symlinks=True)

    def start(self, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", str(self.script)]
        if options:
            assert STRACE
            command = [STRACE, "-f", "-y", "-qq", "-o", str(self.log), *options, *command]
        return subprocess.run(command, capture_output=True, text=True, env=self.env, cwd=self.folder, timeout=60)

    def points(self) -> list[Point]:
        """Return the calls that touch the root, in the order of a start."""
        self.put_back()
        answer = self.start("-e", f"trace={CALLS}")
        assert answer.returncode == 0, answer.stderr
        found, counts, inside, main = [], Counter[tuple[str, str]](), True, ""
        for line in self.log.read_text(errors="replace").splitlines():
            match = _CALL.match(line)
            if match is None:
                continue
            pid, name = match["pid"] or "", match["name"]
            main = main or pid
            counts[pid, name] += 1
            inside = inside and '"done' not in line
            if str(self.root) in line and (pid == main or name == "fsync"):
                # Other calls of the thread that flushes cannot be told apart by their count from the main thread's.
                so_far = Counter({known: count for (thread, known), count in counts.items() if thread == pid})
                found.append(Point(name, counts[pid, name], inside and name != "fsync", line[:200], so_far))
        return found

    def inject(self, fault: str, point: Point) -> subprocess.CompletedProcess[str]:
        # Some interpreters look at a file more or less from start to start: then the call is one of its neighbours.
        for shift in (0, 1, -1, 2, -2):
            self.put_back()
            when = f"inject={point.name}:{fault}:when={max(1, point.count + shift)}"
            answer = self.start("-e", f"trace={point.name}", "-e", when)
            if answer.returncode == -9 or self.hit():
                break
        return answer

    def inject_from(self, fault: str, point: Point) -> subprocess.CompletedProcess[str]:
        """Let every call that changes something fail from this point on."""
        self.put_back()
        options = []
        for name in CHANGING:
            first = max(1, point.so_far[name] + (name != point.name))
            options += ["-e", f"inject={name}:{fault}:when={first}+"]
        return self.start("-e", f"trace={','.join(CHANGING)}", *options)

    def hit(self) -> bool:
        """Return whether the fault struck where it was to strike."""
        struck = [line for line in self.log.read_text(errors="replace").splitlines() if "(INJECTED)" in line]
        return any(str(self.root) in line for line in struck)


def whole_runs(root: Path) -> list[str]:
    """Return the names of the runs after checking that each is whole and each link leads to one."""
    place = Root(root)
    runs = [*place.runs("runs"), *place.runs("tmp")]
    for folder in ("runs", "tmp"):
        entries = os.listdir(root / folder) if (root / folder).is_dir() else []
        known = {run.name for run in runs}
        assert known.issuperset(entries), f"half a run is visible: {entries}"
    for run in runs:
        assert run.problem is None, run.problem
        assert run.params == {"x": 1} and run.metadata["id"] == run.id and run.state != "pending"
    index = root / "index"
    for link in os.listdir(index) if index.is_dir() else []:
        if not link.startswith("."):
            assert (index / link).exists(), f"{link} leads nowhere"
    return [run.name for run in runs]


def next_start_works(root: Path, before: list[str]) -> None:
    contents = {"params.yaml": "x: 1\n", "metadata.json": "", "status.json": ""}

    def made(number: int, name: str) -> dict[str, str]:
        return {**contents, "metadata.json": f'{{"format": "1.0", "id": {number}}}\n'}

    number, name = publish.publish(str(root), made, time.localtime())
    assert number not in [int(old.partition("-")[0]) for old in before]
    assert all(number > int(old.partition("-")[0]) for old in before), "a number went backwards"
    assert (root / "index" / f"{name}.yaml").exists()


def judge(bench: Bench, point: Point, answer: subprocess.CompletedProcess[str], killed: bool, before: int) -> None:
    runs = whole_runs(bench.root)
    said = answer.stderr.splitlines()
    if killed:
        assert answer.returncode == -9
        assert len(runs) - before in (0, 1)
    elif answer.returncode == 1:
        assert point.inside, f"a failure after parse_args changed the exit status: {answer.stderr}"
        assert len(said) == 1 and said[0].startswith("main.py: error: "), answer.stderr
        assert str(bench.root) in said[0] and answer.stdout == ""
        assert len(runs) == before, "refused, and yet there is a run"
    else:
        assert answer.returncode == 0 and answer.stdout == "done\n", answer
        assert len(said) <= 1 and all(line.startswith("exparse: warning: ") for line in said), answer.stderr
        assert len(runs) == before + 1
        assert (bench.root / "index" / f"{runs[-1]}.yaml").exists()
    next_start_works(bench.root, runs)


SWEEPS = [
    ("fresh", "signal=KILL", CALLS),
    ("fresh", "error=ENOSPC", CALLS),
    ("used", "signal=KILL", CALLS),
    ("used", "error=ENOSPC", CALLS),
    ("used", "error=EIO", CALLS),
    ("used", "error=EINTR", "mkdir,rename,symlink,unlink,fsync"),
    ("used", "error=EROFS", "openat,mkdir,rename,symlink,unlink"),
    ("used", "error=EMFILE", "openat,fcntl"),
    ("fresh", "error=EACCES", "openat,mkdir,rename,symlink"),
]


@pytest.mark.parametrize(("kind", "fault", "calls"), SWEEPS, ids=[f"{kind}-{fault}" for kind, fault, _ in SWEEPS])
def test_a_start_that_fails_at_any_call_leaves_whole_runs_only(
    tmp_path: Path, kind: str, fault: str, calls: str
) -> None:
    bench = Bench(tmp_path, kind == "fresh")
    points = [point for point in bench.points() if point.name in calls.split(",")]
    assert len(points) > 3
    before = 0 if kind == "fresh" else 2
    wrong, missed, ends = [], 0, set()
    for point in points:
        answer = bench.inject(fault, point)
        missed += answer.returncode != -9 and not bench.hit()
        ends.add(answer.returncode)
        try:
            judge(bench, point, answer, "KILL" in fault, before)
        except Exception as problem:  # collected: one fault must not hide the others
            wrong.append(f"{point.name} {point.count}: {type(problem).__name__}: {problem}\n    {point.line}")
        except AssertionError as problem:
            wrong.append(f"{point.name} {point.count}: {problem}\n    {point.line}")
    assert not wrong, f"{len(wrong)} of {len(points)}:\n" + "\n".join(wrong)
    assert missed <= len(points) // 10, f"{missed} of {len(points)} faults struck elsewhere"
    assert ends == ({-9} if "KILL" in fault else {0, 1}), "a sweep that sees one outcome only sweeps nothing"


def test_a_disk_that_turns_read_only_during_a_start_leaves_whole_runs_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh=False)
    # The thread that flushes counts its calls by itself: its moments are not those of the main thread.
    points = [point for point in bench.points() if point.name in CHANGING and point.name != "fsync"]
    for point in points:
        answer = bench.inject_from("error=EROFS", point)
        assert answer.returncode in (0, 1) and len(answer.stderr.splitlines()) <= 1, (point.line, answer.stderr)
        assert answer.returncode == 0 or point.inside, point.line
        # What has been moved into place cannot be taken back on such a disk: then it is there, and whole.
        next_start_works(bench.root, whole_runs(bench.root))
    assert len(points) > 5
