"""The quick reader of documents that exparse writes: it says what the standard library says, or nothing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exparse.format import own_json
from exparse.format.text import json_document

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), VALUES, min_size=1, max_size=6), min_size=1, max_size=4))
def test_what_exparse_writes_is_read_as_the_standard_library_does(objects: list[dict[str, Any]]) -> None:
    known: own_json.Known = {}
    for fields in objects * 2:
        text = json_document(fields)
        assert own_json.read(text, known) == json.loads(text)


@given(st.text(max_size=40))
def test_any_other_text_is_left_to_others_or_read_alike(text: str) -> None:
    for whole in (text, f"{{\n{text}\n}}\n", f'{{\n  "a": 1,\n{text}\n}}\n'):
        found = own_json.read(whole, {})
        if found is not None:
            assert found == json.loads(whole)


@given(st.binary(max_size=60), st.integers(0, 200))
def test_a_document_with_damage_anywhere_is_no_other_document(noise: bytes, place: int) -> None:
    text = json_document({"id": 3, "name": "a", "tags": ["x", "y"], "git": {"dirty": False}})
    torn = text[:place] + noise.decode("latin-1") + text[place + 1 :]
    found = own_json.read(torn, {})
    if found is not None:
        assert found == json.loads(torn)


def test_what_is_kept_in_mind_has_a_bound() -> None:
    known: own_json.Known = {}
    for number in range(own_json.MOST_KNOWN + 10):
        own_json.read(f'{{\n  "id": {number}\n}}\n', known)
    assert len(known) <= own_json.MOST_KNOWN
