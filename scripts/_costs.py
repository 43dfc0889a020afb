"""What recording costs a script: its start and its end in a repository of 3,000 files, and a flood of output."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

FILES = 3_000
LINES = 10_000_000

_SAID = "import os, time\nos.write(1, repr((time.monotonic(), time.process_time())).encode())\n"
_FLOOD = "line = 'x' * 99\nfor n in range({lines}): print(line)\n"


def repository(
    folder: Path, env: dict[str, str], scripts: dict[str, Path], pairs: int, tell: Callable[[str], None]
) -> None:
    """Tell what is added until ``parse_args`` has returned, and after it, with a clean and with a changed tree."""
    repo = made_repository(folder / "repository", scripts)
    for state in ("clean", "changed"):
        if state == "changed":
            (repo / "script_plain.py").open("a").write("# changed\n")
            (repo / "new.py").write_text("x = 1\n")
        rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in scripts}
        for turn in range(pairs + 1):
            for name in scripts:
                taken = _start_and_end(repo / f"script_{name}.py", env, repo)
                if turn:
                    rows[name].append(taken)
        added = [
            statistics.median(b[column] - a[column] for a, b in zip(rows["plain"], rows["exparse"], strict=True))
            for column in range(3)
        ]
        tell(
            f"repository of {FILES:,} files, {state}: until parse_args returned {added[0]:.1f} ms wall and "
            f"{added[1]:.1f} ms CPU added; end of a script that does nothing more {added[2]:.1f} ms later"
        )


def made_repository(repo: Path, scripts: dict[str, Path]) -> Path:
    """Make a repository of :data:`FILES` files, and of scripts that say when they begin; return its folder."""
    for part in range(FILES // 100):
        (repo / f"part{part}").mkdir(parents=True)
        for number in range(100):
            (repo / f"part{part}" / f"file{number}.py").write_text(f"x = {number}\n" * 20)
    for name, path in scripts.items():
        (repo / f"script_{name}.py").write_text(path.read_text() + _SAID)
    who = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "all"]):
        subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True)
    return repo


def _start_and_end(script: Path, env: dict[str, str], cwd: Path) -> tuple[float, float, float]:
    """Return milliseconds until the parse had returned (wall, CPU of the process), and from then to the end."""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, str(script)], env=env, cwd=cwd, check=True, capture_output=True)
    ended = time.monotonic()
    said, cpu = (float(part) for part in done.stdout.decode().strip("()").split(","))
    return (said - begun) * 1e3, cpu * 1e3, (ended - said) * 1e3


def output(folder: Path, env: dict[str, str], pairs: int, tell: Callable[[str], None]) -> None:
    """Tell what 1 GB of output costs, in lines of 100 bytes to a pipe and to a file, at each level of capture."""
    script = folder / "flood.py"
    script.write_text("from exparse import ExParser\nExParser().parse_args()\n" + _FLOOD.format(lines=LINES))
    plain = folder / "flood_plain.py"
    plain.write_text(_FLOOD.format(lines=LINES))
    ways = {"plain": (plain, {}), **{level: (script, {"EXPARSE_CAPTURE": level}) for level in ("sys", "fd")}}
    for target in ("pipe", "file"):
        rows: dict[str, list[tuple[float, float, int]]] = {name: [] for name in ways}
        for _ in range(pairs):
            for name, (path, more) in ways.items():
                rows[name].append(_flood(path, {**env, **more}, folder, target))
        for name in ("sys", "fd"):
            ratios = [
                statistics.median(b[column] / a[column] for a, b in zip(rows["plain"], rows[name], strict=True))
                for column in (0, 1)
            ]
            tell(
                f"output, 1 GB to a {target}, {name}: {ratios[0]:.2f} of plain's wall, {ratios[1]:.2f} of its CPU; "
                f"at most {max(row[2] for row in rows[name]) / 1024:.0f} MB of memory "
                f"(plain {max(row[2] for row in rows['plain']) / 1024:.0f})"
            )


def _flood(script: Path, env: dict[str, str], cwd: Path, target: str) -> tuple[float, float, int]:
    """Return wall seconds, CPU seconds and KB of memory of one flood."""
    begun = time.monotonic()
    reader = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) if target == "pipe" else None
    with open(cwd / "flood.out", "wb") as file:
        there = reader.stdin if reader is not None else file
        process = subprocess.Popen([sys.executable, str(script)], env=env, cwd=cwd, stdout=there)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if reader is not None and reader.stdin is not None:
            reader.stdin.close()
            reader.wait()
    if process.returncode:
        raise SystemExit(f"{script} ended with exit code {process.returncode}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss
