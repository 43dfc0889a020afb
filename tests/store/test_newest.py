"""The newest runs, without a look at the others."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from exparse.store import select

run_names = st.builds(
    lambda number, zeros, label: f"{number:0{zeros}d}-2026-11-21-05-40-12{label}",
    st.integers(0, 10**8),
    st.integers(1, 8),
    st.sampled_from(["", "-big"]),
)
stray_names = st.sampled_from(["notes", "7", "99999999999-x", "5.txt", "1234-2026", "-1", "²-2026-11-21-05-40-12"])


@settings(max_examples=60, deadline=None)
@given(st.sets(run_names | stray_names, max_size=12), st.sets(run_names, max_size=4), st.integers(1, 8))
def test_the_newest_are_the_last_of_all(folders: set[str], files: set[str], count: int) -> None:
    with tempfile.TemporaryDirectory() as root:
        runs = Path(root) / "runs"
        runs.mkdir()
        for name in folders:
            (runs / name).mkdir()
        for name in files - folders:
            (runs / name).write_text("no run")
        found, total = select.newest(root, count)
        assert found == select.names(root)[-count:]
        assert total >= len(found)
        # Where all have been looked at, what has only the name of a run is not counted.
        assert select.newest(root, 50)[1] == len(select.names(root))


def test_where_there_is_no_folder_there_are_no_runs(tmp_path: Path) -> None:
    assert select.newest(str(tmp_path), 5) == ([], 0)
