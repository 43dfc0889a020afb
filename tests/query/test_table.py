"""Tables: rows in, the same rows out, also through bytes."""

from __future__ import annotations

import json
import math
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.query import blocks, table
from exparse.query.rows import Facts, Row
from exparse.query.varying import key
from exparse.store.run import Run

# About files and content rather than the interpreter.
pytestmark = pytest.mark.slow

TEXTS = st.none() | st.sampled_from(["a", "b"]) | st.text(max_size=3)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.lists(st.integers(0, 3), max_size=2)
)
NAMED = st.dictionaries(st.sampled_from(["lr", "seed", "odd name", "größe"]), VALUES, max_size=4)
ZONES = st.none() | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.none() | st.datetimes(datetime(3, 1, 1), datetime(9998, 1, 1), timezones=ZONES)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Draw rows of runs with different numbers, in their order."""
    numbers = draw(st.lists(st.integers(0, 50), unique=True, max_size=5))
    return [
        Row(
            Run("/root", f"{number:06d}-2026-11-21-05-40-12", draw(st.sampled_from(["runs", "tmp"]))),
            draw(st.sampled_from(["finished", "running"])),
            draw(MOMENTS),
            draw(st.none() | st.floats(0, 1e9)),
            (),
            draw(NAMED),
            draw(TEXTS),
            Facts(
                draw(TEXTS), draw(TEXTS), dirty=draw(st.none() | st.booleans()), attempts=draw(st.none() | st.just(2))
            ),
            tuple(draw(st.lists(st.text(max_size=2), max_size=2))),
            draw(TEXTS),
            draw(NAMED),
            False,
            draw(st.none() | st.integers(0, 255)),
            draw(TEXTS),
            draw(NAMED),
        )
        for number in sorted(numbers)
    ]


def told(found: list[Row]) -> list[Any]:
    """Return what tells rows apart: values with their types, moments with their zones; nan is equal to itself."""
    return [
        [
            (row.run.name, row.run.place, row.state, row.started and row.started.isoformat(), row.tags),
            *(key(getattr(row, name)) for name in ("seconds", "problem", "description", "exit_code", "error")),
            [key(value) for value in row.facts],
            *({name: key(value) for name, value in part.items()} for part in (row.params, row.values, row.defaults)),
        ]
        for row in found
    ]


@given(rows())
def test_rows_come_back_from_a_table(found: list[Row]) -> None:
    assert told(table.build("/root", found).rows()) == told(found)


@given(rows())
def test_rows_come_back_from_bytes(found: list[Row]) -> None:
    unpacked = blocks.unpack(blocks.pack(table.build("/root", found), {"more": [1]}))
    assert unpacked is not None
    assert told(unpacked[0].rows()) == told(found)
    assert unpacked[1]["more"] == [1]


@given(rows(), st.integers(0, 5), st.randoms(use_true_random=False))
def test_tables_join_by_number_whatever_their_order(found: list[Row], cut: int, shuffling: Any) -> None:
    mixed = found[:]
    shuffling.shuffle(mixed)
    parts = [table.of_rows("/root", part) for part in (mixed[:cut], mixed[cut:])]
    assert told(table.join(parts).rows()) == told(found)


@given(rows(), st.binary(max_size=4), st.integers(0, 3000))
def test_bytes_with_any_damage_are_no_table(found: list[Row], noise: bytes, place: int) -> None:
    data = blocks.pack(table.build("/root", found))
    place %= len(data)
    damaged = data[:place] + noise + data[place + len(noise) :]
    if damaged != data:
        assert blocks.unpack(damaged) is None
    assert blocks.unpack(data[:place]) is None


def test_values_that_json_would_change_are_unfit() -> None:
    run = Run("/root", "000001-2026-11-21-05-40-12")
    for value in (b"bytes", {1: 2}, (1, 2), {"a": {3}}, 1 + 2j):
        odd = table.build("/root", [Row(run, "finished", None, None, (), {"x": value}, None)])
        with pytest.raises(blocks.Unfit):
            blocks.pack(odd)
        assert odd.rows()[0].params["x"] == value


def test_names_come_as_the_newest_runs_have_them() -> None:
    found = [
        Row(Run("/r", f"00000{n}-2026-11-21-05-40-12"), "finished", None, None, (), params, None)
        for n, params in enumerate([{"old": 1, "a": 1}, {"b": 1, "a": 2}])
    ]
    assert table.build("/r", found).params == ["b", "a", "old"]
    assert table.join([table.build("/r", found[:1]), table.build("/r", found[1:])]).params == ["b", "a", "old"]


def test_rows_hold_their_marks_and_fails() -> None:
    row = Row(Run("/r", "000001-2026-11-21-05-40-12"), "finished", None, None, ("good",), {}, None, fails=True)
    found = table.of_rows("/r", [row])
    assert found.rows()[0].marks == ("good",)
    assert found.rows()[0].fails
    assert found.take([0]).marks.cells() == [["good"]]
    assert found.fails.cells() == [True]


def test_starts_are_moments_whatever_the_zone() -> None:
    moment = datetime(2026, 11, 21, 5, 40, 12, 250_000, timezone(timedelta(hours=-3)))
    naive = moment.astimezone().replace(tzinfo=None)
    run = Run("/r", "000001-2026-11-21-05-40-12")
    found = [Row(run, "finished", start, None, (), {}, None) for start in (moment, naive, None)]
    assert table.build("/r", found).starts() == [moment.timestamp(), moment.timestamp(), None]


def test_infinite_and_missing_numbers_keep_apart() -> None:
    run = Run("/r", "000001-2026-11-21-05-40-12")
    found = [Row(run, "x", None, None, (), {"lr": value}, None) for value in (math.inf, None, 0.1)]
    assert table.build("/r", found).param("lr").cells() == [math.inf, None, 0.1]


def test_a_table_without_runs_has_no_names(tmp_path: Path) -> None:
    found = table.build(str(tmp_path), [])
    assert (len(found), found.params, found.metrics, found.rows()) == (0, [], [], [])
    assert len(table.join([found, found])) == 0


@given(rows(), st.data())
def test_a_header_that_tells_of_other_columns_is_no_table(found: list[Row], data: st.DataObject) -> None:
    packed = blocks.pack(table.build("/root", found))
    line, _, body = packed.partition(b"\n")
    size = int(line.split()[3])
    header = json.loads(body[:size])
    change = data.draw(st.sampled_from(["column", "state", "names", "typecode", "size"]))
    if change == "column":
        del header["columns"][0]
    elif change == "state":
        header["columns"][0][1] = "statte"
    elif change == "names":
        header["names"] = header["columns"][0][4]
    elif change == "typecode":
        header["columns"][0][3] = "Z"
    else:
        header["columns"][0][4][1] += 1
    head = json.dumps(header, separators=(",", ":")).encode()
    whole = b"".join([head, bytes(-len(head) % 8), body[size + -size % 8 :]])
    assert (
        blocks.unpack(b"exparse-table %d %08x %d\n%s" % (blocks.VERSION, zlib.crc32(whole), len(head), whole)) is None
    )
