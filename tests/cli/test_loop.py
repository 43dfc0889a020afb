"""The whole loop: a script that uses ExParser, the command, and the notebook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exparse import Index
from exparse.errors import MarkNotFound

pytestmark = pytest.mark.slow

SCRIPT = """
    from exparse import ExParser as ArgumentParser

    parser = ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--fail", action="store_true")
    args = parser.parse_args()
    (args.run / "weights.bin").write_bytes(bytes(100))
    if args.fail:
        raise ValueError("no convergence")
"""


def test_runs_are_recorded_listed_marked_shown_removed_and_opened(odd_folder: Path, script: Any, exparse: Any) -> None:
    def command(*argv: str) -> Any:
        return exparse(*argv, cwd=odd_folder)

    for argv in (["--lr", "0.5"], ["--name", "wide", "--sizes", "7", "8"], ["--fail"], ["--tmp"]):
        answer = script(SCRIPT, *argv, folder=odd_folder)
        assert answer.returncode == (1 if argv == ["--fail"] else 0), answer.stderr

    runs = json.loads(command("ls", "--format", "json").stdout)
    assert [(run["id"], run["state"], run["label"]) for run in runs] == [
        (1, "finished", None),
        (2, "finished", "wide"),
        (3, "failed", None),
    ]
    assert [run["params"]["lr"] for run in runs] == [0.5, 0.1, 0.1]
    assert command("ls").stdout.split("\n")[0].split() == "id state age duration name marks lr sizes fail".split()

    marked = command("mark", "good", "1", "wide", "7")
    assert (marked.returncode, marked.stdout) == (1, "marked good: 1 and 2\n")
    assert "no run matches '7'" in marked.stderr
    assert command("mark", "good", "1").returncode == 0

    page = command("show", "3").stdout
    assert "ValueError: no convergence" in page and "* fail   True" in page and "100 B  weights.bin" in page
    assert Path(command("path", "last").stdout[:-1]) == odd_folder / "exruns" / "runs" / runs[2]["name"]

    index = Index(odd_folder / "exruns")
    assert index.info("good").id.tolist() == [1, 2]
    assert index.info().sizes.tolist() == [[1, 2], [7, 8], [1, 2]]
    with pytest.raises(MarkNotFound):
        index.info("missing")

    assert command("rm", "3", "2", "9", "--yes").returncode == 1
    assert index.info().id.tolist() == [1, 2]
    assert command("rm", "2", "--yes", "--force").returncode == 0
    assert sorted(path.name for path in (odd_folder / "exruns" / "marked" / "good").iterdir()) == [
        f"{runs[0]['name']}.yaml"
    ]
    assert command("restore", "2").returncode == 0
    assert index.info("good").id.tolist() == [1, 2]
    assert command("summary").stdout.startswith("2 runs in ")
