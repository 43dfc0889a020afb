"""What somebody put where a log is to be is neither followed nor waited for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

PLANT = {
    "a link": "os.symlink(os.path.abspath('outside'), path)",
    "a link to nothing": "os.symlink(os.path.abspath('missing'), path)",
    "a device": "os.symlink('/dev/zero', path)",
    "a pipe": "os.mkfifo(path)",
    "a folder": "os.mkdir(path)",
}
SOURCE = """
import os, sys
from exparse import ExParser
run = ExParser().parse_args().run
open("outside", "w").write("kept")
for name in ("stdout.log", "stderr.log"):
    path = os.path.join(run.folder, name)
    PLANT
for turn in range(3):
    print("out", flush=True)
sys.exit(3)
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
@pytest.mark.parametrize("capture", ["sys", "fd"])
@pytest.mark.parametrize("what", PLANT)
def test_nothing_is_written_through_it_and_the_program_goes_on(
    script: Any, tmp_path: Path, what: str, capture: str
) -> None:
    answer = script(SOURCE.replace("PLANT", PLANT[what]), env={"EXPARSE_CAPTURE": capture}, timeout=30)
    assert (answer.returncode, answer.stdout) == (3, "out\n" * 3)
    assert all(line.startswith("exparse: warning: ") for line in answer.stderr.splitlines())
    assert (tmp_path / "outside").read_text() == "kept" and not (tmp_path / "missing").exists()
