"""The law of replay on random parsers with random command lines."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import duel
import pytest
import random_parsers
from hypothesis import given, settings
from hypothesis import strategies as st
from random_parsers import definitions, settings_of_parsers, tokens

from exparse import current_run


@settings(max_examples=500)
@given(
    definitions,
    settings_of_parsers,
    st.lists(tokens, max_size=6),
    st.one_of(st.none(), definitions),
    st.sampled_from(["parse_args", "parse_known_args", "parse_intermixed_args"]),
)
def test_what_a_random_command_line_gave_its_record_gives_too(
    tmp_path_factory: pytest.TempPathFactory,
    defined: list[tuple[str, dict[str, Any]]],
    constructed: dict[str, Any],
    argv: list[str],
    command: list[tuple[str, dict[str, Any]]] | None,
    way: str,
) -> None:
    root = tmp_path_factory.mktemp("law") / "exruns"

    def parse(argv: list[str]) -> Any:
        return random_parsers.parse(root, defined, constructed, command, way, argv)

    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        try:
            first = parse(argv)
        except (SystemExit, Exception):
            # What argparse refuses, or cannot do at all with these definitions, leaves nothing to be restored.
            return
    run = current_run()
    if not run.recorded:
        # Where the script has no --no-record of its own, that word is ours.
        return
    again = parse(["--exparse-config", str(run.path)])
    assert duel.plain(again) == duel.plain(first), (run / "params.yaml").read_text()
