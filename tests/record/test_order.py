"""The letter to a program that is started: who takes it, and what fits into it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from exparse.record import order as order_room
from exparse.record.order import VARIABLE, Order

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there it is taken whoever has started the interpreter")
READ = "from exparse.record.order import order; told = order(); print(told.root, len(told.words or ()))"


def read_by(words: list[str], order: Order, folder: Path) -> str:
    """Return what a process says of the letter that it was given."""
    env = {**os.environ, VARIABLE: order.letter(str(folder))}
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@POSIX
@pytest.mark.parametrize(("wrappers", "said"), [(0, "/r 1"), (1, "/r 1"), (2, "None 0")])
def test_a_letter_is_for_a_child_and_for_the_child_of_a_wrapper(wrappers: int, said: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", READ]
    for _ in range(wrappers):
        # With something to do afterwards the shell stays; with nothing it becomes what it starts.
        command = ["sh", "-c", f"{shlex.join(command)}; true"]
    assert read_by(command, Order(by=os.getpid(), root="/r", words=["x"]), tmp_path) == said


def test_a_letter_too_long_for_a_variable_lies_in_a_file(tmp_path: Path) -> None:
    words = ["ä\udc80 'x'"] * 50_000
    order = Order(by=os.getpid(), root="/r", words=words)
    folder = tmp_path / "a b"
    folder.mkdir()
    assert len(order.letter(str(folder))) < 1_000
    assert read_by([sys.executable, "-c", READ], order, folder) == "/r 50000"
    (letter,) = folder.iterdir()
    assert json.loads(letter.read_text(encoding="ascii"))["words"] == words


def test_what_is_told_is_for_the_first_run_and_for_its_parse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    box = tmp_path / "run"
    told = Order(root="/r", rerun_of="x", params="/p", words=["w"], given=["g"], tree="/t", top="/c", tell=str(box))
    for name, value in (("_order", told), ("_began", False), ("_has_parsed", False)):
        monkeypatch.setattr(order_room, name, value)
    assert order_room.first() is told
    order_room.begun("/r/runs/1", by_arguments=True)
    left = order_room.first()
    assert (left.root, left.rerun_of, left.params, left.words, left.given) == (None, None, "/p", ["w"], ["g"])
    order_room.has_parsed()
    left = order_room.first()
    assert (left.params, left.words, left.given, left.tree, left.top) == (None, None, [], "/t", "/c")
    assert box.read_text() == "/r/runs/1"
    order_room.begun("/r/runs/2")
    assert box.read_text() == "/r/runs/1", "who waits is told of the first"
    order_room.taken_back()
    assert order_room.first() is told and not box.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"root": "/r"}', "@", "@/nowhere/order.json", '{"by": "x"}'])
def test_a_variable_of_that_name_that_is_no_letter_says_nothing(text: str) -> None:
    env = {**os.environ, VARIABLE: text}
    done = subprocess.run([sys.executable, "-c", READ], env=env, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("None 0", "")
