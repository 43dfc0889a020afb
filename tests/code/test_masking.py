"""Secrets leave bytes and facts in every form that a text takes in quotes."""

from __future__ import annotations

import json

import pytest

from exparse.code.masking import masked, masked_facts


@pytest.mark.parametrize("secret", ["hunter22", "pässwört", "quo'te\"d", "back\\slash", "new\nline", "\udcff1234"])
def test_a_secret_is_found_as_it_is_and_in_quotes(secret: str) -> None:
    for text in (secret, repr(secret), json.dumps(secret, ensure_ascii=False)):
        data = f"x = {text}!".encode("utf-8", "surrogateescape")
        assert secret.encode("utf-8", "surrogateescape") not in masked(data, [secret])
        assert b"******" in masked(data, [secret])


def test_short_secrets_are_left_alone() -> None:
    assert masked(b"a b 12 abc", ["a", "12", "abc", ""]) == b"a b 12 abc"


def test_half_of_a_pair_is_in_no_file() -> None:
    assert masked(b"text", ["\ud800long enough"]) == b"text"


def test_facts_are_masked_all_the_way_down() -> None:
    told = {"a": ["x hunter22", {"b": "hunter22"}], "n": 3, "none": None}
    assert masked_facts(told, ["hunter22"]) == {"a": ["x ******", {"b": "******"}], "n": 3, "none": None}
