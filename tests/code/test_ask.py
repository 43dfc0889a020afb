"""What the scribe is asked arrives as it was said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exparse.code import ask

TEXTS = st.text(st.characters(exclude_categories=()))
ASKS = st.dictionaries(TEXTS, st.one_of(TEXTS, st.lists(TEXTS), st.booleans(), st.none()))


@given(ASKS)
def test_what_is_written_is_what_is_read(told: dict[str, Any]) -> None:
    assert ask.parse(ask.document(told)) == told


@given(st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1), min_size=1), st.data())
def test_a_torn_ask_is_refused(told: dict[str, Any], data: st.DataObject) -> None:
    whole = ask.document(told)
    end = data.draw(st.integers(1, len(whole) - 1))
    try:
        found = ask.parse(whole[:end])
    except ValueError:
        return
    # Cut between two keys it is whole, only shorter.
    assert found.items() < told.items()


def test_other_bytes_are_refused() -> None:
    with pytest.raises(ValueError):
        ask.parse(b"{}")
