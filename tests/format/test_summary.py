"""The summary: plain values come back equal, all else is refused before anything is written."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.errors import DamagedFile
from exparse.format import summary

TEXTS = st.text(max_size=10).filter(lambda text: text not in ("nan", "inf", "-inf"))
LEAVES = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=8
)


def refused(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_is_written_is_what_is_read(values: dict[str, object]) -> None:
    plain = {name: summary.plain(value, name) for name, value in values.items()}
    text = summary.document(plain)
    assert summary.parse(text, "summary.json") == values
    json.loads(text, parse_constant=refused)


def test_nan_comes_back_as_nan() -> None:
    found = summary.parse(summary.document({"loss": float("nan"), "in": [{"x": float("nan")}]}), "summary.json")
    assert math.isnan(found["loss"]) and math.isnan(found["in"][0]["x"])


def test_scalars_of_numpy_become_plain() -> None:
    given = {"a": np.float64(0.5), "b": np.int32(3), "c": np.bool_(True), "d": (np.float32(2),), "e": np.array(1.5)}
    plain = summary.plain(given, "all")
    assert plain == {"a": 0.5, "b": 3, "c": True, "d": [2.0], "e": 1.5}
    assert json.loads(summary.document(plain)) == plain


@pytest.mark.parametrize(
    "value",
    [Path("x"), {1, 2}, object(), np.zeros(3), 1j, b"x", {3: 1}],
    ids=lambda value: re.sub(" at 0x[0-9a-f]+", "", repr(value)),
)
def test_what_is_not_plain_is_an_error_that_names_it(value: object) -> None:
    with pytest.raises(TypeError, match="acc"):
        summary.plain({"inner": value} if not isinstance(value, dict) else value, "acc")


def test_what_is_nested_without_end_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="deeper"):
        summary.plain(endless, "acc")


def test_an_integer_that_no_float_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        summary.plain(10**400, "acc")


@pytest.mark.parametrize("text", ["", "[1]", "{", "null", "{" * 10000])
def test_a_damaged_summary_is_told_with_its_path(text: str) -> None:
    with pytest.raises(DamagedFile, match="where/summary.json"):
        summary.parse(text, "where/summary.json")
