"""The file of a notebook's cells: their order, its bound, what must not stand in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exparse.errors import DamagedFile
from exparse.record import cells as cells_module
from exparse.record.cells import Cells


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cells.py"


def test_cells_stand_in_their_order_as_they_were_typed(path: Path) -> None:
    cells = Cells(str(path), [])
    cells.begin([(1, "import os\n"), (3, "%time x = 1")])
    cells.add(4, "print('ä \ud800')")
    cells.add(None, "!ls")
    assert path.read_text(encoding="utf-8") == (
        "# %% In [1]\nimport os\n\n# %% In [3]\n%time x = 1\n\n# %% In [4]\nprint('ä \\ud800')\n\n# %%\n!ls\n\n"
    )
    cells.drop()
    assert path.read_text(encoding="utf-8").endswith("# %% In [4]\nprint('ä \\ud800')\n\n") and cells.kept == 3


def test_secrets_are_masked_those_that_are_known_later_too(path: Path) -> None:
    cells = Cells(str(path), ["hunter2!"])
    cells.begin([(1, "login('hunter2!')"), (2, "later = 'open sesame'")])
    cells.add(3, "token = 'ghp_" + "a1B2c3D4e5F6" * 3 + "'; again = 'hunter2!'")
    assert "open sesame" in path.read_text() and "hunter2" not in path.read_text()
    cells.hide(["open sesame"])
    assert path.read_text() == (
        "# %% In [1]\nlogin('******')\n\n# %% In [2]\nlater = '******'\n\n"
        "# %% In [3]\ntoken = '******'; again = '******'\n\n"
    )


def test_a_long_session_keeps_the_newest_before_the_run_and_the_first_within_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_module, "MAX_BYTES", 1000)
    monkeypatch.setattr(cells_module, "_MOST_BEFORE", 500)
    cells = Cells(str(path), [])
    cells.begin([(number, f"x = {number:080d}") for number in range(1, 11)])
    assert path.read_text().startswith("# 5 earlier cells are left out here.\n\n# %% In [6]\n") and cells.kept == 5
    for number in range(11, 21):
        cells.add(number, f"x = {number:080d}")
    told = path.read_text()
    assert told.count("# %% In") == cells.kept == 9 and len(told) < 1100 and cells.left_out == 6
    assert told.endswith("0014\n\n# What ran after this is left out: there is no more room.\n\n")
    for _ in range(6):
        cells.drop()
    assert path.read_text() == told[: told.index("# What ran")] and cells.left_out == 0


def test_a_run_that_goes_on_keeps_the_cells_of_its_first_attempt(path: Path) -> None:
    Cells(str(path), []).begin([(1, "a = 1")])
    again = Cells(str(path), [])
    again.begin([(1, "a = 2")])
    again.add(2, "a = 3")
    assert path.read_text() == (
        "# %% In [1]\na = 1\n\n# What follows is of the next attempt.\n\n# %% In [1]\na = 2\n\n# %% In [2]\na = 3\n\n"
    )
    assert again.kept == 2


def test_attempts_beyond_the_limit_write_over_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells_module, "MAX_BYTES", 1000)
    first = Cells(str(path), [])
    first.begin([(1, "a" * 400)])
    first.add(2, "b" * 560)
    first.add(3, "left out")
    kept = path.read_text()
    assert len(kept) > 1000 and "there is no more room" in kept
    second = Cells(str(path), [])
    second.begin([(1, "c" * 300), (2, "d = 1")])
    assert path.read_text().startswith(kept.rstrip()) and path.read_text().endswith("# %% In [2]\nd = 1\n\n")
    assert "c" * 300 not in path.read_text() and second.kept == 1
    path.write_text("x" * 2001)
    with pytest.raises(DamagedFile):
        Cells(str(path), []).begin([(1, "e = 1")])
    assert path.read_text() == "x" * 2001
