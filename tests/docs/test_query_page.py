"""The page of queries says what the language does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from asking import NOW, table_of

from exparse.errors import InvalidQuery
from exparse.query import fields, language, patterns

PAGE = "docs/query.rst"
SHOWN = {
    "number": "number",
    "text": "text",
    "time": "date",
    "seconds": "time span",
    "flag": "true, false",
    "words": "words",
}
RUNS = table_of(
    {
        "params": {"lr": 0.1, "model": "vit", "amp": True, "scheduler": None, "state": "on", "x": 3, "layers": [1]},
        "values": {"acc": 0.5, "loss": 0.1, "train/acc": 1.0, "train acc": 1.0},
    },
    {"params": {"version": "1.9"}},
)


def queries(text: str) -> list[str]:
    """Return the queries that a page shows: behind --where, in its first table, and within lines."""
    shown = re.findall(r"--where '(.*)'$", text, re.MULTILINE) + re.findall(r"exparse rm '(.*)'$", text, re.MULTILINE)
    inline = [
        part for part in re.findall(r"``([^`\n]+)``", text) if re.search(r"\w (?:[=!<>~]=?|!~|in|is|and) \S", part)
    ]
    return shown + [part for part in inline if part != "= < > ! ~" and "..." not in part]


def test_every_query_that_is_shown_can_be_asked(page: Any) -> None:
    found = queries(page(PAGE))
    assert len(found) > 30
    for text in found:
        if text != "lr < abc":
            language.parse(text).matches(RUNS, NOW)


def test_every_fact_of_ours_is_told_with_its_kind(page: Any) -> None:
    table = page(PAGE).partition(".. _own-fields:")[2].partition("Values\n---")[0]
    told = dict(re.findall(r"^``(\w+)`` +(number|text|date|time span|true, false|words) +\S", table, re.MULTILINE))
    assert told == {field.name: SHOWN[field.kind] for field in fields.FIELDS.values()}
    for alias, name in fields.ALIASES.items():
        assert re.search(rf"^``{name}`` .*; also ``{alias}``$", table, re.MULTILINE), alias


def test_the_errors_are_those_that_are_raised(page: Any) -> None:
    shown = re.findall(r"^   (query, column \d+, at \^ in '(.*)': .*)$", page(PAGE), re.MULTILINE)
    assert len(shown) == 3
    for message, text in shown:
        with pytest.raises(InvalidQuery) as problem:
            language.parse(text.replace("^", "")).matches(RUNS, NOW)
        assert str(problem.value) == message


def test_the_limits_are_those_that_hold(page: Any) -> None:
    text = page(PAGE).partition("Limits\n------")[2]
    for limit in (language.LONGEST, language.MOST_TERMS, language.DEEPEST, patterns.LONGEST):
        assert f" {limit:,} " in text
