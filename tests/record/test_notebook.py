"""Runs in notebooks, in real kernels: which there are, how they end, what is kept of the cells."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exparse import Root, Run
from exparse.record.notebook import Notebook

pytestmark = pytest.mark.slow

BEGIN = """
import time
from exparse import ExParser, current_run
p = ExParser()
p.add_argument("--lr", type=float, default=0.1)
p.add_argument("--token", secret=True)
"""


def play(folder: Path, *cells: str) -> list[str]:
    """Run cells in a kernel that works in a folder, to the last one whatever they raise; return what each printed."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    folder.mkdir(parents=True, exist_ok=True)
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(textwrap.dedent(cell).strip()) for cell in cells]
    place = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True, resources=place)
    client.execute()
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in book.cells]


def cells_of(run: Run) -> list[str]:
    """Return the headers of the cells that a run keeps."""
    return [line for line in (run.path / "cells.py").read_text().splitlines() if line.startswith("# %%")]


def ends(runs: list[Run]) -> list[tuple[Any, ...]]:
    """Return how runs ended: state, a param that tells them apart, and the type of the error."""
    return [(run.state, run.params.get("lr"), (run.status.error or {}).get("type")) for run in runs]


def test_each_parse_is_a_run_that_ends_as_its_last_cell_did(tmp_path: Path) -> None:
    folder = tmp_path / "my notebooks"
    printed = play(
        folder,
        BEGIN,
        "args = p.parse_args(); print(vars(args), args.run is current_run())",
        "time.sleep(0.1); print('train', args.lr)",
        "this is no python",
        "args = p.parse_args(['--lr', '0.2', '--token', 'hunter2!']); print(current_run().id)",
        "raise ValueError(args.token)",
        "p.parse_args(['--nope'])",
        "for lr in '3', '4':\n    args = p.parse_args(['--lr', lr]); print('at', lr)",
        "raise KeyboardInterrupt",
        "p.parse_args(['--no-record']); print(current_run().recorded)",
        "print('of no run')",
    )
    assert (printed[1], printed[4]) == ("{'lr': 0.1, 'token': None} True\n", "2\n")
    assert (printed[9], printed[10]) == ("False\n", "of no run\n")
    runs = list(Root(folder / "exruns"))
    assert ends(runs) == [
        ("finished", 0.1, None),
        ("failed", 0.2, "ValueError"),
        ("finished", 3.0, None),
        ("interrupted", 4.0, "KeyboardInterrupt"),
    ]
    assert [run.metadata["argv"] for run in runs[::2]] == [[], ["--lr", "3"]]
    assert runs[0].metadata["script"] is None and runs[0].metadata["prog"] is None and not runs[1].parents
    assert runs[0].output().endswith(b"True\ntrain 0.1\n") and runs[2].output() == b"at 3\n"
    assert runs[3].output() == b"at 4\n"
    numbers = [[1, 2, 3], [1, 2, 3, 5, 6, 7], [1, 2, 3, 5, 6, 7, 8], [1, 2, 3, 5, 6, 7, 8, 9]]
    assert [cells_of(run) for run in runs] == [[f"# %% In [{number}]" for number in some] for some in numbers]
    assert [run.metadata["cells"] for run in runs] == [len(some) for some in numbers]
    kept = [path for path in (folder / "exruns").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert kept == [], kept


def test_scripts_and_stages_of_a_notebook_are_one_run_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "/srv/books/study.ipynb")
    (tmp_path / "train.py").write_text(f"{BEGIN}args = p.parse_args()\nprint(1 / (args.lr - 7))\n")
    stage = "rest = p.parse_known_args(['--lr', '8', '--more', '1'])[1]"
    play(
        tmp_path,
        "%run train.py --lr 7",
        "%run train.py --lr 6",
        BEGIN + "q = ExParser(); q.add_argument('--more')",
        stage,
        "q.parse_args(rest)",
        stage,
        stage.replace("8", "9"),
        "import sys; sys.argv = ['mine', '--lr', '10']; p.parse_args()",
        "import exparse\nwith exparse.start({'lr': 11}): print('inner')",
        "1 / 0",
    )
    runs = list(Root(tmp_path / "exruns"))
    assert ends(runs) == [
        ("failed", 7.0, "ZeroDivisionError"),
        ("finished", 6.0, None),
        ("finished", 8.0, None),
        ("finished", 8.0, None),
        ("finished", 9.0, None),
        ("failed", 10.0, "ZeroDivisionError"),
        ("finished", 11, None),
    ]
    assert [run.params.get("more") for run in runs[2:4]] == ["1", None]
    assert [run.metadata["script"] for run in runs[1:3]] == [str(tmp_path / "train.py"), None]
    assert [run.metadata["prog"] for run in (runs[1], runs[2], runs[5])] == ["train.py", "study.ipynb", "study.ipynb"]
    assert runs[6].parents == [runs[5].name] and runs[6].metadata["argv"] == ["--lr", "10"]
    assert runs[5].metadata["cells"] == 10 and "%run train.py --lr 7" in (runs[5].path / "cells.py").read_text()


def test_a_kernel_that_dies_leaves_a_run_with_the_cell_that_killed_it(tmp_path: Path) -> None:
    pytest.importorskip("ipykernel")
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    try:
        client.execute_interactive(f"{BEGIN}args = p.parse_args()", timeout=60)
        client.execute("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        kernel.provisioner.process.wait(60)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    (run,) = Root(tmp_path / "exruns")
    assert run.state in ("killed", "lost") and "signal.SIGKILL" in (run.path / "cells.py").read_text()


def test_ipython_hands_a_script_its_own_arguments(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    script = tmp_path / "train.py"
    script.write_text(f"{BEGIN}args = p.parse_args()\nprint(1 / (args.lr - 7))\n")
    for words in (["train.py", "--", "--lr", "6"], ["train.py", "--", "--lr", "7"], ["-c", f"{BEGIN}p.parse_args()"]):
        command = [sys.executable, "-m", "IPython", "--simple-prompt", "--quick", *words]
        subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    runs = list(Root(tmp_path / "exruns"))
    assert ends(runs) == [("finished", 6.0, None), ("failed", 7.0, "ZeroDivisionError"), ("finished", 0.1, None)]
    assert [run.metadata["argv"] for run in runs] == [["--lr", "6"], ["--lr", "7"], []]


def test_a_cell_that_raised_is_remarked_where_the_last_one_did_not(tmp_path: Path) -> None:
    seen = Notebook(str(tmp_path), ["hunter2!"], lambda text: None)
    for problem in (ValueError("no hunter2!\nand more"), KeyError("x"), None):
        seen._before(SimpleNamespace(raw_cell="login()"))
        seen._after(SimpleNamespace(error_in_exec=problem))
    assert [remark.partition("] ")[2] for remark in seen.remarks()] == [
        "raised ValueError: no ******", "raised KeyError: 'x'"
    ]  # fmt: skip
    assert seen.ending() == ("finished", None, None)
    seen._after(SimpleNamespace(error_in_exec=OSError()))
    assert len(seen.remarks()) == 2


def test_what_is_no_cell_of_the_users_says_nothing_of_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Notebook(str(tmp_path), [], lambda text: None)
    problem = ValueError("no")
    seen._before(SimpleNamespace(raw_cell="train()"))
    seen._after(SimpleNamespace(error_in_exec=problem))
    seen._before(SimpleNamespace(raw_cell="_editor_lists_variables()", store_history=False))
    seen._after(SimpleNamespace(error_in_exec=None))
    monkeypatch.setattr("exparse.streams.notebook.shell", lambda: SimpleNamespace(exit_now=True))
    seen._before(SimpleNamespace(raw_cell="exit"))
    seen._after(SimpleNamespace(error_in_exec=None))
    assert seen.ending() == ("failed", None, problem) and not seen.remarks()
    assert "_editor" not in (tmp_path / "cells.py").read_text()


def test_the_time_between_cells_is_none_of_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 25.0, 30.0, 31.0])
    monkeypatch.setattr("exparse.record.notebook.time", SimpleNamespace(monotonic=lambda: next(clock)))
    seen = Notebook(str(tmp_path), [], lambda text: None)
    seen._after()  # at 10
    seen._before()  # at 25
    seen._after()  # at 30
    assert seen.idle_s() == 16.0, "15 before the second cell, and one by now"
