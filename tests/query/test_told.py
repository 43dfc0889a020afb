"""Objects in which anything may stand anywhere."""

from __future__ import annotations

import pytest

from exparse.query.told import Told

ANYTHING = [None, True, 5, 0.5, "text", ["a", 1], {"b": 2}, [{"c": 3}, 4]]


@pytest.mark.parametrize("value", ANYTHING)
def test_each_kind_is_given_only_where_it_is_one(value: object) -> None:
    told = Told({"x": value})
    assert told.text("x") == (str(value) if isinstance(value, (str, float)) or value == 5 else "")
    assert told.flag("x") is (True if value is True else None)
    assert told.whole("x") == (5 if value == 5 else None)
    assert told.texts("x") == ([str(part) for part in value] if isinstance(value, list) else [])
    assert told.part("x").fields == (value if isinstance(value, dict) else {})
    assert [part.fields for part in told.parts("x")] == ([{"c": 3}] if value == [{"c": 3}, 4] else [])


@pytest.mark.parametrize("fields", [None, [], "text", 5])
def test_what_is_no_object_says_nothing(fields: object) -> None:
    told = Told(fields)
    assert not told
    assert (told.text("x"), told.texts("x"), told.part("x").text("y")) == ("", [], "")
