"""How long runs in tmp/ are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import make_root

from exparse.errors import DamagedFile
from exparse.store import expiry


def test_it_is_fourteen_days_where_the_root_says_nothing(root: Path) -> None:
    assert expiry.tmp_days(str(make_root(root))) == 14
    (root / "exparse.json").unlink()
    assert expiry.tmp_days(str(root)) == 14


@pytest.mark.parametrize("days", ["30", "0", "0.5"])
def test_the_root_may_say_another_number(root: Path, days: str) -> None:
    (make_root(root) / "exparse.json").write_text(f'{{"format": "1.1", "tmp_days": {days}, "hooks": {{}}}}')
    assert expiry.tmp_days(str(root)) == float(days)


@pytest.mark.parametrize("days", ['"30"', "true", "null", "-1", "NaN", "1e999", "[30]"])
def test_what_is_no_number_of_days_is_refused_not_guessed(root: Path, days: str) -> None:
    (make_root(root) / "exparse.json").write_text(f'{{"format": "1.1", "tmp_days": {days}}}')
    with pytest.raises(DamagedFile, match="tmp_days"):
        expiry.tmp_days(str(root))


def test_a_marker_that_cannot_be_read_is_refused(root: Path) -> None:
    (make_root(root) / "exparse.json").write_text('{"format": "1.1"')
    with pytest.raises(DamagedFile):
        expiry.tmp_days(str(root))
