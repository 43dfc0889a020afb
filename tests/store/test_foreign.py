"""What the handler of a signal raises while exparse writes is the program's, and is never swallowed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from exparse.store.foreign import foreign

LIMIT = """
import signal, sys
from exparse import ExParser
run = ExParser().parse_args().run
run.log(loss=1)
class Limit({base}):
    pass
def over(*_):
    raise Limit("time is over")
signal.signal(signal.SIGALRM, over)
for turn in range({turns}):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001 + turn * 1e-5)
        while True:
            {act}
    except Limit:
        continue
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
print("all", file=sys.stderr)
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no alarm")
@pytest.mark.parametrize("base", ["Exception", "TimeoutError"])
@pytest.mark.parametrize("act", ["print('x' * 50, flush=True)", "run.log(loss=1)"])
def test_a_time_limit_ends_what_it_is_to_end(script: Any, tmp_path: Path, base: str, act: str) -> None:
    with open(tmp_path / "out", "wb") as out:
        source = LIMIT.format(base=base, act=act, turns=200)
        answer = script(source, stdout=out, stderr=-1, capture_output=False, timeout=60)
    assert (answer.returncode, answer.stderr) == (0, "all\n")


def failed(act: Any) -> BaseException:
    with pytest.raises(Exception) as caught:  # any: it is looked at by its trace
        act()
    return caught.value


def test_an_error_of_the_disk_is_not_the_programs_where_python_itself_raises_it(tmp_path: Path) -> None:
    here = os.path.dirname(os.path.abspath(__file__)) + os.sep
    problem = failed(lambda: os.path.getsize(tmp_path / "missing"))
    assert foreign(problem, own=here) is None
    assert foreign(failed(lambda: 1 / 0)) is not None
