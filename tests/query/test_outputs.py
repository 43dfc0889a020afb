"""Whether two logs are the same, and where they begin not to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import outputs, printed
from exparse.query.outputs import Echo, echo


def heard(folder: Path, before: bytes | None, after: bytes | None) -> Echo:
    for name, data in (("before", before), ("after", after)):
        if data is not None:
            (folder / name).write_bytes(data)
    return echo(str(folder / "before"), str(folder / "after"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b"a\nb\n", b"a\nb\n", Echo(None, None, None, 2)),
        (b"a\nb", b"a\nb", Echo(None, None, None, 2)),
        (b"", b"", Echo(None, None, None, 0)),
        (None, None, Echo(None, None, None, 0)),
        (b"a\nb\nc\n", b"a\nx\nc\n", Echo(2, "b", "x", 1)),
        (b"loss 0.25\n", b"loss 0.3\n", Echo(1, "loss 0.25", "loss 0.3", 0)),
        (b"a\n", b"a\nb\n", Echo(2, None, "b", 1)),
        (b"a\n", b"a", Echo(1, "a", "a", 0)),
        (b"a\nb", b"a\nbc\n", Echo(2, "b", "bc", 1)),
        (None, b"a\n", Echo(1, None, "a", 0)),
        (b"a\n\n", b"a\nb\n", Echo(2, "", "b", 1)),
        (b"\xff\n", b"\xfe\n", Echo(1, "\\xff", "\\xfe", 0)),
    ],
)
def test_the_first_line_that_differs_is_found(
    tmp_path: Path, before: bytes | None, after: bytes | None, told: Echo
) -> None:
    assert heard(tmp_path, before, after) == told


@given(
    st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=6), st.lists(st.sampled_from(["a", "b", ""]), max_size=6)
)
def test_the_line_is_the_one_that_a_plain_comparison_finds(
    tmp_path_factory: pytest.TempPathFactory, before: list[str], after: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    found = heard(folder, *("".join(f"{line}\n" for line in lines).encode() for lines in (before, after)))
    shared = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    shared = min(len(before), len(after)) if shared is None else shared
    assert found.lines == shared
    assert found.line == (None if before == after else shared + 1)
    assert found.is_same == (before == after)


def test_logs_of_many_blocks_are_compared_to_their_end(tmp_path: Path) -> None:
    data = b"".join(b"line %d\n" % number for number in range(400_000))
    assert len(data) > 3 * printed.BLOCK
    found = heard(tmp_path, data, data + b"more\n")
    assert found == Echo(400_001, None, "more", 400_000)


def test_of_a_long_line_what_is_around_the_difference_is_told(tmp_path: Path) -> None:
    found = heard(tmp_path, b"x" * 5000 + b"A" * 5000, b"x" * 5000 + b"B" * 5000)
    assert found.line == 1
    assert found.before is not None and found.before.startswith("xx") and found.before.endswith("AA")
    assert len(found.before) <= 400


def test_beyond_a_limit_it_is_said_that_no_more_was_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "MOST_BYTES", 1 << 20)
    data = b"x\n" * (1 << 20)
    assert heard(tmp_path, data, data + b"y").problem == "only the first 1 MiB were compared"


def test_a_log_that_is_no_plain_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    found = heard(tmp_path, None, b"a\n")
    assert "no plain file" in found.problem
