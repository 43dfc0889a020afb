"""Lines of metrics: what is written is what is read, and damage costs no other line."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.format import metrics

NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name not in metrics.RESERVED)
VALUES = st.floats(width=64) | st.integers(-(10**30), 10**30) | st.booleans()
STEPS = st.none() | st.integers(-(1 << 63), (1 << 63) - 1)
ROWS = st.lists(st.tuples(STEPS, st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)), max_size=8)


def line(step: object, values: dict[str, object], time: float = 1763712012.5) -> bytes:
    """Return a row as the writer puts it together."""
    told = "".join(metrics.key_text(name) + metrics.number_text(value, name) for name, value in values.items())
    return f'{{{metrics.step_text(step)}"time": {time:.6f}{told}}}\n'.encode("ascii")


def same(said: object, value: float) -> bool:
    found = metrics.value_of(said)
    return found is not None and (found == float(value) or (math.isnan(found) and math.isnan(value)))


def refused(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


@given(ROWS)
def test_what_is_logged_is_what_is_read(rows: list[tuple[int | None, dict[str, float]]]) -> None:
    data = b"".join(line(step, values) for step, values in rows)
    found = metrics.parse(data)
    assert not found.problems and found.offset == len(data) and found.next_line == len(rows) + 1
    assert len(found.rows) == len(rows)
    for row, (step, values) in zip(found.rows, rows, strict=True):
        assert metrics.step_of(row) == step and metrics.time_of(row) == 1763712012.5
        assert all(same(row[name], value) for name, value in values.items())


@given(ROWS)
def test_every_line_is_json_that_any_strict_reader_takes(rows: list[tuple[int | None, dict[str, float]]]) -> None:
    for step, values in rows:
        text = line(step, values).decode("ascii")
        assert "\n" not in text[:-1]
        assert set(json.loads(text, parse_constant=refused)) >= {"time", *values}


def test_a_file_cut_at_any_byte_gives_all_its_whole_lines() -> None:
    lines = [line(step, {"loss": step / 3, "größe": float("nan")}) for step in range(5)]
    data, ends = b"".join(lines), [sum(map(len, lines[: n + 1])) for n in range(5)]
    for cut in range(len(data) + 1):
        found = metrics.parse(data[:cut])
        whole = sum(end <= cut for end in ends)
        assert [row["step"] for row in found.rows] == list(range(whole))
        assert found.offset == ([0, *ends])[whole] and not found.problems
        # What was torn is there in full the next time.
        rest = metrics.parse(data[found.offset :], found.offset, found.next_line)
        assert [row["step"] for row in rest.rows] == list(range(whole, 5))


GARBAGE = st.binary(max_size=30).filter(lambda text: b"\n" not in text)


@given(st.lists(st.tuples(st.booleans(), GARBAGE), max_size=12))
def test_garbage_between_the_lines_hides_none_of_them(plan: list[tuple[bool, bytes]]) -> None:
    data = b"".join(line(number, {"loss": 0.5}) if good else text + b"\n" for number, (good, text) in enumerate(plan))
    found = metrics.parse(data)
    good = [number for number, (is_good, _) in enumerate(plan) if is_good]
    assert [row["step"] for row in found.rows if row.get("loss") == 0.5] == good
    assert [number for number in found.lines if plan[number - 1][0]] == [number + 1 for number in good]
    told = {number for number, _ in found.problems} | set(found.lines)
    assert told == {n for n, (is_good, text) in enumerate(plan, 1) if is_good or text.strip()} - blank_starts(plan)


def blank_starts(plan: list[tuple[bool, bytes]]) -> set[int]:
    # A byte order mark alone on the first line is an empty line.
    first = plan[0][1] if plan and not plan[0][0] else b""
    return {1} if first.startswith(b"\xef\xbb\xbf") and not first[3:].strip() else set()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"{", "no JSON"),
        (b"[1, 2]", "no JSON object"),
        (b"7", "no JSON object"),
        (b"\0\0\0\0", "no JSON"),
        (b'{"loss": 1}\0', "no JSON"),
        (b'{"a": "\xff"}', "no JSON"),
        (b'{"step": 1, "loss": 1}{"step": 2, "loss": 2}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b'{"loss": ' + b"9" * 5000 + b"}", "no JSON"),
    ],
)
def test_a_damaged_line_is_told_with_its_number(text: bytes, why: str) -> None:
    found = metrics.parse(line(0, {"loss": 1.0}) + text + b"\n" + line(2, {"loss": 3.0}))
    assert [row["step"] for row in found.rows] == [0, 2] and list(found.lines) == [1, 3]
    [(number, said)] = found.problems
    assert number == 2 and said.startswith(why)


def test_two_torn_lines_do_not_make_one_that_nobody_wrote() -> None:
    found = metrics.parse(b'{"step": 1, "loss": 1}\n{"step": 2\n"loss": 7}\n{"a": "x}\n{", "b": 1}\n')
    assert found.rows == [{"step": 1, "loss": 1}]
    assert [number for number, _ in found.problems] == [2, 3, 4, 5]


def test_lines_that_went_through_windows_are_read() -> None:
    data = b"\xef\xbb\xbf" + b"".join(line(step, {"loss": 1.0}).replace(b"\n", b"\r\n") for step in range(3))
    assert [row["step"] for row in metrics.parse(data).rows] == [0, 1, 2]


class Tensor:
    """A scalar as torch has them: it cannot be compared as a float, and says its value by item()."""

    shape: tuple[int, ...] = ()

    def __init__(self, *values: float) -> None:
        self.values = values
        self.shape = (len(values),) if len(values) > 1 else ()

    def item(self) -> float:
        if len(self.values) != 1:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self.values[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "1"),
        (np.True_, "1"),
        (np.int8(-3), "-3"),
        (np.uint64(2**64 - 1), "18446744073709551615"),
        (np.float64(0.1), "0.1"),
        (np.float32(0.5), "0.5"),
        (np.float16("inf"), '"inf"'),
        (np.array(2.5), "2.5"),
        (np.array([2.5]), "2.5"),
        (Tensor(0.25), "0.25"),
        (Tensor(float("nan")), '"nan"'),
        (Fraction(1, 4), "0.25"),
        (-float("inf"), '"-inf"'),
        (-0.0, "-0.0"),
        (5e-324, "5e-324"),
    ],
)
def test_scalars_of_all_kinds_are_numbers(value: object, text: str) -> None:
    assert metrics.number_text(value, "loss") == text


@pytest.mark.parametrize(
    "value",
    [None, "0.5", b"1", [0.5], {}, 1j, np.zeros(2), np.complex64(1), np.str_("1"), Tensor(1, 2), object()],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_what_is_no_number_is_an_error_that_names_the_metric(value: object) -> None:
    with pytest.raises(TypeError, match="'val/loss'"):
        metrics.number_text(value, "val/loss")


def test_an_integer_that_no_float_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        metrics.number_text(10**400, "loss")


@pytest.mark.parametrize(("step", "text"), [(3, '"step": 3, '), (np.int32(3), '"step": 3, '), (4.0, '"step": 4, ')])
def test_a_step_is_a_whole_number_of_any_kind(step: object, text: str) -> None:
    assert metrics.step_text(step) == text


@pytest.mark.parametrize(
    "step",
    ["3", 1.5, float("nan"), float("inf"), [1], 2**70],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_another_step_is_refused(step: object) -> None:
    with pytest.raises((TypeError, ValueError), match="step"):
        metrics.step_text(step)


@pytest.mark.parametrize("name", ["step", "time", "", "x" * 501])
def test_some_names_cannot_be_a_metrics(name: str) -> None:
    with pytest.raises(ValueError, match="metric"):
        metrics.key_text(name)


def test_a_name_that_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text"):
        metrics.key_text(3)
