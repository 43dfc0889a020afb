"""Programs that are run twice, with and without a capture; what tells the two apart is an environment variable."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from exparse.store import logs

# One line, so that the lines of a traceback are the same; it imports nothing that the program does not have anyway.
PREAMBLE = (
    "import atexit, os, sys; os.environ.get('LEVEL') and ("
    "m := __import__('exparse.streams.capture', fromlist=['start']), "
    "c := m.start(os.environ.pop('LEVEL'), os.environ.pop('RUN')), atexit.register(c.stop, True))\n"
)


class Outcome(NamedTuple):
    stdout: bytes
    stderr: bytes
    code: int


class Bench:
    """Runs one program, with or without a capture.

    Attributes:
        run: The folder that the logs are in.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, folder / "the run"
        self.run.mkdir()
        self.file = folder / "main.py"

    def write(self, source: str) -> None:
        self.file.write_text(PREAMBLE + textwrap.dedent(source), encoding="utf-8")

    def environment(self, level: str | None, env: Mapping[str, str] | None = None) -> dict[str, str]:
        # The same on all machines, whatever the one that tests has set.
        inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONUNBUFFERED", "PYTHONIOENCODING")}
        return {
            **inherited,
            **(env or {}),
            **({"LEVEL": level, "RUN": str(self.run)} if level else {}),
        }

    def command(self, *python: str) -> list[str]:
        return [sys.executable, *python, str(self.file)]

    def piped(
        self, source: str, level: str | None, python: tuple[str, ...] = (), env: Mapping[str, str] | None = None
    ) -> Outcome:
        self.write(source)
        done = subprocess.run(
            self.command(*python),
            env=self.environment(level, env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.folder,
            timeout=60,
        )
        return Outcome(done.stdout, done.stderr, done.returncode)

    def in_file(self, source: str, level: str | None, python: tuple[str, ...] = ()) -> Outcome:
        self.write(source)
        with open(self.folder / "out", "wb+") as out, open(self.folder / "err", "wb+") as err:
            code = subprocess.run(
                self.command(*python),
                env=self.environment(level),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=self.folder,
                timeout=60,
            ).returncode
            out.seek(0)
            err.seek(0)
            return Outcome(out.read(), err.read(), code)

    def in_shell(self, source: str, level: str | None, line: str) -> Outcome:
        """Run a line of sh in which ``"$@"`` is the program; its exit status goes to the file ``code``."""
        self.write(source)
        done = subprocess.run(
            ["/bin/sh", "-c", line, "sh", *self.command()],
            env=self.environment(level),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.folder,
            timeout=60,
        )
        return Outcome(done.stdout, done.stderr, done.returncode)

    def on_terminal(self, source: str, level: str | None, python: tuple[str, ...] = ()) -> Outcome:
        """Run it with stdout and stderr on one new terminal; what that gets is ``stdout``."""
        self.write(source)
        outer, inner = pty.openpty()
        with subprocess.Popen(
            self.command(*python),
            env=self.environment(level, {"TERM": "xterm", "COLUMNS": "80"}),
            stdin=subprocess.DEVNULL,
            stdout=inner,
            stderr=inner,
            cwd=self.folder,
            start_new_session=True,
        ) as process:
            os.close(inner)
            shown = _all_of(outer)
            code = process.wait(timeout=60)
        os.close(outer)
        return Outcome(shown, b"", code)

    def log(self, name: str = "stdout.log") -> bytes:
        try:
            return logs.read(f"{self.run}/{name}")
        except FileNotFoundError:
            return b""

    def settle(self) -> None:
        """Wait until nobody writes a log any more: a keeper that joins its segments or writes its last words."""
        before, quiet = self._sizes(), 0
        while quiet < 5:
            time.sleep(0.02)
            after = self._sizes()
            before, quiet = after, quiet + 1 if after == before else 0

    def _sizes(self) -> list[tuple[str, int]]:
        return sorted((entry.name, entry.stat().st_size) for entry in os.scandir(self.run))


def _all_of(outer: int) -> bytes:
    shown = b""
    while select.select([outer], [], [], 60)[0]:
        try:
            block = os.read(outer, 1 << 16)
        except OSError:  # nobody holds the other end any more
            break
        if not block:
            break
        shown += block
    return shown


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    folder = tmp_path / "a program"
    folder.mkdir()
    return Bench(folder)
