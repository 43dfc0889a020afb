"""The words that the recorder says in a script."""

from __future__ import annotations

import pytest

from exparse.record.say import Voice


def test_one_trouble_of_a_run_is_told_once_and_that_of_its_end_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    voice = Voice()
    voice.warn("output is kept no longer")
    voice.warn("nor is this")
    for _ in range(2):
        voice.warn_of_end(7, OSError("disk full"))
    assert capsys.readouterr().err == (
        "exparse: warning: output is kept no longer\nexparse: warning: the end of run 7 was not recorded: disk full\n"
    )
    other = Voice()
    other.warn_of_end(8, OSError("gone"))
    other.warn("output is kept no longer")
    assert capsys.readouterr().err == "exparse: warning: the end of run 8 was not recorded: gone\n"
