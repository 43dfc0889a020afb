"""Taking turns at a name: one at a time, other names meanwhile, and no harm where there is no lock to be had."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from exparse.record import turns
from exparse.record.turns import Turn

HOLDER = """
import sys
from exparse.record.turns import Turn
with Turn(sys.argv[1], sys.argv[2]):
    print("mine", flush=True)
    sys.stdin.read()
"""


def holder(root: Path, name: str) -> Any:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(root), name], **pipes)  # type: ignore[call-overload]
    assert process.stdout.readline() == b"mine\n"
    return process


@pytest.mark.parametrize("ending", ["normal", "killed"])
def test_the_next_waits_for_its_turn_however_the_one_before_ends(root: Path, ending: str) -> None:
    first = holder(root, "foo")
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    argv = [sys.executable, "-c", HOLDER, str(root), "foo"]
    second = subprocess.Popen(argv, **pipes)  # type: ignore[call-overload]
    time.sleep(0.5)
    assert second.poll() is None
    first.kill() if ending == "killed" else first.stdin.close()
    first.wait(30)
    assert second.communicate(timeout=30)[0] == b"mine\n"
    first.stdin.close()
    first.stdout.close()


def test_other_names_have_turns_of_their_own(root: Path) -> None:
    first = holder(root, "foo")
    second = holder(root, "bar")
    for process in (first, second):
        process.communicate(timeout=30)


def test_a_turn_that_does_not_come_is_done_without(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_LONGEST_S", 0.05)
    first = holder(root, "foo")
    with Turn(str(root), "foo"):
        assert first.poll() is None
    first.communicate(timeout=30)


def test_where_no_root_can_be_there_is_no_turn_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Turn(str(tmp_path / "file"), "foo"):
        assert os.listdir(tmp_path / "home") == []
