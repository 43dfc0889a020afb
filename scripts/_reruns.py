"""What starting a recorded program again costs, up to its first line; and what ``exparse run`` adds to any."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_SAYS_WHEN = "import os, time\nos.write(1, repr(time.monotonic()).encode() + b'\\n')\n"
_RECORDED = "from exparse import ExParser\nparser = ExParser()\nparser.add_argument('--lr', type=float, default=0.5)\n"


def rerun(repo: Path, env: dict[str, str], pairs: int, tell: Callable[[str], None]) -> None:
    """Tell how long it takes until the script's first line runs: in place, in a new tree, in a tree from before.

    Args:
        repo: A repository of many files; a script is added to it.
        env: The environment, with a root and a cache of its own.
        pairs: How often each is measured.
        tell: Takes a line for each figure.
    """
    script = repo / "again.py"
    script.write_text(_SAYS_WHEN + _RECORDED + "parser.parse_args()\n")
    for words in (
        ["add", "-A"],
        ["-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-qm", "again"],
    ):
        subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True)
    subprocess.run([sys.executable, str(script)], env=env, cwd=repo, check=True, capture_output=True)
    command = [sys.executable, "-m", "exparse", "rerun", "1"]
    plain = [_until_first_line([sys.executable, str(script)], env, repo) for _ in range(pairs)]
    in_place = [_until_first_line(command, env, repo) for _ in range(pairs)]
    (repo / "changed.py").write_text("x = 1\n")
    new, kept = [], []
    for turn in range(max(pairs // 5, 1)):
        env = {**env, "EXPARSE_CACHE": f"{env['EXPARSE_CACHE']}-{turn}"}
        new.append(_until_first_line(command, env, repo))
        kept += [_until_first_line(command, env, repo) for _ in range(5)]
    figures = {"plain Python": plain, "rerun in place": in_place, "in a new tree": new, "in a tree from before": kept}
    told = ", ".join(
        f"{name} {statistics.median(rows):.0f} ms (most {max(rows):.0f})" for name, rows in figures.items()
    )
    tell(f"rerun, until the script's first line: {told}")


def _until_first_line(command: list[str], env: dict[str, str], cwd: Path) -> float:
    """Return milliseconds from the start of a command to the moment that the script says first."""
    begun = time.monotonic()
    done = subprocess.run(command, env=env, cwd=cwd, check=True, capture_output=True)
    return (float(done.stdout.split()[0]) - begun) * 1e3


def run(folder: Path, env: dict[str, str], pairs: int, tell: Callable[[str], None]) -> None:
    """Tell what ``exparse run`` adds to a script that parses nothing and to one that parses, over plain Python.

    Args:
        folder: Where the scripts are written.
        env: The environment, with a root of its own.
        pairs: How many pairs are measured.
        tell: Takes a line for each figure.
    """
    parses = "import argparse\nparser = argparse.ArgumentParser()\nparser.add_argument('--lr', type=float)\n"
    scripts = {"an empty script": "", "one that parses": f"{parses}parser.parse_args()\n"}
    scripts["one of half a second"] = f"import time\ntime.sleep(0.5)\n{scripts['one that parses']}"
    console = Path(sys.executable).with_name("exparse")
    ours = [str(console)] if console.exists() else [sys.executable, "-m", "exparse"]
    for name, source in scripts.items():
        script = folder / "plain.py"
        script.write_text(source)
        commands = {"plain": [sys.executable, str(script)], "run": [*ours, "run", str(script)]}
        rows: dict[str, list[float]] = {way: [] for way in commands}
        for turn in range(pairs + 1):
            for way, command in commands.items():
                taken = _whole(command, env, folder)
                if turn:
                    rows[way].append(taken)
        added = statistics.median(b - a for a, b in zip(rows["plain"], rows["run"], strict=True))
        tell(
            f"run, {name}: plain {statistics.median(rows['plain']):.1f} ms, exparse run "
            f"{statistics.median(rows['run']):.1f} ms, added {added:.1f} ms "
            f"(least {min(rows['run']) - min(rows['plain']):.1f})"
        )


def _whole(command: list[str], env: dict[str, str], cwd: Path) -> float:
    begun = time.monotonic()
    subprocess.run(command, env=env, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return (time.monotonic() - begun) * 1e3


def environment(folder: Path, bare: dict[str, str]) -> dict[str, str]:
    """Return an environment whose cache lies in a folder, and which lets Python keep its bytecode."""
    kept = {name: value for name, value in bare.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "EXPARSE_CACHE": str(folder / "trees-cache"), "HOME": os.environ.get("HOME", str(folder))}
