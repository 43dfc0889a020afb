"""Hooks: called at the start and the end of a run, and in nobody's way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import exparse
from exparse import Root

HEAD = """
import exparse
from exparse import ExParser, register_hook
for event in ("start", "finish", "fail"):
    register_hook(event, lambda run, event=event: print(event, run.id, flush=True))
"""


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("", "start 1\nfinish 1\n"),
        ("import sys; sys.exit(0)", "start 1\nfinish 1\n"),
        ("import sys; sys.exit(3)", "start 1\nfail 1\n"),
        ("1 / 0", "start 1\nfail 1\n"),
        ("raise KeyboardInterrupt", "start 1\nfail 1\n"),
    ],
)
def test_hooks_are_called_at_the_start_and_the_end(script: Any, tmp_path: Path, end: str, said: str) -> None:
    answer = script(HEAD + "ExParser().parse_args()\n" + end)
    assert answer.stdout == said
    (run,) = Root(tmp_path / "exruns").runs()
    assert run.output() == said.encode(), "what hooks print at the end is part of the output"


def test_no_hook_is_called_where_no_run_is(script: Any, tmp_path: Path) -> None:
    assert script(HEAD + "ExParser().parse_args()", "--help").stdout.startswith("usage:")
    assert script(HEAD + "ExParser().parse_args()", "--no-record").stdout == ""


def test_a_failing_hook_is_one_warning_and_the_others_are_called(script: Any, tmp_path: Path) -> None:
    source = "import exparse\n@__import__('functools').partial(exparse.register_hook, 'start')\ndef bad(run): 1 / 0\n"
    answer = script(source + HEAD + "ExParser().parse_args()")
    assert answer.returncode == 0 and answer.stdout == "start 1\nfinish 1\n"
    (line,) = answer.stderr.splitlines()
    assert "bad" in line and "ZeroDivisionError" in line
    assert Root(tmp_path / "exruns").runs()[0].state == "finished"


def test_a_root_names_hooks_for_all_programs_that_record_there(script: Any, tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text("def tell(run): print('told of', run.id)\n")
    script("from exparse import ExParser\nExParser().parse_args()")
    marker = tmp_path / "exruns" / "exparse.json"
    marker.write_text(
        json.dumps({**json.loads(marker.read_text()), "hooks": {"finish": ["told:tell", "gone:x", "told"]}})
    )
    answer = script("from exparse import ExParser\nExParser().parse_args()")
    assert answer.stdout == "told of 2\n" and answer.returncode == 0
    assert [line.split("hook ")[1].split(" ")[0] for line in answer.stderr.splitlines()] == ["gone:x", "told"]


@pytest.mark.parametrize("settings", ['{"format": "1.1", "hooks": []}', '{"format": "1.1", "hooks": {"start": 5}}'])
def test_settings_that_name_no_hooks_are_none(script: Any, tmp_path: Path, settings: str) -> None:
    script("from exparse import ExParser\nExParser().parse_args()")
    (tmp_path / "exruns" / "exparse.json").write_text(settings)
    assert script("from exparse import ExParser\nExParser().parse_args()").stderr == ""


def test_what_is_no_event_or_cannot_be_called_is_refused() -> None:
    with pytest.raises(ValueError, match="start, finish"):
        exparse.register_hook("begin", print)
    with pytest.raises(TypeError):
        exparse.register_hook("start", "print")  # type: ignore[arg-type]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("handled", [False, True])
def test_a_hook_hears_that_the_machine_goes_away_and_the_program_ends_as_ever(
    script: Any, tmp_path: Path, number: int, handled: bool
) -> None:
    own = f"signal.signal({int(number)}, lambda *a: print('mine', flush=True))\n" if handled else ""
    source = (
        "import exparse, os, signal, time\n" + own + "args = exparse.ExParser().parse_args()\n"
        "exparse.register_hook('preempt', lambda run: print('preempt', run.id, flush=True))\n"
        "os.write(1, b'ready\\n')\ntime.sleep(2)\nprint('slept', flush=True)\n"
    )
    (tmp_path / "main.py").write_text(source)
    with subprocess.Popen([sys.executable, "main.py"], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(number)
        said = process.stdout.read()
    dies = number == signal.SIGTERM and not handled
    assert process.returncode == (-number if dies else 0)
    assert said == "preempt 1\n" + ("mine\n" if handled else "") + ("" if dies else "slept\n")
    (run,) = Root(tmp_path / "exruns").runs()
    assert run.state == ("lost" if dies else "finished") or (dies and run.state == "killed")
