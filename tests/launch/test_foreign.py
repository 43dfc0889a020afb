"""Files that are named as scripts and are none of Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import run

from exparse.launch import foreign

SHELL = b"#!/usr/bin/env -S bash -e\nfor i in 1 2; do echo $i; done\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9), "exparse run -- ./x ..."),
        (b"MZ\x90\0\3", "exparse run -- ./x ..."),
        (SHELL, "exparse run -- /usr/bin/env -S bash -e x ..."),
        (b"#! /bin/sh\necho $1\n", "exparse run -- /bin/sh x ..."),
    ],
    ids=["elf", "exe", "env", "sh"],
)
def test_what_is_no_python_is_refused_and_the_command_for_it_named(
    data: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x").touch(0o755 if told.endswith(" ./x ...") else 0o644)
    with pytest.raises(foreign.NoProgram, match="x is no Python script") as problem:
        foreign.check("x", data)
    assert told in str(problem.value)


@pytest.mark.parametrize(
    "data",
    [
        b"print(1)\n",
        b"MZ = 3\n",
        b"#!/usr/bin/env python3\nx =\n",
        b"#!/usr/bin/env -S uv run --script\nx =\n",
        b"#!/bin/sh\n''':'\nexec python3 $0\n'''\n",
        b"x = 1\0\n",
    ],
)
def test_all_else_is_left_to_python(data: bytes) -> None:
    foreign.check("x", data)


def test_nothing_is_recorded_of_it(tmp_path: Path) -> None:
    (tmp_path / "job.sh").write_bytes(SHELL)
    ended = run("job.sh", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "") and ended.stderr.count("\n") == 1
    assert not (tmp_path / "exruns").exists()
