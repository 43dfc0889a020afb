"""No seeded secret stands in any file of the root, wherever the program says it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from exparse.store.root import Root

WHOLE, NAMED = "S3cretVal-alpha-0001", "byNameSecret-0002"
# Put together here, so that no scanner takes this file for a leak.
SHAPED = "glpat" + "-abcdEFGH12345678abcd"

PARSED = """
import os, sys
import exparse
parser = exparse.ExParser()
parser.add_argument("--cred", secret=True)
parser.add_argument("--password")
parser.add_argument("--url")
args = parser.parse_args()
run = args.run
"""
SAYS = {
    "note": "run.note('so it is: ' + args.cred)",
    "description": "run.description = 'with ' + args.password",
    "summary": "run.summary(key=args.cred, deep={'parts': ['x' + args.password]})",
    "caption": "open('f', 'w').close(); run.file('f', caption=args.cred)",
    "start of a second run": "exparse.start({'lr': 1}).finish()",
    "start with all arguments": "exparse.start(vars(args)).finish()",
    "start when the first is over": "run.finish(); exparse.start({'used': 'Bearer ' + args.cred}).finish()",
    "an exception": "raise ValueError(args.cred, args.password)",
    "output": "print(args); print(args.cred, file=sys.stderr)",
    "nothing": "",
}


def everything(root: Path) -> str:
    """Return all file names and texts below a root."""
    files = [path for path in root.rglob("*") if path.is_file()]
    assert files
    return "\n".join(f"{path}\n{path.read_bytes()!r}" for path in files)


@pytest.mark.parametrize("where", SAYS)
def test_a_known_secret_stands_in_no_file(script: Any, tmp_path: Path, where: str) -> None:
    url = f"https://me:{NAMED}@example.org/?token={NAMED}"
    given = ["--cred", WHOLE, f"--password={NAMED}", "--url", url]
    answer = script(PARSED + SAYS[where], *given, env={"SLURM_JOB_ID": "7", "SLURM_JOB_NAME": SHAPED})
    assert answer.returncode == ("exception" in where), answer.stderr
    told = everything(tmp_path / "exruns")
    assert not [secret for secret in (WHOLE, NAMED, SHAPED) if secret in told]
    assert len(Root(tmp_path / "exruns").runs()) == 1 + ("start" in where)


@pytest.mark.parametrize("typed", [["--password", WHOLE], [f"--api-key={WHOLE}"], ["--url", f"s3://me:{WHOLE}@host/x"]])
def test_a_run_without_a_parser_keeps_back_what_the_command_line_names(
    script: Any, tmp_path: Path, typed: list[str]
) -> None:
    source = f"import exparse\nwith exparse.start({{'lr': 1}}, root={os.fspath(tmp_path / 'exruns')!r}): pass\n"
    assert script(source, *typed).returncode == 0
    assert WHOLE not in everything(tmp_path / "exruns")
    (run,) = Root(tmp_path / "exruns").runs()
    assert "******" in str(run.metadata["typed"]) and "******" in str(run.metadata["argv"])


def test_the_words_of_the_script_come_back_as_they_were_where_there_is_no_secret(script: Any, tmp_path: Path) -> None:
    source = "from exparse import ExParser\nrun = ExParser().parse_args().run\nrun.summary(a=[1, 'x'])\nrun.note('n')\n"
    assert script(source).returncode == 0
    (run,) = Root(tmp_path / "exruns").runs()
    assert run.summary() == {"a": [1, "x"]} and run.notes.endswith("n\n\n")
