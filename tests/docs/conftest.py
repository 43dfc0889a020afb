"""The pages as tests see them: their blocks of code, and the site that Sphinx builds of them."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
_START = re.compile(r"( *)\.\. code(?:-block)?:: (\S+)$").match


class Block(NamedTuple):
    """A block of code: its language, its caption if it has one, its text, and its line in the page."""

    language: str
    caption: str | None
    text: str
    line: int


BlocksOf = Callable[[str], list[Block]]


def blocks_of(page: str) -> list[Block]:
    """Return the blocks of code of a page, in order; ``page`` is its path in the checkout."""
    lines = (CHECKOUT / page).read_text(encoding="utf-8").splitlines()
    found = []
    for place, line in enumerate(lines):
        start = _START(line)
        if start:
            found.append(_block(lines, place, len(start[1]), start[2]))
    return found


def _block(lines: list[str], place: int, indent: int, language: str) -> Block:
    body, caption = [], None
    for line in lines[place + 1 :]:
        if line.strip() and len(line) - len(line.lstrip(" ")) <= indent:
            break
        option = re.match(r" +:(\w+): *(.*)$", line)
        if option and not any(body):
            caption = option[2] if option[1] == "caption" else caption
        else:
            body.append(line[indent + 3 :])
    return Block(language, caption, "\n".join(body).strip("\n") + "\n", place + 1)


@pytest.fixture
def blocks() -> BlocksOf:
    """Return the function that reads the blocks of a page."""
    return blocks_of


@pytest.fixture
def page() -> Callable[[str], str]:
    """Return a function that reads a page by its path in the checkout."""
    return lambda name: (CHECKOUT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the pages as Sphinx builds them, where a warning is an error."""
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("Sphinx is not installed: pip install .[docs]")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    done = subprocess.run(
        [*build, "-d", str(folder / "doctrees"), str(CHECKOUT / "docs"), str(folder / "html")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"
