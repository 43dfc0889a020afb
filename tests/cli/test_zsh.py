"""Completion in a zsh that a person could sit at."""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from pathlib import Path

import pytest
from making import make_run, soon

from exparse.cli.main import main

pty = pytest.importorskip("pty", reason="Windows has no pseudo terminals")


def typed(keys: str, expected: str, folder: Path, zsh: str) -> bool:
    """Type keys into a zsh whose ``exparse`` and completion are set up; return whether the answer appears."""
    setup = folder / ".zshrc"
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execve(zsh, [zsh, "-i"], {**os.environ, "ZDOTDIR": str(setup.parent), "TERM": "vt100"})
    seen, end, sent = "", soon(), False
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.2)[0]:
                continue
            seen += os.read(terminal, 4096).decode("utf-8", "replace")
            if not sent and "ready>" in seen:
                os.write(terminal, keys.encode())
                seen, sent = "", True
            if sent and expected in seen:
                return True
    except OSError:
        return False  # the shell has ended
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return False


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("exparse summ", "summary"),
        ("exparse show bi", "show big"),
        ("exparse mark go", "mark good"),
        ("exparse show @g", "show @good"),
        ("exparse ls --format=m", "ls --format=markdown"),
        ("exparse --root exruns ls --mark g", "--root exruns ls --mark good"),
        ("exparse ls --sort -ac", "ls --sort -acc"),
        ("exparse ls --where 'lr < 1 and mo", "ls --where lr < 1 and model"),
        ('exparse ls --where "lr < 1 and mo', "ls --where lr < 1 and model"),
    ],
)
def test_zsh_completes_what_is_typed(
    keys: str, words: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("there is no zsh on this machine")
    run = make_run(root, {"model": "x"}, label="big", marks=["good"])
    (run.path / "summary.json").write_text('{"acc": 0.5}')
    assert main(["completion", "zsh"]) == 0
    setup = f"""
autoload -Uz compinit; compinit -u -D
exparse() {{
    if [[ $1 == _complete ]]; then '{sys.executable}' -m exparse "$@"; else print -r -- "called<$*>"; fi
}}
{capsys.readouterr().out}
PS1='ready>'
"""
    (tmp_path / ".zshrc").write_text(setup)
    # What is open is closed by who typed it: a query may go on.
    closing = next((sign for sign in "'\"" if keys.count(sign) % 2), "")
    assert typed(f"{keys}\t{closing}\n", f"called<{words}>", tmp_path, zsh)
