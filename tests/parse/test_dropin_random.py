"""The drop-in law on random parsers with random command lines."""

from __future__ import annotations

import argparse
from typing import Any

import duel
from hypothesis import given, settings
from hypothesis import strategies as st
from random_parsers import WORDS, definitions, fill, settings_of_parsers, tokens


@settings(max_examples=400)
@given(
    definitions,
    settings_of_parsers,
    st.lists(tokens, max_size=6),
    st.one_of(st.none(), definitions),
    st.sampled_from(["parse_args", "parse_known_args", "parse_intermixed_args"]),
)
def test_random_parsers_give_the_same(
    defined: list[tuple[str, dict[str, Any]]],
    constructed: dict[str, Any],
    argv: list[str],
    command: list[tuple[str, dict[str, Any]]] | None,
    way: str,
) -> None:
    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind(**constructed)
        # The script's own: so each of these words means what argparse says it means.
        for name in ("--name", "--config", "--tmp", "--no-record"):
            parser.add_argument(name, dest=f"users{name}", nargs="?")
        fill(parser, defined)
        if command is not None:
            subs = parser.add_subparsers(dest="command")
            fill(subs.add_parser("sub", aliases=["a"]), command)
            subs.add_parser("other", add_help=False)
        return getattr(parser, way)(argv)

    assert duel.run(duel.Hidden, program, argv) == duel.run(duel.Plain, program, argv)


@settings(max_examples=200)
@given(definitions, st.lists(st.one_of(st.sampled_from(WORDS), st.sampled_from(["--x", "--y", "--foo"])), max_size=5))
def test_own_options_in_front_change_no_value(defined: list[tuple[str, dict[str, Any]]], argv: list[str]) -> None:
    # What the script defines, or takes as the rest, is its own.
    kept = [
        (group, more)
        for group, more in defined
        if not any("exparse" in name for name in more["names"]) and more.get("nargs") != argparse.REMAINDER
    ]

    def program(kind: Any, argv: list[str]) -> Any:
        parser = kind(usage="same")
        fill(parser, kept)
        return parser.parse_args(argv)

    ours = duel.run(duel.Hidden, program, ["--exparse-name", "label", "--exparse-tmp", "--exparse-no-record", *argv])
    assert ours == duel.run(duel.Plain, program, argv)
