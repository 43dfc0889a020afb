"""What is not as it was, as a table that fits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from making import Paper

from exparse.cli import launching, unlike_now
from exparse.errors import ExparseError
from exparse.launch.unlike import Unlike, few


def drawn(*unlike: Unlike, width: int | None = 80) -> list[str]:
    paper = Paper(width)
    unlike_now.draw(unlike, paper)
    assert not paper.said
    return paper.noted.splitlines()


def test_a_line_each_says_what_then_and_now() -> None:
    assert drawn() == []
    assert drawn(Unlike("package torch", "2.1.0", "2.3.0"), Unlike("packages", "", "3 new: a, b, c")) == [
        "differs now      then   now",
        "  package torch  2.1.0  2.3.0",
        "  packages       -      3 new: a, b, c",
    ]


def test_what_is_long_or_would_command_the_terminal_stays_within_the_line() -> None:
    long = Unlike("interpreter", "/opt/" + "venv/" * 20 + "python", "/usr/bin/\x1b[31mpython")
    for width in (None, 80, 40):
        lines = drawn(long, Unlike("host\n", "a", "b"), width=width)
        assert all(len(line) <= (width or 80) and line.isprintable() for line in lines), lines
        assert len(lines) == 5


def test_few_names_stand_for_many() -> None:
    assert (few(["a", "b", "c"]), few(list("abcde"))) == ("a, b, c", "a, b, c and 2 more")


@pytest.mark.parametrize(
    ("names", "told"),
    [(["python"], "python differs"), (["packages"] * 2, "packages differ"), (["cpu", "gpus"], "cpu, gpus differ")],
)
def test_what_strict_refuses_is_told_in_words(names: list[str], told: str) -> None:
    plan: Any = SimpleNamespace(notes=[], code=SimpleNamespace(tree=None), run=SimpleNamespace(id=4))
    with pytest.raises(ExparseError, match=f"as it was: {told}\\. Leave out --strict"):
        launching.check_strictly(plan, [Unlike(name, "a", "b") for name in names])
