"""Runs of one process that do not end in the order of their beginnings: none that is over is the current one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exparse import Root

AFTER = """
told = [name for name in os.environ if name.startswith("EXPARSE_RUN")]
print(exparse.current_run().recorded, told, sys.stdout is sys.__stdout__)
with exparse.start({}, name="later") as later:
    print(later.parents)
"""


def test_the_outer_run_may_end_first(script: Any, tmp_path: Path) -> None:
    source = """
import os, sys
import exparse
a = exparse.start({}, name="a")
b = exparse.start({}, name="b")
print("both")
a.finish()
print("only b")
assert exparse.current_run() is b and os.environ["EXPARSE_RUN"] == b.folder
c = exparse.start({}, name="c")
b.finish()
assert exparse.current_run() is c and os.environ["EXPARSE_RUN"] == c.folder
c.finish()
"""
    done = script(source + AFTER)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.splitlines()[2:] == ["False [] True", "[]"]
    a, b, c, later = Root(tmp_path / "exruns")
    assert (a.output(), b.output(), c.output()) == (b"both\n", b"both\nonly b\n", b"")
    assert (a.parents, b.parents, c.parents, later.parents) == ([], [a.name], [b.name], [])


def test_runs_of_several_threads_leave_nothing_behind(script: Any, tmp_path: Path) -> None:
    source = """
import os, sys, threading
import exparse

def work(k):
    for fold in range(5):
        with exparse.start({"k": k, "fold": fold}) as run:
            run.log(fold=fold, step=k)

threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    done = script(source + AFTER)
    assert (done.returncode, done.stdout, done.stderr) == (0, "False [] True\n[]\n", "")
    *runs, _ = Root(tmp_path / "exruns")
    assert len(runs) == 30 and all(run.state == "finished" for run in runs)
    assert all(list(run.metrics().value) == [run.params["fold"]] for run in runs)
    assert all("git" in run.metadata and run.metadata["packages"] for run in runs)
